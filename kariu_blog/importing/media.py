"""Files of the old site: stored one after the other, and shown in the texts that waited for them."""

import errno
import glob
import html
import os
import re
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from http.client import HTTPException
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.parse import quote, unquote, urlsplit
from urllib.request import (
    HTTPRedirectHandler,
    OpenerDirector,
    ProxyHandler,
    Request,
    build_opener,
    getproxies_environment,
)

from flask import current_app, request
from sqlalchemy import select

from kariu_blog.database import db
from kariu_blog.importing.bodies import PICTURE
from kariu_blog.importing.load import commit, fingerprint
from kariu_blog.importing.source import is_picture
from kariu_blog.media import storage
from kariu_blog.media.file_models import NAME_LENGTH, File, FileVersion
from kariu_blog.media.kinds import RefusedError
from kariu_blog.media.models import Picture
from kariu_blog.media.views import folder
from kariu_blog.newsroom.queries import picture_by_digest
from kariu_blog.old_site.addresses import UPLOADS, asked_by_url, whole_size
from kariu_blog.old_site.answers import goal_of
from kariu_blog.old_site.models import GONE, ImportedItem, OldAddress, OldMedia
from kariu_blog.posts.items import SiteItem, write
from kariu_blog.text import TAG

Find = Callable[[OldMedia], bytes]
"""Returns the content of a file.  Raises OSError or HTTPException."""
SECONDS_MAX = 20
TRIES = 3
_MARKED = re.compile(rf'<a href="{UPLOADS}([^"#]+){PICTURE}"[^>]*>(.*?)</a>', re.S)
_ALONE = re.compile(rf"<p>\s*({_MARKED.pattern})\s*</p>", re.S)
_FIGURE = re.compile(r"<figure\b.*?</figure>", re.S)
_LINK = re.compile(r'(<a [^>]*?href=")(/[^"]*)"')


class _Within(HTTPRedirectHandler):
    """Follows redirects to these hosts alone."""

    def __init__(self, hosts: frozenset[str]) -> None:
        self._hosts = hosts

    def redirect_request(self, *arguments: Any) -> Request | None:
        if (urlsplit(arguments[-1]).hostname or "").removeprefix("www.") not in self._hosts:
            raise FileNotFoundError(errno.ENOENT, "another host")
        return super().redirect_request(*arguments)


class NotTakenError(Exception):
    """A file that cannot be stored, and why in a word."""


def from_folder(uploads: Path) -> Find:
    """Look for files in a copy of ``wp-content/uploads``."""
    root = uploads.resolve()

    def find(file: OldMedia) -> bytes:
        there = whole_size(unquote(urlsplit(file.url).path.partition(UPLOADS)[2]) or file.path)
        for path in (root / there, root / file.path, *_sizes(root / there)):
            if path.is_file() and path.resolve().is_relative_to(root):
                return path.read_bytes()
        raise FileNotFoundError(errno.ENOENT, "missing")

    return find


def from_hosts(hosts: frozenset[str]) -> Find:
    """Fetch files from these hosts alone."""
    opener = build_opener(ProxyHandler(getproxies_environment()), _Within(hosts))

    def find(file: OldMedia) -> bytes:
        if (urlsplit(file.url).hostname or "").removeprefix("www.") not in hosts:
            raise FileNotFoundError(errno.ENOENT, "another host")
        whole = whole_size(file.url)
        try:
            return _fetched(opener, whole)
        except HTTPError:
            if whole == file.url:
                raise
            return _fetched(opener, file.url)

    return find


def _fetched(opener: OpenerDirector, address: str) -> bytes:
    for pause in range(TRIES):
        try:
            request = Request(quote(address, safe=":/?&=%"))  # noqa: S310  # of hosts of the old site
            with opener.open(request, timeout=SECONDS_MAX) as answer:
                data: bytes = answer.read(storage.FILE_BYTES_MAX + 1)
                return data
        except HTTPError as error:
            if error.code < 500 or pause == TRIES - 1:
                raise
        except (OSError, HTTPException):
            if pause == TRIES - 1:
                raise
        time.sleep(pause)
    raise FileNotFoundError(errno.ENOENT, "missing")


