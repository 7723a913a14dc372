"""The content of a translation: what its authors write."""

import hashlib
from dataclasses import astuple, dataclass, fields
from datetime import datetime

from sqlalchemy import String, Text
from sqlalchemy.orm import Mapped, mapped_column

from kariu_blog.text import body_from_typed, clean_line

TITLE_LENGTH = 200
SUMMARY_LENGTH = 500
NOTE_LENGTH = 500
BODY_LENGTH = 300_000
SLUG_LENGTH = 100


@dataclass(frozen=True)
class Content:
    """The content as one value: forms, revisions and differences pass it whole, so that no field can be forgotten."""

    title: str
    summary: str
    body: str
    """HTML, or text with blank lines between paragraphs; clean HTML once it is saved."""
    slug: str
    correction_note: str = ""
    """Tells readers what was wrong."""

    @property
    def digest(self) -> str:
        """Fingerprint, from which a form tells whether somebody else has saved meanwhile."""
        return text_digest(*astuple(self))

    def cleaned(self) -> "Content":
        """Return the content as it is saved.  Raises TooManyTagsError."""
        lines = {name: clean_line(getattr(self, name)) for name in CONTENT_FIELDS}
        return Content(**{**lines, "body": body_from_typed(self.body)})


CONTENT_FIELDS = tuple(field.name for field in fields(Content))


class ContentColumns:
    """The columns of a content: a mixin for each table that holds one."""

    title: Mapped[str] = mapped_column(String(TITLE_LENGTH))
    summary: Mapped[str] = mapped_column(String(SUMMARY_LENGTH), default="")
    body: Mapped[str] = mapped_column(Text, default="")
    slug: Mapped[str] = mapped_column(String(SLUG_LENGTH))
    correction_note: Mapped[str] = mapped_column(String(NOTE_LENGTH), default="")
    corrected_at: Mapped[datetime | None]
    """Date that readers see beside the correction."""

    @property
    def content(self) -> Content:
        return Content(**{name: getattr(self, name) for name in CONTENT_FIELDS})

    @content.setter
    def content(self, content: Content) -> None:
        for name in CONTENT_FIELDS:
            setattr(self, name, getattr(content, name))


def text_digest(*parts: str) -> str:
    return hashlib.sha256("\x00".join(parts).encode()).hexdigest()[:16]
