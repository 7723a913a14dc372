"""The SQL statements that a page costs."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask import Flask
from sqlalchemy import event

from kariu_blog.database import db


@contextmanager
def statements(app: Flask) -> Iterator[list[str]]:
    """Those of the page alone: views are added up by a thread, at a time of its own."""
    seen: list[str] = []
    here = threading.get_ident()

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if threading.get_ident() == here:
            seen.append(statement)

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    yield seen
    event.remove(engine, "before_cursor_execute", note)


@contextmanager
def steps(app: Flask) -> Iterator[list[int]]:
    """Collect an entry for every hundred instructions of SQLite's virtual machine that are run meanwhile."""
    with app.app_context():
        engine = db.engine
    run: list[int] = []

    def watch(connection: Any, *_rest: Any) -> None:
        connection.set_progress_handler(lambda: run.append(1), 100)

    def leave(connection: Any, *_rest: Any) -> None:
        connection.set_progress_handler(None, 0)

    event.listen(engine, "checkout", watch)
    event.listen(engine, "checkin", leave)
    yield run
    event.remove(engine, "checkout", watch)
    event.remove(engine, "checkin", leave)
