"""Links with which somebody chooses a password: invitations and resets."""

import secrets
from datetime import timedelta

from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from kariu_blog.accounts.models import AccountLink, Staff
from kariu_blog.accounts.sessions import digest
from kariu_blog.database import now

PATH = "/link"
"""Where links are opened, below the newsroom's address."""
LASTS = {"invitation": timedelta(days=7), "reset": timedelta(days=1)}


def new_link(session: Session, person: Staff, purpose: str) -> AccountLink:
    """Return a link without a token yet.  Earlier ones of this person open nothing any more."""
    delete_unused(session, person)
    link = AccountLink(staff=person, purpose=purpose, expires_at=now() + LASTS[purpose])
    session.add(link)
    return link


def delete_unused(session: Session, person: Staff) -> None:
    session.execute(delete(AccountLink).where(AccountLink.staff_id == person.id, AccountLink.used_at.is_(None)))


def new_token(link: AccountLink) -> str:
    """Return a token that opens the link, the only one that does."""
    token = secrets.token_urlsafe(32)
    link.token_digest = digest(token)
    return token


def use(session: Session, token: str) -> Staff | None:
    """Return the person whose link this token opens, once; None if it is used, expired or unknown."""
    used = (
        update(AccountLink)
        .where(AccountLink.token_digest == digest(token), AccountLink.used_at.is_(None), AccountLink.expires_at > now())
        .values(used_at=now())
        .returning(AccountLink.staff_id)
    )
    staff_id = session.scalar(used)
    return session.get(Staff, staff_id) if staff_id is not None else None
