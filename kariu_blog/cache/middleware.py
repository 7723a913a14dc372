"""The page cache: finished responses in memory, valid until the content that they show changes.

It has no rule about posts.  A view declares with ``cacheable(…)`` what its response shows.  Everything else passes
through: requests of staff, errors, redirects, forms.
"""

import threading
from collections import OrderedDict
from collections.abc import Callable, Iterable
from contextlib import ExitStack, suppress
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl

from werkzeug.exceptions import ServiceUnavailable
from werkzeug.wsgi import ClosingIterator

from kariu_blog.admission import DOWNLOADS, READING, Admission
from kariu_blog.cache.entry import Entry, Headers, Key, best_coding, compressed, last_modified, length
from kariu_blog.cache.policy import MEMO, POLICY, CachePolicy, Memo
from kariu_blog.cache.tally import BUILT, OTHERS, PAGES, Tally
from kariu_blog.cache.versions import Versions

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

CountView = Callable[[tuple[int, int], dict[str, Any]], None]
"""Function that gets a policy's ``view_counter`` and the WSGI environment of the request."""
FILES = ("/static/", *DOWNLOADS)
"""Prefixes of addresses that answer staff as they answer everybody."""
HEALTH = ("/healthz", "/readyz")
"""Answered without a slot, because monitoring must not wait for pages to be made."""
KEY_LENGTH_MAX = 512
"""A response with a longer key is not stored."""
QUERY_LENGTH_MAX = 2048
"""A longer query is not parsed, and its response not stored."""
DECLARED_MAX = 2048
"""Number of paths whose policy depends on a query or a cookie and is stored."""
DECLARED_BYTES = 256
"""Memory of one of these policies."""
WITHOUT_DATABASE = ("Cache-Status", "KarIU; hit; detail=database-unavailable")  # RFC 9211
WITHOUT_SLOT = ("Cache-Status", "KarIU; hit; detail=busy")


