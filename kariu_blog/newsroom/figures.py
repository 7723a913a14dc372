"""What the reports count."""

from collections.abc import Sequence
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, and_, case, func, select
from sqlalchemy.orm import defer

from kariu_blog.audience.models import ViewMonth
from kariu_blog.database import db
from kariu_blog.languages import LANGUAGES
from kariu_blog.newsroom.parity import Published
from kariu_blog.newsroom.queries import WITHOUT_BODIES
from kariu_blog.posts.post import Post, PostTranslation
from kariu_blog.posts.queries.lists import conditions, in_year
from kariu_blog.posts.sources import is_outdated_sql
from kariu_blog.text import plain

MOST_READ = 50


def published_in(year: int) -> list[Published]:
    """Return what readers see of what was first published in a year, by Karaganda's calendar."""
    query = select(PostTranslation, Post).join(Post).where(PostTranslation.is_public, *conditions(in_year(year)))
    fields = (Post.id, Post.category_id, Post.first_published_at, PostTranslation.language)
    found: dict[int, Published] = {}
    for row in db.session.execute(query.with_only_columns(*fields, PostTranslation.published_at, PostTranslation.body)):
        post = found.setdefault(row.id, Published(row.id, row.category_id, row.first_published_at, {}))
        post.texts[row.language] = (row.published_at, len(plain(row.body)))
    return list(found.values())


def lacking_in(year: int) -> dict[str, Sequence[Post]]:
    """Return the listed posts of a year that have no public text in each language, the newest first."""
    posts = select(Post).where(Post.is_listed, *conditions(in_year(year))).order_by(Post.first_published_at.desc())
    is_there = {code: and_(PostTranslation.language == code, PostTranslation.is_public) for code in LANGUAGES}
    return {
        code: db.session.scalars(posts.where(~Post.translations.any(condition)).options(WITHOUT_BODIES)).unique().all()
        for code, condition in is_there.items()
    }


def outdated_in(year: int) -> Sequence[PostTranslation]:
    """Return the public texts of a year that have to follow another language, the newest first."""
    query = select(PostTranslation).join(Post).where(PostTranslation.is_public, *conditions(in_year(year)))
    query = query.where(is_outdated_sql()).order_by(Post.first_published_at.desc())
    return db.session.scalars(query.options(defer(PostTranslation.body))).all()


def views_by_month(year: int) -> dict[date, dict[int, int]]:
    """Return the views of each month of a year, by the number of the language."""
    return _grouped(select(ViewMonth.month, ViewMonth.kind, func.sum(ViewMonth.views)), year, ViewMonth.month)


def views_by_category(year: int) -> dict[int, dict[int, int]]:
    """Return the views of each category in a year, by the number of the language."""
    query = select(Post.category_id, ViewMonth.kind, func.sum(ViewMonth.views)).join(Post, Post.id == ViewMonth.key)
    return _grouped(query, year, Post.category_id)


def views_of_posts(year: int) -> Sequence[Any]:
    """Return month, post, category, language, title and views of each text that was read in a year."""
    query = select(ViewMonth.month, Post.id, Post.category_id, PostTranslation.language, PostTranslation.title)
    query = (
        query.add_columns(ViewMonth.views).join_from(ViewMonth, Post, Post.id == ViewMonth.key).join(PostTranslation)
    )
    numbers = case({known.code: known.number for known in LANGUAGES.values()}, value=PostTranslation.language)
    query = query.where(ViewMonth.kind == numbers, *_months_of(year)).order_by(ViewMonth.month, ViewMonth.views.desc())
    return db.session.execute(query).all()


def most_read_in(year: int, language: str) -> list[tuple[PostTranslation, int]]:
    """Return the posts that were read most in a year, by their text in ``language`` or the nearest, with views."""
    views = func.sum(ViewMonth.views).label("views")
    query = select(Post, views).join(ViewMonth, ViewMonth.key == Post.id).where(*_months_of(year))
    query = query.group_by(Post.id).order_by(views.desc(), Post.id.desc()).limit(MOST_READ)
    found = db.session.execute(query.options(WITHOUT_BODIES)).unique()
    return [(post.known_by(language), number) for post, number in found]


def _grouped(query: Any, year: int, by: Any) -> dict[Any, dict[int, int]]:
    found: dict[Any, dict[int, int]] = {}
    for key, kind, views in db.session.execute(
        query.where(*_months_of(year)).group_by(by, ViewMonth.kind).order_by(by)
    ):
        found.setdefault(key, {})[kind] = int(views)
    return found


def _months_of(year: int) -> tuple[ColumnElement[bool], ...]:
    return ViewMonth.month >= date(year, 1, 1), ViewMonth.month <= date(year, 12, 31)
