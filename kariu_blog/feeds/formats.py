"""The formats in which every feed is served."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from kariu_blog.feeds import builder
from kariu_blog.feeds.builder import Head, Row


@dataclass(frozen=True)
class Format:
    name: str
    """Ending of the feed's address."""
    label: str
    content_type: str
    build: Callable[[Head, Sequence[Row], str], bytes]
    """Return the document of a feed, its entries and its own address."""


FORMATS = {
    each.name: each
    for each in (
        Format("rss", "RSS", builder.RSS_TYPE, builder.rss),
        Format("atom", "Atom", builder.ATOM_TYPE, builder.atom),
        Format("json", "JSON", builder.JSON_TYPE, builder.json_feed),
    )
}
