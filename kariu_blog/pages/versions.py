"""Versions: how a worker knows, at the price of a glance, whether a finished page is still true.

A *scope* is a piece of content that pages show (a post, a list, the layout).  Whoever changes content
moves the versions of its scopes in the same transaction; a page is kept under the versions that were
there before it was made.
"""

import mmap
import sqlite3
import threading
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, BinaryIO

from sqlalchemy import (
    BigInteger,
    Connection,
    Engine,
    Insert,
    String,
    bindparam,
    case,
    delete,
    event,
    func,
    insert,
    select,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Mapped, Session, SessionTransaction, mapped_column

from kariu_blog.database import Base, site_clock

CHANNEL = "kariu_pages"
REREAD_SECONDS = 1.0
RECONNECT_SECONDS = 0.1
HEADER_BYTES = 48
SECOND = 1_000_000
MOVED = "moved scopes"
"""Of a session: what its transaction has written so far."""

EVERYTHING = "*"
"""A scope that is part of every other: moved where the database was replaced by another."""

ALL = "SELECT scope, number, date FROM page_version"
NEWER = f"{ALL} WHERE number > ?"


class PageVersion(Base):
    __tablename__ = "page_version"

    scope: Mapped[str] = mapped_column(String(100), primary_key=True)
    number: Mapped[int] = mapped_column(BigInteger, index=True)
    """When it last moved, in microseconds since 1970; if need be ahead of the clock, to be later than before."""
    date: Mapped[int | None] = mapped_column(BigInteger)
    """The second that HTTP gives for it, since 1970, where that is not the number's: after several moves within one."""


@event.listens_for(Session, "after_flush")
def _collect(session: Session, _context: Any) -> None:
    """Collect the scopes that the rows just written say they move."""
    changed = [*session.new, *session.deleted, *(obj for obj in session.dirty if session.is_modified(obj))]
    scopes = {scope for obj in changed if hasattr(obj, "moved_scopes") for scope in obj.moved_scopes()}
    session.info.setdefault(MOVED, set()).update(scopes)


@event.listens_for(Session, "after_soft_rollback")
def _forget(session: Session, previous: SessionTransaction) -> None:
    if not previous.nested:
        session.info.pop(MOVED, None)


@event.listens_for(Session, "before_commit")
def _move(session: Session) -> None:
    """Move the versions of what this transaction has written, each once.

    On SQLite a number is higher than any before.  On PostgreSQL two writers may take the same one for two scopes;
    the second writer of one scope waits for the first.  All moves of a scope within a second but the first have the
    next second for a date, which nobody is sent before it has come: so all workers give a page one date, and another
    after each change of a scope.
    """
    session.flush()
    scopes = session.info.get(MOVED)
    if not scopes:
        return
    connection, present = session.connection(), int(site_clock.timestamp() * SECOND)
    rows = [{"moved": scope, "present": present} for scope in sorted(scopes)]  # else writers might wait for each other
    connection.execute(_moving(connection.dialect.name), rows)
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_notify(CHANNEL, "")))
    session.info.pop(MOVED)


@cache
def _moving(dialect: str) -> Insert:
    """Return the statement that moves the version of the scope ``moved`` at the moment ``present``."""
    present = bindparam("present", type_=BigInteger)
    highest = select(func.coalesce(func.max(PageVersion.number), 0)).scalar_subquery()
    following = case((highest >= present, highest + 1), else_=present)
    upsert = sqlite.insert(PageVersion) if dialect == "sqlite" else postgresql.insert(PageVersion)
    move = upsert.values(scope=bindparam("moved"), number=following)
    number = case((move.excluded.number > PageVersion.number, move.excluded.number), else_=PageVersion.number + 1)
    second, last_date = number // SECOND, func.coalesce(PageVersion.date, PageVersion.number // SECOND)
    date = case((last_date > second, last_date), (last_date == second, second + 1))
    return move.on_conflict_do_update(index_elements=["scope"], set_={"number": number, "date": date})


def highest_number(connection: Connection) -> int:
    """Return what no version of the database has exceeded so far, nor its date."""
    number, date = connection.execute(select(func.max(PageVersion.number), func.max(PageVersion.date))).one()
    return max(number or 0, (date or 0) * SECOND)


def invalidate_everything(connection: Connection, after: int) -> None:
    """Make each version a second newer than the clock, than all in the database and than ``after``."""
    number = max(int(site_clock.timestamp() * SECOND), highest_number(connection), after) + SECOND
    connection.execute(delete(PageVersion).where(PageVersion.scope == EVERYTHING))
    connection.execute(insert(PageVersion).values(scope=EVERYTHING, number=number))


