"""Teasers of posts in lists, and the translation of a post that a reader sees."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, CompoundSelect, ScalarSelect, Select, and_, bindparam, case, select
from sqlalchemy.orm import aliased, lazyload

from kariu_blog.database import UTCDateTime, db
from kariu_blog.languages import in_order
from kariu_blog.media.models import Picture, PictureAlt
from kariu_blog.posts.post import Post, PostTranslation
from kariu_blog.posts.tags import post_tag


@dataclass(frozen=True)
class Teaser:
    """A post in a list: its translation in the reader's language, or the nearest stand-in."""

    post_id: int
    first_published_at: datetime
    language: str
    slug: str
    title: str
    summary: str
    category_id: int
    cover: Picture | None
    cover_alt: str | None
    ends_at: datetime | None

    @property
    def tag(self) -> str:
        return post_tag(self.post_id)

    @property
    def place(self) -> tuple[datetime, int]:
        """Key of the order of every list."""
        return self.first_published_at, self.post_id


def fetch_teasers(statement: Select[Any], **parameters: Any) -> list[Teaser]:
    return [Teaser(*row) for row in db.session.execute(statement, parameters)]


def newest_first(query: Select[Any]) -> Select[Any]:
    return query.order_by(Post.first_published_at.desc(), Post.id.desc())


def teasers_of(
    language: str, posts: Select[int] | CompoundSelect[int], *before_date: ColumnElement[Any]
) -> Select[Any]:
    """Select the teasers of these posts, ordered by ``before_date``, then the newest first."""
    chosen = Post.id.in_(select(posts.subquery().c.id))
    shown = teasers(language).where(chosen, PostTranslation.id == nearest(language))
    return newest_first(shown.order_by(*before_date))


def teasers(language: str) -> Select[*tuple[Any, ...]]:
    """Select the fields of a Teaser for each translation of each post, with alt texts in this language."""
    texts = (PostTranslation.language, PostTranslation.slug, PostTranslation.title, PostTranslation.summary)
    posts = select(Post.id, Post.first_published_at, *texts, Post.category_id, Picture, PictureAlt.text)
    posts = posts.add_columns(Post.ends_at)
    posts = posts.select_from(Post).join(PostTranslation, PostTranslation.post_id == Post.id)
    return with_covers(posts, language)


def with_covers(posts: Select[*tuple[Any, ...]], alt_language: Any) -> Select[*tuple[Any, ...]]:
    """Join posts with their covers and alt texts."""
    of_picture = and_(PictureAlt.picture_id == Picture.id, PictureAlt.language == alt_language)
    posts = posts.outerjoin(Picture, Picture.id == Post.cover_id).outerjoin(PictureAlt, of_picture)
    return posts.options(lazyload(Picture.alts))


def nearest(language: str) -> ScalarSelect[int]:
    """Select the id of the public translation of ``Post`` that a reader of this language sees."""
    other = aliased(PostTranslation)
    order = {code: place for place, code in enumerate(in_order(language))}
    nearest = select(other.id).where(other.post_id == Post.id, other.is_public)
    return nearest.order_by(case(order, value=other.language)).limit(1).correlate(Post).scalar_subquery()


def time_parameter(name: str) -> BindParameter[datetime]:
    return bindparam(name, type_=UTCDateTime)
