"""The newsroom: what staff do.  Closed to everybody else before any view runs."""

from typing import Any

from flask import Blueprint, abort, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_security import current_user
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import NotFound, ServiceUnavailable

from kariu_blog.accounts.signin import csrf
from kariu_blog.database import db
from kariu_blog.errors import show_error
from kariu_blog.newsroom import queries
from kariu_blog.newsroom.forms import PostForm
from kariu_blog.posts.models import Post
from kariu_blog.posts.views import addresses_of
from kariu_blog.routing import page_language, page_number
from kariu_blog.search.index import query_of
from kariu_blog.text import clean_line

POST = "/posts/<int(max=2147483647):post_id>"
TEXT = f"{POST}/<language:text_language>"

blueprint = Blueprint("newsroom", __name__, url_prefix="/<language:lang>/staff")


@blueprint.before_request
def _staff_only() -> ResponseReturnValue | None:
    if current_user.is_authenticated:
        return None
    if request.method == "POST":  # a redirect would lose what was typed
        return _typed_kept(401)
    return current_app.login_manager.unauthorized()  # type: ignore[attr-defined, no-any-return]


@blueprint.after_request
def _never_stored(response: Any) -> Any:
    response.headers["Cache-Control"] = "private, no-store"
    return response


@blueprint.errorhandler(StaleDataError)
@blueprint.errorhandler(IntegrityError)
def _overtaken(_error: Exception) -> ResponseReturnValue:
    """Another save came first in the same moment, and the database refused this one: look again, show both."""
    db.session.rollback()
    values = request.view_args or {}
    if request.endpoint == "newsroom.delete_post":
        return redirect(url_for(".deletion", **values), 303)
    post = queries.post_editable_by(current_user, values["post_id"]) if "post_id" in values else None
    if "post_id" in values and post is None:
        return _typed_kept(404)
    form = _form(post)
    form.validate()
    return _edit(form, 409)


@blueprint.errorhandler(OperationalError)
def _database_busy(_error: Exception) -> ResponseReturnValue:
    """The database waits too long for another writer, or is gone."""
    db.session.rollback()
    return _typed_kept(503) if request.method == "POST" else show_error(ServiceUnavailable())


@blueprint.errorhandler(404)
def _gone(error: NotFound) -> ResponseReturnValue:
    return _typed_kept(404) if request.method == "POST" and request.form else show_error(error)


@blueprint.get("/")
def posts() -> ResponseReturnValue:
    typed = clean_line(request.args.get("q", ""))
    if typed:
        page = queries.found_page(current_user, query_of(typed), page_language(), page_number())
    else:
        page = queries.posts_page(current_user, page_number())
    return render_template("newsroom/posts.html", page=page or abort(404), typed=typed)


@blueprint.get("/posts/new")
def new_post() -> ResponseReturnValue:
    return _edit(_form(None))


@blueprint.post("/posts/new")
def create_post() -> ResponseReturnValue:
    form = _form(None)
    if refusal := _refusal(form):
        return refusal
    post = Post(created_by_id=current_user.id)
    db.session.add(post)
    form.write_to(post)
    return _saved(post, form)


@blueprint.get(POST)
def post(post_id: int) -> ResponseReturnValue:
    form = _form(_post(post_id))
    form.show()
    return _edit(form)


@blueprint.post(POST)
def save_post(post_id: int) -> ResponseReturnValue:
    post = _post(post_id)
    form = _form(post)
    if refusal := _refusal(form):
        return refusal
    form.write_to(post)
    return _saved(post, form)


@blueprint.post(f"{TEXT}/publication")
def publication(post_id: int, text_language: str) -> ResponseReturnValue:
    _publishers_only()
    post = _post(post_id)
    form = _form(post)
    if refusal := _refusal(form, publishing=text_language):
        return refusal
    form.write_to(post)
    post.translations[text_language].publish(form.pane(text_language).moment)
    return _saved(post, form)


@blueprint.post(f"{TEXT}/withdrawal")
def withdrawal(post_id: int, text_language: str) -> ResponseReturnValue:
    _publishers_only()
    post = _post(post_id)
    form = _form(post)
    if text_language not in post.translations:
        abort(404)
    if refusal := _refusal(form):
        return refusal
    form.write_to(post)
    post.translations[text_language].withdraw()
    return _saved(post, form)


@blueprint.get(f"{TEXT}/preview")
def preview(post_id: int, text_language: str) -> ResponseReturnValue:
    text = _post(post_id).translations.get(text_language) or abort(404)
    return render_template("newsroom/preview.html", text=text, **addresses_of(text))


@blueprint.get(f"{POST}/deletion")
def deletion(post_id: int) -> ResponseReturnValue:
    return render_template("newsroom/deletion.html", post=_deletable(post_id))


@blueprint.post(f"{POST}/deletion")
def delete_post(post_id: int) -> ResponseReturnValue:
    post = _deletable(post_id)
    db.session.add_all(post.addresses_left())
    db.session.delete(post)
    db.session.commit()
    flash(_("The post has been deleted."))
    return redirect(url_for(".posts"), 303)


# Their form checks the token itself: a refusal then shows what was typed, where the extension's would not.
for _view in (create_post, save_post, publication, withdrawal):
    csrf.exempt(_view)


def _typed_kept(status: int) -> ResponseReturnValue:
    """Nothing could be saved and no form can be shown: the words at least are."""
    typed = {name: value for name, value in request.form.items() if value and name != "csrf_token"}
    return render_template("newsroom/kept.html", typed=typed, status=status), status


def _post(post_id: int) -> Post:
    return queries.post_editable_by(current_user, post_id) or abort(404)


def _deletable(post_id: int) -> Post:
    """Authors delete what never came out; what readers have seen is an editor's to remove."""
    post = _post(post_id)
    if post.first_published_at is not None:
        _publishers_only()
    return post


def _publishers_only() -> None:
    if not current_user.may_publish:
        abort(403)


def _form(post: Post | None) -> PostForm:
    form = PostForm()
    form.bind(post, current_user, page_language())
    return form


def _refusal(form: PostForm, publishing: str | None = None) -> ResponseReturnValue | None:
    """The form again, with what was typed and what is wrong; None when all may be saved."""
    if not form.validate():
        return _edit(form, 400 if form.csrf_token.errors else 422)
    if form.is_stale or (publishing and form.pane(publishing).is_outdated):
        return _edit(form, 409)  # nobody publishes what they have not seen
    if publishing and not form.pane(publishing).is_publishable():
        return _edit(form, 422)
    return None


def _edit(form: PostForm, status: int = 200) -> ResponseReturnValue:
    stale = {code for code, pane in form.panes() if pane.is_stale}
    shared_is_stale = form.shared_is_stale
    form.refresh()
    page = render_template(
        "newsroom/post.html", form=form, post=form.post, stale=stale, shared_is_stale=shared_is_stale, status=status
    )
    return page, status


def _saved(post: Post, form: PostForm) -> ResponseReturnValue:
    waiting = form.has_moment_not_used(post)
    db.session.commit()
    flash(_("Saved."))
    if waiting:
        flash(_("The time of publication was left as it was: it takes the button “Save and publish”."))
    return redirect(url_for(".post", post_id=post.id), 303)
