"""Text in, text out: characters, slugs, clean HTML.  No Flask, no database."""

import html
import re
import sys
import unicodedata
from urllib.parse import urljoin, urlsplit

import nh3
from anyascii import anyascii
from lxml.etree import iterwalk
from lxml.html import HtmlElement, HTMLParser, fragment_fromstring, tostring

SLUG_LENGTH = 80
EXCERPT_LENGTH = 200
SETTLING_ROUNDS = 4  # a parser may move misplaced tags once more when it reads its own output
TAGS_MAX = 10_000
DEPTH_MAX = 100
OPEN_MAX = 20

# Not allowed in XML 1.0 (section 2.2), and invisible anyway: C0 but tab and line ends, C1 but
# U+0085, surrogates that lost their other half, U+FFFE and U+FFFF.
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]")

MEDIA = "/media/"
PICTURE_NAME = re.compile(r"([0-9a-f]{20})-([1-9][0-9]{0,3})x([1-9][0-9]{0,3})\.(jpg|png)")
"""Of a picture's largest file: digest, width, height, format."""
_PICTURE_ADDRESS = re.compile(rf"(?:https?://[^/?#]*)?({MEDIA}{PICTURE_NAME.pattern})")
IMAGE = re.compile(r'<img((?: [a-z]+="[^"]*")*)>')
"""An ``img`` of clean HTML, with its attributes."""

_BLOCKS = ["p", "h2", "h3", "h4", "ul", "ol", "dl", "blockquote", "table", "figure", "hr"]
_PARTS = ["li", "dt", "dd", "caption", "thead", "tbody", "tfoot", "tr", "th", "td", "figcaption"]
_INLINE = [
    "a",
    "abbr",
    "b",
    "br",
    "cite",
    "code",
    "em",
    "i",
    "img",
    "mark",
    "q",
    "s",
    "small",
    "span",
    "strong",
    "sub",
    "sup",
]
_ATTRIBUTES = {
    "*": {"lang", "dir"},
    "a": {"href", "hreflang"},
    "abbr": {"title"},
    "img": {"src", "alt"},
    "ol": {"start"},
    "th": {"colspan", "rowspan", "scope"},
    "td": {"colspan", "rowspan"},
}
_REFERENCE = re.compile(r"&#([xX][0-9a-fA-F]{1,8}|[0-9]{1,8});?")
_SPACES = re.compile(r"[ \t]{2,}")
_OPENED = re.compile(r"<(/?)(?:a|b|big|code|em|font|i|nobr|s|small|strike|strong|tt|u)\b", re.I)
_BOX = re.compile(r"</?(?:div|section|article|aside|main|header|footer|nav|address|h5|h6)\b[^>]*>", re.I)
_MAIN_HEADING = re.compile(r"(</?)h1\b", re.I)
TAG = re.compile(r'<(/?)([a-z][a-z0-9]*)(?:\s+[a-z-]+(?:="[^"]*")?)*\s*>')
_FORMATS = [tag for tag in _INLINE if tag not in ("br", "img", "span")]
_LINES = ["h2", "h3", "h4", "dt", "caption", "figcaption"]
"""What holds words and no blocks."""
_SPAN = re.compile("0|[2-9]|[1-9][0-9]{1,2}")
_BLANK_LETTERS = "\u115f\u1160\u2800\u3164\uffa0\U0001d159"
"""Letters and signs by their category that nobody sees: fillers of Hangul, an empty Braille cell, a null note."""
_CAPTION = re.compile(r"<figcaption.*?</figcaption>", re.S)
_SECTION = re.compile(r'<h2((?: [a-z]+="[^"]*")*)>(.*?)</h2>', re.S)
_BLOCK_ENDS = re.compile(rf"(?:</?(?:{'|'.join([*_BLOCKS, *_PARTS, 'pre'])})(?: [a-z]+=\"[^\"]*\")*>\s*)+")
_ADDRESS = re.compile(r' (href|src|srcset)="([^"]*)"')
_BREAK = re.compile(r" *<br> *\n?")
_BLANK_LINE = re.compile(r"\n[ \t]*\n\s*")
_LINE_END = re.compile(TAG.pattern + r"|(?P<line_end> *\n *)")


