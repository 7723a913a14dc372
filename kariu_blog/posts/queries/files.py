"""Which files strangers may have."""

from sqlalchemy import select

from kariu_blog.database import db
from kariu_blog.media.file_models import File
from kariu_blog.posts.post import PostTranslation
from kariu_blog.posts.queries.navigation import layout
from kariu_blog.posts.references import TextFile


def file_at(key: str) -> File | None:
    return db.session.scalars(select(File).where(File.key == key)).one_or_none()


def is_linked_publicly(file: File) -> bool:
    """Return whether anything that readers see links to the file now: a text, a page, an entry of the menu."""
    in_texts = select(TextFile.key).join(PostTranslation).where(TextFile.key == file.key, PostTranslation.is_public)
    in_items = (item.is_public for item in layout().mentioning(file.address))
    return db.session.scalar(in_texts.limit(1)) is not None or any(in_items)
