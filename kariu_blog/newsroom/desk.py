"""What all pages of the newsroom share: the blueprint, who may enter, look-ups that authorise, and errors."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, abort, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_security import current_user
from sqlalchemy.exc import SQLAlchemyError
from werkzeug.exceptions import HTTPException
from wtforms import BooleanField, HiddenField, StringField

from kariu_blog.accounts.models import Role
from kariu_blog.database import db
from kariu_blog.errors import show_error, unavailable
from kariu_blog.languages import LANGUAGES
from kariu_blog.newsroom import filling, queries
from kariu_blog.newsroom.forms import PostForm, TranslationForm
from kariu_blog.newsroom.site_kinds import KINDS
from kariu_blog.outage import RETRY_AFTER_SECONDS, UNAVAILABLE
from kariu_blog.posts.post import Post, PostTranslation
from kariu_blog.posts.rights import may_create, may_publish
from kariu_blog.routing import page_language
from kariu_blog.security import TAKES_FILES

NEW = "/posts/new"
POST = "/posts/<int(max=2147483647):post_id>"
TRANSLATION = f"{POST}/<language:text_language>"

blueprint = Blueprint("newsroom", __name__, url_prefix="/<language:lang>/staff")


@blueprint.before_request
def _staff_only() -> ResponseReturnValue | None:
    if current_user.is_authenticated:
        return (None if _is_own_form() else not_saved(409)) or _first_things_first()
    if request.endpoint in TAKES_FILES or is_script():
        abort(401)
    if request.method == "POST":  # a redirect would lose what was typed
        return not_saved(401)
    return to_sign_in()


def to_sign_in() -> ResponseReturnValue:
    """Return Flask-Login's redirect to the sign-in."""
    app: Any = current_app  # Flask-Login adds an attribute to it
    response: ResponseReturnValue = app.login_manager.unauthorized()
    return response


def _first_things_first() -> ResponseReturnValue | None:
    """Lead whoever has to choose a new password, or has no recovery codes yet, to do so before anything else."""
    if not (endpoint := current_user.has_to_do_first):
        return None
    if request.method == "POST":
        return not_saved(403)
    if endpoint == "security.change_password":
        flash(_("Choose a new password first: the present one is known to somebody else, or too short by now."))
    return redirect(url_for(endpoint))


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


def publishers_only(language: str | None = None) -> None:
    """Refuse whoever may not publish; with a language, also whoever may not publish in it."""
    if not (may_publish(current_user, language) if language else current_user.may_publish):
        abort(403)


def writers_only(language: str) -> None:
    """Refuse whoever is limited to other languages."""
    if not current_user.writes_in(language):
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
    if post is None and not may_create(current_user):
        abort(403)
    form = PostForm(post, current_user, typed)
    filling.offer_choices(form, current_user, page_language())
    filling.show_locked(form)
    if form.merges and request.endpoint != "newsroom.save_draft":
        for name in (each.label for field in form.merges for each in field.choices if each.value == field.data):
            flash(_("What you had chosen is part of “%(name)s” now, and so is the post.", name=name))
    return form


def not_saved(status: int) -> ResponseReturnValue:
    """Give back what was typed, because it could not be saved and the form cannot be shown again."""
    page = render_template("newsroom/not_saved.html", typed=_typed_words(request.form), status=status)
    return page, status, {"Retry-After": str(RETRY_AFTER_SECONDS)} if status == 503 else {}


def _typed_words(sent: Mapping[str, str]) -> list[tuple[str, str, str]]:
    """Return label, language and words of each field that somebody would want back; some have no language."""
    kind = KINDS.get((request.view_args or {}).get("kind", ""))
    if kind is not None:
        form = kind.filled(None)
        typed = [(field, part) for part in form.parts for field in form.fields_of(part)]
        labels = {field.name: (field.label.text, part) for field, part in typed if isinstance(field, StringField)}
        return [(*labels[name], words) for name, words in sent.items() if name in labels and words.strip()]
    fields = [field for field in TranslationForm() if not isinstance(field, HiddenField | BooleanField)]
    labels = {f"{code}-{field.name}": (field.label.text, code) for code in LANGUAGES for field in fields}
    for start, label in (("", _("Description")), ("caption_", _("Caption")), ("credit_", _("Credit"))):  # of a picture
        labels |= {start + code: (label, code) for code in LANGUAGES}
    return [(*labels[name], words) for name, words in sent.items() if name in labels and words.strip()]


@blueprint.errorhandler(403)
@blueprint.errorhandler(404)
def _gone(error: HTTPException) -> ResponseReturnValue:
    has_words = bool(request.form if error.code == 404 else _typed_words(request.form))
    return not_saved(error.code or 404) if request.method == "POST" and has_words else show_error(error)


def _database_unavailable(error: SQLAlchemyError) -> ResponseReturnValue:
    """Answer with a page that needs no database, not even for who is signed in."""
    refusal = unavailable(error)
    db.session.rollback()
    if request.method == "POST" and not is_script():
        return not_saved(503)
    return current_app.handle_http_exception(refusal)


for _error in UNAVAILABLE:
    blueprint.register_error_handler(_error, _database_unavailable)
