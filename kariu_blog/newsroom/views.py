"""The newsroom: what staff do.  Closed to everybody else before any view runs."""

import json
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from flask import Blueprint, abort, current_app, flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_security import current_user
from markupsafe import Markup
from sqlalchemy.exc import IntegrityError, SQLAlchemyError
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import NotFound

from kariu_blog.accounts.signin import csrf
from kariu_blog.database import db, now
from kariu_blog.errors import show_error, unavailable
from kariu_blog.languages import LANGUAGES, format_moment
from kariu_blog.newsroom import queries
from kariu_blog.newsroom.differences import difference, is_marked, line_difference
from kariu_blog.newsroom.drafts import DRAFTS_MAX, TOO_MANY_DRAFTS, fields_of
from kariu_blog.newsroom.forms import PostForm, TextForm, key_of, typed_texts
from kariu_blog.newsroom.models import Draft
from kariu_blog.newsroom.outcome import Standings, outcome
from kariu_blog.newsroom.questions import Question, before_publication, before_withdrawal
from kariu_blog.outage import RETRY_AFTER_SECONDS, UNAVAILABLE
from kariu_blog.posts.models import Post, PostTranslation, Revision
from kariu_blog.posts.queries import Page
from kariu_blog.routing import page_language, page_number
from kariu_blog.search.index import query_of
from kariu_blog.security import TAKES_FILES
from kariu_blog.text import clean_line

POST = "/posts/<int(max=2147483647):post_id>"
TEXT = f"{POST}/<language:text_language>"

NEW = "/posts/new"

blueprint = Blueprint("newsroom", __name__, url_prefix="/<language:lang>/staff")


@blueprint.before_request
def _staff_only() -> ResponseReturnValue | None:
    if current_user.is_authenticated:
        return None if _is_own_form() else _typed_kept(409)
    if request.endpoint in TAKES_FILES or is_script():
        abort(401)
    if request.method == "POST":  # a redirect would lose what was typed
        return _typed_kept(401)
    return current_app.login_manager.unauthorized()  # type: ignore[attr-defined, no-any-return]


def is_script() -> bool:
    """Whether the answer is for a script, which is told in JSON."""
    return request.path.endswith(".json") or request.accept_mimetypes.best == "application/json"


def _is_own_form() -> bool:
    """Whether the form that was sent, if it says so, was opened by the person who is signed in now."""
    if request.method != "POST" or request.endpoint in TAKES_FILES:
        return True
    return request.form.get("writer", str(current_user.id)) == str(current_user.id)


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
    if request.endpoint == "newsroom.keep_draft":  # of another tab, whose draft is there now
        return keep_draft(values["post_id"])
    if "picture_id" in values:
        return redirect(url_for(".picture", **values), 303)
    if request.endpoint == "newsroom.delete_post":
        return redirect(url_for(".deletion", **values), 303)
    post_id = values.get("post_id")
    if post_id is not None and queries.post_editable_by(current_user, post_id) is None:
        return _typed_kept(404)
    form = _form_for(post_id)
    if post_id is None and form.post and not form.touched():  # a second click made the same post
        return redirect(url_for(".post", post_id=form.post.id, saved=request.form["form_key"]), 303)
    form.validate()
    return _edit(form, 409)


def _database_unavailable(error: SQLAlchemyError) -> ResponseReturnValue:
    """Give back what was typed, on a page that needs no database, not even for who is signed in."""
    refusal = unavailable(error)
    db.session.rollback()
    if request.endpoint == "newsroom.keep_draft":
        words = _(
            "The server cannot keep your draft at the moment."
            " What you type stays on this device; do not close this page."
        )
        return jsonify(message=words), 503
    if request.method == "POST" and not is_script():
        return _typed_kept(503)
    return current_app.handle_http_exception(refusal)


for _error in UNAVAILABLE:
    blueprint.register_error_handler(_error, _database_unavailable)


