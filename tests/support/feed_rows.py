"""Rows of feeds, made without an application."""

from typing import Any

from kariu_blog.feeds.builder import Head, Row
from tests.support.cast import LONG_AGO

HEAD = Head("tag:x,2021:f", "Т", "Т", "kk", "https://x.test/kk/", "У", LONG_AGO)


def row(**changes: Any) -> Row:
    values: dict[str, Any] = {
        "id": "tag:x,2021:1",
        "url": "https://x.test/kk/posts/a",
        "language": "kk",
        "title": "Т",
        "summary": "С",
        "body": "<p>Б</p>",
        "author": "Ә",
        "category": "news",
        "category_label": "Ж",
        "category_url": "https://x.test/kk/categories/news/",
        "published": LONG_AGO,
        "updated": LONG_AGO,
        "translations": [],
    }
    return Row(**{**values, **changes})
