"""Globals and filters of templates: languages, catalogues, dates, addresses of static files."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import cache
from pathlib import Path
from posixpath import normpath
from typing import Any
from urllib.parse import urlsplit

from babel.support import NullTranslations, Translations
from flask import Flask, Response, current_app, g, has_request_context, request, url_for
from flask_babel import Babel, force_locale
from flask_babel import gettext as _
from markupsafe import Markup, escape

from kariu_blog import catalogues, languages
from kariu_blog.accounts.sessions import is_staff
from kariu_blog.cache.policy import cacheable
from kariu_blog.languages import LANGUAGES, with_unbroken_dates
from kariu_blog.media.files import responsive, with_descriptions
from kariu_blog.media.library import Library, library_of
from kariu_blog.media.markup import caption_markup, described, with_films, with_galleries
from kariu_blog.media.views import YEAR_SECONDS, folder
from kariu_blog.routing import absolute, here_in, page_language
from kariu_blog.security import allow_frames
from kariu_blog.text import FILES, sections
from kariu_blog.text.films import ADDRESS, frame_hosts
from kariu_blog.typography import heading, typeset, typeset_body

SERVICES = {
    "facebook.com": "Facebook",
    "instagram.com": "Instagram",
    "t.me": "Telegram",
    "tiktok.com": "TikTok",
    "vk.com": "VK",
    "youtube.com": "YouTube",
}
MARK = "mark.svg"
babel = Babel()


def init_app(app: Flask) -> None:
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = str(catalogues.DIRECTORY)  # absolute, or it is sought in the package
    app.config["BABEL_DEFAULT_TIMEZONE"] = str(languages.ZONE)
    babel.init_app(app, locale_selector=_locale)
    jinja: Any = app.jinja_env  # its extensions add methods to it
    jinja.install_gettext_callables(
        gettext=lambda message: _words().ugettext(message),
        ngettext=lambda one, several, number: _words().ungettext(one, several, number),
        newstyle=True,
    )
    app.context_processor(_language_of_page)
    app.add_url_rule("/static/<any('style.css', 'newsroom.css', 'mark.svg'):filename>", "own_file", _own_file)
    app.after_request(_cache_static_file)
    app.after_request(_name_language)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.filters |= {"iso": iso, "shown": shown, "sections": sections, "with_descriptions": with_descriptions}
    app.jinja_env.filters |= {"typeset": typeset, "heading": heading, "host": host}
    app.jinja_env.filters |= {"caption_markup": caption_markup, "size": languages.format_size}
    app.jinja_env.globals |= {"asset": asset, "absolute": absolute, "here_in": here_in, "LANGUAGES": LANGUAGES}
    app.jinja_env.globals["FILM_ADDRESS"] = ADDRESS


@contextmanager
def in_language(language: str) -> Iterator[None]:
    """Use addresses and messages of another language, such as for one entry of a document."""
    before, g.language = page_language(), language
    try:
        with force_locale(LANGUAGES[language].locale):
            yield
    finally:
        g.language = before


@cache
def asset(name: str) -> str:
    """Return the address of a static file, with a fingerprint of its content."""
    return url_for("static", filename=name, v=_fingerprint(name))


def _own_file(filename: str) -> Response:
    return Response(_content(filename), mimetype="image/svg+xml" if filename == MARK else "text/css")


def _content(name: str) -> bytes:
    """Return a static file.  A style sheet has its parts in a folder, and operators may lay a mark of their own."""
    if name == MARK and (own := folder() / name).is_file():
        return own.read_bytes()
    path = Path(current_app.static_folder or "") / name
    parts = [path] if path.exists() else sorted(path.with_suffix("").glob("*.css"))
    return b"".join(part.read_bytes() for part in parts)


def _cache_static_file(response: Response) -> Response:
    """Let browsers store a file for a year under its fingerprint, and ask again for one that a script imports."""
    name = (request.view_args or {}).get("filename", "")
    if request.endpoint not in ("static", "own_file") or response.status_code != 200 or normpath(name) != name:
        return response
    asked = request.args.get("v")
    if asked is not None:
        if asked != _fingerprint(name):
            return response
        response.headers["Cache-Control"] = f"public, max-age={YEAR_SECONDS}, immutable"
    return cacheable(response, [], ["v"])


def _name_language(response: Response) -> Response:
    """Add Content-Language (RFC 9110, section 8.5) to pages, and to all else under an address with a language."""
    is_page = response.mimetype == "text/html" or languages.of_path(request.path)
    if is_page and not 300 <= response.status_code < 400:
        response.headers["Content-Language"] = page_language()
    return response


@cache
def _fingerprint(name: str) -> str:
    return hashlib.sha256(_content(name)).hexdigest()[:12]


def iso(at: datetime) -> str:
    """Return a time as ISO 8601, in Karaganda's time zone."""
    return languages.local(at).isoformat(timespec="seconds")


def sentence(message: object, **values: object) -> Markup:
    """Return a translated message as HTML, with its values escaped."""
    return Markup(message) % values  # noqa: S704  # messages are our own


def shown(body: str, language: str, library: Library | None = None) -> Markup:
    """Return a clean body as a page shows it: with credits, galleries, films, and tables that scroll.

    One statement if it has pictures or files, unless ``library`` is given.
    """
    label = escape(_("Table"))
    frame = f'<div class="scroll" role="group" tabindex="0" aria-label="{label}">'
    body = described(body, library_of(body) if library is None else library, language)
    body = body.replace(f'href="{FILES}', f'href="{_address_of_files()}')
    framed = with_galleries(with_descriptions(responsive(_playable(body)))).replace("<table", f"{frame}<table")
    return typeset_body(framed.replace("</table>", "</table></div>"), language)


def _address_of_files() -> str:
    """Return where the page's readers open files, which staff and previews may before anything public links to them."""
    if is_staff(request.path):
        return url_for("newsroom.file_content", key="")
    if request.endpoint == "shared.shared_preview":
        return url_for("shared.shared_file", key="", **request.view_args or {})
    return FILES


def _playable(body: str) -> str:
    """Return a clean body whose films play after a click; the page is allowed their frames, and has the script."""
    if not (hosts := frame_hosts(body)):
        return body
    allow_frames(hosts)
    untitled = Markup('<span lang="{}">{}</span>').format(page_language(), _("Video"))
    return f'{with_films(body, untitled)}<script type="module" src="{asset("film.js")}"></script>'


def host(url: str) -> str:
    """Return the name of the service at an address, or its host."""
    name = (urlsplit(url).hostname or "").removeprefix("www.")
    return SERVICES.get(name, name)


def _words() -> NullTranslations:
    """Return the page's catalogue, faster than Flask-Babel's look-up for each string: a tenth of the time of a page."""
    return _words_of(_locale())


@cache
def _words_of(locale: str) -> NullTranslations:
    return Translations.load(catalogues.DIRECTORY, [locale])


def _locale() -> str:
    return LANGUAGES[page_language() if has_request_context() else "en"].locale


def _language_of_page() -> dict[str, Any]:
    if not has_request_context():
        return {}
    language = page_language()
    return {
        "language": language,
        "day_and_month": lambda at: languages.day_and_month(at, language),
        "format_day": lambda at: with_unbroken_dates(languages.format_day(at, language)),
        "format_moment": lambda at: with_unbroken_dates(languages.format_moment(at, language)),
    }
