"""RSS 2.0, Atom 1.0, JSON Feed 1.1 and OPML 2.0 from rows: pure functions, the same bytes for the same data.

No other module imports feedgen.  Two extensions write what feedgen omits or writes unsafely: links with all their
attributes (RFC 4287, section 4.2.7), languages, creators, and dates.
"""

import json
import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from html import escape
from typing import Any, TypeVar

from feedgen.entry import FeedEntry
from feedgen.ext.base import BaseEntryExtension, BaseExtension
from feedgen.feed import FeedGenerator
from lxml.etree import Element, QName, SubElement, tostring

from kariu_blog.languages import Said
from kariu_blog.media.files import Files, responsive
from kariu_blog.media.markup import caption_markup
from kariu_blog.text import absolute_links, clean

BYTES_MAX = 512 * 1024
ENTRY_FRAME_BYTES = 2048
"""Size of an entry without its body and summary."""
GENERATOR = "KarIU Blog"
RSS_TYPE = "application/rss+xml"
ATOM_TYPE = "application/atom+xml"
JSON_TYPE = "application/feed+json"

_ATOM = "http://www.w3.org/2005/Atom"
_DC = "http://purl.org/dc/elements/1.1/"
_HISTORY = "http://purl.org/syndication/history/1.0"
_MEDIA = "http://search.yahoo.com/mrss/"
_XML = "http://www.w3.org/XML/1998/namespace"
_one_at_a_time = threading.Lock()
"""feedgen sets the process's locale to write the channel's date."""


@dataclass(frozen=True)
class Link:
    rel: str
    href: str
    type: str = "text/html"
    hreflang: str | None = None
    length: str | None = None
    """Number of bytes, as digits."""


@dataclass(frozen=True)
class Cover:
    """Picture of a post, with the address and size of its largest file."""

    url: str
    files: Files
    bytes: int
    alt: str
    caption: Said | None = None
    credit: Said | None = None


@dataclass(frozen=True)
class Row:
    """An entry.  Every address is absolute, every datetime aware."""

    id: str
    url: str
    language: str
    title: str
    summary: str
    body: str
    """Clean HTML; addresses in it may be relative."""
    author: str
    category: str
    category_label: str
    category_url: str
    published: datetime
    updated: datetime
    translations: Sequence[tuple[str, str]]
    """Language and address of each other translation."""
    author_url: str = ""
    cover: Cover | None = None
    note: str = ""
    """Note in the feed's language that the entry is in another one, else empty."""


@dataclass(frozen=True)
class Head:
    id: str
    title: str
    subtitle: str
    language: str
    url: str
    """Address of the page that the feed belongs to."""
    author: str
    updated: datetime
    icon: str = ""
    """Address of a square picture; empty for a feed without pictures."""
    image: str = ""
    """Address of the square picture in 144 pixels, the largest size in RSS 2.0."""
    logo: str = ""
    """Address of a picture twice as wide as high (RFC 4287, section 4.2.8)."""
    links: Sequence[Link] = ()
    """Links to the hub (WebSub) and to archive pages (RFC 5005)."""
    is_archive: bool = False
    """True for an archive page, which changes only when its posts do (RFC 5005, section 4)."""


@dataclass(frozen=True)
class Outline:
    """A feed in a list of feeds; ``group`` is the name of its folder."""

    group: str
    title: str
    language: str
    feed_url: str
    url: str


def rss(head: Head, rows: Sequence[Row], self_url: str) -> bytes:
    """Return RSS 2.0 (RSS Advisory Board) with the full text in content:encoded."""
    feed = _build(head, rows, Link("self", self_url, RSS_TYPE))
    with _one_at_a_time:
        return bytes(feed.rss_str())


def atom(head: Head, rows: Sequence[Row], self_url: str) -> bytes:
    """Return Atom 1.0 (RFC 4287)."""
    return bytes(_build(head, rows, Link("self", self_url, ATOM_TYPE)).atom_str())


def json_feed(head: Head, rows: Sequence[Row], self_url: str) -> bytes:
    """Return JSON Feed 1.1 (jsonfeed.org)."""
    head = _cleaned(head)
    older = next((link.href for link in head.links if link.rel in ("next", "prev-archive")), None)
    document = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": head.title,
        "home_page_url": head.url,
        "feed_url": self_url,
        "description": head.subtitle,
        "next_url": older,
        "icon": head.icon,
        "favicon": head.image,
        "authors": [{"name": head.author, "url": head.url}],
        "language": head.language,
        "hubs": [{"type": "WebSub", "url": link.href} for link in head.links if link.rel == "hub"],
        "items": [_item(row) for row in _that_fit(rows, head)],
    }
    present = {name: value for name, value in document.items() if value or name == "items"}
    return json.dumps(present, ensure_ascii=False).encode()


