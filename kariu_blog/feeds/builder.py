"""RSS 2.0 and Atom 1.0 from rows: a pure function, the same bytes for the same data.

The only importer of feedgen.  Two extensions write what feedgen drops or does unsafely: entry
links with all their attributes (RFC 4287, section 4.2.7), languages, creators, and dates.
"""

import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from html import escape
from typing import Any, TypeVar

from feedgen.entry import FeedEntry
from feedgen.ext.base import BaseEntryExtension, BaseExtension
from feedgen.feed import FeedGenerator
from lxml.etree import QName, SubElement

from kariu_blog.text import absolute_links, clean

ENTRIES_MAX = 30
BYTES_MAX = 512 * 1024
ENTRY_FRAME_BYTES = 2048  # an entry without its text
GENERATOR = "KarIU Blog"

_ATOM = "http://www.w3.org/2005/Atom"
_DC = "http://purl.org/dc/elements/1.1/"
_XML = "http://www.w3.org/XML/1998/namespace"
_one_at_a_time = threading.Lock()
"""feedgen sets the process's locale to write the channel's date."""


@dataclass(frozen=True)
class Link:
    rel: str
    href: str
    type: str = "text/html"
    hreflang: str | None = None


@dataclass(frozen=True)
class Row:
    """One entry; every address is absolute, every datetime aware."""

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
    """Language and address of each."""


@dataclass(frozen=True)
class Head:
    id: str
    title: str
    subtitle: str
    language: str
    url: str
    """The page that the feed belongs to."""
    author: str
    updated: datetime


def rss(head: Head, rows: Iterable[Row], self_url: str) -> bytes:
    """RSS 2.0 (RSS Advisory Board), full text in content:encoded."""
    feed = _build(head, rows, Link("self", self_url, "application/rss+xml"))
    with _one_at_a_time:
        return bytes(feed.rss_str())


def atom(head: Head, rows: Iterable[Row], self_url: str) -> bytes:
    """Atom 1.0 (RFC 4287)."""
    return bytes(_build(head, rows, Link("self", self_url, "application/atom+xml")).atom_str())


def _build(head: Head, rows: Iterable[Row], self_link: Link) -> FeedGenerator:
    head = _cleaned(head)
    feed = FeedGenerator()
    feed.register_extension("details", _FeedNames, _EntryDetails)
    feed.id(head.id)
    feed.title(head.title)
    feed.subtitle(head.subtitle)
    feed.description(head.subtitle)
    feed.language(head.language)
    feed.author(name=head.author)
    feed.generator(GENERATOR)
    feed.updated(head.updated)
    feed.link(href=self_link.href, rel="self", type=self_link.type)
    feed.link(href=head.url, rel="alternate", type="text/html", hreflang=head.language)  # last: it becomes RSS's link
    for row in _that_fit(map(_cleaned, rows)):
        _add(feed, row)
    return feed


Text = TypeVar("Text", Head, Row)


def _cleaned(text: Text) -> Text:
    """Without the characters of which a single one would take the whole feed down."""
    fields: dict[str, Any] = {
        name: clean(value) if isinstance(value, str) else value for name, value in vars(text).items()
    }
    return type(text)(**fields)


def _that_fit(rows: Iterable[Row]) -> Iterable[Row]:
    """The newest rows, until a document would grow beyond what feed readers like to fetch."""
    size = 0
    for count, row in enumerate(rows):
        size += len(escape(row.body, quote=False).encode()) + len(row.summary.encode()) + ENTRY_FRAME_BYTES
        if count and (count >= ENTRIES_MAX or size > BYTES_MAX):
            return
        yield row


def _add(feed: FeedGenerator, row: Row) -> None:
    entry: FeedEntry = feed.add_entry(order="append")
    entry.id(row.id)
    entry.title(row.title)
    entry.author(name=row.author)
    entry.summary(row.summary)
    entry.content(absolute_links(row.body, row.url), type="html")
    entry.category(term=row.category, scheme=row.category_url, label=row.category_label)
    entry.updated(row.updated)
    entry.details.row = row


class _FeedNames(BaseExtension):  # type: ignore[misc]  # feedgen is untyped
    def extend_ns(self) -> dict[str, str]:
        return {"dc": _DC}


class _EntryDetails(BaseEntryExtension):  # type: ignore[misc]
    row: Row

    def extend_atom(self, entry: Any) -> Any:
        row = self.row
        entry.set(QName(_XML, "lang"), row.language)
        SubElement(entry, "published").text = row.published.isoformat()
        links = [Link("alternate", row.url, hreflang=row.language)]
        # "related", not "alternate": five readers out of sixteen open the last alternate, in the wrong language.
        links += [Link("related", url, hreflang=language) for language, url in row.translations]
        for link in links:
            SubElement(entry, "link", {name: value for name, value in vars(link).items() if value})
        return entry

    def extend_rss(self, item: Any) -> Any:
        row = self.row
        item.set(QName(_XML, "lang"), row.language)
        SubElement(item, "link").text = row.url
        SubElement(item, "pubDate").text = format_datetime(row.published)
        SubElement(item, QName(_DC, "creator")).text = row.author
        SubElement(item, QName(_DC, "language")).text = row.language
        for language, url in row.translations:
            attributes = {"rel": "related", "type": "text/html", "hreflang": language, "href": url}
            SubElement(item, QName(_ATOM, "link"), attributes)
        return item
