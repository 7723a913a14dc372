"""Passwords: how they are hashed, one at a time."""

import threading
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager

from flask_security import hash_password

from kariu_blog.accounts.models import Staff

ARGON2 = {"argon2__memory_cost": 19 * 1024, "argon2__time_cost": 2, "argon2__parallelism": 1}
"""Costs of argon2id by OWASP's Password Storage Cheat Sheet; the memory in KiB."""
WAITING_MAX = 3

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


def hashed(password: str) -> str:
    return str(hash_password(normalised(password)))


def normalised(password: str) -> str:
    """NFKD, so that a composed letter and its parts are the same password."""
    return unicodedata.normalize("NFKD", password)


@contextmanager
def _one_at_a_time(may_wait: bool) -> Iterator[None]:
    if (_turn.locked() and not may_wait) or not _places.acquire(blocking=False):
        raise BusyError
    try:
        with _turn:
            yield
    finally:
        _places.release()
