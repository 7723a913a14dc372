"""The command line: ``flask serve``, ``staff``, ``demo``, ``category``, ``author``,
``rector``, ``search``, ``media``, ``import``, ``export``, ``freeze``,
``backup``, ``restore``, ``check``.

In English alone: it speaks to whoever runs the server, as Flask's and Alembic's own commands do.
"""

import secrets
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import click
from flask import Flask
from flask.cli import AppGroup
from sqlalchemy import func, select
from sqlalchemy.exc import DatabaseError

from kariu_blog.accounts import mail, names, people
from kariu_blog.accounts.acts import record
from kariu_blog.accounts.models import AccountLink, Role, Staff
from kariu_blog.accounts.passwords import fault_of, hashed
from kariu_blog.database import db
from kariu_blog.demo.load import load_basics, load_demo
from kariu_blog.importing.commands import imports
from kariu_blog.languages import LANGUAGES
from kariu_blog.media import storage
from kariu_blog.media.file_models import FileVersion
from kariu_blog.media.kinds import RefusedError
from kariu_blog.media.models import Picture
from kariu_blog.media.views import folder
from kariu_blog.newsroom.queries import picture_by_digest
from kariu_blog.operations.backup import backup
from kariu_blog.operations.check import check
from kariu_blog.operations.export import export
from kariu_blog.operations.freeze import freeze
from kariu_blog.operations.restore import restore
from kariu_blog.posts.items import SiteItem, by_language, write
from kariu_blog.posts.post import Post
from kariu_blog.posts.queries.navigation import layout
from kariu_blog.posts.taxonomy import Author, Category
from kariu_blog.search import index
from kariu_blog.starting import database_fault, serve
from kariu_blog.text import clean_line, slugify


class Group(AppGroup):
    """A group whose commands report an error of the database in one sentence."""

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
    for command in (
        serve,
        staff,
        demo,
        category,
        author,
        rector,
        search,
        media,
        imports,
        export,
        freeze,
        backup,
        restore,
        check,
    ):
        app.cli.add_command(command)


@staff.command("add", help="Let somebody sign in with a password that they have to change then.")
@click.argument("name")
@role_option
@stdin_option
def add_staff(name: str, role: str, password_stdin: bool) -> None:
    _insist_on_free_name(name)
    person = Staff(username=name.lower(), role=Role(role), must_change_password=True)
    person.password = hashed(_password(person, password_stdin))
    db.session.add(person)
    record("account.added", None, person.username)
    db.session.commit()
    click.echo(f"{name} may sign in as {role}.")


@staff.command("invite", help="Let somebody choose a password by a link, which is mailed or printed.")
@click.argument("name")
@role_option
@click.option("--email", default="", help="Where the invitation goes; also good for signing in.")
@click.option("--language", type=click.Choice(list(LANGUAGES)), help="Of the mail.")
def invite_staff(name: str, role: str, email: str, language: str | None) -> None:
    _insist_on_free_name(name)
    address = names.email_of(email)
    if email and not address:
        raise click.ClickException(f"{email} is not an e-mail address.")
    if fault := address and names.taken_fault(address):
        raise click.ClickException(fault)
    _hand_over(people.invite(None, name, Role(role), email=address or None, language=language))


@staff.command("list", help="Show everybody with role, state and limits.")
def list_staff() -> None:
    for person in db.session.scalars(select(Staff).order_by(Staff.username)):
        categories, bylines = (
            db.session.scalars(select(model.slug).where(model.id.in_(ids)))
            for model, ids in ((Category, person.categories), (Author, person.bylines))
        )
        limits = " ".join(sorted([*person.languages, *categories, *bylines]))
        state = "active" if person.active else "disabled"
        click.echo("\t".join(filter(None, [person.username, person.role, state, person.email, limits])))


@staff.command("role", help="Give somebody another role.")
@click.argument("name")
@click.argument("role", type=click.Choice([role.value for role in Role]))
def change_role(name: str, role: str) -> None:
    person = _existing(name)
    with _an_admin_kept(person):
        people.change_role(None, person, Role(role))
    db.session.commit()
    click.echo(f"{person.username} is {role} now.")


@staff.command("limit", help="Limit somebody to languages, categories and bylines; without any, to nothing.")
@click.argument("name")
@click.option("--language", "languages", multiple=True, type=click.Choice(list(LANGUAGES)))
@click.option("--category", "categories", multiple=True, help="Slug of a category; may be repeated.")
@click.option("--byline", "bylines", multiple=True, help="Slug of a byline; may be repeated.")
def limit_staff(name: str, languages: tuple[str, ...], categories: tuple[str, ...], bylines: tuple[str, ...]) -> None:
    ids = [[_id_of(model, slug) for slug in slugs] for model, slugs in ((Category, categories), (Author, bylines))]
    person = _existing(name)
    people.change_limits(None, person, list(languages), *ids)
    db.session.commit()
    click.echo(f"The limits of {person.username} are set.")


