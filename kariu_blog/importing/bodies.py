"""Bodies of WordPress as HTML that texts of this site may have.

A picture of the old site becomes a link to its file with the fragment ``#picture``, and its alt text as words, until
``media`` stores the file and shows it in the place of the link.
"""

import html
import re
from collections.abc import Iterable, Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any
from unicodedata import normalize
from urllib.parse import quote, unquote, urljoin, urlsplit

from lxml.html import HtmlElement, HTMLParser, fragment_fromstring, tostring

from kariu_blog.importing.source import Archive, Attachment, Note
from kariu_blog.old_site.addresses import UPLOADS
from kariu_blog.posts.content import SUMMARY_LENGTH
from kariu_blog.text import clean, plain

PICTURE = "#picture"
_MORE = re.compile(r"<!--\s*more\b.*?-->", re.I | re.S)
_COMMENT = re.compile(r"<!--.*?-->|<!--", re.S)
_CAPTION = re.compile(r"\[(?:wp_)?caption([^\]]*)\](.*?)\[/(?:wp_)?caption\]", re.S)
_CAPTIONED = re.compile(r"\s*((?:<a\b[^>]*>\s*)?<img\b[^>]*>(?:\s*</a>)?)(.*)", re.S | re.I)
_GALLERY = re.compile(r"(?<!\[)\[gallery\b([^\]]*)\]")
_GALLERIES = "|".join(
    f".//{tag}[contains(concat(' ', @class, ' '), ' gallery ') or contains(@class, 'wp-block-gallery')]"
    for tag in ("div", "figure", "ul")
)
_EMBED = re.compile(r"(?<!\[)\[(embed|youtube|vimeo|video|audio)\b([^\]]*)\](?:\s*([^\[\]]*?)\s*\[/\1\])?")
_SHORTCODE = re.compile(r"(?<!\[)\[(/?)([A-Za-z][\w-]*)((?:\s[^\[\]]*)?)/?\](?!\])")
_AROUND_WORDS = re.compile(r"(?<!\[)\[([A-Za-z][\w-]*)\s([^\[\]]*)\]([^\[\]]+)\[/\1\]")
_ATTRIBUTE = re.compile(r"""([\w-]+)\s*=\s*(?:["“”″]([^"“”″]*)["“”″]|'([^']*)'|([^\s"'\]]+))""")
_BARE_ADDRESS = re.compile(r"^[ \t]*(https?://[^\s<>\"]+)[ \t]*$", re.M)
_FILM = re.compile(r"(youtube(?:-nocookie)?\.com/embed/|player\.vimeo\.com/video/|rutube\.ru/play/embed/)([\w-]+)")
_WATCH = {"y": "https://www.youtube.com/watch?v=", "p": "https://vimeo.com/", "r": "https://rutube.ru/video/"}
_UPLOAD = re.compile(r".*?/wp-content/uploads/(.+)", re.S)
_TOKENS = re.compile(r"(<[^>]*>)")
_HOLDERS = re.compile(r"<(/?)(?:p|li|td|th|blockquote|dd|dt|figcaption|caption|h[1-6])\b", re.I)
"""Elements in which WordPress shows a line end as one."""
_BLOCK = (
    r"</?(?:p|div|ul|ol|li|dl|dt|dd|table|thead|tbody|tfoot|tr|td|th|blockquote|figure|figcaption|hr|pre|h[1-6]|br)\b"
)
_LINE_END = "\x1f"
_INLINE = {"a", "b", "strong", "i", "em", "span", "u", "small"}


@dataclass
class Body:
    """A converted body."""

    html: str
    summary: str = ""
    """What stands before the "more" line, if it is short and plain; then ``html`` goes on after it."""
    media: dict[str, str] = field(default_factory=dict)
    """Address of each file by path."""
    notes: list[Note] = field(default_factory=list)


