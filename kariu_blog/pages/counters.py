"""Views: each worker writes fixed records into a file of its own; a thread adds them up in the database.

A record is the kernel's as soon as it is written, so a killed process loses none.  How far a file has
been added up is stored in the transaction that adds it, so none is added twice.  A view belongs to the
month in which it is added up: one of the last seconds of a month may count for the next.
"""

import fcntl
import itertools
import mmap
import os
import re
import struct
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sqlalchemy import Index, String, delete
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Mapped, Session, mapped_column

from kariu_blog.database import Base, now
from kariu_blog.languages import month_of

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

RECORD = struct.Struct("<I")
KINDS = 4
"""A record is a key times this, plus a kind."""
KINDS_IN_FILE = {".kinds": KINDS, ".views": 1}
"""By the suffix of a file: those of versions before there were kinds hold keys alone."""
YEARS_KEPT = 2
"""How long months are known apart."""
FILE_BYTES = 1024 * 1024
FOLD_SECONDS = 10.0
ROBOTS = re.compile(
    r"(?<!cu)bot|crawl|spider|slurp|fetch|preview|monitor|curl|wget|python|java/|feed|rss|headless|lighthouse|whatsapp/"
    r"|http|compatible;",  # nearly all name their home page; no present browser says "compatible;"
    re.I,
)
"""Not Cubot, which is a telephone."""


IN_ADVANCE = {"HTTP_SEC_PURPOSE", "HTTP_PURPOSE", "HTTP_X_PURPOSE", "HTTP_X_MOZ"}
"""What browsers send with a page that nobody looks at yet."""


class ViewCount(Base):
    __tablename__ = "view_count"

    key: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    views: Mapped[int]


class ViewMonth(Base):
    """Views of one month, told apart by their kind."""

    __tablename__ = "view_month"
    __table_args__ = (Index(None, "kind", "month", "views", "key"),)

    key: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    kind: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    month: Mapped[date] = mapped_column(primary_key=True)
    """Its first day."""
    views: Mapped[int]


class ViewFile(Base):
    """How many bytes of a worker's file have been added up."""

    __tablename__ = "view_file"

    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    folded: Mapped[int]


@lru_cache(maxsize=4096)
def _looks_like_a_person(user_agent: str) -> bool:
    return bool(user_agent) and not ROBOTS.search(user_agent)


def record_of(key: int, kind: int) -> bytes:
    """What counts one view of ``key``, a number from 1, in one of the ``KINDS``."""
    return RECORD.pack(key * KINDS + kind)


def is_person(environ: "WSGIEnvironment") -> bool:
    """A browser that shows the page to somebody: no robot, no page fetched in advance."""
    if not environ.keys().isdisjoint(IN_ADVANCE):
        return False
    return _looks_like_a_person(environ.get("HTTP_USER_AGENT", ""))


class Counters:
    """``folder`` is this machine's; ``session`` opens a database session of its own."""

    def __init__(self, folder: Path, session: Callable[[], Session]) -> None:
        self._folder, self._session = folder, session
        self._file: ViewFileOfWorker | None = None
        self._lock, self._folding = threading.Lock(), threading.Lock()

    def add(self, record: bytes) -> None:
        """Count one view; well below a microsecond, and safe once it returns."""
        file = self._file
        if file is None or not file.add(record):
            self._begin(file).add(record)

    def fold(self) -> None:
        """Add up what this worker and workers that are gone have written.  Raises SQLAlchemyError."""
        with self._folding:
            for path in sorted(path for path in self._folder.glob("*") if path.suffix in KINDS_IN_FILE):
                present = self._file
                if present is not None and path == present.path:
                    self._fold(path, is_whole=False)
                    continue
                with path.open("rb") as file:
                    if _is_left_alone(file.fileno()):
                        self._fold(path, is_whole=True)
                        path.unlink(missing_ok=True)

    def _fold(self, path: Path, is_whole: bool) -> None:
        with self._session() as session:
            state = session.get(ViewFile, path.stem, with_for_update=True)
            done = state.folded if state else 0
            numbers = [number for (number,) in RECORD.iter_unpack(path.read_bytes()[done:])]
            if not is_whole and 0 in numbers:
                numbers = numbers[: numbers.index(0)]  # a request between its turn and its writing
            times = Counter(numbers)  # before they are taken apart: there are far fewer different ones
            counts = {divmod(number, KINDS_IN_FILE[path.suffix]): views for number, views in times.items() if number}
            if not counts:
                return
            if state is None:
                session.add(state := ViewFile(name=path.stem, folded=0))
            state.folded = done + len(numbers) * RECORD.size
            _add_up(session, counts)
            session.commit()

    def _begin(self, full: "ViewFileOfWorker | None") -> "ViewFileOfWorker":
        with self._lock:
            if self._file is full:
                self._file = ViewFileOfWorker(self._folder)
                if full is None:
                    threading.Thread(target=self._keep_folding, name="views", daemon=True).start()
                else:
                    full.close()
            assert self._file is not None  # noqa: S101
            return self._file

    def _keep_folding(self) -> None:
        while True:
            with suppress(SQLAlchemyError):  # the records stay in the file until the database is back
                self.fold()
            time.sleep(FOLD_SECONDS)


class ViewFileOfWorker:
    """A file of records, mapped into memory: what is written there is the kernel's, without asking it.

    Each record's place is taken by an atomic count, so threads need no lock; the file's lock tells other
    processes that its worker lives.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(exist_ok=True)
        self.path = folder / f"{uuid.uuid4().hex}.kinds"
        self._descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600)
        fcntl.flock(self._descriptor, fcntl.LOCK_EX)
        os.posix_fallocate(self._descriptor, 0, FILE_BYTES)  # now, and not when a page is written on a full disk
        self._map = mmap.mmap(self._descriptor, FILE_BYTES)
        self._places = itertools.count(0, RECORD.size)

    def add(self, record: bytes) -> bool:
        """False when the file is full."""
        place = next(self._places)
        if place >= FILE_BYTES:
            return False
        self._map[place : place + RECORD.size] = record
        return True

    def close(self) -> None:
        """Leave it to be added up; the map lives on for a thread that is just writing."""
        os.close(self._descriptor)


def _add_up(session: Session, counts: Mapping[tuple[int, int], int]) -> None:
    """``counts``: views by key and kind.  In one order for all writers, who else might wait for each other."""
    month, totals = month_of(now()), Counter[int]()
    for (key, _kind), views in counts.items():
        totals[key] += views
    months = [
        {"key": key, "kind": kind, "month": month, "views": views} for (key, kind), views in sorted(counts.items())
    ]
    _add(session, ViewCount, [{"key": key, "views": views} for key, views in sorted(totals.items())])
    _add(session, ViewMonth, months)
    oldest = month.replace(year=month.year - YEARS_KEPT)
    session.execute(delete(ViewMonth).where(ViewMonth.kind.in_(range(KINDS)), ViewMonth.month < oldest))


def _add(session: Session, table: type[ViewCount | ViewMonth], rows: list[dict[str, Any]]) -> None:
    insert = (sqlite if session.get_bind().dialect.name == "sqlite" else postgresql).insert(table)
    more = {"views": table.views + insert.excluded.views}
    session.execute(insert.on_conflict_do_update(index_elements=table.__table__.primary_key, set_=more), rows)


def _is_left_alone(file: int) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
