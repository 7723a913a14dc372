"""What staff may see and change.  A look-up is the authorisation: it does not find what somebody may not touch."""

from collections.abc import Collection, Sequence

from sqlalchemy import ColumnElement, Select, exists, func, or_, select
from sqlalchemy.orm import defer, joinedload, selectinload

from kariu_blog.accounts.models import Staff
from kariu_blog.database import db
from kariu_blog.languages import in_order
from kariu_blog.media.models import Picture
from kariu_blog.newsroom.models import Draft, PreviewLink
from kariu_blog.posts.post import DeletedAddress, Post, PostAddress, PostTranslation, Revision, TextPicture
from kariu_blog.posts.publication import State
from kariu_blog.posts.queries.lists import Item, Page
from kariu_blog.posts.queries.navigation import authors
from kariu_blog.posts.rights import may_edit_sql
from kariu_blog.posts.site_texts import Site
from kariu_blog.posts.taxonomy import RECTOR, Named
from kariu_blog.search.index import Query, find_generously
from kariu_blog.text import clean_line

PAGE_SIZE = 25
LIBRARY_PAGE_SIZE = 24
WITHOUT_BODIES = selectinload(Post.translations).options(defer(PostTranslation.body))
"""Loads the translations of posts for a list."""


def post_editable_by(staff: Staff, post_id: int) -> Post | None:
    return _editable(staff, Post.id == post_id)


def post_from_form(staff: Staff, form_key: str) -> Post | None:
    """Return the post that this form made when it was sent before."""
    return _editable(staff, Post.form_key == form_key)


def posts_page(staff: Staff, number: int, state: str = "") -> Page[Post] | None:
    """Return a page of the posts that this person may edit, the newest first; with a translation in ``state``."""
    query = select(Post).where(may_edit_sql(staff)).order_by(Post.id.desc()).options(WITHOUT_BODIES)
    if state in list(State):
        query = query.where(Post.translations.any(PostTranslation.state == state))
    return _page(query, number, PAGE_SIZE)


def found_page(staff: Staff, query: Query, language: str, number: int) -> Page[Post] | None:
    """Return a page of the posts with these words in any language and state, the best match first."""
    last = number * PAGE_SIZE
    query, texts = find_generously(query, in_order(language), may_edit_sql(staff), limit=last + 1)
    keys = Page.of(list(texts.values())[last - PAGE_SIZE :], number, PAGE_SIZE)
    if keys is None:
        return None
    posts = select(Post).where(Post.id.in_(keys.posts), may_edit_sql(staff)).options(WITHOUT_BODIES)
    found = {post.id: post for post in db.session.scalars(posts).unique()}
    return Page([found[key] for key in keys.posts if key in found], number, keys.has_older)


def draft(staff: Staff, form_key: str) -> Draft | None:
    return db.session.scalars(select(Draft).where(Draft.staff_id == staff.id, Draft.form_key == form_key)).one_or_none()


def drafts(staff: Staff) -> Sequence[Draft]:
    """Return this person's drafts, the newest first."""
    visible = or_(Draft.post_id.is_(None), Draft.post.has(may_edit_sql(staff)))
    return db.session.scalars(
        select(Draft).where(Draft.staff_id == staff.id, visible).order_by(Draft.saved_at.desc(), Draft.id.desc())
    ).all()


def draft_count(staff: Staff) -> int:
    return db.session.scalar(select(func.count()).where(Draft.staff_id == staff.id)) or 0


def others_drafts(staff: Staff, post: Post) -> Sequence[Draft]:
    """Return the drafts of other people for this post."""
    query = select(Draft).where(Draft.post_id == post.id, Draft.staff_id != staff.id).order_by(Draft.saved_at.desc())
    return db.session.scalars(query.options(joinedload(Draft.staff), defer(Draft.typed))).all()


def revisions_page(translation: PostTranslation, number: int) -> Page[Revision] | None:
    """Return a page of a translation's history, the newest first."""
    query = translation.revisions.select().order_by(Revision.id.desc()).options(joinedload(Revision.written_by))
    return _page(query.options(defer(Revision.body)), number, PAGE_SIZE)


def revision_with_previous(translation: PostTranslation, revision_id: int) -> Sequence[Revision]:
    """Return a revision of this translation and, if there is one, the revision before it."""
    query = translation.revisions.select().where(Revision.id <= revision_id).order_by(Revision.id.desc()).limit(2)
    found = db.session.scalars(query.options(joinedload(Revision.written_by))).all()
    return found if found and found[0].id == revision_id else ()


def preview_links(translation: PostTranslation) -> Sequence[PreviewLink]:
    """Return the links that still open, the newest first."""
    query = select(PreviewLink).where(PreviewLink.translation_id == translation.id, PreviewLink.is_valid)
    return db.session.scalars(query.order_by(PreviewLink.made_at.desc())).all()


def translation_of_link(token: str) -> PostTranslation | None:
    query = select(PreviewLink).where(PreviewLink.token == token, PreviewLink.is_valid)
    link = db.session.scalars(query).one_or_none()
    return link.translation if link else None


