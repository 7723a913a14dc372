"""Finished pages in front of Flask: bytes kept in memory, valid until the content that they show changes.

It knows nothing of posts.  A view says by ``public(…)`` whose content it shows, which query parameters and
which cookie it reads.  Everything else passes through untouched: staff, errors, redirects, forms.
"""

import gzip
import hashlib
import re
import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import parse_qsl

import brotli
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import ServiceUnavailable
from werkzeug.http import http_date, is_resource_modified, parse_accept_header, parse_date
from werkzeug.wsgi import ClosingIterator

from kariu_blog.admission import MEDIA, READING, Admission
from kariu_blog.database import site_clock
from kariu_blog.pages.counters import Counters, is_person, record_of
from kariu_blog.pages.public import KEPT, MARK, Kept, Public
from kariu_blog.pages.tally import Tally
from kariu_blog.pages.versions import Versions

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

FILES = ("/static/", MEDIA)
"""The same for staff."""
HEALTH = ("/healthz", "/readyz")
"""Answered without a slot, because monitoring must not wait for pages to be made."""
FRAME_BYTES = 3072  # what a page takes beside its text
KEY_LENGTH_MAX = 512
"""A page with a longer one is not cached."""
QUERY_LENGTH_MAX = 2048
"""A longer one is not looked at, and its page not cached."""
DECLARED_MAX = 2048
DECLARED_BYTES = 256  # about what one of them takes
HEADER_LENGTH_MAX = 256
"""A longer Accept-Encoding accepts nothing, since each that is read is remembered."""
PROXY_SUFFIX = re.compile(r'[-;:/]+(?:gzip|br|zstd|deflate)"')
"""What proxies that compress append to an entity tag, and clients send back."""
WITHOUT_DATABASE = ("Cache-Status", "KarIU; hit; detail=database-unavailable")  # RFC 9211
WITHOUT_SLOT = ("Cache-Status", "KarIU; hit; detail=busy")

Headers = list[tuple[str, str]]
Key = str | tuple[str, ...]
"""The path, or with it what its view declared: the values of query parameters and of a cookie."""


@dataclass(frozen=True)
class Coding:
    """A content coding (RFC 9110, section 8.4.1)."""

    encode: Callable[[bytes], bytes]
    decode: Callable[[bytes], bytes]


CODINGS = {
    "br": Coding(lambda body: brotli.compress(body, quality=5), brotli.decompress),
    "gzip": Coding(lambda body: gzip.compress(body, 6, mtime=0), gzip.decompress),
    "": Coding(bytes, bytes),
}
"""The best first."""


@lru_cache(maxsize=1024)
def _coding(accepted: str) -> str:
    """The best coding that an Accept-Encoding allows (RFC 9110, section 12.5.3)."""
    if len(accepted) > HEADER_LENGTH_MAX:
        return ""
    qualities = {name.lower(): quality for name, quality in parse_accept_header(accepted)}
    return next((coding for coding in CODINGS if qualities.get(coding, qualities.get("*", 0)) > 0), "")


@dataclass(slots=True)
class Page:
    mark: Public
    etag: str
    modified_at: int | None
    """In seconds since 1970; ahead of the clock after several changes within a second."""
    headers: Headers
    bodies: dict[str, tuple[Headers, bytes]]
    """Whole answers by content coding: those that somebody has asked for, made of each other."""
    known_headers: Headers
    good_until: float
    """In seconds since 1970, not after the next moment; it ends before that when what it shows changes."""
    record: bytes | None
    key: Key = ""
    numbers: tuple[int, ...] = ()
    era: int = -1
    seen: int = -1
    is_in_use: bool = False
    """Read since it was last looked at to make room."""

    @property
    def size(self) -> int:
        return sum(len(body) for _headers, body in self.bodies.values()) + FRAME_BYTES + _length(self.key)

    def add(self, coding: str, body: bytes) -> None:
        """Take in the plain ``body`` in one more coding."""
        coded = CODINGS[coding].encode(body)
        headers = [*self.headers, ("Content-Length", str(len(coded)))]
        if coding:
            headers.append(("Content-Encoding", coding))
        self.bodies[coding] = (headers, coded)

    def plain(self) -> bytes:
        coding, (_headers, body) = next(iter(self.bodies.items()))
        return CODINGS[coding].decode(body)


class Clock(NamedTuple):
    """What was known of time itself when the versions were ``seen``."""

    seen: int = -1
    era: int = 0
    """How many moments have come."""
    moment: float = 0.0
    """The next one, in seconds since 1970."""
    asked_at: float = 0.0
    moments_set: tuple[int, ...] = ()
    """The version of the scope that moves whenever one is set."""


