"""A body's tree in the form that the newsroom's editor holds, without losing a word."""

import html
import re
from collections.abc import Callable, Iterable
from copy import copy

from lxml.etree import iterwalk
from lxml.html import HtmlElement, HTMLParser, fragment_fromstring, tostring

from kariu_blog.text.characters import is_seen
from kariu_blog.text.elements import BLOCKS, FORMATS, INLINE, LINES, PARTS, TAG

COLUMNS_MAX = 10
"""The most columns that a cell spans by its own word: beyond, it spans as many as the other rows fill."""
_BLOCK_ENDS = re.compile(rf"(?:</?(?:{'|'.join([*BLOCKS, *PARTS, 'pre'])})(?: [a-z]+=\"[^\"]*\")*>\s*)+")
_CAN_BE_EMPTY = ["h2", "h3", "h4", "li", "dt", "dd", "caption", "figcaption", "ul", "ol", "dl", "blockquote", "figure"]
_WITHOUT_WORDS = ("ul", "ol", "dl", "table", "thead", "tbody", "tfoot", "tr")
_HIDING = "|".join(
    [
        r"display\s*:\s*none|visibility\s*:\s*(?:hidden|collapse)|mso-hide\s*:\s*all",
        r"(?:opacity|font-size|max-height)\s*:\s*(?:0+(?:\.0*)?|\.0+)(?:px|pt|em|rem|%)?\s*(?:[!;]|$)",
        r"^(?=[\s\S]*overflow\s*:\s*hidden)(?:[\s\S]*;)?\s*(?:height|width)\s*:\s*[01](?:px|pt)?\s*(?:[!;]|$)",
        r"(?:left|top|text-indent)\s*:\s*-\d{4}|clip\s*:\s*rect\(\s*[01](?:px)?[\s,]|clip-path\s*:\s*inset\((?:50|100)%",
    ]
)
_CAN_HIDE = re.compile(r"<dialog\b|<[^<>]*\s(?:hidden|style)\b", re.I)


def tree(source: str, tag: str = "div") -> HtmlElement:
    """Return the tree of clean HTML below an element of its own."""
    root = fragment_fromstring(f"<div>{source}</div>", parser=HTMLParser(huge_tree=True))
    root.tag = tag
    return root


def inside(node: HtmlElement) -> str:
    return escaped(node.text) + "".join(as_html(child) + escaped(child.tail) for child in node)


def as_html(node: HtmlElement) -> str:
    return str(tostring(node, encoding="unicode", with_tail=False))


def escaped(text: str | None) -> str:
    return html.escape(text or "", quote=False)


def depth(node: HtmlElement) -> int:
    deepest = depth = 0
    for event, _ in iterwalk(node, events=("start", "end")):
        depth += 1 if event == "start" else -1
        deepest = max(deepest, depth)
    return deepest


def has_blocks(node: HtmlElement) -> bool:
    return next(node.iterdescendants(*BLOCKS, *PARTS), None) is not None


def says_something(part: str) -> bool:
    return "<img " in part or bool(TAG.sub("", part).strip())


def without_hidden(source: str) -> str:
    """Return HTML without the elements that it does not show."""
    if not _CAN_HIDE.search(source):
        return source
    root = fragment_fromstring(source, create_parent="div", parser=HTMLParser(huge_tree=True))
    for node in root.xpath("//*[@hidden or @style] | //dialog[not(@open)]"):
        is_closed = node.tag == "dialog" and "open" not in node.attrib
        if is_closed or "hidden" in node.attrib or re.search(_HIDING, node.get("style", ""), re.I):
            node.drop_tree()
    return inside(root)


def settle(root: HtmlElement) -> None:
    """Bring what stands in it into the form that the newsroom's editor holds, without losing a word."""
    for pre in list(root.iter("pre")):
        _break_lines(pre)
    for link in root.xpath(".//a[not(@href)]"):  # it leads nowhere
        link.attrib.pop("hreflang", None)
        link.tag = "span"
        if not link.attrib:
            link.drop_tag()
    _settle_formats(root)
    for line in list(root.iter(*LINES)):
        if has_blocks(line):
            _join_blocks(line)
    for items in reversed(list(root.iter("ul", "ol"))):
        _settle_items(items)
    for table in root.iter("table"):
        _settle_table(table)
    for figure in root.iter("figure"):
        _wrap_words(figure, figure.makeelement("p"), _is_in_a_line)
    for node in list(root.iter(*FORMATS)):
        _settle_language(node)
    _drop_empty(root)


def _break_lines(pre: HtmlElement) -> None:
    """Make a text whose line ends count a paragraph with line breaks."""
    pre.tag, pre.text = "div" if has_blocks(pre) else "p", (pre.text or "").lstrip("\n")
    for node in list(pre.iter()):
        node.text, *lines = (node.text or "").split("\n")
        for line in reversed(lines):
            node.insert(0, _break_with(node, line))
        if node is not pre:
            tail, *lines = (node.tail or "").split("\n")
            node.tail = None
            for line in reversed(lines):
                node.addnext(_break_with(node, line))
            node.tail = tail


def _break_with(node: HtmlElement, line: str) -> HtmlElement:
    made = node.makeelement("br")
    made.tail = line
    return made


