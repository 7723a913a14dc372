"""Outages of the database: limits of time for everything that waits for it, and two log lines for each outage."""

import logging
import math
import sqlite3
import threading
import time
from typing import Any

import click
from flask import Flask
from sqlalchemy import Connection, Dialect, Engine, event
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from kariu_blog.database import db

STATEMENT_SECONDS = 5
"""PostgreSQL's limit for a statement of a request, a hundred times what the slowest page needs."""
ANSWER_SECONDS = STATEMENT_SECONDS + 1
"""Our own limit, for a server that does not answer; longer, because the server's error says more."""
CONNECT_SECONDS = 3
"""Long enough for TCP to send its first packet again twice."""
RETRY_SECONDS = 0.1
"""Pause between two attempts to connect."""
RETRY_AFTER_SECONDS = 30
"""Value of Retry-After (RFC 9110, section 10.2.3); a restart of PostgreSQL takes less."""
CONNECTION = {
    "connect_timeout": CONNECT_SECONDS,
    "keepalives_idle": 10,  # for commands, which have no limit for a statement: a machine that is gone is noticed
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 15_000,  # milliseconds
}
"""libpq's parameters (PostgreSQL manual, section 34.1.2); those in the database's URL have precedence."""
POOL = {
    "pool_pre_ping": True,  # the server may have been restarted
    "pool_timeout": CONNECT_SECONDS,  # not SQLAlchemy's 30 seconds, for which a thread would serve nobody
}
"""Engine options for PostgreSQL."""
CONNECTED_AT = "connected_at"
"""Where a connection's ``info`` says when it began, by ``time.monotonic()``."""
UNAVAILABLE = (OperationalError, PoolTimeoutError)
"""Errors of a database that cannot serve now, and of a pool without a free connection."""
log = logging.getLogger(__name__)


def init_app(app: Flask) -> None:
    with app.app_context():
        app.extensions["outage"] = Outage(db.engine)


class Outage:
    """The present outage, if there is one, as seen by this process; and a circuit breaker for PostgreSQL.

    It begins with a lost connection, a failed attempt to connect, or an error of SQLite such as a lock; it ends with
    a new connection to PostgreSQL, or a commit in SQLite.  Meanwhile one thread at a time tries to connect to
    PostgreSQL.  The others get an error at once, because threads that wait could not answer pages in memory.
    Connections from before its end are lost with it: whoever notices that later has noticed nothing new.
    """

    def __init__(self, engine: Engine) -> None:
        self._began_at: float | None = None
        self._ended_at = 0.0
        self._next_attempt = 0.0
        self._lock = threading.Lock()
        event.listen(engine, "handle_error", self._notice)
        if engine.dialect.name == "postgresql":
            event.listen(engine, "do_connect", self._connect)
        else:
            event.listen(engine, "commit", lambda _connection: self._end())

    @property
    def is_on(self) -> bool:
        return self._began_at is not None

    def _notice(self, context: ExceptionContext) -> None:
        if context.is_pre_ping or self._is_past(context.connection):  # a new connection is tried after a pre-ping
            return
        if context.is_disconnect or is_sqlite_unavailable(context.original_exception):
            self._begin(context.original_exception)

    def _is_past(self, connection: Connection | None) -> bool:
        """Return whether a connection is from before the end of the last outage."""
        if connection is None or connection.invalidated:
            return False
        return bool(connection.info.get(CONNECTED_AT, math.inf) < self._ended_at)

    def _connect(self, dialect: Dialect, record: Any, arguments: list[Any], parameters: dict[str, Any]) -> Any:
        driver: Any = dialect.loaded_dbapi
        if _is_command():
            return dialect.connect(*arguments, **{**CONNECTION, **parameters})
        if self.is_on and time.monotonic() < self._next_attempt:
            raise driver.OperationalError("the database could not be reached just now")
        self._next_attempt = time.monotonic() + CONNECT_SECONDS + RETRY_SECONDS
        # Without compiling (JIT), which would take longer than our statements run.
        limit = {"options": f"-c statement_timeout={STATEMENT_SECONDS}s -c jit=off"}
        try:
            connection = dialect.connect(*arguments, **{**CONNECTION, **limit, **parameters})
        except driver.Error as error:
            self._next_attempt = time.monotonic() + RETRY_SECONDS
            self._begin(error)
            raise
        _limit_waits(connection)
        self._end()
        record.info[CONNECTED_AT] = time.monotonic()
        return connection

    def _begin(self, error: BaseException) -> None:
        with self._lock:
            if self._began_at is None and not _is_command():
                self._began_at = time.monotonic()
                log.error("The database cannot be used: %s", first_line(error))

    def _end(self) -> None:
        if self._began_at is None:
            return
        with self._lock:
            if self._began_at is not None:
                log.warning("The database can be used again, after %.0f s.", time.monotonic() - self._began_at)
                self._began_at, self._ended_at = None, time.monotonic()


def is_sqlite_unavailable(error: BaseException | None) -> bool:
    """Return whether SQLite is locked, full or unreadable; False for a wrong statement, which has the same class."""
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF  # without the extended part
    return isinstance(error, sqlite3.OperationalError) and code != sqlite3.SQLITE_ERROR


def first_line(error: BaseException) -> str:
    return next(iter(str(error).splitlines()), type(error).__name__)


def _is_command() -> bool:
    """Return whether this thread runs a command, which shows its own errors and may take as long as a migration."""
    return click.get_current_context(silent=True) is not None


def _limit_waits(connection: Any) -> None:
    """Limit each wait of a psycopg connection to ANSWER_SECONDS, after which it is closed.

    No other timeout ends a wait for a frozen server, because its kernel still acknowledges packets.
    """
    wait = connection.wait

    def wait_in_time(*arguments: Any, timeout: float = ANSWER_SECONDS, **more: Any) -> Any:
        try:
            return wait(*arguments, timeout=timeout, **more)
        except connection.OperationalError:
            if connection.info.transaction_status.name != "ACTIVE":
                raise
            connection.close()
        raise connection.OperationalError(f"no answer within {ANSWER_SECONDS} s")

    connection.wait = wait_in_time