class TooManyTagsError(ValueError):
    """HTML with more tags, or deeper nested, than any text needs; parsing it would take seconds."""


def clean(text: str) -> str:
    """Line ends as ``\\n``, composed letters (NFC), nothing that XML forbids."""
    text = _FORBIDDEN.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    return unicodedata.normalize("NFC", text)


def clean_line(text: str) -> str:
    """The same on one line: runs of white space become one space."""
    return " ".join(clean(text).split())


def is_seen(line: str) -> bool:
    """Whether anything in it can be seen: a letter, digit or sign, not marks and blanks alone."""
    return any(unicodedata.category(sign)[0] in "LNPS" and sign not in _BLANK_LETTERS for sign in line)


def clean_html(text: str) -> str:
    """Only the elements and attributes that a text may have, and ``pre``; links go to http(s), mailto, tel or here.

    Boxes of other pages (div, section, …) become paragraphs: dropping their tags alone would glue
    the last word of one to the first of the next.  A page has one h1, its title: others become h2.
    """
    source = _REFERENCE.sub(_allowed_reference, _SPACES.sub(" ", clean(text)))
    cleaned = nh3.clean(
        _BOX.sub("\n\n", _MAIN_HEADING.sub(r"\1h2", source)),
        tags={*_BLOCKS, *_PARTS, *_INLINE, "pre"},
        attributes=_ATTRIBUTES,
        attribute_filter=_allowed_attribute,
        url_schemes={"http", "https", "mailto", "tel"},
        link_rel=None,
    )
    return clean(IMAGE.sub(_own_picture, cleaned)).strip()


def _allowed_reference(reference: re.Match[str]) -> str:
    """A character reference, unless it would bring back a character that was just removed."""
    code = int(reference[1][1:], 16) if reference[1][0] in "xX" else int(reference[1])
    return "" if code == 0 or code > sys.maxunicode or _FORBIDDEN.match(chr(code)) else reference[0]


def _allowed_attribute(tag: str, name: str, value: str) -> str | None:
    """An attribute's value; None for an address that nobody can take apart (``//[x``), or of no picture here."""
    if tag == "img" and name == "src":
        address = _PICTURE_ADDRESS.fullmatch(value)
        return address[1] if address else None
    if name in ("colspan", "rowspan"):
        return value if _SPAN.fullmatch(value) else None
    if name != "href":
        return " ".join(value.split())
    try:
        urlsplit(value)
    except ValueError:
        return None
    return value


def _own_picture(image: re.Match[str]) -> str:
    """A picture of this site, with an alt text if only an empty one; nothing for any other."""
    if ' src="' not in image[1]:
        return ""
    return image[0] if ' alt="' in image[1] else f'<img{image[1]} alt="">'


def body_from_typed(typed: str) -> str:
    """Clean HTML of what was typed: a blank line ends a paragraph, a line end is a line break.

    HTML is kept as far as it is allowed.  ``body_from_typed(typed_from_body(body)) == body`` for
    every body that this function returned.  Raises TooManyTagsError.
    """
    if typed.count("<") > TAGS_MAX or _open_at_once(typed) > OPEN_MAX:
        raise TooManyTagsError
    body = clean_html(typed)
    for _ in range(SETTLING_ROUNDS):
        settled = clean_html("\n".join(_blocks(body)))
        if settled == body:
            break
        body = settled
    return body


def _open_at_once(typed: str) -> int:
    """How many formatting elements stand open at most: a parser opens all of them again in each paragraph."""
    most = count = 0
    for tag in _OPENED.finditer(typed):
        count = max(0, count - 1) if tag[1] else count + 1
        most = max(most, count)
    return most


def typed_from_body(body: str) -> str:
    """A body as people type it: plain paragraphs lose their tags, other blocks keep them."""
    return "\n\n".join(
        block[3:-4].replace("<br>", "\n") if block.startswith("<p>") else block for block in _blocks(body)
    )


