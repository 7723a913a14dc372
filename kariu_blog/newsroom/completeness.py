"""What has to be there before readers see it.  Whatever is missing becomes an error of its field."""

from collections.abc import Collection, Sequence

from flask import current_app
from flask_babel import gettext as _
from markupsafe import Markup

from kariu_blog.languages import KAZAKH
from kariu_blog.newsroom import queries
from kariu_blog.newsroom.forms import PostForm, TranslationForm
from kariu_blog.posts.post import PostTranslation
from kariu_blog.templating import sentence
from kariu_blog.text import is_readable, is_seen, pictures_without_alt


def is_complete(form: PostForm, publishing: Collection[str] = ()) -> bool:
    """Return whether everything is complete that readers will see.

    That is each language in ``publishing``, each changed one that is scheduled, and a new cover of a live post.
    """
    scheduled = [code for code in form.changed() if form.panes[code].is_scheduled]
    if current_app.config["REQUIRE_KAZAKH"] and not _has_kazakh(form, publishing):
        return False
    are_complete = [is_translation_complete(form.panes[code]) for code in dict.fromkeys([*publishing, *scheduled])]
    post = form.post
    is_cover_new = post and post.first_published_at is not None and (form.cover.data or None) != post.cover_id
    return (not (publishing or is_cover_new) or _is_cover_described(form)) and all(are_complete)


def _has_kazakh(form: PostForm, publishing: Collection[str]) -> bool:
    """Return whether no text becomes public before the Kazakh one does."""
    kazakh = form.panes[KAZAKH].translation
    new = [code for code in publishing if not form.panes[code].is_live_or_scheduled]
    if KAZAKH in publishing or not new or (kazakh and kazakh.is_live_or_scheduled):
        return True
    for code in new:
        form.panes[code].title.errors = [_("Publish the Kazakh text first, or together with this one.")]
    return False


def is_translation_complete(pane: TranslationForm) -> bool:
    if not is_seen(pane.title.data):
        pane.title.errors = [_("Give the text a title.")]
    if not (pane.html and is_readable(pane.html)):
        pane.body.errors = [_("Write the text first.")]
    elif digests := _undescribed(pane.html, pane.translation):
        pane.body.errors = [_describe(digests)]
    return not pane.errors


def _undescribed(html: str, saved: PostTranslation | None) -> list[str]:
    """Return the digests of pictures without alt text, except those that readers see already."""
    seen = pictures_without_alt(saved.body) if saved and saved.is_public else []
    return [digest for digest in pictures_without_alt(html) if digest not in seen]


def _describe(digests: Sequence[str]) -> Markup:
    pictures = filter(None, map(queries.picture_by_digest, dict.fromkeys(digests)))
    names = Markup(", ").join(Markup("<bdi>{}</bdi>").format(picture.name) for picture in pictures)
    return sentence(_("Describe each picture (alt text): %(names)s."), names=names or "…")


def _is_cover_described(form: PostForm) -> bool:
    """Return whether the cover, if there is one, has a description in every language."""
    picture, typed = form.cover_picture, form.cover_alts()
    missing = [code for code in (picture.missing_alts() if picture else ()) if code not in typed]
    for code in missing:
        name = Markup("<bdi>{}</bdi>").format(picture.name if picture else "")
        form[f"cover_alt_{code}"].errors = [sentence(_("Describe the cover %(name)s."), name=name)]
    return not missing
