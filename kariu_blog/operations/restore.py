"""``flask restore``: replace the site by the content of a backup, on either database.

Everything is prepared beside the present state.  What then remains is a list of renames, which is on the disk before
the first of them is done; the next start does the rest.  So a kill leaves the old state or the new one.
"""

import itertools
import json
import os
import shutil
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from zipfile import ZipFile

import click
from flask import current_app
from flask.cli import with_appcontext
from flask_migrate import upgrade
from sqlalchemy import delete, inspect
from sqlalchemy.exc import SQLAlchemyError

from kariu_blog.audience.models import ViewFile
from kariu_blog.cache.versions import invalidate_everything, newest_version
from kariu_blog.database import db, now
from kariu_blog.operations import backup
from kariu_blog.operations.commands import explained, in_use
from kariu_blog.operations.copying import copy_rows, counters, database_file, revision_of, set_counters

READY, JOURNAL = "restore-ready", "restore.json"
OTHERS = """
    SELECT count(*) FROM pg_stat_activity
    WHERE datname = current_database() AND usename IS NOT NULL AND pid <> pg_backend_pid()"""
LEAVING_SECONDS = 5.0
"""Time for which PostgreSQL may still list a server that was just stopped."""


@click.command(help="Put the backup FILE in the place of the present site, which is put aside.")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--yes", is_flag=True, help="Do not ask.")
@with_appcontext
def restore(file: Path, yes: bool) -> None:
    instance = Path(current_app.instance_path)
    aside = _new_folder(instance / f"before-restore-{now():%Y%m%d-%H%M%S}")
    with in_use(instance, alone=True):
        try:
            with explained("Nothing was replaced"):
                is_present = _is_present()
                _make_ready(file, instance / READY, *(_handed_out() if is_present else ({}, 0)))
                if is_present and not yes:
                    click.confirm(f"Replace the present site by {file}, and put it aside in {aside}?", abort=True)
                _place_files(file, instance)
                if _sqlite_file() is None:
                    _replace_rows(instance / READY / backup.DATABASE, aside if is_present else None)
                _write_journal(instance, aside)
            _finish(instance)
        finally:
            if not (instance / JOURNAL).exists():
                shutil.rmtree(instance / READY, ignore_errors=True)
    click.echo(f"The site is that of {file} now. What was here is in {aside}.")


def _new_folder(name: Path) -> Path:
    """Return a path that does not exist yet: ``name``, else ``name-2``, …"""
    candidates = (name if number == 1 else Path(f"{name}-{number}") for number in itertools.count(1))
    return next(path for path in candidates if not path.exists())


def finish_interrupted(instance: Path) -> None:
    """Do the remaining renames of a killed restore.  Call it before anything in the folder is read."""
    if (instance / JOURNAL).exists():
        with in_use(instance, alone=True, wait=True):
            _finish(instance)


def _sqlite_file() -> Path | None:
    """Return the file of the present database; None for PostgreSQL."""
    return Path(str(db.engine.url.database)) if db.engine.dialect.name == "sqlite" else None


def _is_present() -> bool:
    """Return whether there is a site to be replaced.  Refuse if it cannot be replaced at once."""
    if (file := _sqlite_file()) is not None:
        if file.parent.stat().st_dev != Path(current_app.instance_path).stat().st_dev:
            raise click.ClickException(f"{file} is not on the disk of the instance folder, from where it would come.")
        return file.exists()
    with db.engine.connect() as connection:
        deadline = time.monotonic() + LEAVING_SECONDS
        while connection.exec_driver_sql(OTHERS).scalar():
            if time.monotonic() > deadline:
                raise click.ClickException("The database has other connections: stop every server that uses it first.")
            connection.rollback()  # within a transaction the answer would stay the same
            time.sleep(0.1)
        return inspect(connection).has_table("alembic_version")


def _handed_out() -> tuple[dict[str, int], int]:
    """Return the counters and the highest version of the present database, if it can be read."""
    with suppress(SQLAlchemyError), db.engine.connect() as connection:
        return counters(connection), newest_version(connection)
    return {}, 0


def _make_ready(file: Path, ready: Path, least: Mapping[str, int], number: int) -> None:
    """Check a backup, extract key and database, bring that up to date, and raise its counters and versions."""
    shutil.rmtree(ready, ignore_errors=True)
    ready.mkdir(0o700)
    with backup.opened(file) as archive:
        backup.examine(archive)
        for name in (backup.DATABASE, backup.KEY):
            _extract(archive, name, ready / name)
    with database_file(ready / backup.DATABASE, (ready / backup.KEY).read_bytes().strip()) as engine:
        with engine.connect() as connection:
            revision_of(connection)
            backup.refuse_faults(connection)
        upgrade()
        with engine.begin() as connection:
            own = counters(connection)
            set_counters(connection, {name: max(last, own.get(name, 0)) for name, last in least.items()})
            connection.execute(delete(ViewFile))
            invalidate_everything(connection, number)


def _extract(archive: ZipFile, name: str, target: Path, mode: int = 0o600) -> None:
    """Write one file of a backup, which gets its name when it is complete."""
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(".restore")
    partial.touch(mode)
    with archive.open(name) as source, partial.open("wb") as file:
        shutil.copyfileobj(source, file)
    partial.replace(target)


def _place_files(file: Path, instance: Path) -> None:
    """Replace pictures, which are named after their content, and add the configuration file under another name."""
    with backup.opened(file) as archive:
        for name in archive.namelist():
            if name.startswith(backup.MEDIA):
                _extract(archive, name, instance / name, 0o644)
            elif name == backup.SETTINGS:
                _extract(archive, name, instance / f"{name}.restored")


def _replace_rows(file: Path, aside: Path | None) -> None:
    """Replace the content of PostgreSQL in one transaction; the former one becomes a backup in ``aside``."""
    if aside:
        aside.mkdir()
        backup.write(aside / "backup.zip", with_media=False)
    upgrade()
    with db.engine.begin() as target, database_file(file, "") as engine, engine.connect() as source:
        copy_rows(source, target)


def _write_journal(instance: Path, aside: Path) -> None:
    """Write the list of the remaining renames, once everything that they need is on the disk."""
    db.engine.dispose()  # an open connection would later remove the log of the new database
    ready, replaced = instance / READY, {backup.KEY: instance / backup.KEY}
    old = [instance / "views", instance / backup.KEY]
    if file := _sqlite_file():
        replaced[backup.DATABASE] = file
        old += [file, *(file.with_name(f"{file.name}-{end}") for end in ("wal", "shm", "journal"))]
    renames = [(path, aside / path.name) for path in old if path.exists()]
    renames += [(ready / name, path) for name, path in replaced.items()]
    (ready / JOURNAL).write_text(json.dumps([[str(source), str(target)] for source, target in renames]))
    os.sync()
    (ready / JOURNAL).rename(instance / JOURNAL)
    os.sync()


def _finish(instance: Path) -> None:
    """Do each rename whose source exists and whose target does not."""
    journal = instance / JOURNAL
    if journal.exists():
        for source, target in json.loads(journal.read_text()):
            if Path(source).exists() and not Path(target).exists():
                Path(target).parent.mkdir(exist_ok=True)
                Path(source).rename(target)
        os.sync()
        journal.unlink()
