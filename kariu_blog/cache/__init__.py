"""The page cache: finished responses in memory, and the versions of cache tags that validate them."""

from flask import Flask
from sqlalchemy import Engine

from kariu_blog.admission import Admission
from kariu_blog.cache.middleware import CacheMiddleware, CountView
from kariu_blog.cache.postgresql import PostgreSQLVersions
from kariu_blog.cache.sqlite import SQLiteVersions
from kariu_blog.cache.versions import Versions
from kariu_blog.database import db
from kariu_blog.routing import put_in_front


def init_app(app: Flask, count_view: CountView) -> None:
    """Put the cache in front of the application, and admission in front of the cache."""
    with app.app_context():
        versions = _versions_of(db.engine)
    admission: Admission = app.extensions["admission"]
    cookie, bytes_max = app.config["SESSION_COOKIE_NAME"], app.config["PAGES_MIB"] * 1024 * 1024
    cache = CacheMiddleware(app.wsgi_app, versions, count_view, admission, cookie, bytes_max)
    app.extensions["cache"] = cache
    put_in_front(app, admission.in_front_of(cache))


def _versions_of(engine: Engine) -> Versions:
    return SQLiteVersions(str(engine.url.database)) if engine.dialect.name == "sqlite" else PostgreSQLVersions(engine)
