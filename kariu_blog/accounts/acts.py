"""The log of acts: who did what, and when.  No code changes or deletes an act."""

from datetime import datetime

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from kariu_blog.accounts.models import Staff
from kariu_blog.database import Base, db, now


class Act(Base):
    __tablename__ = "act"

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(default=now, index=True)
    kind: Mapped[str] = mapped_column(String(40), index=True)
    """Subject and verb, such as ``post.published`` or ``category.merged``."""
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id", ondelete="SET NULL"), index=True)
    """None for an act of the command line, or of somebody whose account is gone."""
    staff_name: Mapped[str] = mapped_column(String(64), default="")
    """User name at that time."""
    post_id: Mapped[int | None] = mapped_column(index=True)
    """No foreign key, because the act outlives the post."""
    subject: Mapped[str] = mapped_column(String(300), default="")
    """What was acted on, in words: a title with its language, a name.  Never a text, a password or a token."""

    staff: Mapped[Staff | None] = relationship()


def record(kind: str, staff: Staff | None, subject: str = "", *, post_id: int | None = None) -> None:
    """Log an act in the present transaction."""
    name = staff.username if staff else ""
    staff_id = staff.id if staff else None
    db.session.add(Act(kind=kind, staff_id=staff_id, staff_name=name, post_id=post_id, subject=subject[:300]))
