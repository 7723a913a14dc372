"""Views by people: each worker appends them to a file of its own, and a thread adds them up in the database.

A record belongs to the kernel once it is written, so a killed process loses none.  The length that was added up is
stored in the same transaction, and the file is emptied before that row is deleted, so no view is added twice.  A view
counts for the month in which it is added up.
"""

import errno
import fcntl
import logging
import os
import struct
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from io import FileIO
from pathlib import Path
from typing import Any, BinaryIO

from sqlalchemy import delete, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from kariu_blog.audience.models import ViewCount, ViewFile, ViewMonth
from kariu_blog.audience.people import is_person
from kariu_blog.database import insert_into, now
from kariu_blog.languages import month_of

RECORD, SUFFIX = struct.Struct("<IB"), ".records"
"""A view: a key, from 1 to 2**32 - 1, and a kind, at most 255."""
OLD_RECORD, OLD_KINDS = struct.Struct("<I"), {".kinds": 4, ".views": 1}
"""Records of earlier versions: the key times the number of the suffix, plus the kind; or zero for an empty place."""
YEARS_STORED = 2
"""Age at which the views of a month are deleted.  The sum of all months remains."""
FOLD_SECONDS = 10.0
RETRY_SECONDS = 5.0
"""Pause after a view could not be written."""
log = logging.getLogger(__name__)


class Counters:
    """``folder`` is this machine's; ``session`` opens a database session of its own."""

    def __init__(self, folder: Path, session: Callable[[], Session]) -> None:
        self._folder, self._session = folder, session
        self._writing, self._folding = threading.Lock(), threading.Lock()
        self._thread = threading.Thread(target=self._fold_regularly, name="views", daemon=True)
        self._file: FileIO | None = None
        self._retry_at = 0.0

    def count(self, viewed: tuple[int, int], environ: Mapping[str, Any]) -> None:
        """Count a request for a key and a kind, if a person made it."""
        if is_person(environ):
            self.add(*viewed)

    def add(self, key: int, kind: int) -> None:
        """Count one view in some microseconds.  Never raises: on a full disk the view is lost, not the page."""
        with self._writing:
            if self._retry_at and time.monotonic() < self._retry_at:
                return
            try:
                self._append(RECORD.pack(key, kind))
                self._retry_at = 0.0
            except (OSError, RuntimeError) as error:  # RuntimeError: no thread can be started
                if not self._retry_at:
                    log.warning("Views cannot be written (%s); trying again every %.0f s.", error, RETRY_SECONDS)
                self._retry_at = time.monotonic() + RETRY_SECONDS

    def fold(self) -> None:
        """Add up the views of this worker and of workers that have ended.  Raises SQLAlchemyError."""
        with self._folding:
            self._fold_closed()  # fails while the database is away, so that no file is begun meanwhile
            with self._writing:
                self._close()
            self._fold_closed()

    def waiting(self) -> int:
        """Return the number of views of this machine that are not added up.  Raises SQLAlchemyError."""
        sizes = {path.stem: path.stat().st_size for path in self._folder.glob(f"*{SUFFIX}")}
        with self._session() as session:
            folded = {row.name: row.folded for row in session.scalars(select(ViewFile))}
        return sum(size - folded.get(name, 0) for name, size in sizes.items()) // RECORD.size

    def _append(self, record: bytes) -> None:
        if self._thread.ident is None:  # at the first view, and so in the worker
            self._thread.start()
        self._file = self._file or _new_file(self._folder)
        if self._file.write(record) < len(record):
            self._close()  # nothing may follow half a record
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def _close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None

    def _fold_regularly(self) -> None:
        while True:
            time.sleep(FOLD_SECONDS)
            with suppress(SQLAlchemyError, OSError):  # the records stay in the files
                self.fold()

    def _fold_closed(self) -> None:
        for path in sorted(path for path in self._folder.glob("*") if path.suffix in {SUFFIX, *OLD_KINDS}):
            with suppress(OSError), path.open("rb+") as file:  # another worker may have it, or have removed it
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
                self._fold(path, file)
                path.unlink()

    def _fold(self, path: Path, file: BinaryIO) -> None:
        with self._session() as session:
            row = session.get(ViewFile, path.stem) or ViewFile(name=path.stem, folded=0)
            data = file.read()
            if counts := _counts(data[row.folded :], path.suffix):
                row.folded = len(data)
                session.add(row)
                _add_up(session, counts)
                session.commit()
            file.truncate(0)
            os.fsync(file.fileno())
            session.execute(delete(ViewFile).where(ViewFile.name == path.stem))
            if session.get_bind().dialect.name == "sqlite":  # in PostgreSQL other machines have rows, too
                present = [path.stem for path in self._folder.iterdir()]
                session.execute(delete(ViewFile).where(ViewFile.name.not_in(present)))
            session.commit()


def _new_file(folder: Path) -> FileIO:
    """Return a file that is locked while it is open, so that no other worker adds it up."""
    folder.mkdir(exist_ok=True)
    while True:
        path = folder / f"{uuid.uuid4().hex}{SUFFIX}"
        file = FileIO(os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600), "a")
        with suppress(BlockingIOError):  # another worker takes it for one left behind, and removes it
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            if os.fstat(file.fileno()).st_nlink:
                return file


def _counts(data: bytes, suffix: str) -> dict[tuple[int, int], int]:
    """Return the number of views by key and kind, without half a record at the end."""
    record = RECORD if suffix == SUFFIX else OLD_RECORD
    times = Counter(record.iter_unpack(data[: len(data) // record.size * record.size]))
    if suffix == SUFFIX:
        return dict(times)
    return {divmod(number, OLD_KINDS[suffix]): views for (number,), views in times.items() if number}


def _add_up(session: Session, counts: Mapping[tuple[int, int], int]) -> None:
    """Add views to the database, in one order because two writers would otherwise wait for each other."""
    month, totals = month_of(now()), Counter[int]()
    for (key, _kind), views in counts.items():
        totals[key] += views
    rows = [{"key": key, "kind": kind, "month": month, "views": counts[key, kind]} for key, kind in sorted(counts)]
    _add(session, ViewCount, [{"key": key, "views": totals[key]} for key in sorted(totals)])
    _add(session, ViewMonth, rows)
    oldest, kinds = month.replace(year=month.year - YEARS_STORED), {kind for _key, kind in counts}
    session.execute(delete(ViewMonth).where(ViewMonth.kind.in_(kinds), ViewMonth.month < oldest))


def _add(session: Session, table: type[ViewCount | ViewMonth], rows: list[dict[str, Any]]) -> None:
    insert = insert_into(table, session.get_bind().dialect.name)
    more = {"views": table.views + insert.excluded.views}
    session.execute(insert.on_conflict_do_update(index_elements=table.__table__.primary_key, set_=more), rows)
