"""Versions on PostgreSQL: announced by NOTIFY, and read again every second in case a message was missed."""

import threading
import time
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from kariu_blog.cache.versions import CHANNEL, Snapshot, Versions

REREAD_SECONDS = 1.0
RECONNECT_SECONDS = 0.1
TAGS = "SELECT tag, changed_at FROM cache_tag"
DUE = "SELECT due_at, tag FROM due_tag"


class PostgreSQLVersions(Versions):
    """Unknown while there is no connection."""

    are_exact = False

    def __init__(self, engine: Engine) -> None:
        self._driver: Any = engine.dialect.loaded_dbapi  # imported by SQLAlchemy only where it is needed
        self._engine = engine
        self._first_ask = threading.Lock()
        self._listening: threading.Thread | None = None
        self._lost: Exception | None = None
        self._ready = threading.Event()
        super().__init__()

    def clear(self) -> None:
        super().clear()
        self._ready.clear()

    def _ask(self) -> None:
        if self._listening is None:
            with self._first_ask:
                if self._listening is None:
                    self._listening = threading.Thread(target=self._listen, name="cache versions", daemon=True)
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
                self.clear()
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
        due = connection.execute(DUE).fetchall()  # first: what falls due meanwhile is seen twice rather than never
        tags = dict(connection.execute(TAGS).fetchall())
        with self._replacing:
            read = Snapshot({}, generation=self.snapshot.generation).followed_by(tags, due)
            if (read.versions, read.due) != (self.snapshot.versions, self.snapshot.due) or self._lost is not None:
                self.snapshot = read
        self._lost = None
        self._ready.set()
