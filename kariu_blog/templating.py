"""What templates see: the language, its catalogues and dates, addresses of static files."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import cache
from pathlib import Path
from posixpath import normpath
from typing import Any

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
from kariu_blog.media.views import YEAR_SECONDS
from kariu_blog.routing import absolute, here_in, page_language, path
from kariu_blog.security import allow_frames
from kariu_blog.text import FILES, sections
from kariu_blog.text.films import ADDRESS, frame_hosts
from kariu_blog.typography import heading, typeset, typeset_body

babel = Babel()


def init_app(app: Flask) -> None:
    app.config["BABEL_TRANSLATION_DIRECTORIES"] = str(
        catalogues.DIRECTORY
    )  # absolute: else it is looked for inside the package
    app.config["BABEL_DEFAULT_TIMEZONE"] = str(languages.ZONE)
    babel.init_app(app, locale_selector=_locale)
    app.jinja_env.install_gettext_callables(  # type: ignore[attr-defined]
        gettext=lambda message: _words().ugettext(message),
        ngettext=lambda one, several, number: _words().ungettext(one, several, number),
        newstyle=True,
    )
    app.context_processor(_language_of_page)
    app.after_request(_kept_if_static)
    app.after_request(_name_language)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.filters |= {"iso": iso, "shown": shown, "sections": sections, "with_descriptions": with_descriptions}
    app.jinja_env.filters |= {"typeset": typeset, "heading": heading, "caption_markup": caption_markup}
    app.jinja_env.filters["size"] = languages.format_size
    app.jinja_env.globals |= {
        "asset": asset,
        "absolute": absolute,
        "url_for": path,
        "here_in": here_in,
        "LANGUAGES": LANGUAGES,
        "FILM_ADDRESS": ADDRESS,
    }


@contextmanager
def in_language(language: str) -> Iterator[None]:
    """Addresses and words of another language within a document that names several."""
    before, g.language = page_language(), language
    try:
        with force_locale(LANGUAGES[language].locale):
            yield
    finally:
        g.language = before


@cache
def asset(name: str) -> str:
    """The address of a static file, other for other content; looked up once, whatever happens to the file then."""
    return url_for("static", filename=name, v=_fingerprint(Path(current_app.static_folder or "") / name))


def _kept_if_static(response: Response) -> Response:
    """A file under the name of its content stays for ever; scripts import others without one, which are asked about."""
    name = (request.view_args or {}).get("filename", "")
    if request.endpoint != "static" or response.status_code != 200 or normpath(name) != name:
        return response
    asked = request.args.get("v")
    if asked is not None:
        if asked != _fingerprint(Path(current_app.static_folder or "") / name):
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
def _fingerprint(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()[:12]


def iso(moment: datetime) -> str:
    """For machines: in Karaganda's time, with its offset."""
    return languages.local(moment).isoformat(timespec="seconds")


def shown(body: str, language: str, library: Library | None = None) -> Markup:
    """Return a clean body as a page shows it: with credits, galleries, films, and tables that scroll.

    One statement if it has pictures or files, unless ``library`` is given.
    """
    label = escape(_("Table"))
    frame = f'<div class="scroll" role="group" tabindex="0" aria-label="{label}">'
    body = described(body, library_of(body) if library is None else library, language)
    if is_staff(request.path):  # who may have files to which nothing public links yet
        body = body.replace(f'href="{FILES}', f'href="{path("newsroom.file_content", key="")}')
    framed = with_galleries(with_descriptions(responsive(_playable(body)))).replace("<table", f"{frame}<table")
    return typeset_body(framed.replace("</table>", "</table></div>"), language)


def _playable(body: str) -> str:
    """Return a clean body whose films play after a click; the page is allowed their frames, and has the script."""
    if not (hosts := frame_hosts(body)):
        return body
    allow_frames(hosts)
    untitled = Markup('<span lang="{}">{}</span>').format(page_language(), _("Video"))
    return f'{with_films(body, untitled)}<script type="module" src="{asset("film.js")}"></script>'


def _words() -> NullTranslations:
    """As Flask-Babel's, which looks for application, domain and locale at each of a page's strings."""
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
        "format_day": lambda moment: with_unbroken_dates(languages.format_day(moment, language)),
        "format_moment": lambda moment: with_unbroken_dates(languages.format_moment(moment, language)),
    }
