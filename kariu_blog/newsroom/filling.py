"""The form of a post, filled from what is saved."""

from dataclasses import asdict

from flask_babel import gettext as _
from wtforms.fields.choices import SelectChoice

from kariu_blog import languages
from kariu_blog.accounts.models import Staff
from kariu_blog.newsroom import queries
from kariu_blog.newsroom.editing import Status
from kariu_blog.newsroom.forms import PostForm, TranslationForm
from kariu_blog.text import typed_from_body


def offer_choices(form: PostForm, staff: Staff, language: str) -> None:
    """Name categories, authors and the newest covers, and whatever the post has already."""
    form.category.choices = [
        SelectChoice(each.id, each.name(language)) for each in queries.categories(staff, form.post)
    ]
    authors = [SelectChoice(author.id, author.name(language)) for author in queries.bylines(staff, form.post)]
    form.author.choices = sorted(authors, key=lambda choice: languages.alphabetical(choice.label))
    if form.post is None:
        form.category.choices.insert(0, SelectChoice("", _("Choose a category")))
        form.author.choices.insert(0, SelectChoice("", _("Choose an author")))
    newest = queries.library("", 1)
    pictures = [*(newest.posts if newest else ()), form.post and form.post.cover, form.cover_picture]
    covers = {each.id: SelectChoice(each.id, each.name or each.files.name) for each in pictures if each}
    form.cover.choices = [SelectChoice(0, _("No picture")), *covers.values()]


def show_locked(form: PostForm) -> None:
    """Show as it is saved what this person may only read, and what all languages share."""
    for pane in form.panes.values():
        if pane.is_locked and pane.part.status is Status.UNTOUCHED:
            _show(pane)
            pane.part = pane.part.shown()
    if form.is_locked:
        _show_shared(form)
        form.shared = form.shared.shown()


def refresh(form: PostForm) -> None:
    """Show what is saved where nothing was typed, and let the next save overwrite it elsewhere."""
    if form.shared.status is Status.UNTOUCHED:
        _show_shared(form)
    form.base_digest.data = form.shared.saved
    for pane in form.panes.values():
        if pane.part.status is Status.UNTOUCHED:
            _show(pane)
        elif pane.part.status is not Status.LOCKED:
            _rebase(pane)


def take_as_opened(form: PostForm) -> None:
    """Regard what is saved as what the form was filled from, because the form was sent before and saved.

    A translation that was withdrawn since stays unseen, so that the form does not publish it again.
    """
    for pane in form.panes.values():
        if pane.part.status is Status.UNTOUCHED and pane.translation and pane.translation.state != "withdrawn":
            _rebase(pane)
            pane.part = pane.part.shown()


def _show_shared(form: PostForm) -> None:
    if form.post is not None:
        form.category.data, form.author.data = form.post.category_id, form.post.author_id
        form.cover.data, form.base_digest.data = form.post.cover_id or 0, form.shared.saved


def _show(pane: TranslationForm) -> None:
    saved = pane.translation
    if saved is None:
        return
    for name, words in asdict(saved.latest).items():
        pane[name].data = typed_from_body(words) if name == "body" else words
    is_time_typed = pane.publish_at.data is not None and pane.state_token.data == saved.state_token
    due_at = saved.update_at or saved.due_at
    if due_at and not is_time_typed:
        pane.publish_at.data = languages.local(due_at).replace(tzinfo=None)
    pane.html = saved.latest.body
    _rebase(pane)


def _rebase(pane: TranslationForm) -> None:
    if pane.translation is not None:
        pane.base_digest.data, pane.state_token.data = pane.translation.latest.digest, pane.translation.state_token