def finish_texts(find: Find | None) -> Iterator[int]:
    """Store what texts wait for and show it, a post at a time, and commit; yield how many are done."""
    query = select(ImportedItem.source).where(ImportedItem.is_unfinished).order_by(ImportedItem.source)
    for done, source in enumerate(db.session.scalars(query).all(), 1):
        row = db.session.get_one(ImportedItem, source)
        bodies = _bodies(row)
        for path in dict.fromkeys([*_paths(bodies.values()), *filter(None, [row.cover])]):
            if find is not None:
                _take(path, find)
        with current_app.test_request_context():
            _mend(row)
        db.session.expunge_all()
        yield done


def _take(path: str, find: Find) -> None:
    """Store a file, and commit.  Raises OSError if the disk is full."""
    file = db.session.get(OldMedia, path) or OldMedia(path=path, alts={})
    if file.address:
        return
    try:
        data = find(file)
        with storage.lock(folder()):
            file.address, file.error = store(file, data), ""
            db.session.add(file)
            commit()
    except (OSError, HTTPException, NotTakenError) as error:
        if isinstance(error, OSError) and error.errno == errno.ENOSPC:
            raise
        if file.error != (reason := _reason(error)):
            file.error = reason
            db.session.add(file)
            commit()


def store(file: OldMedia, data: bytes) -> str:
    """Store a picture or a document, and return its address here.  Raises NotTakenError."""
    try:
        return _store_picture(file, data) if is_picture(file.path) else _store_document(file, data)
    except RefusedError as error:
        if error.reason == "disk":
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)) from error
        raise NotTakenError(error.reason) from error


def _store_picture(file: OldMedia, data: bytes) -> str:
    if len(data) > storage.BYTES_MAX:
        raise NotTakenError("bytes")
    stored = storage.store(folder(), data)
    picture = picture_by_digest(stored.files.digest)
    if picture is None:
        picture = Picture.of(stored.files, stored.bytes, file.path.rpartition("/")[2], None)
        db.session.add(picture)
    picture.describe({code: alt[:300] for code, alt in file.alts.items() if not picture.alt(code)})
    return stored.files.address


def _store_document(file: OldMedia, data: bytes) -> str:
    digest, _dot, suffix = storage.store_document(folder(), BytesIO(data)).partition(".")
    known = db.session.scalars(select(File).join(FileVersion).where(FileVersion.digest == digest)).unique().first()
    if known is None or known.deleted_at is not None:
        stem = file.path.rpartition("/")[2].rpartition(".")[0][: NAME_LENGTH - len(suffix) - 1]
        known = File()
        known.versions.append(FileVersion(digest=digest, suffix=suffix, bytes=len(data), name=f"{stem}.{suffix}"))
        known.name_in({})
        db.session.add(known)
        db.session.flush()  # which makes its key
    return known.address


def mended(body: str, stored: Mapping[str, OldMedia], language: str) -> tuple[str, list[list[str]]]:
    """Return a body that shows what is stored and links to this site, and what of the old site is left in it."""
    left: list[list[str]] = []

    def picture(mark: re.Match[str]) -> str:
        path = unquote(html.unescape(mark[1]))
        file = stored.get(path)
        if file is None or not file.address:
            left.append(["missing", path])
            return mark[0]
        words = TAG.sub("", mark[2]).strip()
        alt = (
            words
            if words != html.escape(path.rpartition("/")[2], quote=False)
            else html.escape(file.alts.get(language, ""))
        )
        return f'<img src="{file.address}" alt="{alt.replace(chr(34), "&quot;")}">'

    def link(found: re.Match[str]) -> str:
        address = html.unescape(found[2])
        if address.endswith(PICTURE):
            return found[0]
        to = _file_or_page(address, stored, language)
        if to is None:
            return found[0]
        if to == "":
            left.append(["missing" if address.startswith(UPLOADS) else "link", unquote(address).removeprefix(UPLOADS)])
            return found[0]
        return f'{found[1]}{html.escape(to)}"'

    body = _FIGURE.sub(lambda figure: _ALONE.sub(r"\1", figure[0]), body)
    body = _ALONE.sub(r"<figure>\1</figure>", body)
    body = _MARKED.sub(picture, body)
    return _LINK.sub(link, body), left


