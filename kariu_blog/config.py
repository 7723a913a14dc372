"""Configuration: defaults < instance/config.py < KARIU_* environment < overrides.

The only reader of the environment.  Every value is checked here, so that a wrong one stops
the start with a sentence that names it.
"""

import os
import re
import secrets
from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from flask import Config
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

ROOT = Path(__file__).resolve().parent.parent
PASSWORD_LENGTH_MIN = 8
PASSWORD_LENGTH_MAX = 128
DATABASE_DRIVERS = {
    "sqlite": "sqlite",
    "postgres": "postgresql+psycopg",
    "postgresql": "postgresql+psycopg",
    "postgresql+psycopg": "postgresql+psycopg",
}


class ConfigurationError(Exception):
    """A setting cannot be used; the message is one sentence that names it."""


def instance_path(overrides: Mapping[str, Any]) -> Path:
    """The folder with everything that belongs to this installation; made if missing."""
    path = Path(overrides.get("INSTANCE") or os.environ.get("KARIU_INSTANCE") or ROOT / "instance").absolute()
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigurationError(f"KARIU_INSTANCE: the folder {path} cannot be made ({error.strerror}).") from error
    if not os.access(path, os.W_OK | os.X_OK):
        raise ConfigurationError(f"KARIU_INSTANCE: the folder {path} cannot be written to.")
    return path


def load(config: Config, instance: Path, overrides: Mapping[str, Any]) -> None:
    """Fill Flask's configuration from all four sources, the later ones winning."""
    config.from_mapping(
        HOST="127.0.0.1",
        PORT=8000,
        WORKERS=2,
        TRUSTED_PROXIES=0,
        PAGES_MIB=8,
        WEBSUB_HUB="",
        SQLALCHEMY_DATABASE_URI=f"sqlite:///{instance / 'kariu.sqlite3'}",
        SESSION_COOKIE_SAMESITE="Lax",
        PERMANENT_SESSION_LIFETIME=timedelta(days=14),
        WTF_CSRF_SSL_STRICT=False,  # the token decides; a phone may send no Referer
        WTF_CSRF_TIME_LIMIT=None,  # a form is good as long as its session: an article takes an afternoon
        MAX_CONTENT_LENGTH=16 * 1024 * 1024,
        MAX_FORM_MEMORY_SIZE=16 * 1024 * 1024,
    )
    written = _written(instance / "config.py")
    config.update(written)
    for name, (key, check) in ENVIRONMENT.items():
        if value := os.environ.get(name):
            config[key] = check(name, value)
        elif (value := written.get(key)) not in (None, "") and not isinstance(value, bytes):
            config[key] = check(f"{key} in {instance / 'config.py'}", str(value))
    config.update(overrides)
    if config["SQLALCHEMY_DATABASE_URI"].startswith("postgresql"):
        config.setdefault("SQLALCHEMY_ENGINE_OPTIONS", {"pool_pre_ping": True})  # its server may have been restarted
    config.setdefault("SITE_URL", f"http://{_bracketed(config['HOST'])}:{config['PORT']}")
    config["SESSION_COOKIE_SECURE"] = config["SITE_URL"].startswith("https:")
    if not config["SECRET_KEY"]:
        config["SECRET_KEY"] = _secret(instance / "secret_key")


def _written(file: Path) -> Config:
    written = Config(file.parent)
    try:
        written.from_pyfile(file.name, silent=True)
    except Exception as error:
        raise ConfigurationError(f"{file} cannot be read: {error!r}.") from error
    return written


def _origin(name: str, value: str) -> str:
    parts = urlsplit(value)
    well_formed = re.fullmatch(r"https?://[^/?#@\s]+/?", value) and parts.hostname
    if not well_formed or not _is_port_of(value):
        raise ConfigurationError(f"{name}: {value!r} is not an origin such as https://blog.example.kz.")
    return value.rstrip("/")


def _is_port_of(url: str) -> bool:
    try:
        return urlsplit(url).port != 0
    except ValueError:
        return False


def _web_address(name: str, value: str) -> str:
    if not re.fullmatch(r"https?://[^/?#@\s]+(/\S*)?", value) or not _is_port_of(value):
        raise ConfigurationError(f"{name}: {value!r} is not a web address such as https://hub.example.org/.")
    return value


def _host(name: str, value: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9_.:-]{1,253}", value):
        raise ConfigurationError(f"{name}: {value!r} is neither a host name nor an address.")
    return value


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _between(low: int, high: int) -> Callable[[str, str], int]:
    def check(name: str, value: str) -> int:
        if not re.fullmatch(r"[0-9]{1,9}", value) or not low <= int(value) <= high:
            raise ConfigurationError(f"{name}: {value!r} is not a whole number from {low} to {high}.")
        return int(value)

    return check


def _database(name: str, value: str) -> str:
    try:
        url = make_url(value)
    except ArgumentError as error:
        raise ConfigurationError(f"{name}: {value!r} is not a database address.") from error
    if url.drivername not in DATABASE_DRIVERS:
        raise ConfigurationError(f"{name}: {url.drivername!r} is neither sqlite nor postgresql.")
    return url.set(drivername=DATABASE_DRIVERS[url.drivername]).render_as_string(hide_password=False)


def _password(name: str, value: str) -> str:
    if not PASSWORD_LENGTH_MIN <= len(value) <= PASSWORD_LENGTH_MAX:
        raise ConfigurationError(
            f"{name}: the password needs {PASSWORD_LENGTH_MIN} to {PASSWORD_LENGTH_MAX} characters."
        )
    return value


def _key(name: str, value: str) -> str:
    if len(value) < 16:
        raise ConfigurationError(f"{name}: the key needs at least 16 characters.")
    return value


ENVIRONMENT: dict[str, tuple[str, Callable[[str, str], Any]]] = {
    "KARIU_SITE_URL": ("SITE_URL", _origin),
    "KARIU_HOST": ("HOST", _host),
    "KARIU_PORT": ("PORT", _between(1, 65535)),
    "KARIU_WORKERS": ("WORKERS", _between(1, 64)),
    "KARIU_TRUSTED_PROXIES": ("TRUSTED_PROXIES", _between(0, 9)),
    "KARIU_PAGES_MIB": ("PAGES_MIB", _between(0, 4096)),
    "KARIU_WEBSUB_HUB": ("WEBSUB_HUB", _web_address),
    "KARIU_DATABASE_URL": ("SQLALCHEMY_DATABASE_URI", _database),
    "KARIU_ADMIN_PASSWORD": ("ADMIN_PASSWORD", _password),
    "KARIU_SECRET_KEY": ("SECRET_KEY", _key),
}


def _secret(path: Path) -> str:
    """The key that signs sessions: made once, kept where only this installation reads it."""
    try:
        with open(path, "x", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
            file.write(secrets.token_urlsafe(48))
    except FileExistsError:
        pass
    return path.read_text().strip()
