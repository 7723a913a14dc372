"""Entries of posts in feeds, each with its date and its archive page (RFC 5005, section 4).

An entry is removed when its text is withdrawn or its post gets another category or byline.  A post that returns gets a
new entry, so no archive page ever gains one.
"""

from collections.abc import Collection, Iterable
from datetime import datetime
from itertools import groupby
from typing import TYPE_CHECKING

from sqlalchemy import BigInteger, ForeignKey, Index, String, UniqueConstraint, event, func, insert, select
from sqlalchemy.orm import Mapped, Session, mapped_column

from kariu_blog.cache.versions import Tagged, changed_rows
from kariu_blog.database import Base, now
from kariu_blog.languages import LANGUAGES
from kariu_blog.posts.invalidation import lists_of
from kariu_blog.posts.publication import first_seen_at, has_come, has_come_sql
from kariu_blog.posts.tags import ANY, archive_tag, feed_tag

if TYPE_CHECKING:
    from kariu_blog.posts.post import Post

PAGE_ENTRIES = 30
OPEN = 2**62
"""``part`` of an entry that is in no archive page yet, and so in every feed document."""

IMPORTING = "posts are being imported"
"""``session.info`` key: what this session publishes under an old date enters no feed before ``archive``."""


class FeedEntry(Tagged, Base):
    """A post in a feed.  The row of an entry that has left its archive page stays, without a post."""

    __tablename__ = "feed_entry"
    __table_args__ = (UniqueConstraint("post_id", "feed"), Index(None, "feed", "part", "entered_at", "id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    feed: Mapped[str] = mapped_column(String(100))
    """Cache tag of the feed."""
    part: Mapped[int] = mapped_column(BigInteger, default=OPEN)
    """Number of the archive page: the time when it was closed, in microseconds since 1970.

    No number is used twice, not even after an older backup was restored.
    """
    entered_at: Mapped[datetime]
    """Time at which readers first saw, or will see, the entry, whatever date it shows."""
    shown_at: Mapped[datetime]
    """Time at which an entry in a feed of all languages changed to its present language."""
    post_id: Mapped[int | None] = mapped_column(ForeignKey("post.id", ondelete="SET NULL"))
    is_merged: Mapped[bool] = mapped_column(default=False)
    """True if a merge of categories or bylines brought it here, for the archive pages alone."""

    @property
    def archive_tags(self) -> set[str]:
        """Tag of the archive page that has the entry, if any."""
        return set() if self.part == OPEN else {archive_tag(self.feed, self.part)}

    def invalidated_tags(self) -> set[str]:
        return {self.feed} if self.archive_tags else set()

    def is_since(self, published_at: datetime) -> bool:
        """Return whether the entry belongs to what was, or will be, published at this date and not withdrawn since."""
        return has_come(self.entered_at) if has_come(published_at) else self.entered_at == published_at


@event.listens_for(Session, "before_commit", insert=True)  # before the cache tags are written
def _update(session: Session) -> None:
    """Update the entries of the posts that were changed, and close the archive pages that are full."""
    rows = (row for row in changed_rows(session) if row in session and hasattr(row, "post_in_feeds"))
    posts = sorted({row.post_in_feeds for row in rows}, key=lambda post: post.id)
    missing = [(post, feed, at) for post in posts for feed, at in _leave(session, post).items()]
    session.flush()  # what leaves makes room for what comes back
    if session.info.get(IMPORTING):
        missing = [(post, feed, at) for post, feed, at in missing if not has_come(at)]
    for post, feed, published_at in missing:
        at = first_seen_at(published_at)
        session.add(FeedEntry(feed=feed, post_id=post.id, entered_at=at, shown_at=at))
    if missing:
        _close(session, {feed for _post, feed, _at in missing})


def archive(session: Session, posts: Iterable["Post"]) -> None:
    """Put imported posts into archive pages of their own, by their old dates, behind everything that is in the feeds.

    A page has the date of its newest entry for a number.  The caller commits.
    """
    missing: dict[str, list[tuple[datetime, int]]] = {}
    for post in posts:
        for feed, at in _leave(session, post).items():
            if has_come(at):
                missing.setdefault(feed, []).append((at, post.id))
    for feed, entries in missing.items():
        taken = set(session.scalars(select(FeedEntry.part).where(FeedEntry.feed == feed).distinct()))
        entries.sort()
        for first in range(0, len(entries), PAGE_ENTRIES):
            page = entries[first : first + PAGE_ENTRIES]
            number = int(page[-1][0].timestamp() * 1_000_000)
            while number in taken:
                number += 1
            taken.add(number)
            rows = [
                {"feed": feed, "part": number, "post_id": key, "entered_at": at, "shown_at": at} for at, key in page
            ]
            if rows[:-1]:
                session.execute(insert(FeedEntry), [{**row, "is_merged": False} for row in rows[:-1]])
            session.add(FeedEntry(**rows[-1]))  # as an object, because that invalidates the feed's tag


def _leave(session: Session, post: "Post") -> dict[str, datetime]:
    """Take a post out of feeds that it has left.  Return the feeds that it enters, each with its date there."""
    session.expire(post, ["feed_entries"])
    texts = {code: text for code, text in post.translations.items() if text.withdrawn_at is None}
    dates = {feed_tag(tag, code): text.published_at for code, text in texts.items() for tag in lists_of(post)}
    dates |= {feed_tag(ANY, code): post.listed_at for code in LANGUAGES}
    wanted = {feed: at for feed, at in dates.items() if at is not None}
    for entry in post.feed_entries:
        if entry.feed in wanted and entry.is_since(wanted[entry.feed]):
            del wanted[entry.feed]
        elif entry.part == OPEN:
            session.delete(entry)
        else:
            entry.post_id = None
    return wanted


def _close(session: Session, feeds: Collection[str]) -> None:
    due = select(FeedEntry).where(FeedEntry.feed.in_(feeds), FeedEntry.part == OPEN, has_come_sql(FeedEntry.entered_at))
    due = due.where(FeedEntry.post_id.is_not(None)).order_by(FeedEntry.feed, FeedEntry.entered_at, FeedEntry.id)
    for feed, group in groupby(session.scalars(due.with_for_update()), key=lambda entry: entry.feed):
        entries = list(group)
        for first in range(0, len(entries) - PAGE_ENTRIES + 1, PAGE_ENTRIES):
            before = select(func.max(FeedEntry.part)).where(FeedEntry.feed == feed, FeedEntry.part < OPEN)
            number = max(int(now().timestamp() * 1_000_000), (session.scalar(before) or 0) + 1)
            for entry in entries[first : first + PAGE_ENTRIES]:
                entry.part = number