@dataclass
class _Context:
    archive: Archive
    base: str
    language: str
    post: str
    body: Body

    def attachments(self, attributes: Mapping[str, str]) -> Iterator[Attachment]:
        """Yield the pictures of a gallery."""
        known = self.archive.attachments
        ids = re.findall(r"\d+", attributes.get("ids") or attributes.get("include", ""))
        for key in ids or self.archive.pictures_of.get(attributes.get("id") or self.post, []):
            if key in known:
                yield known[key]
            else:
                self.body.notes.append(("missing", f"#{key}"))

    def here(self, address: str) -> str:
        """Return an address of the old site without its host, any other as it is."""
        try:
            joined = urljoin(self.base, address.strip())
            parts = urlsplit(joined)
        except ValueError:
            return address
        if address.startswith("#") or not is_old(parts.hostname, self.archive):
            return address
        if found := _UPLOAD.fullmatch(parts.path):
            path = self.archive.canonical(path_of(found[1]))
            known = self.archive.by_path.get(path)
            self.body.media[path] = known.url if known else joined
            return UPLOADS + quote(path)
        return parts._replace(scheme="", netloc="", path=parts.path or "/").geturl()


def convert(source: str, archive: Archive, language: str, base: str, post: str = "") -> Body:
    """Return a body in one language; ``base`` is the address of the page that it stands on."""
    source = clean(source)
    body = Body("")
    context = _Context(archive, base, language, post, body)
    before, *after = _MORE.split(source, maxsplit=1)
    if after and _is_plain(before):
        body.summary = plain(_COMMENT.sub(" ", before))
        source = after[0]
    body.html = _converted(source, context)
    body.notes = list(dict.fromkeys(body.notes))
    return body


def path_of(path: str) -> str:
    """Return the path of a file as ``OldMedia`` spells it."""
    return normalize("NFC", unquote(path)).lower()


def is_old(host: str | None, archive: Archive) -> bool:
    return (host or "").removeprefix("www.") in archive.hosts


def _is_plain(before: str) -> bool:
    return not re.search(r"<(?:img|a|iframe|table|ul|ol)\b|\[", before) and 0 < len(plain(before)) <= SUMMARY_LENGTH


def _converted(source: str, context: _Context) -> str:
    has_blocks = "<!-- wp:" in source
    source = _COMMENT.sub("", _without_shortcodes(source, context))
    source = _BARE_ADDRESS.sub(r'<p><a href="\1">\1</a></p>', source)
    if not has_blocks:
        source = _with_line_breaks(source)
    root = fragment_fromstring(source, create_parent="div", parser=HTMLParser(huge_tree=True))
    for node in list(root.iter("script", "style", "iframe", "object", "embed", "video", "audio")):
        _take_out(node, context)
    for node in list(root.iter("span", "font", "big", "center")):
        if not {"lang", "dir"} & set(node.attrib):
            node.drop_tag()
    for node in list(root.iter("a")):
        if "href" in node.attrib:
            node.set("href", context.here(node.get("href")))
    for node in root.xpath(_GALLERIES):
        _group(node)
    for node in list(root.iter("img")):
        _mark_picture(node, context)
    whole = str(tostring(root, encoding="unicode"))
    return whole[whole.index(">") + 1 : whole.rindex("<")] if len(root) or root.text else ""


def _without_shortcodes(source: str, context: _Context) -> str:
    source = _CAPTION.sub(_captioned, source)
    source = _GALLERY.sub(lambda found: _gallery(found[1], context), source)
    source = _EMBED.sub(_embedded, source)
    closed = set(re.findall(r"\[/([A-Za-z][\w-]*)\]", source))

    def taken_out(code: re.Match[str]) -> str:
        name = code[2]
        if not (code[1] or name in closed or "=" in code[3] or "_" in name or "-" in name):
            return code[0]
        context.body.notes.append(("shortcode", name))
        return ""

    return _SHORTCODE.sub(taken_out, _AROUND_WORDS.sub(_linked, source))


