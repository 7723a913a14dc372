"""Text in, text out: characters, slugs, clean HTML.  No Flask, no database."""

from kariu_blog.text.characters import clean, clean_line, is_seen
from kariu_blog.text.cleaning import clean_html
from kariu_blog.text.elements import FILES, IMAGE, MEDIA, PICTURE_NAME, TAG
from kariu_blog.text.excerpts import EXCERPT_LENGTH, excerpt, is_readable, plain, sections
from kariu_blog.text.normalising import TAGS_MAX, TooManyTagsError, body_from_typed, typed_from_body
from kariu_blog.text.references import absolute_links, addresses_in, files_in, pictures_in, pictures_without_alt
from kariu_blog.text.slugs import SLUG_LENGTH, slugify

__all__ = [
    "EXCERPT_LENGTH",
    "FILES",
    "IMAGE",
    "MEDIA",
    "PICTURE_NAME",
    "SLUG_LENGTH",
    "TAG",
    "TAGS_MAX",
    "TooManyTagsError",
    "absolute_links",
    "addresses_in",
    "body_from_typed",
    "clean",
    "clean_html",
    "clean_line",
    "excerpt",
    "files_in",
    "is_readable",
    "is_seen",
    "pictures_in",
    "pictures_without_alt",
    "plain",
    "sections",
    "slugify",
    "typed_from_body",
]
