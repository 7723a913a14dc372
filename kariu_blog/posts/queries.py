"""What readers may see.  Every page, feed and sitemap begins here, so a draft cannot slip out."""

import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, select
from sqlalchemy.orm import InstrumentedAttribute, aliased, defer, joinedload, lazyload, selectinload
from sqlalchemy.sql.base import ExecutableOption

from kariu_blog.database import db, now
from kariu_blog.languages import LANGUAGES, in_order, local, month_bounds, month_of
from kariu_blog.media.models import Picture, PictureAlt
from kariu_blog.pages.counters import ViewCount, ViewMonth
from kariu_blog.posts.models import (
    Author,
    AuthorName,
    Category,
    CategoryLabel,
    DeletedAddress,
    Post,
    PostAddress,
    PostTranslation,
    Site,
    TextPicture,
)
from kariu_blog.posts.scopes import feeds_naming

PAGE_SIZE = 10
FEED_PART = 30
"""How many keys, of texts or of posts, one part of a feed's history spans."""
SITEMAP_PART = 1000
"""How many keys of posts one file of the sitemap spans: some megabytes, where the protocol allows 50."""
MOST_READ = 5


@dataclass(frozen=True)
class Page:
    """One page of a list, newest first; ``number`` counts from 1."""

    posts: Sequence[Post]
    number: int
    has_older: bool


@dataclass(frozen=True)
class MostRead:
    """The texts of a language that were read most in a month, each with its address and the views of that month."""

    month: date
    texts: Sequence[tuple[str, str, int]]


@dataclass(frozen=True)
class FeedText:
    """A text with what a feed tells of its post, named in the feed's language."""

    slugs: dict[str, str]
    """The public languages of its post, each with its address."""
    text: PostTranslation
    post_feed_id: str
    first_published_at: datetime
    category: str
    category_label: str
    author: str
    cover: Picture | None
    cover_alt: str | None
    """In the text's language."""


@dataclass(frozen=True)
class FeedTexts:
    texts: Sequence[FeedText]
    earlier: int | None = None
    """The part of the feed's history before this one; without a part given, the newest."""
    came_out_at: datetime | None = None
    """When the newest text came out of those that it shows or links to: moved by time itself, without a version."""


def categories() -> Sequence[Category]:
    """All of them, in the menu's order; one statement in a session."""
    return db.session.scalars(select(Category).order_by(Category.position, Category.id)).unique().all()


def authors() -> Sequence[Author]:
    return db.session.scalars(select(Author).order_by(Author.id)).unique().all()


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


def in_year(year: int) -> ColumnElement[bool]:
    return (Post.first_published_at >= month_bounds(year, 1)[0]) & (Post.first_published_at < month_bounds(year, 12)[1])


def public_text() -> ColumnElement[bool]:
    """For a search, which finds texts and not posts."""
    return and_(PostTranslation.is_public)


def years() -> range:
    """Those in which posts came out, newest first."""
    listed = select(Post.first_published_at).where(Post.is_listed).limit(1)
    first = listed.order_by(Post.first_published_at)  # min() and max() would read every post
    last = listed.order_by(Post.first_published_at.desc())
    oldest, newest = db.session.execute(select(first.scalar_subquery(), last.scalar_subquery())).one()
    return range(local(newest).year, local(oldest).year - 1, -1) if oldest and newest else range(0)


def public_page(number: int, *scope: ColumnElement[bool]) -> Page | None:
    """A page of the public posts within ``scope``; None when there is no such page.

    One statement.  The page's place is found in an index alone, so that page 500 costs what page 1 does.
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


def feed_texts(language: str, limit: int, *scope: ColumnElement[bool], part: int | None = None) -> "FeedTexts":
    """A feed's entries in this language only, newest publication first; ``part``: those of one part of its history."""
    shown = and_(PostTranslation.language == language, PostTranslation.is_public, *scope)
    return _feed_texts(_entries(language, limit, part, shown, PostTranslation.published_at, PostTranslation.id))