def taken_slugs(base: str, but: Post | None) -> set[str]:
    """Return the slugs beginning with ``base`` that lead to other posts, or led to deleted ones."""
    query = select(PostAddress.slug).where(PostAddress.slug.startswith(base, autoescape=True))
    if but is not None:
        query = query.where(PostAddress.post_id != but.id)
    gone = select(DeletedAddress.slug).where(DeletedAddress.slug.startswith(base, autoescape=True))
    own = but.addresses if but is not None else ()  # gone only when somebody has just deleted this post
    return set(db.session.scalars(query.union_all(gone))).difference(own)


def bylines(staff: Staff, post: Post | None) -> list[Named]:
    """Return the bylines that this person may give a post; authors keep the rector's, but cannot choose it."""
    own = post.author_id if post else None
    return [each for each in authors() if staff.may_publish or each.slug != RECTOR or each.id == own]


def last_choice(staff: Staff) -> tuple[int, int]:
    """Return category and byline of this person's newest post; 0 if there is none, or they are the rector's."""
    query = select(Post).where(Post.created_by_id == staff.id).order_by(Post.id.desc()).limit(1)
    post = db.session.scalars(query).unique().first()
    if post is None or RECTOR in (post.category.slug, post.author.slug):
        return 0, 0
    return post.category_id, post.author_id


def _editable(staff: Staff, condition: ColumnElement[bool]) -> Post | None:
    query = select(Post).where(condition, may_edit_sql(staff))
    query = query.options(selectinload(Post.translations), selectinload(Post.addresses))
    post = db.session.scalars(query).unique().one_or_none()
    return post if post and post.translations else None  # deleted between the two statements


def _page(query: Select[Item], number: int, size: int) -> Page[Item] | None:
    """Return a page of what ``query`` finds, None if there is no such page."""
    return Page.of(db.session.scalars(query.limit(size + 1).offset((number - 1) * size)).unique().all(), number, size)


def library(asked: str, number: int) -> Page[Picture] | None:
    """Return a page of the pictures with all words in name and alt texts, the newest first."""
    query = select(Picture).order_by(Picture.id.desc())
    for word in clean_line(asked).casefold().split():
        query = query.where(Picture.words.contains(word, autoescape=True))
    return _page(query, number, LIBRARY_PAGE_SIZE)


def use_counts(pictures: Sequence[Picture]) -> dict[Picture, int]:
    """Return the number of posts that show each picture."""
    return {picture: len(ids) for picture, ids in _posts_showing(pictures).items()}


def picture(picture_id: int) -> Picture | None:
    return db.session.get(Picture, picture_id)


def picture_changeable_by(staff: Staff, picture_id: int) -> Picture | None:
    """Return the picture, locked where the database can; None if this person may not change it."""
    found = db.session.get(Picture, picture_id, with_for_update={"of": Picture})
    return found if found is not None and may_change(staff, found) else None


def pictures_changeable_by(staff: Staff, ids: Collection[int]) -> Sequence[Picture]:
    """Return those of the pictures that this person may change, locked where the database can, the oldest first."""
    query = select(Picture).where(Picture.id.in_(ids)).order_by(Picture.id).with_for_update(of=Picture)
    return [picture for picture in db.session.scalars(query).unique() if may_change(staff, picture)]


def may_change(staff: Staff, picture: Picture) -> bool:
    """Authors change their own pictures while these are not the cover of a post that readers have seen."""
    if staff.may_publish:
        return True
    covers_something = exists().where(Post.cover_id == picture.id, Post.first_published_at.is_not(None))
    return picture.uploaded_by_id == staff.id and not db.session.scalar(select(covers_something))


def picture_by_digest(digest: str) -> Picture | None:
    return db.session.scalars(select(Picture).where(Picture.digest == digest)).unique().one_or_none()


def is_used(picture: Picture) -> bool:
    is_portrait = exists().where(Site.portrait_id == picture.id)
    return bool(_posts_showing([picture])[picture]) or bool(db.session.scalar(select(is_portrait)))


def is_remembered(picture: Picture) -> bool:
    """Return whether a revision or a draft shows the picture, because either may be restored."""
    texts = exists().where(Revision.body.contains(picture.digest))
    typed = exists().where(Draft.typed.contains(picture.digest))
    return bool(db.session.scalar(select(or_(texts, typed))))


def posts_showing(staff: Staff, picture: Picture) -> tuple[Sequence[Post], int]:
    """Return the posts with this picture that this person may edit, and the number of the others."""
    ids = _posts_showing([picture])[picture]
    query = select(Post).where(Post.id.in_(ids), may_edit_sql(staff)).order_by(Post.id.desc()).options(WITHOUT_BODIES)
    posts = db.session.scalars(query).unique().all()
    return posts, len(ids) - len(posts)


def _posts_showing(pictures: Sequence[Picture]) -> dict[Picture, set[int]]:
    """Return the ids of the posts that have each picture as their cover or in a body."""
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
