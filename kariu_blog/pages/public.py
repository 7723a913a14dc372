"""What a view says to the page layer of the page that it makes, and what the layer hands it for that."""

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from flask import Response, current_app, make_response, request
from werkzeug.http import parse_cookie

from kariu_blog.pages.versions import Known

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

MARK = "kariu.public"
KEPT = "kariu.kept"

Value = TypeVar("Value")


@dataclass(frozen=True)
class Cookie:
    """What a page depends on.  A value that is none of ``values`` is as if there were none, so pages stay few."""

    name: str
    values: frozenset[str]

    def value(self, environ: "WSGIEnvironment") -> str:
        """Empty where there is none that is known."""
        sent = parse_cookie(environ).get(self.name, "")
        return sent if sent in self.values else ""


@dataclass(frozen=True)
class Public:
    scopes: tuple[str, ...]
    parameters: tuple[str, ...]
    counted: tuple[int, int] | None
    varying: bytes
    seconds: float
    cookie: Cookie | None


def public(
    body: str | Response,
    scopes: Iterable[str],
    parameters: Sequence[str] = (),
    counted: tuple[int, int] | None = None,
    varying: str = "",
    seconds: float = math.inf,
    cookie: Cookie | None = None,
) -> Response:
    """A response that is the same for every reader, or for every reader with the same value of ``cookie``.

    ``scopes``: whose content it shows.  ``parameters``: the query parameters that it depends on.
    ``counted``: the key and the kind under which people's views are counted.  ``varying``: words in it that
    may be older than the rest, and are no part of its ETag.  ``seconds``: how old it may be, for what it
    shows that moves no version.
    """
    request.environ[MARK] = Public(tuple(scopes), tuple(parameters), counted, varying.encode(), seconds, cookie)
    response = make_response(body)
    response.headers.setdefault("Cache-Control", "private, no-cache" if cookie else "public, no-cache")
    return response


@dataclass
class Kept:
    """What was read for pages, each with the version of its scope that was there before; of one worker or request."""

    known: Known
    values: dict[Callable[[], Any], tuple[int, Any]]


def kept(scope: str, read: Callable[[], Value]) -> Value:
    """What ``read`` gives, read once for all pages until ``scope`` moves; for staff, once for each page.

    It is shared by threads, and so read in an application context of its own, whose end takes the rows out of
    their session: let ``read`` load whatever is looked at, and nobody change it.
    """
    store: Kept = request.environ.setdefault(KEPT, Kept(Known({}, {}), {}))
    (number,) = store.known.of([scope])
    if read not in store.values or store.values[read][0] != number:
        with current_app.app_context():
            store.values[read] = number, read()
    value: Value = store.values[read][1]
    return value
