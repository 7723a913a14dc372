"""What readers may see.  Every page, feed and sitemap begins here, so a draft cannot slip out.

What a page asks for is built once and executed with parameters: building such a statement takes ten times
as long as asking it.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any, Generic, TypeVar

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    CompoundSelect,
    Date,
    Integer,
    ScalarSelect,
    Select,
    and_,
    bindparam,
    case,
    func,
    select,
    tuple_,
    union,
)
from sqlalchemy.orm import aliased, defer, joinedload, lazyload

from kariu_blog.audience.models import ViewCount, ViewMonth
from kariu_blog.database import UTCDateTime, db, now
from kariu_blog.languages import LANGUAGES, in_order, local, month_bounds, month_of
from kariu_blog.media.files import Files
from kariu_blog.media.models import Picture, PictureAlt
from kariu_blog.posts.post import DeletedAddress, Post, PostAddress, PostTranslation, TextPicture
from kariu_blog.posts.site_texts import Site
from kariu_blog.posts.tags import post_tag
from kariu_blog.posts.taxonomy import Author, Category, CategoryLabel, Named

PAGE_SIZE = 10
RELATED = 3
Item = TypeVar("Item")
Within = Mapping[str, Any]
"""What a list is narrowed to: values of the conditions below, by their names."""
SITEMAP_PART = 1000
"""How many keys of posts one file of the sitemap spans: some megabytes, where the protocol allows 50."""
MOST_READ = 5


@dataclass(frozen=True)
class Teaser:
    """What a list shows of a post: in the reader's language or, as a stand-in, in the nearest that there is."""

    post_id: int
    first_published_at: datetime
    language: str
    slug: str
    title: str
    summary: str
    category: str
    category_label: str
    cover: Picture | None
    cover_alt: str | None

    @property
    def tag(self) -> str:
        return post_tag(self.post_id)

    @property
    def place(self) -> tuple[datetime, int]:
        """In the order of every list."""
        return self.first_published_at, self.post_id


ABOUT_WORDS = ("quotation", "attribution", "rector", "position", "teaser", "greeting", "biography")


@dataclass(frozen=True)
class About:
    """What the site says of the rector and the university."""

    rector_category: Named
    portrait: Files | None
    texts: Mapping[str, Mapping[str, str]]
    """By language, each of ``ABOUT_WORDS``."""


@dataclass(frozen=True)
class Page(Generic[Item]):
    """One page of a list, newest first; ``number`` counts from 1."""

    posts: Sequence[Item]
    number: int
    has_older: bool


@dataclass(frozen=True)
class Nearby:
    """The posts of the same category just before and after one, and the newest others."""

    older: Teaser | None
    newer: Teaser | None
    others: Sequence[Teaser]

    @property
    def all(self) -> list[Teaser]:
        return [*filter(None, (self.older, self.newer)), *self.others]


@dataclass(frozen=True)
class MostRead:
    """The texts of a language that were read most in a month, each with its address and the views of that month."""

    month: date
    texts: Sequence[tuple[str, str, int]]


def categories() -> tuple[Named, ...]:
    """Return all of them, in the menu's order."""
    return tuple(map(Named.of, db.session.scalars(_CATEGORIES).unique()))


def authors() -> tuple[Named, ...]:
    return tuple(map(Named.of, db.session.scalars(select(Author).order_by(Author.id)).unique()))


def site() -> About | None:
    """Return what the site says of the rector and the university, if anything."""
    row = db.session.scalars(_SITE).unique().first()
    if row is None:
        return None
    words = {code: {name: getattr(text, name) for name in ABOUT_WORDS} for code, text in row.texts.items()}
    return About(Named.of(row.rector_category), row.portrait.files if row.portrait else None, words)


def in_category(category: Named | Category) -> Within:
    return {"category_id": category.id}


def by_author(author: Named) -> Within:
    return {"author_id": author.id}


def in_month(year: int, month: int) -> Within:
    return dict(zip(("since", "before"), month_bounds(year, month), strict=True))


def in_year(year: int) -> Within:
    return {"since": month_bounds(year, 1)[0], "before": month_bounds(year, 12)[1]}


def conditions(within: Within) -> list[ColumnElement[bool]]:
    known = {
        "category_id": Post.category_id.__eq__,
        "author_id": Post.author_id.__eq__,
        "since": Post.first_published_at.__ge__,
        "before": Post.first_published_at.__lt__,
    }
    return [known[name](value) for name, value in within.items()]


def public_text() -> ColumnElement[bool]:
    """For a search, which finds texts and not posts."""
    return and_(PostTranslation.is_public)


def years() -> range:
    """Those in which posts came out, newest first."""
    oldest, newest = db.session.execute(_OLDEST_AND_NEWEST).one()
    return range(local(newest).year, local(oldest).year - 1, -1) if oldest and newest else range(0)


