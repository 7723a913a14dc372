"""Pictures and files that translations refer to."""

from collections.abc import Callable
from typing import TypeVar

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from kariu_blog.database import Base

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


def note(known: dict[str, Reference], names: set[str], reference: Callable[[str], Reference]) -> None:
    """Bring the rows that say what a body refers to up to date."""
    for name in set(known) - names:
        del known[name]
    for name in names - set(known):
        known[name] = reference(name)
