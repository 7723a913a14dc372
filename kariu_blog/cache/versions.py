"""Cache tags and their versions, which stand in the database.

A *tag* names a piece of content: a post, a list in a language, the layout.  A transaction that changes content
invalidates tags: it writes newer versions of them.  What time itself will change, such as a scheduled publication, is
an invalidation in the future, written by whoever schedules it.  An entry of the cache is valid while its tags have the
versions under which it was made.
"""

import math
import threading
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache

from sqlalchemy import BigInteger, Connection, String, bindparam, case, delete, event, func, insert, select
from sqlalchemy.orm import Mapped, Session, SessionTransaction, mapped_column
from sqlalchemy.sql.dml import ReturningInsert

from kariu_blog.database import Base, insert_into, site_clock

CHANNEL = "kariu_cache"
"""PostgreSQL's notifications of new versions."""
ASK_SECONDS = 0.001
"""Shortest time between two questions of a worker to SQLite, and the time for which a commit waits."""
SECOND = 1_000_000
PENDING = "cache tags"
"""``session.info`` key: the ``Pending`` of the transaction."""
EVERYTHING = "*"
"""A tag of every entry, invalidated when the database was replaced by another one."""


class CacheTag(Base):
    __tablename__ = "cache_tag"

    tag: Mapped[str] = mapped_column(String(100), primary_key=True)
    changed_at: Mapped[int] = mapped_column(BigInteger, index=True)
    """Microseconds since 1970; ahead of the clock where it has to be newer than an earlier version."""


class DueTag(Base):
    """An invalidation in the future."""

    __tablename__ = "due_tag"

    source: Mapped[str] = mapped_column(String(40), primary_key=True)
    """The content that will change, such as ``post:7``."""
    due_at: Mapped[int] = mapped_column(BigInteger, primary_key=True, index=True)
    """Microseconds since 1970."""
    tag: Mapped[str] = mapped_column(String(100), primary_key=True)


@dataclass(frozen=True)
class Schedule:
    """Everything that time will change in one piece of content."""

    source: str
    tags: frozenset[tuple[int, str]] = frozenset()
    """Microseconds since 1970, each with a tag."""


class Tagged:
    """A row whose change invalidates tags."""

    def invalidated_tags(self) -> set[str]:
        """Return the tags of the pages that the pending change of this row makes invalid."""
        raise NotImplementedError

    def schedule(self) -> Schedule | None:
        """Return what is due, if this row belongs to content that can be scheduled."""
        return None


class Pending:
    """The rows that a transaction has changed, and the cache tags and schedules to write before it commits."""

    def __init__(self) -> None:
        self.rows: set[Tagged] = set()
        self.tags: set[str] = set()
        self.schedules: dict[str, Schedule] = {}
        self.is_written = False

    def add(self, row: Tagged) -> None:
        self.rows.add(row)
        self.tags |= row.invalidated_tags()
        if schedule := row.schedule():
            self.schedules[schedule.source] = schedule


@event.listens_for(Session, "after_flush")
def _collect(session: Session, _context: object) -> None:
    changed = [*session.new, *session.deleted, *(row for row in session.dirty if session.is_modified(row))]
    pending: Pending = session.info.setdefault(PENDING, Pending())
    for row in changed:
        if isinstance(row, Tagged):
            pending.add(row)


def changed_rows(session: Session) -> set[Tagged]:
    """Return the rows that the transaction has changed, flushed or not."""
    session.flush()
    pending: Pending | None = session.info.get(PENDING)
    return pending.rows if pending else set()


def invalidate(session: Session, tags: Iterable[str]) -> None:
    """Have the transaction invalidate tags beside those of the rows that it changes."""
    session.info.setdefault(PENDING, Pending()).tags.update(tags)


@event.listens_for(Session, "after_soft_rollback")
def _discard(session: Session, previous: SessionTransaction) -> None:
    if not previous.nested:
        session.info.pop(PENDING, None)


@event.listens_for(Session, "before_commit")
def write_pending(session: Session) -> dict[str, int]:
    """Write and return the versions of the tags that the transaction has invalidated, and not written yet."""
    session.flush()
    pending: Pending = session.info.get(PENDING) or Pending()
    if not (pending.tags or pending.schedules):
        if not pending.is_written:
            session.info.pop(PENDING, None)
        return {}
    connection, written = session.connection(), dict[str, int]()
    fallen_due = _take_fallen_due(connection)
    _reschedule(connection, pending.schedules.values())
    for tag in sorted(pending.tags | fallen_due.keys()):  # in one order, else two writers might wait for each other
        is_changed = tag in pending.tags
        changed_at = _now() if is_changed else fallen_due[tag]
        given = {"tag": tag, "changed_at": changed_at}
        written[tag] = connection.execute(_upsert(connection.dialect.name, is_changed), given).scalar_one()
    if connection.dialect.name == "postgresql":
        connection.execute(select(func.pg_notify(CHANNEL, "")))
    pending.tags, pending.schedules, pending.is_written = set(), {}, True
    return written


