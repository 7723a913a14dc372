"""Unsaved drafts: the form kept as somebody types, valid or not, beside what is saved."""

from collections.abc import Mapping

from flask import abort, flash, jsonify, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_security import current_user
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import RequestEntityTooLarge
from wtforms import FormField

from kariu_blog.accounts.signin import csrf
from kariu_blog.database import db
from kariu_blog.languages import LANGUAGES, format_moment
from kariu_blog.newsroom import queries
from kariu_blog.newsroom.desk import NEW, POST, blueprint, form_of, post_or_404, sent_form
from kariu_blog.newsroom.editing import Status, merged, of_parts
from kariu_blog.newsroom.forms import PostForm, key_of
from kariu_blog.newsroom.models import Draft
from kariu_blog.posts.models import BODY_LENGTH, TITLE_LENGTH, Post
from kariu_blog.routing import page_language

DRAFTS_MAX = 20
"""Number of drafts that one person may have."""
BODY_LENGTH_MAX = 2 * BODY_LENGTH
"""Length of a body in a draft, more than can be saved, so that it can be shortened later."""
FIELD_LENGTH_MAX = 10_000


@blueprint.post(f"{NEW}/draft", defaults={"post_id": None})
@blueprint.post(f"{POST}/draft")
def save_draft(post_id: int | None) -> ResponseReturnValue:
    form = sent_form(post_id)
    if not form.csrf_token.validate(form):
        abort(400)
    draft = queries.draft(current_user, form.form_key.data)
    typed = merged(draft.fields if draft else {}, _fields_of(form, request.form))
    form = form_of(form.post, typed)
    if not _is_unsaved(form):
        if draft is not None:
            db.session.delete(draft)
        db.session.commit()
        return jsonify(message="")
    if draft is None:
        if queries.draft_count(current_user) >= DRAFTS_MAX:
            words = _("You have reached the limit of unsaved drafts (%(number)d). Save or discard one of them first.")
            return jsonify(message=words % {"number": DRAFTS_MAX}), 422
        draft = Draft(staff_id=current_user.id, form_key=form.form_key.data, post_id=form.post and form.post.id)
        db.session.add(draft)
    touched = [code for code, pane in form.panes.items() if pane.part.status is not Status.UNTOUCHED]
    draft.hold(typed, touched, _title(form))
    try:
        db.session.commit()
    except (IntegrityError, StaleDataError):  # another tab began the draft, or a save used it up, in the same moment
        db.session.rollback()
        return save_draft(post_id)
    return jsonify(message=_("Kept as a draft: %(moment)s", moment=format_moment(draft.saved_at, page_language())))


csrf.exempt(save_draft)  # the form checks the token, because the extension would answer with a page


@blueprint.post(f"{NEW}/draft/discard", defaults={"post_id": None})
@blueprint.post(f"{POST}/draft/discard")
def discard_draft(post_id: int | None) -> ResponseReturnValue:
    key = key_of(post_or_404(post_id)) if post_id else request.form.get("form_key", "")
    if draft := queries.draft(current_user, key):
        db.session.delete(draft)
    db.session.commit()
    flash(_("What was not saved has been discarded."))
    back = url_for(".post", post_id=post_id, saved=key) if post_id else url_for(".posts", saved=key)
    return redirect(back, 303)


def use_up(form: PostForm, post: Post, sent_key: str) -> None:
    """Drop the drafts of what was saved; keep what other tabs typed in other languages, and what was left out."""
    found = [draft for key in sorted({sent_key, key_of(post)}) if (draft := queries.draft(current_user, key))]
    left: dict[str, str] = {}
    for draft in found:
        left |= of_parts(draft.fields, [code for code in LANGUAGES if _is_of_another_tab(draft, form, code)])
    left |= _left_out(form, post)
    remaining = found.pop() if found and left else None
    for draft in found:
        db.session.delete(draft)
    if not left:
        return
    if remaining is None:
        remaining = Draft(staff_id=current_user.id)
        db.session.add(remaining)
    remaining.form_key, remaining.post_id = key_of(post), post.id
    languages = [code for code in LANGUAGES if f"{code}-title" in left]
    remaining.hold({**left, "form_key": key_of(post)}, languages, _title(form))


def unused_times(form: PostForm, post: Post | None) -> list[str]:
    """Return the languages where a time is typed at which the translation is not published."""
    translations = post.translations if post is not None else {}
    times = {code: each.published_at for code, each in translations.items() if each.is_live_or_scheduled}
    moments = {code: pane.publish_at.moment for code, pane in form.panes.items()}
    return [code for code, moment in moments.items() if moment and moment != times.get(code)]


def _fields_of(form: PostForm, sent: Mapping[str, str]) -> dict[str, str]:
    """Return what was sent in fields of the form.  Raises RequestEntityTooLarge if a draft cannot hold it."""
    fields = [field for field in form if not isinstance(field, FormField) and field is not form.csrf_token]
    fields += [field for pane in form.panes.values() for field in pane]
    typed = {field.name: sent[field.name] for field in fields if field.name in sent}
    for name, value in typed.items():
        if len(value) > (BODY_LENGTH_MAX if name.endswith("-body") else FIELD_LENGTH_MAX):
            raise RequestEntityTooLarge
    return typed


def _is_unsaved(form: PostForm) -> bool:
    """Return whether anything is typed that a save, or another act, would use up."""
    is_touched = any(pane.part.status is not Status.UNTOUCHED for pane in form.panes.values())
    is_shared_touched = form.post is not None and form.shared.status is not Status.UNTOUCHED
    is_note_typed = any(pane.review_note.data for pane in form.panes.values())
    return is_touched or is_shared_touched or is_note_typed or bool(unused_times(form, form.post) or form.cover_alts())


def _title(form: PostForm) -> str:
    """Return the first title that was typed."""
    titles = [pane.title.data for pane in form.panes.values() if pane.title.raw_data and pane.title.data]
    return str(titles[0])[:TITLE_LENGTH] if titles else ""


def _is_of_another_tab(draft: Draft, form: PostForm, language: str) -> bool:
    return language in draft.languages.split(",") and not form.panes[language].part.is_edited


def _left_out(form: PostForm, post: Post) -> dict[str, str]:
    """Return the fields that a save of ``post`` did not use: whole languages, or a time alone."""
    left = of_parts(request.form, form.left_out)
    for code in set(unused_times(form, post)) - form.left_out:
        pane, translation = form.panes[code], post.translations.get(code)
        left[pane.publish_at.name] = request.form[pane.publish_at.name]
        left[pane.state_token.name] = translation.state_token if translation else ""
    return left
