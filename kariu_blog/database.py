"""The database: the declarative base, times in UTC, the site's clock, and settings with which SQLite loses nothing."""

import os
import sqlite3
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import DateTime, Dialect, Engine, MetaData, TypeDecorator, bindparam, event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import DeclarativeBase, registry


class UTCDateTime(TypeDecorator[datetime]):
    """A column of aware datetimes, stored and returned in UTC because SQLite drops the zone."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError(f"naive datetime {value!r}")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, _dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    # On the registry: set on the class itself, Flask-SQLAlchemy fails at import.
    registry = registry(type_annotation_map={datetime: UTCDateTime})
    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


db = SQLAlchemy(model_class=Base)
migrate = Migrate()


def insert_into(table: type[Base], dialect: str) -> sqlite.Insert | postgresql.Insert:
    """Return an INSERT with ON CONFLICT, which SQLAlchemy has for each database apart."""
    return sqlite.insert(table) if dialect == "sqlite" else postgresql.insert(table)


class Clock:
    """The site's clock, which every rule reads.  Tests set it ahead instead of waiting."""

    timestamp: Callable[[], float] = staticmethod(time.time)
    """Return the time in seconds since 1970."""
    _ahead = timedelta()

    def now(self) -> datetime:
        """Return the time as an aware datetime in UTC."""
        return datetime.now(UTC) + self._ahead

    def set_ahead(self, seconds: float) -> None:
        """Run so many seconds ahead of the system's clock."""
        self._ahead = timedelta(seconds=seconds)
        self.timestamp = lambda: time.time() + seconds


site_clock = Clock()
now = site_clock.now


NOW = bindparam("now", callable_=now, type_=UTCDateTime)
"""Parameter of statements: the site's time when the statement is executed."""


@event.listens_for(Engine, "do_connect")
def _create_privately(dialect: Dialect, _record: Any, arguments: list[str], _options: Any) -> None:
    """Create an SQLite file for its owner alone; the files beside it get the same mode.

    An existing file is not opened: closing it would release SQLite's locks (sqlite.org/howtocorrupt.html, 2.2).
    """
    if dialect.name == "sqlite":
        with suppress(OSError):
            os.close(os.open(arguments[0], os.O_CREAT | os.O_EXCL, 0o600))


@event.listens_for(Engine, "connect")
def _set_up_sqlite(connection: Any, _record: Any) -> None:
    if not isinstance(connection, sqlite3.Connection):
        return
    cursor = connection.cursor()
    pragmas = ["journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON", "busy_timeout = 10000"]
    for pragma in [*pragmas, "cache_size = -512"]:  # KiB a connection; the kernel keeps the file for all of them
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()
