"""Exports of WordPress (WXR 1.0 to 1.2), read as a stream: posts, pages, files, categories and authors."""

import codecs
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import IO, Any
from urllib.parse import unquote, urlsplit

from lxml import etree

from kariu_blog.importing import multilingual
from kariu_blog.importing.bodies import convert, is_old, path_of
from kariu_blog.importing.multilingual import EVERY
from kariu_blog.importing.source import Archive, Attachment, ImportedPost, ImportedText, Note, SourceError, Term
from kariu_blog.languages import from_local
from kariu_blog.old_site.addresses import UPLOADS, language_of
from kariu_blog.posts.content import SUMMARY_LENGTH
from kariu_blog.text import clean, clean_html, excerpt, plain

HEAD = 65_536
TAGS = ("item", "{*}author", "{*}category", "{*}term", "{*}tag", "{*}base_site_url", "{*}base_blog_url")
SPACES = {"/excerpt/": "excerpt", "modules/content": "content", "wordpress.org/export": "wp", "purl.org/dc": "dc"}
VIEWS = ("post_views_count", "views")
LEFT_OUT = ("auto-draft", "inherit")
_FORBIDDEN = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]|&#(?:0*(?:[0-8]|1[124-9]|2\\d|3[01])|x0*(?:[0-8bcef]|1[0-9a-f]));",
    re.I,
)
_NO_WORDS = re.compile(r"\[[^\]]*\]|https?:[^\s<]+")
Fields = Mapping[str, str]


class Reader:
    """The bytes of an export as a parser takes them: UTF-8, without characters that XML forbids."""

    def __init__(self, file: IO[bytes]) -> None:
        head = file.read(HEAD)
        encoding = _encoding_of(head)
        self._file, self._decoder = file, codecs.getincrementaldecoder(encoding)(errors="replace")
        self.damaged = 0
        """Number of characters that could not be read."""
        self._waiting = self._cleaned(head)
        _insist_on_export(self._waiting)

    def read(self, size: int) -> bytes:
        text, self._waiting = self._waiting or self._cleaned(self._file.read(size)), ""
        return text.encode()

    def _cleaned(self, data: bytes) -> str:
        text = self._decoder.decode(data, final=not data)
        self.damaged += text.count("\ufffd")
        cleaned = _FORBIDDEN.sub("", text)
        return cleaned if cleaned or not data else " "  # an empty answer would be the end


def scan(paths: Iterable[Path], hosts: Iterable[str] = ()) -> Archive:
    """Read everything that posts refer to.  Raises SourceError."""
    found = Archive(frozenset(host.removeprefix("www.").lower() for host in hosts if host))
    categories, authors, tags, attachments = dict[str, Term](), dict[str, Term](), {}, {}
    items = 0
    for path in paths:
        for element in elements(path, must_end=False):
            fields = fields_of(element)
            kind = etree.QName(element).localname
            if kind.startswith("base_"):
                host = (urlsplit(element.text or "").hostname or "").removeprefix("www.")
                found = replace(found, hosts=found.hosts | {host})
            elif kind == "item" and fields.get("wp:post_type") == "attachment":
                attachment = _attachment(element, fields)
                attachments[attachment.id] = attachment
            elif kind == "item" and _is_wanted(fields):  # an export of posts alone names nothing before them
                items += 1
                authors = _named({fields.get("dc:creator", ""): fields.get("dc:creator", "")}) | authors
                categories = _named(_terms(element, "category")) | categories
            elif login := fields.get("wp:author_login", ""):
                authors[login] = _author(fields)
            elif slug := unquote(fields.get("wp:category_nicename", "")):
                names = multilingual.names(fields.get("wp:cat_name", ""))
                categories[slug] = Term(slug, names, fields.get("wp:term_id", ""))
            elif slug := unquote(fields.get("wp:tag_slug", "")):
                tags[slug] = plain(fields.get("wp:tag_name", "")) or slug
    return replace(found, categories=categories, authors=authors, tags=tags, attachments=attachments, items=items)


def posts(path: Path, archive: Archive) -> Iterator[ImportedPost]:
    """Yield each post and page of an export.  Raises SourceError where it cannot be read on."""
    for element in elements(path):
        if element.tag == "item":
            fields = fields_of(element)
            if _is_wanted(fields):
                yield _post(element, fields, archive)


def _is_wanted(fields: Fields) -> bool:
    return fields.get("wp:post_type") in ("post", "page") and fields.get("wp:status") not in LEFT_OUT


