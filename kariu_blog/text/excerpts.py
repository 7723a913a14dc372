"""What a clean body says: its words, its first words, its sections."""

import html
import re

from kariu_blog.text.characters import is_seen, squeezed
from kariu_blog.text.elements import IMAGE, INLINE, TAG
from kariu_blog.text.films import UNTITLED

EXCERPT_LENGTH = 200
_CAPTION = re.compile(r"<figcaption.*?</figcaption>", re.S)
_SECTION = re.compile(r'<h2((?: [a-z]+="[^"]*")*)>(.*?)</h2>', re.S)


def plain(body: str) -> str:
    """Return the words of some HTML on one line; a tag within a word does not part it."""
    return squeezed(html.unescape(TAG.sub(_between_words, body)))


def _between_words(tag: re.Match[str]) -> str:
    return "" if tag[2] in INLINE and tag[2] != "br" else " "


def is_readable(body: str) -> bool:
    """Return whether a clean body has a picture or anything that can be seen as in a title."""
    return bool(IMAGE.search(body)) or is_seen(plain(body))


def excerpt(body: str, length: int = EXCERPT_LENGTH) -> str:
    """Return the first words of some HTML without captions, at most ``length`` characters, cut between words."""
    words = plain(UNTITLED.sub("", _CAPTION.sub("", body)))
    if len(words) <= length:
        return words
    return words[: length - 1].rsplit(" ", 1)[0].rstrip(" ,.;:–—-") + "…"


def sections(body: str) -> tuple[str, list[str]]:
    """Return clean HTML whose second headings have the ids ``part-1``, ``part-2``, …, and the words of each."""
    titles: list[str] = []

    def named(heading: re.Match[str]) -> str:
        titles.append(plain(heading[2]))
        return f'<h2 id="part-{len(titles)}"{heading[1]}>{heading[2]}</h2>'

    return _SECTION.sub(named, body), titles
