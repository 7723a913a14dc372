"""The command line: ``flask serve``, ``staff``, ``demo``, ``category``, ``author``,
``rector``, ``search``, ``media``, ``backup``, ``restore``, ``check``.

In English alone: it speaks to whoever runs the server, as Flask's and Alembic's own commands do.
"""

import re
import secrets
import sys
from pathlib import Path
from typing import Any, BinaryIO

import click
from flask import Flask
from flask.cli import AppGroup
from sqlalchemy import func, select
from sqlalchemy.exc import DatabaseError

from kariu_blog.accounts.models import Role, Staff
from kariu_blog.accounts.passwords import EASILY_GUESSED, hashed, is_easily_guessed
from kariu_blog.config import PASSWORD_LENGTH_MAX, PASSWORD_LENGTH_MIN
from kariu_blog.database import db
from kariu_blog.demo.load import load_basics, load_demo, new_author, new_category
from kariu_blog.languages import LANGUAGES
from kariu_blog.media import storage
from kariu_blog.media.file_models import FileVersion
from kariu_blog.media.kinds import RefusedError
from kariu_blog.media.models import Picture
from kariu_blog.media.views import folder
from kariu_blog.newsroom.queries import picture_by_digest
from kariu_blog.operations.backup import backup
from kariu_blog.operations.check import check
from kariu_blog.operations.restore import restore
from kariu_blog.posts.post import Post
from kariu_blog.posts.site_texts import Site
from kariu_blog.posts.taxonomy import Author, Category
from kariu_blog.search import index
from kariu_blog.starting import database_fault, serve
from kariu_blog.text import clean_line, slugify

USERNAME = re.compile(r"[\w.@+-]{1,64}")


class Group(AppGroup):
    """A group whose commands say in a sentence what is wrong with the database."""

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except DatabaseError as error:
            raise database_fault(error) from error


staff = Group("staff", help="The people who may sign in.")
demo = Group("demo", help="The demonstration content.")
category = Group("category", help="The categories of posts.")
author = Group("author", help="The bylines of posts.")
rector = Group("rector", help="What the site says of the rector.")
search = Group("search", help="The search index.")
media = Group("media", help="Pictures and files on the disk.")

role_option = click.option(
    "--role", type=click.Choice([role.value for role in Role]), required=True, help="What they may do."
)
stdin_option = click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")


def init_app(app: Flask) -> None:
    for command in (serve, staff, demo, category, author, rector, search, media, backup, restore, check):
        app.cli.add_command(command)


@staff.command("add", help="Let somebody sign in.")
@click.argument("name")
@role_option
@stdin_option
def add_staff(name: str, role: str, password_stdin: bool) -> None:
    if not USERNAME.fullmatch(name):
        raise click.ClickException("A name has 1 to 64 letters, digits and . @ + - _, without spaces.")
    if _find(name):
        raise click.ClickException(f"There is already somebody called {name}.")
    password = _password(name, password_stdin)
    db.session.add(Staff(username=name.lower(), role=Role(role), password=hashed(password)))
    db.session.commit()
    click.echo(f"{name} may sign in as {role}.")


@staff.command("list", help="Show everybody with their role.")
def list_staff() -> None:
    for person in db.session.scalars(select(Staff).order_by(Staff.username)):
        click.echo(f"{person.username}\t{person.role}\t{'active' if person.active else 'disabled'}")


@staff.command("disable", help="Sign somebody out for good.")
@click.argument("name")
def disable_staff(name: str) -> None:
    person = _existing(name)
    others = (Staff.role == Role.ADMIN) & Staff.active & (Staff.id != person.id)
    if person.role == Role.ADMIN and not db.session.scalar(select(func.count()).where(others)):
        raise click.ClickException(f"{person.username} is the only administrator left.")
    person.active = False
    db.session.commit()
    click.echo(f"{person.username} may no longer sign in.")


@staff.command("enable", help="Let somebody who was disabled sign in again.")
@click.argument("name")
def enable_staff(name: str) -> None:
    person = _existing(name)
    person.active = True
    db.session.commit()
    click.echo(f"{person.username} may sign in again.")


@staff.command("reset-password", help="Give somebody a new password and end their sessions.")
@click.argument("name")
@stdin_option
def reset_password(name: str, password_stdin: bool) -> None:
    person = _existing(name)
    person.password = hashed(_password(person.username, password_stdin))
    person.fs_uniquifier = secrets.token_hex(32)
    db.session.commit()
    click.echo(f"{person.username} has a new password.")


