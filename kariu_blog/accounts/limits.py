"""How often somebody may fail to sign in, counted in the database over all workers and machines."""

import hmac
from collections.abc import Iterator
from datetime import timedelta
from typing import NamedTuple

from flask import current_app
from sqlalchemy import case, delete, or_, select, update

from kariu_blog.accounts.models import SignInFailures
from kariu_blog.database import db, insert_into, now

ROWS_MAX = 5000


class Limit(NamedTuple):
    failures: int
    window: timedelta


ACCOUNT_AND_NETWORK = Limit(5, timedelta(minutes=1))
NETWORK = Limit(20, timedelta(minutes=1))
ACCOUNT = Limit(100, timedelta(hours=1))


def count_failure(account: str, network: str) -> int:
    """Count a failure before the password is checked; return 0, or count nothing and return the seconds to wait.

    Counted beforehand, parallel attempts cannot pass a limit together.
    """
    waits = [_add_one(key, limit) for key, limit in _limits(account, network)]
    if any(waits):
        db.session.rollback()
    else:
        _make_room()
        db.session.commit()
    return max(waits)


def take_back(account: str, network: str) -> None:
    """Uncount what ``count_failure`` has counted, because the password was right or has not been checked."""
    minus_one = update(SignInFailures).values(failures=SignInFailures.failures - 1)
    for key, _limit in _limits(account, network):
        db.session.execute(minus_one.where(SignInFailures.key == key))


def digest(*parts: str) -> str:
    """HMAC under the secret key: the database holds no addresses, and no password typed as a user name."""
    key = current_app.config["SECRET_KEY"]
    key = key if isinstance(key, bytes) else key.encode()
    return hmac.digest(key, "\0".join(parts).encode(), "sha256").hex()


def _limits(account: str, network: str) -> Iterator[tuple[str, Limit]]:
    """In one order, since two transactions would otherwise wait for each other."""
    yield digest("both", account, network), ACCOUNT_AND_NETWORK
    yield digest("network", network), NETWORK
    yield digest("account", account), ACCOUNT


def _add_one(key: str, limit: Limit) -> int:
    """Add a failure to a window that has not ended, or begin one; return the seconds to its end when it is full."""
    present = now()
    upsert = insert_into(SignInFailures, db.engine.dialect.name).values(
        key=key, failures=1, expires_at=present + limit.window
    )
    has_ended = SignInFailures.expires_at <= present
    added = upsert.on_conflict_do_update(
        index_elements=["key"],
        set_={
            "failures": case((has_ended, 1), else_=SignInFailures.failures + 1),
            "expires_at": case((has_ended, upsert.excluded.expires_at), else_=SignInFailures.expires_at),
        },
    )
    counted = db.session.execute(added.returning(SignInFailures.failures, SignInFailures.expires_at)).one()
    return 1 + int((counted.expires_at - present).total_seconds()) if counted.failures > limit.failures else 0


def _make_room() -> None:
    """Delete ended windows, and of too many rows those with the fewest failures."""
    by_failures = select(SignInFailures.key).order_by(SignInFailures.failures.desc(), SignInFailures.expires_at.desc())
    superfluous = or_(SignInFailures.expires_at <= now(), SignInFailures.key.in_(by_failures.offset(ROWS_MAX)))
    # Rows that another sign-in has locked are left to it: two deletions would wait for each other.
    unlocked = select(SignInFailures.key).where(superfluous).with_for_update(skip_locked=True)
    db.session.execute(delete(SignInFailures).where(SignInFailures.key.in_(unlocked)))
