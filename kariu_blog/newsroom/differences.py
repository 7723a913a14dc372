"""Differences between two contents, word by word, as HTML for people."""

import html
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from difflib import SequenceMatcher
from typing import Any, NamedTuple

from flask_babel import lazy_gettext as _l
from lxml.html import HtmlElement, HTMLParser, fragment_fromstring, tostring

from kariu_blog.media.files import Files
from kariu_blog.posts.content import Content

PAIRS_MAX = 150_000
"""Limit of pairs of equal words in two paragraphs, or of equal paragraphs in two bodies.

Beyond it, what differs is shown whole, because comparing would take seconds.
"""
_BLOCKS = {"p", "h2", "h3", "h4", "li", "dt", "dd", "caption", "tr", "figcaption", "hr", "img", "blockquote"}
_SHOWN = {tag: tag for tag in ("b", "cite", "code", "em", "i", "mark", "s", "small", "strong", "sub", "sup")}
_SHOWN["th"] = "b"
_KINDS = {
    "h2": _l("Heading"),
    "h3": _l("Subheading"),
    "h4": _l("Small heading"),
    "ul": _l("Bulleted list"),
    "ol": _l("Numbered list"),
    "dl": _l("List of terms"),
    "dt": _l("Term"),
    "dd": _l("Meaning"),
    "blockquote": _l("Quotation"),
    "figure": _l("Picture"),
    "figcaption": _l("Caption"),
    "table": _l("Table"),
    "caption": _l("Caption"),
    "thead": _l("Heading row"),
    "tfoot": _l("Footer row"),
}
"""Names of what a block is or stands in, as far as its words do not show it."""
_TEXT = _l("Text")
_WORD = re.compile(r"\S+|\s+")


class Word(NamedTuple):
    text: str
    marks: tuple[str, ...] = ()
    """Elements of formatting around the word, outermost first."""
    picture: str = ""
    """Address of a picture, which counts as a word."""


class Block(NamedTuple):
    tag: str
    words: tuple[Word, ...]
    place: tuple[str, ...]
    """Elements around the block and its own, outermost first."""


def content_difference(before: Content, after: Content, language: str) -> dict[str, str]:
    """Return the difference of each field as HTML; ``language`` is the page's."""
    old, new = asdict(before), asdict(after)
    changes = {name: line_difference(old[name], new[name]) for name in old}
    return {**changes, "body": difference(before.body, after.body, language)}


def difference(before: str, after: str, language: str) -> str:
    """Return both bodies in one, with what was removed in ``del`` and what was added in ``ins``.

    A block that became another kind of block is labelled in ``language``, the page's.
    """
    old, new = list(_blocks(before)), list(_blocks(after))
    parts: list[str] = []
    for is_equal, a, b, c, d in _compared(old, new):
        if is_equal:
            parts += [_shown(block.tag, _html(block.words)) for block in new[c:d]]
        else:
            parts += _replaced(old[a:b], new[c:d], language)
    return "".join(parts)


class Change(NamedTuple):
    """A block of a text that has changed."""

    html: str
    """The block before and after."""
    beside: str
    """The words of the same block in a translation; empty where the translation is built in another way."""
    place: int | None
    """Place of that block among the outermost elements of the translation, from 0."""


def changes(before: str, after: str, translated: str, language: str) -> list[Change]:
    """Return the blocks that differ between two versions of a body, each beside that of the body ``translated``.

    A new block stands beside the one that follows it.
    """
    old, new, others = (list(_blocks(body)) for body in (before, after, translated))
    is_alike = [(block.tag, block.place) for block in old] == [(block.tag, block.place) for block in others]
    places = _outermost(translated) if is_alike else []
    found: list[Change] = []
    for is_equal, a, b, c, d in _compared(old, new):
        for index, shown in enumerate(() if is_equal else _replaced(old[a:b], new[c:d], language), a):
            beside = "".join(word.text for word in others[index].words) if is_alike and index < b else ""
            found.append(Change(shown, beside, next(iter(places[min(index, b) :]), None)))
    return found


def _outermost(body: str) -> list[int]:
    """Return, for each block, the place of the outermost element that it is in."""
    children = fragment_fromstring(body, create_parent="div", parser=HTMLParser(huge_tree=True)) if body else ()
    pieces = [tostring(child, encoding="unicode") for child in children]
    return [place for place, piece in enumerate(pieces) for _block in _blocks(piece)]


def is_marked(difference: str) -> bool:
    """Return whether anything was added or removed."""
    return "<ins>" in difference or "<del>" in difference


def line_difference(before: str, after: str) -> str:
    """Return the difference of two lines without formatting."""
    return _between(_words(before), _words(after))


