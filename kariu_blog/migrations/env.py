"""Alembic's entry: migrations run on the application's own engine, in batch mode (Flask-Migrate sets it) for SQLite."""

from typing import Any

from alembic import context
from flask import current_app

from kariu_blog.database import UTCDateTime, db


def run() -> None:
    with db.engine.connect() as connection:
        context.configure(
            connection=connection,
            target_metadata=db.metadata,
            render_item=_as_plain_type,
            **current_app.extensions["migrate"].configure_args,
        )
        with context.begin_transaction():
            context.run_migrations()


def _as_plain_type(_kind: str, item: Any, _autogenerate: Any) -> Any:
    """Migrations outlive the code: they name the database's types, not ours."""
    return "sa.DateTime(timezone=True)" if isinstance(item, UTCDateTime) else False


run()
