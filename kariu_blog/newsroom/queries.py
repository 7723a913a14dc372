"""What staff may see and change.  A look-up is the authorisation: it does not find what somebody may not touch."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, Text, cast, exists, func, or_, select
from sqlalchemy.orm import defer, joinedload, selectinload

from kariu_blog.accounts.acts import Act
from kariu_blog.accounts.models import AccountLink, Staff, StaffSession
from kariu_blog.database import db, now
from kariu_blog.media.models import Picture
from kariu_blog.newsroom.models import Draft, PreviewLink
from kariu_blog.old_site.models import ImportedItem, MissedAddress, OldAddress, OldMedia
from kariu_blog.posts.addresses import DeletedAddress, PostAddress, new_slug
from kariu_blog.posts.items import Item, ItemRevision, SiteItem
from kariu_blog.posts.navigation import layout
from kariu_blog.posts.post import Post, PostTranslation, Revision
from kariu_blog.posts.queries.lists import Element, Page
from kariu_blog.posts.references import TextPicture
from kariu_blog.posts.rights import (
    may_change_picture,
    may_choose_byline,
    may_choose_category,
    may_edit_sql,
    may_restore_sql,
)
from kariu_blog.posts.taxonomy import RECTOR, Category
from kariu_blog.text import clean_line

PAGE_SIZE = 25
LIBRARY_PAGE_SIZE = 24
MISSED_SHOWN = 500
ACTS_PAGE_SIZE = 50
WITHOUT_BODIES = selectinload(Post.translations).options(defer(PostTranslation.body))
"""Loads the translations of posts for a list."""


def post_editable_by(staff: Staff, post_id: int) -> Post | None:
    return _editable(staff, Post.id == post_id)


def posts_editable_by(staff: Staff, keys: Sequence[int]) -> Sequence[Post]:
    """Return those of the posts that this person may edit, locked where the database can."""
    query = select(Post).where(Post.id.in_(keys), may_edit_sql(staff)).order_by(Post.id)
    options = selectinload(Post.translations), selectinload(Post.addresses)
    return db.session.scalars(query.options(*options).with_for_update(of=Post)).unique().all()


def post_from_form(staff: Staff, form_key: str) -> Post | None:
    """Return the post that this form made when it was sent before."""
    return _editable(staff, Post.form_key == form_key)


def trash_page(staff: Staff, number: int) -> Page[Post] | None:
    """Return a page of what this person may take out of the trash, the latest first."""
    query = select(Post).where(may_restore_sql(staff)).order_by(Post.trashed_at.desc(), Post.id.desc())
    return _page(query.options(WITHOUT_BODIES), number, PAGE_SIZE)


def post_in_trash(staff: Staff, post_id: int) -> Post | None:
    return db.session.scalars(select(Post).where(Post.id == post_id, may_restore_sql(staff))).unique().one_or_none()


def draft(staff: Staff, form_key: str) -> Draft | None:
    return db.session.scalars(select(Draft).where(Draft.staff_id == staff.id, Draft.form_key == form_key)).one_or_none()


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


def last_saves(post: Post) -> dict[str, tuple[datetime, str | None]]:
    """Return when each translation was last saved, and the user name of whoever did."""
    query = select(PostTranslation.language, Revision.written_at, Staff.username)
    query = query.join(Revision, Revision.id == PostTranslation.latest_id).outerjoin(Staff, Revision.written_by)
    rows = db.session.execute(query.where(PostTranslation.post_id == post.id))
    return {language: (written_at, name) for language, written_at, name in rows}


def revision(revision_id: int) -> Revision | None:
    return db.session.get(Revision, revision_id)


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


def categories(staff: Staff, post: Post | None) -> list[Item]:
    """Return the categories that this person may give a post: none that is archived, but the one that it has."""
    own, living = post.category_id if post else None, layout().living("category")
    return [each for each in living if each.id == own or (not each.is_hidden and may_choose_category(staff, each))]


def bylines(staff: Staff, post: Post | None) -> list[Item]:
    """Return the bylines that this person may give a post: none that is archived, but the one that it has."""
    own, living = post.author_id if post else None, layout().living("author")
    return [each for each in living if each.id == own or (not each.is_hidden and may_choose_byline(staff, each))]


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


def _page(query: Select[Element], number: int, size: int) -> Page[Element] | None:
    """Return a page of what ``query`` finds, None if there is no such page."""
    return Page.of(db.session.scalars(query.limit(size + 1).offset((number - 1) * size)).unique().all(), number, size)


def items(kind: str, model: Any) -> Sequence[Any]:
    """Return the items of a kind in their order; of posts, those with a pin or an end, the newest first."""
    query = select(model).order_by(model.id.desc())
    if model is Post:
        placed = or_(Post.pinned_until.is_not(None), Post.ends_at.is_not(None))
        return db.session.scalars(query.where(placed).options(WITHOUT_BODIES)).unique().all()
    if model is SiteItem:
        return db.session.scalars(query.where(SiteItem.kind == kind)).all()
    return db.session.scalars(select(model).order_by(model.position, model.id)).all()


def item(kind: str, model: Any, key: int) -> Any:
    row = db.session.get(model, key)
    is_other = isinstance(row, SiteItem) and row.kind != kind
    return None if is_other or (isinstance(row, Post) and not row.translations) else row


def new_item(kind: str, model: Any, slug: str) -> Any:
    """Return a new item; ``slug`` is the one that it would like to have, if it has a page."""
    taken = select(model.slug).where(model.slug.startswith(slug, autoescape=True))
    free = new_slug(slug, set(db.session.scalars(taken))) if slug else None
    return SiteItem(kind=kind, slug=free, fields={}) if model is SiteItem else model(slug=free, fields={})


def item_revisions_page(tag: str, number: int) -> Page[ItemRevision] | None:
    query = select(ItemRevision).where(ItemRevision.item == tag).order_by(ItemRevision.id.desc())
    return _page(query.options(joinedload(ItemRevision.written_by)), number, PAGE_SIZE)


def item_revision_with_previous(tag: str, revision_id: int) -> Sequence[ItemRevision]:
    """Return a revision of this item and, if there is one, the revision before it."""
    query = select(ItemRevision).where(ItemRevision.item == tag, ItemRevision.id <= revision_id)
    query = query.order_by(ItemRevision.id.desc()).limit(2).options(joinedload(ItemRevision.written_by))
    found = db.session.scalars(query).all()
    return found if found and found[0].id == revision_id else ()


def menu_items() -> dict[str, list[Any]]:
    """Return the categories, pages and links of the menu and of the footer, each in their order."""
    rows = [*items("page", SiteItem), *items("link", SiteItem), *items("category", Category)]
    rows = [row for row in rows if not row.item.is_hidden and row.item.merged_into_id is None]
    rows.sort(key=lambda row: (row.position, row.item.kind, row.id))
    places = {row: row.fields.get("place", "menu" if isinstance(row, Category) else "") for row in rows}
    return {place: [row for row in rows if places[row] == place] for place in ("menu", "footer")}


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
    return found if found is not None and may_change_picture(staff, found) else None


def pictures_changeable_by(staff: Staff, ids: Collection[int]) -> Sequence[Picture]:
    """Return those of the pictures that this person may change, locked where the database can, the oldest first."""
    query = select(Picture).where(Picture.id.in_(ids)).order_by(Picture.id).with_for_update(of=Picture)
    return [picture for picture in db.session.scalars(query).unique() if may_change_picture(staff, picture)]


def picture_by_digest(digest: str) -> Picture | None:
    return db.session.scalars(select(Picture).where(Picture.digest == digest)).unique().one_or_none()


def is_used(picture: Picture) -> bool:
    return bool(_posts_showing([picture])[picture] or layout().mentioning(picture.digest))


def is_remembered(picture: Picture) -> bool:
    """Return whether a revision or a draft shows the picture, because either may be restored."""
    texts = exists().where(Revision.body.contains(picture.digest))
    typed = exists().where(Draft.typed.contains(picture.digest))
    items = exists().where(cast(ItemRevision.fields, Text).contains(picture.digest))
    return bool(db.session.scalar(select(or_(texts, typed, items))))


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


def people() -> Sequence[Staff]:
    """Return everybody who has an account, those who may sign in first."""
    return db.session.scalars(select(Staff).order_by(Staff.active.desc(), Staff.username)).all()


def open_links() -> dict[int, AccountLink]:
    """Return the link that each person may still use, by the person's id."""
    query = select(AccountLink).where(AccountLink.used_at.is_(None), AccountLink.expires_at > now())
    return {link.staff_id: link for link in db.session.scalars(query)}


