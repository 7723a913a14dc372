"""Unsaved drafts, links that show a translation to people without an account, and reminders."""

import json
import secrets
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta

from sqlalchemy import JSON, ForeignKey, String, Text, UniqueConstraint, delete, event
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, mapped_column, relationship

from kariu_blog.accounts.models import Staff
from kariu_blog.database import Base, db, now
from kariu_blog.languages import LANGUAGES
from kariu_blog.posts.content import TITLE_LENGTH
from kariu_blog.posts.post import Post, PostTranslation
from kariu_blog.text import clean_line


class Draft(Base):
    """A form as one person left it without saving; the post stays as it is."""

    __tablename__ = "draft"
    __table_args__ = (UniqueConstraint("staff_id", "form_key"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id", ondelete="CASCADE"))
    form_key: Mapped[str] = mapped_column(String(40))
    """``post-7``, or the key of a form for a new post."""
    post_id: Mapped[int | None] = mapped_column(ForeignKey("post.id", ondelete="CASCADE"), index=True)
    typed: Mapped[str] = mapped_column(Text)
    """The fields, as JSON."""
    languages: Mapped[str] = mapped_column(String(20))
    """Languages with changes: ``kk,ru``."""
    title: Mapped[str] = mapped_column(String(TITLE_LENGTH), default="")
    saved_at: Mapped[datetime] = mapped_column(default=now)

    staff: Mapped[Staff] = relationship()
    post: Mapped[Post | None] = relationship()

    @property
    def fields(self) -> dict[str, str]:
        return dict(json.loads(self.typed))

    @property
    def title_language(self) -> str | None:
        fields = self.fields
        return next((code for code in LANGUAGES if clean_line(fields.get(f"{code}-title", ""))), None)

    def hold(self, fields: Mapping[str, str], languages: Iterable[str]) -> None:
        """Replace what is held; ``languages`` are those with changes."""
        self.typed, self.languages, self.saved_at = json.dumps(fields), ",".join(languages), now()
        self.title = clean_line(fields.get(f"{self.title_language}-title", ""))[:TITLE_LENGTH]


class PreviewLink(Base):
    """An address at which anybody can read a translation as it is saved, until it expires."""

    __tablename__ = "preview_link"

    token: Mapped[str] = mapped_column(String(64), primary_key=True, default=lambda: secrets.token_urlsafe(32))
    translation_id: Mapped[int] = mapped_column(ForeignKey("post_translation.id", ondelete="CASCADE"), index=True)
    made_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id", ondelete="SET NULL"))
    made_at: Mapped[datetime] = mapped_column(default=now)
    expires_at: Mapped[datetime]

    translation: Mapped[PostTranslation] = relationship()
    made_by: Mapped[Staff | None] = relationship()

    @classmethod
    def lasting(cls, days: int, translation: PostTranslation, by: Staff) -> "PreviewLink":
        return cls(translation=translation, made_by_id=by.id, expires_at=now() + timedelta(days=days))

    @hybrid_property
    def is_valid(self) -> bool:
        return self.expires_at > now()


class Reminder(Base):
    """The last mail to a person about what is waiting."""

    __tablename__ = "reminder"

    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id", ondelete="CASCADE"), primary_key=True)
    sent_at: Mapped[datetime | None]
    known: Mapped[list[str]] = mapped_column(JSON)
    """What that mail counted, as far as it is still waiting: a reason and the id of a post."""


@event.listens_for(Staff.active, "set")
def _end_preview_links(person: Staff, active: bool, _before: object, _initiator: object) -> None:
    """Delete the preview links of whoever is disabled, so that they stay ended."""
    if not active and person.id is not None:
        db.session.execute(delete(PreviewLink).where(PreviewLink.made_by_id == person.id))
