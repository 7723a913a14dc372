"""The versions of pages, in the database and as the application knows them."""

from flask import Flask

from kariu_blog.database import db
from kariu_blog.pages.versions import PageVersion
from tests.support.editor import eventually


def versions(app: Flask) -> dict[str, int]:
    """Those that are committed, by scope."""
    with app.app_context():
        return {row.scope: row.number for row in db.session.query(PageVersion)}


def await_versions(app: Flask) -> None:
    """Until the application knows those that are committed: on PostgreSQL it is told a moment later."""
    known, committed = app.extensions["pages"].versions, versions(app)

    def are_known() -> bool:
        known.look()
        return bool(known.known.numbers == committed)

    eventually(are_known)
