"""Old addresses answered: before a page is not found, it is looked for among those of the old site."""

from functools import partial
from typing import Any, NamedTuple

from flask import abort, redirect, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from werkzeug.exceptions import NotFound

from kariu_blog.accounts import sessions
from kariu_blog.database import db
from kariu_blog.languages import negotiate
from kariu_blog.old_site.addresses import QUERY, Asked, asked_by, whole_size
from kariu_blog.old_site.models import GONE, OldAddress, OldMedia
from kariu_blog.posts.navigation import layout
from kariu_blog.posts.post import Post

DAY = "public, max-age=86400"
BY_QUERY = ("site.root", "all_feeds.all_posts_in_readers_language")
"""Endpoints whose addresses the old site used with a query."""


class Goal(NamedTuple):
    """Where an address leads in one language."""

    path: str
    is_final: bool = True
    """False if the reader sees another language there, until the text is translated."""


def lead_on() -> ResponseReturnValue | None:
    """Redirect from an address of the old site; None if it is another one."""
    is_unknown = isinstance(request.routing_exception, NotFound) and not sessions.is_staff(request.path)
    is_by_query = request.endpoint in BY_QUERY and not request.args.keys().isdisjoint(QUERY)
    if request.method not in ("GET", "HEAD") or not (is_unknown or is_by_query):
        return None
    asked = asked_by(request.path, request.args)
    language = asked.language or _only_language(asked)
    goal = goal_of(asked, language or negotiate(request.accept_languages))
    if goal is None:
        return abort(404) if is_by_query and asked.keys else None
    if goal.path == GONE:
        abort(410)
    return _redirect(goal, is_lasting=bool(language or asked.upload))


def missed() -> str | None:
    """Return what was asked for in vain, as it can be led on; None if this request was no such one."""
    is_unknown = isinstance(request.routing_exception, NotFound) and not sessions.is_staff(request.path)
    if request.method != "GET" or not (is_unknown or request.endpoint in BY_QUERY):
        return None
    asked = asked_by(request.path, request.args)
    return next(iter(asked.keys), request.path)


def goal_of(asked: Asked, language: str) -> Goal | None:
    """Return where a reader of the language is led, the path ``GONE`` if nowhere any more, None if it is not known."""
    if asked.upload and (stored := media_at(asked.upload)) and stored.address:
        return Goal(stored.address)
    if row := row_at(asked):
        return _goal_of_target(row.target, asked, language)
    if asked.is_feed and not asked.keys:
        return Goal(url_for("feeds.all_posts", lang=language, format="rss"))
    return _goal_of_list(asked, language)


def row_at(asked: Asked) -> OldAddress | None:
    """Return the row of the first of the keys that has one.  One statement."""
    if not asked.keys:
        return None
    found = {row.key: row for row in db.session.scalars(select(OldAddress).where(OldAddress.key.in_(asked.keys)))}
    return next((found[key] for key in asked.keys if key in found), None)


def media_at(path: str) -> OldMedia | None:
    """Return a file of the old site by its path, or by that of a size of it.  One statement."""
    paths = [path, whole_size(path)]
    found = {row.path: row for row in db.session.scalars(select(OldMedia).where(OldMedia.path.in_(paths)))}
    return next((found[each] for each in paths if each in found), None)


def _only_language(asked: Asked) -> str | None:
    row = row_at(asked)
    return row.language if row else None


def _redirect(goal: Goal, *, is_lasting: bool) -> ResponseReturnValue:
    """Return a redirect for good if neither the reader's language nor a later translation changes it."""
    response = redirect(goal.path, 301 if is_lasting and goal.is_final else 302)
    if not is_lasting:
        response.vary.add("Accept-Language")
        response.headers["Cache-Control"] = "no-store"
    elif goal.is_final:
        response.headers["Cache-Control"] = DAY
    return response


def _goal_of_target(target: str, asked: Asked, language: str) -> Goal | None:
    if target == GONE or target.startswith("/"):
        return Goal(target)
    kind, _colon, name = target.partition(":")
    if kind == "post":
        return _goal_of_post(int(name), language)
    if kind == "file":
        file = media_at(name)
        return Goal(file.address) if file and file.address else None
    if kind == "search":
        return _search(name, language)
    found = layout().find(kind, int(name))
    if found is None:
        return Goal(GONE)
    if kind == "page":
        return Goal(url_for("posts.page", lang=language, slug=found.slug)) if found in layout().pages else None
    if asked.is_feed:
        return Goal(url_for(f"feeds.{kind}", lang=language, slug=found.slug, format="rss"))
    return Goal(url_for(f"posts.{kind}", lang=language, slug=found.slug))


def _goal_of_post(key: int, language: str) -> Goal | None:
    post = db.session.get(Post, key)
    if post is None or post.trashed_at is not None:
        return Goal(GONE)
    text = post.shown_in(language)
    if text is None:
        return None
    return Goal(url_for("posts.post", lang=language, slug=text.slug), text.language == language)


def _goal_of_list(asked: Asked, language: str) -> Goal | None:
    to: Any = partial(url_for, lang=language)
    if asked.month:
        return Goal(to("posts.archive", year=asked.month[0], month=asked.month[1]))
    if asked.year:
        return Goal(to("posts.newest_archive"), is_final=False)
    if asked.words:
        return _search(asked.words, language)
    return Goal(to("posts.front")) if asked.is_front else None


def _search(words: str, language: str) -> Goal:
    return Goal(url_for("search.results", lang=language, q=words))