def public_page(language: str, number: int, within: Within) -> Page[Teaser] | None:
    """A page of the public posts, ``within`` something; None when there is no such page.

    One statement.  The page's place is found in an index alone, so that page 500 costs what page 1 does.
    """
    return _numbered(number, _teasers(_page(language, tuple(within)), offset=(number - 1) * PAGE_SIZE, **within))


def front_page(language: str, number: int) -> Page[Teaser] | None:
    """A page of all public posts: first the newest one in this language, then the others, newest first.

    One statement.  None when there is no such page.
    """
    is_first = number == 1
    others_before = 0 if is_first else (number - 1) * PAGE_SIZE - 1
    return _numbered(number, _teasers(_front_page(language, is_first), offset=others_before))


def public_post(slug: str) -> tuple[Post, int] | None:
    """Return the post at this address, if any of its languages is public, and how often people opened it.

    One statement, without its category and byline.
    """
    found = db.session.execute(_POST, {"slug": slug}).unique().one_or_none()
    return found and (found[0], found[1])


def nearby(post: Post, language: str) -> Nearby:
    """One statement."""
    assert post.first_published_at is not None  # noqa: S101  # listed posts have a date
    place = (post.first_published_at, post.id)
    found = _teasers(_nearby(language), category_id=post.category_id, at=place[0], id=place[1])
    newer = next((teaser for teaser in reversed(found) if teaser.place > place), None)
    older = next((teaser for teaser in found if teaser.place < place), None)
    others = [teaser for teaser in found if teaser not in (older, newer)]
    return Nearby(older, newer, others[:RELATED])


def is_deleted(slug: str) -> bool:
    """Whether this address led to a post that was deleted."""
    return db.session.get(DeletedAddress, slug) is not None


def sitemap_parts() -> dict[int, datetime]:
    """The parts of the sitemap that have public texts, and when one of them last changed."""
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
    """Those that the bodies of this part's texts show, by text."""
    first = (part - 1) * SITEMAP_PART
    query = select(PostTranslation.id, Picture).join(TextPicture, TextPicture.translation_id == PostTranslation.id)
    query = query.join(Picture, Picture.digest == TextPicture.digest).order_by(Picture.id)
    query = query.where(PostTranslation.post_id >= first, PostTranslation.post_id < first + SITEMAP_PART)
    pictures: dict[int, list[Picture]] = {}
    for text, picture in db.session.execute(query.options(lazyload(Picture.alts))):
        pictures.setdefault(text, []).append(picture)
    return pictures


def most_read(language: str) -> MostRead | None:
    """Of this month; of the last one until this one's list is full, or as long.  One statement, along an index."""
    before = (month_of(now()) - timedelta(days=1)).replace(day=1)
    lists: dict[date, list[tuple[str, str, int]]] = {}
    for month, title, slug, views in db.session.execute(_most_read(language), {"before": before}):
        lists.setdefault(month, []).append((title, slug, views))
    shown = max(lists, key=lambda month: (len(lists[month][:MOST_READ]), month), default=None)
    return MostRead(shown, lists[shown][:MOST_READ]) if shown else None


def neighbouring_months(year: int, month: int) -> tuple[datetime | None, datetime | None]:
    """A moment in the nearest earlier and the nearest later month that have public posts."""
    before, after = db.session.execute(_NEIGHBOURING_MONTHS, in_month(year, month)).one()
    return before and local(before), after and local(after)


def months() -> Iterator[datetime]:
    """A moment in each month that has public posts, newest first; a statement for each."""
    month, _later = neighbouring_months(now().year + 1, 1)
    while month is not None:
        yield month
        month, _later = neighbouring_months(month.year, month.month)


def _newest_first(query: Select[Any]) -> Select[Any]:
    return query.order_by(Post.first_published_at.desc(), Post.id.desc())


def _numbered(number: int, found: list[Teaser]) -> Page[Teaser] | None:
    """``found``: the posts of the page, and one more if there is an older page."""
    return Page(found[:PAGE_SIZE], number, len(found) > PAGE_SIZE) if found or number == 1 else None


def _teasers(statement: Select[Any], **parameters: Any) -> list[Teaser]:
    return [Teaser(*row) for row in db.session.execute(statement, parameters)]


@cache
def _page(language: str, within: tuple[str, ...]) -> Select[Any]:
    place = _newest_first(select(Post.id).where(Post.is_listed, *_bound(within)))
    return _teasers_of(language, place.limit(PAGE_SIZE + 1).offset(bindparam("offset", type_=Integer)))


@cache
def _front_page(language: str, is_first: bool) -> Select[Any]:
    """Where the language has no post of its own, the newest of any language is on top."""
    listed = select(Post.id).where(Post.is_listed)
    is_own = and_(PostTranslation.language == language, PostTranslation.is_public)
    own = listed.where(Post.translations.any(is_own))  # joined, SQLite would sort every text of the language
    newest = [_newest_first(posts).limit(1).scalar_subquery() for posts in (own, listed)]
    top = select(func.coalesce(*newest).label("id")).cte("top")
    others = _newest_first(listed.where(Post.id != select(top.c.id).scalar_subquery()))
    others = others.limit(PAGE_SIZE + 1 - is_first).offset(bindparam("offset", type_=Integer))
    posts = union(select(top.c.id), select(others.subquery().c.id)) if is_first else others
    is_top = Post.id == select(top.c.id).scalar_subquery()
    return _teasers_of(language, posts, is_top.desc())


