"""The first front page: the newest posts, ordered into bands."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from sqlalchemy import Select, select, union

from kariu_blog.posts.post import Post
from kariu_blog.posts.queries.lists import PAGE_SIZE, Page, top_post
from kariu_blog.posts.queries.teasers import Teaser, fetch_teasers, newest_first, teasers_of

BESIDE = 2
"""Number of posts beside the lead."""
BAND = 2
"""Number of posts in a band, if no more are new."""
DATED = 4
OF_CATEGORY = BAND + BESIDE + 1
"""Number of posts read for a band, because the newest ones may stand elsewhere."""


@dataclass(frozen=True)
class Front:
    """Each of the ten newest posts once; bands that would be short have older posts as well."""

    page: Page[Teaser]
    lead: Teaser | None = None
    beside: Sequence[Teaser] = ()
    blog: Sequence[Teaser] = ()
    """Posts of the rector."""
    dated: Sequence[Teaser] = ()
    """Announcements with an end, the nearest end first."""
    bands: Sequence[tuple[int, Sequence[Teaser]]] = field(default=())
    """Posts by category, in the order of the menu."""


def front_page(language: str, categories: Sequence[int], blog: int | None) -> Front:
    """Return the bands; ``blog`` is the rector's category if it has a band of its own.  One statement."""
    found = fetch_teasers(_front(language, tuple(categories)))
    page = Page(found[:PAGE_SIZE], 1, len(found) > PAGE_SIZE)
    if not found:
        return Front(page)
    lead, *rest = found
    new = {post.post_id for post in page.posts}

    def some(posts: Sequence[Teaser], most: int) -> list[Teaser]:
        return [post for place, post in enumerate(posts) if place < most or post.post_id in new]

    of_rector = [post for post in rest if post.category_id == blog]
    dated = sorted((post for post in rest if post.ends_at and post.category_id != blog), key=_end)
    others = [post for post in rest if not post.ends_at and post.category_id != blog]
    beside = [post for post in others if post.post_id in new][:BESIDE]
    left = [post for post in others if post not in beside]
    order = dict.fromkeys([*categories, *(post.category_id for post in left)])
    bands = [(key, some([post for post in left if post.category_id == key], BAND)) for key in order]
    return Front(page, lead, beside, some(of_rector, BAND), some(dated, DATED), [band for band in bands if band[1]])


def _end(post: Teaser) -> Any:
    return post.ends_at, post.post_id


@lru_cache(maxsize=64)
def _front(language: str, categories: tuple[int, ...]) -> Select[Any]:
    """Select the top post, the ten newest others, the newest of each category and the nearest ends."""
    top = top_post(language)
    listed = select(Post.id).where(Post.is_in_lists)
    parts = [newest_first(listed.where(Post.id != select(top.c.id).scalar_subquery())).limit(PAGE_SIZE)]
    parts += [newest_first(listed.where(Post.category_id == key)).limit(OF_CATEGORY) for key in categories]
    parts += [select(Post.id).where(Post.is_ahead_sql()).order_by(Post.ends_at, Post.id).limit(DATED)]
    posts = union(select(top.c.id), *(select(part.subquery().c.id) for part in parts))
    return teasers_of(language, posts, (Post.id == select(top.c.id).scalar_subquery()).desc())