def _linked(code: re.Match[str]) -> str:
    """Make words that a button links, or the like, a link inside it."""
    attributes = _attributes(code[2])
    address = _first_address(map(attributes.get, ("link", "url", "href")))
    if not address:
        return code[0]
    return f'[{code[1]} {code[2]}]<a href="{html.escape(address)}">{code[3]}</a>[/{code[1]}]'


def _captioned(caption: re.Match[str]) -> str:
    parts = _CAPTIONED.fullmatch(caption[2])
    picture, words = (parts[1], parts[2]) if parts else (caption[2], "")
    words = words.strip() or _attributes(caption[1]).get("caption", "")
    return f"\n\n<figure>{picture}{f'<figcaption>{words}</figcaption>' if words else ''}</figure>\n\n"


def _gallery(attributes: str, context: _Context) -> str:
    figures = (
        f'<figure><img src="{html.escape(each.url)}" alt="{html.escape(each.alt(context.language))}">'
        f"<figcaption>{each.caption(context.language)}</figcaption></figure>"
        for each in context.attachments(_attributes(attributes))
    )
    return f'\n\n<figure class="gallery">{"".join(figures)}</figure>\n\n'


def _embedded(code: re.Match[str]) -> str:
    attributes = _attributes(code[2])
    sources = (code[3], attributes.get("src"), attributes.get("mp4"), attributes.get("mp3"), code[2].strip(" ="))
    address = _first_address(sources)
    if not address and re.fullmatch(r"[\w-]{6,}", code[2].strip()):
        address = _WATCH["y" if code[1] == "youtube" else "p"] + code[2].strip()
    return f"\n\n{address}\n\n"


def _first_address(values: Iterable[str | None]) -> str:
    return next((each for each in values if each and each.startswith(("http", "/"))), "")


def _attributes(typed: str) -> dict[str, str]:
    return {name: first or second or third for name, first, second, third in _ATTRIBUTE.findall(html.unescape(typed))}


def _with_line_breaks(source: str) -> str:
    """Mark the line ends within paragraphs, cells and the like as breaks, as WordPress shows a classic text."""
    depth, parts = 0, []
    for token in _TOKENS.split(source):
        if token.startswith("<"):
            if found := _HOLDERS.match(token):
                depth = max(0, depth + (-1 if found[1] else 1))
        elif depth:
            token = token.replace("\n", _LINE_END)
        parts.append(token)
    marked = "".join(parts)
    marked = re.sub(rf"({_BLOCK}[^>]*>)[ {_LINE_END}]+", r"\1", marked)
    marked = re.sub(rf"[ {_LINE_END}]+(?={_BLOCK})", "", marked)
    return re.sub(rf"{_LINE_END} *{_LINE_END}[ {_LINE_END}]*", "<br><br>", marked).replace(_LINE_END, "<br>")


def _take_out(node: HtmlElement, context: _Context) -> None:
    """Replace a film by a link to it, and take other frames, scripts and players away."""
    inner = node.find(".//source") if node.tag in ("video", "audio") else node.find(".//embed")
    address = node.get("src") or node.get("data") or (inner.get("src") if inner is not None else "") or ""
    film = _FILM.search(address)
    if film:
        _replace_by_link(node, _WATCH[film[1][0]] + film[2])
    elif node.tag in ("video", "audio") and address:
        _replace_by_link(node, context.here(address))
    elif node.getparent() is not None:
        if node.tag != "style":
            context.body.notes.append(("script" if node.tag == "script" else "frame", address[:200]))
        node.drop_tree()


def _replace_by_link(node: HtmlElement, address: str) -> None:
    link = _link(node, address, address)
    paragraph = node.makeelement("p")
    paragraph.append(link)
    paragraph.tail = node.tail
    node.getparent().replace(node, paragraph)


def _link(node: HtmlElement, address: str, words: str) -> Any:
    link = node.makeelement("a", {"href": address})
    link.text = words
    return link


