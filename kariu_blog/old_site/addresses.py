"""Addresses of a WordPress site, taken apart: text in, values out."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from kariu_blog.languages import LANGUAGES, NEW_CODE, OLD_CODE

UPLOADS = "/wp-content/uploads/"
QUERY = ("p", "page_id", "attachment_id", "cat", "author", "tag", "m", "s", "feed", "lang", "category_name")
"""Query parameters by which WordPress finds a page."""
_FEED = re.compile(r"(?:^|/)(?:comments/)?feed(?:/(?:rss2?|rdf|atom))?$|(?:^|/)wp-(?:rss2?|atom|rdf)\.php$")
_PAGING = re.compile(r"/(?:page/\d+|comment-page-\d+|amp|embed|trackback)$")
_DATE = re.compile(r"/(?P<year>(?:19|20)\d\d)(?:/(?P<month>0[1-9]|1[0-2])(?:/[0-3]\d)?)?(?P<rest>/.*)?$")
_SIZE = re.compile(r"(?:-scaled|-rotated|-\d{1,5}x\d{1,5}|-e\d{8,13})+(?=\.[a-z0-9]+$)", re.I)


@dataclass(frozen=True)
class Asked:
    """What an address of the old site asks for, whatever the host."""

    language: str | None = None
    keys: tuple[str, ...] = ()
    """Keys of ``OldAddress``, the most exact first.  Empty for lists that need none."""
    is_feed: bool = False
    month: tuple[int, int] | None = None
    year: int | None = None
    words: str = ""
    """Words to search for."""
    upload: str = ""
    """Path of a file."""
    is_front: bool = False


def language_of(code: str) -> str | None:
    """Return the language of a code of the old site, such as ``kz`` or ``ru-RU``."""
    code = code.lower().replace("_", "-").split("-")[0]
    code = NEW_CODE if code == OLD_CODE else code
    return code if code in LANGUAGES else None


def asked_by(path: str, query: Mapping[str, str]) -> Asked:
    """Take an address apart: a path without percent-encoding, and a query."""
    language, path = _without_language(_normal(path))
    language = language_of(query.get("lang", "")) or language
    if path.startswith(UPLOADS):
        return Asked(language, (path,), upload=path.removeprefix(UPLOADS))
    is_feed = bool(_FEED.search(path)) or "feed" in query
    path = _FEED.sub("", path)
    while _PAGING.search(path):
        path = _PAGING.sub("", path)
    if by_query := _by_query(query):
        return Asked(language, is_feed=is_feed, **by_query)
    if path.startswith("/tag/"):
        return Asked(language, (path,), is_feed, words=path.split("/")[-1].replace("-", " "))
    if path in ("", "/"):
        return Asked(language, is_feed=is_feed, is_front=True)
    return _of_path(language, path, is_feed)


def asked_by_url(url: str) -> Asked:
    """Take an address apart as it stands in a text, with or without a host.  Raises ValueError."""
    parts = urlsplit(url)
    return asked_by(unquote(parts.path), dict(parse_qsl(parts.query)))


def key_of(url: str) -> str:
    """Return the first key of an address, empty if it has none."""
    return next(iter(asked_by_url(url).keys), "")


def whole_size(path: str) -> str:
    """Return the path of the picture of which WordPress made this size."""
    return _SIZE.sub("", path)


def _normal(path: str) -> str:
    """Return a path in small composed letters, without a slash at its end: the old server told neither apart."""
    return unicodedata.normalize("NFC", re.sub("/{2,}", "/", path)).lower().rstrip("/")


def _without_language(path: str) -> tuple[str | None, str]:
    code, slash, rest = path.removeprefix("/").partition("/")
    if code in (*LANGUAGES, OLD_CODE):
        return language_of(code), f"{slash}{rest}"
    return None, path


def _by_query(query: Mapping[str, str]) -> dict[str, Any]:
    for name in ("p", "page_id", "attachment_id"):
        if query.get(name, "").isdecimal():
            return {"keys": (f"?p={query[name]}",)}
    if query.get("cat", "").isdecimal():
        return {"keys": (f"?cat={query['cat']}",)}
    if query.get("author", "").isdecimal():
        return {"keys": (f"?author={query['author']}",)}
    if slug := query.get("category_name"):
        return {"keys": (f"/category/{_normal(slug).split('/')[-1]}",)}
    if slug := query.get("tag"):
        return {"keys": (f"/tag/{_normal(slug)}",), "words": slug.replace("-", " ")}
    if found := re.fullmatch(r"((?:19|20)\d\d)(0[1-9]|1[0-2])?\d{0,2}", query.get("m", "")):
        year, month = int(found[1]), int(found[2] or 0)
        return {"month": (year, month)} if month else {"year": year}
    return {"words": query["s"]} if query.get("s") else {}


def _of_path(language: str | None, path: str, is_feed: bool) -> Asked:
    last = path.rpartition("/")[2]
    if path.startswith(("/category/", "/author/")):
        return Asked(language, (f"{path[: path.index('/', 1)]}/{last}",), is_feed)
    if found := re.fullmatch(r"/archives/(\d+)", path):
        return Asked(language, (f"?p={found[1]}",), is_feed)
    dated = _DATE.match(path)
    if dated is None or dated["rest"]:
        shorter = re.sub(r"/\d{1,2}$", "", path)  # a page of a long text
        keys = dict.fromkeys((path, shorter, f"/{shorter.rpartition('/')[2]}"))
        return Asked(language, tuple(keys), is_feed)
    if dated["month"]:
        return Asked(language, is_feed=is_feed, month=(int(dated["year"]), int(dated["month"])))
    return Asked(language, is_feed=is_feed, year=int(dated["year"]))
