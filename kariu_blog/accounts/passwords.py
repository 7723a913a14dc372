"""Passwords: how they are hashed, and which ones are too easily guessed."""

import re
import threading
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from flask_babel import gettext as _
from flask_security import hash_password

from kariu_blog.accounts.models import Staff

ARGON2 = {"argon2__memory_cost": 19 * 1024, "argon2__time_cost": 2, "argon2__parallelism": 1}
"""Costs of argon2id by OWASP's Password Storage Cheat Sheet; the memory in KiB."""
LENGTH_MAX = 128
WAITING_MAX = 3
DISTINCT_MIN = 4
WORD_LENGTH_MIN = 3
WORDS_MAX = 3
"""Four words or more are a pass phrase, however common each is."""
REST_MIN = 4
LIST = Path(__file__).with_name("common_passwords.txt")
SPELLINGS = str.maketrans("013457@$!", "oieastasi")

_places = threading.BoundedSemaphore(1 + WAITING_MAX)
_turn = threading.Lock()


class BusyError(Exception):
    """As many passwords are waiting to be checked as may wait."""


def is_right(person: Staff | None, password: str, may_wait: bool) -> bool:
    """Check a password, one at a time in this process; for nobody in the same time.  Raises BusyError."""
    with _one_at_a_time(may_wait):
        if person is None:
            hash_password(password)
            return False
        return person.verify_and_update_password(normalised(password))


def fault_of(password: str, person: Staff) -> str:
    """Return a sentence about a password that this person may not have, nothing if they may."""
    if len(password) <= LENGTH_MAX and is_easily_guessed(password, person.username):
        return str(
            _(
                "This password is easy to guess: it is common, or made of your name or the site's."
                " Choose another one, such as four words that have nothing to do with each other."
            )
        )
    shortest = person.password_length_min
    if not shortest <= len(password) <= LENGTH_MAX:
        return str(_("A password needs %(shortest)d to %(longest)d characters.", shortest=shortest, longest=LENGTH_MAX))
    return ""


def hashed(password: str) -> str:
    return str(hash_password(normalised(password)))


def normalised(password: str) -> str:
    """NFKD, so that a composed letter and its parts are the same password."""
    return unicodedata.normalize("NFKD", password)


def is_easily_guessed(password: str, username: str) -> bool:
    """Whether hardly a letter remains beside common words, the site's own and the user name (NIST SP 800-63B)."""
    typed = normalised(password).casefold()
    return any(_is_easy(spelling, username) for spelling in (typed, typed.translate(SPELLINGS)))


@contextmanager
def _one_at_a_time(may_wait: bool) -> Iterator[None]:
    if (_turn.locked() and not may_wait) or not _places.acquire(blocking=False):
        raise BusyError
    try:
        with _turn:
            yield
    finally:
        _places.release()


def _is_easy(typed: str, username: str) -> bool:
    rest, removed = _letters_and_digits(typed), 0
    for word in (*_words(username), *_common_words()):
        removed += word in rest
        rest = rest.replace(word, "")
    is_made_of_words = 0 < removed <= WORDS_MAX and sum(map(str.isalpha, rest)) < REST_MIN
    return is_made_of_words or len(set(typed)) < DISTINCT_MIN


def _words(text: str) -> list[str]:
    words = map(_letters_and_digits, re.split(r"[\s._@+-]+", normalised(text).casefold()))
    return [word for word in words if len(word) >= WORD_LENGTH_MIN]


@cache
def _common_words() -> list[str]:
    lines = LIST.read_text("utf-8").splitlines()
    return [word for line in lines if not line.startswith("#") for word in _words(line)]


def _letters_and_digits(text: str) -> str:
    return "".join(filter(str.isalnum, text))
