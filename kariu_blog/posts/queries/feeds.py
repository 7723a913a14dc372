"""Entries of feeds.  The name of a feed is its cache tag."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    BigInteger,
    Integer,
    Select,
    Subquery,
    and_,
    bindparam,
    case,
    exists,
    func,
    select,
    tuple_,
    union_all,
)
from sqlalchemy.orm import aliased

from kariu_blog.database import db
from kariu_blog.media.models import Picture, PictureAlt
from kariu_blog.posts.feed_entries import OPEN, PAGE_ENTRIES, FeedEntry
from kariu_blog.posts.post import Post, PostTranslation
from kariu_blog.posts.publication import has_come_sql
from kariu_blog.posts.queries.teasers import nearest, with_covers
from kariu_blog.posts.tags import ANY, feed_tag

NEWEST = 3
"""Number of entries of each feed on the page of feeds."""
ORDER = (FeedEntry.part.desc(), FeedEntry.entered_at.desc(), FeedEntry.id.desc())
"""Newest first."""


@dataclass(frozen=True)
class FeedText:
    """A translation with what a feed says of its post."""

    slugs: dict[str, str]
    """Slug of each public translation of its post, by language."""
    entry: FeedEntry
    text: PostTranslation
    post_feed_id: str
    first_published_at: datetime
    category_id: int
    author_id: int
    cover: Picture | None
    cover_alt: str | None
    """Alt text in the translation's language."""


@dataclass(frozen=True)
class FeedTexts:
    """The translations in a feed document, newest entry first."""

    texts: Sequence[FeedText]
    earlier: int | None = None
    """Number of the archive page before this one, or of the newest for a feed that shows all its entries."""
    following: tuple[int, int | None] | None = None
    """Archive page with the next entries that are not shown, and the entry before them if it is in the same page."""


def feed_texts(feed: str, language: str) -> FeedTexts:
    """Return the newest entries, with all that are in no archive page yet.  At most three statements."""
    rows = _rows(_entries(language, _is_mixed(feed)), feed, OPEN)
    if len(rows) <= PAGE_ENTRIES or rows[-1][0].part == OPEN:
        archived: int | None = rows[0][-1] if rows else None
        if archived is None or _shows_all(feed, {row[0].part for row in rows}):
            return _feed_texts(rows)
        return _feed_texts(rows, archived, (archived, None))  # a page that a merge has brought
    shown, following = rows[-2][0], rows.pop()[0]
    after = shown.id if shown.part == following.part else None
    return _feed_texts(rows, rows[0][-1], (following.part, after))


def archived_feed_texts(feed: str, language: str, part: int, after: int | None) -> FeedTexts | None:
    """Return the entries of an archive page, or those ``after`` one of them; None if there is no such page."""
    rows = _rows(_archived_entries(language, _is_mixed(feed), after is not None), feed, part, after)
    if rows:
        earlier = rows[0][-1]
    else:  # they have all left
        parts = select(FeedEntry.part).distinct().where(FeedEntry.feed == feed, FeedEntry.part <= part)
        found = db.session.scalars(parts.order_by(FeedEntry.part.desc()).limit(2)).all()
        if part not in found:
            return None
        earlier = min(found) if len(found) > 1 else None
    return _feed_texts(rows, earlier, earlier and (earlier, None))


def newest_entries(feeds: Sequence[str], language: str) -> Sequence[Any]:
    """Return the newest entries of each feed as rows of feed, language, slug and title.  One statement."""
    return db.session.execute(_newest(tuple(feeds), language)).all()


def _shows_all(feed: str, parts: set[int]) -> bool:
    """Return whether all archive pages with entries are among these, so that a merge has brought no other."""
    of_others = FeedEntry.part.not_in(parts), FeedEntry.part < OPEN, FeedEntry.post_id.is_not(None)
    return not db.session.scalar(select(exists().where(FeedEntry.feed == feed, *of_others)))


def _is_mixed(feed: str) -> bool:
    return feed.startswith(feed_tag(ANY, ""))


def _rows(entries: Select[Any], feed: str, part: int, after: int | None = None) -> list[Any]:
    return list(db.session.execute(entries, {"feed": feed, "part": part, "after": after}))


def _shown(language: str, is_mixed: bool, *columns: Any) -> Select[Any]:
    """Select columns of each public entry, joined with the translation that a reader of the language sees.

    The join is by id because SQLite, given the language, would read every translation in it.
    """
    other = aliased(PostTranslation)
    own = select(other.id).where(other.post_id == Post.id, other.language == language).correlate(Post)
    of_entry = PostTranslation.id == (nearest(language) if is_mixed else own.scalar_subquery())
    entries = select(*columns).select_from(FeedEntry).join(Post, Post.id == FeedEntry.post_id)
    return entries.join(PostTranslation, and_(of_entry, PostTranslation.is_public))


