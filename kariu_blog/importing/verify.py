"""Old addresses asked of the running site, one by one, and compared with where they must lead."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.error import HTTPError, URLError
from urllib.parse import quote, unquote, urlsplit
from urllib.request import HTTPRedirectHandler, ProxyHandler, Request, build_opener

from flask import url_for
from sqlalchemy import select

from kariu_blog.database import db
from kariu_blog.languages import DEFAULT
from kariu_blog.old_site.models import ImportedItem, OldAddress, OldMedia
from kariu_blog.posts.navigation import layout

REDIRECTS = (301, 302, 303, 307, 308)
HOPS_MAX = 5
SECONDS_MAX = 20


@dataclass(frozen=True)
class Answer:
    """What the site did with an old address."""

    address: str
    wanted: str
    language: str
    status: int
    """Of the first answer; 0 if there was none."""
    shown: str
    """Path of the page that is shown in the end, empty if none is."""
    fault: str


class _Stay(HTTPRedirectHandler):
    def redirect_request(self, *_args: object) -> None:
        return None


_opener = build_opener(_Stay, ProxyHandler({}))


def answers(file: Path, site: str) -> Iterator[Answer]:
    """Ask for each address of a table of address, target and language.  Raises ValueError for another kind of file."""
    for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1):
        if not line.strip() or line.startswith("#"):
            continue
        parts = line.split("\t")
        if len(parts) != 3:
            raise ValueError(f"line {number} has not the three columns address, target and language")
        yield _answer(site, *(part.strip() for part in parts))


def _answer(site: str, address: str, wanted: str, language: str) -> Answer:
    parts = urlsplit(address)
    path = quote(parts.path, safe="/%") + (f"?{quote(parts.query, safe='=&%+')}" if parts.query else "")
    first, shown, status = 0, "", 0
    for _hop in range(HOPS_MAX):
        status, location = _ask(site + path)
        first = first or status
        if status not in REDIRECTS:
            shown = unquote(path) if status == 200 else ""
            break
        path = location.removeprefix(site)
    expected = expected_path(wanted, DEFAULT if language == "-" else language)
    if expected is None:
        return Answer(address, wanted, language, first, shown, "the import does not know this target")
    fault = "" if shown == unquote(expected) else f"leads to {shown or status}, not to {expected}"
    if not fault and first != (302 if language == "-" and not wanted.startswith("file:") else 301):
        fault = f"is answered by {first}"
    return Answer(address, wanted, language, first, shown, fault)


def _ask(url: str) -> tuple[int, str]:
    try:
        with _opener.open(Request(url, headers={"Accept-Language": DEFAULT}), timeout=SECONDS_MAX) as answer:  # noqa: S310
            return answer.status, ""
    except HTTPError as error:
        return error.code, error.headers.get("Location", "")
    except URLError:
        return 0, ""


def expected_path(wanted: str, language: str) -> str | None:
    """Return the address here of a target such as ``post:102`` or ``feed of category:news``."""
    of_feed = wanted.startswith("feed of ")
    kind, _colon, name = wanted.removeprefix("feed of ").partition(":")
    if kind == "front page":
        return (
            url_for("feeds.all_posts", lang=language, format="rss")
            if of_feed
            else url_for("posts.front", lang=language)
        )
    if kind == "post":
        row = db.session.get(ImportedItem, wanted)
        text = row.post.shown_in(language) if row and row.post else None
        return url_for("posts.post", lang=language, slug=text.slug) if text else None
    if kind == "file":
        return db.session.scalar(select(OldMedia.address).where(OldMedia.path == name.lower())) or None
    if kind == "archive":
        year, month = map(int, name.split("/"))
        return url_for("posts.archive", lang=language, year=year, month=month)
    term = db.session.get(OldAddress, f"/{kind}/{name.lower()}") if kind in ("category", "author") else None
    found = layout().find(kind, int(term.target.partition(":")[2])) if term else None
    if found is None:
        return None
    if of_feed:
        return url_for(f"feeds.{kind}", lang=language, slug=found.slug, format="rss")
    return url_for(f"posts.{kind}", lang=language, slug=found.slug)
