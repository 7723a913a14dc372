"""Sessions of staff: a random token in the cookie, a row in the database, both under /{lang}/staff/ alone."""

import hashlib
import secrets
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from flask import Flask, Request, Response, current_app, g, request, session
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface, SessionMixin
from flask_login import LoginManager, user_logged_in, user_logged_out
from flask_security.utils import set_request_attr
from sqlalchemy import delete, exists, or_, select
from sqlalchemy.orm import joinedload

from kariu_blog.accounts import acts, limits
from kariu_blog.accounts.models import Staff, StaffSession
from kariu_blog.database import db, now
from kariu_blog.routing import page_language
from kariu_blog.security import client_network

STRANGERS_BYTES_MAX = 1024 * 1024
SEEN_EVERY = timedelta(hours=1)
REMEMBERED = timedelta(days=90)
SESSIONS_MAX = 100
"""Of one person, ended ones included."""
BROWSERS = {"YaBrowser": "Yandex", "Edg": "Edge", "OPR": "Opera", "Firefox": "", "Chrome": "", "Safari": ""}
SYSTEMS = {"Android": "", "iPhone": "", "iPad": "", "Windows": "", "Mac OS": "macOS", "Linux": ""}
"""Words of a User-Agent, the telling ones first, each with the name to show if that is another."""


class StaffSessions(SecureCookieSessionInterface):
    """Sessions for the newsroom's addresses alone.

    Everywhere else a request gets an empty session and its response neither a cookie nor a
    ``Vary: Cookie``, whatever an extension looks up in it.
    """

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        session = super().open_session(app, request) if is_staff(request.path) else self.session_class()
        if session is not None and "_user_id" not in session:
            request.max_content_length = STRANGERS_BYTES_MAX
        return session

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        if is_staff(request.path):
            super().save_session(app, session, response)


def init_app(app: Flask, login_manager: LoginManager) -> None:
    app.session_interface = StaffSessions()
    login_manager.user_loader(_signed_in)
    login_manager.request_loader(None)  # Flask-Security's takes tokens from headers, queries and JSON
    user_logged_in.connect(_begin, app)
    user_logged_out.connect(_end, app)


def is_staff(path: str) -> bool:
    return path.split("/")[2:3] == ["staff"]


def is_known(person: Staff, network: str) -> bool:
    """Whether this person has lately signed in from the network."""
    here = (StaffSession.staff_id == person.id) & (StaffSession.network_digest == limits.digest(network))
    return bool(db.session.scalar(select(exists().where(here, StaffSession.seen_at > now() - REMEMBERED))))


def _signed_in(token: str) -> Staff | None:
    """Return the person whose session the cookie names, while it lasts."""
    held = db.session.get(StaffSession, digest(token), options=[joinedload(StaffSession.staff)])
    if held is None or held.expires_at <= now() or not held.staff.active:
        return None
    if held.seen_at < now() - SEEN_EVERY:
        _extend(held)
        db.session.commit()
        session.modified = True  # the cookie is signed anew: its signature has the same lifetime
    g.staff_session = held
    set_request_attr("fs_authn_via", "session")
    return held.staff


def own(person: Staff) -> Sequence[StaffSession]:
    """Return the sessions of this person that have not ended, the latest first."""
    query = select(StaffSession).where(StaffSession.staff_id == person.id, StaffSession.expires_at > now())
    return db.session.scalars(query.order_by(StaffSession.seen_at.desc())).all()


def end_others(person: Staff) -> None:
    """End every session of this person but the present one."""
    for held in own(person):
        if held is not g.staff_session:
            held.expires_at = now()


def _begin(_app: Flask, user: Staff) -> None:
    """Open a session, of which Flask-Login's cookie then holds the token; forget old and superfluous ones."""
    session["_user_id"] = token = secrets.token_urlsafe(32)
    network, agent = client_network(request.environ), request.user_agent.string
    held = StaffSession(token_digest=digest(token), staff_id=user.id, network_digest=limits.digest(network))
    held.device = ", ".join(filter(None, (_first(BROWSERS, agent), _first(SYSTEMS, agent))))
    _extend(held)
    db.session.add(held)
    user.language = user.language or page_language()
    if request.endpoint != "security.change_password":
        acts.record("account.signed_in", user, address=network)
    newest = (
        select(StaffSession.token_digest).order_by(StaffSession.seen_at.desc()).where(StaffSession.staff_id == user.id)
    )
    superfluous = StaffSession.token_digest.in_(newest.offset(SESSIONS_MAX))
    db.session.execute(delete(StaffSession).where(or_(superfluous, StaffSession.seen_at < now() - REMEMBERED)))


def _first(names: dict[str, str], agent: str) -> str:
    return next((name or word for word, name in names.items() if word in agent), "")


def _extend(held: StaffSession) -> None:
    settings = current_app.config
    held.extend(timedelta(hours=settings["SESSION_IDLE_HOURS"]), timedelta(hours=settings["SESSION_MAX_HOURS"]))


def _end(_app: Flask, user: Staff, **_more: Any) -> None:
    g.staff_session.expires_at = now()
    acts.record("account.signed_out", user)
    db.session.commit()


def digest(token: str) -> str:
    """SHA-256 of a random token, by which the database knows it."""
    return hashlib.sha256(token.encode()).hexdigest()