def feed_texts_in_any_language(language: str, limit: int, part: int | None = None) -> "FeedTexts":
    """Every public post once: in this language, or else in the nearest that there is."""
    other = aliased(PostTranslation)
    order = {code: place for place, code in enumerate(in_order(language))}
    nearest = (
        select(other.id)
        .where(other.post_id == Post.id, other.is_public)
        .order_by(case(order, value=other.language))
        .limit(1)
        .correlate(Post)
        .scalar_subquery()
    )
    shown = and_(Post.is_listed, PostTranslation.id == nearest)
    return _feed_texts(_entries(language, limit, part, shown, Post.first_published_at, Post.id))


def is_deleted(slug: str) -> bool:
    """Whether this address led to a post that was deleted."""
    return db.session.get(DeletedAddress, slug) is not None


def feeds_of_texts_come_out(after: datetime, until: datetime) -> dict[str, datetime]:
    """The scopes of feeds into which time itself brought a text within that span, and when it last did."""
    query = select(PostTranslation).where(PostTranslation.published_at > after, PostTranslation.published_at <= until)
    query = query.where(PostTranslation.withdrawn_at.is_(None)).options(joinedload(PostTranslation.post))
    texts = db.session.scalars(query.order_by(PostTranslation.published_at)).unique()
    return {scope: text.published_at for text in texts if text.published_at for scope in feeds_naming(text)}


def sitemap_parts() -> dict[int, datetime]:
    """The parts of the sitemap that have public texts, and when one of them last changed."""
    dates = func.max(PostTranslation.updated_at), func.max(PostTranslation.published_at)
    part = PostTranslation.post_id // SITEMAP_PART + 1
    rows = db.session.execute(select(part, *dates).where(PostTranslation.is_public).group_by(part).order_by(part))
    return {number: max(filter(None, changed)) for number, *changed in rows}


def sitemap_posts(part: int) -> Sequence[Post]:
    first = (part - 1) * SITEMAP_PART
    query = select(Post).where(Post.is_listed, Post.id >= first, Post.id < first + SITEMAP_PART).order_by(Post.id)
    return db.session.scalars(query.options(*_for_lists(), lazyload(Post.cover, Picture.alts))).unique().all()


def sitemap_pictures(part: int) -> dict[int, list[Picture]]:
    """Those that the bodies of this part's texts show, by text."""
    first = (part - 1) * SITEMAP_PART
    query = select(PostTranslation.id, Picture).join(TextPicture, TextPicture.translation_id == PostTranslation.id)
    query = query.join(Picture, Picture.digest == TextPicture.digest).order_by(Picture.id)
    query = query.where(PostTranslation.post_id >= first, PostTranslation.post_id < first + SITEMAP_PART)
    pictures: dict[int, list[Picture]] = {}
    for text, picture in db.session.execute(query.options(lazyload(Picture.alts))):
        pictures.setdefault(text, []).append(picture)
    return pictures


def views(post: Post) -> int:
    """How often people opened it, here and on the old site."""
    return post.earlier_views + (db.session.scalar(select(ViewCount.views).where(ViewCount.key == post.id)) or 0)


def most_read(language: str) -> MostRead | None:
    """Of this month; of the last one until this one's list is full, or as long.  One statement, along an index."""
    before = (month_of(now()) - timedelta(days=1)).replace(day=1)
    query = (
        select(ViewMonth.month, PostTranslation.title, PostTranslation.slug, ViewMonth.views)
        .join(PostTranslation, and_(PostTranslation.post_id == ViewMonth.key, PostTranslation.language == language))
        .where(ViewMonth.kind == LANGUAGES[language].number, ViewMonth.month >= before)
        .where(PostTranslation.is_public)
        .order_by(ViewMonth.month.desc(), ViewMonth.views.desc(), ViewMonth.key.desc())
        .limit(2 * MOST_READ - 1)
    )
    lists: dict[date, list[tuple[str, str, int]]] = {}
    for month, title, slug, views in db.session.execute(query):
        lists.setdefault(month, []).append((title, slug, views))
    shown = max(lists, key=lambda month: (len(lists[month][:MOST_READ]), month), default=None)
    return MostRead(shown, lists[shown][:MOST_READ]) if shown else None


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


