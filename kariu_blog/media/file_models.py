"""Files that texts link to: their titles and versions."""

import secrets
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, String, Text, func, select
from sqlalchemy.orm import Mapped, mapped_column, relationship

from kariu_blog.accounts.models import Staff
from kariu_blog.cache.versions import Tagged
from kariu_blog.database import Base, now
from kariu_blog.languages import LANGUAGES, Said, nearest
from kariu_blog.media.kinds import TYPES
from kariu_blog.media.models import LIBRARY
from kariu_blog.text import FILES, clean_line

TITLE_LENGTH = 200
NAME_LENGTH = 200


class File(Base):
    """A file at one address, whatever its versions.  The row outlives the file, because its address answers 410."""

    __tablename__ = "file"

    id: Mapped[int] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(String(20), unique=True, default=lambda: secrets.token_hex(10))
    """Names it in addresses; nobody can guess it."""
    uploaded_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id", ondelete="SET NULL"), index=True)
    deleted_at: Mapped[datetime | None]
    words: Mapped[str] = mapped_column(Text, default="")
    """Name and titles in small letters, for the library's search."""
    titles: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    """By language."""

    uploaded_by: Mapped[Staff | None] = relationship()
    versions: Mapped[list["FileVersion"]] = relationship(
        back_populates="file", cascade="all, delete-orphan", order_by="FileVersion.id"
    )
    """Oldest first; the last one is served."""
    texts: Mapped[list[Any]] = relationship(
        "PostTranslation",
        secondary="text_file",
        primaryjoin="File.key == foreign(text_file.c.key)",
        secondaryjoin="foreign(text_file.c.translation_id) == PostTranslation.id",
        viewonly=True,
    )
    """The translations that link to it."""

    @property
    def address(self) -> str:
        return FILES + self.key

    @property
    def current(self) -> "FileVersion":
        return self.versions[-1]

    @property
    def state(self) -> str:
        """Fingerprint of titles and version, from which a form tells whether somebody else has saved meanwhile."""
        return "|".join([str(len(self.versions)), *(self.title_in(code) for code in LANGUAGES)])

    def title_in(self, language: str) -> str:
        return self.titles.get(language, "")

    def title(self, language: str) -> Said | None:
        return nearest(self.titles, language)

    def name_in(self, titles: dict[str, str]) -> None:
        """Set its titles by language."""
        self.titles = (self.titles or {}) | {language: clean_line(words) for language, words in titles.items()}
        names = [version.name for version in self.versions[-1:]]
        self.words = " ".join([*names, *self.titles.values()]).casefold()

    def delete(self) -> None:
        """Take titles and versions away; the address stays, and is gone."""
        self.deleted_at, self.words, self.titles = now(), "", {}
        self.versions.clear()


class FileVersion(Tagged, Base):
    """The content of a file, as it was sent once."""

    __tablename__ = "file_version"

    id: Mapped[int] = mapped_column(primary_key=True)
    file_id: Mapped[int] = mapped_column(ForeignKey("file.id", ondelete="CASCADE"), index=True)
    digest: Mapped[str] = mapped_column(String(20), index=True)
    suffix: Mapped[str] = mapped_column(String(4))
    bytes: Mapped[int]
    name: Mapped[str] = mapped_column(String(NAME_LENGTH))
    """Name of the file that was sent, with the suffix of what it is."""
    uploaded_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id", ondelete="SET NULL"), index=True)
    uploaded_at: Mapped[datetime] = mapped_column(default=now)

    file: Mapped[File] = relationship(back_populates="versions")
    uploaded_by: Mapped[Staff | None] = relationship()

    @property
    def stored_name(self) -> str:
        return f"{self.digest}.{self.suffix}"

    @property
    def type(self) -> str:
        return TYPES[self.suffix]

    def invalidated_tags(self) -> set[str]:
        """Return the tags of the texts that show its type and size, and of their feeds."""
        return {LIBRARY}.union(*(text.tags_of_body() for text in self.file.texts)) if self.file else set()


NEWEST = select(func.max(FileVersion.id)).where(FileVersion.file_id == File.id).correlate(File).scalar_subquery()
"""The id of a file's present version."""
