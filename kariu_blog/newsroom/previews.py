"""Previews of what is saved: for staff, and by a link that expires for people without an account."""

from typing import Any

from flask import Blueprint, abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_security import current_user
from wtforms import SelectField
from wtforms.fields.choices import SelectChoice

from kariu_blog.database import db
from kariu_blog.errors import error_page
from kariu_blog.forms import PageForm
from kariu_blog.newsroom import queries
from kariu_blog.newsroom.desk import TRANSLATION, blueprint, translation_or_404, writers_only
from kariu_blog.newsroom.models import PreviewLink
from kariu_blog.posts.files import download, living_file
from kariu_blog.posts.navigation import addresses_of
from kariu_blog.posts.post import PostTranslation
from kariu_blog.text import files_in

LINKS = f"{TRANSLATION}/preview-links"

shared = Blueprint("shared", __name__, url_prefix="/<language:lang>/preview")
"""Pages for whoever has a link."""


class PreviewLinkForm(PageForm):
    days = SelectField(
        _l("Opens for"),
        coerce=int,
        default=7,
        choices=[SelectChoice(1, _l("one day")), SelectChoice(7, _l("one week")), SelectChoice(30, _l("thirty days"))],
    )


@blueprint.get(f"{TRANSLATION}/preview")
def preview(post_id: int, text_language: str) -> ResponseReturnValue:
    translation = translation_or_404(post_id, text_language)
    addresses = addresses_of(translation)
    translation.show_latest()
    return render_template("newsroom/previews/preview.html", translation=translation, **addresses)


@blueprint.get(LINKS)
def preview_links(post_id: int, text_language: str) -> ResponseReturnValue:
    return _show_links(translation_or_404(post_id, text_language), PreviewLinkForm())


@blueprint.post(LINKS)
def make_preview_link(post_id: int, text_language: str) -> ResponseReturnValue:
    translation, form = translation_or_404(post_id, text_language), PreviewLinkForm()
    writers_only(text_language)
    if not form.validate():
        return _show_links(translation, form), 422
    db.session.add(PreviewLink.lasting(form.days.data, translation, current_user))
    db.session.commit()
    return redirect(url_for(".preview_links", post_id=post_id, text_language=text_language), 303)


@blueprint.post(f"{LINKS}/<token>/revoke")
def revoke_preview_link(post_id: int, text_language: str, token: str) -> ResponseReturnValue:
    for link in queries.preview_links(translation_or_404(post_id, text_language)):
        if link.token == token:
            db.session.delete(link)
    db.session.commit()
    flash(_("The link opens nothing any more."))
    return redirect(url_for(".preview_links", post_id=post_id, text_language=text_language), 303)


@shared.get("/<token>")
def shared_preview(token: str) -> ResponseReturnValue:
    translation = queries.translation_of_link(token)
    if translation is None:
        return _expired()
    addresses = addresses_of(translation)
    translation.show_latest()
    return render_template("newsroom/previews/shared_preview.html", translation=translation, **addresses)


@shared.get("/<token>/files/<key>")
def shared_file(token: str, key: str) -> ResponseReturnValue:
    """Answer a link of the preview, also before anything public links to the file."""
    translation = queries.translation_of_link(token)
    if translation is None:
        return _expired()
    return download(living_file(key).current) if key in files_in(translation.latest.body) else abort(404)


def _expired() -> ResponseReturnValue:
    return error_page(_("This link has expired"), _("Ask the person who sent it to you for a new one.")), 404


@shared.after_request
def _never_stored(response: Any) -> Any:
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


def _show_links(translation: PostTranslation, form: PreviewLinkForm) -> str:
    links = queries.preview_links(translation)
    return render_template("newsroom/previews/preview_links.html", translation=translation, links=links, form=form)
