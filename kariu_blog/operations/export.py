"""``flask export FOLDER``: everything that was written here, in formats that other programs read."""

import json
import os
import shutil
from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import chain
from pathlib import Path
from typing import Any

import click
from flask import current_app
from flask.cli import with_appcontext
from sqlalchemy import inspect, select
from sqlalchemy.orm import selectinload

from kariu_blog.audience.models import ViewCount
from kariu_blog.database import Base, db
from kariu_blog.media.file_models import File, FileVersion
from kariu_blog.media.models import Picture
from kariu_blog.media.storage import path_of
from kariu_blog.media.views import folder as media_folder
from kariu_blog.old_site.models import OldAddress, OldMedia
from kariu_blog.operations.commands import explained
from kariu_blog.posts.items import SiteItem
from kariu_blog.posts.post import Post, PostTranslation, Revision
from kariu_blog.posts.taxonomy import Author, Category

BATCH = 200
PRIVATE = {"created_by_id", "saved_by_id", "written_by_id", "uploaded_by_id", "form_key", "version", "words"}
"""Columns that say who did something, or mean something to this program alone."""


@click.command(help="Write everything but people's accounts into FOLDER: JSON Lines, pictures, redirects.")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@with_appcontext
def export(folder: Path) -> None:
    with explained("The export is not complete"):
        (folder / "media").mkdir(parents=True, exist_ok=True)
        for name, rows in _tables().items():
            count = _write(folder / f"{name}.jsonl", rows)
            click.echo(f"{count:>7} {name}")
        _copy_media(folder / "media")


def _tables() -> dict[str, Iterator[dict[str, Any]]]:
    return {
        "posts": map(_post, _rows(Post, selectinload(Post.translations), selectinload(Post.addresses))),
        "revisions": map(_columns, _rows(Revision)),
        "categories": map(_columns, _rows(Category)),
        "authors": map(_columns, _rows(Author)),
        "items": map(_columns, _rows(SiteItem)),
        "pictures": map(_picture, _rows(Picture, selectinload(Picture.alts))),
        "files": map(_file, _rows(File, selectinload(File.versions))),
        "redirects": map(_columns, _rows(OldAddress)),
        "old_files": map(_columns, _rows(OldMedia)),
    }


def _rows(model: Any, *options: Any) -> Iterator[Any]:
    """Yield all rows, a batch at a time, so that no table has to fit into the memory."""
    key, last = inspect(model).primary_key[0], None
    while True:
        query = select(model).order_by(key).limit(BATCH).options(*options)
        rows = db.session.scalars(query if last is None else query.where(key > last)).unique().all()
        yield from rows
        if len(rows) < BATCH:
            return
        last = getattr(rows[-1], key.key)
        db.session.expunge_all()


def _columns(row: Base) -> dict[str, Any]:
    names = [column.key for column in inspect(row).mapper.column_attrs if column.key not in PRIVATE]
    return {name: getattr(row, name) for name in names if name != "is_outdated"}


def _post(post: Post) -> dict[str, Any]:
    counted = db.session.get(ViewCount, post.id)
    further = {"category": post.category.slug, "author": post.author.slug, "addresses": sorted(post.addresses)}
    views = {"views": post.earlier_views + (counted.views if counted else 0)}
    cover = {"cover": post.cover.files.name if post.cover else None}
    texts = {code: _text(text) for code, text in sorted(post.translations.items())}
    return _columns(post) | further | views | cover | {"translations": texts}


def _text(text: PostTranslation) -> dict[str, Any]:
    return _columns(text) | {"state": text.state}


def _picture(picture: Picture) -> dict[str, Any]:
    words = {
        name: {code: getattr(alt, column) for code, alt in sorted(picture.alts.items())}
        for name, column in (("alts", "text"), ("captions", "caption"), ("credits", "credit"))
    }
    return _columns(picture) | {"file": picture.files.name} | words


def _file(file: File) -> dict[str, Any]:
    versions = [_columns(version) | {"file": version.stored_name} for version in file.versions]
    return _columns(file) | {"address": file.address, "versions": versions}


def _write(file: Path, rows: Iterable[dict[str, Any]]) -> int:
    """Write rows, and put the file in its place when it is whole."""
    count, partial = 0, file.with_suffix(".partial")
    with partial.open("w", encoding="utf-8") as out:
        for row in rows:
            count += 1
            out.write(json.dumps(row, ensure_ascii=False, default=_plain, sort_keys=True) + "\n")
        out.flush()
        os.fsync(out.fileno())
    partial.replace(file)
    return count


def _plain(value: Any) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def _copy_media(target: Path) -> None:
    """Copy the largest file of each picture, and all versions of files.  A copy that is there has the same bytes."""
    pictures = (picture.files.name for picture in _rows(Picture))
    for name in chain(pictures, (version.stored_name for version in _rows(FileVersion))):
        source, copy = path_of(media_folder(), name), target / name
        if not source.is_file():
            click.echo(f"{name} is missing in {current_app.instance_path}.", err=True)
        elif not copy.exists() or copy.stat().st_size != source.stat().st_size:
            shutil.copyfile(source, copy)