@blueprint.errorhandler(404)
def _gone(error: NotFound) -> ResponseReturnValue:
    return _typed_kept(404) if request.method == "POST" and request.form else show_error(error)


@blueprint.get("/")
def posts() -> ResponseReturnValue:
    typed, chosen = clean_line(request.args.get("q", "")), request.args.get("state", "")
    if typed:
        page = queries.found_page(current_user, query_of(typed), page_language(), page_number())
    else:
        page = queries.posts_page(current_user, page_number(), chosen)
    return render_template(
        "newsroom/posts.html",
        page=page or abort(404),
        typed=typed,
        drafts=queries.drafts(current_user) if page_number() == 1 and not typed else [],
        chosen=chosen,
        states=queries.STATES,
    )


@blueprint.get(NEW)
def new_post() -> ResponseReturnValue:
    key = request.args.get("draft", "")
    draft = queries.draft(current_user, key) if key else None
    if key and draft is None and (made := queries.post_from_form(current_user, key)):
        return redirect(url_for(".post", post_id=made.id))
    typed = _typed_in(draft)
    form = _form(None, typed)
    if "category" not in (typed or {}):
        form.offer_last_choice(current_user)
    return _edit(form, draft=draft)


@blueprint.get(POST)
def post(post_id: int) -> ResponseReturnValue:
    post = _post(post_id)
    draft = queries.draft(current_user, key_of(post))
    form = _form(post, _typed_in(draft))
    if draft is None:
        form.show()
    return _edit(form, draft=draft)


@blueprint.post(NEW, defaults={"post_id": None})
@blueprint.post(POST)
def save_post(post_id: int | None) -> ResponseReturnValue:
    return _save(_form_for(post_id))


@blueprint.post(f"{NEW}/publication", defaults={"post_id": None})
@blueprint.post(f"{POST}/publication")
def publication_of_all(post_id: int | None) -> ResponseReturnValue:
    """Publish every language that waits and is whole, each at its own time; say what is missing in the others."""
    _publishers_only()
    form = _form_for(post_id)
    waiting = form.unpublished()
    form.leave_unfinished(waiting)
    whole = [code for code in waiting if code not in form.unfinished]
    return _save(form, publish, whole, whole=True, ask=before_publication)


@blueprint.post(f"{NEW}/<language:text_language>/publication", defaults={"post_id": None})
@blueprint.post(f"{TEXT}/publication")
def publication(post_id: int | None, text_language: str) -> ResponseReturnValue:
    _publishers_only()
    return _save(_form_for(post_id), publish, [text_language], whole=True, ask=before_publication)


@blueprint.post(f"{TEXT}/withdrawal")
def withdrawal(post_id: int, text_language: str) -> ResponseReturnValue:
    _publishers_only()
    form = _form_for(post_id)
    if request.form.get("answer") == "keep":
        return _edit(form)
    return _save(form, withdraw, [text_language], ask=before_withdrawal)


@blueprint.post(f"{NEW}/<language:text_language>/review", defaults={"post_id": None})
@blueprint.post(f"{TEXT}/review")
def review(post_id: int | None, text_language: str) -> ResponseReturnValue:
    """Hand the text over to the editors."""
    return _save(_form_for(post_id), lambda text, _pane: text.ask_for_review(), [text_language], whole=True)


@blueprint.post(f"{TEXT}/return")
def give_back(post_id: int, text_language: str) -> ResponseReturnValue:
    """Out of review again: an editor says what to change, an author goes on writing."""
    return _save(_form_for(post_id), give_back_text, [text_language], as_shown=True)


