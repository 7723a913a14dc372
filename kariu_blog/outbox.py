"""Messages to other servers, in one table: each is tried again until the server accepts it."""

import logging
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from http.client import HTTPException
from urllib.error import HTTPError

from sqlalchemy import String, Text, UniqueConstraint, func, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from kariu_blog.database import Base, insert_into, now

RETRY_SECONDS_MAX = 20
"""Longest pause between two tries: short, so that a server that is back gets its messages within a minute."""
log = logging.getLogger(__name__)


class Message(Base):
    """A message waiting to be sent."""

    __tablename__ = "outbox"
    __table_args__ = (UniqueConstraint("kind", "payload"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    payload: Mapped[str] = mapped_column(Text)
    due_at: Mapped[datetime] = mapped_column(default=now, index=True)
    tries: Mapped[int] = mapped_column(default=0)

    def postpone(self, seconds_max: int = RETRY_SECONDS_MAX) -> int:
        """Wait twice as long as before, and return the seconds."""
        self.tries += 1
        seconds: int = min(2 ** min(self.tries, 20), seconds_max)
        self.due_at = now() + timedelta(seconds=seconds)
        return seconds


def enqueue(session: Session, kind: str, payloads: Iterable[str]) -> None:
    """Add messages, except those that are waiting already.  The caller commits."""
    rows = [{"kind": kind, "payload": payload, "due_at": now(), "tries": 0} for payload in sorted(payloads)]
    if rows:
        session.execute(insert_into(Message, session.get_bind().dialect.name).on_conflict_do_nothing(), rows)


def waiting(session: Session, kind: str) -> int:
    """Return how many messages of a kind have not been sent."""
    return session.scalar(select(func.count()).where(Message.kind == kind)) or 0


def deliver(
    session: Session, senders: Mapping[str, Callable[[str], None]], retry_seconds_max: int = RETRY_SECONDS_MAX
) -> None:
    """Send what is due of the kinds that have a sender here, and commit after each message.

    A message that is refused waits alone.  When a server does not answer, the other messages of that kind wait for the
    next call.
    """
    unanswered: set[str] = set()
    due = select(Message.id).where(Message.due_at <= now(), Message.kind.in_(senders)).order_by(Message.id)
    for key in session.scalars(due).all():
        message = session.scalar(select(Message).where(Message.id == key).with_for_update(skip_locked=True))
        if message is None or message.kind in unanswered:  # another machine sends it
            continue
        try:
            senders[message.kind](message.payload)
            session.delete(message)
        except (OSError, HTTPException) as error:
            if not isinstance(error, HTTPError):
                unanswered.add(message.kind)
            seconds = message.postpone(retry_seconds_max)
            log.warning("Not sent: %s to %s (%s); again in %d s.", message.kind, message.payload, error, seconds)
        session.commit()
