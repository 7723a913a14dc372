"""Staff: the people who write, their roles and limits, their sessions and links, and what protects the sign-in."""

import hmac
import secrets
from base64 import b64encode
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from flask_security.utils import hash_password, verify_password
from sqlalchemy import JSON, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship, validates

from kariu_blog.accounts.second_factor import SecondFactor
from kariu_blog.database import Base, now


class Role(StrEnum):
    ADMIN = "admin"
    EDITOR = "editor"
    TRANSLATOR = "translator"
    AUTHOR = "author"


PUBLISHERS = (Role.ADMIN, Role.EDITOR)
PASSWORD_LENGTHS = {Role.ADMIN: 15}
PASSWORD_LENGTH_MIN = 12
"""For every other role."""


class Staff(Base, SecondFactor):
    __tablename__ = "staff"

    id: Mapped[int] = mapped_column(primary_key=True)
    username: Mapped[str] = mapped_column(String(64), unique=True)
    """In small letters, so that names differ by more than case in every alphabet."""
    password: Mapped[str] = mapped_column(String(255))
    password_hmac_key: Mapped[str | None] = mapped_column(Text)
    """Hexadecimal key of the HMAC that a hash from before migration 0010 was made of; None for every later hash."""
    must_change_password: Mapped[bool] = mapped_column(default=False)
    """True if somebody else knows the password, or if it is shorter than the role asks for."""
    email: Mapped[str | None] = mapped_column(String(254), unique=True)  # type: ignore[assignment]  # there never None
    """In small letters.  Signs in like the user name."""
    names: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    """Full name in each language."""
    language: Mapped[str | None] = mapped_column(String(2))
    """In which mails are written."""
    wants_reminders: Mapped[bool] = mapped_column(default=True)
    """Whether a mail tells what is waiting for this person."""
    role: Mapped[Role] = mapped_column(String(16))
    languages: Mapped[list[str]] = mapped_column(JSON, default=list)
    """Languages in which this person may write and publish.  Empty: all, as in the two other limits."""
    categories: Mapped[list[int]] = mapped_column(JSON, default=list)
    bylines: Mapped[list[int]] = mapped_column(JSON, default=list)
    active: Mapped[bool] = mapped_column(default=True)
    fs_uniquifier: Mapped[str] = mapped_column(String(64), unique=True, default=lambda: secrets.token_hex(32))
    """A new one ends every session of this person; Flask-Security sets it with a new password."""
    created_at: Mapped[datetime] = mapped_column(default=now)
    sessions: Mapped[list["StaffSession"]] = relationship(
        back_populates="staff", cascade="all, delete-orphan", passive_deletes=True
    )

    @property
    def may_publish(self) -> bool:
        """Editors and admins publish, and edit what is public; authors and translators write drafts."""
        return self.role in PUBLISHERS

    def writes_in(self, language: str) -> bool:
        return not self.languages or language in self.languages

    @property
    def password_length_min(self) -> int:
        return PASSWORD_LENGTHS.get(self.role, PASSWORD_LENGTH_MIN)

    @property
    def has_to_do_first(self) -> str:
        """The endpoint of what has to be done before any work, if anything has."""
        if self.must_change_password:
            return "security.change_password"
        return "security.mf_recovery_codes" if self.has_second_factor and self.mf_recovery_codes is None else ""

    def name(self, language: str) -> str:
        """Return the full name as pages of ``language`` show it, the user name if there is none."""
        return self.names.get(language) or self.username

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
    def _end_sessions(self, name: str, value: Any) -> Any:
        if value != getattr(self, name):
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
    device: Mapped[str] = mapped_column(String(60), default="")
    """Browser and system, by which its person knows it."""
    seen_at: Mapped[datetime] = mapped_column(default=now)
    """The last request, to the hour."""
    expires_at: Mapped[datetime]

    def extend(self, idle: timedelta, longest: timedelta) -> None:
        """Last for ``idle`` from now on, but never ``longest`` after the sign-in."""
        self.seen_at = now()
        self.expires_at = min(self.seen_at + idle, (self.created_at or self.seen_at) + longest)


class AccountLink(Base):
    """A link with which somebody chooses a password, once: an invitation, or a reset."""

    __tablename__ = "account_link"

    id: Mapped[int] = mapped_column(primary_key=True)
    staff_id: Mapped[int] = mapped_column(ForeignKey("staff.id", ondelete="CASCADE"), index=True)
    purpose: Mapped[str] = mapped_column(String(16))
    """``invitation`` or ``reset``."""
    token_digest: Mapped[str | None] = mapped_column(String(64), unique=True)
    """SHA-256 of the token.  None until a mail is sent: only then is the token made."""
    made_at: Mapped[datetime] = mapped_column(default=now)
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    mailed_at: Mapped[datetime | None]
    mail_fault: Mapped[str] = mapped_column(String(16), default="")
    """Why it has not been mailed: ``refused`` or ``unreachable``."""

    staff: Mapped[Staff] = relationship()


class SignInFailures(Base):
    """How often a sign-in has failed since a window of time began."""

    __tablename__ = "sign_in_failures"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    """Digest of an account, an address, or both."""
    failures: Mapped[int]
    expires_at: Mapped[datetime] = mapped_column(index=True)
    """The end of the window."""
