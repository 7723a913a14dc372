"""What staff may see and change.  Looking up is authorising: what somebody may not touch is not found."""

from sqlalchemy import ColumnElement, select, true
from sqlalchemy.orm import defer, selectinload

from kariu_blog.accounts.models import Staff
from kariu_blog.database import db
from kariu_blog.languages import in_order
from kariu_blog.posts.models import DeletedAddress, Post, PostAddress, PostTranslation
from kariu_blog.posts.queries import Page
from kariu_blog.search.index import Query, find_generously

PAGE_SIZE = 25


def post_editable_by(staff: Staff, post_id: int) -> Post | None:
    query = select(Post).where(Post.id == post_id, _visible_to(staff))
    return (
        db.session.scalars(query.options(selectinload(Post.translations), selectinload(Post.addresses)))
        .unique()
        .one_or_none()
    )


def posts_page(staff: Staff, number: int) -> Page | None:
    """A page of everything that this person may edit, the newest work first."""
    query = select(Post).where(_visible_to(staff)).order_by(Post.id.desc())
    query = query.options(selectinload(Post.translations).options(defer(PostTranslation.body)))
    query = query.limit(PAGE_SIZE + 1).offset((number - 1) * PAGE_SIZE)
    posts = db.session.scalars(query).unique().all()
    return Page(posts[:PAGE_SIZE], number, len(posts) > PAGE_SIZE) if posts or number == 1 else None


def found_page(staff: Staff, query: Query, language: str, number: int) -> Page | None:
    """A page of those with these words in some language, of whatever state, the best first."""
    last = number * PAGE_SIZE
    query, texts = find_generously(query, in_order(language), _visible_to(staff), limit=last + 1)
    keys = list(texts.values())[last - PAGE_SIZE : last]
    posts = select(Post).where(Post.id.in_(keys), _visible_to(staff))
    posts = posts.options(selectinload(Post.translations).options(defer(PostTranslation.body)))
    found = {post.id: post for post in db.session.scalars(posts).unique()}
    shown = [found[key] for key in keys if key in found]
    return Page(shown, number, len(texts) > last) if shown or number == 1 else None


def taken_slugs(base: str, but: Post | None) -> set[str]:
    """The addresses beginning with ``base`` that lead to other posts, or did."""
    query = select(PostAddress.slug).where(PostAddress.slug.startswith(base, autoescape=True))
    if but is not None:
        query = query.where(PostAddress.post_id != but.id)
    gone = select(DeletedAddress.slug).where(DeletedAddress.slug.startswith(base, autoescape=True))
    own = but.addresses if but is not None else ()  # gone only when somebody has just deleted this post
    return set(db.session.scalars(query.union_all(gone))).difference(own)


def _visible_to(staff: Staff) -> ColumnElement[bool]:
    return true() if staff.may_publish else Post.created_by_id == staff.id
