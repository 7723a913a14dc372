"""RSS and Atom feeds of an older site, page by page, where nobody has its database."""

import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http.client import HTTPException
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from kariu_blog.importing import media
from kariu_blog.importing.source import Archive, ImportedPost, SourceError, Term
from kariu_blog.importing.wordpress import elements, fields_of, texts_of
from kariu_blog.languages import LANGUAGES
from kariu_blog.old_site.addresses import language_of
from kariu_blog.old_site.models import OldMedia
from kariu_blog.posts.content import text_digest
from kariu_blog.text import slugify

ENTRIES = ("item", "{*}entry")
PAGES_MAX = 5000
_KEYS = re.compile(rb"<(?:guid|id|link)\b[^>]*>\s*(?:<!\[CDATA\[)?\s*([^<\]\s]+)")
LANGUAGE = re.compile(r"[0-9a-f]+-\d+-([a-z]{2})\.xml")


def fetched(feed: str, folder: Path) -> list[Path]:
    """Return the pages of a feed as files: itself if it is one, else what its address gives until nothing is new.

    A language in the address, as in ``?lang=ru``, becomes a part of the names.  Raises SourceError.
    """
    if not feed.startswith(("http://", "https://")):
        return [Path(feed)]
    parts = urlsplit(feed)
    query = {name: values[0] for name, values in parse_qs(parts.query).items()}
    code = language_of(query.get("lang", "")) or "xx"
    find = media.from_hosts(frozenset([(parts.hostname or "").removeprefix("www.")]))
    files, known = list[Path](), set[bytes]()
    for number in range(1, PAGES_MAX):
        page = parts._replace(query=urlencode(query | ({"paged": str(number)} if number > 1 else {}))).geturl()
        try:
            data = find(OldMedia(path="", url=page))
        except (OSError, HTTPException) as error:
            if number == 1:
                raise SourceError(f"{feed} cannot be fetched: {error}") from error
            break
        found = set(_KEYS.findall(data))
        if number > 1 and found <= known:
            break
        files.append(folder / f"{text_digest(feed)}-{number}-{code}.xml")
        files[-1].write_bytes(data)
        known |= found
    return files


def scan(paths: Iterable[Path], hosts: Iterable[str] = ()) -> Archive:
    """Read the categories, authors and hosts of a feed.  Raises SourceError."""
    found, authors, categories, items = set(filter(None, hosts)), dict[str, Term](), dict[str, Term](), 0
    for path in paths:
        for entry in elements(path, ENTRIES, must_end=False):
            items += 1
            found.add(urlsplit(_link(entry)).hostname or "")
            authors |= {name: Term(name, dict.fromkeys(LANGUAGES, name)) for name in [_author(entry)] if name}
            categories |= {name: Term(name, dict.fromkeys(LANGUAGES, name)) for name in _categories(entry)}
    return Archive(frozenset(host.removeprefix("www.") for host in found if host), categories, authors, items=items)


def posts(path: Path, archive: Archive) -> Iterator[ImportedPost]:
    """Yield each entry of a page.  Raises SourceError where it cannot be read on."""
    named = LANGUAGE.fullmatch(path.name)
    for entry in elements(path, ENTRIES):
        yield _post(entry, archive, language_of(named[1]) if named else None)


def _post(entry: Any, archive: Archive, only: str | None) -> ImportedPost:
    fields, link = fields_of(entry), _link(entry)
    key = fields.get("guid") or fields.get("id") or fields.get("atom:id") or link
    by_id = re.search(r"[?&]p=(\d+)", key)
    name = by_id[1] if by_id else text_digest(key)
    body = (
        fields.get("content:encoded") or fields.get("content") or fields.get("description") or fields.get("summary", "")
    )
    has_both = bool(fields.get("content:encoded") or fields.get("content"))
    summary = (fields.get("description") or fields.get("summary", "")) if has_both else ""
    written = {"title": fields.get("title", ""), "content:encoded": body, "link": link, "wp:post_name": slugify(link)}
    texts, files, notes = texts_of(written | {"excerpt:encoded": _without_link(summary)}, archive, only)
    return ImportedPost(
        source=f"feed:{only or ''}:{name}",
        kind="post",
        texts=texts,
        published_at=_date(fields),
        author=_author(entry),
        categories=tuple(_categories(entry)),
        group=f"feed:{name}" if only else "",
        addresses=(link, *([f"/?p={by_id[1]}"] if by_id else [])),
        media=files,
        notes=tuple(notes),
    )


def _without_link(summary: str) -> str:
    """Return an excerpt without "The post … appeared first on …", which WordPress adds, and its mark of a cut."""
    return "" if "[&#8230;]" in summary or "[…]" in summary else re.sub(r"<p>[^<]*<a rel=.*", "", summary, flags=re.S)


def _link(entry: Any) -> str:
    for link in entry.iterfind("{*}link"):
        if link.get("rel", "alternate") == "alternate":
            return str(link.get("href") or link.text or "").strip()
    return str(entry.findtext("link") or "").strip()


def _author(entry: Any) -> str:
    name = entry.findtext("{http://purl.org/dc/elements/1.1/}creator") or entry.findtext("{*}author/{*}name") or ""
    return " ".join(name.split())


def _categories(entry: Any) -> list[str]:
    found = [each.get("term") or each.text or "" for each in entry.iterfind("{*}category")]
    return list(dict.fromkeys(filter(None, (" ".join(name.split()) for name in found))))


def _date(fields: dict[str, str]) -> datetime | None:
    for name in ("published", "pubDate", "updated"):
        try:
            typed = fields.get(name, "")
            at = parsedate_to_datetime(typed) if name == "pubDate" else datetime.fromisoformat(typed)
            return at.astimezone(UTC)
        except (ValueError, TypeError):
            continue
    return None
