"""Alembic's entry: one upgrade at a time, each migration in one transaction with the change of its version."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from alembic import context
from alembic.runtime.migration import MigrationContext, MigrationInfo
from alembic.util import CommandError
from flask import current_app
from sqlalchemy import Connection, event, func, select

from kariu_blog.database import UTCDateTime, db
from kariu_blog.locks import exclusive_lock
from kariu_blog.operations.commands import explained
from kariu_blog.operations.copying import copy_sqlite, revision_or_none

ADVISORY_LOCK = 0x6B61_7269_75
"""Key of the lock in PostgreSQL, an arbitrary number."""
COPIES_MAX = 2


def run() -> None:
    with db.engine.connect() as connection, _alone(connection):
        connection.detach()  # it is set up for migrations alone, and closed after them
        context.configure(
            connection=connection,
            target_metadata=db.metadata,
            render_item=_as_plain_type,
            transactional_ddl=True,
            transaction_per_migration=True,
            on_version_apply=_check_references,
            **current_app.extensions["migrate"].configure_args,
        )
        revision, migration = revision_or_none(connection), context.get_context()
        is_upgrade = "destination_rev" in migration.opts
        is_needed = is_upgrade and any(migration.opts["fn"](revision or (), migration))
        connection.rollback()
        if is_upgrade and not is_needed:
            return  # without a transaction, for which somebody else's would have to end
        if connection.dialect.name == "sqlite":
            if revision and is_needed:
                _copy(Path(current_app.instance_path), revision)
            _begin_explicitly(connection)
        with context.begin_transaction():
            context.run_migrations()


@contextmanager
def _alone(connection: Connection) -> Iterator[None]:
    """Wait for any other upgrade to end.  Alembic asks for the present version after that."""
    if connection.dialect.name == "sqlite":
        with exclusive_lock(Path(current_app.instance_path) / "upgrade.lock"):
            yield
    else:
        connection.execute(select(func.pg_advisory_lock(ADVISORY_LOCK)))  # until the connection closes
        connection.commit()
        yield


def _begin_explicitly(connection: Connection) -> None:
    """Begin transactions with a statement, because sqlite3 begins none before DDL.

    Foreign keys are not enforced meanwhile: batch mode replaces a table by dropping it, and SQLite would delete the
    rows that refer to it.  The pragma has no effect within a transaction (sqlite.org/pragma.html#pragma_foreign_keys).
    """
    driver: Any = connection.connection.dbapi_connection
    driver.isolation_level = None
    driver.execute("PRAGMA foreign_keys = OFF")
    event.listen(connection, "begin", lambda begun: begun.exec_driver_sql("BEGIN IMMEDIATE"))


def _check_references(ctx: MigrationContext, step: MigrationInfo, *_more: Any, **_named: Any) -> None:
    """Refuse a migration, before it commits, that breaks a foreign key.  PostgreSQL has done so by itself."""
    if ctx.connection is None or ctx.dialect.name != "sqlite":
        return
    broken = {row[0] for row in ctx.connection.exec_driver_sql("PRAGMA foreign_key_check")}
    if broken:
        raise CommandError(
            f"Migration {step.up_revision_id} would leave rows in {', '.join(sorted(broken))} that refer to rows which"
            " do not exist. Nothing was changed by it."
        )


def _copy(folder: Path, revision: str) -> None:
    """Copy the database to ``before-upgrade-<revision>.sqlite3``.  Raises ClickException, such as for a full disk."""
    copy, part = folder / f"before-upgrade-{revision}.sqlite3", folder / "before-upgrade.part"
    outcome = f"Nothing was changed, because the database cannot be copied into {folder} before its upgrade"
    source = db.engine.connect().execution_options(isolation_level="AUTOCOMMIT")
    try:
        with explained(outcome), source:
            copy_sqlite(source, part)
            with part.open("rb") as written:
                os.fsync(written.fileno())
            part.replace(copy)
    finally:
        part.unlink(missing_ok=True)
    for old in sorted(folder.glob("before-upgrade-*.sqlite3"), key=lambda path: path.stat().st_mtime)[:-COPIES_MAX]:
        old.unlink()


def _as_plain_type(_kind: str, item: Any, _autogenerate: Any) -> Any:
    """Name the database's type in place of ours, because migrations outlive the code."""
    return "sa.DateTime(timezone=True)" if isinstance(item, UTCDateTime) else False


run()
