"""What readers may see.  Every page, feed and sitemap begins here, so a draft cannot slip out."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import defer, joinedload, selectinload
from sqlalchemy.sql.base import ExecutableOption

from kariu_blog.database import db, now
from kariu_blog.languages import local, month_bounds
from kariu_blog.posts.models import Author, Category, Post, PostAddress, PostTranslation, Quotation, Rector

PAGE_SIZE = 10
Texts = Sequence[PostTranslation]


@dataclass(frozen=True)
class Page:
    """One page of a list, newest first; ``number`` counts from 1, ``last`` is at least 1."""

    posts: Sequence[Post]
    number: int
    last: int


def categories() -> Sequence[Category]:
    return db.session.scalars(select(Category).order_by(Category.position, Category.id)).all()


def category(slug: str) -> Category | None:
    return db.session.scalars(select(Category).where(Category.slug == slug)).one_or_none()


def author(slug: str) -> Author | None:
    return db.session.scalars(select(Author).where(Author.slug == slug)).one_or_none()


def quotation() -> Quotation | None:
    return db.session.scalars(select(Quotation).order_by(Quotation.id.desc()).limit(1)).first()


def rector() -> Rector | None:
    return db.session.scalars(select(Rector).limit(1)).first()


def in_category(category: Category) -> ColumnElement[bool]:
    return Post.category_id == category.id


def by_author(author: Author) -> ColumnElement[bool]:
    return Post.author_id == author.id


def in_month(year: int, month: int) -> ColumnElement[bool]:
    start, end = month_bounds(year, month)
    return (Post.first_published_at >= start) & (Post.first_published_at < end)


def public_page(number: int, *scope: ColumnElement[bool]) -> Page | None:
    """A page of the public posts within ``scope``; None when there is no such page."""
    count = db.session.scalar(select(func.count()).select_from(Post).where(_is_public_somewhere(), *scope)) or 0
    last = max(1, -(-count // PAGE_SIZE))
    if not 1 <= number <= last:
        return None
    posts = _newest_first(select(Post).where(_is_public_somewhere(), *scope))
    posts = posts.limit(PAGE_SIZE).offset((number - 1) * PAGE_SIZE)
    found = db.session.scalars(posts.options(_without_bodies()))
    return Page([post for post in found if post.public_translations], number, last)  # withdrawn between two reads


def public_post(slug: str) -> Post | None:
    """The post that this address leads to, if any of its languages is public."""
    query = select(Post).join(PostAddress).where(PostAddress.slug == slug, _is_public_somewhere())
    return db.session.scalars(query.options(selectinload(Post.translations))).one_or_none()


def feed_texts(language: str, limit: int, *scope: ColumnElement[bool]) -> Texts:
    """A feed's entries: this language only, newest publication first."""
    query = _public_texts().where(PostTranslation.language == language, *scope)
    query = query.order_by(PostTranslation.published_at.desc(), PostTranslation.id.desc()).limit(limit)
    return db.session.scalars(query).unique().all()


def sitemap_posts(limit: int) -> Sequence[Post]:
    query = _newest_first(select(Post).where(_is_public_somewhere())).limit(limit)
    return db.session.scalars(query.options(_without_bodies())).all()


def neighbouring_months(year: int, month: int) -> tuple[datetime | None, datetime | None]:
    """A moment in the nearest earlier and the nearest later month that have public posts."""
    start, end = month_bounds(year, month)
    earlier = select(func.max(Post.first_published_at)).where(_is_public_somewhere(), Post.first_published_at < start)
    later = select(func.min(Post.first_published_at)).where(_is_public_somewhere(), Post.first_published_at >= end)
    before, after = db.session.scalar(earlier), db.session.scalar(later)
    return before and local(before), after and local(after)


def newest_month() -> datetime | None:
    before, _ = neighbouring_months(now().year + 1, 1)
    return before


def _is_public_somewhere() -> ColumnElement[bool]:
    return Post.translations.any(PostTranslation.is_public)


def _newest_first(query: Select[Post]) -> Select[Post]:
    return query.order_by(Post.first_published_at.desc(), Post.id.desc())


def _without_bodies() -> ExecutableOption:
    return selectinload(Post.translations).options(defer(PostTranslation.body))


def _public_texts() -> Select[PostTranslation]:
    whole_post = joinedload(PostTranslation.post, innerjoin=True)
    others = whole_post.selectinload(Post.translations).options(defer(PostTranslation.body))
    return select(PostTranslation).join(PostTranslation.post).where(PostTranslation.is_public).options(others)
