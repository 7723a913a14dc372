"""Versions: how a worker knows, at the price of a glance, whether a finished page is still true.

A *scope* is a piece of content that pages show (a post, a list, the layout).  Whoever changes content
moves the versions of its scopes in the same transaction; a page is kept under the versions that were
there before it was made.
"""

import mmap
import sqlite3
import threading
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO

from sqlalchemy import BigInteger, Engine, String, case, event, func, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, Session, mapped_column

from kariu_blog.database import Base

CHANNEL = "kariu_pages"
REREAD_SECONDS = 1.0
RECONNECT_SECONDS = 0.1
HEADER_BYTES = 48
SECOND = 1_000_000
MOVED = "moved scopes"
"""Of a session: what its transaction has written so far."""

NEWER = "SELECT scope, number FROM page_version WHERE number > ?"
ALL = "SELECT scope, number FROM page_version"


class PageVersion(Base):
    __tablename__ = "page_version"

    scope: Mapped[str] = mapped_column(String(100), primary_key=True)
    number: Mapped[int] = mapped_column(BigInteger, index=True)
    """When it last moved, in microseconds since 1970; ahead of the clock after several moves within a second."""


@event.listens_for(Session, "after_flush")
def _collect(session: Session, _context: Any) -> None:
    """All that the models of what was written call moved."""
    changed = [*session.new, *session.deleted, *(obj for obj in session.dirty if session.is_modified(obj))]
    scopes = {scope for obj in changed if hasattr(obj, "moved_scopes") for scope in obj.moved_scopes()}
    session.info.setdefault(MOVED, set()).update(scopes)


@event.listens_for(Session, "after_soft_rollback")
def _forget(session: Session, _previous: Any) -> None:
    session.info.pop(MOVED, None)


@event.listens_for(Session, "before_commit")
def _move(session: Session) -> None:
    """Move the versions of what this transaction has written, once.

    A scope's number is in a later second than its last, so what every worker calls the date of a page is one date,
    and another after each change.  On SQLite a number is higher than any before.  On PostgreSQL two writers may take
    the same one for two scopes; the second writer of one scope waits for the first.
    """
    session.flush()
    scopes = session.info.pop(MOVED, None)
    if not scopes:
        return
    dialect = session.get_bind().dialect.name
    insert = sqlite.insert(PageVersion) if dialect == "sqlite" else postgresql.insert(PageVersion)
    highest = select(func.coalesce(func.max(PageVersion.number), 0)).scalar_subquery()
    present = time.time_ns() // 1000
    following = case((highest >= present, highest + 1), else_=present)
    next_second = (PageVersion.number // SECOND + 1) * SECOND
    for scope in sorted(scopes):  # in one order for all writers, who else might wait for each other
        move = insert.values(scope=scope, number=following)
        higher = case((move.excluded.number > next_second, move.excluded.number), else_=next_second)
        session.execute(move.on_conflict_do_update(index_elements=["scope"], set_={"number": higher}))
    if dialect == "postgresql":
        session.execute(select(func.pg_notify(CHANNEL, "")))


class Versions:
    """What one worker knows.  ``numbers`` is replaced, never changed; ``seen`` moves whenever it is replaced."""

    numbers: Mapping[str, int]
    seen: int

    def __init__(self) -> None:
        self.forget()

    def forget(self) -> None:
        self.numbers, self.seen = {}, getattr(self, "seen", 0) + 1

    def look(self) -> None:
        """Know the present versions.  Raises OSError when the database cannot be asked."""
        raise NotImplementedError


class SQLiteVersions(Versions):
    """Exact, and without a call into SQLite while nothing was written.

    In WAL mode a commit becomes visible by a new header in the WAL index, a file that every connection
    maps into memory (sqlite.org/walformat.html, section 2.1).  Two copies follow each other, of which the
    writer replaces the first last: as long as its bytes are the same, nothing has been committed.
    """

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
                self.numbers = {**self.numbers, **dict(rows)}
                self._highest = max(self.numbers.values())
                self.seen += 1
            self._header = header

    def _connect(self) -> sqlite3.Connection:
        """A connection that stays open, so that the index stays the one that is mapped.

        The index's file stays open, too: closing it would give up all locks that SQLite has on it in this process
        (sqlite.org/howtocorrupt.html, section 2.2), and the next program that opened the database would begin it anew.
        """
        connection = sqlite3.connect(f"file:{self._path}?mode=rw", uri=True, check_same_thread=False)
        connection.execute("PRAGMA query_only = ON")
        connection.execute(NEWER, [0]).fetchall()
        self._file = Path(f"{self._path}-shm").open("rb")  # noqa: SIM115  # for as long as the map
        self._index = mmap.mmap(self._file.fileno(), HEADER_BYTES, prot=mmap.PROT_READ)
        self._connection = connection
        return connection


class PostgreSQLVersions(Versions):
    """Told by NOTIFY, and read anew each second in case a message was missed; empty while there is no connection."""

    def __init__(self, engine: Engine) -> None:
        self._driver: Any = engine.dialect.loaded_dbapi  # imported by SQLAlchemy only where it is needed
        self._url = engine.url.set(drivername="postgresql").render_as_string(hide_password=False)
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
                with self._driver.connect(self._url, autocommit=True) as connection:
                    connection.execute(f"LISTEN {CHANNEL}")
                    while True:
                        self._read(connection)
                        next(connection.notifies(timeout=REREAD_SECONDS, stop_after=1), None)
            except self._driver.Error as error:
                self._lost = error
                self.forget()
                self._ready.set()
                time.sleep(RECONNECT_SECONDS)

    def _read(self, connection: Any) -> None:
        numbers = dict(connection.execute(ALL).fetchall())
        if numbers != self.numbers or self._lost is not None:
            self.numbers = numbers
            self.seen += 1
        self._lost = None
        self._ready.set()


def versions_of(engine: Engine) -> Versions:
    if engine.dialect.name == "sqlite":
        return SQLiteVersions(str(engine.url.database))
    return PostgreSQLVersions(engine)
