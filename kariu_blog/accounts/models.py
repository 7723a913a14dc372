"""Staff: the people who write, what each role may do, their sessions, and what protects the sign-in."""

import hmac
import secrets
from base64 import b64encode
from datetime import datetime
from enum import StrEnum
from typing import Any

from flask_security.core import UserMixin
from flask_security.utils import hash_password, verify_password
from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship, validates

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
    password_hmac_key: Mapped[str | None] = mapped_column(Text)
    """Hexadecimal key of the HMAC that a hash from before migration 0010 was made of; None for every later hash."""
    role: Mapped[Role] = mapped_column(String(16))
    active: Mapped[bool] = mapped_column(default=True)
    fs_uniquifier: Mapped[str] = mapped_column(String(64), unique=True, default=lambda: secrets.token_hex(32))
    """A new one ends every session of this person; Flask-Security sets it with a new password."""
    created_at: Mapped[datetime] = mapped_column(default=now)
    sessions: Mapped[list["StaffSession"]] = relationship(
        back_populates="staff", cascade="all, delete-orphan", passive_deletes=True
    )

    @property
    def may_publish(self) -> bool:
        """Editors and admins publish, and edit what is public; authors write drafts."""
        return self.role in (Role.ADMIN, Role.EDITOR)

    def verify_and_update_password(self, password: str) -> bool:
        """Whether the password is right; if it is, replace a hash that was made by other rules than today's."""
        if self.password_hmac_key is None:
            return super().verify_and_update_password(password)
        key = bytes.fromhex(self.password_hmac_key)
        if not verify_password(b64encode(hmac.digest(key, password.encode(), "sha512")), self.password):
            return False
        self.password = hash_password(password)
        return True

    @validates("password")
    def _without_hmac(self, _name: str, value: str) -> str:
        self.password_hmac_key = None
        return value

    @validates("role", "active", "fs_uniquifier")
    def _end_sessions(self, _name: str, value: Any) -> Any:
        self.sessions.clear()
        return value


class StaffSession(Base):
    """A signed-in browser.  One that has signed out stays, as a sign of where its person signs in from."""

    __tablename__ = "staff_session"

    token_digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    """SHA-256 of the token in the cookie, so that a copy of the database opens no session."""
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id", ondelete="CASCADE"), index=True)
    staff: Mapped[Staff] = relationship(back_populates="sessions")
    network_digest: Mapped[str] = mapped_column(String(64), default="")
    created_at: Mapped[datetime] = mapped_column(default=now)
    seen_at: Mapped[datetime] = mapped_column(default=now)
    """The last request, to the hour."""
    expires_at: Mapped[datetime]


class SignInFailures(Base):
    """How often a sign-in has failed since a window of time began."""

    __tablename__ = "sign_in_failures"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    """Digest of an account, an address, or both."""
    failures: Mapped[int]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    """The end of the window."""
