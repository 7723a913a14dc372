"""The versions of pages, as the application knows them."""

from flask import Flask

from kariu_blog.database import db
from kariu_blog.pages.versions import PageVersion
from tests.support.editor import eventually


def await_versions(app: Flask) -> None:
    """Until the application knows those that are committed: on PostgreSQL it is told a moment later."""
    versions = app.extensions["pages"].versions
    with app.app_context():
        committed = {row.scope: row.number for row in db.session.query(PageVersion)}

    def are_known() -> bool:
        versions.look()
        return bool(versions.known.numbers == committed)

    eventually(are_known)