def _group(gallery: HtmlElement) -> None:
    """Make a gallery, as any release of WordPress writes it, a figure of figures, unless it has other words."""
    if any(words.strip() for words in gallery.xpath(".//text()[not(ancestor::figcaption or ancestor::dd)]")):
        return
    whole = gallery.makeelement("figure")
    for picture in list(gallery.iter("img")):
        boxes = [each for each in picture.iterancestors("figure", "li", "dl") if gallery in each.iterancestors()]
        figure = gallery.makeelement("figure")
        figure.append(picture.getparent() if picture.getparent().tag == "a" else picture)
        for caption in [each for box in boxes[:1] for each in box.iter("figcaption", "dd")]:
            caption.tag = "figcaption"
            figure.append(caption)
        whole.append(figure)
    whole.extend(list(gallery.iter("figcaption")))
    if len(whole) == 0:
        gallery.drop_tree()
        return
    shown = whole if len(whole) > 1 else whole[0]
    shown.tail = gallery.tail
    gallery.getparent().replace(gallery, shown)


def _mark_picture(node: HtmlElement, context: _Context) -> None:
    alt = " ".join((node.get("alt") or "").split())
    if "wp-smiley" in (node.get("class") or ""):
        node.tail = alt + (node.tail or "")
        node.drop_tree()
        return
    source = _source_of(node)
    address = context.here(source)
    if source.startswith("data:") or not source:
        context.body.notes.append(("picture in the text", alt))
        node.drop_tree()
    elif address.startswith(UPLOADS):
        node = _unlink(node, context)
        known = context.archive.by_path.get(unquote(address.removeprefix(UPLOADS)))
        alt = alt or (known.alt(context.language) if known else "")
        _place(node, _link(node, address + PICTURE, alt or unquote(address.rpartition("/")[2])))
    else:
        context.body.notes.append(("picture elsewhere", source[:200]))
        if next(node.iterancestors("a"), None) is None:
            node.addnext(_link(node, address, alt or source))
        node.drop_tree()


def _source_of(node: HtmlElement) -> str:
    """Return the address of a picture, also of one that a script was to load later."""
    names = ("src", "data-src", "data-lazy-src", "data-original")
    found = [address for name in names if (address := (node.get(name) or "").strip())]
    return next((each for each in found if not each.startswith("data:")), found[0] if found else "")


def _unlink(picture: HtmlElement, context: _Context) -> HtmlElement:
    """Take a link to its larger size away from a picture; put it before any other link, and return it."""
    link = next(picture.iterancestors("a"), None)
    if link is None:
        return picture
    address = link.get("href") or ""
    if not address or address.startswith(UPLOADS) or urlsplit(address).path in context.archive.attachment_pages:
        link.drop_tag()
        return picture
    moved = deepcopy(picture)
    moved.tail = None
    link.addprevious(moved)
    picture.drop_tree()
    if not "".join(link.itertext()).strip():
        link.text = address
    return moved


def _place(picture: HtmlElement, link: HtmlElement) -> None:
    """Put the mark of a picture in its place: a figure before its paragraph, unless it is in one or in a table."""
    if next(picture.iterancestors("figure"), None) is not None:
        link.tail = picture.tail
        picture.getparent().replace(picture, link)
        return
    outer = picture
    while outer.getparent().tag in _INLINE:
        outer = outer.getparent()
    if outer.getparent().tag == "p":
        outer = outer.getparent()
    if outer.getparent().tag != "div":
        link.tail = picture.tail
        picture.getparent().replace(picture, link)
        return
    figure = picture.makeelement("figure")
    figure.append(link)
    if outer is picture:
        figure.tail = picture.tail
        picture.getparent().replace(picture, figure)
    else:
        index = outer.getparent().index(outer)
        outer.getparent().insert(index, figure)
        picture.drop_tree()
