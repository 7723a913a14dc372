"""WebSub publishing (W3C Recommendation, section 7): the hub is notified of feeds that have changed.

A thread compares the versions of the feeds' cache tags with those in the database that it announced last.  So a
restart forgets nothing, and a dead hub delays no save.
"""

import logging
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlencode
from urllib.request import ProxyHandler, build_opener, getproxies_environment

from sqlalchemy import BigInteger, String, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Mapped, Session, mapped_column

from kariu_blog import outbox
from kariu_blog.cache.versions import Versions, write_pending
from kariu_blog.database import Base
from kariu_blog.locks import exclusive_lock

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
        folder: Path,
        versions: Versions,
        session: Callable[[], Session],
        topics: Callable[[], list[Topic]],
    ) -> None:
        self._hub, self._folder, self._versions = hub, folder, versions
        self._session, self._topics = session, topics
        # On macOS urlopen asks a framework for proxies, which ends a forked process (bugs.python.org, issue 13829).
        self._opener = build_opener(ProxyHandler(getproxies_environment()))

    def start(self) -> None:
        """Begin in the background, in one process of each machine; the others wait until that one has ended."""
        if self._hub:
            threading.Thread(target=self._run, name="push", daemon=True).start()

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

    def _run(self) -> None:
        with exclusive_lock(self._folder / "push.lock"):
            generation, deliver_at, urls = -1, 0.0, dict[str, str]()
            while True:
                try:
                    self._versions.refresh()
                    present = self._versions.snapshot.generation
                    if present != generation:
                        urls = self._enqueue_changed()
                        generation, deliver_at = present, 0.0
                    if time.monotonic() >= deliver_at:
                        self._deliver(urls)
                        deliver_at = time.monotonic() + DELIVER_SECONDS
                except (OSError, SQLAlchemyError) as error:
                    log.warning("The WebSub hub cannot be notified now (%s).", error)
                    time.sleep(DELIVER_SECONDS)
                time.sleep(COMPARE_SECONDS)

    def _enqueue_changed(self) -> dict[str, str]:
        """Put the feeds that have changed into the outbox, and return the address of each topic by its key."""
        topics = self._topics()
        with self._session() as session:
            if changed := self._changed(session, topics):
                outbox.enqueue(session, KIND, (topic.key for topic in changed))
                for topic, version in changed.items():
                    session.merge(FeedPush(feed=topic.key, number=version))
                session.commit()
        return {topic.key: topic.url for topic in topics}

    def _deliver(self, urls: Mapping[str, str]) -> None:
        with self._session() as session:
            outbox.deliver(session, {KIND: lambda key: self._ping(urls.get(key))})

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
