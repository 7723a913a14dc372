"""Which files strangers may have."""

from sqlalchemy import literal, or_, select

from kariu_blog.database import db
from kariu_blog.media.file_models import File
from kariu_blog.posts.post import PostTranslation, TextFile

PUBLIC_LINKS = (select(TextFile.key).join(PostTranslation).where(PostTranslation.is_public),)
"""Select the keys of the files to which something public links: texts."""


def file_at(key: str) -> File | None:
    return db.session.scalars(select(File).where(File.key == key)).one_or_none()


def is_linked_publicly(file: File) -> bool:
    """Return whether anything public links to the file now."""
    return bool(db.session.scalar(select(or_(*(literal(file.key).in_(links) for links in PUBLIC_LINKS)))))
