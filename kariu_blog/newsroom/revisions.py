"""Revisions: the history of a translation, differences, and restoring an earlier version."""

from dataclasses import replace

from flask import abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_security import current_user

from kariu_blog.accounts.acts import record
from kariu_blog.database import db
from kariu_blog.newsroom import queries
from kariu_blog.newsroom.desk import TRANSLATION, blueprint, translation_or_404
from kariu_blog.newsroom.differences import content_difference, is_marked
from kariu_blog.newsroom.outcome import Standings, outcome
from kariu_blog.newsroom.post_acts import record_changes
from kariu_blog.posts import sources
from kariu_blog.posts.rights import may_write
from kariu_blog.routing import page_language, page_number

REVISION = f"{TRANSLATION}/revisions/<int(max=2147483647):revision_id>"


@blueprint.get(f"{TRANSLATION}/revisions")
def revisions(post_id: int, text_language: str) -> ResponseReturnValue:
    translation = translation_or_404(post_id, text_language)
    page = queries.revisions_page(translation, page_number()) or abort(404)
    return render_template(
        "newsroom/revisions/revisions.html", translation=translation, revisions=page.posts, page=page
    )


@blueprint.get(REVISION)
def revision(post_id: int, text_language: str, revision_id: int) -> ResponseReturnValue:
    """Show what this revision changed in the one before it."""
    translation = translation_or_404(post_id, text_language)
    found = queries.revision_with_previous(translation, revision_id) or abort(404)
    revision, before = found[0], found[-1]
    changes = content_difference(before.content, revision.content, page_language())
    return render_template(
        "newsroom/revisions/revision.html",
        translation=translation,
        revision=revision,
        is_first=len(found) == 1,
        changes=changes,
        is_unseen=before.body != revision.body and not is_marked(changes["body"]),
        may_restore=may_write(current_user, translation.post, text_language),
    )


@blueprint.post(f"{REVISION}/restoration")
def restoration(post_id: int, text_language: str, revision_id: int) -> ResponseReturnValue:
    """Write an earlier version again, as one more revision, so that this can be undone too."""
    translation = translation_or_404(post_id, text_language)
    revision, *_previous = queries.revision_with_previous(translation, revision_id) or abort(404)
    if not may_write(current_user, translation.post, text_language):
        abort(403)
    before, followed = Standings.of(translation.post), sources.followed(translation.post)
    slug = revision.slug if revision.slug in translation.post.addresses else translation.slug
    content = replace(revision.content, slug=slug)
    translation.write(content, corrected_at=revision.corrected_at, by_id=current_user.id)
    translation.post.note_change(current_user)
    db.session.flush()
    sources.note_save(translation.post, followed, small=())
    said = outcome(before, translation.post, current_user.may_publish)
    record_changes(before, translation.post, current_user)
    record("post.restored", current_user, translation.title, post_id=post_id, language=text_language)
    db.session.commit()
    if not translation.unseen:
        flash(_("The earlier text is the present one again. The one that it replaced is in the history."))
    for sentence in said:
        flash(sentence)
    return redirect(url_for(".post", post_id=post_id), 303)
