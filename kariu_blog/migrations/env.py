"""Alembic's entry: migrations run on the application's own engine, in batch mode (Flask-Migrate sets it) for SQLite."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from alembic import context
from flask import current_app
from sqlalchemy import Connection

from kariu_blog.database import UTCDateTime, db


def run() -> None:
    with db.engine.connect() as connection, _tables_replaced_safely(connection):
        context.configure(
            connection=connection,
            target_metadata=db.metadata,
            render_item=_as_plain_type,
            **current_app.extensions["migrate"].configure_args,
        )
        with context.begin_transaction():
            context.run_migrations()


@contextmanager
def _tables_replaced_safely(connection: Connection) -> Iterator[None]:
    """Batch mode drops a table and puts a copy in its place: SQLite would delete all that refers to its rows."""
    if connection.dialect.name != "sqlite":
        yield
        return
    connection.exec_driver_sql("PRAGMA foreign_keys = OFF")
    connection.commit()  # else Alembic would take it for a transaction of ours, and leave the end of it to us
    try:
        yield
    finally:
        connection.exec_driver_sql("PRAGMA foreign_keys = ON")


def _as_plain_type(_kind: str, item: Any, _autogenerate: Any) -> Any:
    """Migrations outlive the code: they name the database's types, not ours."""
    return "sa.DateTime(timezone=True)" if isinstance(item, UTCDateTime) else False


run()