class CacheMiddleware:
    """WSGI application in front of another one.  With ``bytes_max`` 0 it stores nothing, and only speed differs."""

    def __init__(
        self,
        application: "WSGIApplication",
        versions: Versions,
        count_view: CountView,
        admission: Admission,
        session_cookie: str,
        bytes_max: int,
    ) -> None:
        self.application, self.versions, self._count_view = application, versions, count_view
        self._admission, self._session_cookie, self._bytes_max = admission, f"{session_cookie}=", bytes_max
        self.tally = Tally()
        self._lock = threading.Lock()
        self.clear()

    def clear(self) -> None:
        """Drop all entries, such as when the database was replaced under a running worker."""
        self._memo: dict[Callable[[], Any], tuple[int, Any]] = {}
        self._clear_entries()
        self.versions.clear()

    def _clear_entries(self) -> None:
        self._entries: OrderedDict[Key, Entry] = OrderedDict()
        self._declared: dict[str, CachePolicy] = {}
        self._bytes = 0

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        if environ["REQUEST_METHOD"] not in READING:
            return self._pass(environ, start_response)
        path = environ["PATH_INFO"]
        key = path if (declared := self._declared.get(path)) is None else self._key(environ, declared)
        if self._is_staff(environ):
            with self._admission.slot(environ):
                return self._make(key, environ, start_response, is_staff=True)
        entry = self._entries.get(key)
        try:
            if entry is not None and self._is_valid(entry):
                with suppress(KeyError):  # another thread has just dropped it
                    self._entries.move_to_end(key)
                return self._answer(entry, environ, start_response)
        except OSError:  # the database cannot be asked
            if entry is not None:
                return self._answer(entry, environ, start_response, WITHOUT_DATABASE)
        if path in HEALTH:
            return self._pass(environ, start_response)
        try:
            return self._miss(key, environ, start_response)
        except ServiceUnavailable:
            if entry is None:
                raise
            return self._answer(entry, environ, start_response, WITHOUT_SLOT)

    def _is_staff(self, environ: "WSGIEnvironment") -> bool:
        if self._session_cookie not in environ.get("HTTP_COOKIE", ""):
            return False
        return not environ["PATH_INFO"].startswith(FILES) and self._admission.is_staff(environ)

    def _miss(self, key: Key, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Build the response, or send the file, in a slot.  Raises ServiceUnavailable without a slot."""
        with ExitStack() as held:
            held.enter_context(self._admission.slot(environ))
            if not environ["PATH_INFO"].startswith(DOWNLOADS):
                return self._make(key, environ, start_response)
            return ClosingIterator(self._pass(environ, start_response), held.pop_all().close)

    def _pass(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        self.tally.add(OTHERS)
        return self.application(environ, start_response)

    @staticmethod
    def _key(environ: "WSGIEnvironment", declared: CachePolicy) -> Key:
        """Return the path with the first value of each declared parameter, and the cookie."""
        path, query = str(environ["PATH_INFO"]), environ.get("QUERY_STRING", "")
        if len(query) > QUERY_LENGTH_MAX:
            return path, query  # longer than any key
        given = dict(reversed(parse_qsl(query, keep_blank_values=True))) if query else {}
        used = [f"{name}={given[name]}" for name in declared.query if name in given]
        cookie = declared.cookie.value(environ) if declared.cookie else ""
        return (path, *used, cookie) if used or cookie else path

    def _is_valid(self, entry: Entry) -> bool:
        """Compare the entry with the present versions.  Raises OSError when the database cannot be asked."""
        self.versions.refresh()
        return entry.is_current(self.versions.snapshot)

    def _make(
        self, key: Key, environ: "WSGIEnvironment", start_response: "StartResponse", is_staff: bool = False
    ) -> Iterable[bytes]:
        """Ask the application, and store a cacheable response under the versions read before.

        A request of staff always reaches the application, because PostgreSQL announces their own writes later.
        """
        old = self._entries.get(key)
        snapshot = None
        try:
            if old is not None and not is_staff and self._is_valid(old):  # somebody else has just made it
                return self._answer(old, environ, start_response)
            self.versions.refresh()
            snapshot = self.versions.snapshot
        except OSError:
            pass  # a response can still be made of what needs no database
        asked = {**environ, "REQUEST_METHOD": "GET"}
        for header in ("HTTP_IF_NONE_MATCH", "HTTP_IF_MODIFIED_SINCE", "HTTP_RANGE", "HTTP_IF_RANGE"):
            asked.pop(header, None)
        if snapshot is not None and not is_staff and (self._bytes_max or self.versions.are_exact):
            asked[MEMO] = Memo(snapshot, self._memo)
        status, headers, body = _asked(self.application, asked)
        policy: CachePolicy | None = asked.get(POLICY)
        if status[0] == "5" and old is not None:
            return self._answer(old, environ, start_response, WITHOUT_DATABASE, is_counted=not is_staff)
        if policy is None or not status.startswith("200"):
            self.tally.add(OTHERS)
            headers, body = compressed(headers, body, environ)
            start_response(status, headers)
            return [body if environ["REQUEST_METHOD"] == "GET" else b""]
        self.tally.add(BUILT)
        entry = Entry.of(policy, self._key(environ, policy), headers, body, snapshot)
        entry.add(best_coding(environ.get("HTTP_ACCEPT_ENCODING", "")), body)
        if snapshot is not None and length(entry.key) <= KEY_LENGTH_MAX:
            self._store(environ["PATH_INFO"], entry)
        return self._answer(entry, environ, start_response, is_counted=not is_staff)

    def _store(self, path: str, entry: Entry) -> None:
        """Store an entry, and drop others where there is no room.  Entries are found by their path's policy."""
        with self._lock:
            if entry.policy.query or entry.policy.cookie:
                if len(self._declared) >= DECLARED_MAX:
                    self._clear_entries()
                self._declared[path] = entry.policy
            if (before := self._entries.pop(entry.key, None)) is not None:
                self._bytes -= before.size
            self._entries[entry.key] = entry
            self._bytes += entry.size
            while self._bytes + len(self._declared) * DECLARED_BYTES > self._bytes_max and self._entries:
                _key, oldest = self._entries.popitem(last=False)
                self._bytes -= oldest.size

    def _answer(
        self,
        entry: Entry,
        environ: "WSGIEnvironment",
        start_response: "StartResponse",
        why_stale: tuple[str, str] | None = None,
        is_counted: bool = True,
    ) -> Iterable[bytes]:
        """Answer 200 or 304, whole or HEAD, compressed or not."""
        self.tally.add(PAGES)
        is_get = environ["REQUEST_METHOD"] == "GET"
        if entry.policy.view_counter is not None and is_get and is_counted:
            self._count_view(entry.policy.view_counter, environ)
        date = None if why_stale else entry.date  # a stale copy may lack a change of the same second
        if entry.is_known_to(environ, date):
            status, headers, body = "304 NOT MODIFIED", entry.not_modified, b""
        else:
            status, (headers, body) = "200 OK", self._coded(entry, best_coding(environ.get("HTTP_ACCEPT_ENCODING", "")))
        further = [] if date is None else [last_modified(date)]
        start_response(status, [*headers, *further, *([why_stale] if why_stale else [])])
        return [body] if is_get else []

    def _coded(self, entry: Entry, coding: str) -> tuple[Headers, bytes]:
        if coding not in entry.responses:
            with self._lock:
                if coding not in entry.responses:
                    before = entry.size
                    entry.add(coding, entry.body())
                    if self._entries.get(entry.key) is entry:
                        self._bytes += entry.size - before
        return entry.responses[coding]


def _asked(application: "WSGIApplication", environ: dict[str, Any]) -> tuple[str, Headers, bytes]:
    answer: dict[str, Any] = {}

    def start_response(status: str, headers: Headers, _exc_info: Any = None) -> Any:
        answer.update(status=status, headers=headers)

    chunks = application(environ, start_response)
    body = b"".join(chunks)
    if hasattr(chunks, "close"):
        chunks.close()
    return answer["status"], answer["headers"], body
