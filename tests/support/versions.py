"""The versions of pages, in the database and as the application knows them."""

from flask import Flask

from kariu_blog.cache.versions import CacheTag
from kariu_blog.database import db
from tests.support.editor import eventually


def versions(app: Flask) -> dict[str, int]:
    """Those that are committed, by tag."""
    with app.app_context():
        return {row.tag: row.changed_at for row in db.session.query(CacheTag)}


def await_versions(app: Flask) -> None:
    """Until the application knows those that are committed: on PostgreSQL it is told a moment later."""
    known, committed = app.extensions["cache"].versions, versions(app)

    def are_known() -> bool:
        known.refresh()
        return all(known.snapshot.versions.get(tag) == version for tag, version in committed.items())

    eventually(are_known)