@staff.command("disable", help="Sign somebody out for good.")
@click.argument("name")
def disable_staff(name: str) -> None:
    person = _existing(name)
    with _an_admin_kept(person):
        people.disable(None, person)
    db.session.commit()
    click.echo(f"{person.username} may no longer sign in.")


@staff.command("enable", help="Let somebody who was disabled sign in again.")
@click.argument("name")
def enable_staff(name: str) -> None:
    person = _existing(name)
    people.enable(None, person)
    db.session.commit()
    click.echo(f"{person.username} may sign in again.")


@staff.command("reset-password", help="Give somebody a password that they have to change, and end their sessions.")
@click.argument("name")
@stdin_option
def reset_password(name: str, password_stdin: bool) -> None:
    person = _existing(name)
    person.password, person.must_change_password = hashed(_password(person, password_stdin)), True
    person.fs_uniquifier = secrets.token_hex(32)
    record("account.reset", None, person.username)
    db.session.commit()
    click.echo(f"{person.username} has a new password.")


@staff.command("reset-link", help="Let somebody choose a new password by a link, which is mailed or printed.")
@click.argument("name")
def reset_link(name: str) -> None:
    _hand_over(people.reset(None, _existing(name)))


@staff.command("reset-second-factor", help="Have somebody set up the second factor anew, who lost the first one.")
@click.argument("name")
def reset_second_factor(name: str) -> None:
    person = _existing(name)
    people.remove_second_factor(None, person)
    db.session.commit()
    click.echo(f"{person.username} signs in with the password alone, once.")


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
    write(Category(slug=_free_slug(Category, slug), position=position), by_language(name=_filled(names)))
    db.session.commit()
    click.echo(f"The category {slug} is there.")


@author.command("add", help="Add a byline; SLUG stands in its address.")
@click.argument("slug")
@_names
def add_author(slug: str, **names: str) -> None:
    write(Author(slug=_free_slug(Author, slug)), by_language(name=_filled(names)))
    db.session.commit()
    click.echo(f"The author {slug} is there.")


@rector.command("portrait", help="Show the photograph in FILE beside the rector's name; it is in the library too.")
@click.argument("file", type=click.File("rb"))
def set_portrait(file: BinaryIO) -> None:
    current = layout().rector
    if current is None:
        raise click.ClickException("The site says nothing of a rector yet.")
    try:
        with storage.lock(folder()):
            stored = storage.store(folder(), file.read())
            if picture_by_digest(stored.files.digest) is None:
                picture = Picture.of(stored.files, stored.bytes, Path(file.name).name, None)
                picture.describe({code: current.name(code) for code in LANGUAGES})
                db.session.add(picture)
            row = db.session.get_one(SiteItem, current.id)
            write(row, {**row.fields, "portrait": stored.files.address})
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
    """Index texts that are not in the index or under older rules, and print the progress."""
    if total := index.out_of_date():
        for done in index.bring_up_to_date():
            click.echo(f"Search index: {done} of {total} texts.")


def _password(person: Staff, from_stdin: bool) -> str:
    password = (
        sys.stdin.readline().rstrip("\r\n")
        if from_stdin
        else click.prompt("Password", hide_input=True, confirmation_prompt=True)
    )
    if fault := fault_of(password, person):
        raise click.ClickException(fault)
    return str(password)


def _insist_on_free_name(name: str) -> None:
    if fault := names.username_fault(name):
        raise click.ClickException(fault)


def _hand_over(link: AccountLink) -> None:
    """Mail a link, or print it where that is not possible."""
    address = mail.hand_over(link)
    db.session.commit()
    click.echo(f"{link.staff.username} opens this once: {address}" if address else f"Mailed to {link.staff.email}.")


@contextmanager
def _an_admin_kept(person: Staff) -> Iterator[None]:
    try:
        yield
    except people.LastAdminError as error:
        raise click.ClickException(f"{person.username} is the only administrator left.") from error


def _existing(name: str) -> Staff:
    person = people.find(name)
    if person is None:
        raise click.ClickException(f"There is nobody called {name}.")
    return person


def _id_of(model: type[Category] | type[Author], slug: str) -> int:
    found = db.session.scalar(select(model.id).where(model.slug == slug))
    if found is None:
        raise click.ClickException(f"There is no {slug}.")
    return found


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
