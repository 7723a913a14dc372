"""Views: each worker appends a fixed record to a file of its own; a thread adds them up in the database.

A record is the kernel's as soon as ``write`` returns, so a killed process loses none.  How far a file has
been added up is stored in the transaction that adds it, so none is added twice.
"""

import fcntl
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


def is_person(environ: "WSGIEnvironment") -> bool:
    """A browser that shows the page to somebody: no robot, no page fetched in advance."""
    if "HTTP_SEC_PURPOSE" in environ or "HTTP_X_MOZ" in environ or "HTTP_PURPOSE" in environ:
        return False
    return _looks_like_a_person(environ.get("HTTP_USER_AGENT", ""))


class Counters:
    """``folder`` is this machine's; ``session`` opens a database session of its own."""

    def __init__(self, folder: Path, session: Callable[[], Session]) -> None:
        self._folder, self._session = folder, session
        self._file: int | None = None
        self._name = ""
        self._lock = threading.Lock()

    def add(self, key: int) -> None:
        """Count one view; about a microsecond, and safe once it returns."""
        os.write(self._file if self._file is not None else self._open(), RECORD.pack(key))

    def fold(self) -> None:
        """Add up what this worker and workers that are gone have written.  Raises SQLAlchemyError."""
        for path in self._folder.glob("*.views"):
            file = os.open(path, os.O_RDONLY)
            try:
                if path.stem != self._name and not _is_left_alone(file):
                    continue
                self._fold(path)
                if path.stem != self._name:
                    path.unlink(missing_ok=True)
            finally:
                os.close(file)

    def _fold(self, path: Path) -> None:
        with self._session() as session:
            state = session.get(ViewFile, path.stem, with_for_update=True)
            done = state.folded if state else 0
            with path.open("rb") as file:
                file.seek(done)
                data = file.read()
            whole = len(data) - len(data) % RECORD.size
            if not whole:
                return
            if state is None:
                session.add(state := ViewFile(name=path.stem, folded=0))
            state.folded = done + whole
            for key, views in sorted(Counter(key for (key,) in RECORD.iter_unpack(data[:whole])).items()):
                count = session.get(ViewCount, key, with_for_update=True)
                if count is None:
                    session.add(ViewCount(key=key, views=views))
                else:
                    count.views = ViewCount.views + views
            session.commit()

    def _open(self) -> int:
        with self._lock:
            if self._file is None:
                self._folder.mkdir(exist_ok=True)
                self._name = uuid.uuid4().hex
                path = self._folder / f"{self._name}.views"
                file = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
                fcntl.flock(file, fcntl.LOCK_EX)  # says to others that its worker lives
                self._file = file
                threading.Thread(target=self._keep_folding, name="views", daemon=True).start()
        return self._file

    def _keep_folding(self) -> None:
        while True:
            with suppress(SQLAlchemyError):  # the records stay in the file until the database is back
                self.fold()
            time.sleep(FOLD_SECONDS)


def _is_left_alone(file: int) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
