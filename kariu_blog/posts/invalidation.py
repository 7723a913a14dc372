"""Which cache tags a change to a post invalidates, now or when a scheduled text is published.

A draft, or a text that is scheduled or withdrawn, invalidates its post alone, because nothing else shows it.
"""

from collections.abc import Collection
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import inspect
from sqlalchemy.orm import object_session

from kariu_blog.cache.versions import SECOND, Schedule
from kariu_blog.database import Base
from kariu_blog.languages import LANGUAGES
from kariu_blog.posts.content import CONTENT_FIELDS
from kariu_blog.posts.publication import has_come, is_public_by
from kariu_blog.posts.tags import ANY, POSTS, author_tag, category_tag, feed_tag, order_tag

if TYPE_CHECKING:
    from kariu_blog.posts.post import Post, PostTranslation

COMMIT_TIME = timedelta(seconds=1)
"""A text that is scheduled for so soon may be public by the time its change is committed."""
SHOWN_IN_LISTS = ("category_id", "author_id", "cover_id", "first_published_at", "listed_at")
"""The attributes of a post that lists show or are ordered by."""
SHOWN = (*CONTENT_FIELDS, "published_at", "withdrawn_at", "updated_at", "corrected_at")
"""The attributes of a translation that readers see."""


def lists_of(post: "Post") -> set[str]:
    """Return the tags of the lists that the post is in, or was in before this change."""
    categories = {category_tag(key) for key in _before_and_after(post, "category_id") if key}
    authors = {author_tag(key) for key in _before_and_after(post, "author_id") if key}
    return {POSTS, *categories, *authors}


def changed_by_post(post: "Post") -> set[str]:
    """Return the tags of its page, and of the lists and feeds that show it or did before."""
    is_seen = any(has_come(at, COMMIT_TIME) for at in _before_and_after(post, "listed_at"))
    if not is_seen:
        return {post.tag}
    if not _has_changed(post, *SHOWN_IN_LISTS):
        return lists_showing(post) if _has_changed(post, "pinned_until", "ends_at") else {post.tag}
    tags = {post.tag, *lists_of(post), *(feed_tag(ANY, code) for code in LANGUAGES)}
    if _has_changed(post, "category_id", "first_published_at", "listed_at"):
        tags |= {order_tag(key) for key in _before_and_after(post, "category_id") if key}
    if _has_changed(post, "category_id", "author_id", "cover_id"):
        tags |= {feed_tag(name, code) for name in lists_of(post) for code in _languages_seen(post)}
    return _with_archives(post, tags)


def changed_by_translation(translation: "PostTranslation") -> set[str]:
    """Return the tags of its post's page, of lists that show it, and of feeds that show it or link to it."""
    post = translation.post
    if not _is_seen(translation) or not _has_changed(translation, *SHOWN):
        return {post.tag}
    if _has_changed(translation, "slug", "published_at", "withdrawn_at") or not translation.is_public:
        return _with_archives(post, {post.tag, *lists_of(post)} | feeds_linking(translation))
    return showing(translation)


def schedule_of(post: "Post") -> Schedule:
    """Return which tags fall due when, because texts of the post are scheduled."""
    session = object_session(post)
    if session is not None and post in session.deleted:
        return Schedule(post.tag)
    due = {
        (int(at.timestamp() * SECOND), tag)
        for text in post.translations.values()
        if (at := text.due_at)
        for tag in _with_archives(post, {post.tag, order_tag(post.category_id), *lists_of(post), *feeds_linking(text)})
    }
    placed = [(int(at.timestamp() * SECOND), at) for at in (post.pinned_until, post.ends_at) if at]
    due |= {(due_at, tag) for due_at, at in placed if not has_come(at) for tag in lists_showing(post)}
    return Schedule(post.tag, frozenset(due))


def lists_showing(post: "Post") -> set[str]:
    """Return the tags of its page and of the lists where it is pinned, or which it leaves when it is over."""
    return {post.tag, order_tag(post.category_id), *lists_of(post)}


def showing(translation: "PostTranslation") -> set[str]:
    """Return the tags of its post's page, and of the lists and feeds that show it."""
    post = translation.post
    if not _is_seen(translation):
        return {post.tag}
    own = {feed_tag(name, translation.language) for name in lists_of(post)}
    mixed = {feed_tag(ANY, code) for code in LANGUAGES if post.shown_in(code) is translation}
    return _with_archives(post, {post.tag, *lists_of(post)} | own | mixed)


def showing_cover(post: "Post", languages: Collection[str]) -> set[str]:
    """Return the tags of the pages that show its cover, and of the feeds with its entry in these languages."""
    if not has_come(post.listed_at, COMMIT_TIME):
        return {post.tag}
    own = {feed_tag(name, code) for name in lists_of(post) for code in _languages_seen(post) if code in languages}
    mixed = {feed_tag(ANY, code) for code in LANGUAGES if languages}
    return _with_archives(post, {post.tag, *lists_of(post), *own, *mixed})


def feeds_linking(translation: "PostTranslation") -> set[str]:
    """Return the tags of all feeds with an entry of its post, because each entry links to the other languages."""
    languages = {translation.language, *_languages_seen(translation.post)}
    own = {feed_tag(name, code) for name in lists_of(translation.post) for code in languages}
    return own | {feed_tag(ANY, code) for code in LANGUAGES}


def _with_archives(post: "Post", tags: set[str]) -> set[str]:
    """Return the tags, with those of the archive pages that have the post in one of these feeds."""
    return tags.union(*(entry.archive_tags for entry in post.feed_entries if entry.feed in tags))


def _languages_seen(post: "Post") -> list[str]:
    return [code for code, translation in post.translations.items() if _is_seen(translation)]


def _is_seen(translation: "PostTranslation") -> bool:
    """True if it was public before this change or may be after it."""
    dates = _before_and_after(translation, "published_at")
    withdrawals = _before_and_after(translation, "withdrawn_at")
    return any(is_public_by(*both, within=COMMIT_TIME) for both in zip(dates, withdrawals, strict=True))


def _before_and_after(row: Base, attribute: str) -> tuple[Any, Any]:
    history = inspect(row).attrs[attribute].history
    return next(iter(history.non_added()), None), next(iter(history.non_deleted()), None)


def _has_changed(row: Base, *attributes: str) -> bool:
    """True also when the row was inserted or deleted."""
    session = object_session(row)
    if session is not None and row in session.deleted:
        return True
    return any(inspect(row).attrs[attribute].history.has_changes() for attribute in attributes)