@cache
def _nearby(language: str) -> Select[Any]:
    here, at = tuple_(Post.first_published_at, Post.id), tuple_(_moment("at"), bindparam("id", type_=Integer))
    listed = select(Post.id).where(Post.is_listed, *_bound(("category_id",)))
    newer = listed.where(here > at).order_by(Post.first_published_at, Post.id).limit(1)
    older = _newest_first(listed.where(here < at)).limit(1)
    newest = _newest_first(listed.where(Post.id != bindparam("id"))).limit(RELATED + 2)
    return _teasers_of(language, union(*(select(part.subquery().c.id) for part in (newer, older, newest))))


def _teasers_of(
    language: str, posts: Select[int] | CompoundSelect[int], *before_date: ColumnElement[Any]
) -> Select[Any]:
    """Of these posts, newest first; ``before_date``: what orders them before their dates do."""
    chosen = Post.id.in_(select(posts.subquery().c.id))
    shown = teasers(language).where(chosen, PostTranslation.id == nearest(language))
    return _newest_first(shown.order_by(*before_date))


def teasers(language: str) -> Select[*tuple[Any, ...]]:
    """The parts of a Teaser, for each text of each post, with names in this language."""
    texts = (PostTranslation.language, PostTranslation.slug, PostTranslation.title, PostTranslation.summary)
    names = (Category.slug, CategoryLabel.name, Picture, PictureAlt.text)
    return (
        select(Post.id, Post.first_published_at, *texts, *names)
        .select_from(Post)
        .join(PostTranslation, PostTranslation.post_id == Post.id)
        .join(Category, Post.category_id == Category.id)
        .join(CategoryLabel, and_(CategoryLabel.category_id == Category.id, CategoryLabel.language == language))
        .outerjoin(Picture, Picture.id == Post.cover_id)
        .outerjoin(PictureAlt, and_(PictureAlt.picture_id == Picture.id, PictureAlt.language == language))
        .options(lazyload(Picture.alts))
    )


@cache
def _most_read(language: str) -> Select[date, str, str, int]:
    of_text = and_(PostTranslation.post_id == ViewMonth.key, PostTranslation.language == language)
    read = select(ViewMonth.month, PostTranslation.title, PostTranslation.slug, ViewMonth.views)
    read = read.join(PostTranslation, of_text).where(ViewMonth.kind == LANGUAGES[language].number)
    read = read.where(ViewMonth.month >= bindparam("before", type_=Date), PostTranslation.is_public)
    return read.order_by(ViewMonth.month.desc(), ViewMonth.views.desc(), ViewMonth.key.desc()).limit(2 * MOST_READ - 1)


def _bound(within: tuple[str, ...]) -> list[ColumnElement[bool]]:
    return conditions({name: bindparam(name) for name in within})


def _moment(name: str) -> BindParameter[datetime]:
    return bindparam(name, type_=UTCDateTime)


def nearest(language: str) -> ScalarSelect[int]:
    """Of a post's public texts the one that a reader of this language sees."""
    other = aliased(PostTranslation)
    order = {code: place for place, code in enumerate(in_order(language))}
    nearest = select(other.id).where(other.post_id == Post.id, other.is_public)
    return nearest.order_by(case(order, value=other.language)).limit(1).correlate(Post).scalar_subquery()


_CATEGORIES = select(Category).order_by(Category.position, Category.id)
_SITE = select(Site).options(lazyload(Site.portrait, Picture.alts))
_LISTED = select(Post.first_published_at).where(Post.is_listed).limit(1)
_OLDEST_AND_NEWEST = select(  # min() and max() would read every post
    _LISTED.order_by(Post.first_published_at).scalar_subquery(),
    _LISTED.order_by(Post.first_published_at.desc()).scalar_subquery(),
)
_POST = (
    select(Post, Post.earlier_views + func.coalesce(ViewCount.views, 0))
    .join(PostAddress)
    .outerjoin(ViewCount, ViewCount.key == Post.id)
    .where(PostAddress.slug == bindparam("slug"), Post.is_listed)
    .options(joinedload(Post.translations), lazyload(Post.author))
)
_NEIGHBOURING_MONTHS = select(
    select(func.max(Post.first_published_at))
    .where(Post.is_listed, Post.first_published_at < _moment("since"))
    .scalar_subquery(),
    select(func.min(Post.first_published_at))
    .where(Post.is_listed, Post.first_published_at >= _moment("before"))
    .scalar_subquery(),
)
