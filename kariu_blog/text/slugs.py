"""Slugs: the last parts of addresses."""

import re

from anyascii import anyascii

from kariu_blog.text.characters import clean

SLUG_LENGTH = 80


def slugify(text: str) -> str:
    """Return Latin letters, digits and hyphens; an empty string when nothing of the text can be written so."""
    words = re.findall(r"[a-z0-9]+", anyascii(clean(text)).lower().replace("'", ""))
    slug = "-".join(words)
    if len(slug) <= SLUG_LENGTH:
        return slug
    return slug[: SLUG_LENGTH + 1].rpartition("-")[0] or slug[:SLUG_LENGTH]
