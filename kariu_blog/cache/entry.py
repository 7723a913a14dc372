"""An entry of the cache: a finished response in the content codings that somebody has asked for."""

import gzip
import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from typing import TYPE_CHECKING

import brotli
from werkzeug.http import http_date, is_resource_modified, parse_accept_header, parse_date

from kariu_blog.cache.policy import CachePolicy
from kariu_blog.cache.versions import SECOND, Snapshot
from kariu_blog.database import site_clock

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

OVERHEAD_BYTES = 3072
"""Memory of an entry besides its bodies and its key."""
SETTLED_SECONDS = 2
"""Age of a change from which its second is sent as Last-Modified, because a newer change might share that second."""
HEADER_LENGTH_MAX = 256
"""A longer Accept-Encoding accepts nothing, because each that is parsed is remembered."""
PROXY_SUFFIX = re.compile(r'[-;:/]+(?:gzip|br|zstd|deflate)"')
"""Ending that compressing proxies append to an entity tag, and clients send back."""

Headers = list[tuple[str, str]]
Key = str | tuple[str, ...]
"""A path, or a path with the values of the declared query parameters and cookie."""


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
def best_coding(accepted: str) -> str:
    """Return the best coding that an Accept-Encoding allows (RFC 9110, section 12.5.3)."""
    if len(accepted) > HEADER_LENGTH_MAX:
        return ""
    qualities = {name.lower(): quality for name, quality in parse_accept_header(accepted)}
    return next((coding for coding in CODINGS if qualities.get(coding, qualities.get("*", 0)) > 0), "")


def compressed(headers: Headers, body: bytes, environ: "WSGIEnvironment") -> tuple[Headers, bytes]:
    """Compress a page, unless nobody may store it, because its length would give away a secret (BREACH)."""
    given = dict(headers)
    if not given.get("Content-Type", "").startswith("text/html") or "no-store" in given.get("Cache-Control", ""):
        return headers, body
    headers = [(name, value) for name, value in headers if name not in ("Content-Length", "Vary")]
    headers.append(("Vary", ", ".join(filter(None, (given.get("Vary"), "Accept-Encoding")))))
    if coding := best_coding(environ.get("HTTP_ACCEPT_ENCODING", "")):
        body = CODINGS[coding].encode(body)
        headers.append(("Content-Encoding", coding))
    return [*headers, ("Content-Length", str(len(body)))], body


@dataclass(slots=True)
class Entry:
    policy: CachePolicy
    key: Key
    etag: str
    changed_at: int | None
    """Time of the newest change in seconds since 1970; None for a response without Last-Modified."""
    headers: Headers
    """Headers of a 200, except those that depend on the coding."""
    not_modified: Headers
    """Headers of a 304 (RFC 9110, section 15.4.5)."""
    versions: tuple[int, ...]
    """Versions of the policy's tags when the response was made."""
    generation: int
    """Generation of the last snapshot under which the entry was valid."""
    expires_at: float
    """Seconds since 1970."""
    responses: dict[str, tuple[Headers, bytes]] = field(default_factory=dict)
    """Headers and body by content coding."""

    @classmethod
    def of(cls, policy: CachePolicy, key: Key, headers: Headers, body: bytes, snapshot: Snapshot | None) -> "Entry":
        """Make an entry of a finished response; ``snapshot`` is older than the response, or None if there was none.

        A Last-Modified of the view becomes the date of the newest change, if that is later.
        """
        lasting = body.replace(policy.volatile_fragment, b"", 1) if policy.volatile_fragment else body
        etag = f'W/"{hashlib.sha256(lasting).hexdigest()[:32]}"'
        given = next((parse_date(value) for name, value in headers if name == "Last-Modified"), None)
        changed_at = None
        if given is not None and snapshot is not None:
            changed_at = max(int(given.timestamp()), snapshot.changed_at(policy.tags) // SECOND)
        own = ("Content-Length", "ETag", "Last-Modified", "Vary")
        headers = [_shared(header) for header in headers if header[0] not in own]
        vary = "Accept-Encoding, Cookie" if policy.cookie else "Accept-Encoding"
        headers += [("ETag", etag), _shared(("Vary", vary))]
        not_modified = [header for header in headers if header[0] != "Content-Type"]
        versions, generation = (snapshot.of(policy.tags), snapshot.generation) if snapshot else ((), -1)
        expires_at = site_clock.timestamp() + policy.max_age
        return cls(policy, key, etag, changed_at, headers, not_modified, versions, generation, expires_at)

    @property
    def size(self) -> int:
        """Bytes."""
        return sum(len(body) for _headers, body in self.responses.values()) + OVERHEAD_BYTES + length(self.key)

    def is_current(self, snapshot: Snapshot) -> bool:
        """Return whether the content that the entry shows is unchanged in ``snapshot``."""
        if self.generation != snapshot.generation:
            if self.versions != snapshot.of(self.policy.tags):
                return False
            self.generation = snapshot.generation
        return site_clock.timestamp() < self.expires_at

    @property
    def date(self) -> int | None:
        """Last-Modified in seconds since 1970, once no further change can fall into the same second."""
        is_settled = self.changed_at is not None and site_clock.timestamp() >= self.changed_at + SETTLED_SECONDS
        return self.changed_at if is_settled else None

    def add(self, coding: str, body: bytes) -> None:
        """Add the response in a coding; ``body`` is not encoded."""
        encoded = CODINGS[coding].encode(body)
        headers = [*self.headers, ("Content-Length", str(len(encoded)))]
        if coding:
            headers.append(("Content-Encoding", coding))
        self.responses[coding] = (headers, encoded)

    def body(self) -> bytes:
        """Return the body without a coding."""
        coding, (_headers, body) = next(iter(self.responses.items()))
        return CODINGS[coding].decode(body)

    def is_known_to(self, environ: "WSGIEnvironment", date: int | None) -> bool:
        """Return whether the client has this copy (RFC 9110, section 13); ``date`` is its Last-Modified."""
        asked = environ.get("HTTP_IF_NONE_MATCH")
        if asked == self.etag:
            return True
        if asked is None and "HTTP_IF_MODIFIED_SINCE" not in environ:
            return False
        tags = PROXY_SUFFIX.sub('"', asked or "")
        if tags.strip() == "*":
            return True
        conditions = {**environ, "HTTP_IF_NONE_MATCH": tags} if tags else environ
        changed_at = None if date is None else datetime.fromtimestamp(date, UTC)
        return not is_resource_modified(conditions, self.etag, last_modified=changed_at)


def length(key: Key) -> int:
    return len(key) if isinstance(key, str) else sum(map(len, key))


@lru_cache(maxsize=256)
def last_modified(date: int) -> tuple[str, str]:
    return "Last-Modified", http_date(date)


@lru_cache(maxsize=256)
def _shared(header: tuple[str, str]) -> tuple[str, str]:
    """Return the one copy of a header that thousands of entries have."""
    return header