@cache
def _entries(language: str, is_mixed: bool) -> Select[Any]:
    """Select one entry more than are shown, which tells whether there are more; none that a merge has brought."""
    is_due = and_(FeedEntry.part == OPEN, has_come_sql(FeedEntry.entered_at), FeedEntry.post_id.is_not(None))
    number = select(func.count()).where(FeedEntry.feed == bindparam("feed"), is_due).scalar_subquery()
    limit = case((number > PAGE_ENTRIES, number), else_=PAGE_ENTRIES) + 1
    places = _places(language, is_mixed).where(FeedEntry.is_merged.is_(False)).order_by(*ORDER).limit(limit)
    return _with_posts(places.subquery())


@cache
def _archived_entries(language: str, is_mixed: bool, is_rest: bool) -> Select[Any]:
    places = _places(language, is_mixed).where(FeedEntry.part == bindparam("part", type_=BigInteger))
    if is_rest:
        last = bindparam("after", type_=Integer)
        entered_at = select(FeedEntry.entered_at).where(FeedEntry.id == last).correlate(None).scalar_subquery()
        places = places.where(tuple_(FeedEntry.entered_at, FeedEntry.id) < tuple_(entered_at, last))
    return _with_posts(places.subquery())


def _places(language: str, is_mixed: bool) -> Select[Any]:
    """Select ids alone, because SQLite, joining the names too, would read and sort every translation."""
    places = _shown(language, is_mixed, FeedEntry.id.label("entry_id"), PostTranslation.id.label("text_id"))
    return places.where(FeedEntry.feed == bindparam("feed"))


def _with_posts(places: Subquery) -> Select[Any]:
    """Select the entries with their posts and the number of the archive page before."""
    post: tuple[Any, ...] = (Post.feed_id, Post.first_published_at, Post.category_id, Post.author_id)
    of_feed = and_(FeedEntry.feed == bindparam("feed"), FeedEntry.part < bindparam("part", type_=BigInteger))
    earlier = select(func.max(FeedEntry.part)).where(of_feed).correlate(None).scalar_subquery()
    entries = select(FeedEntry, PostTranslation, *post, Picture, PictureAlt.text, earlier).select_from(places)
    entries = entries.join(FeedEntry, FeedEntry.id == places.c.entry_id)
    entries = entries.join(PostTranslation, PostTranslation.id == places.c.text_id)
    entries = entries.join(Post, PostTranslation.post_id == Post.id)
    return with_covers(entries, PostTranslation.language).order_by(*ORDER)


@cache
def _newest(feeds: tuple[str, ...], language: str) -> Select[Any]:
    columns = (FeedEntry.feed, PostTranslation.language, PostTranslation.slug, PostTranslation.title)
    place = (FeedEntry.part, FeedEntry.entered_at, FeedEntry.id)
    lists = [
        _shown(language, _is_mixed(feed), *columns, *place)
        .where(FeedEntry.feed == feed, FeedEntry.is_merged.is_(False))
        .order_by(*ORDER)
        .limit(NEWEST)
        for feed in feeds
    ]
    *shown, part, entered_at, key = union_all(*(select(newest.subquery()) for newest in lists)).subquery().c
    return select(*shown).order_by(part.desc(), entered_at.desc(), key.desc())


def _feed_texts(
    rows: list[Any], earlier: int | None = None, following: tuple[int, int | None] | None = None
) -> FeedTexts:
    """Return the rows with the public languages of each post.  One statement."""
    slugs: dict[int, dict[str, str]] = {text.post_id: {} for _entry, text, *_rest in rows}
    for post_id, code, slug in db.session.execute(_PUBLIC_TEXTS, {"posts": list(slugs)}) if rows else ():
        slugs[post_id][code] = slug
    texts = [FeedText(slugs[row[1].post_id], *row[:-1]) for row in rows]
    return FeedTexts(texts, earlier, following)


_PUBLIC_TEXTS = (  # of some posts, in the order in which they were written: language and address
    select(PostTranslation.post_id, PostTranslation.language, PostTranslation.slug)
    .where(PostTranslation.post_id.in_(bindparam("posts", expanding=True)), PostTranslation.is_public)
    .order_by(PostTranslation.id)
)
