"""The low-vision mode: its style sheet, which every page links, and the page with its settings."""

import re
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, Response, current_app, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from kariu_blog.accounts.signin import csrf
from kariu_blog.cache.policy import cacheable
from kariu_blog.languages import LANGUAGES
from kariu_blog.low_vision.forms import COOKIE, ChoiceForm, choices
from kariu_blog.posts.navigation import addresses_in_every_language

PAGE = "/<language:lang>/low-vision"
YEAR_SECONDS = 365 * 24 * 60 * 60
OWN_ADDRESS = re.compile(r"/(?![/\\])[!-~]{0,2000}")

blueprint = Blueprint("low_vision", __name__)
csrf.exempt(blueprint)  # readers have no session for a token: see refuse_other_sites


@blueprint.before_request
def refuse_other_sites() -> ResponseReturnValue | None:
    if request.method != "POST" or _is_sent_from_here():
        return None
    heading, advice = _("This was sent from another site"), _("Choose the settings on this site's own page.")
    return render_template("error.html", heading=heading, advice=advice), 403


@blueprint.get("/low-vision.css")
def sheet() -> ResponseReturnValue:
    """Answer with the style sheet, which is empty unless the reader has turned the mode on."""
    chosen = choices(COOKIE.value(request.environ))
    css = render_template("low_vision/low_vision.css", **chosen) if chosen else ""
    return cacheable(Response(css, mimetype="text/css"), [], cookie=COOKIE)


@blueprint.get(PAGE)
def settings() -> ResponseReturnValue:
    return _show(ChoiceForm(data=choices(COOKIE.value(request.environ))))


@blueprint.post(PAGE)
def choose() -> ResponseReturnValue:
    form = ChoiceForm(request.form)
    if not form.validate():
        return _show(form), 422
    response = _back()
    response.set_cookie(COOKIE.name, form.value, YEAR_SECONDS, **_for_this_site_alone())
    return response


@blueprint.post(f"{PAGE}/removal")
def turn_off() -> ResponseReturnValue:
    response = _back()
    response.delete_cookie(COOKIE.name, **_for_this_site_alone())
    return response


def _is_sent_from_here() -> bool:
    """Return whether the form is one of this site; older browsers send no origin over plain HTTP."""
    if site := request.headers.get("Sec-Fetch-Site"):
        return site in ("same-origin", "none")
    own = current_app.config["SITE_URL"]
    return bool(request.headers.get("Origin", own) == own)


def _show(form: ChoiceForm) -> Response:
    origin = _came_from()
    addresses = addresses_in_every_language()
    addresses["switch"] = {code: url_for(".settings", lang=code, back=origin) for code in LANGUAGES}
    response = make_response(render_template("low_vision/settings.html", form=form, origin=origin, **addresses))
    response.headers["Cache-Control"], response.headers["Vary"] = "private, no-cache", "Cookie"
    return response


def _came_from() -> str:
    """Return the address on this site from which the reader came, from the form or the browser, else empty."""
    own = current_app.config["SITE_URL"]
    address = request.values.get("back", (request.referrer or "").removeprefix(own))
    return address if OWN_ADDRESS.fullmatch(address) and _leads_to_a_page(address) else ""


def _leads_to_a_page(address: str) -> bool:
    routes = current_app.create_url_adapter(request)
    return routes is not None and routes.test(urlsplit(address).path, "GET")


def _back() -> Response:
    return make_response(redirect(_came_from() or url_for(".settings"), 303))


def _for_this_site_alone() -> dict[str, Any]:
    return {"secure": current_app.config["SESSION_COOKIE_SECURE"], "httponly": True, "samesite": "Lax"}
