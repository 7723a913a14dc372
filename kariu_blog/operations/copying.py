"""Copies of a database: a SQLite file as it is, or rows from SQLite or PostgreSQL to either of them."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from flask import Flask, current_app
from sqlalchemy import JSON, URL, Connection, Engine, TableClause, column, delete, func, insert, inspect, select, table

from kariu_blog.database import db
from kariu_blog.search.index import is_described

BATCH = 200
SEQUENCES = """
    SELECT own.relname, attname, sequence.oid::regclass::text
    FROM pg_class own JOIN pg_attribute ON attrelid = own.oid
    JOIN pg_depend ON refobjid = own.oid AND refobjsubid = attnum AND deptype IN ('a', 'i')
    JOIN pg_class sequence ON sequence.oid = objid AND sequence.relkind = 'S'
    WHERE own.relnamespace = current_schema()::regnamespace"""
GIVEN_OUT = "SELECT last_value - (NOT is_called)::integer FROM "
FOREIGN_KEYS = """
    SELECT conrelid::regclass || ' ALTER CONSTRAINT ' || quote_ident(conname) FROM pg_constraint
    WHERE contype = 'f' AND NOT condeferrable AND connamespace = current_schema()::regnamespace"""


@contextmanager
def database_file(file: Path, secret_key: str | bytes) -> Iterator[Engine]:
    """Enter an application context whose database is a SQLite file, for migrations as well.

    ``secret_key`` is the one under which its passwords were hashed.  Without an error, everything is in the one file
    afterwards.
    """
    app = Flask("kariu_blog", instance_path=str(file.parent))
    app.config["SQLALCHEMY_DATABASE_URI"] = URL.create("sqlite", database=str(file))
    app.config["SECRET_KEY"] = secret_key
    app.extensions["migrate"] = current_app.extensions["migrate"]
    db.init_app(app)
    with app.app_context():
        try:
            yield db.engine
            with db.engine.connect() as connection:
                connection.exec_driver_sql("PRAGMA journal_mode = DELETE")
        finally:
            db.engine.dispose()


def copy_sqlite(connection: Connection, file: Path) -> None:
    """Write the SQLite database of ``connection``, which has no transaction, into a file for its owner alone."""
    file.unlink(missing_ok=True)
    file.touch(0o600)
    connection.exec_driver_sql("VACUUM INTO ?", (str(file),))


def revision_or_none(connection: Connection) -> str | None:
    """Return the revision of the tables, None without tables.  Refuse that of a newer version."""
    revision = MigrationContext.configure(connection).get_current_revision()
    scripts = ScriptDirectory(current_app.extensions["migrate"].directory).walk_revisions()
    if revision and revision not in {script.revision for script in scripts}:
        raise click.ClickException(
            f"The database is of a newer version of KarIU Blog (revision {revision}). Install that version first."
        )
    return revision


def revision_of(connection: Connection) -> str:
    """Return the revision of the tables.  Refuse a database without tables."""
    if revision := revision_or_none(connection):
        return revision
    raise click.ClickException("The database has no tables of KarIU Blog.")


def copy_rows(source: Connection, target: Connection) -> None:
    """Replace all rows of ``target`` by those of ``source``, which has the same revision; no id is given out again.

    The search index is not copied, because each database derives its own from the rows.
    """
    for connection in (source, target):
        if connection.dialect.name == "postgresql":  # because SQLite stores times without a zone
            connection.exec_driver_sql("SET LOCAL TIME ZONE 'UTC'")
    there, here = _tables(source), _tables(target)
    for name in there.keys() - here.keys():
        click.echo(f"The table {name} is left out because it does not belong to KarIU Blog.")
    both = sorted(there.keys() & here.keys())
    with _references_checked_last(target):
        _empty(target, [here[name] for name in both])
        for name in both:
            _copy_table(source, there[name], target, here[name])
    set_counters(target, counters(source))


def counters(connection: Connection) -> dict[str, int]:
    """Return the highest id that each table has given out, also to deleted rows."""
    if connection.dialect.name == "sqlite":
        return {row.name: row.seq for row in connection.exec_driver_sql("SELECT name, seq FROM sqlite_sequence")}
    sequences = connection.exec_driver_sql(SEQUENCES).all()
    return {name: connection.exec_driver_sql(GIVEN_OUT + sequence).scalar_one() for name, _key, sequence in sequences}


def set_counters(connection: Connection, least: Mapping[str, int]) -> None:
    """Make each table give out higher ids than ``least`` and than those of its rows."""
    if connection.dialect.name == "sqlite":
        for counter in least.items():
            connection.exec_driver_sql("DELETE FROM sqlite_sequence WHERE name = ?", counter[:1])
            connection.exec_driver_sql("INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)", counter)
        return
    for name, key, sequence in connection.exec_driver_sql(SEQUENCES).all():
        highest = connection.scalar(select(func.max(column(key))).select_from(table(name))) or 0
        # Unlike setval(), this is undone with the transaction.
        connection.exec_driver_sql(f"ALTER SEQUENCE {sequence} RESTART WITH {max(highest, least.get(name, 0)) + 1}")


def _tables(connection: Connection) -> dict[str, TableClause]:
    """Return all tables and columns to be copied, whether or not a model has them."""
    return {
        name: table(name, *(column(c["name"], _exact(c["type"])) for c in columns if "computed" not in c))
        for (_schema, name), columns in inspect(connection).get_multi_columns().items()
        if is_described(None, name)
    }


def _exact(kind: Any) -> Any:
    return JSON(none_as_null=True) if isinstance(kind, JSON) else kind


def _empty(target: Connection, tables: list[TableClause]) -> None:
    """Delete all rows.  On PostgreSQL by TRUNCATE, because a trigger keeps the log of acts from DELETE."""
    if target.dialect.name == "postgresql":
        target.exec_driver_sql(f"TRUNCATE {', '.join(each.name for each in tables)}")
        return
    for each in tables:  # of a new file, in which there are no acts
        target.execute(delete(each))


@contextmanager
def _references_checked_last(target: Connection) -> Iterator[None]:
    """Allow rows to be inserted before those that they refer to."""
    if target.dialect.name == "sqlite":
        with target.begin_nested():  # outside of a transaction the setting would end with its own statement
            target.exec_driver_sql("PRAGMA defer_foreign_keys = ON")
            yield
        return
    keys = target.exec_driver_sql(FOREIGN_KEYS).scalars().all()
    for key in keys:
        target.exec_driver_sql(f"ALTER TABLE {key} DEFERRABLE INITIALLY DEFERRED")
    yield
    target.exec_driver_sql("SET CONSTRAINTS ALL IMMEDIATE")
    for key in keys:
        target.exec_driver_sql(f"ALTER TABLE {key} NOT DEFERRABLE")


def _copy_table(source: Connection, there: TableClause, target: Connection, here: TableClause) -> None:
    copied = 0
    rows = source.execute(select(there), execution_options={"yield_per": BATCH})
    for batch in rows.mappings().partitions():
        target.execute(insert(here), [dict(row) for row in batch])
        copied += len(batch)
    if target.scalar(select(func.count()).select_from(here)) != copied:
        raise click.ClickException(f"Not all {copied} rows of the table {here.name} were copied.")