def months() -> Iterator[datetime]:
    """A moment in each month that has public posts, newest first; a statement for each."""
    month, _later = neighbouring_months(now().year + 1, 1)
    while month is not None:
        yield month
        month, _later = neighbouring_months(month.year, month.month)


def _newest_first(query: Select[Any]) -> Select[Any]:
    return query.order_by(Post.first_published_at.desc(), Post.id.desc())


def _for_lists() -> tuple[ExecutableOption, ...]:
    """What a list shows of a post: no body, no author."""
    return joinedload(Post.translations).options(defer(PostTranslation.body)), lazyload(Post.author)


def _entries(
    language: str,
    limit: int,
    part: int | None,
    shown: ColumnElement[bool],
    date: InstrumentedAttribute[Any],
    key: InstrumentedAttribute[int],
) -> Select[Any]:
    """A feed's entries with what it names in its language, and the text before its part by key and date.

    A part is a range of keys, so that no other post's coming and going moves its entries.  The place in the
    list is found by itself: joined with the names, SQLite would read and sort every text.
    """
    every = select(PostTranslation.id).join(Post, PostTranslation.post_id == Post.id).correlate(None)
    place = every.where(shown).order_by(date.desc(), key.desc()).limit(limit)
    earlier = every.where(case((shown, 1), else_=0) == 1)  # no index but the key's own, whose end is near
    earlier = earlier.order_by(key.desc()).limit(1)
    if part:
        first = (part - 1) * FEED_PART
        place, earlier = place.where(key >= first, key < first + FEED_PART), earlier.where(key < first)
    names = (Post.feed_id, Post.first_published_at, Category.slug, CategoryLabel.name, AuthorName.name)
    before = [earlier.with_only_columns(column).scalar_subquery() for column in (key, PostTranslation.published_at)]
    return (
        select(PostTranslation, *names, Picture, PictureAlt.text, *before)
        .join(Post, PostTranslation.post_id == Post.id)
        .join(Category, Post.category_id == Category.id)
        .join(CategoryLabel, and_(CategoryLabel.category_id == Category.id, CategoryLabel.language == language))
        .join(AuthorName, and_(AuthorName.author_id == Post.author_id, AuthorName.language == language))
        .outerjoin(Picture, Picture.id == Post.cover_id)
        .outerjoin(
            PictureAlt, and_(PictureAlt.picture_id == Picture.id, PictureAlt.language == PostTranslation.language)
        )
        .where(PostTranslation.id.in_(select(place.subquery().c.id)))
        .order_by(date.desc(), key.desc())
        .options(lazyload(Picture.alts))
    )


def _feed_texts(entries: Select[Any]) -> "FeedTexts":
    """Two statements."""
    rows: Sequence[Any] = db.session.execute(entries).all()
    if not rows:
        return FeedTexts([])
    *_entry, earlier, earlier_at = rows[0]
    slugs: dict[int, dict[str, str]] = {text.post_id: {} for text, *_rest in rows}
    dates = [earlier_at]
    for post_id, code, slug, published_at in db.session.execute(_public_texts(slugs)):
        slugs[post_id][code] = slug
        dates.append(published_at)
    texts = [FeedText(slugs[entry[0].post_id], *entry) for *entry, _earlier, _earlier_at in rows]
    return FeedTexts(texts, _part_of(earlier), max(filter(None, dates), default=None))


def _public_texts(posts: Iterable[int]) -> Select[int, str, str, datetime | None]:
    """Of some posts, in the order in which they were written: language, address, date."""
    columns = (PostTranslation.post_id, PostTranslation.language, PostTranslation.slug, PostTranslation.published_at)
    public = select(*columns).where(PostTranslation.post_id.in_(posts), PostTranslation.is_public)
    return public.order_by(PostTranslation.id)


def _part_of(key: int | None) -> int | None:
    return None if key is None else key // FEED_PART + 1
