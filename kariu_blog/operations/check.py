"""``flask check``: look for faults in the database, the pictures, the search index and the views."""

import os
from pathlib import Path

import click
from flask import current_app
from flask.cli import with_appcontext
from sqlalchemy import Connection, column, insert, inspect, select, table
from sqlalchemy.exc import DatabaseError, OperationalError

from kariu_blog.database import db
from kariu_blog.media import storage
from kariu_blog.media.file_models import FileVersion
from kariu_blog.media.files import Files
from kariu_blog.media.models import Picture
from kariu_blog.operations.commands import explained
from kariu_blog.search import index

NOT_ENFORCED = """
    SELECT conrelid::regclass || ': ' || conname FROM pg_constraint WHERE NOT convalidated
    UNION ALL SELECT indrelid::regclass || ': ' || indexrelid::regclass FROM pg_index WHERE NOT indisvalid"""
INDEX = table(index.NAME, column(index.NAME), column("rank"))
COMPARE_INDEX = insert(INDEX).values({index.NAME: "integrity-check", "rank": 1})
"""Statement that fails if the index differs from the rows that it is derived from (sqlite.org/fts5.html, 6.4)."""


@click.command(help="Check the database, the pictures, the search index and the views, also while the site runs.")
@with_appcontext
def check() -> None:
    media, views = (Path(current_app.instance_path, name) for name in ("media", "views"))
    every_statement_anew = db.engine.execution_options(isolation_level="AUTOCOMMIT")
    with explained("The site could not be checked"), every_statement_anew.connect() as connection:
        findings = {
            "Database": database_faults(connection),
            "Pictures and files": _file_faults(connection, media),
            "Search index": _search_faults(connection),
            "Views": [f"{path.name} cannot be read" for path in views.glob("*") if not _is_readable(path)],
        }
    for name, faults in findings.items():
        click.echo("\n  ".join([f"{name}: {'faults' if faults else 'no faults'}", *faults]))
    if any(findings.values()):
        raise click.exceptions.Exit(1)


def database_faults(connection: Connection) -> list[str]:
    """Return damaged pages and indexes, and rows that refer to missing rows."""
    if connection.dialect.name == "postgresql":  # which checks each reference itself, and each page when it is read
        return list(connection.exec_driver_sql(NOT_ENFORCED).scalars())
    faults = [fault for fault in connection.exec_driver_sql("PRAGMA integrity_check").scalars() if fault != "ok"]
    dangling = connection.exec_driver_sql("PRAGMA foreign_key_check")
    return faults + [f"{name}, row {row}: its {other} is missing" for name, row, other, _key in dangling]


def stored_files(connection: Connection) -> dict[str, int | None]:
    """Return the names of all files that rows name, each with its size in bytes if its row has it."""
    sizes: dict[str, int | None] = {}
    columns = (Picture.digest, Picture.width, Picture.height, Picture.suffix, Picture.bytes)
    for digest, width, height, suffix, size in connection.execute(select(*columns)):
        files = Files(digest, width, height, suffix)
        sizes |= {**dict.fromkeys(files.names()), files.name: size}
    if not inspect(connection).has_table(FileVersion.__tablename__):  # in a backup of an earlier version
        return sizes
    versions = select(FileVersion.digest, FileVersion.suffix, FileVersion.bytes)
    return sizes | {f"{digest}.{suffix}": size for digest, suffix, size in connection.execute(versions)}


def _file_faults(connection: Connection, media: Path) -> list[str]:
    with storage.lock(media):
        sizes = stored_files(connection)
        paths = {storage.path_of(media, name): size for name, size in sizes.items()}
        lost = [path for path, size in paths.items() if not path.is_file() or size not in (None, path.stat().st_size)]
        orphans = storage.orphans(media, sizes)
    return [f"{path.name} is missing or cut off" for path in lost] + [f"{path.name} has no row" for path in orphans]


def _search_faults(connection: Connection) -> list[str]:
    faults = [f"{number} texts are not in it" for number in [index.out_of_date()] if number]
    if connection.dialect.name == "sqlite":
        try:
            connection.execute(COMPARE_INDEX)
        except DatabaseError as error:
            if isinstance(error, OperationalError):  # somebody else is writing
                raise
            faults.append("it is damaged: flask search reindex rebuilds it")
    return faults


def _is_readable(path: Path) -> bool:
    return path.is_file() and os.access(path, os.R_OK)