@event.listens_for(Session, "after_commit")
def _let_workers_see(session: Session) -> None:
    """Return to whoever commits when each worker, at the latest, asks SQLite again."""
    if session.info.pop(PENDING, None) and session.get_bind().dialect.name == "sqlite":
        time.sleep(ASK_SECONDS)


def _now() -> int:
    return int(site_clock.timestamp() * SECOND)


def _take_fallen_due(connection: Connection) -> dict[str, int]:
    """Delete what has fallen due, and return its tags with their new versions."""
    fallen = delete(DueTag).where(DueTag.due_at <= _now()).returning(DueTag.due_at, DueTag.tag)
    return {tag: due_at for due_at, tag in sorted(connection.execute(fallen))}


def _reschedule(connection: Connection, schedules: Iterable[Schedule]) -> None:
    for schedule in schedules:
        connection.execute(delete(DueTag).where(DueTag.source == schedule.source))
        if schedule.tags:
            rows = [{"source": schedule.source, "due_at": at, "tag": tag} for at, tag in sorted(schedule.tags)]
            connection.execute(insert(DueTag), rows)


@cache
def _upsert(dialect: str, is_changed: bool) -> ReturningInsert[int]:
    """Return the statement that sets the version of ``tag`` to ``changed_at``.

    With ``is_changed`` it becomes newer than every other one, because workers on SQLite read only what is newer than
    the newest that they know.
    """
    given = bindparam("changed_at", type_=BigInteger)
    newest = select(func.coalesce(func.max(CacheTag.changed_at), 0)).scalar_subquery()
    changed_at = case((newest >= given, newest + 1), else_=given) if is_changed else given
    upsert = insert_into(CacheTag, dialect).values(tag=bindparam("tag"), changed_at=changed_at)
    before, after = CacheTag.changed_at, upsert.excluded.changed_at
    newer = case((after > before, after), else_=before + 1 if is_changed else before)
    upsert = upsert.on_conflict_do_update(index_elements=["tag"], set_={"changed_at": newer})
    statement: ReturningInsert[int] = upsert.returning(CacheTag.changed_at)
    return statement


def newest_version(connection: Connection) -> int:
    """Return the newest version in the database, in microseconds since 1970."""
    return connection.scalar(select(func.max(CacheTag.changed_at))) or 0


def invalidate_everything(connection: Connection, after: int) -> None:
    """Make every tag newer than the clock, than all in the database and than ``after``."""
    changed_at = max(_now(), newest_version(connection), after) + SECOND
    connection.execute(delete(CacheTag).where(CacheTag.tag == EVERYTHING))
    connection.execute(insert(CacheTag).values(tag=EVERYTHING, changed_at=changed_at))


@dataclass(frozen=True)
class Snapshot:
    """The versions of all tags at a point in time."""

    versions: Mapping[str, int]
    due: tuple[tuple[int, str], ...] = ()
    """Invalidations in the future, the next one first."""
    generation: int = 0
    """Differs between any two snapshots of a worker."""

    def of(self, tags: Iterable[str]) -> tuple[int, ...]:
        least = self.versions.get(EVERYTHING, 0)
        return tuple(max(self.versions.get(tag, 0), least) for tag in tags)

    def changed_at(self, tags: Iterable[str]) -> int:
        """Return when one of the tags was invalidated last, in microseconds since 1970."""
        return max(self.of([EVERYTHING, *tags]))

    @property
    def next_due_at(self) -> float:
        """Time of the next invalidation, in seconds since 1970."""
        return self.due[0][0] / SECOND if self.due else math.inf

    def followed_by(self, changed: Mapping[str, int], due: Iterable[tuple[int, str]]) -> "Snapshot":
        """Return these versions with the ``changed`` ones, and with those of ``due`` that have fallen due."""
        versions, waiting, present = {**self.versions, **changed}, [], _now()
        for due_at, tag in sorted(due):
            if due_at > present:
                waiting.append((due_at, tag))
            else:
                versions[tag] = max(versions.get(tag, 0), due_at)
        return Snapshot(versions, tuple(waiting), self.generation + 1)


class Versions:
    """The versions as one worker knows them.  ``snapshot`` is replaced, never changed."""

    snapshot: Snapshot
    are_exact: bool
    """True if ``refresh`` sees everything that was committed before it."""

    def __init__(self) -> None:
        self._replacing = threading.Lock()
        self.snapshot = Snapshot({})
        self.clear()

    def clear(self) -> None:
        """Forget all versions, such as when the database was replaced under a running worker."""
        self.snapshot = Snapshot({}, generation=self.snapshot.generation + 1)

    def refresh(self) -> None:
        """Replace ``snapshot`` by the present one.  Raises OSError when the database cannot be asked."""
        self._ask()
        if site_clock.timestamp() >= self.snapshot.next_due_at:
            with self._replacing:
                if site_clock.timestamp() >= self.snapshot.next_due_at:
                    self.snapshot = self.snapshot.followed_by({}, self.snapshot.due)

    def _ask(self) -> None:
        raise NotImplementedError
