"""Which files staff find, and what uses them."""

from collections.abc import Collection, Sequence

from sqlalchemy import exists, select, union
from sqlalchemy.orm import selectinload

from kariu_blog.accounts.models import Staff
from kariu_blog.database import db
from kariu_blog.media.file_models import NEWEST, File, FileVersion
from kariu_blog.newsroom.models import Draft
from kariu_blog.newsroom.queries import WITHOUT_BODIES
from kariu_blog.posts.post import Post, PostTranslation, Revision
from kariu_blog.posts.queries.files import is_linked_publicly
from kariu_blog.posts.queries.lists import Page
from kariu_blog.posts.references import TextFile
from kariu_blog.posts.rights import may_edit_sql
from kariu_blog.text import clean_line

PAGE_SIZE = 24


def files_page(asked: str, number: int) -> Page[File] | None:
    """Return a page of the files with all words in name and titles, the newest first."""
    query = select(File).where(File.deleted_at.is_(None)).order_by(File.id.desc())
    for word in clean_line(asked).casefold().split():
        query = query.where(File.words.contains(word, autoescape=True))
    query = query.options(selectinload(File.versions))
    found = db.session.scalars(query.limit(PAGE_SIZE + 1).offset((number - 1) * PAGE_SIZE)).all()
    return Page.of(found, number, PAGE_SIZE)


def file(file_id: int) -> File | None:
    return db.session.scalars(select(File).where(File.id == file_id, File.deleted_at.is_(None))).one_or_none()


def file_changeable_by(staff: Staff, file_id: int) -> File | None:
    """Return the file, locked where the database can; None if this person may not change it."""
    found = db.session.get(File, file_id, with_for_update=True)
    return found if found is not None and not found.deleted_at and may_change(staff, found) else None


def may_change(staff: Staff, file: File) -> bool:
    """Authors change their own files while nothing public links to them."""
    if staff.may_publish:
        return True
    return file.uploaded_by_id == staff.id and not is_linked_publicly(file)


def file_with_content(stored_name: str) -> File | None:
    """Return the file whose present version has the content that is stored under this name."""
    query = select(File).join(FileVersion, FileVersion.id == NEWEST)
    return db.session.scalars(query.where(FileVersion.digest == stored_name.split(".")[0])).first()


def used_names(versions: Collection[FileVersion]) -> set[str]:
    """Return the stored names of these versions that others have as well."""
    ids, digests = [each.id for each in versions], [each.digest for each in versions]
    query = select(FileVersion).where(FileVersion.digest.in_(digests), FileVersion.id.not_in(ids))
    return {other.stored_name for other in db.session.scalars(query)}


def uses(files: Collection[File]) -> dict[str, set[int]]:
    """Return the ids of the posts that link to each file, by its key, also in changes that readers have not seen."""
    keys = [file.key for file in files]
    shown = select(TextFile.key, PostTranslation.post_id).join(PostTranslation).where(TextFile.key.in_(keys))
    unseen = select(File.key, PostTranslation.post_id).where(File.key.in_(keys), Revision.body.contains(File.key))
    pairs = union(shown, unseen.join(Revision, Revision.id == PostTranslation.unseen_id))
    found: dict[str, set[int]] = {key: set() for key in keys}
    for key, post in db.session.execute(pairs):
        found[key].add(post)
    return found


def is_typed(file: File) -> bool:
    """Return whether a draft that is not saved yet links to the file."""
    return bool(db.session.scalar(select(exists().where(Draft.typed.contains(file.key)))))


def posts_linking(staff: Staff, file: File) -> tuple[Sequence[Post], int]:
    """Return the posts with a link to the file that this person may edit, and the number of the others."""
    ids = uses([file])[file.key]
    query = select(Post).where(Post.id.in_(ids), may_edit_sql(staff)).order_by(Post.id.desc())
    posts = db.session.scalars(query.options(WITHOUT_BODIES)).unique().all()
    return posts, len(ids) - len(posts)