def _replaced(old: Sequence[Block], new: Sequence[Block], language: str) -> Iterator[str]:
    """Compare blocks of the same kind in pairs, and show the others as removed or added whole."""
    for index in range(max(len(old), len(new))):
        was, now = (blocks[index] if index < len(blocks) else None for blocks in (old, new))
        if was and now and was.tag == now.tag:
            kinds = "" if was.place == now.place else _kinds(was.place, now.place, language)
            yield _shown(now.tag, kinds + _between(was.words, now.words))
        else:
            removed = _shown(was.tag, _marked("del", was.words)) if was else ""
            yield removed + (_shown(now.tag, _marked("ins", now.words)) if now else "")


def _kinds(was: tuple[str, ...], now: tuple[str, ...], language: str) -> str:
    old, new = (" › ".join(str(_KINDS[tag]) for tag in place) or str(_TEXT) for place in (was, now))
    return f'<small class="kind" lang="{language}"><del>{old}</del> <ins>{new}</ins></small> '


def _compared(old: Sequence[Any], new: Sequence[Any]) -> Iterator[tuple[bool, int, int, int, int]]:
    """Yield runs in order: whether they are equal, begin and end in ``old``, begin and end in ``new``."""
    start = next((n for n, (a, b) in enumerate(zip(old, new, strict=False)) if a != b), min(len(old), len(new)))
    rest = min(len(old), len(new)) - start
    tails = zip(reversed(old), reversed(new), strict=False)
    end = next((n for n, (a, b) in enumerate(tails) if a != b or n == rest), rest)
    inner_old, inner_new = old[start : len(old) - end], new[start : len(new) - end]
    yield True, 0, start, 0, start
    counts = Counter(inner_new)
    if sum(counts[item] for item in inner_old) > PAIRS_MAX:
        yield False, start, len(old) - end, start, len(new) - end
    else:
        for kind, a, b, c, d in SequenceMatcher(a=inner_old, b=inner_new, autojunk=False).get_opcodes():
            yield kind == "equal", a + start, b + start, c + start, d + start
    yield True, len(old) - end, len(old), len(new) - end, len(new)


def _between(old: Sequence[Word], new: Sequence[Word]) -> str:
    parts: list[str] = []
    for is_equal, a, b, c, d in _compared(old, new):
        if is_equal:
            parts.append(_html(new[c:d]))
        else:
            parts += [_marked("del", old[a:b]), _marked("ins", new[c:d])]
    return "".join(parts)


def _marked(tag: str, words: Sequence[Word]) -> str:
    return f"<{tag}>{_html(words)}</{tag}>" if words else ""


def _html(words: Sequence[Word]) -> str:
    return "".join(
        "".join(f"<{mark}>" for mark in word.marks)
        + _thumbnail(word.picture)
        + html.escape(word.text, quote=False)
        + "".join(f"</{mark}>" for mark in reversed(word.marks))
        for word in words
    )


def _thumbnail(picture: str) -> str:
    files = Files.of(picture)
    return f'<img class="thumb" src="{files.small.address}" alt=""> ' if files else ""


def _shown(tag: str, inside: str) -> str:
    """Return the block as an element that needs no list or table around it."""
    return f"<{tag}>{inside}</{tag}>" if tag in ("h2", "h3", "h4", "blockquote") else f'<p class="{tag}">{inside}</p>'


def _words(text: str, marks: tuple[str, ...] = ()) -> list[Word]:
    return [Word(word, marks) for word in _WORD.findall(text)]


def _blocks(body: str) -> Iterator[Block]:
    if not body:
        return
    root = fragment_fromstring(body, create_parent="div", parser=HTMLParser(huge_tree=True))
    blocks: list[Gathered] = [("p", [], ())]
    _gather(root, (), (), blocks)
    for tag, words, place in blocks:
        if any(word.text.strip() for word in words):
            yield Block(tag, tuple(words), place)


Gathered = tuple[str, list[Word], tuple[str, ...]]


def _gather(node: HtmlElement, marks: tuple[str, ...], place: tuple[str, ...], blocks: list[Gathered]) -> None:
    """Add the words below ``node`` to ``blocks``."""
    tag = str(node.tag)
    if tag in _KINDS:
        place = (*place, tag)
    if tag in _BLOCKS:
        blocks.append((tag, [], place))
    elif tag in ("td", "th") and blocks[-1][1]:
        blocks[-1][1].append(Word(" | "))
    inner = (*marks, _SHOWN[tag]) if tag in _SHOWN else marks
    blocks[-1][1].extend(_said(node, inner))
    for child in node:
        _gather(child, inner, place, blocks)
        if str(child.tag) in _BLOCKS and child.tail and child.tail.strip():
            blocks.append(("p", [], place))
        blocks[-1][1].extend(_words(child.tail or "", inner))
    if tag == "a":  # a link that leads elsewhere is a change that nobody could see
        blocks[-1][1].append(Word(f" ({node.get('href', '')})", inner))


def _said(node: HtmlElement, marks: tuple[str, ...]) -> list[Word]:
    if node.tag == "img":
        return [Word(f"[{node.get('alt', '')}]", marks, node.get("src", ""))]
    return _words({"br": "\n", "hr": "———"}.get(str(node.tag)) or node.text or "", marks)
