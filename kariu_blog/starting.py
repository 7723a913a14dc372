"""``flask serve``: bring the database up to date, fill it at the first start, and serve the site."""

import logging
import os
import secrets
import socket
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import click
from flask import Flask, current_app
from flask.cli import ScriptInfo, with_appcontext
from flask_migrate import upgrade
from sqlalchemy import func, inspect, select
from sqlalchemy.exc import DatabaseError, SQLAlchemyError

from kariu_blog import server
from kariu_blog.accounts.models import Role, Staff
from kariu_blog.accounts.passwords import fault_of, hashed
from kariu_blog.database import db
from kariu_blog.demo.load import load_basics, load_demo
from kariu_blog.languages import LANGUAGES
from kariu_blog.operations.commands import in_use
from kariu_blog.operations.languages import STEPS, missing_in_database
from kariu_blog.posts.items import SiteItem
from kariu_blog.posts.taxonomy import Category
from kariu_blog.search import index

STARTED = "started"
"""Name of the file in the instance folder that marks a complete first start."""
INDEX_RETRY = 5.0
log = logging.getLogger(__name__)


@click.command(help="Bring the database up to date, fill it at the first start, and serve the site.")
@click.option("--empty", is_flag=True, help="At the first start, leave out the demonstration content.")
@click.option("--new", is_flag=True, help="Begin a new site although the database of an earlier one is gone.")
@with_appcontext
def serve(empty: bool, new: bool) -> None:
    server.use_one_heap()  # before anything begins a thread
    _insist_on_own_port(current_app.config["HOST"], current_app.config["PORT"])
    context = click.get_current_context()
    context.with_resource(in_use(Path(current_app.instance_path)))
    started = Path(current_app.instance_path) / STARTED
    try:
        if started.exists() and not new:
            _insist_on_database()
        with _announced("Bringing the database up to date"):
            upgrade()
        _insist_on_languages()
        account = _fill_at_first_start(empty)
        _insist_on_languages()  # with the content of a first start
        db.session.commit()
        with suppress(OSError):  # on a full disk, views are added up later
            current_app.extensions["counters"].fold()
            started.touch()
        missing = index.out_of_date()
    except DatabaseError as error:
        raise database_fault(error) from error
    if missing:
        click.echo(f"Search finds all texts but {missing}; these are being added.")
    address = current_app.config["SITE_URL"]
    click.echo(_box([("KarIU Blog", f"{address}/"), ("Sign in", f"{address}/en/staff/"), *account]))
    click.echo("Ctrl+C stops it.")
    sys.stdout.flush()
    server.serve(context.ensure_object(ScriptInfo).load_app(), _complete_index if missing else None)


def database_fault(error: DatabaseError) -> click.ClickException:
    """Return a sentence about a database that cannot be used."""
    reason = str(error.orig).strip().splitlines()[0]
    hint = "Is KARIU_DATABASE_URL right, and `flask db upgrade` done?"
    if type(error) is DatabaseError:  # SQLite's: no database, or a damaged one
        hint = "`flask restore FILE` puts a backup in its place."
    return click.ClickException(f"The database cannot be used ({reason}). {hint}")


def _insist_on_own_port(host: str, port: int) -> None:
    """Refuse a port that is in use, because granian would share it with the other server."""
    try:
        family, _kind, _protocol, _name, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        reason = error.strerror or error
        raise click.ClickException(
            f"Port {port} of {host} cannot be used ({reason}). Set KARIU_PORT or KARIU_HOST."
        ) from error


def _insist_on_database() -> None:
    """Refuse an empty database if there was a site before, because its own may only be out of reach."""
    url = db.engine.url
    name, is_missing = url.render_as_string(), False
    if url.database and url.drivername == "sqlite":
        name, is_missing = url.database, not Path(url.database).exists()
    if is_missing or not inspect(db.engine).has_table(Staff.__tablename__) or not _count(Staff):
        raise click.ClickException(
            f"This site has been started before, but its database {name} is missing or empty."
            " `flask restore FILE` brings back a backup, `flask serve --new` begins a new site."
        )


def _insist_on_languages() -> None:
    """Refuse a language that the database lacks, before its pages are errors."""
    if lacks := missing_in_database(db.session.connection(), LANGUAGES):
        raise click.ClickException("\n  ".join(["The languages are incomplete.", *lacks, STEPS]))


@contextmanager
def _announced(work: str) -> Iterator[None]:
    """Print what is being done if it takes longer than a second."""
    timer = threading.Timer(1.0, click.echo, [f"{work} …"])
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        timer.join()


def _fill_at_first_start(empty: bool) -> list[tuple[str, str]]:
    """Add the first administrator and the content.  Return the account's data to print, nothing at later starts."""
    if _count(Staff):
        return []
    given = current_app.config.get("ADMIN_PASSWORD")
    password = given or secrets.token_urlsafe(12)
    admin = Staff(username="admin", role=Role.ADMIN, password=hashed(password), must_change_password=not given)
    if given and (fault := fault_of(given, admin)):
        raise click.ClickException(f"KARIU_ADMIN_PASSWORD: {fault}")
    db.session.add(admin)
    if not _count(Category):
        load_basics()
        if empty:
            db.session.add(SiteItem(kind="steps"))
        else:
            click.echo("Making the demonstration content …")
            load_demo()
    return [
        ("User name", "admin"),
        ("Password", "that of KARIU_ADMIN_PASSWORD" if given else f"{password} (shown this once)"),
    ]


def _count(model: type[Staff] | type[Category]) -> int:
    return db.session.scalar(select(func.count()).select_from(model)) or 0


def _box(rows: list[tuple[str, str]]) -> str:
    lines = [f"{name:<12}{value}" for name, value in rows]
    width = max(len(line) for line in lines)
    edge = f"+-{'-' * width}-+"
    return "\n".join([edge, *(f"| {line:<{width}} |" for line in lines), edge])


def _complete_index(app: Flask) -> None:
    """Index, in a process of its own, texts that are not in the index or under older rules."""
    os.nice(10)
    with app.app_context():
        while True:
            try:
                for _done in index.bring_up_to_date():
                    pass
            except SQLAlchemyError as error:
                db.session.rollback()
                log.warning("Texts cannot be added to the search index (%s); again in %.0f s.", error, INDEX_RETRY)
                time.sleep(INDEX_RETRY)
            else:
                click.echo("Search finds all texts.")
                return
