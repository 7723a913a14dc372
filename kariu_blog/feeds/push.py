"""WebSub publishing (W3C Recommendation, section 7): the hub is told which feeds have changed, after the commit.

A thread beside the workers compares the versions of the feeds with those announced last, which the
database keeps: nothing is forgotten by a restart, a dead hub delays no save, and one that comes back is told.
"""

import fcntl
import logging
import threading
import time
import urllib.request
from collections.abc import Callable, Iterable, Mapping
from http.client import HTTPException
from pathlib import Path
from urllib.parse import urlencode

from sqlalchemy import BigInteger, String, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Mapped, Session, mapped_column

from kariu_blog.database import Base
from kariu_blog.pages.versions import PageVersion

LOOK_SECONDS = 1.0
RETRY_SECONDS_MAX = 300.0
ANSWER_SECONDS = 10.0
CLOCK = "clock"
"""In place of a scope: up to when scheduled publications have been told of."""
CLOCK_MICROSECONDS = 60_000_000
"""How seldom that is written while nothing happens."""
log = logging.getLogger(__name__)


class FeedPush(Base):
    """Up to which version of a scope the hub has been told."""

    __tablename__ = "feed_push"

    scope: Mapped[str] = mapped_column(String(100), primary_key=True)
    number: Mapped[int] = mapped_column(BigInteger)


class Push:
    """``topics`` gives the addresses of the feeds of each scope; ``came_out`` the scopes whose scheduled texts
    came out between two moments, in microseconds since 1970.  Both open what they need.
    """

    def __init__(
        self,
        hub: str,
        folder: Path,
        session: Callable[[], Session],
        topics: Callable[[], Mapping[str, Iterable[str]]],
        came_out: Callable[[int, int], set[str]],
    ) -> None:
        self._hub, self._folder, self._session = hub, folder, session
        self._topics, self._came_out = topics, came_out

    def start(self) -> None:
        """In the background, in one process of each machine: the others wait until it is gone."""
        if self._hub:
            threading.Thread(target=self._keep_telling, name="push", daemon=True).start()

    def _keep_telling(self) -> None:
        with (self._folder / "push.lock").open("wb") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            waited = LOOK_SECONDS
            while True:
                time.sleep(waited)
                try:
                    self.tell()
                    waited = LOOK_SECONDS
                except (OSError, HTTPException, SQLAlchemyError) as error:
                    waited = min(waited * 2, RETRY_SECONDS_MAX)
                    log.warning("The WebSub hub could not be told (%s); again in %.0f s.", error, waited)

    def tell(self) -> None:
        """Ping the hub once for each feed that has changed.  Raises the errors of either side, having told some."""
        topics = self._topics()
        with self._session() as session:
            told = dict(session.execute(select(FeedPush.scope, FeedPush.number)).tuples().all())
            present_versions = select(PageVersion.scope, PageVersion.number).where(PageVersion.scope.in_(topics))
            moved = dict(session.execute(present_versions).tuples().all())
        present = time.time_ns() // 1000
        due = {scope: number for scope, number in moved.items() if number > told.get(scope, 0)}
        due |= dict.fromkeys(self._came_out(told.get(CLOCK, present), present), present)
        for scope, number in due.items():
            for topic in topics.get(scope, ()):
                self._ping(topic)
            self._remember(scope, number)
        if due or CLOCK not in told or present - told[CLOCK] > CLOCK_MICROSECONDS:
            self._remember(CLOCK, present)

    def _ping(self, topic: str) -> None:
        form = urlencode({"hub.mode": "publish", "hub.url": topic, "hub.topic": topic}).encode()
        with urllib.request.urlopen(self._hub, form, timeout=ANSWER_SECONDS):  # noqa: S310  # configured, http(s) alone
            log.info("Told the WebSub hub of %s.", topic)

    def _remember(self, scope: str, number: int) -> None:
        with self._session() as session:
            session.merge(FeedPush(scope=scope, number=number))
            session.commit()