class PageLayer:
    """WSGI application in front of another.  ``bytes_max`` = 0 keeps nothing, and changes nothing but speed.

    ``next_moment``: the first moment after one, in seconds since 1970, at which time itself changes pages, past or
    to come; ``moments``: the scope that moves whenever one is set.
    """

    def __init__(
        self,
        application: "WSGIApplication",
        versions: Versions,
        counters: Counters,
        next_moment: Callable[[float], float],
        moments: str,
        admission: Admission,
        session_cookie: str,
        bytes_max: int,
    ) -> None:
        self.application, self.versions, self._counters = application, versions, counters
        self._next_moment, self._moments = next_moment, [moments]
        self._admission, self._session_cookie, self._bytes_max = admission, f"{session_cookie}=", bytes_max
        self.tally = Tally()
        self._lock = threading.Lock()
        self.forget()

    def forget(self) -> None:
        """Drop every page and every version, as after a change of the database under a running worker."""
        self._kept: dict[Callable[[], Any], tuple[int, Any]] = {}
        self._clock = Clock()
        self._forget_pages()
        self.versions.forget()

    def _forget_pages(self) -> None:
        self._pages: OrderedDict[Key, Page] = OrderedDict()
        self._declared: dict[str, Public] = {}
        self._bytes = 0

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        if environ["REQUEST_METHOD"] not in READING:
            return self._pass(environ, start_response)
        path = environ["PATH_INFO"]
        key = path if (declared := self._declared.get(path)) is None else self._key(environ, declared)
        if self._is_staff(environ):
            with self._admission.slot(environ):
                return self._make(key, environ, start_response, is_staff=True)
        page = self._pages.get(key)
        try:
            if page is not None and self._is_true(page):
                page.is_in_use = True
                return self._answer(page, environ, start_response)
        except OSError:  # the database cannot be asked
            if page is not None:
                return self._answer(page, environ, start_response, WITHOUT_DATABASE)
        if path in HEALTH:
            return self._pass(environ, start_response)
        try:
            return self._miss(key, environ, start_response)
        except ServiceUnavailable:
            if page is None:
                raise
            return self._answer(page, environ, start_response, WITHOUT_SLOT)

    def _is_staff(self, environ: "WSGIEnvironment") -> bool:
        if self._session_cookie not in environ.get("HTTP_COOKIE", ""):
            return False
        return not environ["PATH_INFO"].startswith(FILES) and self._admission.is_staff(environ)

    def _miss(self, key: Key, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Make the page, or send the file, in a slot.  Raises ServiceUnavailable when there is none."""
        with ExitStack() as held:
            held.enter_context(self._admission.slot(environ))
            if not environ["PATH_INFO"].startswith(MEDIA):
                return self._make(key, environ, start_response)
            return ClosingIterator(self._pass(environ, start_response), held.pop_all().close)

    def _pass(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        self.tally.others += 1
        self.tally.share()
        return self.application(environ, start_response)

    @staticmethod
    def _key(environ: "WSGIEnvironment", declared: Public) -> Key:
        """The path with the first value of each declared parameter and the cookie; nothing else changes the page."""
        path, query = str(environ["PATH_INFO"]), environ.get("QUERY_STRING", "")
        if len(query) > QUERY_LENGTH_MAX:
            return path, query  # longer than any key
        given = dict(reversed(parse_qsl(query, keep_blank_values=True))) if query else {}
        used = [f"{name}={given[name]}" for name in declared.parameters if name in given]
        cookie = declared.cookie.value(environ) if declared.cookie else ""
        return (path, *used, cookie) if used or cookie else path

    def look(self) -> Clock:
        """Know the present versions, and what they say of time."""
        try:
            self.versions.look()
            clock = self._clock
            if clock.seen == self.versions.seen and site_clock.timestamp() < clock.moment:
                return clock
            with self._lock:
                return self._next_clock()
        except SQLAlchemyError as error:
            raise OSError("the database cannot be asked") from error

    def _next_clock(self) -> Clock:
        """A moment ends every page when it has come: also one that was set and came while nobody looked."""
        old, present, seen = self._clock, site_clock.timestamp(), self.versions.seen
        moments_set, has_come = self.versions.known.of(self._moments), present >= old.moment
        if has_come or old.seen != seen:
            if not has_come and old.moments_set != moments_set:
                has_come = self._next_moment(old.asked_at) <= present
            self._clock = Clock(seen, old.era + has_come, self._next_moment(present), present, moments_set)
        return self._clock

    def _is_true(self, page: Page) -> bool:
        self.versions.look()
        if page.seen == self.versions.seen and site_clock.timestamp() < page.good_until:
            return True
        clock = self.look()
        if page.era != clock.era or page.numbers != self.versions.known.of(page.mark.scopes):
            return False
        page.good_until = min(page.good_until, clock.moment)
        page.seen = clock.seen
        return site_clock.timestamp() < page.good_until

    def _make(
        self, key: Key, environ: "WSGIEnvironment", start_response: "StartResponse", is_staff: bool = False
    ) -> Iterable[bytes]:
        """Ask the application, and keep what it calls public under the versions read before.

        For staff always: they read their own writes also where versions come a moment later, and count for no view.
        """
        old = self._pages.get(key)
        trouble: Exception | None = None
        try:
            if old is not None and not is_staff and self._is_true(old):  # somebody else has just made it
                return self._answer(old, environ, start_response)
            clock = self.look()
        except OSError as error:
            trouble, clock = error, self._clock
        known = self.versions.known
        asked = {**environ, "REQUEST_METHOD": "GET"}
        for header in ("HTTP_IF_NONE_MATCH", "HTTP_IF_MODIFIED_SINCE", "HTTP_RANGE", "HTTP_IF_RANGE"):
            asked.pop(header, None)
        if trouble is None and not is_staff and (self._bytes_max or self.versions.are_exact):
            asked[KEPT] = Kept(known, self._kept)
        status, headers, body = _asked(self.application, asked)
        mark: Public | None = asked.get(MARK)
        if status[0] == "5" and old is not None:
            return self._answer(old, environ, start_response, WITHOUT_DATABASE, is_counted=not is_staff)
        if mark is None or not status.startswith("200"):
            self.tally.others += 1
            self.tally.share()
            headers, body = _compressed(headers, body, environ)
            start_response(status, headers)
            return [body if environ["REQUEST_METHOD"] == "GET" else b""]
        self.tally.built += 1
        self.tally.share()
        page = _finished(mark, headers, body, known.date(mark.scopes) if trouble is None else None, old)
        page.era, page.seen, page.numbers = clock.era, clock.seen, known.of(mark.scopes)
        page.good_until = min(page.good_until, clock.moment)
        page.add(_coding(environ.get("HTTP_ACCEPT_ENCODING", "")), body)
        page.key = self._key(environ, mark)
        if trouble is None and _length(page.key) <= KEY_LENGTH_MAX:
            self._keep(environ["PATH_INFO"], page)
        return self._answer(page, environ, start_response, is_counted=not is_staff)

    def _keep(self, path: str, page: Page) -> None:
        """Cache it; a view's declaration stays longer than its pages, for they are found by it."""
        with self._lock:
            if page.mark.parameters or page.mark.cookie:
                if len(self._declared) >= DECLARED_MAX:
                    self._forget_pages()
                self._declared[path] = page.mark
            if (before := self._pages.pop(page.key, None)) is not None:
                self._bytes -= before.size
            self._pages[page.key] = page
            self._bytes += page.size
            while self._bytes + len(self._declared) * DECLARED_BYTES > self._bytes_max and self._pages:
                longest_kept, candidate = self._pages.popitem(last=False)
                if candidate.is_in_use:  # one more round: without a lock at each reading, least recently used goes
                    candidate.is_in_use = False
                    self._pages[longest_kept] = candidate
                else:
                    self._bytes -= candidate.size

    def _answer(
        self,
        page: Page,
        environ: "WSGIEnvironment",
        start_response: "StartResponse",
        why_stale: tuple[str, str] | None = None,
        is_counted: bool = True,
    ) -> Iterable[bytes]:
        """200 or 304, whole or HEAD, compressed or not: from one place."""
        self.tally.pages += 1
        is_get = environ["REQUEST_METHOD"] == "GET"
        if page.record is not None and is_get and is_counted and is_person(environ):
            self._counters.add(page.record)
        if _is_known(page, environ):
            status, headers, body = "304 NOT MODIFIED", page.known_headers, b""
        else:
            status, (headers, body) = "200 OK", self._coded(page, _coding(environ.get("HTTP_ACCEPT_ENCODING", "")))
        start_response(status, [*headers, why_stale] if why_stale else headers.copy())
        return [body] if is_get else []

    def _coded(self, page: Page, coding: str) -> tuple[Headers, bytes]:
        if coding not in page.bodies:
            with self._lock:
                if coding not in page.bodies:
                    before = page.size
                    page.add(coding, page.plain())
                    if self._pages.get(page.key) is page:
                        self._bytes += page.size - before
        return page.bodies[coding]


def _compressed(headers: Headers, body: bytes, environ: "WSGIEnvironment") -> tuple[Headers, bytes]:
    """Compress a page, unless nobody may store it, because its length would give away a secret (BREACH)."""
    given = dict(headers)
    if not given.get("Content-Type", "").startswith("text/html") or "no-store" in given.get("Cache-Control", ""):
        return headers, body
    headers = [(name, value) for name, value in headers if name not in ("Content-Length", "Vary")]
    headers.append(("Vary", ", ".join(filter(None, (given.get("Vary"), "Accept-Encoding")))))
    if coding := _coding(environ.get("HTTP_ACCEPT_ENCODING", "")):
        body = CODINGS[coding].encode(body)
        headers.append(("Content-Encoding", coding))
    return [*headers, ("Content-Length", str(len(body)))], body


def _is_known(page: Page, environ: "WSGIEnvironment") -> bool:
    """Whether the client's copy is this one (RFC 9110, section 13)."""
    if environ.get("HTTP_IF_NONE_MATCH") == page.etag:
        return True
    if "HTTP_IF_NONE_MATCH" not in environ and "HTTP_IF_MODIFIED_SINCE" not in environ:
        return False
    tags = PROXY_SUFFIX.sub('"', environ.get("HTTP_IF_NONE_MATCH", ""))
    if tags.strip() == "*":
        return True
    asked = {**environ, "HTTP_IF_NONE_MATCH": tags} if tags else environ
    modified = None if page.modified_at is None else datetime.fromtimestamp(page.modified_at, UTC)
    return not is_resource_modified(asked, page.etag, last_modified=modified)


def _asked(application: "WSGIApplication", environ: dict[str, Any]) -> tuple[str, Headers, bytes]:
    answer: dict[str, Any] = {}

    def start_response(status: str, headers: Headers, _exc_info: Any = None) -> Any:
        answer.update(status=status, headers=headers)

    chunks = application(environ, start_response)
    body = b"".join(chunks)
    if hasattr(chunks, "close"):
        chunks.close()
    return answer["status"], answer["headers"], body


def _length(key: Key) -> int:
    return len(key) if isinstance(key, str) else sum(map(len, key))


@lru_cache(maxsize=256)
def _shared(header: tuple[str, str]) -> tuple[str, str]:
    """The one copy of a header that thousands of pages have."""
    return header


def _finished(mark: Public, headers: Headers, body: bytes, moved_at: int | None, old: Page | None) -> Page:
    """``moved_at``: when its content last moved, in seconds since 1970; ``old``: the page that it replaces.

    A date that a view gives is never earlier; it is left out when nobody knows, for it must not go backwards.
    While it is ahead of the clock, the present second is sent in its place (RFC 9110, section 8.8.2.1).  What two
    scopes, or a scope and time itself, changed within a second has one date: here another, where both were seen.
    """
    lasting = body.replace(mark.varying, b"", 1) if mark.varying else body
    etag = f'W/"{hashlib.sha256(lasting).hexdigest()[:32]}"'
    present, modified_at = site_clock.timestamp(), None
    good_until = present + mark.seconds
    kept = [_shared(header) for header in headers if header[0] not in ("Content-Length", "ETag", "Last-Modified")]
    given = next((parse_date(value) for name, value in headers if name == "Last-Modified"), None)
    if given is not None and moved_at is not None:
        modified_at = max(int(given.timestamp()), moved_at)
        if old is not None and old.modified_at is not None:
            modified_at = max(modified_at, old.modified_at + (old.etag != etag and old.modified_at <= present))
        kept.append(("Last-Modified", http_date(min(modified_at, present))))
        good_until = min(good_until, int(present) + 1) if modified_at > present else good_until
    kept += [("ETag", etag), _shared(("Vary", "Accept-Encoding, Cookie" if mark.cookie else "Accept-Encoding"))]
    return Page(
        mark=mark,
        etag=etag,
        modified_at=modified_at,
        headers=kept,
        bodies={},
        known_headers=[header for header in kept if header[0] != "Content-Type"],
        good_until=good_until,
        record=record_of(*mark.counted) if mark.counted is not None else None,
    )
