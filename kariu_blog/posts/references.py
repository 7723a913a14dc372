"""What translations refer to: pictures, files, and revisions of other languages."""

from collections.abc import Callable
from typing import TypeVar

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from kariu_blog.database import Base
from kariu_blog.posts.taxonomy import is_language

Reference = TypeVar("Reference")


class TextPicture(Base):
    """A picture that a body shows, by digest because the picture itself may be missing."""

    __tablename__ = "text_picture"

    translation_id: Mapped[int] = mapped_column(ForeignKey("post_translation.id", ondelete="CASCADE"), primary_key=True)
    digest: Mapped[str] = mapped_column(String(20), primary_key=True, index=True)


class TextFile(Base):
    """A file that a body links to, by key because the file itself may be missing."""

    __tablename__ = "text_file"

    translation_id: Mapped[int] = mapped_column(ForeignKey("post_translation.id", ondelete="CASCADE"), primary_key=True)
    key: Mapped[str] = mapped_column(String(20), primary_key=True, index=True)


class TranslationSource(Base):
    """The revision of another language that a translation was last up to date with."""

    __tablename__ = "translation_source"
    __table_args__ = (is_language(),)

    translation_id: Mapped[int] = mapped_column(ForeignKey("post_translation.id", ondelete="CASCADE"), primary_key=True)
    language: Mapped[str] = mapped_column(String(2), primary_key=True)
    """The other language."""
    revision_id: Mapped[int] = mapped_column(ForeignKey("revision.id", ondelete="CASCADE"))


def note(known: dict[str, Reference], names: set[str], reference: Callable[[str], Reference]) -> None:
    """Bring the rows that say what a body refers to up to date."""
    for name in set(known) - names:
        del known[name]
    for name in names - set(known):
        known[name] = reference(name)
