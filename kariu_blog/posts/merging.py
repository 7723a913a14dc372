"""Merging a category into another one, or a byline, and taking that back."""

from datetime import timedelta
from typing import Any

from sqlalchemy import ForeignKey, String, case, delete, func, insert, literal, select, update
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.orm.attributes import flag_modified

from kariu_blog.accounts.models import Staff
from kariu_blog.database import Base, db, now
from kariu_blog.languages import LANGUAGES
from kariu_blog.posts.feed_entries import OPEN, FeedEntry
from kariu_blog.posts.post import Post, PostTranslation
from kariu_blog.posts.publication import has_come, has_come_sql
from kariu_blog.posts.tags import feed_tag
from kariu_blog.posts.taxonomy import Author, Category

Group = Category | Author
TAKEN_BACK_FOR = timedelta(days=30)
"""How long a merge can be taken back."""


class MergedPost(Base):
    """A post that was in a category or byline when that was merged."""

    __tablename__ = "merged_post"

    source: Mapped[str] = mapped_column(String(40), primary_key=True)
    """Tag of the category or byline."""
    post_id: Mapped[int] = mapped_column(ForeignKey("post.id", ondelete="CASCADE"), primary_key=True, index=True)


def post_count(group: Group) -> int:
    return db.session.scalar(select(func.count()).select_from(Post).where(_key(group) == group.id)) or 0


def may_be_taken_back(group: Group) -> bool:
    return group.merged_at is not None and not has_come(group.merged_at + TAKEN_BACK_FOR)


def merge(source: Group, target: Group) -> None:
    """Move all posts, drafts included, and remember them.  Does not commit."""
    db.session.execute(delete(MergedPost).where(MergedPost.source == source.tag))
    source.merged_into_id, source.merged_at = target.id, now()
    db.session.flush()  # from here on, whoever saves a post waits in follow_merges
    posts = select(literal(source.tag), Post.id).where(_key(source) == source.id)
    db.session.execute(insert(MergedPost).from_select(["source", "post_id"], posts))
    moved = select(MergedPost.post_id).where(MergedPost.source == source.tag)
    is_old = has_come_sql(FeedEntry.entered_at)
    closed = int(now().timestamp() * 1_000_000)
    part = case((is_old & (FeedEntry.part == OPEN), closed), else_=FeedEntry.part)
    _move(moved, source, target, is_merged=is_old, part=part)
    for person, limit, after in _limited_to(source):
        setattr(person, limit, [*getattr(person, limit)[:after], target.id, *getattr(person, limit)[after:]])


def take_back(source: Group, target: Group) -> None:
    """Move those of its former posts that are still in ``target`` back.  Does not commit."""
    moved = select(MergedPost.post_id).join(Post).where(MergedPost.source == source.tag, _key(source) == target.id)
    keys = db.session.scalars(moved).all()
    source.merged_into_id = source.merged_at = None
    model: Any = type(source)
    earlier = [each.tag for each in db.session.scalars(select(model).where(model.merged_into_id == source.id))]
    came_before = select(MergedPost.post_id).where(MergedPost.source.in_(earlier))
    _move(keys, target, source, is_merged=FeedEntry.is_merged & FeedEntry.post_id.in_(came_before))
    db.session.execute(delete(MergedPost).where(MergedPost.source == source.tag))
    for person, limit, after in _limited_to(source):
        if getattr(person, limit)[after : after + 1] == [target.id]:
            setattr(person, limit, [*getattr(person, limit)[:after], *getattr(person, limit)[after + 1 :]])


def follow_merges(post: Post) -> None:
    """Put the post where its category and byline lead by now.  They cannot be merged before the commit."""
    db.session.flush()  # begins the transaction on SQLite
    for model, column in ((Category, Post.category_id), (Author, Post.author_id)):
        while into := db.session.scalar(_merged_into(model, getattr(post, column.key))):
            setattr(post, column.key, into)


def _merged_into(model: type[Group], key: int) -> Any:
    return select(model.merged_into_id).where(model.id == key).with_for_update(read=True)


def _limited_to(group: Group) -> list[tuple[Staff, str, int]]:
    """Return those whose account is limited to it, the limit's name, and the place after it.

    What a merge adds to a limit stands there, so that only this is taken back.
    """
    limit = "categories" if isinstance(group, Category) else "bylines"
    people = [person for person in db.session.scalars(select(Staff)) if group.id in getattr(person, limit)]
    return [(person, limit, getattr(person, limit).index(group.id) + 1) for person in people]


def _key(group: Group) -> Any:
    return Post.category_id if isinstance(group, Category) else Post.author_id


def _move(posts: Any, old: Group, new: Group, **values: Any) -> None:
    """Move posts with their feed entries.

    In statements for all rows at once, because a merge may move thousands.  The entries are those of the archive pages
    alone from then on: nobody who follows the feed of ``new`` gets old posts as new ones.
    """
    column = _key(old)
    db.session.flush()
    for code in LANGUAGES:
        entries = update(FeedEntry).where(FeedEntry.feed == feed_tag(old.tag, code), FeedEntry.post_id.in_(posts))
        db.session.execute(entries.values(feed=feed_tag(new.tag, code), **values), execution_options=UNSEEN)
    moved = update(Post).where(Post.id.in_(posts)).values({column: new.id})
    db.session.execute(moved, execution_options=UNSEEN)
    db.session.expire_all()
    is_scheduled = PostTranslation.withdrawn_at.is_(None) & ~has_come_sql(PostTranslation.published_at)
    scheduled = select(Post).where(Post.id.in_(posts), Post.translations.any(is_scheduled))
    for post in db.session.scalars(scheduled).unique():
        flag_modified(post, column.key)  # what will be due has other tags now


UNSEEN = {"synchronize_session": False}