@blueprint.post(f"{NEW}/draft", defaults={"post_id": None})
@blueprint.post(f"{POST}/draft")
def keep_draft(post_id: int | None) -> ResponseReturnValue:
    """Keep what is typed as it is, valid or not, beside what is saved."""
    form = _form_for(post_id)
    if not form.csrf_token.validate(form):
        abort(400)
    draft = queries.draft(current_user, form.form_key.data)
    sent = fields_of(form, request.form)
    parts = {_part_of(name) for name in sent}
    others = {name: value for name, value in (_typed_in(draft) or {}).items() if _part_of(name) not in parts}
    typed = {**others, **sent}  # what another tab keeps in other languages stays
    form = _form(form.post, typed)
    if not form.is_unsaved and not any(pane.is_refused for _code, pane in form.panes()):
        if draft is not None:
            db.session.delete(draft)
        db.session.commit()
        return jsonify(message="")
    if draft is None:
        if queries.draft_count(current_user) >= DRAFTS_MAX:
            return jsonify(message=f"{TOO_MANY_DRAFTS}"), 422
        draft = Draft(staff_id=current_user.id, form_key=form.form_key.data, post_id=form.post and form.post.id)
        db.session.add(draft)
    changed = [code for code, pane in form.panes() if pane.is_touched]  # also where it can no more be saved
    draft.typed, draft.languages = json.dumps(typed), ",".join(changed)
    draft.title, draft.saved_at = form.a_title(), now()
    db.session.commit()
    return jsonify(message=_("Kept as a draft: %(moment)s", moment=format_moment(draft.saved_at, page_language())))


@blueprint.post(f"{NEW}/draft/removal", defaults={"post_id": None})
@blueprint.post(f"{POST}/draft/removal")
def drop_draft(post_id: int | None) -> ResponseReturnValue:
    key = key_of(_post(post_id)) if post_id else request.form.get("form_key", "")
    if draft := queries.draft(current_user, key):
        db.session.delete(draft)
    db.session.commit()
    flash(_("What was not saved has been discarded."))
    back = url_for(".post", post_id=post_id, saved=key) if post_id else url_for(".posts", saved=key)
    return redirect(back, 303)


@blueprint.get(f"{TEXT}/revisions")
def revisions(post_id: int, text_language: str) -> ResponseReturnValue:
    text, number = text_for(post_id, text_language), page_number()
    found, has_older = queries.revisions_page(text, number)
    if not found and number > 1:
        abort(404)
    page = Page[Revision]([], number, has_older)
    return render_template("newsroom/revisions.html", text=text, revisions=found, page=page)


@blueprint.get(f"{TEXT}/revisions/<int(max=2147483647):revision_id>")
def revision(post_id: int, text_language: str, revision_id: int) -> ResponseReturnValue:
    """What this revision changed in the one before it."""
    text = text_for(post_id, text_language)
    revision, previous = queries.revision_with_previous(text, revision_id)
    if revision is None:
        abort(404)
    before = previous or revision
    body = difference(before.body, revision.body, page_language())
    return render_template(
        "newsroom/revision.html",
        text=text,
        revision=revision,
        is_first=previous is None,
        title=line_difference(before.title, revision.title),
        summary=line_difference(before.summary, revision.summary),
        body=body,
        is_unseen=before.body != revision.body and not is_marked(body),
        slug=line_difference(before.slug, revision.slug),
        may_restore=_may_write(text),
    )


@blueprint.post(f"{TEXT}/revisions/<int(max=2147483647):revision_id>/restoration")
def restoration(post_id: int, text_language: str, revision_id: int) -> ResponseReturnValue:
    """Make an old text the present one: a revision more, so that this can be undone too."""
    text = text_for(post_id, text_language)
    revision, _previous = queries.revision_with_previous(text, revision_id)
    if revision is None:
        abort(404)
    if not _may_write(text):
        abort(403)
    before = Standings.of(text.post)
    slug = revision.slug if revision.slug in text.post.addresses else text.slug
    text.write(title=revision.title, summary=revision.summary, body=revision.body, slug=slug, by_id=current_user.id)
    said = outcome(before, text.post, current_user.may_publish)
    db.session.commit()
    flash(_("The earlier text is the present one again. The one that it replaced is in the history."))
    for sentence in said:
        flash(sentence)
    return redirect(url_for(".post", post_id=post_id), 303)


