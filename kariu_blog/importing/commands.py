"""``flask import``: bring an older site along, and verify that its addresses lead here."""

import tomllib
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

import click
from flask import current_app
from flask.cli import AppGroup, with_appcontext

from kariu_blog.database import db
from kariu_blog.importing import feeds, mapping, media, wordpress
from kariu_blog.importing.load import Target, begin, finish, load
from kariu_blog.importing.report import write_report
from kariu_blog.importing.source import Archive, ImportedPost, SourceError
from kariu_blog.importing.verify import answers
from kariu_blog.locks import exclusive_lock
from kariu_blog.operations.commands import explained, in_use

EVERY = 100
"""Posts between two lines of progress."""
FILE = click.Path(path_type=Path, exists=True, dir_okay=False)
FOLDER = click.Path(path_type=Path, exists=True, file_okay=False)


class Source(NamedTuple):
    """Files, and the module that reads them."""

    reader: Any
    files: list[Path]


imports = AppGroup("import", help="Bring an older site along.")


@imports.command("wordpress", help="Import exports of WordPress; again, only what has changed there and not here.")
@click.argument("exports", nargs=-1, type=FILE)
@click.option(
    "--feed", multiple=True, help="Address or file of a feed, where there is no export; one for each language."
)
@click.option("--uploads", type=FOLDER, help="A copy of wp-content/uploads.")
@click.option("--fetch", is_flag=True, help="Fetch the files from the old hosts instead.")
@click.option("--hosts", default="", help="Hosts of the old site, separated by commas, beside that of the export.")
@click.option(
    "--folder", type=click.Path(path_type=Path), help="Where the mapping and the report are; instance/import."
)
@click.option("--dry-run", is_flag=True, help="Only write the mapping, and say what would come.")
@with_appcontext
def import_wordpress(
    exports: tuple[Path, ...],
    feed: tuple[str, ...],
    uploads: Path | None,
    fetch: bool,
    hosts: str,
    folder: Path | None,
    dry_run: bool,
) -> None:
    if bool(exports) == bool(feed):
        raise click.ClickException("Name the files of an export, or --feed with the address of a feed.")
    folder = folder or Path(current_app.instance_path) / "import"
    mapping_file, report_file = folder / "mapping.toml", folder / "report.tsv"
    stopped = "The import stopped; what is finished stays, and the same command goes on"
    with explained(stopped), _scratch(folder) as place:
        source = Source(feeds if feed else wordpress, _fetched(feed, place) if feed else list(exports))
        archive = _scanned(source, hosts)
        if not mapping_file.exists():
            mapping.write_file(mapping_file, archive)
            click.echo(f"{mapping_file} says which categories and authors become which; edit it and import again.")
        if dry_run:
            _say_what_would_come(source, archive)
            return
        faults = _import(source, archive, mapping_file)
        find = media.from_folder(uploads) if uploads else media.from_hosts(archive.hosts) if fetch else None
        for done in media.finish_texts(find):
            if done % EVERY == 0:
                click.echo(f"{done} texts are done with their pictures.")
        lines = write_report(report_file, faults)
    click.echo(f"{lines} lines in {report_file}, and on the page “Old site” of the newsroom.")
    if faults:
        raise click.exceptions.Exit(1)


@imports.command("verify", help="Ask the running site for the old addresses in FILE, and print where they lead.")
@click.argument("file", type=FILE)
@click.option("--site", help="Origin of the running site, if it is not the configured one.")
@with_appcontext
def verify(file: Path, site: str | None) -> None:
    failures, statuses = [], Counter[int]()
    with current_app.test_request_context(), explained("The addresses could not be verified"):
        try:
            for answer in answers(file, (site or current_app.config["SITE_URL"]).rstrip("/")):
                click.echo("\t".join([str(answer.status), answer.address, answer.shown, answer.fault]))
                statuses[answer.status] += 1
                failures += [answer] if answer.fault else []
        except (ValueError, UnicodeDecodeError) as error:
            raise click.ClickException(f"{file} is no table of addresses: {error}.") from error
    total = sum(statuses.values())
    click.echo(f"{total - len(failures)} of {total} lead where they must.")
    for failure in failures:
        click.echo(f"{failure.address} ({failure.wanted}): {failure.fault}", err=True)
    if failures:
        raise click.exceptions.Exit(1)


@contextmanager
def _scratch(folder: Path) -> Iterator[Path]:
    """Make the folder, lock it, and make one in it for what is fetched, which is removed in the end."""
    folder.mkdir(parents=True, exist_ok=True)
    with (
        in_use(Path(current_app.instance_path)),
        exclusive_lock(folder / ".lock"),
        TemporaryDirectory(dir=folder) as place,
    ):
        yield Path(place)


def _fetched(addresses: tuple[str, ...], place: Path) -> list[Path]:
    try:
        return [page for address in addresses for page in feeds.fetched(address, place)]
    except SourceError as error:
        raise click.ClickException(f"{error}.") from error


def _scanned(source: Source, hosts: str) -> Archive:
    try:
        archive: Archive = source.reader.scan(source.files, (host.strip() for host in hosts.split(",")))
    except SourceError as error:
        raise click.ClickException(f"{error}.") from error
    click.echo(f"{archive.items} posts and pages, {len(archive.attachments)} files.")
    return archive


def _import(source: Source, archive: Archive, mapping_file: Path) -> list[str]:
    """Import the texts, and return why the exports could not be read to their end."""
    try:
        chosen = mapping.read_file(mapping_file, archive)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, AttributeError) as error:
        raise click.ClickException(f"{mapping_file} cannot be read: {error}.") from error
    target, faults = Target(archive, chosen), list[str]()
    begin(archive, chosen)
    for done, post in enumerate(_posts(source, archive, faults), 1):
        load(post, target)
        if done % EVERY == 0:
            click.echo(f"{done} of {archive.items} posts and pages.")
    finish(target)
    for outcome, number in target.outcomes.items():
        if number:
            click.echo(f"{number} {outcome.value}")
    return faults


def _posts(source: Source, archive: Archive, faults: list[str]) -> Iterator[ImportedPost]:
    for file in source.files:
        try:
            yield from source.reader.posts(file, archive)
        except SourceError as error:
            faults.append(str(error))
            click.echo(f"{error}.", err=True)


def _say_what_would_come(source: Source, archive: Archive) -> None:
    counts, notes = Counter[str](), Counter[str]()
    for post in _posts(source, archive, []):
        counts.update([f"{post.kind}, {post.state}", *(f"texts in {code}" for code in post.texts)])
        notes.update(kind for kind, _detail in post.notes)
    for counter in (counts, notes):
        for name, number in sorted(counter.items()):
            click.echo(f"{number:>7} {name}")
    db.session.rollback()
