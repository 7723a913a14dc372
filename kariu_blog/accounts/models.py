"""Staff: the people who write, and what each role may do."""

import secrets
from datetime import datetime
from enum import StrEnum

from flask_security.core import UserMixin
from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from kariu_blog.database import Base, now


class Role(StrEnum):
    ADMIN = "admin"
    EDITOR = "editor"
    AUTHOR = "author"


class Staff(Base, UserMixin):
    __tablename__ = "staff"

    id: Mapped[int] = mapped_column(primary_key=True)
    username: Mapped[str] = mapped_column(String(64), unique=True)
    """In small letters, so that names differ by more than case in every alphabet."""
    password: Mapped[str] = mapped_column(String(255))
    role: Mapped[Role] = mapped_column(String(16))
    active: Mapped[bool] = mapped_column(default=True)
    fs_uniquifier: Mapped[str] = mapped_column(String(64), unique=True, default=lambda: secrets.token_hex(32))
    """What a session remembers; a new one ends every session of this person."""
    created_at: Mapped[datetime] = mapped_column(default=now)

    @property
    def may_publish(self) -> bool:
        """Editors and admins publish, and edit what is public; authors write drafts."""
        return self.role in (Role.ADMIN, Role.EDITOR)
