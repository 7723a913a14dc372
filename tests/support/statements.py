"""The SQL statements that a page costs."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

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
