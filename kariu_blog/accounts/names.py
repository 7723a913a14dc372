"""What people are called at the sign-in: no name can be taken for another."""

import re
import unicodedata

from email_validator import EmailNotValidError, validate_email
from flask_babel import gettext as _
from sqlalchemy import select

from kariu_blog.accounts.models import Staff
from kariu_blog.database import db

USERNAME = re.compile(r"[\w.@+-]{1,64}")
LOOKALIKES = str.maketrans("авекмнорстухіһѕјԛԝ", "abekmhopctyxihsjqw")
"""Cyrillic letters that look like Latin ones, in small letters or in capitals."""


def username_fault(name: str) -> str:
    """Return a sentence about a user name that nobody may have, nothing for one that is free."""
    if not USERNAME.fullmatch(name):
        return str(_("A name has 1 to 64 letters, digits and . @ + - _, without spaces."))
    if _mixes_scripts(name):
        return str(_("Letters of several alphabets stand in this name. Write it in one of them."))
    return taken_fault(name)


def taken_fault(name: str, but: Staff | None = None) -> str:
    """Return a sentence about a user name or an e-mail address that somebody else has, or one that looks like it."""
    people = db.session.execute(select(Staff.id, Staff.username, Staff.email)).all()
    others = [known for key, *known in people if but is None or key != but.id]
    is_taken = _folded(name) in {_folded(known) for pair in others for known in pair if known}
    return str(_("Somebody has this name or address already, or one that looks like it.")) if is_taken else ""


def email_of(typed: str) -> str:
    """Return an e-mail address as the account has it, nothing if it is none."""
    try:
        found = validate_email(typed.strip(), check_deliverability=False, allow_smtputf8=False)
    except EmailNotValidError:
        return ""
    return (found.ascii_email or "").lower()


def _folded(name: str) -> str:
    """Return the form in which names that look the same are equal."""
    return unicodedata.normalize("NFKC", name).casefold().translate(LOOKALIKES)


def _mixes_scripts(name: str) -> bool:
    return len({unicodedata.name(letter, "").split()[0] for letter in name if letter.isalpha()}) > 1
