"""What all pages of the newsroom share: the blueprint, who may enter, look-ups that authorise, and errors."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, abort, current_app, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_security import current_user
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import NotFound
from wtforms import BooleanField, HiddenField

from kariu_blog.accounts.models import Role
from kariu_blog.database import db
from kariu_blog.errors import show_error, unavailable
from kariu_blog.languages import LANGUAGES
from kariu_blog.newsroom import filling, queries
from kariu_blog.newsroom.forms import PostForm, TranslationForm
from kariu_blog.outage import RETRY_AFTER_SECONDS, UNAVAILABLE
from kariu_blog.posts.post import Post, PostTranslation
from kariu_blog.routing import page_language
from kariu_blog.security import TAKES_FILES

NEW = "/posts/new"
POST = "/posts/<int(max=2147483647):post_id>"
TRANSLATION = f"{POST}/<language:text_language>"

blueprint = Blueprint("newsroom", __name__, url_prefix="/<language:lang>/staff")


@blueprint.before_request
def _staff_only() -> ResponseReturnValue | None:
    if current_user.is_authenticated:
        return None if _is_own_form() else not_saved(409)
    if request.endpoint in TAKES_FILES or is_script():
        abort(401)
    if request.method == "POST":  # a redirect would lose what was typed
        return not_saved(401)
    return current_app.login_manager.unauthorized()  # type: ignore[attr-defined, no-any-return]


def _is_own_form() -> bool:
    """Return False if the form was opened by somebody else than the person who is signed in now."""
    if request.method != "POST" or request.endpoint in TAKES_FILES:
        return True
    return request.form.get("writer", str(current_user.id)) == str(current_user.id)


@blueprint.after_request
def _never_stored(response: Any) -> Any:
    response.headers["Cache-Control"] = "private, no-store"
    return response


def is_script() -> bool:
    """Return whether a script asks, which is answered in JSON."""
    return request.path.endswith(".json") or request.accept_mimetypes.best == "application/json"


def publishers_only() -> None:
    if not current_user.may_publish:
        abort(403)


def admins_only() -> None:
    if current_user.role != Role.ADMIN:
        abort(403)


def post_or_404(post_id: int) -> Post:
    """Return a post that this person may edit."""
    return queries.post_editable_by(current_user, post_id) or abort(404)


def translation_or_404(post_id: int, language: str) -> PostTranslation:
    return post_or_404(post_id).translations.get(language) or abort(404)


def sent_form(post_id: int | None) -> PostForm:
    """Return the form that was sent.  One for a new post that was sent before edits the post that it made."""
    if post_id is not None:
        return form_of(post_or_404(post_id))
    post = queries.post_from_form(current_user, request.form.get("form_key", ""))
    form = form_of(post)
    if post is not None:
        filling.take_as_opened(form)
    return form


def form_of(post: Post | None, typed: Mapping[str, str] | None = None) -> PostForm:
    """Return the form of a post with what was sent, or with what is ``typed`` in a draft."""
    form = PostForm(post, current_user, typed)
    filling.offer_choices(form, current_user, page_language())
    if form.is_locked:
        filling.show_locked(form)
    return form


def not_saved(status: int) -> ResponseReturnValue:
    """Give back what was typed, because it could not be saved and the form cannot be shown again."""
    page = render_template("newsroom/not_saved.html", typed=_typed_words(request.form), status=status)
    return page, status, {"Retry-After": str(RETRY_AFTER_SECONDS)} if status == 503 else {}


def _typed_words(sent: Mapping[str, str]) -> list[tuple[str, str, str]]:
    """Return label, language and words of each field that somebody would want back."""
    fields = [field for field in TranslationForm() if not isinstance(field, HiddenField | BooleanField)]
    labels = {f"{code}-{field.name}": (field.label.text, code) for code in LANGUAGES for field in fields}
    for start, label in (("", _("Description")), ("caption_", _("Caption")), ("credit_", _("Credit"))):  # of a picture
        labels |= {start + code: (label, code) for code in LANGUAGES}
    return [(*labels[name], words) for name, words in sent.items() if name in labels and words.strip()]


@blueprint.errorhandler(404)
def _gone(error: NotFound) -> ResponseReturnValue:
    return not_saved(404) if request.method == "POST" and request.form else show_error(error)


def _database_unavailable(error: SQLAlchemyError) -> ResponseReturnValue:
    """Answer with a page that needs no database, not even for who is signed in."""
    refusal = unavailable(error)
    db.session.rollback()
    if request.method == "POST" and not is_script():
        return not_saved(503)
    return current_app.handle_http_exception(refusal)


for _error in UNAVAILABLE:
    blueprint.register_error_handler(_error, _database_unavailable)