def _file_or_page(address: str, stored: Mapping[str, OldMedia], language: str) -> str | None:
    """Return where a link leads here, empty if nowhere yet, None if it is none of the old site."""
    try:
        asked, path = asked_by_url(address), unquote(urlsplit(address).path)
    except ValueError:
        return None
    if asked.upload:
        file = stored.get(asked.upload) or stored.get(whole_size(asked.upload))
        return file.address if file else ""
    adapter = current_app.create_url_adapter(request)
    is_here = adapter is not None and adapter.test(path, "GET")
    if is_here and not (path == "/" and urlsplit(address).query):
        return None
    goal = goal_of(asked, asked.language or language)
    fragment = urlsplit(address).fragment
    return "" if goal is None or goal.path == GONE else goal.path + (f"#{fragment}" if fragment else "")


def _mend(row: ImportedItem) -> None:
    """Bring the texts of a post up to date with what is stored, and commit if that changes anything."""
    stored = {each.path: each for each in _stored_of(row)}
    was_untouched = row.post is not None and fingerprint(row.post) == row.left_as
    bodies, left = _bodies(row), list[list[str]]()
    for language, body in bodies.items():
        changed, remains = mended(body, stored, language)
        left += remains
        if changed != body:
            _save(row, language, changed)
    cover = stored.get(row.cover)
    if row.post is not None and cover and cover.address and row.post.cover_id is None:
        picture = picture_by_digest(cover.address.rpartition("/")[2].partition("-")[0])
        row.post.cover_id, row.cover = picture.id if picture else None, ""
    elif row.cover:
        left.append(["missing", row.cover])
    others = [note for note in row.notes if note[0] not in ("missing", "link") or note[1].startswith("#")]
    row.notes = others + [list(note) for note in dict.fromkeys(map(tuple, left))]
    row.is_unfinished = bool(left)
    db.session.flush()
    if was_untouched and row.post is not None:
        row.left_as = fingerprint(row.post)
    commit()


def _bodies(row: ImportedItem) -> dict[str, str]:
    """Return the body of each language that nobody has changed without showing it yet."""
    if row.post is not None:
        return {code: text.body for code, text in row.post.translations.items() if text.unseen is None}
    item = _page(row)
    suffix = "-body"
    return (
        {name.removesuffix(suffix): body for name, body in item.fields.items() if name.endswith(suffix)} if item else {}
    )


def _page(row: ImportedItem) -> SiteItem | None:
    kind, _colon, key = row.source.partition(":")
    address = db.session.get(OldAddress, f"?p={key}") if kind == "page" else None
    is_page = address is not None and address.target.startswith("page:")
    return db.session.get(SiteItem, int(address.target.removeprefix("page:"))) if address and is_page else None


def _save(row: ImportedItem, language: str, body: str) -> None:
    if row.post is None:
        item = _page(row)
        write(item, {**item.fields, f"{language}-body": body} if item else {})
        return
    text = row.post.translations[language]
    before = text.updated_at
    text.write(replace(text.content, body=body))
    text.update(is_correction=True)
    text.updated_at = before


def _paths(bodies: Iterable[str]) -> Iterator[str]:
    """Yield the paths of the files that bodies show or link to."""
    for body in bodies:
        for _before, address in _LINK.findall(body):
            if address.startswith(UPLOADS):
                yield unquote(html.unescape(address)).removeprefix(UPLOADS).removesuffix(PICTURE)


def _stored_of(row: ImportedItem) -> Iterable[OldMedia]:
    paths = [*_paths(_bodies(row).values()), row.cover]
    return db.session.scalars(select(OldMedia).where(OldMedia.path.in_([*paths, *map(whole_size, paths)])))


def _sizes(path: Path) -> list[Path]:
    """Return the copies of a picture that WordPress made, the largest first."""
    near = path.parent.glob(f"{glob.escape(path.stem)}-*") if path.parent.is_dir() else ()
    return sorted((each for each in near if whole_size(each.name) == path.name), key=lambda each: -each.stat().st_size)


def _reason(error: Exception) -> str:
    if isinstance(error, HTTPError):
        return f"HTTP {error.code}"
    return str(getattr(error, "strerror", None) or getattr(error, "reason", None) or error or type(error).__name__)[
        :100
    ]
