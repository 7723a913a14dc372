"""What the newsroom keeps for itself: unsaved drafts, and links that show a text to people without an account."""

import json
import secrets
from datetime import datetime, timedelta

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, mapped_column, relationship

from kariu_blog.accounts.models import Staff
from kariu_blog.database import Base, now
from kariu_blog.languages import LANGUAGES
from kariu_blog.posts.models import Post, PostTranslation
from kariu_blog.text import clean_line


class Draft(Base):
    """A form as one person left it without saving, beside the post, which it does not change."""

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
    """Whose panes were changed: ``kk,ru``."""
    title: Mapped[str] = mapped_column(String(200), default="")
    saved_at: Mapped[datetime] = mapped_column(default=now)

    staff: Mapped[Staff] = relationship()
    post: Mapped[Post | None] = relationship()

    @property
    def title_language(self) -> str | None:
        """Of the title that it is known by."""
        typed = json.loads(self.typed)
        return next((code for code in LANGUAGES if clean_line(typed.get(f"{code}-title", ""))), None)


class PreviewLink(Base):
    """Lets anybody who has it read a text as it is now, published or not, until it expires."""

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
