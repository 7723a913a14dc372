"""The trash: posts that were deleted, which come back within some days."""

from datetime import timedelta

from flask import abort, current_app, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_security import current_user
from sqlalchemy import select

from kariu_blog.database import db, now
from kariu_blog.newsroom import queries
from kariu_blog.newsroom.desk import POST, blueprint, post_or_404
from kariu_blog.newsroom.post_acts import record_deletion, record_restoration
from kariu_blog.posts.post import Post
from kariu_blog.posts.rights import may_delete
from kariu_blog.routing import page_number

TRASH = "/trash"
DAYS = 30
"""How long a post stays in the trash."""


@blueprint.get(f"{POST}/deletion")
def deletion(post_id: int) -> ResponseReturnValue:
    post = _deletable(post_id)
    others = queries.others_drafts(current_user, post)
    return render_template("newsroom/trash/deletion.html", post=post, others=others, days=DAYS)


@blueprint.post(f"{POST}/deletion")
def delete_post(post_id: int) -> ResponseReturnValue:
    """Put a post into the trash."""
    post = _deletable(post_id)
    record_deletion(post, current_user)
    post.trash()
    db.session.commit()
    flash(_("The post is in the trash. Readers no longer see it."))
    return redirect(url_for(".posts"), 303)


@blueprint.get(TRASH)
def trash() -> ResponseReturnValue:
    page = queries.trash_page(current_user, page_number()) or abort(404)
    return render_template("newsroom/trash/trash.html", page=page, lasting=timedelta(days=DAYS), days=DAYS)


@blueprint.post(f"{TRASH}/<int(max=2147483647):post_id>/restoration")
def restore_post(post_id: int) -> ResponseReturnValue:
    """Take a post out of the trash, as it was, without a ping to the hub."""
    post = queries.post_in_trash(current_user, post_id) or abort(404)
    post.restore()
    record_restoration(post, current_user)
    current_app.extensions["push"].pass_over(db.session())
    db.session.commit()
    flash(_("The post is back as it was."))
    return redirect(url_for(".post", post_id=post_id), 303)


def delete_for_good() -> None:
    """Delete what has been in the trash long enough, and commit after each post."""
    old = select(Post).where(Post.trashed_at <= now() - timedelta(days=DAYS)).with_for_update(skip_locked=True, of=Post)
    for post in db.session.scalars(old).unique().all():
        db.session.add_all(post.addresses_left())
        db.session.delete(post)
        db.session.commit()


def _deletable(post_id: int) -> Post:
    post = post_or_404(post_id)
    return post if may_delete(current_user, post) else abort(403)
