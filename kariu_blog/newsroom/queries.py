"""What staff may see and change.  Looking up is authorising: what somebody may not touch is not found."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, exists, select, true
from sqlalchemy.orm import defer, selectinload

from kariu_blog.accounts.models import Staff
from kariu_blog.database import db
from kariu_blog.media.models import Picture
from kariu_blog.posts.models import DeletedAddress, Post, PostAddress, PostTranslation, TextPicture
from kariu_blog.posts.queries import Page
from kariu_blog.text import clean_line

PAGE_SIZE = 25
LIBRARY_PAGE_SIZE = 24


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


@dataclass(frozen=True)
class Library:
    """One page of the pictures, the newest first."""

    pictures: Sequence[Picture]
    posts: dict[int, int]
    """How many posts show each."""
    number: int
    has_older: bool


def library(asked: str, number: int) -> Library | None:
    """The pictures with all of these words in a name or an alt text; None when there is no such page."""
    query = select(Picture).order_by(Picture.id.desc())
    for word in clean_line(asked).casefold().split():
        query = query.where(Picture.words.contains(word, autoescape=True))
    query = query.limit(LIBRARY_PAGE_SIZE + 1).offset((number - 1) * LIBRARY_PAGE_SIZE)
    found = db.session.scalars(query).unique().all()
    if not found and number > 1:
        return None
    shown = found[:LIBRARY_PAGE_SIZE]
    posts = {picture.id: len(ids) for picture, ids in _posts_showing(shown).items()}
    return Library(shown, posts, number, len(found) > LIBRARY_PAGE_SIZE)


def picture(picture_id: int) -> Picture | None:
    return db.session.get(Picture, picture_id)


def picture_changeable_by(staff: Staff, picture_id: int) -> Picture | None:
    """For changing, so locked where the database can.  Authors change their own, as long as readers do not see it."""
    found = db.session.get(Picture, picture_id, with_for_update={"of": Picture})
    return found if found is not None and may_change(staff, found) else None


def may_change(staff: Staff, picture: Picture) -> bool:
    if staff.may_publish:
        return True
    covers_something = exists().where(Post.cover_id == picture.id, Post.first_published_at.is_not(None))
    return picture.uploaded_by_id == staff.id and not db.session.scalar(select(covers_something))


def picture_by_digest(digest: str) -> Picture | None:
    return db.session.scalars(select(Picture).where(Picture.digest == digest)).unique().one_or_none()


def is_used(picture: Picture) -> bool:
    return bool(_posts_showing([picture])[picture])


def posts_showing(staff: Staff, picture: Picture) -> tuple[Sequence[Post], int]:
    """The posts with this picture that this person may edit, and how many others there are."""
    ids = _posts_showing([picture])[picture]
    query = select(Post).where(Post.id.in_(ids), _visible_to(staff)).order_by(Post.id.desc())
    query = query.options(selectinload(Post.translations).options(defer(PostTranslation.body)))
    posts = db.session.scalars(query).unique().all()
    return posts, len(ids) - len(posts)


def _posts_showing(pictures: Sequence[Picture]) -> dict[Picture, set[int]]:
    """The posts that have each picture as their cover or in a text."""
    by_id = {picture.id: picture for picture in pictures}
    by_digest = {picture.digest: picture for picture in pictures}
    found: dict[Picture, set[int]] = {picture: set() for picture in pictures}
    covers = select(Picture.id, Post.id).join(Post, Post.cover_id == Picture.id)
    for cover, post in db.session.execute(covers.where(Picture.id.in_(by_id))):
        found[by_id[cover]].add(post)
    texts = select(TextPicture.digest, PostTranslation.post_id).join(PostTranslation)
    for digest, post in db.session.execute(texts.where(TextPicture.digest.in_(by_digest))):
        found[by_digest[digest]].add(post)
    return found