def _item(row: Row) -> dict[str, Any]:
    return {
        "id": row.id,
        "url": row.url,
        "title": row.title,
        **({"image": row.cover.url} if row.cover else {}),
        "content_html": row.body,
        "summary": _summary(row),
        "date_published": row.published.isoformat(),
        "date_modified": row.updated.isoformat(),
        "authors": [{"name": row.author, **({"url": row.author_url} if row.author_url else {})}],
        "tags": [row.category_label],
        "language": row.language,
        "_kariu": {"translations": [{"language": language, "url": url} for language, url in row.translations]},
    }


def opml(title: str, outlines: Iterable[Outline]) -> bytes:
    """Return OPML 2.0 (opml.org), a list of feeds with a folder for each group."""
    root = Element("opml", version="2.0")
    SubElement(SubElement(root, "head"), "title").text = clean(title)
    body = SubElement(root, "body")
    folders: dict[str, Any] = {}
    for outline in outlines:
        text, group = clean(outline.title), clean(outline.group)
        if group not in folders:
            folders[group] = SubElement(body, "outline", text=group, title=group)
        addresses = {"xmlUrl": outline.feed_url, "htmlUrl": outline.url}
        names = {"text": text, "title": text, "language": outline.language}
        SubElement(folders[group], "outline", {"type": "rss", **names, **addresses})
    return bytes(tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True))


def _build(head: Head, rows: Sequence[Row], self_link: Link) -> FeedGenerator:
    head = _cleaned(head)
    feed = FeedGenerator()
    feed.register_extension("details", _FeedDetails, _EntryDetails)
    feed.details.head = head
    feed.id(head.id)
    feed.title(head.title)
    feed.subtitle(head.subtitle)
    feed.description(head.subtitle)
    feed.language(head.language)
    feed.author(name=head.author, uri=head.url)
    feed.generator(GENERATOR)
    if head.icon:
        feed.icon(head.icon)
        feed.logo(head.logo)  # before the image, which it replaces
        feed.image(head.image, title=head.title, link=head.url, width="144", height="144")
    feed.updated(head.updated)
    feed.link(href=self_link.href, rel="self", type=self_link.type)
    feed.link(href=head.url, rel="alternate", type="text/html", hreflang=head.language)  # last: it becomes RSS's link
    for row in _that_fit(rows, head):
        _add(feed, row, head.language)
    return feed


@dataclass(frozen=True)
class Format:
    """A format in which every feed is served."""

    name: str
    """Ending of the feed's address."""
    label: str
    content_type: str
    build: Callable[[Head, Sequence[Row], str], bytes]
    """Return the document of a feed, its entries and its own address."""


_FORMATS = (
    Format("rss", "RSS", RSS_TYPE, rss),
    Format("atom", "Atom", ATOM_TYPE, atom),
    Format("json", "JSON", JSON_TYPE, json_feed),
)
FORMATS = {each.name: each for each in _FORMATS}
Item = TypeVar("Item", Head, Row)


def _cleaned(item: Item, **changes: str) -> Item:
    """Return a copy with ``changes``, without the characters that XML forbids."""
    fields: dict[str, Any] = {
        name: clean(value) if isinstance(value, str) else value for name, value in {**vars(item), **changes}.items()
    }
    return type(item)(**fields)


def _that_fit(rows: Sequence[Row], head: Head) -> Iterable[Row]:
    """Yield all rows, finished; of those beyond ``BYTES_MAX`` the body is the summary, because feed readers give up."""
    short = [_finished(row, head, f"<p>{escape(row.summary, quote=False)}</p>") for row in rows]
    room = BYTES_MAX - sum(_length(row.body) + _length(row.summary) + ENTRY_FRAME_BYTES for row in short)
    for row, shortened in zip(rows, short, strict=True):
        whole = _finished(row, head, _figure(row.cover, row.language) + responsive(row.body))
        more = _length(whole.body) - _length(shortened.body)
        fits = more <= room
        room -= more if fits else 0
        yield whole if fits else shortened


def _finished(row: Row, head: Head, body: str) -> Row:
    """Return the row with this body, which has the row's note above it and absolute links."""
    if row.note:
        note = f'<p lang="{head.language}"><em>{escape(row.note, quote=False)}</em></p>'
        body = f'{note}<div lang="{row.language}">{body}</div>'
    return _cleaned(row, body=absolute_links(body, row.url))


def _figure(cover: Cover | None, language: str) -> str:
    if cover is None:
        return ""
    image = cover.files.markup(f'alt="{escape(cover.alt)}"')
    return f"<figure>{image}{caption_markup(cover.caption, cover.credit, language)}</figure>"


