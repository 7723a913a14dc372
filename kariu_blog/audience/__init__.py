"""The audience: how often people read what."""

from pathlib import Path
from typing import TYPE_CHECKING

from flask import Flask
from sqlalchemy.orm import Session

from kariu_blog.audience.counters import Counters, record_of
from kariu_blog.audience.people import is_person
from kariu_blog.database import db

if TYPE_CHECKING:
    from collections.abc import Callable

    from _typeshed.wsgi import WSGIEnvironment


def init_app(app: Flask) -> "Callable[[tuple[int, int], WSGIEnvironment], None]":
    """Return what counts a view of a key and a kind, if the request is a person's."""
    with app.app_context():
        engine = db.engine
    counters = Counters(Path(app.instance_path) / "views", lambda: Session(engine))
    app.extensions["counters"] = counters

    def count_view(counted: tuple[int, int], environ: "WSGIEnvironment") -> None:
        if is_person(environ):
            counters.add(record_of(*counted))

    return count_view
