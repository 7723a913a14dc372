"""Versions on SQLite: exact, because a worker asks whether anything was committed, by documented means."""

import sqlite3
import threading
import time
from pathlib import Path

from kariu_blog.cache.versions import ASK_SECONDS, SECOND, Versions

MARGIN = 5 * SECOND
"""Largest difference by which a new version is older than the newest known one, because it fell due before."""
CHANGED = "SELECT tag, changed_at FROM cache_tag WHERE changed_at > ?"
DUE = "SELECT due_at, tag FROM due_tag"


class SQLiteVersions(Versions):
    """``PRAGMA data_version`` differs when another connection has committed (sqlite.org/pragma.html).

    It is asked at most once in ``ASK_SECONDS``.  A commit returns that much later, so whoever reads after it finds it.
    """

    are_exact = True

    def __init__(self, path: str) -> None:
        self._path = path
        self._asking = threading.Lock()
        super().__init__()

    def clear(self) -> None:
        super().clear()
        self._connection: sqlite3.Connection | None = None
        self._data_version = -1
        self._newest = -1
        self._asked_at = 0.0

    def _ask(self) -> None:
        if time.monotonic() - self._asked_at < ASK_SECONDS:
            return
        with self._asking:
            began_at = time.monotonic()
            if began_at - self._asked_at < ASK_SECONDS:  # another thread has asked meanwhile
                return
            try:
                self._read()
            except sqlite3.Error as error:
                raise OSError("the database cannot be asked") from error
            self._asked_at = began_at

    def _read(self) -> None:
        connection = self._connection = self._connection or self._connect()
        (data_version,) = connection.execute("PRAGMA data_version").fetchone()
        if data_version == self._data_version:
            return
        due = connection.execute(DUE).fetchall()  # first: what falls due meanwhile is seen twice rather than never
        changed = dict(connection.execute(CHANGED, [self._newest - MARGIN]).fetchall())
        with self._replacing:
            self.snapshot = self.snapshot.followed_by(changed, due)
        self._newest = max([self._newest, *changed.values()])
        self._data_version = data_version

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(f"{Path(self._path).as_uri()}?mode=rw", uri=True, check_same_thread=False)
        connection.execute("PRAGMA query_only = ON")
        return connection
