"""Health checks for monitoring: ``/healthz`` for the process, ``/readyz`` for the site."""

import ipaddress
import shutil
from typing import TYPE_CHECKING, Any

from flask import Blueprint, Response, abort, current_app, jsonify, request
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import SQLAlchemyError

from kariu_blog.accounts import mail
from kariu_blog.database import db
from kariu_blog.outage import first_line
from kariu_blog.search import index

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

FREE_BYTES_MIN = 64 * 1024 * 1024
"""Less free space than this is reported as not ready, because a few uploads would fill it."""
FORWARDED = {"HTTP_FORWARDED", "HTTP_X_FORWARDED_FOR", "HTTP_X_REAL_IP"}

blueprint = Blueprint("health", __name__)


@blueprint.get("/healthz")
def healthz() -> ResponseReturnValue:
    return Response("ok\n", content_type="text/plain; charset=utf-8")


@blueprint.get("/readyz")
def readyz() -> ResponseReturnValue:
    """Report the state of the site to programs on this machine; 503 without a database or without disk space."""
    if not _is_local(request.environ):
        abort(404)
    free = shutil.disk_usage(current_app.instance_path).free
    pages, built, others = current_app.extensions["cache"].tally.totals()
    report = {
        **_of_database(),
        "disk": {"free_bytes": free},
        "requests": {"all": pages + others, "from_memory": pages - built, "pages_built": built},
    }
    is_ready = report["database"] == "ok" and free >= FREE_BYTES_MIN
    return jsonify(ready=is_ready, **report), 200 if is_ready else 503


@blueprint.after_request
def _never_stored(response: Response) -> Response:
    response.headers["Cache-Control"] = "no-store"
    return response


def _is_local(environ: "WSGIEnvironment") -> bool:
    """Return whether a program on this machine made the request, and not a proxy for somebody else."""
    address = environ.get("REMOTE_ADDR")
    if not address or not environ.keys().isdisjoint(FORWARDED):
        return False
    peer = ipaddress.ip_address(address)
    return (getattr(peer, "ipv4_mapped", None) or peer).is_loopback


def _of_database() -> dict[str, Any]:
    """Return the state of the database, and how much is left to be indexed, added up and announced."""
    push = current_app.extensions["push"]
    try:
        return {
            "database": "ok",
            "search": {"texts_waiting": index.out_of_date()},
            "views": {"views_waiting": current_app.extensions["counters"].waiting()},
            "hub": {"feeds_waiting": push.waiting()} if current_app.config["WEBSUB_HUB"] else None,
            "mail": {"mails_waiting": mail.waiting()} if mail.is_configured() else None,
        }
    except (OSError, SQLAlchemyError) as error:
        db.session.rollback()
        return {"database": first_line(getattr(error, "orig", None) or error)}
