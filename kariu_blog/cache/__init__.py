"""The page cache: finished responses in memory, and the versions of cache tags that keep them true."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from flask import Flask
from sqlalchemy import Engine

from kariu_blog.admission import Admission
from kariu_blog.cache.middleware import CacheMiddleware
from kariu_blog.cache.postgresql import PostgreSQLVersions
from kariu_blog.cache.sqlite import SQLiteVersions
from kariu_blog.cache.versions import Versions
from kariu_blog.database import db
from kariu_blog.routing import put_in_front

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment


def init_app(app: Flask, count_view: "Callable[[tuple[int, int], WSGIEnvironment], None]") -> None:
    """Put the cache in front of the application; ``count_view``: as of ``CacheMiddleware``."""
    with app.app_context():
        versions = versions_of(db.engine)
    admission: Admission = app.extensions["admission"]
    cookie, bytes_max = app.config["SESSION_COOKIE_NAME"], app.config["PAGES_MIB"] * 1024 * 1024
    cache = CacheMiddleware(app.wsgi_app, versions, count_view, admission, cookie, bytes_max)
    app.extensions["cache"] = cache
    put_in_front(app, admission.in_front_of(cache))


def versions_of(engine: Engine) -> Versions:
    return SQLiteVersions(str(engine.url.database)) if engine.dialect.name == "sqlite" else PostgreSQLVersions(engine)
