"""Configuration: defaults < instance/config.py < KARIU_* environment < overrides.

No other module reads the environment.  A wrong value stops the start with a sentence that names it.
"""

import os
import re
from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import urlsplit

from flask import Config
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from kariu_blog.outage import POOL

ROOT = Path(__file__).resolve().parent.parent
DATABASE_DRIVERS = {
    "sqlite": "sqlite",
    "postgres": "postgresql+psycopg",
    "postgresql": "postgresql+psycopg",
    "postgresql+psycopg": "postgresql+psycopg",
}
SWITCH = {"on": True, "true": True, "off": False, "false": False}


class ConfigurationError(Exception):
    """An unusable setting, named in a message of one sentence."""


def instance_path(overrides: Mapping[str, Any]) -> Path:
    """Return the folder of this installation.  Create it if it is missing."""
    path = Path(overrides.get("INSTANCE") or os.environ.get("KARIU_INSTANCE") or ROOT / "instance").absolute()
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ConfigurationError(f"KARIU_INSTANCE: the folder {path} cannot be made ({error.strerror}).") from error
    if not os.access(path, os.W_OK | os.X_OK):
        raise ConfigurationError(f"KARIU_INSTANCE: the folder {path} cannot be written to.")
    return path


def load(config: Config, instance: Path, overrides: Mapping[str, Any]) -> None:
    """Fill Flask's configuration from all four sources, of which later ones have precedence."""
    config.from_mapping(
        HOST="127.0.0.1",
        PORT=8000,
        WORKERS=2,
        PAGES_MIB=8,
        TRUSTED_PROXIES=0,
        ACCESS_LOG=False,
        REQUIRE_KAZAKH=False,
        WEBSUB_HUB="",
        SMTP_URL="",
        MAIL_FROM="",
        SECOND_FACTOR=("admin", "editor"),
        SESSION_IDLE_HOURS=14 * 24,
        SESSION_MAX_HOURS=90 * 24,
        HSTS_SUBDOMAINS=False,
        SQLALCHEMY_DATABASE_URI=URL.create("sqlite", database=str(instance / "kariu.sqlite3")).render_as_string(),
        SESSION_COOKIE_SAMESITE="Lax",
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
    config["SQLALCHEMY_ENGINE_OPTIONS"] = {
        "hide_parameters": True,  # more people read the log than may read the database
        **(POOL if config["SQLALCHEMY_DATABASE_URI"].startswith("postgresql") else {}),
        **config.get("SQLALCHEMY_ENGINE_OPTIONS", {}),
    }
    host = f"[{config['HOST']}]" if ":" in config["HOST"] else config["HOST"]
    config.setdefault("SITE_URL", f"http://{host}:{config['PORT']}")
    if config["SMTP_URL"] and not config["MAIL_FROM"]:
        raise ConfigurationError("KARIU_MAIL_FROM: the address from which mails come is needed beside KARIU_SMTP_URL.")
    is_secure = config["SITE_URL"].startswith("https:")
    # The prefix has browsers refuse a cookie that a neighbouring host or an unencrypted page has set (RFC 6265bis).
    config.update(SESSION_COOKIE_SECURE=is_secure, SESSION_COOKIE_NAME="__Host-session" if is_secure else "session")
    config["PERMANENT_SESSION_LIFETIME"] = timedelta(hours=config["SESSION_IDLE_HOURS"])


def _written(file: Path) -> Config:
    written = Config(file.parent)
    try:
        written.from_pyfile(file.name, silent=True)
    except Exception as error:
        raise ConfigurationError(f"{file} cannot be read: {error!r}.") from error
    return written


def _origin(name: str, value: str) -> str:
    url = _with_ascii_host(value.rstrip("/")) if re.fullmatch(r"https?://[^/?#@\s]+/?", value) else ""
    return url or _refuse(name, value, "is not an origin such as https://blog.example.kz")


def _web_address(name: str, value: str) -> str:
    url = _with_ascii_host(value) if re.fullmatch(r"https?://[^/?#@\s]+(/[!-~]*)?", value) else ""
    return url or _refuse(name, value, "is not a web address such as https://hub.example.org/")


def _with_ascii_host(url: str) -> str:
    """Replace an internationalised host by its A-labels (RFC 5890).  Empty if host or port is invalid."""
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").encode("idna").decode(), parts.port
    except ValueError:  # UnicodeError is one, too
        return ""
    if not host or port == 0:
        return ""
    return url if url.isascii() else parts._replace(netloc=f"{host}:{port}" if port else host).geturl()


def _host(name: str, value: str) -> str:
    is_host = re.fullmatch(r"[A-Za-z0-9_.:-]{1,253}", value)
    return value if is_host else _refuse(name, value, "is neither a host name nor an address")


def _between(low: int, high: int) -> Callable[[str, str], int]:
    def check(name: str, value: str) -> int:
        is_between = re.fullmatch(r"[0-9]{1,9}", value) and low <= int(value) <= high
        return int(value) if is_between else _refuse(name, value, f"is not a whole number from {low} to {high}")

    return check


def _switch(name: str, value: str) -> bool:
    is_on = SWITCH.get(value.lower())
    return _refuse(name, value, "is neither on nor off") if is_on is None else is_on


def _database(name: str, value: str) -> str:
    try:
        url = make_url(value)
    except ArgumentError:
        _refuse(name, value, "is not a database address")
    if url.drivername not in DATABASE_DRIVERS:
        _refuse(name, url.drivername, "is neither sqlite nor postgresql")
    is_file = url.database and url.database != ":memory:" and not url.host and "?" not in value
    if url.drivername == "sqlite" and not is_file:  # each process would have a database of its own in memory
        _refuse(name, value, "names no file, as sqlite:////srv/kariu.sqlite3 does (a ? in a path is written %3F)")
    return url.set(drivername=DATABASE_DRIVERS[url.drivername]).render_as_string(hide_password=False)


def _refuse(name: str, value: str, reason: str) -> NoReturn:
    raise ConfigurationError(f"{name}: {value!r} {reason}.")


def _smtp(name: str, value: str) -> str:
    try:
        url = urlsplit(value)
        is_right = url.scheme in ("smtp", "smtps") and bool(url.hostname) and url.path in ("", "/") and url.port != 0
    except ValueError:
        is_right = False
    if not is_right:
        raise ConfigurationError(f"{name}: this is not an address such as smtp://user:password@mail.example.kz:587.")
    return value


def _mail_address(name: str, value: str) -> str:
    if not re.fullmatch(r"[^@\s<>]+@[^@\s<>]+", value):
        raise ConfigurationError(f"{name}: {value!r} is not an e-mail address.")
    return value


def _roles(name: str, value: str) -> tuple[str, ...]:
    roles = tuple(re.findall(r"[a-z]+", value)) if value != "none" else ()
    if unknown := set(roles) - {"admin", "editor", "translator", "author"}:
        raise ConfigurationError(f"{name}: {', '.join(sorted(unknown))} is no role; write none for no role at all.")
    return roles


def checked_key(name: str, value: str) -> str:
    if len(value) < 16:
        raise ConfigurationError(f"{name}: the key needs at least 16 characters.")
    return value


ENVIRONMENT: dict[str, tuple[str, Callable[[str, str], Any]]] = {
    "KARIU_SITE_URL": ("SITE_URL", _origin),
    "KARIU_HOST": ("HOST", _host),
    "KARIU_PORT": ("PORT", _between(1, 65535)),
    "KARIU_WORKERS": ("WORKERS", _between(1, 64)),
    "KARIU_PAGES_MIB": ("PAGES_MIB", _between(0, 4096)),
    "KARIU_TRUSTED_PROXIES": ("TRUSTED_PROXIES", _between(0, 9)),
    "KARIU_ACCESS_LOG": ("ACCESS_LOG", _switch),
    "KARIU_REQUIRE_KAZAKH": ("REQUIRE_KAZAKH", _switch),
    "KARIU_WEBSUB_HUB": ("WEBSUB_HUB", _web_address),
    "KARIU_DATABASE_URL": ("SQLALCHEMY_DATABASE_URI", _database),
    "KARIU_ADMIN_PASSWORD": ("ADMIN_PASSWORD", lambda _name, value: value),
    "KARIU_SMTP_URL": ("SMTP_URL", _smtp),
    "KARIU_MAIL_FROM": ("MAIL_FROM", _mail_address),
    "KARIU_SECOND_FACTOR": ("SECOND_FACTOR", _roles),
    "KARIU_SESSION_IDLE_HOURS": ("SESSION_IDLE_HOURS", _between(2, 8760)),
    "KARIU_SESSION_MAX_HOURS": ("SESSION_MAX_HOURS", _between(2, 8760)),
    "KARIU_HSTS_SUBDOMAINS": ("HSTS_SUBDOMAINS", _switch),
    "KARIU_SECRET_KEY": ("SECRET_KEY", checked_key),
}
