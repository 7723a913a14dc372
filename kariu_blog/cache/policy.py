"""Cache policies, by which views declare that their responses may be cached, and until when."""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from flask import Response, make_response, request
from werkzeug.http import parse_cookie

from kariu_blog.cache.versions import Snapshot

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

POLICY = "kariu.cache_policy"
"""Key of the WSGI environment: the ``CachePolicy`` of the response."""
MEMO = "kariu.cache_memo"
"""Key of the WSGI environment: the ``Memo`` that ``memoize`` uses."""

Value = TypeVar("Value")


@dataclass(frozen=True)
class Cookie:
    """A cookie on which a page depends.  An unknown value counts as none, so that there are few entries."""

    name: str
    values: frozenset[str]

    def value(self, environ: "WSGIEnvironment") -> str:
        """Return the cookie's value, or an empty string."""
        sent = parse_cookie(environ).get(self.name, "")
        return sent if sent in self.values else ""


@dataclass(frozen=True)
class CachePolicy:
    tags: tuple[str, ...]
    """The content that the response shows."""
    query: tuple[str, ...]
    """The query parameters on which it depends."""
    view_counter: tuple[int, int] | None
    """Key and kind to count when a person reads the response."""
    volatile_fragment: bytes
    """A part that may be out of date and does not change the ETag."""
    max_age: float
    """Seconds after which the response is built again, because it shows content without a tag."""
    cookie: Cookie | None


def cacheable(
    body: str | Response,
    tags: Iterable[str],
    query: Sequence[str] = (),
    view_counter: tuple[int, int] | None = None,
    volatile_fragment: str = "",
    max_age: float = math.inf,
    cookie: Cookie | None = None,
) -> Response:
    """Return a response that is the same for every reader, or for every one with the same value of ``cookie``.

    The other arguments are those of ``CachePolicy``.
    """
    policy = CachePolicy(tuple(tags), tuple(query), view_counter, volatile_fragment.encode(), max_age, cookie)
    request.environ[POLICY] = policy
    response = make_response(body)
    response.headers.setdefault("Cache-Control", "private, no-cache" if cookie else "public, no-cache")
    return response


@dataclass
class Memo:
    """Values of one worker or of one request, each with the version of its tag under which it was read."""

    snapshot: Snapshot
    values: dict[Callable[[], Any], tuple[int, Any]]


def memoize(tag: str, read: Callable[[], Value]) -> Value:
    """Return ``read()``, cached until ``tag`` is invalidated.  Requests of staff bypass the cache.

    Threads share the value, so it has to be immutable, and no row of a session.
    """
    memo: Memo = request.environ.setdefault(MEMO, Memo(Snapshot({}), {}))
    (version,) = memo.snapshot.of([tag])
    if read not in memo.values or memo.values[read][0] != version:
        memo.values[read] = version, read()
    value: Value = memo.values[read][1]
    return value
