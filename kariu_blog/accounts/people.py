"""What administrators do with accounts, on the people page and on the command line."""

import secrets
from typing import Any

from sqlalchemy import ColumnElement, exists, or_, select, update

from kariu_blog.accounts import acts
from kariu_blog.accounts.links import delete_unused, new_link
from kariu_blog.accounts.models import AccountLink, Role, Staff
from kariu_blog.accounts.passwords import hashed
from kariu_blog.database import db


class LastAdminError(Exception):
    """Nobody would be left to administer the site."""


def find(name: str) -> Staff | None:
    """Return the person with this user name or e-mail address."""
    known = name.strip().lower()
    return db.session.scalar(select(Staff).where(or_(Staff.username == known, Staff.email == known)))


def invite(by: Staff | None, username: str, role: Role, **known: Any) -> AccountLink:
    """Add an account whose person chooses the password with the link that is returned."""
    person = Staff(username=username.lower(), role=role, password=hashed(secrets.token_urlsafe(32)), **known)
    db.session.add(person)
    db.session.flush()
    acts.record("account.invited", by, person.username)
    return new_link(db.session(), person, "invitation")


def reset(by: Staff | None, person: Staff) -> AccountLink:
    """Return a link with which the person chooses a new password.  The present one is good until then."""
    acts.record("account.reset", by, person.username)
    return new_link(db.session(), person, "reset")


def change_role(by: Staff | None, person: Staff, role: Role) -> None:
    """Give the person another role.  Raises LastAdminError."""
    if role == person.role:
        return
    if role != Role.ADMIN:
        _keep_an_admin(person)
    person.role = role
    acts.record("account.role_changed", by, person.username)


def change_limits(
    by: Staff | None, person: Staff, languages: list[str], categories: list[int], bylines: list[int]
) -> None:
    if (languages, categories, bylines) != (person.languages, person.categories, person.bylines):
        person.languages, person.categories, person.bylines = languages, categories, bylines
        acts.record("account.limits_changed", by, person.username)


def disable(by: Staff | None, person: Staff) -> None:
    """End the sessions, links and preview links of this person for good.  Raises LastAdminError."""
    if person.active:
        _keep_an_admin(person)
        person.active = False
        delete_unused(db.session(), person)
        acts.record("account.disabled", by, person.username)


def enable(by: Staff | None, person: Staff) -> None:
    if not person.active:
        person.active = True
        acts.record("account.enabled", by, person.username)


def remove_second_factor(by: Staff | None, person: Staff) -> None:
    """Have the person set up a new second factor, and sign in anew."""
    person.remove_second_factor()
    person.fs_uniquifier = secrets.token_hex(32)
    acts.record("account.second_factor_removed", by, person.username)


def hold(people: ColumnElement[bool]) -> None:
    """Have every other transaction that holds one of these people wait until this one ends."""
    unchanged = update(Staff).where(people).values(active=Staff.active)
    db.session.execute(unchanged, execution_options={"synchronize_session": False})


def _keep_an_admin(person: Staff) -> None:
    """Refuse if nobody but ``person`` is an active administrator."""
    admins = (Staff.role == Role.ADMIN) & Staff.active
    hold(admins)
    others = exists().where(admins, Staff.id != person.id)
    if person.role == Role.ADMIN and person.active and not db.session.scalar(select(others)):
        raise LastAdminError
