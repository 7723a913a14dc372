"""Scopes: whose versions a change moves, so that pages and feeds that show it are made anew (pages/versions.py).

What nobody sees, a draft or a text that is scheduled or withdrawn, moves the post's own scope alone, and the schedule.
"""

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import inspect
from sqlalchemy.orm import object_session

from kariu_blog.database import Base, now
from kariu_blog.languages import LANGUAGES

if TYPE_CHECKING:
    from kariu_blog.posts.models import Post, PostTranslation

LAYOUT, POSTS, ANY = "layout", "posts", "any"
"""What every page shows; the list of all posts; every post in one language or another.

Further: ``post:7``, ``category:1``, ``author:2``; ``order:1``, of which posts a category has and in what order.
"""
SCHEDULE = "schedule"
"""Moves whenever a text is given a time to come out."""
COMMIT_TIME = timedelta(seconds=1)
"""A text that comes out within it may be out by the time its change is committed."""


SHOWN_IN_LISTS = ("category_id", "author_id", "cover_id", "first_published_at", "listed_at")
"""What of a post itself a list tells, or is ordered by."""


def post_scope(key: int) -> str:
    return f"post:{key}"


def order_scope(category: int) -> str:
    """Of which posts stand before and after one, whatever they say."""
    return f"order:{category}"


def feed_scope(scope: str, language: str) -> str:
    """Of what a list's feed in one language shows."""
    return f"{scope}:{language}"


def lists_of(post: "Post") -> set[str]:
    """Of the lists that it stands in, or stood in before this change."""
    categories = {f"category:{key}" for key in _before_and_after(post, "category_id") if key}
    authors = {f"author:{key}" for key in _before_and_after(post, "author_id") if key}
    return {POSTS, *categories, *authors}


def moved_by_post(post: "Post") -> set[str]:
    """Of its own page; of the lists and feeds that show it or showed it before."""
    seen = any(_is_out(at) for at in _before_and_after(post, "listed_at"))
    if not seen or not _has_changed(post, *SHOWN_IN_LISTS):
        return {post.scope}
    moved = {post.scope, *lists_of(post), *(feed_scope(ANY, code) for code in LANGUAGES)}
    if _has_changed(post, "category_id", "first_published_at", "listed_at"):
        moved |= {order_scope(key) for key in _before_and_after(post, "category_id") if key}
    if _has_changed(post, "category_id", "author_id", "cover_id"):
        moved |= {feed_scope(scope, code) for scope in lists_of(post) for code in _languages_seen(post)}
    return _with_parts(post, moved)


def moved_by_text(text: "PostTranslation") -> set[str]:
    """Of its post's page; of the lists that show it; of the feeds that show it or name its address; the schedule."""
    post = text.post
    waits = text.published_at is not None and text.published_at > now() and text.withdrawn_at is None
    moved = {post.scope, SCHEDULE} if waits and _has_changed(text, "published_at", "withdrawn_at") else {post.scope}
    if not _is_seen(text):
        return moved
    if _has_changed(text, "slug", "published_at", "withdrawn_at") or not text.is_public:
        return _with_parts(post, {*moved, *lists_of(post), *feeds_naming(text)})
    own = {feed_scope(scope, text.language) for scope in lists_of(post)}
    mixed = {feed_scope(ANY, code) for code in LANGUAGES if post.shown_in(code) is text}
    return _with_parts(post, {*moved, *lists_of(post), *own, *mixed})


def showing_cover(post: "Post", languages: Collection[str]) -> set[str]:
    """Of the pages that show a post's cover, and of the feeds with its entry in one of these languages."""
    if not _is_out(post.listed_at):
        return {post.scope}
    own = {feed_scope(scope, code) for scope in lists_of(post) for code in _languages_seen(post) if code in languages}
    mixed = {feed_scope(ANY, code) for code in LANGUAGES if languages}
    return _with_parts(post, {post.scope, *lists_of(post), *own, *mixed})


def feeds_naming(text: "PostTranslation") -> set[str]:
    """Of every feed that has an entry of its post, in whichever language: each links to the others."""
    languages = {text.language, *_languages_seen(text.post)}
    own = {feed_scope(scope, code) for scope in lists_of(text.post) for code in languages}
    return own | {feed_scope(ANY, code) for code in LANGUAGES}


def _with_parts(post: "Post", moved: set[str]) -> set[str]:
    """Also of the archive pages that have it in the feeds among ``moved``."""
    return moved.union(*(entry.part_scopes for entry in post.feed_entries if entry.feed in moved))


def _languages_seen(post: "Post") -> list[str]:
    return [code for code, text in post.translations.items() if _is_seen(text)]


def _is_seen(text: "PostTranslation") -> bool:
    """Whether it was public before this change or may be after it."""
    dates, withdrawals = _before_and_after(text, "published_at"), _before_and_after(text, "withdrawn_at")
    return any(_is_out(at) and withdrawn is None for at, withdrawn in zip(dates, withdrawals, strict=True))


def _is_out(at: datetime | None) -> bool:
    return at is not None and at <= now() + COMMIT_TIME


def _before_and_after(row: Base, attribute: str) -> tuple[Any, Any]:
    history = inspect(row).attrs[attribute].history
    return next(iter(history.non_added()), None), next(iter(history.non_deleted()), None)


def _has_changed(row: Base, *attributes: str) -> bool:
    """Also by the row's coming and going."""
    session = object_session(row)
    if session is not None and row in session.deleted:
        return True
    return any(inspect(row).attrs[attribute].history.has_changes() for attribute in attributes)
