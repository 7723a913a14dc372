"""Related posts: those whose titles share words with a post, as the search knows words."""

from collections import Counter
from collections.abc import Iterable, Mapping, Set

from sqlalchemy import select, update

from kariu_blog.cache.versions import invalidate
from kariu_blog.database import db
from kariu_blog.posts.post import Post, PostTranslation
from kariu_blog.posts.tags import post_tag
from kariu_blog.search.keys import keys, words

COMPARED = 1500
"""Number of titles, the newest ones, among which related posts are looked for."""
BATCH = 20
RELATED_MAX = 6
"""More than a page shows, because some may be withdrawn by then."""
COMMON_SHARE = 20
"""A word that more than one title in so many has says nothing."""
COMMON_MIN = 3
LETTERS_MIN = 4
"""Shorter words are mostly prepositions and conjunctions."""

Words = Mapping[int, Set[str]]
"""Keys of the words in the titles of posts, by the post's id."""


def nearest(own: Set[str], others: Words) -> list[int]:
    """Return the ids of the posts that share words, first those that share the most and the rarest."""
    counts = Counter(key for found in others.values() for key in found)
    most = max(COMMON_MIN, len(others) // COMMON_SHARE)
    scores = {
        post: sum(1 / counts[key] for key in own & found if counts[key] <= most) for post, found in others.items()
    }
    return sorted((post for post in scores if scores[post]), key=lambda post: (-scores[post], -post))[:RELATED_MAX]


def keys_of(titles: Iterable[tuple[str, str]]) -> set[str]:
    """Return the keys of the words in titles, each with its language."""
    found = ((word[0], language) for language, title in titles for word in words(title))
    return {key for word, language in found if len(word) >= LETTERS_MIN for key in keys(word, language)}


def relate() -> None:
    """Note which posts are related to those that are new to readers or have new titles, and commit."""
    new = select(Post).where(Post.is_listed, Post.related.is_(None)).order_by(Post.id.desc()).limit(BATCH)
    posts = db.session.scalars(new.with_for_update(skip_locked=True, of=Post)).unique().all()
    known = _newest() if posts else {}
    for post in posts:
        own = keys_of((code, text.title) for code, text in post.public_translations.items())
        found = nearest(own, {key: found for key, found in known.items() if key != post.id})
        # In a statement, which gives the row no new version: whoever saves the post meanwhile is in nobody's way.
        noted = update(Post).where(Post.id == post.id).values(related=found)
        db.session.execute(noted, execution_options={"synchronize_session": False})
    invalidate(db.session(), [post_tag(post.id) for post in posts])
    db.session.commit()


def _newest() -> Words:
    titles = select(Post.id, PostTranslation.language, PostTranslation.title).join(PostTranslation)
    titles = titles.where(Post.is_listed, PostTranslation.is_public)
    rows = db.session.execute(titles.order_by(Post.first_published_at.desc()).limit(COMPARED)).all()
    found: dict[int, set[str]] = {}
    for post, language, title in rows:
        found.setdefault(post, set()).update(keys_of([(language, title)]))
    return found
