"""Posts and pictures of the sitemap, in parts."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import defer, joinedload, lazyload

from kariu_blog.database import db
from kariu_blog.media.models import Picture
from kariu_blog.posts.post import Post, PostTranslation
from kariu_blog.posts.references import TextPicture

SITEMAP_PART = 1000
"""Number of post ids in one file: some megabytes, where the protocol allows 50 (sitemaps.org)."""


def sitemap_parts() -> dict[int, datetime]:
    """Return the parts of the sitemap that have public translations, each with its last change."""
    dates = func.max(PostTranslation.updated_at), func.max(PostTranslation.published_at)
    part = PostTranslation.post_id // SITEMAP_PART + 1
    rows = db.session.execute(select(part, *dates).where(PostTranslation.is_public).group_by(part).order_by(part))
    return {number: max(filter(None, changed)) for number, *changed in rows}


def sitemap_posts(part: int) -> Sequence[Post]:
    first = (part - 1) * SITEMAP_PART
    query = select(Post).where(Post.is_listed, Post.id >= first, Post.id < first + SITEMAP_PART).order_by(Post.id)
    texts = joinedload(Post.translations).options(defer(PostTranslation.body))
    query = query.options(texts, lazyload(Post.author), lazyload(Post.cover, Picture.alts))
    return db.session.scalars(query).unique().all()


def sitemap_pictures(part: int) -> dict[int, list[Picture]]:
    """Return the pictures in bodies, by id of the translation."""
    first = (part - 1) * SITEMAP_PART
    query = select(PostTranslation.id, Picture).join(TextPicture, TextPicture.translation_id == PostTranslation.id)
    query = query.join(Picture, Picture.digest == TextPicture.digest).order_by(Picture.id)
    query = query.where(PostTranslation.post_id >= first, PostTranslation.post_id < first + SITEMAP_PART)
    pictures: dict[int, list[Picture]] = {}
    for text, picture in db.session.execute(query.options(lazyload(Picture.alts))):
        pictures.setdefault(text, []).append(picture)
    return pictures