@dataclass(frozen=True)
class Known:
    """The versions at one moment."""

    numbers: Mapping[str, int]
    dates: Mapping[str, int]
    """Of those scopes alone whose date is another second than the number's."""

    @classmethod
    def of_rows(cls, rows: Sequence[tuple[str, int, int | None]]) -> "Known":
        numbers = {scope: number for scope, number, _date in rows}
        return cls(numbers, {scope: date for scope, _number, date in rows if date is not None})

    def after(self, newer: "Known") -> "Known":
        """These, with ``newer`` in place of what moved."""
        kept = {scope: date for scope, date in self.dates.items() if scope not in newer.numbers}
        return Known({**self.numbers, **newer.numbers}, {**kept, **newer.dates})

    def of(self, scopes: Iterable[str]) -> tuple[int, ...]:
        least = self.numbers.get(EVERYTHING, 0)
        return tuple(max(self.numbers.get(scope, 0), least) for scope in scopes)

    def date(self, scopes: Iterable[str]) -> int:
        """When one of them last moved, in seconds since 1970; ahead of the clock after several moves within one."""
        of_each = (
            max(self.dates.get(scope, 0), self.numbers.get(scope, 0) // SECOND) for scope in (*scopes, EVERYTHING)
        )
        return max(of_each)


class Versions:
    """What one worker knows.  ``known`` is replaced, never changed; ``seen`` moves whenever it is replaced."""

    known: Known
    seen: int = 0
    are_exact: bool
    """Whether a look finds whatever was committed before it."""

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        self._know(Known({}, {}))

    def _know(self, known: Known) -> None:
        self.known = known
        self.seen += 1

    def look(self) -> None:
        """Know the present versions.  Raises OSError when the database cannot be asked."""
        raise NotImplementedError


class SQLiteVersions(Versions):
    """Exact, and without a call into SQLite while nothing was written.

    In WAL mode a commit becomes visible by a new header in the WAL index, a file that every connection
    maps into memory (sqlite.org/walformat.html, section 2.1).  Two copies follow each other, of which the
    writer replaces the first last: as long as its bytes are the same, nothing has been committed.
    """

    are_exact = True

    def __init__(self, path: str) -> None:
        self._path = path
        self._lock = threading.Lock()
        super().__init__()

    def forget(self) -> None:
        super().forget()
        self._index: bytes | mmap.mmap = b""
        self._file: BinaryIO | None = None
        self._header: bytes | None = None
        self._connection: sqlite3.Connection | None = None
        self._highest = -1

    def look(self) -> None:
        header = self._index[:HEADER_BYTES]
        if header == self._header:
            return
        try:
            self._read()
        except sqlite3.Error as error:
            raise OSError("the database cannot be asked") from error

    def _read(self) -> None:
        with self._lock:
            connection = self._connection or self._connect()
            header = self._index[:HEADER_BYTES]  # before the rows: what comes in between is found by the next look
            if rows := connection.execute(NEWER, [self._highest]).fetchall():
                newer = Known.of_rows(rows)
                self._know(self.known.after(newer))
                self._highest = max(newer.numbers.values())
            self._header = header

    def _connect(self) -> sqlite3.Connection:
        """A connection that stays open, so that the index stays the one that is mapped.

        The index's file stays open, too: closing it would give up all locks that SQLite has on it in this process
        (sqlite.org/howtocorrupt.html, section 2.2), and the next program that opened the database would begin it anew.
        """
        connection = sqlite3.connect(f"{Path(self._path).as_uri()}?mode=rw", uri=True, check_same_thread=False)
        connection.execute("PRAGMA query_only = ON")
        connection.execute(NEWER, [0]).fetchall()
        self._file = Path(f"{self._path}-shm").open("rb")  # noqa: SIM115  # for as long as the map
        self._index = mmap.mmap(self._file.fileno(), HEADER_BYTES, prot=mmap.PROT_READ)
        self._connection = connection
        return connection


class PostgreSQLVersions(Versions):
    """Told by NOTIFY, and read anew each second in case a message was missed; empty while there is no connection."""

    are_exact = False

    def __init__(self, engine: Engine) -> None:
        self._driver: Any = engine.dialect.loaded_dbapi  # imported by SQLAlchemy only where it is needed
        self._engine = engine
        self._first_look = threading.Lock()
        self._listening: threading.Thread | None = None
        self._lost: Exception | None = None
        self._ready = threading.Event()
        super().__init__()

    def forget(self) -> None:
        super().forget()
        self._ready.clear()

    def look(self) -> None:
        if self._listening is None:
            with self._first_look:
                if self._listening is None:
                    self._listening = threading.Thread(target=self._listen, name="page versions", daemon=True)
                    self._listening.start()
        if not (self._ready.is_set() or self._ready.wait(REREAD_SECONDS)) or self._lost is not None:
            raise OSError("the database cannot be asked") from self._lost

    def _listen(self) -> None:
        while True:
            try:
                with self._connect() as connection:
                    connection.execute(f"LISTEN {CHANNEL}")
                    while True:
                        self._read(connection)
                        next(connection.notifies(timeout=REREAD_SECONDS, stop_after=1), None)
            except (self._driver.Error, SQLAlchemyError) as error:
                if self._lost is None:
                    self._engine.dispose()  # else requests would wait for connections that are lost as well
                self._lost = error
                self.forget()
                self._ready.set()
                time.sleep(RECONNECT_SECONDS)

    def _connect(self) -> Any:
        """Return a psycopg connection of its own, with the engine's parameters and limits of time."""
        pooled = self._engine.raw_connection()
        pooled.detach()
        connection: Any = pooled.dbapi_connection
        connection.autocommit = True
        return connection

    def _read(self, connection: Any) -> None:
        known = Known.of_rows(connection.execute(ALL).fetchall())
        if known != self.known or self._lost is not None:
            self._know(known)
        self._lost = None
        self._ready.set()


def versions_of(engine: Engine) -> Versions:
    if engine.dialect.name == "sqlite":
        return SQLiteVersions(str(engine.url.database))
    return PostgreSQLVersions(engine)
