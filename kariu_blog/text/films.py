"""Films on other sites: their addresses, and the frames that play them without following the viewer."""

import html
import re
from typing import NamedTuple
from urllib.parse import parse_qs, urlencode, urlsplit


class Host(NamedTuple):
    name: str
    before: str
    """Pattern of what stands before the id in an address, without the scheme."""
    id: str
    frame: str
    """Address of the frame, to which the id is added."""


HOSTS = (
    Host(
        "YouTube",
        r"(?:(?:www\.|m\.)?youtube\.com/(?:watch\?(?:[^\s\"<]*[&;])?v=|shorts/|live/|embed/)|youtu\.be/)",
        "[A-Za-z0-9_-]{11}",
        "https://www.youtube-nocookie.com/embed/",
    ),
    Host("Vimeo", r"(?:www\.|player\.)?vimeo\.com/(?:video/)?", "[0-9]{5,}", "https://player.vimeo.com/video/"),
    Host(
        "Rutube",
        r"(?:www\.)?rutube\.ru/(?:video|shorts|play/embed)/(?:private/)?",
        "[0-9a-f]{32}",
        "https://rutube.ru/play/embed/",
    ),
)
_SCHEME = "(?:https?://)?"
ADDRESS = rf"{_SCHEME}(?:{'|'.join(host.before + host.id for host in HOSTS)})(?:[/?&#][^\s\"<]*)?"
"""Pattern of a film's address, which JavaScript reads as well."""
_LINK = rf'<a href="(?P<address>{ADDRESS})"[^>]*>'
_LINE = re.compile(rf"^ *(?:(?P<bare>{ADDRESS})|{_LINK}[^\n]*?</a>) *$", re.M)
FILM = re.compile(
    rf"<p>{_LINK}(?P<title>.*?)</a></p>"
    rf"|<figure>{_LINK.replace('address', 'of_picture')}(?P<picture><img [^>]*>)</a>"
    r"\s*(?:<figcaption(?P<about>[^>]*)>(?P<caption>.*?)</figcaption>)?\s*</figure>",
    re.S,
)
"""A paragraph of clean HTML that is nothing but a link to a film, or a picture that links to one."""
UNTITLED = re.compile(rf"<p>{_LINK}{ADDRESS}</a></p>")


def frame_of(address: str) -> tuple[str, str]:
    """Return the name of the film's host, and the address of its frame, which begins to play."""
    for host in HOSTS:
        if found := re.match(rf"{_SCHEME}{host.before}({host.id})", address):
            return host.name, f"{host.frame}{found[1]}?{urlencode(_settings(host.name, address, found.end()))}"
    raise ValueError(address)


def _settings(host: str, address: str, end: int) -> dict[str, str]:
    """Return what the frame is to know: to follow nobody, where to begin, and the key of a film that is not listed."""
    parts = urlsplit(address)
    asked = {name: values[0] for name, values in parse_qs(parts.query or parts.fragment).items()}
    settings = {"autoplay": "1", **({"dnt": "1"} if host == "Vimeo" else {})}
    key = re.match("/([0-9a-f]+)", address[end:]) if host == "Vimeo" else None
    known = {"start": asked.get("start", asked.get("t", "")).removesuffix("s"), "h": key[1] if key else asked.get("h")}
    known["p"] = asked.get("p")
    ours = {"YouTube": "start", "Vimeo": "h", "Rutube": "p"}[host]
    return {**settings, **({ours: value} if (value := known[ours]) else {})}


def with_films_apart(lines: str) -> str:
    """Return lines of clean HTML in which each line that is nothing but a film is a linked paragraph of its own."""

    def apart(line: re.Match[str]) -> str:
        bare = line["bare"]
        if not bare:
            return f"\n\n{line[0]}\n\n"
        address = bare if bare.startswith("http") else f"https://{bare}"
        return f'\n\n<a href="{address}">{bare}</a>\n\n'

    return _LINE.sub(apart, lines)


def frame_hosts(body: str) -> list[str]:
    """Return the origins of the frames of a clean body's films."""
    found = (film["address"] or film["of_picture"] for film in FILM.finditer(body))
    return sorted({"https://" + urlsplit(frame_of(html.unescape(address))[1]).netloc for address in found})
