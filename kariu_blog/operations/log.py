"""The log: events, sign-ins among them, on standard error; requests, if wanted, on standard output."""

import logging
import re
import secrets
import time
from collections.abc import Iterable
from contextlib import suppress
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from flask import Flask, Response, current_app, request
from flask_security import user_authenticated
from werkzeug.exceptions import HTTPException

from kariu_blog.security import client_address

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

LOGGING = {
    "formatters": {
        "event": {
            "format": "%(asctime)s %(levelname)s %(name)s: %(message)s",
            "datefmt": "%Y-%m-%d %H:%M:%S%z",
        },
        "request": {"format": "%(message)s"},
    },
    "handlers": {
        "event": {"class": "logging.StreamHandler", "formatter": "event"},
        "request": {"class": "logging.StreamHandler", "formatter": "request", "stream": "ext://sys.stdout"},
    },
    "root": {"handlers": ["event"], "level": "WARNING"},
    "loggers": {
        "kariu_blog": {"handlers": []},
        "kariu_blog.signin": {"level": "INFO"},
        "kariu_blog.access": {"handlers": ["request"], "level": "INFO", "propagate": False},
    },
}
"""Configuration for ``logging.config.dictConfig``; granian adds a level of its own."""
REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
NAME_LENGTH_MAX = 64
SIGN_INS = {"security.login", "security.two_factor_token_validation", "security.mf_recovery"}
"""Endpoints at which somebody signs in."""
access = logging.getLogger("kariu_blog.access")
signin = logging.getLogger("kariu_blog.signin")


def init_app(app: Flask) -> None:
    app.after_request(_log_failure)
    user_authenticated.connect(_log_success, app)


class AccessLog:
    """WSGI middleware that logs requests in the Combined Log Format, followed by seconds and a request id.

    The seconds are those until the response was made.  The id is taken from X-Request-ID, or made, and sent back.
    """

    def __init__(self, application: "WSGIApplication", proxies: int) -> None:
        self._application, self._proxies = application, proxies

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        began_at, known_id = time.perf_counter(), environ.get("HTTP_X_REQUEST_ID", "")
        request_id = known_id if REQUEST_ID.fullmatch(known_id) else secrets.token_hex(8)
        status, size = "500", "-"

        def start(line: str, headers: list[tuple[str, str]], *error: Any) -> Any:
            nonlocal status, size
            status, size = line[:3], next((value for name, value in headers if name == "Content-Length"), "-")
            return start_response(line, [*headers, ("X-Request-ID", request_id)], *error)

        try:
            return self._application(environ, start)
        finally:
            address = client_address(environ, self._proxies)
            access.info(
                "%s %.6f %s", _combined(environ, address, status, size), time.perf_counter() - began_at, request_id
            )


def _combined(environ: "WSGIEnvironment", address: str, status: str, size: str) -> str:
    target = quote(environ["PATH_INFO"].encode("latin-1"), safe="/:@!$&'()*+,;=~")
    if query := environ.get("QUERY_STRING"):
        target += f"?{_escaped(query)}"
    received_at = time.strftime("%d/%b/%Y:%H:%M:%S %z")
    first = f"{environ['REQUEST_METHOD']} {target} {environ['SERVER_PROTOCOL']}"
    referer, agent = (_escaped(environ.get(name) or "-") for name in ("HTTP_REFERER", "HTTP_USER_AGENT"))
    return f'{_escaped(address).replace(" ", "")} - - [{received_at}] "{first}" {status} {size} "{referer}" "{agent}"'


def _escaped(value: str) -> str:
    r"""Escape quotation marks, backslashes and whatever is not printable ASCII, as nginx does: ``\x22``."""
    return re.sub(r"[^ !#-\[\]-~]", lambda found: f"\\x{ord(found[0]):02x}", value)


def _address() -> str:
    return client_address(request.environ, current_app.config["TRUSTED_PROXIES"])


def _log_success(_app: Flask, user: Any, **_more: Any) -> None:
    if request.endpoint in SIGN_INS:
        signin.info("Sign-in succeeded from %s: %s", _address(), user.username)


def _log_failure(response: Response) -> Response:
    """Log a failed sign-in.  The name as typed stands last, so that it cannot pass for an address."""
    if request.endpoint in SIGN_INS and request.method == "POST" and response.status_code not in (302, 303):
        name = ""
        with suppress(HTTPException):  # the form was too large to be read
            name = "".join(filter(str.isprintable, request.form.get("username", "")))[:NAME_LENGTH_MAX]
        signin.warning("Sign-in failed (%d) from %s: %s", response.status_code, _address(), name)
    return response