def last_seen() -> dict[int, datetime]:
    """Return when each person was seen last, by the person's id."""
    query = select(StaffSession.staff_id, func.max(StaffSession.seen_at)).group_by(StaffSession.staff_id)
    return {row[0]: row[1] for row in db.session.execute(query)}


def acts(
    person: int | None = None, kind: str = "", post: int | None = None, month: tuple[datetime, datetime] | None = None
) -> Select[Act]:
    """Return the query for the acts of a person, of a kind, on a post, within a month; the newest first."""
    query = select(Act).order_by(Act.id.desc())
    query = query.where(Act.staff_id == person) if person else query
    query = query.where(Act.kind == kind) if kind else query
    query = query.where(Act.post_id == post) if post else query
    return query.where(Act.at >= month[0], Act.at < month[1]) if month else query


def acts_page(number: int, **chosen: Any) -> Page[Act] | None:
    return _page(acts(**chosen), number, ACTS_PAGE_SIZE)


def times_of_acts() -> tuple[datetime | None, datetime | None]:
    """Return the times of the first act and of the last."""
    first, last = db.session.execute(select(func.min(Act.at), func.max(Act.at))).one()
    return first, last


def imported_page(number: int) -> Page[ImportedItem] | None:
    """Return a page of what came from the old site and not all as it was, what can be mended first."""
    query = select(ImportedItem).where(cast(ImportedItem.notes, Text) != "[]")
    query = query.order_by(ImportedItem.is_unfinished.desc(), ImportedItem.source).options(
        joinedload(ImportedItem.post)
    )
    return _page(query, number, PAGE_SIZE)


def errors_of_media(paths: Iterable[str]) -> dict[str, str]:
    """Return why files of the old site could not be stored, by path."""
    rows = db.session.execute(select(OldMedia.path, OldMedia.error).where(OldMedia.path.in_(list(paths))))
    return {path: error for path, error in rows if error}


def missed_addresses() -> Sequence[MissedAddress]:
    """Return the addresses most asked for in vain, without those that lead on by now."""
    is_led = exists().where(OldAddress.key == MissedAddress.path)
    query = select(MissedAddress).where(~is_led).order_by(MissedAddress.count.desc(), MissedAddress.path)
    return db.session.scalars(query.limit(MISSED_SHOWN)).all()


def addresses_by_hand() -> Sequence[OldAddress]:
    return db.session.scalars(select(OldAddress).where(OldAddress.is_by_hand).order_by(OldAddress.key)).all()
