"""Texts before they are out: to staff, and by a link that expires to people without an account."""

from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_security import current_user

from kariu_blog.database import db
from kariu_blog.errors import error_page
from kariu_blog.newsroom import queries
from kariu_blog.newsroom.forms import PreviewLinkForm
from kariu_blog.newsroom.models import PreviewLink
from kariu_blog.newsroom.views import TEXT, blueprint, text_for
from kariu_blog.posts.models import PostTranslation
from kariu_blog.posts.views import addresses_of

shared = Blueprint("shared", __name__, url_prefix="/<language:lang>/preview")
"""What a link shows."""


@blueprint.get(f"{TEXT}/preview")
def preview(post_id: int, text_language: str) -> ResponseReturnValue:
    text = text_for(post_id, text_language)
    return render_template("newsroom/preview.html", text=text, **addresses_of(text))


@blueprint.get(f"{TEXT}/preview-links")
def preview_links(post_id: int, text_language: str) -> ResponseReturnValue:
    return _show_links(text_for(post_id, text_language), PreviewLinkForm())


@blueprint.post(f"{TEXT}/preview-links")
def make_preview_link(post_id: int, text_language: str) -> ResponseReturnValue:
    text, form = text_for(post_id, text_language), PreviewLinkForm()
    if not form.validate():
        return _show_links(text, form), 422
    db.session.add(PreviewLink.lasting(form.days.data, text, current_user))
    db.session.commit()
    return redirect(url_for(".preview_links", post_id=post_id, text_language=text_language), 303)


@blueprint.post(f"{TEXT}/preview-links/<token>/removal")
def drop_preview_link(post_id: int, text_language: str, token: str) -> ResponseReturnValue:
    for link in queries.preview_links(text_for(post_id, text_language)):
        if link.token == token:
            db.session.delete(link)
    db.session.commit()
    flash(_("The link opens nothing any more."))
    return redirect(url_for(".preview_links", post_id=post_id, text_language=text_language), 303)


@shared.get("/<token>")
def shared_preview(token: str) -> ResponseReturnValue:
    text = queries.text_of_link(token)
    if text is None:
        heading, advice = _("This link has expired"), _("Ask the person who sent it to you for a new one.")
        return error_page(heading, advice), 404
    return render_template("newsroom/shared.html", text=text, **addresses_of(text))


@shared.after_request
def _for_nobody_else(response: Any) -> Any:
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


def _show_links(text: PostTranslation, form: PreviewLinkForm) -> str:
    links = queries.preview_links(text)
    return render_template("newsroom/preview_links.html", text=text, links=links, form=form)