@demo.command("load", help="Add the demonstration content to a site that has no posts yet.")
def load_demo_content() -> None:
    if db.session.scalar(select(func.count()).select_from(Post)):
        raise click.ClickException("There are posts already; the demonstration is for an empty site.")
    if not db.session.scalar(select(func.count()).select_from(Category)):
        load_basics()
    load_demo()
    db.session.commit()
    click.echo("The demonstration content is there.")


def _names(command: Any) -> Any:
    for code in LANGUAGES:
        command = click.option(f"--{code}", required=True, help=f"The name in {code}.")(command)
    return command


@category.command("add", help="Add a category; SLUG stands in its addresses.")
@click.argument("slug")
@_names
def add_category(slug: str, **names: str) -> None:
    position = db.session.scalar(select(func.count()).select_from(Category)) or 0
    db.session.add(new_category(_free_slug(Category, slug), _filled(names), position))
    db.session.commit()
    click.echo(f"The category {slug} is there.")


@author.command("add", help="Add a byline; SLUG stands in its address.")
@click.argument("slug")
@_names
def add_author(slug: str, **names: str) -> None:
    db.session.add(new_author(_free_slug(Author, slug), _filled(names)))
    db.session.commit()
    click.echo(f"The author {slug} is there.")


@rector.command("portrait", help="Show the photograph in FILE beside the rector's name; it is in the library too.")
@click.argument("file", type=click.File("rb"))
def set_portrait(file: BinaryIO) -> None:
    site = db.session.scalars(select(Site)).unique().first()
    if site is None:
        raise click.ClickException("The site says nothing of a rector yet.")
    try:
        with storage.lock(folder()):
            stored = storage.store(folder(), file.read())
            site.portrait = picture_by_digest(stored.files.digest)
            if site.portrait is None:
                site.portrait = Picture.of(stored.files, stored.bytes, Path(file.name).name, None)
                site.portrait.describe({code: text.rector for code, text in site.texts.items()})
            db.session.commit()
    except RefusedError as error:
        raise click.ClickException(f"This is no picture that can be shown ({error.reason}).") from error
    click.echo("The portrait is there.")


@search.command("reindex", help="Make the search index anew, while the site is being searched and written.")
def reindex() -> None:
    index.begin_anew()
    db.session.commit()
    _bring_index_up_to_date()
    index.tidy()
    db.session.commit()
    click.echo("The search index is complete.")


@media.command("tidy", help="Remove files that no row names, such as a crash leaves behind.")
@click.option("--dry-run", is_flag=True, help="Only list them.")
def tidy_media(dry_run: bool) -> None:
    with storage.lock(folder()):
        known = {name for picture in db.session.scalars(select(Picture)).unique() for name in picture.files.names()}
        known |= {version.stored_name for version in db.session.scalars(select(FileVersion))}
        orphans = storage.orphans(folder(), known)
        for path in orphans:
            click.echo(path.name)
            if not dry_run:
                path.unlink()
    click.echo(f"Files without a row, older than a day: {len(orphans)}{'' if dry_run else ', removed'}.")


def _bring_index_up_to_date() -> None:
    """What was written before there was an index, or other rules for it."""
    if total := index.out_of_date():
        for done in index.bring_up_to_date():
            click.echo(f"Search index: {done} of {total} texts.")


def _password(name: str, from_stdin: bool) -> str:
    password = (
        sys.stdin.readline().rstrip("\r\n")
        if from_stdin
        else click.prompt("Password", hide_input=True, confirmation_prompt=True)
    )
    if not PASSWORD_LENGTH_MIN <= len(password) <= PASSWORD_LENGTH_MAX:
        raise click.ClickException(f"A password needs {PASSWORD_LENGTH_MIN} to {PASSWORD_LENGTH_MAX} characters.")
    if is_easily_guessed(password, name):
        raise click.ClickException(f"This password {EASILY_GUESSED}")
    return str(password)


def _find(name: str) -> Staff | None:
    return db.session.scalars(select(Staff).where(Staff.username == name.lower())).one_or_none()


def _existing(name: str) -> Staff:
    person = _find(name)
    if person is None:
        raise click.ClickException(f"There is nobody called {name}.")
    return person


def _free_slug(model: type[Category] | type[Author], slug: str) -> str:
    if slug != slugify(slug):
        raise click.ClickException(f"{slug!r} is no slug: small Latin letters, digits and single hyphens.")
    if db.session.scalar(select(model.id).where(model.slug == slug)):
        raise click.ClickException(f"{slug} is taken.")
    return slug


def _filled(names: dict[str, str]) -> dict[str, str]:
    names = {code: clean_line(name) for code, name in names.items()}
    for code, name in names.items():
        if not 0 < len(name) <= 80:
            raise click.ClickException(f"The name in {code} needs 1 to 80 characters.")
    return names
