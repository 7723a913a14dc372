"""What people type, made into the body that is saved, and back."""

import re

from lxml.html import HtmlElement

from kariu_blog.text.characters import squeezed
from kariu_blog.text.cleaning import clean_html
from kariu_blog.text.elements import BLOCKS, PARTS, TAG
from kariu_blog.text.films import with_films_apart
from kariu_blog.text.settling import (
    as_html,
    depth,
    escaped,
    has_blocks,
    inside,
    says_something,
    settle,
    tree,
    without_hidden,
)

SETTLING_ROUNDS = 4  # a parser may move misplaced tags once more when it reads its own output
TAGS_MAX = 10_000
DEPTH_MAX = 100
OPEN_MAX = 20
_OPENED = re.compile(r"<(/?)(?:a|b|big|code|em|font|i|nobr|s|small|strike|strong|tt|u)\b", re.I)
_BREAK = re.compile(r" *<br> *\n?")
_BLANK_LINE = re.compile(r"\n[ \t]*\n[ \t\n]*")
_LINE_END = re.compile(TAG.pattern + r"|(?P<line_end> *\n *)")


class TooManyTagsError(ValueError):
    """HTML with more tags, or deeper nested, than any text needs; parsing it would take seconds."""


def body_from_typed(typed: str) -> str:
    """Return clean HTML of what was typed: a blank line ends a paragraph, a line end is a line break.

    HTML is kept as far as it is allowed.  ``body_from_typed(typed_from_body(body)) == body`` for every body that this
    function returned.  Raises TooManyTagsError.
    """
    if typed.count("<") > TAGS_MAX or _open_at_once(typed) > OPEN_MAX:
        raise TooManyTagsError
    body = clean_html(without_hidden(typed))
    for _ in range(SETTLING_ROUNDS):
        settled = clean_html("\n".join(_blocks(body)))
        if settled == body:
            break
        body = settled
    return body


def _open_at_once(typed: str) -> int:
    """Return how many formatting elements stand open at most: a parser opens all of them again in each paragraph."""
    most = count = 0
    for tag in _OPENED.finditer(typed):
        count = max(0, count - 1) if tag[1] else count + 1
        most = max(most, count)
    return most


def typed_from_body(body: str) -> str:
    """Return a body as people type it: plain paragraphs lose their tags, other blocks keep them."""
    return "\n\n".join(
        block[3:-4].replace("<br>", "\n") if block.startswith("<p>") else block for block in _blocks(body)
    )


def _blocks(source: str) -> list[str]:
    """Return the outermost blocks of clean HTML, with loose text between them made into paragraphs."""
    root = tree(source)
    if depth(root) > DEPTH_MAX:
        raise TooManyTagsError
    settle(root)
    blocks: list[str] = []
    loose = escaped(root.text)
    for node in root:
        if node.tag in BLOCKS:
            blocks += [*_paragraphs(loose), *_block(node)]
            loose = ""
        elif node.tag in PARTS or has_blocks(node):
            blocks += [*_paragraphs(loose), *_blocks(inside(node))]
            loose = ""
        else:
            loose += "<br>" if node.tag == "br" else _LINE_END.sub(_line_break, as_html(node))
        loose += escaped(node.tail)
    return blocks + _paragraphs(loose)


def _block(node: HtmlElement) -> list[str]:
    if node.tag != "p" or node.attrib or has_blocks(node):
        return [as_html(node)]
    return _paragraphs(squeezed(inside(node)))


def _paragraphs(loose: str) -> list[str]:
    lines = with_films_apart(_BREAK.sub("\n", loose))
    parts = (part.strip(" \t\n") for part in _BLANK_LINE.split(lines))
    return [f"<p>{_LINE_END.sub(_line_break, part)}</p>" for part in parts if says_something(part)]


def _line_break(match: re.Match[str]) -> str:
    return "<br>" if match["line_end"] else match[0]
