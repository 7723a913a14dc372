"""What readers may see.  Every page, feed and sitemap begins here, so a draft cannot slip out."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import defer, joinedload, lazyload, selectinload
from sqlalchemy.sql.base import ExecutableOption

from kariu_blog.database import db, now
from kariu_blog.languages import local, month_bounds
from kariu_blog.pages.counters import ViewCount
from kariu_blog.posts.models import Author, Category, Post, PostAddress, PostTranslation, Site

PAGE_SIZE = 10
Texts = Sequence[PostTranslation]


@dataclass(frozen=True)
class Page:
    """One page of a list, newest first; ``number`` counts from 1."""

    posts: Sequence[Post]
    number: int
    has_older: bool


def categories() -> Sequence[Category]:
    """All of them, in the menu's order; one statement in a session."""
    return db.session.scalars(select(Category).order_by(Category.position, Category.id)).unique().all()


def author(slug: str) -> Author | None:
    return db.session.scalars(select(Author).where(Author.slug == slug)).unique().one_or_none()


def site() -> Site | None:
    return db.session.scalars(select(Site)).unique().first()


def in_category(category: Category) -> ColumnElement[bool]:
    return Post.category_id == category.id


def by_author(author: Author) -> ColumnElement[bool]:
    return Post.author_id == author.id


def in_month(year: int, month: int) -> ColumnElement[bool]:
    start, end = month_bounds(year, month)
    return (Post.first_published_at >= start) & (Post.first_published_at < end)


def public_page(number: int, *scope: ColumnElement[bool]) -> Page | None:
    """A page of the public posts within ``scope``; None when there is no such page.

    Two statements.  The page's place is found in an index alone, so that page 500 costs what page 1 does.
    """
    place = _newest_first(select(Post.id).where(Post.is_listed, *scope))
    place = place.limit(PAGE_SIZE + 1).offset((number - 1) * PAGE_SIZE)
    posts = _newest_first(select(Post).where(Post.id.in_(select(place.subquery().c.id))))
    found = db.session.scalars(posts.options(*_for_lists())).unique().all()
    if not found and number > 1:
        return None
    shown = [post for post in found[:PAGE_SIZE] if post.public_translations]  # one may be withdrawn between two reads
    return Page(shown, number, len(found) > PAGE_SIZE)


def public_post(slug: str) -> Post | None:
    """The post that this address leads to, if any of its languages is public."""
    query = select(Post).join(PostAddress).where(PostAddress.slug == slug, Post.is_listed)
    return db.session.scalars(query.options(selectinload(Post.translations))).unique().one_or_none()


def feed_texts(language: str, limit: int, *scope: ColumnElement[bool]) -> Texts:
    """A feed's entries: this language only, newest publication first."""
    query = _public_texts().where(PostTranslation.language == language, *scope)
    query = query.order_by(PostTranslation.published_at.desc(), PostTranslation.id.desc()).limit(limit)
    return db.session.scalars(query).unique().all()


def sitemap_posts(limit: int) -> Sequence[Post]:
    query = _newest_first(select(Post).where(Post.is_listed)).limit(limit)
    return db.session.scalars(query.options(*_for_lists())).unique().all()


def views(post: Post) -> int:
    """How often people opened it, here and on the old site."""
    return post.earlier_views + (db.session.scalar(select(ViewCount.views).where(ViewCount.key == post.id)) or 0)


def next_publication() -> float:
    """When the next scheduled text comes out, in seconds since 1970; infinity if none is."""
    waiting = (PostTranslation.published_at > now()) & PostTranslation.withdrawn_at.is_(None)
    moment = db.session.scalar(select(func.min(PostTranslation.published_at)).where(waiting))
    return moment.timestamp() if moment else math.inf


def neighbouring_months(year: int, month: int) -> tuple[datetime | None, datetime | None]:
    """A moment in the nearest earlier and the nearest later month that have public posts."""
    start, end = month_bounds(year, month)
    earlier = select(func.max(Post.first_published_at)).where(Post.is_listed, Post.first_published_at < start)
    later = select(func.min(Post.first_published_at)).where(Post.is_listed, Post.first_published_at >= end)
    before, after = db.session.execute(select(earlier.scalar_subquery(), later.scalar_subquery())).one()
    return before and local(before), after and local(after)


def _newest_first(query: Select[Any]) -> Select[Any]:
    return query.order_by(Post.first_published_at.desc(), Post.id.desc())


def _for_lists() -> tuple[ExecutableOption, ...]:
    """What a list shows of a post: no body, no author."""
    return selectinload(Post.translations).options(defer(PostTranslation.body)), lazyload(Post.author)


def _public_texts() -> Select[PostTranslation]:
    whole_post = joinedload(PostTranslation.post, innerjoin=True)
    others = whole_post.selectinload(Post.translations).options(defer(PostTranslation.body))
    return select(PostTranslation).join(PostTranslation.post).where(PostTranslation.is_public).options(others)
