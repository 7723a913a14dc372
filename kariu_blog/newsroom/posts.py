"""Posts in the newsroom: the list, the form, saving and deletion."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from flask import abort, flash, g, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_security import current_user
from markupsafe import Markup, escape
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm.exc import StaleDataError

from kariu_blog.accounts.signin import csrf
from kariu_blog.database import db
from kariu_blog.languages import LANGUAGES, guess
from kariu_blog.media.models import Picture
from kariu_blog.newsroom import drafts, filling, queries
from kariu_blog.newsroom.board import WAITING, Choice, board_page, found_page, overview
from kariu_blog.newsroom.completeness import is_complete
from kariu_blog.newsroom.desk import NEW, POST, blueprint, form_of, not_saved, post_or_404, sent_form
from kariu_blog.newsroom.editing import Status
from kariu_blog.newsroom.forms import PostForm, TranslationForm, key_of
from kariu_blog.newsroom.models import Draft
from kariu_blog.newsroom.outcome import Standings, outcome
from kariu_blog.newsroom.post_acts import record_changes
from kariu_blog.newsroom.questions import Question
from kariu_blog.newsroom.since import changes_to_follow
from kariu_blog.posts import sources
from kariu_blog.posts.addresses import new_slug
from kariu_blog.posts.merging import follow_merges
from kariu_blog.posts.navigation import author_of, category_of
from kariu_blog.posts.post import Post, PostTranslation
from kariu_blog.posts.rights import may_create, may_delete
from kariu_blog.routing import here_in, page_language, page_number
from kariu_blog.templating import sentence
from kariu_blog.text import clean_line, plain, slugify

NOTHING = _l("Nothing was changed, so there was nothing to save.")
UNUSED_TIME = _l("The time for %(language)s is kept in the form. The button “Save and publish” there uses it.")
UNUSED_UPDATE = _l("The time for %(language)s is kept in the form. The button “Update on the site” there uses it.")
UNUSED_NOTE = _l("The note to the author was not sent: it takes the button “Give back to the author”.")


@dataclass(frozen=True)
class Act:
    """What a button does with translations once they are saved."""

    do: Callable[[PostTranslation, TranslationForm], None]
    """The act itself, which empties the fields that it uses."""
    languages: Sequence[str]
    needs_current: bool = True
    """Refused if the form shows another text, or another state of publication, than is saved."""
    needs_complete: bool = False
    brings_up_to_date: bool = False
    """True if its languages follow all others once it is done."""
    question: Question | None = None
    notes: Sequence[Markup] = ()
    """Sentences to say afterwards."""


SAVE = Act(lambda _translation, _pane: None, ())


@blueprint.get("/")
def posts() -> ResponseReturnValue:
    typed, choice = clean_line(request.args.get("q", "")), Choice.of(request.args)
    if typed:
        page = found_page(current_user, typed, page_language(), page_number())
    else:
        page = board_page(current_user, choice, page_number())
    found = overview(current_user)
    g.waiting_count = found.kinds[WAITING]
    return render_template(
        "newsroom/posts/posts.html",
        page=page or abort(404),
        typed=typed,
        drafts=found.drafts if page_number() == 1 and not typed else [],
        choice=choice,
        category_of=category_of,
        author_of=author_of,
        author_names={str(each.id): each.name(page_language()) for each in queries.bylines(current_user, None)},
        category_names={str(each.id): each.name(page_language()) for each in queries.categories(current_user, None)},
        counts=found,
        may_create=may_create(current_user),
    )


@blueprint.get(NEW)
def new_post() -> ResponseReturnValue:
    key = request.args.get("draft", "")
    draft = queries.draft(current_user, key) if key else None
    if key and draft is None and (made := queries.post_from_form(current_user, key)):
        return redirect(url_for(".post", post_id=made.id))
    typed = draft.fields if draft else {}
    form = form_of(None, typed)
    if "category" not in typed:
        form.category.data, form.author.data = queries.last_choice(current_user)
    return show_form(form, draft=draft)


@blueprint.get(POST)
def post(post_id: int) -> ResponseReturnValue:
    post = post_or_404(post_id)
    draft = queries.draft(current_user, key_of(post))
    return show_form(form_of(post, draft.fields if draft else None), draft=draft)


@blueprint.post(NEW, defaults={"post_id": None})
@blueprint.post(POST)
def save_post(post_id: int | None) -> ResponseReturnValue:
    return save(sent_form(post_id))


csrf.exempt(save_post)  # the form checks the token, so that a refusal shows what was typed


@blueprint.errorhandler(StaleDataError)
@blueprint.errorhandler(IntegrityError)
def _overtaken(_error: Exception) -> ResponseReturnValue:
    """Show the present state, because another save came first and the database refused this one."""
    db.session.rollback()
    if "form_key" not in request.form:
        flash(_("Not done: somebody else changed this at the same moment. Look again, then repeat it."))
        return redirect(here_in(page_language()), 303)
    post_id = (request.view_args or {}).get("post_id")
    if post_id is not None and queries.post_editable_by(current_user, post_id) is None:
        return not_saved(404)
    form = sent_form(post_id)
    if post_id is None and form.post and not (form.changed() or form.has_conflict):  # a second click made the same post
        return redirect(url_for(".post", post_id=form.post.id, saved=request.form["form_key"]), 303)
    form.validate()
    return show_form(form, 409)


def save(form: PostForm, act: Act = SAVE) -> ResponseReturnValue:
    """Save what was typed and do what the button says, in one transaction.

    Show the form again if anything is wrong with it, was changed by somebody else, or has to be asked first.
    """
    if status := _refusal(form, act):
        return show_form(form, status)
    if act.question and not act.question.is_answered_by(request.form.get("answer", "")):
        return show_form(form, question=act.question)
    sent_key, is_first = request.form.get("form_key", ""), (request.view_args or {}).get("post_id") is None
    before, followed = Standings.of(None if is_first else form.post), sources.followed(form.post)
    post = _write(form)
    for code in act.languages:
        act.do(post.translations.get(code) or abort(404), form.panes[code])
    if db.session.dirty or db.session.new:
        post.note_change(current_user)
    db.session.flush()
    sources.note_save(post, followed, [code for code, pane in form.panes.items() if pane.correction.data])
    seen = [code for code, pane in form.panes.items() if not pane.part.is_outdated]
    for code in act.languages if act.brings_up_to_date else ():
        sources.declare_up_to_date(post.translations[code], seen)
    unused = drafts.use_up(form, post, sent_key)
    public = post.public_translations
    times = [with_language(UNUSED_UPDATE if code in public else UNUSED_TIME, code) for code in unused]
    foreign = [_in_another_language(code, form.panes[code]) for code in form.changed()]
    notes = [f"{UNUSED_NOTE}" for pane in form.panes.values() if pane.review_note.data]
    done = [*outcome(before, post, current_user.may_publish), *act.notes] or [escape(NOTHING)]
    said: list[str] = [*done, *times, *notes[:1], *filter(None, foreign)]
    record_changes(before, post, current_user)
    address = url_for(".post", post_id=post.id, saved=sent_key)
    db.session.commit()  # nothing is read from here on: somebody may delete the post at once
    for line in said:
        flash(line)
    return redirect(address, 303)


def show_form(
    form: PostForm, status: int = 200, draft: Draft | None = None, question: Question | None = None
) -> ResponseReturnValue:
    """Show the form with what was typed and, elsewhere, what is saved by now."""
    shared = _shared_versions(form, form.post) if form.post and form.shared.is_outdated else {}
    filling.refresh(form)
    page = render_template(
        "newsroom/posts/post.html",
        form=form,
        post=form.post,
        may_delete=form.post is not None and may_delete(current_user, form.post),
        shared=shared,
        faulty=[(field, code) for field, code in form.all_fields() if field.errors],
        status=status,
        draft=draft,
        question=question,
        saves=queries.last_saves(form.post) if form.post else {},
        since={code: changes_to_follow(pane, page_language()) for code, pane in form.panes.items()},
        others=queries.others_drafts(current_user, form.post) if form.post else [],
    )
    return page, status


def with_language(words: object, code: str, **further: str) -> Markup:
    name = Markup('<span lang="{}">{}</span>').format(code, LANGUAGES[code].name)
    return sentence(words, language=name, **further)


def _refusal(form: PostForm, act: Act) -> int:
    """Return the status with which the form is shown again, 0 if everything can be saved."""
    if not form.validate():
        return 400 if form.csrf_token.errors else 422
    is_locked = any(pane.part.status is Status.LOCKED for pane in form.panes.values())
    is_unseen = act.needs_current and not all(form.panes[code].part.is_current for code in act.languages)
    if form.has_conflict or is_locked or is_unseen:
        return 409
    if any(form.panes[code].is_locked for code in act.languages):
        abort(403)
    return 0 if is_complete(form, act.languages if act.needs_complete else ()) else 422


def _write(form: PostForm) -> Post:
    """Write to the post what was changed in the form, and nothing else."""
    post = form.post
    if post is None:
        post = Post(created_by_id=current_user.id, form_key=form.form_key.data)
        db.session.add(post)
    if form.shared.status is Status.CHANGED:
        post.category_id, post.author_id = form.category.data, form.author.data
        post.cover_id = form.cover.data or None
        follow_merges(post)
    if (picture := form.cover_picture) and not form.is_locked:
        picture.describe(form.cover_alts())
    slugs = {code: _slug(form.panes[code]) for code in form.changed()}  # all before the first is taken
    for code, slug in slugs.items():
        pane = form.panes[code]
        had_time = pane.translation is not None and pane.translation.update_at is not None
        translation = post.write(code, replace(pane.content, slug=slug), by_id=current_user.id)
        if had_time and translation.update_at is None:  # nothing is left to update
            pane.publish_at.data = None
    return post


def _in_another_language(code: str, pane: TranslationForm) -> Markup | None:
    """Return a warning if the text does not seem to be in the language of its pane."""
    found = guess(plain(pane.html or ""))
    if found in (None, code):
        return None
    return with_language(_("Please look: the text in the pane %(language)s seems to be in another language."), code)


def _slug(pane: TranslationForm) -> str:
    """Return the slug that is typed, or one made from the title."""
    title = pane.title.data
    return slugify(pane.slug.data) or new_slug(title, queries.taken_slugs(slugify(title) or "post", pane.post))


def _shared_versions(form: PostForm, post: Post) -> dict[str, list[str]]:
    """Return the names of category, byline and cover: as saved, and as chosen in the form."""
    names = [{each.value: each.label for each in field.choices} for field in (form.category, form.author)]

    def named(category: int, author: int, cover: Picture | None) -> list[str]:
        return [names[0].get(category, ""), names[1].get(author, ""), cover.name if cover else _("No picture")]

    saved = named(post.category_id, post.author_id, post.cover)
    return {"saved": saved, "chosen": named(form.category.data, form.author.data, form.cover_picture)}
