"""WebSub publishing (W3C Recommendation, section 7): the hub is told which feeds have changed, after the commit.

A thread in one worker compares the versions of the feeds with those announced last, which the database
keeps: nothing is forgotten by a restart, a dead hub delays no save, and one that comes back is told.
"""

import fcntl
import logging
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http.client import HTTPException
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import ProxyHandler, build_opener, getproxies_environment

from sqlalchemy import BigInteger, String, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Mapped, Session, mapped_column

from kariu_blog.database import Base, site_clock
from kariu_blog.pages.versions import SECOND, Versions

LOOK_SECONDS = 0.02
"""How often it is asked, at the price of a glance, whether anything was written."""
CLOCK_SECONDS = 1.0
"""How often, whether a scheduled text came out or a refused feed's time has come."""
RETRY_SECONDS_MAX = 45.0
"""With ANSWER_SECONDS less than a minute, within which a hub that is back is told."""
ANSWER_SECONDS = 10.0
CLOCK = "clock"
"""In place of a feed: up to when scheduled publications have been told of."""
CLOCK_MICROSECONDS = 60 * SECOND
"""How seldom that is written while nothing happens."""
log = logging.getLogger(__name__)


class FeedPush(Base):
    """Up to which version of what it shows the hub has been told of a feed."""

    __tablename__ = "feed_push"

    feed: Mapped[str] = mapped_column("scope", String(100), primary_key=True)
    number: Mapped[int] = mapped_column(BigInteger)


@dataclass(frozen=True)
class Topic:
    """A feed in one format, as hubs know it."""

    url: str
    scope: str
    format: str

    @property
    def key(self) -> str:
        """The same on whatever host."""
        return f"{self.scope}.{self.format}"


@dataclass
class Pause:
    """Between two attempts at a feed that the hub refuses: each time twice as long."""

    seconds: float = CLOCK_SECONDS
    until: float = 0.0

    def lengthen(self) -> None:
        self.seconds = min(self.seconds * 2, RETRY_SECONDS_MAX)
        self.until = time.monotonic() + self.seconds


class Push:
    """``topics`` gives every feed; ``came_out`` the scopes into which time brought a text between two moments,
    each with the moment of the last.  Moments are microseconds since 1970.  Both open what they need.
    """

    def __init__(
        self,
        hub: str,
        folder: Path,
        versions: Versions,
        session: Callable[[], Session],
        topics: Callable[[], list[Topic]],
        came_out: Callable[[int, int], dict[str, int]],
    ) -> None:
        self._hub, self._folder, self._session = hub, folder, session
        self._versions, self._topics, self._came_out = versions, topics, came_out
        self._came: dict[str, int] = {}
        self._pauses: dict[str, Pause] = {}
        # On macOS urlopen asks a framework for proxies, which ends a forked process (bugs.python.org, issue 13829).
        self._opener = build_opener(ProxyHandler(getproxies_environment()))

    def start(self) -> None:
        """In the background, in one process of each machine: the others wait until it is gone."""
        if self._hub:
            threading.Thread(target=self._keep_telling, name="push", daemon=True).start()

    def _keep_telling(self) -> None:
        with (self._folder / "push.lock").open("wb") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            pause, seen, next_at = Pause(), -1, 0.0
            while True:
                try:
                    self._versions.look()
                    if self._versions.seen != seen or time.monotonic() >= next_at:
                        seen, next_at = self._versions.seen, time.monotonic() + CLOCK_SECONDS
                        self.tell()
                    pause = Pause()
                    time.sleep(LOOK_SECONDS)
                except (OSError, HTTPException, SQLAlchemyError) as error:
                    pause.lengthen()
                    log.warning("The WebSub hub could not be told (%s); again in %.0f s.", error, pause.seconds)
                    time.sleep(pause.seconds)

    def tell(self) -> None:
        """Ping the hub once for each feed that has changed.  Raises the errors of either side, having told some."""
        topics, moved, told = self._topics(), self._versions.known.numbers, self._told()
        present = int(site_clock.timestamp() * SECOND)
        self._came |= self._came_out(told.get(CLOCK, present), present)
        news = {} if CLOCK in told else {CLOCK: present}
        is_behind = False
        try:
            for topic in topics:
                number = max(moved.get(topic.scope, 0), came := self._came.get(topic.scope, 0))
                if number > told.get(topic.key, 0):
                    if self._tell_of(topic):
                        news[topic.key] = number
                    else:
                        is_behind |= came > told.get(topic.key, 0)
            if not is_behind and (news or present - told.get(CLOCK, 0) >= CLOCK_MICROSECONDS):
                news[CLOCK] = present
        finally:
            if news:
                self._remember(news)

    def backlog(self) -> int:
        """Return how many feeds the hub is still to be told of.  Raises OSError or SQLAlchemyError."""
        self._versions.look()
        told, moved, present = self._told(), self._versions.known.numbers, int(site_clock.timestamp() * SECOND)
        came = self._came_out(told.get(CLOCK, present), present)
        changed = {topic.key: max(moved.get(topic.scope, 0), came.get(topic.scope, 0)) for topic in self._topics()}
        return sum(number > told.get(key, 0) for key, number in changed.items())

    def _told(self) -> dict[str, int]:
        with self._session() as session:
            return {row.feed: row.number for row in session.execute(select(FeedPush.feed, FeedPush.number))}

    def _tell_of(self, topic: Topic) -> bool:
        """Whether the hub took it; what it refuses holds up no other feed and is tried again later."""
        pause = self._pauses.get(topic.key, Pause())
        if time.monotonic() < pause.until:
            return False
        try:
            self._ping(topic.url)
        except (OSError, HTTPException) as error:
            pause.lengthen()
            self._pauses[topic.key] = pause
            if not isinstance(error, HTTPError):
                raise
            log.warning("The WebSub hub refuses %s (%s); again in %.0f s.", topic.url, error, pause.seconds)
            return False
        self._pauses.pop(topic.key, None)
        return True

    def _ping(self, url: str) -> None:
        form = urlencode({"hub.mode": "publish", "hub.url": url, "hub.topic": url}).encode()
        with self._opener.open(self._hub, form, timeout=ANSWER_SECONDS):
            log.info("Told the WebSub hub of %s.", url)

    def _remember(self, told: Mapping[str, int]) -> None:
        with self._session() as session:
            for feed, number in told.items():
                session.merge(FeedPush(feed=feed, number=number))
            session.commit()
