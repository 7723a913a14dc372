"""``flask backup``: write the whole site into one ZIP file while it runs.

``kariu.sqlite3`` in it is the whole database, also where that is PostgreSQL; beside it are ``media/``,
``secret_key`` and ``config.py``.  A ZIP file, because every desktop opens it, each file in it has a checksum, and a
truncated one is recognised: its table of contents is its end.
"""

import hashlib
import os
import re
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from io import BufferedIOBase
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, cast
from zipfile import ZIP_DEFLATED, BadZipFile, ZipFile

import click
from flask import current_app
from flask.cli import with_appcontext
from flask_migrate import upgrade
from sqlalchemy import Connection

from kariu_blog.database import db
from kariu_blog.media.kinds import STORED_NAME
from kariu_blog.operations.check import database_faults, stored_files
from kariu_blog.operations.commands import explained, in_use
from kariu_blog.operations.copying import copy_rows, copy_sqlite, database_file, revision_of
from kariu_blog.text import PICTURE_NAME

DATABASE, MEDIA, KEY, SETTINGS = "kariu.sqlite3", "media", "secret_key", "config.py"
MEMBER = re.compile(rf"{DATABASE}|{KEY}|{SETTINGS}|{MEDIA}(/[^/.\\][^/\\]*)+")


@click.command(help="Write the database, the pictures and the keys into one new FILE, also while the site runs.")
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--force", is_flag=True, help="Replace FILE if it is there.")
@with_appcontext
def backup(file: Path, force: bool) -> None:
    if file.exists() and not force:
        raise click.ClickException(f"{file} is there already; with --force it is replaced.")
    with in_use(Path(current_app.instance_path)), explained(f"{file} was not written"):
        for name in write(file):
            click.echo(f"The backup lacks {name}: the file is missing, or damaged.")
    click.echo(f"{file} is complete ({file.stat().st_size / 1e6:.1f} MB).")


def write(file: Path, *, with_media: bool = True) -> list[str]:
    """Write a backup, which gets its name when it is checked.  Return its missing and its damaged pictures."""
    with TemporaryDirectory(dir=file.absolute().parent, prefix=".backup-") as place:
        copy, new = Path(place, DATABASE), Path(place, "new.zip")
        wanted = _copy_database(copy)
        new.touch(0o600)
        with ZipFile(new, "w", strict_timestamps=False) as archive:
            archive.write(copy, DATABASE, ZIP_DEFLATED)
            copy.unlink()
            _add_files(archive, Path(current_app.instance_path), with_media)
        with opened(new) as archive:
            damaged = examine(archive)
            missing = wanted - {Path(name).name for name in archive.namelist()} if with_media else set()
        os.sync()
        new.replace(file)
        os.sync()
    return sorted({*missing, *damaged})


def refuse_faults(connection: Connection) -> None:
    if faults := database_faults(connection):
        raise click.ClickException(f"The database is damaged ({faults[0]}).")


@contextmanager
def opened(file: Path) -> Iterator[ZipFile]:
    """Open a backup.  Raises ClickException for a damaged one, also while it is read."""
    try:
        with ZipFile(file) as archive:
            yield archive
    except (BadZipFile, zlib.error, EOFError, RuntimeError, ValueError) as error:
        raise click.ClickException(f"{file} is not a backup, or not a whole one ({error}).") from error


def examine(archive: ZipFile) -> list[str]:
    """Read all of a backup.  Return the pictures that were damaged before, so that their names do not fit.

    Raises ValueError or BadZipFile for another file, or an incomplete one.
    """
    if missing := {DATABASE, KEY} - set(archive.namelist()):
        raise ValueError(f"{min(missing)} is missing")
    damaged = []
    for name in archive.namelist():
        if not MEMBER.fullmatch(name):
            raise ValueError(f"{name!r} is in it")
        with archive.open(name) as member:
            digest = hashlib.file_digest(cast(BufferedIOBase, member), "sha256").hexdigest()
        file = PICTURE_NAME.fullmatch(Path(name).name) or STORED_NAME.fullmatch(Path(name).name)
        if file and not digest.startswith(file[1]):
            damaged.append(file[0])
    return damaged


def _copy_database(file: Path) -> set[str]:
    """Write and check a consistent copy of the database.  Return the names of its pictures' files."""
    options: dict[str, Any] = {"isolation_level": "AUTOCOMMIT"}
    if db.engine.dialect.name == "postgresql":
        options = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
    with db.engine.connect().execution_options(**options) as source:
        revision = revision_of(source)
        if source.dialect.name == "sqlite":
            copy_sqlite(source, file)
        with database_file(file, current_app.config["SECRET_KEY"]) as copy:
            if source.dialect.name == "postgresql":
                upgrade(revision=revision)
                with copy.begin() as target:
                    copy_rows(source, target)
            with copy.connect() as connection:
                refuse_faults(connection)
                return set(stored_files(connection))


def _add_files(archive: ZipFile, instance: Path, with_media: bool) -> None:
    """Add the pictures, the configuration file, and the secret key in use, wherever it was set."""
    for folder, _folders, names in os.walk(instance / MEDIA) if with_media else ():
        for path in (Path(folder, name) for name in names):
            if MEMBER.fullmatch(name := path.relative_to(instance).as_posix()):
                with suppress(FileNotFoundError):  # deleted meanwhile
                    archive.write(path, name)
    with suppress(FileNotFoundError):
        archive.write(instance / SETTINGS, SETTINGS)
    archive.writestr(KEY, current_app.config["SECRET_KEY"])