def _settle_formats(root: HtmlElement) -> None:
    """Put each link and format that stands around blocks onto the words in them."""
    for node in reversed(list(root.iter(*FORMATS, "span"))):
        if has_blocks(node):
            for box in [node, *node.iterdescendants(*BLOCKS, *PARTS)]:
                if box.tag not in _WITHOUT_WORDS:
                    _wrap_words(box, node.makeelement(node.tag, node.attrib), lambda part: not _is_block(part))
            node.drop_tag()


def _is_block(node: HtmlElement) -> bool:
    return node.tag in (*BLOCKS, *PARTS) or has_blocks(node)


def _wrap_words(box: HtmlElement, wrapper: HtmlElement, is_inline: Callable[[HtmlElement], bool]) -> None:
    """Put each run of words between the other parts of ``box`` into an element like ``wrapper``; empty ones go."""
    parts = [copy(wrapper)]
    parts[0].text, box.text = box.text, None
    for node in list(box):
        words, node.tail = node.tail, None
        if is_inline(node):
            parts[-1].append(node)
            node.tail = words
            continue
        parts += [node, copy(wrapper)]
        parts[-1].text = words
    is_text = wrapper.tag == "p"
    box[:] = [
        part for part in parts if part.tag != wrapper.tag or (is_text and part.attrib) or says_something(inside(part))
    ]


def _is_in_a_line(node: HtmlElement) -> bool:
    """Return whether it belongs to the words of a figure, not to its pictures."""
    return node.tag in INLINE and not _is_picture(node) and not has_blocks(node)


def _is_picture(node: HtmlElement) -> bool:
    """Return whether it is one, or a link or a language around nothing else."""
    around = node.tag in ("a", "span") and not "".join(node.itertext()).strip()
    return node.tag == "img" or (around and [_is_picture(child) for child in node] == [True])


def _join_blocks(line: HtmlElement) -> None:
    """Make paragraphs and the like within a heading or a caption lines of it."""
    words = tree(_BLOCK_ENDS.sub("<br>", inside(line)).removeprefix("<br>").removesuffix("<br>"), str(line.tag))
    line.text, line[:] = words.text, words[:]


def _settle_items(items: HtmlElement) -> None:
    """Put a list that stands where an item should, or alone in an item, into the item before it."""
    for child in list(items):
        lists = [child] if child.tag in ("ul", "ol") else list(child.iterchildren("ul", "ol"))
        is_wrapper = child.tag == "li" and len(lists) == len(child) and not _has_words(child)
        before = child.getprevious()
        if not lists or not (is_wrapper or lists == [child]) or (before is not None and before.tag != "li"):
            continue
        if before is not None:
            before.extend(lists)
            if is_wrapper:
                child.drop_tree()
        else:
            for inner in lists:
                inner.drop_tag()
            if is_wrapper:
                child.drop_tag()


def _has_words(node: HtmlElement) -> bool:
    return bool((node.text or "").strip() or any((child.tail or "").strip() for child in node))


def _settle_table(table: HtmlElement) -> None:
    sections = list(table.iterchildren("thead", "tbody", "tfoot"))
    _settle_columns([row for section in (table, *sections) for row in section.iterchildren("tr")])
    for section in sections:
        _settle_rows(section, list(section.iterchildren("tr")))


def _settle_columns(rows: Iterable[HtmlElement]) -> None:
    """Cut cells that span more columns than any other row fills, such as with ``colspan="1000"`` for a whole row."""
    spans = [{cell: int(cell.get("colspan", "1")) or 1 for cell in row.iterchildren("td", "th")} for row in rows]
    width = max((sum(n if n <= COLUMNS_MAX else 1 for n in row.values()) for row in spans), default=1)
    for row in spans:
        for cell, span in row.items():
            if span > COLUMNS_MAX:
                span = max(1, width - sum(n for other, n in row.items() if other is not cell and n <= COLUMNS_MAX))
            cell.attrib.pop("colspan", None)
            if span > 1:
                cell.set("colspan", str(span))


def _settle_rows(section: HtmlElement, rows: list[HtmlElement]) -> None:
    """Give rows their section's attributes, and let no cell reach beyond it, as ``rowspan="0"`` means to its end."""
    for left, row in zip(range(len(rows), 0, -1), rows, strict=True):
        for name, value in section.items():
            row.set(name, row.get(name, value))
        for cell in row.iterchildren("td", "th"):
            span = min(int(cell.attrib.pop("rowspan", "1")) or left, left)
            if span > 1:
                cell.set("rowspan", str(span))
    section.attrib.clear()


def _settle_language(node: HtmlElement) -> None:
    """Put a format's language within a format's language inside it, because formats have no order."""
    about = {name: node.attrib[name] for name in ("lang", "dir") if name in node.attrib}
    if not any(name in outer.attrib for outer in node.iterancestors(*FORMATS, "span") for name in about):
        return
    inner = node.makeelement("span", about)
    inner.text, node.text = node.text, None
    inner[:] = node[:]
    node.append(inner)
    for name in about:
        del node.attrib[name]


def _drop_empty(root: HtmlElement) -> None:
    """Take away headings, items and captions without words, and what stands around nothing else."""
    for node in reversed(list(root.iter(*_CAN_BE_EMPTY))):
        if not is_seen("".join(node.itertext())) and next(node.iter("img", "hr", "table"), None) is None:
            node.drop_tree()
