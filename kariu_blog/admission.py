"""Admission of requests to threads.

granian reads request bodies in the threads that answer, without a time limit, and a read that has begun cannot be
ended.  So every request that memory cannot answer needs a slot before anything of it is read, and all slots together
leave one thread to finished pages.
"""

import re
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from io import BytesIO
from typing import TYPE_CHECKING, Any

from flask import Flask, Response
from flask.sessions import SecureCookieSessionInterface
from itsdangerous import BadData
from werkzeug.exceptions import (
    HTTPException,
    LengthRequired,
    RequestEntityTooLarge,
    ServiceUnavailable,
    Unauthorized,
)
from werkzeug.http import parse_cookie
from werkzeug.wrappers import Request
from werkzeug.wsgi import get_content_length

from kariu_blog.languages import negotiate, of_path
from kariu_blog.security import client_network

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

THREADS = 16
"""Number of blocking threads of each granian worker."""
WAIT_SECONDS = 1.0
RETRY_SECONDS = 5
FORM_BYTES_MAX = 64 * 1024
"""The largest body that is read from somebody who has not signed in."""
READING = ("GET", "HEAD")
DOWNLOADS = ("/media/", "/files/")
SEARCH = re.compile("/[a-z]+/search")
STAFF, SIGN_IN = re.compile("/[a-z]+/staff/"), re.compile("/[a-z]+/staff/login")
UPLOAD = re.compile("/[a-z]+/staff/(?:pictures|files|files/[0-9]+/versions)")


class Slots:
    """A context manager for ``at_once`` threads while ``waiting`` more wait a second.  Raises ServiceUnavailable."""

    def __init__(self, at_once: int, waiting: int = 0) -> None:
        self._places, self._turns = threading.Semaphore(at_once + waiting), threading.Semaphore(at_once)

    def __enter__(self) -> None:
        if not self._places.acquire(blocking=False):
            raise ServiceUnavailable(retry_after=RETRY_SECONDS)
        if not self._turns.acquire(timeout=WAIT_SECONDS):
            self._places.release()
            raise ServiceUnavailable(retry_after=RETRY_SECONDS)

    def __exit__(self, *_error: object) -> None:
        self._turns.release()
        self._places.release()


class Admission:
    """The slots of one worker, and the outermost WSGI application, which assigns them."""

    def __init__(self, app: Flask, show_error: Callable[[HTTPException], Any]) -> None:
        self._app, self._show_error = app, show_error
        self._all = Slots(THREADS - 1)
        self._staff = Slots(4, waiting=4)
        self._uploads = Slots(2)
        self._anybody = Slots(THREADS - 3)  # two are left to staff
        self._forms = Slots(4)
        self._media = Slots(6)
        self._builds = Slots(1, waiting=10)  # the interpreter makes two pages no sooner, and in more memory
        self._searches = Slots(1, waiting=2)
        self._addresses: dict[str, object] = {}
        self._refusals: dict[tuple[int, str], Response] = {}

    def in_front_of(self, pages: "WSGIApplication") -> "WSGIApplication":
        """Return an application that admits forms; ``pages`` asks for a slot itself when it has to build a page."""

        def admit(environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
            try:
                if environ["REQUEST_METHOD"] in READING:
                    return pages(environ, start_response)
                with self.slot(environ):
                    return pages(environ, start_response)
            except HTTPException as error:
                return self._refuse(error, environ, start_response)

        return admit

    @contextmanager
    def slot(self, environ: "WSGIEnvironment") -> Iterator[None]:
        """Hold the slots that the request needs.  Raises HTTPException if it is refused."""
        if environ["REQUEST_METHOD"] != "POST":  # nothing else that is sent here has a body
            environ |= {"wsgi.input": BytesIO(), "CONTENT_LENGTH": ""}
        needed = self._needed(environ)
        with ExitStack() as held:
            for slots in needed:
                held.enter_context(slots)
            if self._forms in needed:
                self._read(environ)
            yield

    def is_staff(self, environ: "WSGIEnvironment") -> bool:
        """Return whether the session cookie names a person and is signed by this site.

        True also for an expired session, because somebody who was signed out while writing gets the words back.
        """
        cookie = parse_cookie(environ).get(self._app.config["SESSION_COOKIE_NAME"], "")
        serializer = SecureCookieSessionInterface().get_signing_serializer(self._app)
        try:
            return serializer is not None and "_user_id" in serializer.loads(cookie)
        except BadData:
            return False

    def _needed(self, environ: "WSGIEnvironment") -> list[Slots]:
        path, is_form = environ["PATH_INFO"], environ["REQUEST_METHOD"] not in READING
        if is_form and "HTTP_TRANSFER_ENCODING" in environ:
            raise LengthRequired
        if path.startswith(DOWNLOADS) and not is_form:
            return [self._all, self._anybody, self._media]
        if self.is_staff(environ):
            return [self._all, self._staff, *([self._uploads] if is_form and UPLOAD.fullmatch(path) else [])]
        if not is_form:
            return [self._all, self._anybody, self._searches if SEARCH.fullmatch(path) else self._builds]
        if (get_content_length(environ) or 0) > FORM_BYTES_MAX:
            raise RequestEntityTooLarge if SIGN_IN.fullmatch(path) or not STAFF.match(path) else Unauthorized
        return [self._all, self._anybody, self._forms]

    def _read(self, environ: "WSGIEnvironment") -> None:
        """Read the body of a form, one at a time from each client address."""
        with self._app.app_context():
            network, own = client_network(environ), object()
        if self._addresses.setdefault(network, own) is not own:
            raise ServiceUnavailable(retry_after=RETRY_SECONDS)
        try:
            environ["wsgi.input"] = BytesIO(environ["wsgi.input"].read(get_content_length(environ) or 0))
        finally:
            del self._addresses[network]

    def _refuse(
        self, error: HTTPException, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        """Answer with a page that is made once for each language, without the database."""
        language = of_path(environ["PATH_INFO"]) or negotiate(Request(environ).accept_languages)
        key = (error.code or 500, language)
        if key not in self._refusals:
            with self._app.test_request_context(f"/{language}/"):
                response = self._app.process_response(self._app.make_response(self._show_error(error)))
            response.headers["Cache-Control"] = "no-store"
            self._refusals[key] = response
        return self._refusals[key](environ, start_response)


def init_app(app: Flask, show_error: Callable[[HTTPException], Any]) -> None:
    app.extensions["admission"] = Admission(app, show_error)
