"""Lists of public posts, a page at a time, and the months that have posts."""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any, Generic, TypeVar

from sqlalchemy import CTE, ColumnElement, Date, Integer, Select, and_, bindparam, false, func, select, union

from kariu_blog.audience.models import ViewMonth
from kariu_blog.database import db, now
from kariu_blog.languages import LANGUAGES, local, month_bounds, month_of
from kariu_blog.posts.items import Item
from kariu_blog.posts.post import Post, PostTranslation
from kariu_blog.posts.queries.teasers import Teaser, fetch_teasers, newest_first, teasers_of, time_parameter

PAGE_SIZE = 10
MOST_READ = 5
NEWEST = 4
Element = TypeVar("Element")
PostFilter = Mapping[str, Any]
"""Filter of a list: values of the conditions in ``conditions``, by name."""


@dataclass(frozen=True)
class Page(Generic[Element]):
    """A page of a list, newest first; ``number`` counts from 1."""

    posts: Sequence[Element]
    number: int
    has_older: bool

    @classmethod
    def of(cls, found: Sequence[Element], number: int, size: int) -> "Page[Element] | None":
        """Return the page of what a query found that asked for one row more than ``size``; None if there is none."""
        return cls(found[:size], number, len(found) > size) if found or number == 1 else None


@dataclass(frozen=True)
class MostRead:
    """The texts of a language that were read most in a month, each with its address and the views of that month."""

    month: date
    texts: Sequence[tuple[str, str, int]]


def in_category(category: Item) -> PostFilter:
    return {"category_id": category.id}


def by_author(author: Item) -> PostFilter:
    return {"author_id": author.id}


def in_month(year: int, month: int) -> PostFilter:
    return dict(zip(("since", "before"), month_bounds(year, month), strict=True))


def in_year(year: int) -> PostFilter:
    return {"since": month_bounds(year, 1)[0], "before": month_bounds(year, 12)[1]}


def conditions(chosen: PostFilter) -> list[ColumnElement[bool]]:
    by_name = {
        "category_id": Post.category_id.__eq__,
        "author_id": Post.author_id.__eq__,
        "since": Post.first_published_at.__ge__,
        "before": Post.first_published_at.__lt__,
    }
    return [by_name[name](value) for name, value in chosen.items()]


def public_text() -> ColumnElement[bool]:
    """Return the condition for a search, which finds translations and not posts."""
    return and_(PostTranslation.is_public)


def years() -> range:
    """Return the years in which posts were published, the newest first."""
    oldest, newest = db.session.connection().execute(_OLDEST_AND_NEWEST).one()  # faster than as of the session
    return range(local(newest).year, local(oldest).year - 1, -1) if oldest and newest else range(0)


def public_page(language: str, number: int, chosen: PostFilter) -> Page[Teaser] | None:
    """Return a page of the public posts that pass a filter, None if there is no such page.

    One statement.  Page 500 costs what page 1 does, because an index alone has the place of each page.
    """
    found = fetch_teasers(_page(language, tuple(chosen)), offset=(number - 1) * PAGE_SIZE, **chosen)
    return Page.of(found, number, PAGE_SIZE)


def newest_titles(language: str) -> tuple[Teaser, ...]:
    """Return the newest posts, without pictures, so that threads can share them."""
    page = public_page(language, 1, {})
    return tuple(replace(post, cover=None) for post in page.posts[:NEWEST]) if page else ()


def pinned_page(language: str, number: int, chosen: PostFilter) -> Page[Teaser] | None:
    """Return a page of the public posts that pass a filter: first the top one, then the others, newest first.

    One statement.  None if there is no such page.
    """
    is_first = number == 1
    others_before = 0 if is_first else (number - 1) * PAGE_SIZE - 1
    statement = _pinned_page(language, tuple(chosen), is_first)
    return Page.of(fetch_teasers(statement, offset=others_before, **chosen), number, PAGE_SIZE)


def most_read(language: str) -> MostRead | None:
    """Return the list of this month, or of the last month if that list is longer.  One statement."""
    before = (month_of(now()) - timedelta(days=1)).replace(day=1)
    lists: dict[date, list[tuple[str, str, int]]] = {}
    for month, title, slug, views in db.session.execute(_most_read(language), {"before": before}):
        lists.setdefault(month, []).append((title, slug, views))
    shown = max(lists, key=lambda month: (len(lists[month][:MOST_READ]), month), default=None)
    return MostRead(shown, lists[shown][:MOST_READ]) if shown else None


