"""What stands in a database of the first version, and a program that is killed while it upgrades one.

``python -m tests.support.old_database URL INSTANCE STEP`` upgrades the database, is killed before a statement, and
starts again: once for every STEP-th statement that writes, commits among them.  It prints a line for each fault, and
how many kills there were.
"""

import json
import os
import shutil
import signal
import sqlite3
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
from flask import Flask
from flask_migrate import upgrade
from sqlalchemy import Connection, Engine, event, inspect, make_url, text

from kariu_blog import create_app
from kariu_blog.database import db

OLDEST_POST = (
    "INSERT INTO category (id, slug, position) VALUES (1, 'news', 0)",
    "INSERT INTO category_label (category_id, language, name) VALUES (1, 'kk', 'Жаңалықтар'),"
    " (1, 'ru', 'Новости'), (1, 'en', 'News')",
    "INSERT INTO author (id, slug) VALUES (1, 'office')",
    "INSERT INTO author_name (author_id, language, name) VALUES (1, 'kk', 'Баспасөз'),"
    " (1, 'ru', 'Пресс-служба'), (1, 'en', 'Press office')",
    "INSERT INTO post (id, category_id, author_id, created_at, first_published_at, listed_at, earlier_views, version)"
    " VALUES (1, 1, 1, '2021-06-29 06:44:21', '2021-06-29 06:44:21', '2021-06-29 06:44:21', 0, 1)",
    "INSERT INTO post_translation (post_id, language, slug, title, summary, body, published_at, updated_at, feed_id,"
    " version) VALUES (1, 'kk', 'taqyryp', 'Тақырып', '', '<p>Мәтін</p>', '2021-06-29 06:44:21',"
    " '2021-06-29 06:44:21', 'tag:kariu.kz,2021:post/1', 1)",
    "INSERT INTO post_address (slug, post_id) VALUES ('taqyryp', 1)",
)

POSTS = 20
HEAD = max(path.name[:4] for path in Path(f"{Path(__file__).parents[2]}/kariu_blog/migrations/versions").glob("0*.py"))
KEPT = (
    "SELECT id, category_id, author_id, earlier_views FROM post ORDER BY id",
    "SELECT post_id, language, slug, title, summary, body, feed_id FROM post_translation ORDER BY id",
    "SELECT slug, post_id FROM post_address ORDER BY slug",
    "SELECT id, username, password FROM staff ORDER BY id",
    "SELECT key, views FROM view_count ORDER BY key",
)
"""What no upgrade changes."""
NAMES = ("category", "category_label"), ("author", "author_name")


def make_old(app: Flask, posts: int = POSTS) -> None:
    """Fill an empty database as the first version would have."""
    with app.app_context():
        upgrade(revision="0001")
        for statement in OLDEST_POST:
            db.session.execute(text(statement))
        db.session.execute(
            text(
                "INSERT INTO staff (id, username, password, role, active, fs_uniquifier, created_at)"
                " VALUES (1, 'admin', 'x', 'admin', true, 'y', '2021-06-29 06:44:21')"
            )
        )
        for key in range(2, posts + 1):
            values = {"id": key, "slug": f"slug-{key}", "feed": f"tag:{key}", "body": f"<p>{'Мәтін ' * 100}</p>"}
            for statement in (
                "INSERT INTO post (id, category_id, author_id, created_by_id, created_at, earlier_views, version)"
                " VALUES (:id, 1, 1, 1, '2021-06-29 06:44:21', :id, 1)",
                "INSERT INTO post_translation (id, post_id, language, slug, title, summary, body, updated_at, feed_id,"
                " version) VALUES (:id, :id, 'ru', :slug, :slug, '', :body, '2021-06-29 06:44:21', :feed, 1)",
                "INSERT INTO post_address (slug, post_id) VALUES (:slug, :id)",
                "INSERT INTO view_count (key, views) VALUES (:id, :id)",
            ):
                db.session.execute(text(statement), values)
        db.session.commit()
        db.session.remove()
        db.engine.dispose()


