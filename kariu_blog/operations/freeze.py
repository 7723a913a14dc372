"""``flask freeze FOLDER``: what readers see, as files that a web server can serve under the same addresses.

A page at ``/kk/posts/x`` is ``kk/posts/x.html``, one at ``/kk/`` is ``kk/index.html``, and further pages of a list
stand beside the first as ``index.page-2.html``; a document at ``/files/0a`` is ``files/0a.pdf``, because nginx goes by
suffixes; everything else has its own name.  docs/operating.md has the settings of nginx.
"""

import re
from collections import deque
from collections.abc import Iterator, Mapping
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
from kariu_blog.media.kinds import TYPES
from kariu_blog.old_site.addresses import UPLOADS, asked_by
from kariu_blog.old_site.answers import goal_of
from kariu_blog.old_site.models import GONE, OldAddress, OldMedia
from kariu_blog.operations.commands import explained
from kariu_blog.text.elements import FILES

LISTED = ".frozen"
"""File with the names of all files of the last time, so that what is gone can be removed."""
REDIRECTS = "redirects.map"
NAMES = "names.map"
"""File with the header by which a browser saves each document under its name."""
SUFFIXES = {mimetype: suffix for suffix, mimetype in TYPES.items()}
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
        written, names = _Writer(folder), dict[str, str]()
        for path, answer in _walk(app):
            file = _file_of(path, answer)
            written.write(file, answer.get_data())
            if path.startswith(FILES):
                names[f"/{file}"] = answer.headers["Content-Disposition"]
        written.write(NAMES, _map_of(names).encode())
        written.write(REDIRECTS, _map_of(_redirects(app)).encode())
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
    if parts.path.startswith(FILES):
        return f"{name}.{SUFFIXES[str(answer.mimetype)]}"
    return f"{name}.html" if answer.mimetype == "text/html" else name


def _redirects(app: Flask) -> dict[str, str]:
    """Return where each old address leads: to the page in the first language that it has."""
    found = dict[str, str]()
    with app.test_request_context():
        for row in db.session.scalars(select(OldAddress).where(OldAddress.key.startswith("/"))):
            goal = goal_of(asked_by(row.key, {}), row.language or DEFAULT)
            if goal is not None and goal.path != GONE:
                found |= dict.fromkeys((row.key, f"{row.key}/"), goal.path)
        for file in db.session.scalars(select(OldMedia).where(OldMedia.address != "")):
            found[UPLOADS + file.path] = file.address
    return found


def _map_of(values: Mapping[str, str]) -> str:
    """Return lines of a map of nginx, without those whose signs have a meaning there."""
    rows = sorted((key, re.sub(r'(["\\])', r"\\\1", value)) for key, value in values.items())
    return "".join(f'"{key}" "{value}";\n' for key, value in rows if not re.search(r'["\\$]', key) and "$" not in value)