def neighbouring_months(year: int, month: int) -> tuple[datetime | None, datetime | None]:
    """Return a time in the nearest earlier and in the nearest later month that have public posts."""
    before, after = db.session.execute(_NEIGHBOURING_MONTHS, in_month(year, month)).one()
    return before and local(before), after and local(after)


def months() -> Iterator[datetime]:
    """Yield a time in each month that has public posts, the newest first.  One statement for each."""
    month, _later = neighbouring_months(now().year + 1, 1)
    while month is not None:
        yield month
        month, _later = neighbouring_months(month.year, month.month)


def posts_by_month() -> Mapping[int, Mapping[int, int]]:
    """Return the number of public posts by year and month, the newest first.

    One statement, which reads an index alone.  Karaganda's months are counted here, because SQL knows no time zones.
    """
    published = db.session.scalars(newest_first(select(Post.first_published_at).where(Post.is_listed)))
    counts = Counter(month_of(at) for at in published if at)
    years: dict[int, dict[int, int]] = {}
    for month, number in counts.items():
        years.setdefault(month.year, {})[month.month] = number
    return years


@cache
def _page(language: str, names: tuple[str, ...]) -> Select[Any]:
    is_shown = Post.is_listed if "since" in names else Post.is_in_lists  # the archive of a month keeps what is over
    place = newest_first(select(Post.id).where(is_shown, *bound(names)))
    return teasers_of(language, place.limit(PAGE_SIZE + 1).offset(bindparam("offset", type_=Integer)))


@cache
def _pinned_page(language: str, within: tuple[str, ...], is_first: bool) -> Select[Any]:
    """Select the page, which begins with the top post."""
    listed = select(Post.id).where(Post.is_in_lists, *bound(within))
    top = top_post(language, within)
    others = newest_first(listed.where(Post.id != select(top.c.id).scalar_subquery()))
    others = others.limit(PAGE_SIZE + 1 - is_first).offset(bindparam("offset", type_=Integer))
    posts = union(select(top.c.id), select(others.subquery().c.id)) if is_first else others
    is_top = Post.id == select(top.c.id).scalar_subquery()
    return teasers_of(language, posts, is_top.desc())


def top_post(language: str, within: tuple[str, ...] = ()) -> CTE:
    """Select the id of the post that comes first: of several pinned ones, the one that is pinned for longest.

    Where nothing is pinned, the front page, which has no filter, begins with the newest one in this language without an
    end, because announcements have a place of their own there.
    """
    listed = select(Post.id).where(Post.is_in_lists, *bound(within))
    is_own = and_(PostTranslation.language == language, PostTranslation.is_public)
    own = listed.where(Post.translations.any(is_own))  # joined, SQLite would sort every text of the language
    pinned = listed.where(Post.is_pinned_sql()).order_by(Post.pinned_until.desc(), Post.id.desc())
    endless = func.coalesce(Post.ends_at.is_(None), false())  # by the index of ends, SQLite would sort every post
    newest = [listed] if within else [own.where(endless), own, listed]
    candidates = [pinned, *map(newest_first, newest)]
    return select(func.coalesce(*(posts.limit(1).scalar_subquery() for posts in candidates)).label("id")).cte("top")


@cache
def _most_read(language: str) -> Select[date, str, str, int]:
    of_text = and_(PostTranslation.post_id == ViewMonth.key, PostTranslation.language == language)
    read = select(ViewMonth.month, PostTranslation.title, PostTranslation.slug, ViewMonth.views)
    read = read.join(PostTranslation, of_text).where(ViewMonth.kind == LANGUAGES[language].number)
    read = read.where(ViewMonth.month >= bindparam("before", type_=Date), PostTranslation.is_public)
    return read.order_by(ViewMonth.month.desc(), ViewMonth.views.desc(), ViewMonth.key.desc()).limit(2 * MOST_READ - 1)


def bound(names: tuple[str, ...]) -> list[ColumnElement[bool]]:
    """Return the conditions with parameters in place of the values."""
    return conditions({name: bindparam(name) for name in names})


_LISTED = select(Post.first_published_at).where(Post.is_listed).limit(1)
_OLDEST_AND_NEWEST = select(  # min() and max() would read every post
    _LISTED.order_by(Post.first_published_at).scalar_subquery(),
    _LISTED.order_by(Post.first_published_at.desc()).scalar_subquery(),
)
_NEIGHBOURING_MONTHS = select(
    select(func.max(Post.first_published_at))
    .where(Post.is_listed, Post.first_published_at < time_parameter("since"))
    .scalar_subquery(),
    select(func.min(Post.first_published_at))
    .where(Post.is_listed, Post.first_published_at >= time_parameter("before"))
    .scalar_subquery(),
)