@blueprint.get(f"{POST}/deletion")
def deletion(post_id: int) -> ResponseReturnValue:
    post = _deletable(post_id)
    return render_template("newsroom/deletion.html", post=post, others=queries.others_drafts(current_user, post))


@blueprint.post(f"{POST}/deletion")
def delete_post(post_id: int) -> ResponseReturnValue:
    post = _deletable(post_id)
    db.session.add_all(post.addresses_left())
    db.session.delete(post)
    db.session.commit()
    flash(_("The post has been deleted."))
    return redirect(url_for(".posts"), 303)


# Their form checks the token itself: a refusal then shows what was typed, where the extension's would not.
for _view in (save_post, publication_of_all, publication, withdrawal, review, give_back, keep_draft):
    csrf.exempt(_view)


def publish(text: PostTranslation, pane: TextForm) -> None:
    """Publish at the time in the pane, or as the question about it was answered."""
    answer = request.form.get("answer")
    if answer == "keep" and text.is_public:
        pane.publish_at.data = None
    is_dated_as_original = answer == "original" and not text.was_published
    text.publish(pane.moment or (text.post.first_published_at if is_dated_as_original else None))


def withdraw(text: PostTranslation, pane: TextForm) -> None:
    """Take back from readers; the time in the pane was the text's own."""
    text.withdraw()
    pane.publish_at.data = None


def give_back_text(text: PostTranslation, pane: TextForm) -> None:
    text.give_back(pane.review_note.data if current_user.may_publish else "")


def _typed_kept(status: int) -> ResponseReturnValue:
    """Nothing could be saved and no form can be shown: the words at least are."""
    page = render_template("newsroom/kept.html", typed=typed_texts(request.form), status=status)
    return page, status, {"Retry-After": str(RETRY_AFTER_SECONDS)} if status == 503 else {}


def _post(post_id: int) -> Post:
    return queries.post_editable_by(current_user, post_id) or abort(404)


def text_for(post_id: int, language: str) -> PostTranslation:
    return _post(post_id).translations.get(language) or abort(404)


def _deletable(post_id: int) -> Post:
    """Authors delete what never came out; what readers have seen is an editor's to remove."""
    post = _post(post_id)
    if post.first_published_at is not None:
        _publishers_only()
    return post


def _may_write(text: PostTranslation) -> bool:
    return current_user.may_publish or not text.is_live_or_scheduled


def _publishers_only() -> None:
    if not current_user.may_publish:
        abort(403)


def _form(post: Post | None, typed: dict[str, str] | None = None) -> PostForm:
    """The form as it was sent, or as it was typed for a draft."""
    form = PostForm() if typed is None else PostForm(formdata=MultiDict(typed))
    form.bind(post, current_user, page_language())
    return form


def _typed_in(draft: Draft | None) -> dict[str, str] | None:
    return json.loads(draft.typed) if draft else None


def _part_of(name: str) -> str:
    """The language of a pane's field; a field of all languages by itself."""
    return name.split("-")[0]


def _form_for(post_id: int | None) -> PostForm:
    """The form that was sent; one for a new post that was sent before edits the post that it made."""
    if post_id is not None:
        return _form(_post(post_id))
    form = _form(None)
    made = queries.post_from_form(current_user, form.form_key.data)
    if made is not None:
        form.bind(made, current_user, page_language())
        form.take_as_opened()
    return form


