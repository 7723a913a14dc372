"""The board: which posts staff see in their list, in which order, and how many there are of each kind."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, ScalarSelect, Select, and_, func, or_, select
from sqlalchemy.orm import contains_eager, defer, joinedload, with_expression

from kariu_blog.accounts.models import Staff
from kariu_blog.database import db
from kariu_blog.languages import LANGUAGES, in_order
from kariu_blog.newsroom.models import Draft
from kariu_blog.newsroom.queries import PAGE_SIZE
from kariu_blog.newsroom.waiting import lacks, waits_for
from kariu_blog.posts.post import Post, PostTranslation
from kariu_blog.posts.publication import State
from kariu_blog.posts.queries.lists import Page
from kariu_blog.posts.rights import may_edit_sql, may_restore_sql
from kariu_blog.posts.sources import is_outdated_sql
from kariu_blog.search.finding import posts
from kariu_blog.search.suggestions import search

SORTS: dict[str, ColumnElement[Any]] = {
    "saved": Post.saved_at.desc(),
    "new": Post.id.desc(),
    "published": Post.first_published_at.desc().nulls_last(),
}
"""Orders by their name in addresses; the first one is the usual."""
UNSEEN, OUTDATED, WAITING = "unseen", "outdated", "waiting"
KINDS = (*State, UNSEEN, OUTDATED, WAITING)
"""What a post can be chosen by: the state of one of its texts, or what has to be done with it."""
ID_DIGITS = 9


@dataclass(frozen=True)
class Choice:
    """What the list shows, as it stands in the address; empty: everything."""

    state: str = ""
    """One of ``KINDS``."""
    missing: str = ""
    """Language in which a post has no text."""
    category: str = ""
    writer: str = ""
    """Id of whoever made the post."""
    sort: str = next(iter(SORTS))

    @classmethod
    def of(cls, asked: Mapping[str, str]) -> "Choice":
        """Return what an address asks for, without what makes no sense."""
        known = {"state": KINDS, "missing": LANGUAGES, "sort": SORTS}
        found = {name: asked[name] for name in _NAMES if name in asked}
        return cls(**{name: value for name, value in found.items() if value in known.get(name, ()) or _is_id(value)})

    def but(self, **other: str) -> dict[str, str]:
        """Return the values of an address that asks for the same but for ``other``."""
        usual = asdict(Choice())
        return {name: value for name, value in asdict(replace(self, **other)).items() if value != usual[name]}

    def conditions(self, staff: Staff) -> list[ColumnElement[bool]]:
        found = [may_edit_sql(staff)]
        if self.state:
            found.append(_kind(self.state, staff))
        if self.missing:
            found.append(lacks(self.missing))
        if self.category:
            found.append(Post.category_id == int(self.category))
        if self.writer:
            found.append(Post.created_by_id == int(self.writer))
        return found


_NAMES = tuple(field.name for field in fields(Choice))


class Overview(NamedTuple):
    """What the board says on top: how many posts this person finds, and the drafts that are not saved yet."""

    kinds: Mapping[str, int]
    missing: Mapping[str, int]
    """By the language that they lack."""
    trashed: int
    drafts: Sequence[Draft]
    """The newest first."""


def board_page(staff: Staff, choice: Choice, number: int) -> Page[Post] | None:
    """Return a page of the chosen posts; None if there is no such page.  One statement."""
    order = SORTS[choice.sort], Post.id.desc()
    query = select(Post.id).where(*choice.conditions(staff)).order_by(*order)
    ids = query.limit(PAGE_SIZE + 1).offset((number - 1) * PAGE_SIZE).subquery()
    posts = select(Post).join(ids, ids.c.id == Post.id).order_by(*order)
    return Page.of(_loaded(posts), number, PAGE_SIZE)


def found_page(staff: Staff, line: str, language: str, number: int) -> Page[Post] | None:
    """Return a page of the posts with these words in any language and state, the best match first."""
    last = number * PAGE_SIZE
    hits = posts(search(line, in_order(language), may_edit_sql(staff), as_typed=True).hits)
    keys = Page.of([hit.post_id for hit in hits[last - PAGE_SIZE : last + 1]], number, PAGE_SIZE)
    if keys is None:
        return None
    found = {post.id: post for post in _loaded(select(Post).where(Post.id.in_(keys.posts), may_edit_sql(staff)))}
    return Page([found[key] for key in keys.posts if key in found], number, keys.has_older)


def overview(staff: Staff) -> Overview:
    """Return the numbers of the board and this person's drafts.  One statement."""
    kinds = {kind: _kind(kind, staff) for kind in (State.REVIEW, UNSEEN, OUTDATED, WAITING)}
    missing = {code: lacks(code) for code in LANGUAGES}
    found = [_count(and_(may_edit_sql(staff), each)) for each in (*kinds.values(), *missing.values())]
    query = select(_count(may_restore_sql(staff)), *found, Draft).select_from(Staff).where(Staff.id == staff.id)
    mine = and_(Draft.staff_id == Staff.id, or_(Draft.post_id.is_(None), Draft.post.has(may_edit_sql(staff))))
    query = query.outerjoin(Draft, mine).order_by(Draft.saved_at.desc(), Draft.id.desc())
    rows: Sequence[Any] = db.session.execute(query).all()
    trashed, *numbers = rows[0][:-1]
    drafts = [row[-1] for row in rows if row[-1]]
    by_kind = dict(zip(kinds, numbers, strict=False))
    by_language = dict(zip(missing, numbers[len(kinds) :], strict=True))
    return Overview(by_kind, by_language, trashed, drafts)


def _loaded(posts: Select[Post]) -> Sequence[Post]:
    """Return the posts with their translations, without bodies."""
    query = posts.outerjoin(Post.translations).options(
        contains_eager(Post.translations).options(
            defer(PostTranslation.body), with_expression(PostTranslation.is_outdated, is_outdated_sql())
        ),
        joinedload(Post.saved_by),
        joinedload(Post.created_by),
    )
    return db.session.scalars(query).unique().all()


def _count(condition: ColumnElement[bool]) -> ScalarSelect[int]:
    return select(func.count()).select_from(Post).where(condition).scalar_subquery()


def _kind(kind: str, staff: Staff) -> ColumnElement[bool]:
    if kind == WAITING:
        return waits_for(staff)
    conditions = {
        State.REVIEW: PostTranslation.review_asked_at.is_not(None),
        UNSEEN: PostTranslation.unseen_id.is_not(None),
        OUTDATED: is_outdated_sql(),
    }
    condition = conditions.get(kind)
    return Post.translations.any(PostTranslation.state == kind if condition is None else condition)


def _is_id(value: str) -> bool:
    return value.isascii() and value.isdigit() and len(value) <= ID_DIGITS
