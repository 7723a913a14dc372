"""What each person may do with posts and pictures, by role and limits of the account: decided here alone."""

from sqlalchemy import ColumnElement, and_, exists, select, true

from kariu_blog.accounts.models import Role, Staff
from kariu_blog.database import db
from kariu_blog.media.models import Picture
from kariu_blog.posts.items import Item
from kariu_blog.posts.post import Post
from kariu_blog.posts.taxonomy import RECTOR

READERS_OF_ALL = (Role.ADMIN, Role.EDITOR, Role.TRANSLATOR)


def may_edit(staff: Staff, post: Post) -> bool:
    """Return whether this person finds the post in the newsroom: their own, or any if the role says so."""
    is_within = (not staff.categories or post.category_id in staff.categories) and (
        not staff.bylines or post.author_id in staff.bylines
    )
    return is_within and (staff.role in READERS_OF_ALL or post.created_by_id == staff.id)


def may_edit_sql(staff: Staff) -> ColumnElement[bool]:
    """Return ``may_edit`` as a condition on ``Post``.  Nobody edits what is in the trash."""
    return and_(_may_edit_sql(staff), Post.trashed_at.is_(None))


def may_restore_sql(staff: Staff) -> ColumnElement[bool]:
    """Return the condition on ``Post`` that this person may take it out of the trash."""
    return and_(_may_edit_sql(staff), Post.trashed_at.is_not(None))


def may_create(staff: Staff) -> bool:
    """Return whether this person may begin a post.  Translators only translate those of others."""
    return staff.role != Role.TRANSLATOR


def may_write(staff: Staff, post: Post | None, language: str) -> bool:
    """Return whether this person may change the content in a language, of a new post if there is none.

    Whoever may not publish leaves alone what waits to be shown at a time.
    """
    translation = post.translations.get(language) if post else None
    is_waiting = translation is not None and (translation.due_at is not None or translation.update_at is not None)
    is_open = staff.may_publish or not is_waiting
    return is_open and staff.writes_in(language) and (may_edit(staff, post) if post else may_create(staff))


def may_publish(staff: Staff, language: str) -> bool:
    """Return whether this person may publish and withdraw texts in a language, in each post that they may edit."""
    return staff.may_publish and staff.writes_in(language)


def may_share(staff: Staff, post: Post) -> bool:
    """Return whether this person may change category, byline and cover, which readers of a listed post see at once."""
    is_open = staff.may_publish or post.listed_at is None
    return is_open and may_create(staff) and all(may_write(staff, post, language) for language in post.translations)


def may_delete(staff: Staff, post: Post) -> bool:
    """Return whether this person may delete the post, which authors may not once it has a date of publication."""
    return may_share(staff, post) and (staff.may_publish or post.first_published_at is None)


def may_choose_category(staff: Staff, category: Item) -> bool:
    """Return whether this person may put posts into the category."""
    return _may_choose(staff, category, staff.categories)


def may_choose_byline(staff: Staff, byline: Item) -> bool:
    """Return whether this person may write under the byline."""
    return _may_choose(staff, byline, staff.bylines)


def may_change_picture(staff: Staff, picture: Picture) -> bool:
    """Return whether this person may change it: authors their own, unless it is a cover that readers have seen."""
    if staff.may_publish:
        return True
    covers_something = exists().where(Post.cover_id == picture.id, Post.first_published_at.is_not(None))
    return picture.uploaded_by_id == staff.id and not db.session.scalar(select(covers_something))


def _may_choose(staff: Staff, named: Item, limit: list[int]) -> bool:
    """Without a limit everything, but for authors what is the rector's: that takes a limit that names it."""
    return named.id in limit if limit else staff.may_publish or named.slug != RECTOR


def _may_edit_sql(staff: Staff) -> ColumnElement[bool]:
    condition = true() if staff.role in READERS_OF_ALL else Post.created_by_id == staff.id
    if staff.categories:
        condition &= Post.category_id.in_(staff.categories)
    if staff.bylines:
        condition &= Post.author_id.in_(staff.bylines)
    return condition
