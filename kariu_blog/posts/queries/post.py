"""A public post and its neighbours."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any, cast

from sqlalchemy import Integer, Select, bindparam, func, or_, select, tuple_, union
from sqlalchemy.orm import joinedload, lazyload

from kariu_blog.audience.models import ViewCount
from kariu_blog.database import db
from kariu_blog.posts.addresses import DeletedAddress, PostAddress
from kariu_blog.posts.post import Post, PostTranslation
from kariu_blog.posts.queries.lists import bound
from kariu_blog.posts.queries.teasers import Teaser, fetch_teasers, newest_first, teasers_of, time_parameter

RELATED = 3


@dataclass(frozen=True)
class Nearby:
    """The posts of the same category just before and after one; related ones, then the newest of the category."""

    older: Teaser | None
    newer: Teaser | None
    others: Sequence[Teaser]

    @property
    def all(self) -> list[Teaser]:
        return [*filter(None, (self.older, self.newer)), *self.others]


def public_post(slug: str) -> tuple[Post, int] | None:
    """Return the post at this address and its number of views, None if no language of it is public.

    One statement, which loads neither category nor byline.
    """
    found = db.session.execute(_POST, {"slug": slug}).unique().one_or_none()
    return found and (found[0], found[1])


def nearby(post: Post, language: str) -> Nearby:
    """Return the neighbours of a listed post in its category, and what is related.  One statement."""
    place, related = (cast(datetime, post.first_published_at), post.id), post.related or []  # listed posts have a date
    values = {"category_id": post.category_id, "at": place[0], "id": place[1], "related": related}
    found = fetch_teasers(_nearby(language), **values)
    own = [teaser for teaser in found if teaser.category_id == post.category_id]
    newer = next((teaser for teaser in reversed(own) if teaser.place > place), None)
    older = next((teaser for teaser in own if teaser.place < place), None)
    by_id = {teaser.post_id: teaser for teaser in found}
    others = dict.fromkeys([*(by_id[key] for key in related if key in by_id), *own])
    return Nearby(older, newer, [teaser for teaser in others if teaser not in (older, newer)][:RELATED])


def is_deleted(slug: str) -> bool:
    """Return whether readers knew a post at this address that was deleted, or is in the trash."""
    in_trash = select(PostAddress).join(Post).where(PostAddress.slug == slug, Post.trashed_at.is_not(None))
    was_seen = Post.translations.any(PostTranslation.was_published)
    deleted = select(DeletedAddress).where(DeletedAddress.slug == slug)
    return bool(db.session.scalar(select(or_(deleted.exists(), in_trash.where(was_seen).exists()))))


@cache
def _nearby(language: str) -> Select[Any]:
    here, at = tuple_(Post.first_published_at, Post.id), tuple_(time_parameter("at"), bindparam("id", type_=Integer))
    listed = select(Post.id).where(Post.is_listed, *bound(("category_id",)))
    newer = listed.where(here > at).order_by(Post.first_published_at, Post.id).limit(1)
    older = newest_first(listed.where(here < at)).limit(1)
    newest = newest_first(listed.where(Post.is_in_lists, Post.id != bindparam("id"))).limit(RELATED + 2)
    related = select(Post.id).where(Post.is_in_lists, Post.id.in_(bindparam("related", expanding=True)))
    return teasers_of(language, union(*(select(part.subquery().c.id) for part in (newer, older, newest, related))))


_POST = (
    select(Post, Post.earlier_views + func.coalesce(ViewCount.views, 0))
    .join(PostAddress)
    .outerjoin(ViewCount, ViewCount.key == Post.id)
    .where(PostAddress.slug == bindparam("slug"), Post.is_listed)
    .options(joinedload(Post.translations), lazyload(Post.author))
)
