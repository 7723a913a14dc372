"""WebSub publishing (W3C Recommendation, section 7): the hub is notified of feeds that have changed.

A thread compares the versions of the feeds' cache tags with those in the database that it announced last.  So a
restart forgets nothing, and a dead hub delays no save.
"""

import logging
from collections.abc import Callable
from typing import NamedTuple
from urllib.parse import urlencode
from urllib.request import ProxyHandler, build_opener, getproxies_environment

from sqlalchemy import BigInteger, String, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from kariu_blog import outbox
from kariu_blog.background import Work
from kariu_blog.cache.versions import Versions, write_pending
from kariu_blog.database import Base

KIND = "hub"
"""Kind of the messages in the outbox, each of which holds the key of a topic."""
COMPARE_SECONDS = 0.02
"""Pause between two comparisons, which cost next to nothing while nothing has changed."""
DELIVER_SECONDS = 1.0
ANSWER_SECONDS = 10.0
log = logging.getLogger(__name__)


class FeedPush(Base):
    """The version of its cache tag under which a feed was announced last."""

    __tablename__ = "feed_push"

    feed: Mapped[str] = mapped_column("scope", String(100), primary_key=True)
    number: Mapped[int] = mapped_column(BigInteger)


class Topic(NamedTuple):
    """A feed in one format, as hubs know it."""

    key: str
    """Cache tag and format, which do not change when the site moves to another host."""
    tag: str
    url: str


class Push:
    """``topics`` returns every feed, ``session`` opens a database session."""

    def __init__(
        self,
        hub: str,
        versions: Versions,
        session: Callable[[], Session],
        topics: Callable[[], list[Topic]],
    ) -> None:
        self._hub, self._versions = hub, versions
        self._session, self._topics = session, topics
        self._generation = -1
        self._urls: dict[str, str] = {}
        """Address of each topic by its key."""
        # On macOS urlopen asks a framework for proxies, which ends a forked process (bugs.python.org, issue 13829).
        self._opener = build_opener(ProxyHandler(getproxies_environment()))

    @property
    def work(self) -> Work:
        """What is done in the background, nothing without a hub."""
        return {self._compare: COMPARE_SECONDS, self._deliver: DELIVER_SECONDS} if self._hub else {}

    def waiting(self) -> int:
        """Return the number of feeds to be announced.  Raises OSError or SQLAlchemyError."""
        self._versions.refresh()
        with self._session() as session:
            return len(self._changed(session, self._topics())) + outbox.waiting(session, KIND)

    def pass_over(self, session: Session) -> None:
        """Regard as announced what this transaction changes.  It is to be committed next."""
        versions = write_pending(session)
        for topic in self._topics() if self._hub else ():
            if topic.tag in versions:
                session.merge(FeedPush(feed=topic.key, number=versions[topic.tag]))

    def _compare(self) -> None:
        """Put into the outbox what has changed since the last time, and send it."""
        self._versions.refresh()
        present = self._versions.snapshot.generation
        if present != self._generation:
            self._enqueue_changed()
            self._generation = present
            self._deliver()

    def _enqueue_changed(self) -> None:
        topics = self._topics()
        with self._session() as session:
            if changed := self._changed(session, topics):
                outbox.enqueue(session, KIND, (topic.key for topic in changed))
                for topic, version in changed.items():
                    session.merge(FeedPush(feed=topic.key, number=version))
                session.commit()
        self._urls = {topic.key: topic.url for topic in topics}

    def _deliver(self) -> None:
        with self._session() as session:
            outbox.deliver(session, {KIND: lambda key: self._ping(self._urls.get(key))})

    def _changed(self, session: Session, topics: list[Topic]) -> dict[Topic, int]:
        """Return the topics to be announced, each with its version."""
        announced = dict(session.execute(select(FeedPush.feed, FeedPush.number)).all())
        versions = self._versions.snapshot.of(topic.tag for topic in topics)
        present = zip(topics, versions, strict=True)
        return {topic: version for topic, version in present if version > announced.get(topic.key, 0)}

    def _ping(self, url: str | None) -> None:
        if url is None:  # the feed is gone
            return
        form = urlencode({"hub.mode": "publish", "hub.url": url, "hub.topic": url}).encode()
        with self._opener.open(self._hub, form, timeout=ANSWER_SECONDS):
            log.info("Notified the WebSub hub of %s.", url)