def _blocks(source: str) -> list[str]:
    """The outermost blocks of clean HTML, with loose text between them made into paragraphs."""
    root = fragment_fromstring(source, create_parent="div", parser=HTMLParser(huge_tree=True))
    if _depth(root) > DEPTH_MAX:
        raise TooManyTagsError
    _settle(root)
    blocks: list[str] = []
    loose = _escaped(root.text)
    for node in root:
        if node.tag in _BLOCKS:
            blocks += [*_paragraphs(loose), *_block(node)]
            loose = ""
        elif node.tag in _PARTS or next(node.iter(*_BLOCKS), None) is not None:
            blocks += [*_paragraphs(loose), *_blocks(_inside(node))]
            loose = ""
        else:
            loose += "<br>" if node.tag == "br" else _LINE_END.sub(_line_break, _html(node))
        loose += _escaped(node.tail)
    return blocks + _paragraphs(loose)


def _settle(root: HtmlElement) -> None:
    """Bring what stands in it into the form that the newsroom's editor holds, without losing a word."""
    for pre in list(root.iter("pre")):
        _break_lines(pre)
    for line in list(root.iter(*_LINES)):
        if next(line.iterdescendants(*_BLOCKS, *_PARTS), None) is not None:
            _join_blocks(line)
    for section in root.iter("thead", "tbody", "tfoot"):
        _settle_rows(section, list(section.iterchildren("tr")))
    for figure in root.iter("figure"):
        _settle_words(figure)
    for node in list(root.iter(*_FORMATS)):
        _settle_language(node)


def _break_lines(pre: HtmlElement) -> None:
    """Make a text whose line ends count a paragraph with line breaks."""
    pre.tag, pre.text = "p", (pre.text or "").lstrip("\n")
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


def _join_blocks(line: HtmlElement) -> None:
    """Make paragraphs and the like within a heading or a caption lines of it."""
    inside = _BLOCK_ENDS.sub("<br>", _inside(line)).removeprefix("<br>").removesuffix("<br>")
    words = fragment_fromstring(inside, create_parent=line.tag, parser=HTMLParser(huge_tree=True))
    line.text, line[:] = words.text, words[:]


def _settle_rows(section: HtmlElement, rows: list[HtmlElement]) -> None:
    """Rows carry their section's attributes; no cell reaches beyond it, as ``rowspan="0"`` means to its end."""
    for left, row in zip(range(len(rows), 0, -1), rows, strict=True):
        for name, value in section.items():
            row.set(name, row.get(name, value))
        for cell in row.iterchildren("td", "th"):
            typed = cell.attrib.pop("rowspan", "")
            span = min(int(typed) or left, left) if _SPAN.fullmatch(typed) else 1
            if span > 1:
                cell.set("rowspan", str(span))
    section.attrib.clear()


def _settle_words(figure: HtmlElement) -> None:
    """What stands between its pictures, captions and blocks are paragraphs."""
    parts = [figure.makeelement("p")]
    parts[0].text, figure.text = figure.text, None
    for node in list(figure):
        words, node.tail = node.tail, None
        if node.tag in _INLINE and not _is_picture(node) and next(node.iter(*_BLOCKS, *_PARTS), None) is None:
            parts[-1].append(node)
            node.tail = words
            continue
        parts += [node, figure.makeelement("p")]
        parts[-1].text = words
    figure[:] = [part for part in parts if part.tag != "p" or part.attrib or _says_something(_inside(part))]


def _is_picture(node: HtmlElement) -> bool:
    """Whether it is one, or a link or a language around nothing else."""
    around = node.tag in ("a", "span") and not "".join(node.itertext()).strip()
    return node.tag == "img" or (around and [_is_picture(child) for child in node] == [True])


def _settle_language(node: HtmlElement) -> None:
    """A format's language within a format's language becomes one inside it, since formats have no order."""
    about = {name: node.attrib[name] for name in ("lang", "dir") if name in node.attrib}
    if not any(name in outer.attrib for outer in node.iterancestors(*_FORMATS, "span") for name in about):
        return
    inside = node.makeelement("span", about)
    inside.text, node.text = node.text, None
    inside[:] = node[:]
    node.append(inside)
    for name in about:
        del node.attrib[name]


