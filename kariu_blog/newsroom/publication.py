"""Publication: what editors do with a translation, and the review that authors ask for.  Each act saves first."""

from collections.abc import Sequence

from flask import request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_security import current_user
from markupsafe import Markup
from wtforms import FormField

from kariu_blog.accounts.signin import csrf
from kariu_blog.newsroom.completeness import is_translation_complete
from kariu_blog.newsroom.desk import NEW, POST, TRANSLATION, blueprint, publishers_only, sent_form, writers_only
from kariu_blog.newsroom.forms import PostForm, TranslationForm
from kariu_blog.newsroom.posts import Act, save, show_form, with_language
from kariu_blog.newsroom.questions import before_publication, before_withdrawal
from kariu_blog.posts.post import PostTranslation
from kariu_blog.posts.publication import has_come


@blueprint.post(f"{NEW}/publication", defaults={"post_id": None})
@blueprint.post(f"{POST}/publication")
def publication_of_all(post_id: int | None) -> ResponseReturnValue:
    """Publish each language that is complete and not seen by readers, at its own time; say what the others lack."""
    publishers_only()
    form = sent_form(post_id)
    return _publish(form, *_leave_out_incomplete(form))


@blueprint.post(f"{NEW}/<language:text_language>/publication", defaults={"post_id": None})
@blueprint.post(f"{TRANSLATION}/publication")
def publication(post_id: int | None, text_language: str) -> ResponseReturnValue:
    publishers_only(text_language)
    return _publish(sent_form(post_id), [text_language])


@blueprint.post(f"{TRANSLATION}/withdrawal")
def withdrawal(post_id: int, text_language: str) -> ResponseReturnValue:
    publishers_only(text_language)
    form = sent_form(post_id)
    if request.form.get("answer") == "keep":
        return show_form(form)
    question = before_withdrawal(form.panes[text_language].translation)
    return save(form, Act(_withdraw, [text_language], needs_current=False, question=question))


@blueprint.post(f"{TRANSLATION}/change/discard")
def discard_change(post_id: int, text_language: str) -> ResponseReturnValue:
    """Throw away what readers have not seen.  It stays in the history."""
    return save(sent_form(post_id), Act(_discard, [text_language]))


@blueprint.post(f"{TRANSLATION}/up-to-date")
def up_to_date(post_id: int, text_language: str) -> ResponseReturnValue:
    """Declare that the translation follows the other languages as they are saved now."""
    note = with_language(_("%(language)s is up to date with the other languages now."), text_language)
    act = Act(lambda _translation, _pane: None, [text_language], brings_up_to_date=True, notes=[note])
    return save(sent_form(post_id), act)


@blueprint.post(f"{NEW}/<language:text_language>/review", defaults={"post_id": None})
@blueprint.post(f"{TRANSLATION}/review")
def review(post_id: int | None, text_language: str) -> ResponseReturnValue:
    """Submit a translation to the editors."""
    writers_only(text_language)
    act = Act(lambda translation, _pane: translation.ask_for_review(), [text_language], needs_complete=True)
    return save(sent_form(post_id), act)


@blueprint.post(f"{NEW}/review", defaults={"post_id": None})
@blueprint.post(f"{POST}/review")
def review_of_all(post_id: int | None) -> ResponseReturnValue:
    """Submit each language that is complete and not seen by readers; say what the others lack."""
    form = sent_form(post_id)
    languages, notes = _leave_out_incomplete(form, for_review=True)
    act = Act(lambda translation, _pane: translation.ask_for_review(), languages, needs_complete=True, notes=notes)
    return save(form, act)


@blueprint.post(f"{TRANSLATION}/give-back")
def give_back(post_id: int, text_language: str) -> ResponseReturnValue:
    """End a review: an editor asks for changes, or an author goes on writing."""
    writers_only(text_language)
    return save(sent_form(post_id), Act(_give_back, [text_language]))


for _view in (
    publication_of_all,
    publication,
    withdrawal,
    discard_change,
    up_to_date,
    review,
    review_of_all,
    give_back,
):
    csrf.exempt(_view)  # the form checks the token, so that a refusal shows what was typed


def _publish(form: PostForm, languages: Sequence[str], notes: Sequence[Markup] = ()) -> ResponseReturnValue:
    question = before_publication(form, languages)
    act = Act(_set_public, languages, needs_complete=True, brings_up_to_date=True, question=question, notes=notes)
    return save(form, act)


def _set_public(translation: PostTranslation, pane: TranslationForm) -> None:
    """Publish, or show readers what they have not seen: at the time in the form, or as its question was answered."""
    moment, answer = pane.publish_at.moment, request.form.get("answer")
    if translation.is_public and translation.unseen and moment and not has_come(moment):
        translation.schedule_update(moment, is_correction=pane.correction.data)
        return
    translation.update(is_correction=pane.correction.data)
    if answer == "keep" and translation.is_public:
        pane.publish_at.data = None
    is_dated_as_original = answer == "original" and not translation.was_published
    original = translation.post.first_published_at if is_dated_as_original else None
    translation.publish(pane.publish_at.moment or original)


def _withdraw(translation: PostTranslation, pane: TranslationForm) -> None:
    translation.withdraw()
    pane.publish_at.data = None  # the time at which it was published


def _discard(translation: PostTranslation, pane: TranslationForm) -> None:
    translation.discard()
    pane.publish_at.data = None  # the time of the update


def _give_back(translation: PostTranslation, pane: TranslationForm) -> None:
    translation.give_back(pane.review_note.data if current_user.may_publish else "")
    pane.review_note.data = ""


def _leave_out_incomplete(form: PostForm, *, for_review: bool = False) -> tuple[list[str], list[Markup]]:
    """Return the languages to publish, or to submit, and sentences about those that are not complete.

    What cannot even be saved becomes a draft.  If no language is complete, or a field is wrong that all share, nothing
    is left out, so that the form is refused.
    """
    states = {code: pane.translation.state if pane.translation else "draft" for code, pane in form.panes.items()}
    unpublished = [code for code, state in states.items() if state in ("draft", "review", "scheduled")]
    unpublished += [code for code, pane in form.panes.items() if pane.has_unseen and code not in unpublished]
    open_to = {code for code, pane in form.panes.items() if not pane.is_locked and (pane.may_publish or for_review)}
    languages = [code for code in unpublished if code in open_to and not form.panes[code].is_empty]
    form.validate()
    invalid = frozenset(code for code in languages if form.panes[code].errors)
    incomplete = [code for code in languages if not is_translation_complete(form.panes[code])]
    is_shared_wrong = any(field.errors for field in form if not isinstance(field, FormField))
    if is_shared_wrong or set(languages) == set(incomplete):
        return languages, []
    form.left_out = invalid
    return [code for code in languages if code not in incomplete], [_lacking(code, form) for code in incomplete]


def _lacking(code: str, form: PostForm) -> Markup:
    faults = [message for messages in form.panes[code].errors.values() for message in messages]
    return with_language(_("Not published: %(language)s. %(faults)s"), code, faults=Markup(" ").join(faults))
