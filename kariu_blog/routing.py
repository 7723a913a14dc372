"""Addresses: their spelling, their language, and the origin of the site."""

import re
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlencode

from flask import Flask, Response, abort, current_app, g, render_template, request
from werkzeug.routing import BaseConverter, IntegerConverter, RequestRedirect, ValidationError

from kariu_blog import languages

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

PAGE_NUMBER = re.compile("[1-9][0-9]{0,8}")


class LanguageConverter(BaseConverter):
    """``<language:lang>``: the code of one of the languages."""

    regex = "|".join(languages.LANGUAGES)


class SlugConverter(BaseConverter):
    """``<slug:slug>``: a result of ``slugify``, so that nothing else reaches the database."""

    regex = "[a-z0-9]+(?:-[a-z0-9]+)*"


class NumberConverter(IntegerConverter):
    """``<int:…>`` in its one spelling: digits 0 to 9, and no zeros before it unless their number is fixed."""

    regex = "[0-9]+"

    def to_python(self, value: str) -> int:
        number: int = super().to_python(value)
        if self.to_url(number) != value:
            raise ValidationError
        return number


def init_app(app: Flask) -> None:
    app.url_map.converters |= {"language": LanguageConverter, "slug": SlugConverter, "int": NumberConverter}
    put_in_front(app, _at_own_origin(app.wsgi_app, app.config["SITE_URL"]))
    app.before_request(_insist_on_one_spelling)
    app.url_value_preprocessor(_take_language)
    app.url_defaults(_give_language)
    app.after_request(_finish_redirect)


def put_in_front(app: Flask, middleware: "WSGIApplication") -> None:
    """Make ``middleware`` the WSGI application, as Flask's manual does it; the type checker takes it for a method."""
    app.wsgi_app = middleware  # type: ignore[assignment]


def _at_own_origin(application: "WSGIApplication", origin: str) -> "WSGIApplication":
    """Serve every request as one to the configured origin, so that no Host header reaches a redirect."""
    scheme, host = origin.split("://")

    def serve(environ: "WSGIEnvironment", start_response: "StartResponse") -> Any:
        environ["wsgi.url_scheme"], environ["HTTP_HOST"] = scheme, host
        return application(environ, start_response)

    return serve


def page_language() -> str:
    """Return the language of the page that is being built, also of an error page for an unknown address."""
    language: str | None = g.get("language")  # once: it is asked for some fifty times a page
    if language is None:
        language = g.language = languages.of_path(request.path) or languages.negotiate(request.accept_languages)
    return language


def absolute(path: str) -> str:
    """Return an address with the configured origin, because a Host header may be forged."""
    return f"{current_app.config['SITE_URL']}{path}"


def here_in(language: str) -> str:
    """Return the address of this page in ``language``, after a form that of the page that the form is on."""
    rest, query = _without_language(request.path), ""
    if request.method in ("GET", "HEAD"):
        query = urlencode([(name, _goal_in(language, name, value)) for name, value in request.args.items(multi=True)])
    else:
        routes = current_app.create_url_adapter(request)
        while rest != "/" and not (routes and routes.test(f"/{language}{rest}", "GET")):
            rest = rest.rpartition("/")[0] or "/"
    return f"/{language}{quote(rest)}{query and f'?{query}'}"


def _goal_in(language: str, name: str, value: str) -> str:
    """Return a value of the query; where a sign-in leads is an address, which gets the language as well."""
    return f"/{language}{_without_language(value)}" if name == "next" and languages.of_path(value) else value


def _without_language(path: str) -> str:
    return path.removeprefix(f"/{languages.of_path(path)}") or "/"


def page_number() -> int:
    """Return the number in ``?page=``, from 1.  Abort with 404 if it is no such number."""
    typed = request.args.get("page", "1")
    if not PAGE_NUMBER.fullmatch(typed):
        abort(404)
    return int(typed)


def _insist_on_one_spelling() -> None:
    """Redirect paths with further slashes in front, because Werkzeug ignores these."""
    path: str = request.environ["PATH_INFO"]
    if not request.path.isprintable():  # no address of this site has control characters
        abort(404)
    if path.startswith("//"):
        query = f"?{request.query_string.decode('ascii', 'ignore')}" if request.query_string else ""
        raise RequestRedirect(f"{quote(request.path)}{query}")


def _finish_redirect(response: Response) -> Response:
    """Add a body in the page's language, and ``no-cache`` because browsers store a bare 301 for good."""
    if response.location is not None and 300 <= response.status_code < 400:
        response.headers.setdefault("Cache-Control", "no-cache")
        response.data = render_template("redirect.html", address=response.location)
        response.content_type = "text/html; charset=utf-8"
    return response


def _take_language(_endpoint: str | None, values: dict[str, Any] | None) -> None:
    if values and "lang" in values:
        g.language = values.pop("lang")


def _give_language(endpoint: str, values: dict[str, Any]) -> None:
    if "lang" not in values and current_app.url_map.is_endpoint_expecting(endpoint, "lang"):
        values["lang"] = page_language()