def contents(app: Flask) -> list[Any]:
    with app.app_context(), db.engine.connect() as connection:
        kept = [connection.exec_driver_sql(statement).all() for statement in KEPT]
        return [*kept, *(_kazakh_names(connection, *tables) for tables in NAMES)]


def _kazakh_names(connection: Connection, table: str, names: str) -> list[str]:
    """Names of categories or bylines, which have had a table of their own until migration 0015."""
    if inspect(connection).has_table(names):
        return list(connection.execute(text(f"SELECT name FROM {names} WHERE language = 'kk'")).scalars())
    fields = connection.execute(text(f"SELECT fields FROM {table}")).scalars()
    return [(json.loads(each) if isinstance(each, str) else each)["kk-name"] for each in fields]


def faults(app: Flask, expected: list[Any]) -> Iterator[str]:
    """What is wrong with a database whose upgrade was completed."""
    if contents(app) != expected:
        yield "rows differ"
    with app.app_context(), db.engine.connect() as connection:
        if (version := connection.exec_driver_sql("SELECT version_num FROM alembic_version").scalar()) != HEAD:
            yield f"the version is {version}"
        if connection.exec_driver_sql("SELECT count(*) FROM revision").scalar() != POSTS:
            yield "the first revision of a text is missing"
        if connection.dialect.name == "sqlite":
            if (found := connection.exec_driver_sql("PRAGMA integrity_check").scalar()) != "ok":
                yield f"integrity: {found}"
            if connection.exec_driver_sql("PRAGMA foreign_key_check").all():
                yield "references to nothing"
    with app.app_context():
        db.engine.dispose()


def upgraded(app: Flask, killed_at: int | None = None) -> int:
    """Upgrade in a process of its own; return how that ended, as ``os.wait`` tells."""
    if child := os.fork():
        return os.waitpid(child, 0)[1]
    numbers = count(1)

    def die(_connection: Any, _cursor: Any = None, statement: str = "COMMIT", *_more: Any) -> None:
        if not statement.startswith(("SELECT", "PRAGMA")) and next(numbers) == killed_at:
            os.kill(os.getpid(), signal.SIGKILL)

    event.listen(Engine, "before_cursor_execute", die)
    event.listen(Engine, "commit", die)
    with app.app_context():
        upgrade()
    os._exit(0)


def states(url: str) -> tuple[Callable[[], None], Callable[[], None]]:
    """Two functions that keep the present database, and put it back."""
    parsed = make_url(url)
    if parsed.drivername == "sqlite":
        path = Path(parsed.database or "")
        old = path.with_suffix(".old")

        def put_back() -> None:
            for file in path.parent.glob(f"{path.name}-*"):
                file.unlink()
            shutil.copy(old, path)

        def keep() -> None:
            with closing(sqlite3.connect(path)) as connection:
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            shutil.copy(path, old)

        return keep, put_back

    def on_server(*statements: str) -> None:
        server = parsed.set(drivername="postgresql", database="postgres").render_as_string(False)
        with psycopg.connect(server, autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement.encode())

    name = parsed.database
    return (
        lambda: on_server(f"CREATE DATABASE {name}_old TEMPLATE {name}"),
        lambda: on_server(f"DROP DATABASE {name} WITH (FORCE)", f"CREATE DATABASE {name} TEMPLATE {name}_old"),
    )


def main(url: str, instance: str, step: str) -> None:
    app = create_app({"SQLALCHEMY_DATABASE_URI": url, "INSTANCE": instance})
    make_old(app)
    expected = contents(app)
    with app.app_context():
        db.engine.dispose()
    keep, put_back = states(url)
    keep()
    for kills, statement in enumerate(count(1, int(step))):
        put_back()
        is_killed = os.WIFSIGNALED(upgraded(app, statement))
        if is_killed and (ended := upgraded(app)):
            print(f"killed at statement {statement}, the next start ends with {ended}")
        else:
            for fault in faults(app, expected):
                print(f"killed at statement {statement}: {fault}")
        if not is_killed:
            print(f"{kills} kills")
            return


if __name__ == "__main__":
    main(*sys.argv[1:])
