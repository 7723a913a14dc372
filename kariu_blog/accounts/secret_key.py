"""The key that signs sessions and forms: made once, in a file that only its owner reads."""

import os
import secrets
import tempfile
from contextlib import suppress
from pathlib import Path

from flask import Flask
from sqlalchemy import func, inspect, select
from sqlalchemy.exc import OperationalError

from kariu_blog.accounts.models import Staff
from kariu_blog.config import ConfigurationError, checked_key
from kariu_blog.database import db


def init_app(app: Flask) -> None:
    """Read the key, or make one for a site without staff.  Raises ConfigurationError when neither is right."""
    if app.config["SECRET_KEY"]:
        return
    file = Path(app.instance_path) / "secret_key"
    if not file.exists():
        with app.app_context():
            has_staff = _has_staff()
        if has_staff and not file.exists():
            raise ConfigurationError(
                f"The secret key {file} is missing, although the site has staff. Copy it from a backup or from another "
                "machine of the site, or write at least 16 random characters into it: everybody then signs in again, "
                "with the password as before."
            )
    app.config["SECRET_KEY"] = _read_or_make(file)


def _has_staff() -> bool:
    database = db.engine.url.database
    if db.engine.dialect.name == "sqlite" and not (database and Path(database).exists()):
        return False  # to ask would make an empty database
    try:
        return inspect(db.engine).has_table("staff") and bool(db.session.scalar(select(func.count(Staff.id))))
    except OperationalError as error:
        reason = str(error.orig).strip().splitlines()[0]
        raise ConfigurationError(f"The database cannot be used ({reason}). Is KARIU_DATABASE_URL right?") from error


def _make(file: Path) -> None:
    """Write a new key, whole or not at all; of several processes the first one wins."""
    with tempfile.NamedTemporaryFile("w", dir=file.parent, prefix=".secret_key-") as new:  # its mode is 0600
        new.write(secrets.token_urlsafe(48))
        new.flush()
        os.fsync(new.fileno())
        with suppress(FileExistsError):
            os.link(new.name, file)  # a rename would replace the key of another process
    folder = os.open(file.parent, os.O_RDONLY)
    os.fsync(folder)
    os.close(folder)


def _read_or_make(file: Path) -> str:
    try:
        if not file.exists():
            _make(file)
        return checked_key(str(file), file.read_text("utf-8").strip())
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"The secret key {file} can be neither read nor written ({error}).") from error