def _length(text: str) -> int:
    """Return the number of bytes of a text that is escaped in a document."""
    return len(text.encode()) + 4 * text.count("&") + 3 * (text.count("<") + text.count(">")) + text.count('"')


def _summary(row: Row) -> str:
    """Return the summary; the title where a text is pictures alone, because feedgen would put the content there."""
    summary = row.summary or row.title
    return f"{row.note} {summary}" if row.note else summary


def _add(feed: FeedGenerator, row: Row, feed_language: str) -> None:
    entry: FeedEntry = feed.add_entry(order="append")
    entry.id(row.id)
    entry.title(row.title)
    entry.author(name=row.author, uri=row.author_url)
    entry.summary(_summary(row))
    entry.content(row.body, type="html")
    entry.category(term=row.category, scheme=row.category_url, label=row.category_label)
    entry.updated(row.updated)
    entry.details.row, entry.details.feed_language = row, feed_language


def _attributes(link: Link) -> dict[str, str]:
    return {name: value for name, value in vars(link).items() if value}


class _FeedDetails(BaseExtension):
    head: Head

    def extend_ns(self) -> dict[str, str]:
        return {"dc": _DC, "fh": _HISTORY, "media": _MEDIA}

    def extend_atom(self, feed: Any) -> Any:
        self._add_history(feed, "link")
        return feed

    def extend_rss(self, rss: Any) -> Any:
        self._add_history(rss[0], QName(_ATOM, "link"))
        return rss

    def _add_history(self, parent: Any, link_tag: str | QName) -> None:
        for link in self.head.links:
            SubElement(parent, link_tag, _attributes(link))
        if self.head.is_archive:
            SubElement(parent, QName(_HISTORY, "archive"))


class _EntryDetails(BaseEntryExtension):
    row: Row
    feed_language: str

    def extend_atom(self, entry: Any) -> Any:
        row = self.row
        entry.set(QName(_XML, "lang"), row.language)
        SubElement(entry, "published").text = row.published.isoformat()
        links = [Link("alternate", row.url, hreflang=row.language)]
        # "related", not "alternate": five readers out of sixteen open the last alternate, in the wrong language.
        links += [Link("related", url, hreflang=language) for language, url in row.translations]
        if row.cover:
            links.append(Link("enclosure", row.cover.url, row.cover.files.type, length=str(row.cover.bytes)))
        for link in links:
            SubElement(entry, "link", _attributes(link))
        self._mark_names(entry.iter("author", "category"))
        _add_media(entry, row.cover)
        return entry

    def extend_rss(self, item: Any) -> Any:
        row = self.row
        item.set(QName(_XML, "lang"), row.language)
        description = item.find("description")  # HTML by the RSS profile, where Atom and JSON have plain text
        description.text = escape(description.text or "", quote=False)
        SubElement(item, "link").text = row.url
        SubElement(item, "pubDate").text = format_datetime(row.published)
        SubElement(item, QName(_ATOM, "updated")).text = row.updated.isoformat()
        SubElement(item, QName(_DC, "creator")).text = row.author
        SubElement(item, QName(_DC, "language")).text = row.language
        for language, url in row.translations:
            SubElement(item, QName(_ATOM, "link"), _attributes(Link("related", url, hreflang=language)))
        self._mark_names(item.iter("category", f"{{{_DC}}}creator"))
        if row.cover:
            about = {"url": row.cover.url, "length": str(row.cover.bytes), "type": row.cover.files.type}
            SubElement(item, "enclosure", about)
        _add_media(item, row.cover)
        return item

    def _mark_names(self, elements: Iterable[Any]) -> None:
        """Mark the names of author and category with the feed's language, if the entry is in another one."""
        if self.feed_language != self.row.language:
            for element in elements:
                element.set(QName(_XML, "lang"), self.feed_language)


def _add_media(entry: Any, cover: Cover | None) -> None:
    """Add size, alt text and credit of the cover (Media RSS 1.5.1)."""
    if cover is None:
        return
    files = cover.files
    size = {"width": str(files.width), "height": str(files.height), "fileSize": str(cover.bytes)}
    media = {"url": cover.url, "type": files.type, "medium": "image", **size}
    content = SubElement(entry, QName(_MEDIA, "content"), media)
    if cover.alt:
        SubElement(content, QName(_MEDIA, "description"), {"type": "plain"}).text = clean(cover.alt)
    if cover.credit:
        credit = SubElement(content, QName(_MEDIA, "credit"), {QName(_XML, "lang"): cover.credit.language})
        credit.text = clean(cover.credit.words)