def _encoding_of(head: bytes) -> str:
    """Return the encoding that the file has by its first bytes, or declares (XML 1.0, appendix F)."""
    for mark, encoding in ((b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"), (b"\xef\xbb\xbf", "utf-8-sig")):
        if head.startswith(mark):
            return encoding
    declared = re.match(rb"\s*<\?xml[^>]*encoding=[\"']([\w.-]+)", head)
    try:
        return codecs.lookup(declared[1].decode()).name if declared else "utf-8"
    except LookupError:
        return "utf-8"


def _insist_on_export(head: str) -> None:
    """Refuse another kind of file, and a document type, whose entities could fill the memory."""
    start = re.sub(r"<!--.*?-->|<\?.*?\?>", "", head, flags=re.S).lstrip("\ufeff \t\r\n")
    if start.startswith("<!"):
        raise SourceError("it declares a document type, which no export does; entities are refused")
    if not re.match(r"<(?:rss|feed)\b", start):
        raise SourceError("it is no export of WordPress, and no feed")


def elements(path: Path, tags: Sequence[str] = TAGS, *, must_end: bool = True) -> Iterator[Any]:
    """Yield the parts of a channel, and let go of each."""
    with _explained(path, must_end), path.open("rb") as file:
        reader = Reader(file)
        safely = {"resolve_entities": False, "no_network": True, "load_dtd": False, "huge_tree": True}
        for _event, element in etree.iterparse(reader, tag=tags, encoding="utf-8", remove_comments=True, **safely):
            parent = element.getparent()
            if parent is None or etree.QName(parent).localname not in ("channel", "feed"):
                continue
            yield element
            element.clear()
            while element.getprevious() is not None:
                del parent[0]
        if reader.damaged and must_end:
            raise SourceError(f"{path.name}: {reader.damaged} characters are not in the encoding that it declares")


@contextmanager
def _explained(path: Path, must_end: bool) -> Iterator[None]:
    try:
        yield
    except etree.XMLSyntaxError as error:
        if must_end:
            raise SourceError(f"{path.name} cannot be read to its end: {error.msg}") from error
    except SourceError as error:
        raise SourceError(f"{path.name} cannot be read: {error}") from error


def fields_of(element: Any) -> dict[str, str]:
    """Return the texts of an element's children by prefix and name."""
    return {_name(child): child.text or "" for child in element if isinstance(child.tag, str)}


def _name(element: Any) -> str:
    name = etree.QName(element)
    prefix = next((prefix for part, prefix in SPACES.items() if part in (name.namespace or "")), "")
    return f"{prefix}:{name.localname}" if prefix else str(name.localname)


def _meta(element: Any) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for meta in element.iterfind("{*}postmeta"):
        fields = fields_of(meta)
        found.setdefault(fields.get("wp:meta_key", ""), []).append(fields.get("wp:meta_value", ""))
    return found


def _terms(element: Any, domain: str) -> dict[str, str]:
    """Return the names of a post's terms by slug."""
    terms = (each for each in element.iterfind("category") if each.get("domain") == domain)
    return {unquote(each.get("nicename") or ""): each.text or "" for each in terms}


def _named(names: Mapping[str, str]) -> dict[str, Term]:
    return {slug: Term(slug, multilingual.names(name)) for slug, name in names.items() if slug}


def _author(fields: Fields) -> Term:
    login = fields["wp:author_login"]
    return Term(
        login, multilingual.names(fields.get("wp:author_display_name") or login), fields.get("wp:author_id", "")
    )


def _attachment(element: Any, fields: Fields) -> Attachment:
    meta = _meta(element)
    url = fields.get("wp:attachment_url") or fields.get("guid", "")
    file = meta.get("_wp_attached_file", [""])[0] or url.partition(UPLOADS)[2]
    alts = {
        code: plain(text) for code, text in multilingual.split(meta.get("_wp_attachment_image_alt", [""])[0]).items()
    }
    key, link, parent = (fields.get(name, "") for name in ("wp:post_id", "link", "wp:post_parent"))
    alts = {code: alt for code, alt in alts.items() if alt}
    return Attachment(
        key, url, path_of(file), link, parent, alts, multilingual.split(fields.get("excerpt:encoded", ""))
    )


def _post(element: Any, fields: Fields, archive: Archive) -> ImportedPost:
    meta, key = _meta(element), fields.get("wp:post_id", "")
    only = next(filter(None, map(language_of, _terms(element, "language"))), None)
    texts, media, notes = texts_of(fields, archive, only)
    at = _date(fields)
    if at is None and fields.get("wp:status") == "publish":
        notes.append(("date", fields.get("wp:post_date", "")))
    is_trash = fields.get("wp:status") == "trash"
    thumbnail = archive.attachments.get(meta.get("_thumbnail_id", [""])[0])
    if comments := len(element.findall("{*}comment")):
        notes.append(("comments", str(comments)))
    if meta.get("_thumbnail_id", [""])[0] and thumbnail is None:
        notes.append(("missing", f"#{meta['_thumbnail_id'][0]}"))
    kind = fields["wp:post_type"]
    return ImportedPost(
        source=f"{kind}:{key}",
        kind="trash" if is_trash else kind,
        texts={} if is_trash else texts,
        state="protected" if fields.get("wp:post_password") else fields.get("wp:status", "draft"),
        published_at=at,
        author=fields.get("dc:creator", ""),
        categories=tuple(_terms(element, "category")),
        cover=thumbnail.path if thumbnail else "",
        views=max((int(count) for name in VIEWS for count in meta.get(name, ()) if count.isdecimal()), default=0),
        is_sticky=fields.get("wp:is_sticky") == "1",
        group=next(iter(_terms(element, "post_translations")), ""),
        addresses=tuple(_addresses(fields, meta, at, archive)),
        media=media | ({thumbnail.path: thumbnail.url} if thumbnail else {}),
        notes=tuple(notes),
    )


def texts_of(
    fields: Fields, archive: Archive, only: str | None
) -> tuple[dict[str, ImportedText], dict[str, str], list[Note]]:
    """Return the texts by language, the addresses of their files by path, and notes."""
    titles, summaries, bodies = (
        multilingual.split(clean(fields.get(name, ""))) for name in ("title", "excerpt:encoded", "content:encoded")
    )
    texts, media, notes = {}, dict[str, str](), list[Note]()
    name = unquote(fields.get("wp:post_name", ""))
    notes += [("another language", code) for code in sorted(multilingual.unknown(fields.get("content:encoded", "")))]
    for code in [only] if only else _languages(titles, bodies, name, notes):
        body = convert(
            multilingual.of(bodies, code), archive, code, fields.get("link", ""), fields.get("wp:post_id", "")
        )
        summary = excerpt(clean_html(multilingual.of(summaries, code)), SUMMARY_LENGTH)
        if summary and body.summary:  # both are written: the beginning stays in the text
            body.html = f"<p>{body.summary}</p>\n\n{body.html}"
        title = _line(multilingual.of(titles, code)) or _line(multilingual.nearest(titles, code))
        if not title:
            title = excerpt(clean_html(body.html), 80) or name or "—"
        if not _line(multilingual.of(titles, code)):
            notes.append(("title", code))
        texts[code] = ImportedText(title, summary or body.summary, body.html)
        media |= body.media
        notes += [note for note in body.notes if note not in notes]
    return texts, media, notes


def _languages(titles: Fields, bodies: Fields, name: str, notes: list[Note]) -> list[str]:
    """Return the languages of a post; those in which nothing but a title is written are noted, and left out."""
    codes = multilingual.languages_of(titles, bodies)
    words = plain(_NO_WORDS.sub(" ", clean_html(bodies.get(EVERY, ""))))
    if not codes:
        code, is_certain = multilingual.guessed(f"{_line(titles.get(EVERY, ''))} {words}".strip() or name)
        notes += [] if is_certain else [("language", code)]
        return [code]
    if words and EVERY in bodies:
        code, is_certain = multilingual.guessed(words)
        codes = [code] if is_certain and code in codes else codes
    notes += [("title alone", code) for code, title in titles.items() if code and title.strip() and code not in codes]
    return codes


def _line(typed: str) -> str:
    return plain(clean_html(typed))


def _date(fields: Fields) -> datetime | None:
    """Return the date that readers saw, by the zone's history; where it is none, the one in UTC or in the feed."""
    try:
        return from_local(datetime.strptime(fields.get("wp:post_date", ""), "%Y-%m-%d %H:%M:%S")).astimezone(UTC)  # noqa: DTZ007
    except ValueError:
        pass
    try:
        return datetime.fromisoformat(f"{fields.get('wp:post_date_gmt', '')}+00:00")
    except ValueError:
        pass
    try:
        return parsedate_to_datetime(fields.get("pubDate", "")).astimezone(UTC)
    except (ValueError, TypeError):
        return None


def _addresses(fields: Fields, meta: Mapping[str, list[str]], at: datetime | None, archive: Archive) -> Iterator[str]:
    yield f"/?p={fields.get('wp:post_id', '')}"
    link, slug = urlsplit(fields.get("link", "")), fields.get("wp:post_name", "").removesuffix("__trashed")
    path = link.path if is_old(link.hostname, archive) and not link.query else ""
    if not path and slug and at is not None and fields["wp:post_type"] == "post":
        path = f"/{fields['wp:post_date'][:4]}/{fields['wp:post_date'][5:7]}/{slug}/"
    if path.strip("/"):
        before = path.rstrip("/").rpartition("/")[0]
        yield path
        for old in meta.get("_wp_old_slug", ()):
            yield f"{before}/{old}/"
