"""What each person may do with posts.  What a role may do at all stands in ``accounts/models.py``."""

from sqlalchemy import ColumnElement, and_, true

from kariu_blog.accounts.models import Staff
from kariu_blog.posts.post import Post, PostTranslation


def may_edit(staff: Staff, post: Post) -> bool:
    """Return whether this person finds the post in the newsroom: their own, or any if they may publish."""
    return staff.may_publish or post.created_by_id == staff.id


def may_edit_sql(staff: Staff) -> ColumnElement[bool]:
    """Return ``may_edit`` as a condition on ``Post``.  Nobody edits what is in the trash."""
    return and_(_may_edit_sql(staff), Post.trashed_at.is_(None))


def may_restore_sql(staff: Staff) -> ColumnElement[bool]:
    """Return the condition on ``Post`` that this person may take it out of the trash."""
    return and_(_may_edit_sql(staff), Post.trashed_at.is_not(None))


def may_write(staff: Staff, translation: PostTranslation) -> bool:
    """Return whether this person may change the content, which authors may not once it waits to be shown."""
    is_waiting = translation.due_at is not None or translation.update_at is not None
    return may_edit(staff, translation.post) and (staff.may_publish or not is_waiting)


def may_file(staff: Staff, post: Post) -> bool:
    """Return whether this person may change category, byline and cover, which readers see at once."""
    return may_edit(staff, post) and (staff.may_publish or post.listed_at is None)


def may_delete(staff: Staff, post: Post) -> bool:
    """Return whether this person may delete the post, which authors may not once it has a date of publication."""
    return may_edit(staff, post) and (staff.may_publish or post.first_published_at is None)


def _may_edit_sql(staff: Staff) -> ColumnElement[bool]:
    return true() if staff.may_publish else Post.created_by_id == staff.id
