"""Error pages, in the language of the address.  They need no database."""

import sqlite3
from collections.abc import Sequence
from functools import partial
from http import HTTPStatus
from typing import Any

from flask import Flask, current_app, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l
from flask_security import current_user
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import HTTPException, ServiceUnavailable

from kariu_blog.accounts import sessions
from kariu_blog.cache.policy import memoize
from kariu_blog.languages import LANGUAGES
from kariu_blog.outage import RETRY_AFTER_SECONDS, UNAVAILABLE, first_line, is_sqlite_unavailable
from kariu_blog.posts.navigation import do_without_database, layout
from kariu_blog.posts.queries.lists import newest_titles
from kariu_blog.posts.queries.teasers import Teaser
from kariu_blog.posts.tags import POSTS
from kariu_blog.routing import page_language

MESSAGES: dict[int, tuple[Any, Any]] = {
    400: (_l("The request cannot be understood"), _l("Go back, reload the page, and try again.")),
    401: (_l("Your session has ended"), _l("Sign in again, then repeat what you did.")),
    403: (_l("This is not allowed"), _l("Your account may not do this. Ask an editor or the administrator.")),
    404: (
        _l("Page not found"),
        _l("There is nothing at this address. The page may have been moved or withdrawn, or the address mistyped."),
    ),
    405: (_l("This page can't be opened this way"), _l("Go back and use the buttons of the page.")),
    410: (
        _l("There is nothing here any more"),
        _l("It was removed. The newest posts are on the front page."),
    ),
    413: (_l("Too much at once"), _l("What you sent is larger than this site accepts. Shorten it and send it again.")),
    415: (_l("The request cannot be understood"), _l("This address takes the forms of this site alone.")),
    500: (
        _l("Something went wrong on our side"),
        _l("The error has been recorded. Please try again in a few minutes."),
    ),
    503: (_l("The site is busy"), _l("Please try again in a minute.")),
}
FORM_EXPIRED = _l(
    "The form has expired. Go back, reload the page, and send it again: what you typed is still in the form."
)
NEWEST = {code: partial(newest_titles, code) for code in LANGUAGES}


def init_app(app: Flask) -> None:
    _look_for_user_only_if_asked(app)
    app.register_error_handler(HTTPException, show_error)
    for error in UNAVAILABLE:
        app.register_error_handler(error, lambda error: show_error(unavailable(error)))


def show_error(error: HTTPException) -> ResponseReturnValue:
    """Return the response of an HTTP error: its own if it has one, else a page."""
    if error.response is not None or error.code is None or error.code < 400:
        return error
    heading, advice = _words(error)
    response = error.get_response()
    response.data = error_page(heading, advice, has_menu=error.code < 500)
    response.content_type = "text/html; charset=utf-8"
    if error.code == HTTPStatus.GONE:
        response.headers["Cache-Control"] = "no-store"  # what is in the trash may come back
    return response


def error_page(heading: Any, advice: Any, *, has_menu: bool = True) -> str:
    """Return HTML with the menu, the search, the newest posts and a way on."""
    is_newsroom = sessions.is_staff(request.path)
    newest: Sequence[Teaser] = ()
    try:
        if not has_menu:
            do_without_database()
        elif layout() and not is_newsroom:
            newest = memoize(POSTS, NEWEST[page_language()])
    except UNAVAILABLE:
        do_without_database()
    return render_template("error.html", heading=heading, advice=advice, is_newsroom=is_newsroom, newest=newest)


def unavailable(error: SQLAlchemyError) -> ServiceUnavailable:
    """Return a 503 for a database that cannot serve now.  Raises ``error`` again if the statement was wrong."""
    reason = getattr(error, "orig", None)
    if isinstance(reason, sqlite3.Error) and not is_sqlite_unavailable(reason):
        raise error
    if not current_app.extensions["outage"].is_on:  # else the log has it already
        current_app.logger.warning("The database did not serve a request: %s", first_line(reason or error))
    do_without_database()
    return ServiceUnavailable(retry_after=RETRY_AFTER_SECONDS)


def _look_for_user_only_if_asked(app: Flask) -> None:
    """Replace Flask-Login's context processor, which loads the user from the database before any template."""
    processors = app.template_context_processors[None]
    processors[:] = [processor for processor in processors if processor.__name__ != "_user_context_processor"]
    app.jinja_env.globals["current_user"] = current_user


def sentence_of(error: HTTPException) -> str:
    """Return the words of an error page, for a script to show."""
    return " ".join(f"{sentence}".rstrip(".") + "." for sentence in _words(error))


def _words(error: HTTPException) -> tuple[Any, Any]:
    code = error.code or 500
    heading, advice = MESSAGES.get(code) or MESSAGES[500 if code >= 500 else 400]
    return heading, FORM_EXPIRED if isinstance(error, CSRFError) else advice
