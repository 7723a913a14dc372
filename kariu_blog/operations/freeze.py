"""``flask freeze FOLDER``: what readers see, as files that a web server can serve under the same addresses.

A page at ``/kk/posts/x`` is ``kk/posts/x.html``, one at ``/kk/`` is ``kk/index.html``, and further pages of a list
stand beside the first as ``index.page-2.html``; everything else has its own name.  docs/operating.md has the settings
of nginx.
"""

import re
from collections import deque
from collections.abc import Iterator
from html import unescape
from pathlib import Path, PurePosixPath
from urllib.parse import parse_qs, unquote, urlsplit

import click
from flask import Flask
from flask.cli import ScriptInfo, with_appcontext
from sqlalchemy import select
from werkzeug.test import Client, TestResponse

from kariu_blog.database import db
from kariu_blog.languages import DEFAULT, LANGUAGES
from kariu_blog.old_site.addresses import asked_by
from kariu_blog.old_site.answers import goal_of
from kariu_blog.old_site.models import GONE, OldAddress
from kariu_blog.operations.commands import explained

LISTED = ".frozen"
"""File with the names of all files of the last time, so that what is gone can be removed."""
REDIRECTS = "redirects.map"
LEFT_OUT = re.compile(rf"/(?:{'|'.join(LANGUAGES)})/(?:staff|preview|search|low-vision)(?:/|$)|/(?:healthz|readyz)")
_ADDRESSES = re.compile(
    r'\b(?:href|src|srcset|content)="([^"]+)"|<loc>([^<]+)|"(?:next_url|feed_url|url)": ?"([^"]+)"|url\(([^)]+)\)'
)
READ = (
    "text/html",
    "application/xml",
    "application/atom+xml",
    "application/rss+xml",
    "application/feed+json",
    "text/css",
    "text/x-opml",
)


@click.command(help="Write what readers see into FOLDER as files for a web server; again, only what has changed.")
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.pass_context
@with_appcontext
def freeze(context: click.Context, folder: Path) -> None:
    app = context.ensure_object(ScriptInfo).load_app()
    with explained("The site is not frozen to its end"):
        folder.mkdir(parents=True, exist_ok=True)
        before = (
            set((folder / LISTED).read_text(encoding="utf-8").splitlines()) if (folder / LISTED).exists() else set()
        )
        written = _Writer(folder)
        for path, answer in _walk(app):
            written.write(_file_of(path, answer), answer.get_data())
        written.write(REDIRECTS, "".join(_redirects(app)).encode())
        for name in before - written.names:
            (folder / name).unlink(missing_ok=True)
        (folder / LISTED).write_text("\n".join(sorted(written.names)) + "\n", encoding="utf-8")
    click.echo(f"{len(written.names)} files, {written.changed} of them changed, {len(before - written.names)} removed.")


class _Writer:
    """Writes files that differ from what is there, each as a whole."""

    def __init__(self, folder: Path) -> None:
        self._folder, self.names, self.changed = folder, set[str](), 0

    def write(self, name: str, content: bytes) -> None:
        self.names.add(name)
        file = self._folder / name
        if file.is_file() and file.read_bytes() == content:
            return
        file.parent.mkdir(parents=True, exist_ok=True)
        partial = file.with_name(f"{file.name}.partial")
        partial.write_bytes(content)
        partial.replace(file)
        self.changed += 1


def _walk(app: Flask) -> Iterator[tuple[str, TestResponse]]:
    """Yield every public address that can be reached from the front pages and the sitemap, with its answer."""
    client, origin = Client(app, TestResponse), app.config["SITE_URL"]
    start = ["/sitemap.xml", "/robots.txt", "/favicon.ico", *(f"/{code}/" for code in LANGUAGES), "/feeds.opml"]
    waiting, known = deque(start), set(start)
    while waiting:
        path = waiting.popleft()
        with app.app_context():  # of its own, because it keeps the language of the page
            answer = client.get(path)
        if answer.status_code != 200:
            continue
        yield path, answer
        for found in _links(path, answer, origin):
            if found not in known:
                known.add(found)
                waiting.append(found)


def _links(path: str, answer: TestResponse, origin: str) -> set[str]:
    if answer.mimetype not in READ:
        return set()
    found = set()
    for parts in _ADDRESSES.findall(answer.get_data(as_text=True)):
        for address in re.split(r",\s+", unescape(next(filter(None, parts)).strip("'\""))):
            address = address.split(" ")[0].removeprefix(origin).partition("#")[0]
            if not address.startswith(("/", "http")) and answer.mimetype == "text/css":
                address = str(PurePosixPath(path).parent / address)
            if _is_wanted(address):
                found.add(address)
    return found


def _is_wanted(address: str) -> bool:
    parts = urlsplit(address)
    query = parse_qs(parts.query)
    is_page = not query or (list(query) == ["page"] and query["page"][0].isdecimal())
    is_asset = parts.path.startswith("/static/")
    return (
        address.startswith("/")
        and not address.startswith("//")
        and (is_page or is_asset)
        and not LEFT_OUT.match(parts.path)
    )


def _file_of(path: str, answer: TestResponse) -> str:
    parts = urlsplit(path)
    name, number = unquote(parts.path).lstrip("/"), parse_qs(parts.query).get("page", [""])[0]
    if name.endswith("/") or not name:
        return f"{name}index{f'.page-{number}' if number else ''}.html"
    return f"{name}.html" if answer.mimetype == "text/html" else name


def _redirects(app: Flask) -> list[str]:
    """Return lines of a map of nginx: old addresses, each with the page in the first language that it has."""
    lines = []
    with app.test_request_context():
        for row in db.session.scalars(
            select(OldAddress).where(OldAddress.key.startswith("/")).order_by(OldAddress.key)
        ):
            goal = goal_of(asked_by(row.key, {}), row.language or DEFAULT)
            if goal is not None and goal.path != GONE and not re.search(r'["\\$;\s]', row.key):
                lines += [f'"{key}" "{goal.path}";\n' for key in (row.key, f"{row.key}/")]
    return lines