def _save(
    form: PostForm,
    act: Callable[[PostTranslation, TextForm], None] | None = None,
    of: Sequence[str] = (),
    *,
    as_shown: bool = False,
    whole: bool = False,
    ask: Callable[[PostForm, Sequence[str]], Question | None] | None = None,
) -> ResponseReturnValue:
    """Save what was typed and, in the same transaction, do something with the texts ``of`` some languages.

    ``as_shown``: only if the texts, and how far they are, are what the form showed; ``whole``: only if moreover
    there is something to read; ``ask``: what has to be answered first.
    """
    if refusal := _refusal(form, of if as_shown or whole else (), whole):
        return refusal
    question = ask(form, of) if ask else None
    if question and not question.is_answered_by(request.form.get("answer", "")):
        return _edit(form, question=question)
    post, key = form.post, request.form.get("form_key", "")
    before = Standings.of(post if request.view_args and request.view_args.get("post_id") else None)
    if post is None:
        post = Post(created_by_id=current_user.id, form_key=form.form_key.data)
        db.session.add(post)
    form.write_to(post, current_user.id)
    if act is not None:
        for code in of:
            act(post.translations.get(code) or abort(404), form.pane(code))
    db.session.flush()
    _use_up_drafts({key, form.form_key.data, key_of(post)}, form, post)
    said = [*outcome(before, post, current_user.may_publish), *_left_over(form, post, act is give_back_text)]
    made = post.id  # nothing is read after the commit: somebody may delete the post at once
    db.session.commit()
    for sentence in said:
        flash(sentence)
    return redirect(url_for(".post", post_id=made, saved=key), 303)


def _left_over(form: PostForm, post: Post, is_returned: bool) -> Iterator[Any]:
    """Name what was typed and not used, with the button that uses it."""
    for code, faults in form.unfinished.items():
        yield _with_language(_("Not published: %(language)s. %(faults)s"), code, faults=Markup(" ").join(faults))
    for code in form.moments_not_used(post):
        words = _("The time for %(language)s is kept in the form. The button “Save and publish” there uses it.")
        yield _with_language(words, code)
    if not is_returned and any(pane.review_note.data for _code, pane in form.panes()):
        yield _("The note to the author was not sent: it takes the button “Give back to the author”.")


def _with_language(words: str, code: str, **further: str) -> Markup:
    name = Markup('<span lang="{}">{}</span>').format(code, LANGUAGES[code].name)
    return Markup(words) % {"language": name, **further}  # noqa: S704


def _use_up_drafts(keys: set[str], form: PostForm, post: Post) -> None:
    """Drop the drafts of what was saved; keep what another tab typed in other languages, and what was set aside."""
    found = [draft for draft in (queries.draft(current_user, key) for key in sorted(keys)) if draft]
    left: dict[str, str] = {}
    for draft in found:
        codes = [code for code in draft.languages.split(",") if code and not form.pane(code).was_sent_changed]
        left |= {name: value for name, value in json.loads(draft.typed).items() if _part_of(name) in codes}
    left |= form.left_over(post, request.form)
    kept = next((draft for draft in found if draft.form_key == key_of(post)), found[0] if found else None)
    for draft in found:
        if draft is not kept or not left:
            db.session.delete(draft)
    if not left:
        return
    if kept is None:
        kept = Draft(staff_id=current_user.id)
        db.session.add(kept)
    kept.form_key, kept.post_id, kept.saved_at = key_of(post), post.id, now()
    kept.typed = json.dumps({**left, "form_key": key_of(post)})
    kept.languages = ",".join(code for code in LANGUAGES if f"{code}-title" in left)
    kept.title = form.a_title()


def _refusal(form: PostForm, shown: Sequence[str], whole: bool) -> ResponseReturnValue | None:
    """The form again, with what was typed and what is wrong; None when all may be saved."""
    if not form.validate():
        return _edit(form, 400 if form.csrf_token.errors else 422)
    if form.is_stale or any(form.pane(code).is_outdated for code in shown):
        return _edit(form, 409)  # nobody publishes what they have not seen
    if not form.is_publishable(shown if whole else ()):
        return _edit(form, 422)
    return None


def _edit(
    form: PostForm, status: int = 200, draft: Draft | None = None, question: Question | None = None
) -> ResponseReturnValue:
    stale = {code for code, pane in form.panes() if pane.is_stale}
    shared = form.shared_versions() if form.shared_is_stale else {}
    form.refresh()
    page = render_template(
        "newsroom/post.html",
        form=form,
        post=form.post,
        stale=stale,
        shared=shared,
        status=status,
        draft=draft,
        question=question,
        others=queries.others_drafts(current_user, form.post) if form.post else [],
    )
    return page, status
