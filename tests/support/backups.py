"""Sites that are backed up and restored: their commands, their rows, and their pages."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote

import sqlalchemy as sa
from click.testing import Result

from kariu_blog import create_app
from kariu_blog.database import Base, db
from tests.support.browsing import Browser
from tests.support.serving import PASSWORD, POSTGRESQL, ROOT, Site, own_database, start, stop

PATH = "/en/posts/half-a-century-behind-us-and-the-road-ahead"
PAGES = (
    "/kk/",
    "/ru/",
    "/en/",
    PATH,
    "/en/rector/",
    "/kk/categories/news/",
    "/sitemap.xml",
    "/ru/search?q=университет",
)
FEEDS = tuple(f"/{code}/feed.{format}" for code in ("kk", "ru", "en", "en/all") for format in ("atom", "rss", "json"))
KILLER = """
import os, signal, sys

def kill(event, arguments):
    if event == "os.rename" and os.environ["KILL_AT"] in f"{arguments[0]} {arguments[1]}":
        os.kill(os.getpid(), signal.SIGKILL)

sys.addaudithook(kill)
"""


def flask(instance: Path, *arguments: str, input: str = "", **overrides: str) -> Result:
    """What the command does for the site in this folder."""
    url = {"SQLALCHEMY_DATABASE_URI": address(instance)}
    app = create_app({"INSTANCE": instance, **url, **overrides})
    answer = app.test_cli_runner().invoke(args=arguments, input=input)
    with app.app_context():
        db.session.remove()
        db.engine.dispose()
    return answer


def process(instance: Path, *arguments: str, **more: Any) -> "subprocess.Popen[str]":
    """The command in a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", "flask", *arguments],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        **{"env": settings(instance), **more},
    )


def address(instance: Path) -> str:
    """Of the database of the site in this folder, for SQLAlchemy."""
    if not POSTGRESQL:
        return f"sqlite:///{instance / 'kariu.sqlite3'}"
    return own_database(instance).replace("postgresql:", "postgresql+psycopg:")


def settings(instance: Path) -> dict[str, str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("KARIU_")}
    return {**clean, "KARIU_INSTANCE": str(instance), "KARIU_DATABASE_URL": address(instance)}


def done(answer: Result) -> str:
    assert answer.exit_code == 0, answer.output
    return answer.output


def refusal(answer: Result) -> str:
    """The one sentence of a command that failed."""
    assert answer.exit_code == 1, answer.output
    assert answer.output.startswith("Error: ")
    assert answer.output.count("\n") == 1, answer.output
    return answer.output


@contextmanager
def serving(instance: Path, **environment: str) -> Iterator[Site]:
    instance.mkdir(exist_ok=True)
    site = start(instance, KARIU_ADMIN_PASSWORD=PASSWORD, KARIU_SITE_URL="http://blog.kariu.test", **environment)
    try:
        yield site
    finally:
        with suppress(ProcessLookupError):  # some tests have stopped it themselves
            stop(site)


def rows(url: str) -> dict[str, list[dict[str, Any]]]:
    """Every row of every table, as the application reads it; but for what a restore changes by intent."""
    engine = sa.create_engine(url)
    with engine.connect() as database:
        found = {
            table.name: sorted(map(dict, database.execute(sa.select(table)).mappings()), key=repr)
            for table in (*Base.metadata.sorted_tables, sa.table("alembic_version", sa.column("version_num")))
        }
    engine.dispose()
    found["cache_tag"] = [row for row in found["cache_tag"] if row["tag"] != "*"]
    found.pop("view_file")
    return found


WITH_FILES = ("file", "file_version")
"""Tables whose rows are a fault without the files that they name; their own tests restore them."""


def fill_empty_tables(url: str) -> None:
    """Put a row into each table that has none, with the highest and lowest that its columns take."""
    engine = sa.create_engine(url)
    with engine.begin() as database:
        for table in Base.metadata.sorted_tables:
            if table.name not in WITH_FILES and not database.scalar(sa.select(sa.func.count()).select_from(table)):
                database.execute(table.insert().values({column.name: value(column, database) for column in table.c}))
    engine.dispose()


def value(column: sa.Column[Any], database: sa.Connection) -> Any:
    for key in column.foreign_keys:
        return database.scalar(sa.select(sa.func.max(key.column)))
    samples = {
        bool: True,
        bytes: b"\x00\xff",
        date: date(2024, 2, 29),
        datetime: datetime(2024, 2, 29, 23, 59, 59, 999999, tzinfo=UTC),
        dict: {"ключ": [1, None]},
        object: {"ключ": [1, None]},  # what else JSON may be
        int: 2**31 - 2,
        str: "kk" if column.name == "language" else "Ә'\n\U0001f600"[: getattr(column.type, "length", None)],
    }
    return samples[getattr(column.type, "impl_instance", column.type).python_type]


def title(page: str) -> str:
    found = re.search(r"<h1>(.*?)</h1>", page)
    assert found is not None
    return found[1]


@contextmanager
def browsing(instance: Path) -> Iterator[Browser]:
    """The site in this folder without its server."""
    app = create_app({"INSTANCE": instance, "SQLALCHEMY_DATABASE_URI": address(instance), "PAGES_MIB": 0})
    app.wsgi_app = app.extensions["cache"].application  # type: ignore[method-assign]  # whose thread stays connected
    yield Browser(app)
    with app.app_context():
        db.engine.dispose()


def content(site: Site) -> dict[str, bytes]:
    """Pages and feeds, with every picture that they show."""
    found = {path: site.fetch(quote(path, "/?=")) for path in PAGES + FEEDS}
    pictures = {name.decode() for body in found.values() for name in re.findall(rb"/media/[\w.-]+", body)}
    assert len(pictures) > 5
    return found | {name: site.fetch(name) for name in pictures}


@dataclass(frozen=True)
class Saved:
    """Two backups of one site."""

    file: Path
    later: Path
