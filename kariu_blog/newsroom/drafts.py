"""Unsaved drafts: the form kept as somebody types, valid or not, beside what is saved."""

from collections.abc import Mapping

from flask import abort, flash, jsonify, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_security import current_user
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm.exc import StaleDataError
from werkzeug.exceptions import RequestEntityTooLarge

from kariu_blog.accounts.signin import csrf
from kariu_blog.database import db
from kariu_blog.languages import LANGUAGES, format_moment
from kariu_blog.newsroom import queries
from kariu_blog.newsroom.desk import NEW, POST, blueprint, form_of, post_or_404, sent_form
from kariu_blog.newsroom.editing import Status, merged, of_parts
from kariu_blog.newsroom.forms import PostForm, key_of
from kariu_blog.newsroom.models import Draft
from kariu_blog.posts.content import BODY_LENGTH
from kariu_blog.posts.post import Post
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
    draft.hold(typed, touched)
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


def use_up(form: PostForm, post: Post, sent_key: str) -> list[str]:
    """Drop the drafts of what was saved; keep what other tabs typed in other languages, and what was not used.

    Return the languages whose times were not used.
    """
    found = [draft for key in sorted({sent_key, key_of(post)}) if (draft := queries.draft(current_user, key))]
    edited = {code for code, pane in form.panes.items() if pane.part.is_edited}
    left: dict[str, str] = {}
    for draft in found:
        left |= of_parts(draft.fields, set(draft.languages.split(",")) - edited)
        db.session.delete(draft)
    left |= of_parts(request.form, form.left_out)
    times = unused_times(form, post)
    for code in set(times) - form.left_out:
        pane, translation = form.panes[code], post.translations.get(code)
        left[pane.publish_at.name] = request.form[pane.publish_at.name]
        left[pane.state_token.name] = translation.state_token if translation else ""
    if left:
        db.session.flush()  # else the new draft would be inserted before the old one is deleted
        draft = Draft(staff_id=current_user.id, form_key=key_of(post), post_id=post.id)
        languages = [code for code in LANGUAGES if f"{code}-title" in left]
        draft.hold({**left, "form_key": key_of(post)}, languages)
        db.session.add(draft)
    return times


def unused_times(form: PostForm, post: Post | None) -> list[str]:
    """Return the languages where a time is typed at which the translation is neither published nor updated."""
    translations = post.translations if post is not None else {}
    live = {code: each for code, each in translations.items() if each.is_live_or_scheduled}
    times = {code: each.update_at or each.published_at for code, each in live.items()}
    moments = {code: pane.publish_at.moment for code, pane in form.panes.items()}
    return [code for code, moment in moments.items() if moment and moment != times.get(code)]


def _fields_of(form: PostForm, sent: Mapping[str, str]) -> dict[str, str]:
    """Return what was sent in fields of the form.  Raises RequestEntityTooLarge if a draft cannot hold it."""
    names = [field.name for field, _language in form.all_fields() if field is not form.csrf_token]
    typed = {name: sent[name] for name in names if name in sent}
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
