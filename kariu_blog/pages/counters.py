"""Views: each worker writes fixed records into a file of its own; a thread adds them up in the database.

A record is the kernel's as soon as it is written, so a killed process loses none.  How far a file has
been added up is stored in the transaction that adds it, so none is added twice.
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
from collections.abc import Callable
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import String
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Mapped, Session, mapped_column

from kariu_blog.database import Base

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

RECORD = struct.Struct("<I")
FILE_BYTES = 1024 * 1024
FOLD_SECONDS = 10.0
ROBOTS = re.compile(
    r"bot|crawl|spider|slurp|fetch|preview|monitor|curl|wget|python|java/|go-http|feed|rss|headless", re.I
)


class ViewCount(Base):
    __tablename__ = "view_count"

    key: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    views: Mapped[int]


class ViewFile(Base):
    """How many bytes of a worker's file have been added up."""

    __tablename__ = "view_file"

    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    folded: Mapped[int]


@lru_cache(maxsize=4096)
def _looks_like_a_person(user_agent: str) -> bool:
    return bool(user_agent) and not ROBOTS.search(user_agent)


def record_of(key: int) -> bytes:
    """What counts one view of ``key``, a number from 1."""
    return RECORD.pack(key)


def is_person(environ: "WSGIEnvironment") -> bool:
    """A browser that shows the page to somebody: no robot, no page fetched in advance."""
    if "HTTP_SEC_PURPOSE" in environ or "HTTP_X_MOZ" in environ or "HTTP_PURPOSE" in environ:
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
            for path in sorted(self._folder.glob("*.views")):
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
            keys = [key for (key,) in RECORD.iter_unpack(path.read_bytes()[done:])]
            if not is_whole and 0 in keys:
                keys = keys[: keys.index(0)]  # a request between its turn and its writing
            counts = Counter(key for key in keys if key)
            if not counts:
                return
            if state is None:
                session.add(state := ViewFile(name=path.stem, folded=0))
            state.folded = done + len(keys) * RECORD.size
            for key, views in sorted(counts.items()):
                count = session.get(ViewCount, key, with_for_update=True)
                if count is None:
                    session.add(ViewCount(key=key, views=views))
                else:
                    count.views = ViewCount.views + views
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
        self.path = folder / f"{uuid.uuid4().hex}.views"
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


def _is_left_alone(file: int) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