def _block(node: HtmlElement) -> list[str]:
    if node.tag != "p":
        return [_html(node)]
    inside = " ".join(_inside(node).split())
    if node.attrib or next(node.iter(*_BLOCKS[1:]), None) is not None:
        return [_html(node)]
    return _paragraphs(inside)


def _paragraphs(loose: str) -> list[str]:
    parts = (part.strip() for part in _BLANK_LINE.split(_BREAK.sub("\n", loose)))
    return [f"<p>{_LINE_END.sub(_line_break, part)}</p>" for part in parts if _says_something(part)]


def _says_something(part: str) -> bool:
    return "<img " in part or bool(TAG.sub("", part).strip())


def _line_break(match: re.Match[str]) -> str:
    return "<br>" if match["line_end"] else match[0]


def _inside(node: HtmlElement) -> str:
    return _escaped(node.text) + "".join(_html(child) + _escaped(child.tail) for child in node)


def _html(node: HtmlElement) -> str:
    return str(tostring(node, encoding="unicode", with_tail=False))


def _escaped(text: str | None) -> str:
    return html.escape(text or "", quote=False)


def _depth(node: HtmlElement) -> int:
    deepest = depth = 0
    for event, _ in iterwalk(node, events=("start", "end")):
        depth += 1 if event == "start" else -1
        deepest = max(deepest, depth)
    return deepest


def absolute_links(body: str, base: str) -> str:
    """Clean HTML with every address made absolute, as from a page at ``base``."""
    if not _ADDRESS.search(body):
        return body
    origin = urljoin(base, "/")[:-1]

    def joined(address: str) -> str:
        is_here = address.startswith("/") and not address.startswith("//")
        return origin + address if is_here else urljoin(base, address)  # which is slow, and pictures have many

    def absolute(attribute: re.Match[str]) -> str:
        name, value = attribute[1], html.unescape(attribute[2])
        addresses = value.split(", ") if name == "srcset" else [value]
        try:
            return f' {name}="{html.escape(", ".join(map(joined, addresses)))}"'
        except ValueError:
            return ""

    return TAG.sub(lambda tag: _ADDRESS.sub(absolute, tag[0]), body)


def pictures_in(body: str) -> set[str]:
    """The digests of the pictures that a clean body shows."""
    return {name[1] for image in IMAGE.finditer(body) for name in PICTURE_NAME.finditer(image[1])}


def pictures_without_alt(body: str) -> list[str]:
    """Return the digests of a clean body's pictures that have an empty alt text, in the body's order."""
    empty = [image[1] for image in IMAGE.finditer(body) if ' alt=""' in image[1]]
    return [name[1] for attributes in empty for name in PICTURE_NAME.finditer(attributes)]


def plain(body: str) -> str:
    """The words of some HTML on one line; a tag within a word does not part it."""
    return " ".join(html.unescape(TAG.sub(_between_words, body)).split())


def _between_words(tag: re.Match[str]) -> str:
    return "" if tag[2] in _INLINE and tag[2] != "br" else " "


def excerpt(body: str, length: int = EXCERPT_LENGTH) -> str:
    """The first words of some HTML without its captions, at most ``length`` characters, cut between words."""
    words = plain(_CAPTION.sub("", body))
    if len(words) <= length:
        return words
    return words[: length - 1].rsplit(" ", 1)[0].rstrip(" ,.;:–—-") + "…"


def sections(body: str) -> tuple[str, list[str]]:
    """Clean HTML whose second headings have the ids ``part-1``, ``part-2``, …, and the words of each."""
    titles: list[str] = []

    def named(heading: re.Match[str]) -> str:
        titles.append(plain(heading[2]))
        return f'<h2 id="part-{len(titles)}"{heading[1]}>{heading[2]}</h2>'

    return _SECTION.sub(named, body), titles


def slugify(text: str) -> str:
    """Latin letters, digits and hyphens; empty when nothing of the text can be written so."""
    words = re.findall(r"[a-z0-9]+", anyascii(clean(text)).lower().replace("'", ""))
    slug = "-".join(words)
    if len(slug) <= SLUG_LENGTH:
        return slug
    return slug[: SLUG_LENGTH + 1].rpartition("-")[0] or slug[:SLUG_LENGTH]
