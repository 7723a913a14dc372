"""Security headers of responses, refusal of odd requests, and the client's address."""

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_to_bytes

import flask
from flask import Flask, Response, abort, current_app, g, request
from werkzeug.datastructures import ImmutableMultiDict

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

POLICY = (
    "default-src 'none'; img-src 'self'; style-src 'self'; script-src 'self'; connect-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
"""Content-Security-Policy (W3C, CSP level 3)."""

DEVICES = ("accelerometer", "camera", "geolocation", "gyroscope", "magnetometer", "microphone", "payment", "usb")
NO_DEVICES = ", ".join(f"{device}=()" for device in DEVICES)
"""Permissions-Policy (W3C): features that no page may use."""
TAKES_FILES = {"newsroom.upload_pictures", "newsroom.upload_files", "newsroom.replace_file"}
"""The endpoints that forms send files to."""
NUL = "\0"


class Fields(ImmutableMultiDict[str, Any]):
    """Fields of a query or a form without NUL, which PostgreSQL refuses to store or compare."""

    def __init__(self, pairs: Iterable[tuple[str, Any]] = ()) -> None:
        super().__init__([(_without_nul(name), _without_nul(value)) for name, value in pairs])


class Request(flask.Request):
    parameter_storage_class = Fields

    @property
    def is_json(self) -> bool:
        """False for any body, because this site takes none and an extension would parse it, however deep."""
        return False


def init_app(app: Flask) -> None:
    app.request_class = Request
    app.before_request(_refuse_what_no_form_sends)
    app.after_request(_protect)


def client_address(environ: "WSGIEnvironment", proxies: int) -> str:
    """Return the client's address as the outermost of so many trusted proxies saw it."""
    forwarded = environ.get("HTTP_X_FORWARDED_FOR", "").split(",")
    reported = forwarded[-proxies].strip() if 0 < proxies <= len(forwarded) else ""
    return reported or str(environ.get("REMOTE_ADDR", ""))


def client_network(environ: "WSGIEnvironment") -> str:
    """Return the client's IPv4 address, or the /64 that an IPv6 client has to itself.  Needs an application context."""
    client = client_address(environ, current_app.config["TRUSTED_PROXIES"])
    try:
        address = ip_address(client)
    except ValueError:  # of a Unix socket
        return client
    if isinstance(address, IPv4Address) or address.ipv4_mapped:
        return str(getattr(address, "ipv4_mapped", address))
    return str(IPv6Address(int(address) >> 64 << 64))


def allow_frames(origins: Iterable[str]) -> None:
    """Let the page that answers this request show frames of these origins."""
    g.setdefault("frames", set()).update(origins)


def _without_nul(value: Any) -> Any:
    return value.replace(NUL, "") if isinstance(value, str) else value


def _refuse_what_no_form_sends() -> None:
    """Refuse bodies that are no form, files where no form has any, and invalid UTF-8, which Werkzeug would accept."""
    if request.endpoint is None or request.method != "POST":
        return
    if request.mimetype == "application/x-www-form-urlencoded":
        try:
            unquote_to_bytes(request.get_data()).decode()
        except UnicodeDecodeError:
            abort(400)
    elif request.mimetype != "multipart/form-data" or (request.endpoint not in TAKES_FILES and request.files):
        abort(415)


def _protect(response: Response) -> Response:
    frames = " ".join(["; frame-src", *sorted(g.frames)]) if g.get("frames") else ""
    response.headers.setdefault("Content-Security-Policy", POLICY + frames)
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers.setdefault("Referrer-Policy", "strict-origin-when-cross-origin")
    response.headers["Permissions-Policy"] = NO_DEVICES
    response.headers["Cross-Origin-Opener-Policy"] = "same-origin"
    is_for_all = response.cache_control.public and response.mimetype != "text/html"  # feed readers show our pictures
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin" if is_for_all else "same-origin"
    if current_app.config["SITE_URL"].startswith("https:"):
        subdomains = "; includeSubDomains" if current_app.config["HSTS_SUBDOMAINS"] else ""
        response.headers["Strict-Transport-Security"] = f"max-age=31536000{subdomains}"
    return response
