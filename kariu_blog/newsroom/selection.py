"""Acts on several posts of the list at once, each of which can be taken back."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from flask import abort, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from flask_security import current_user
from itsdangerous import BadSignature, URLSafeSerializer
from markupsafe import Markup

from kariu_blog.database import db
from kariu_blog.newsroom import filling, queries
from kariu_blog.newsroom.board import Choice
from kariu_blog.newsroom.completeness import is_complete
from kariu_blog.newsroom.desk import blueprint, form_of
from kariu_blog.newsroom.outcome import Standings
from kariu_blog.newsroom.post_acts import record_changes, record_deletion, record_restoration
from kariu_blog.posts.items import Item
from kariu_blog.posts.merging import follow_merges
from kariu_blog.posts.post import Post
from kariu_blog.posts.publication import State
from kariu_blog.posts.rights import may_delete, may_publish, may_share

SELECTION = "/posts/selection"
POSTS_MAX = 100
UNPUBLISHED = (State.DRAFT, State.REVIEW)


@dataclass(frozen=True)
class Act:
    """``do`` returns what ``undo`` needs, None if this person may not do it or nothing is to be done."""

    do: Callable[[Post, str], Any]
    undo: Callable[[Post, Any], None]


@blueprint.post(SELECTION)
def act_on_selection() -> ResponseReturnValue:
    """Do one act with each selected post that it is possible with, and say how many these are."""
    name, _sign, value = request.form.get("act", "").partition(":")
    act = ACTS.get(name) or abort(422)
    keys = [int(key) for key in request.form.getlist("post")[:POSTS_MAX] if key.isascii() and key.isdigit()]
    done: list[tuple[int, Any]] = []
    for post in queries.posts_editable_by(current_user, keys):
        standings = Standings.of(post)
        before = act.do(post, value)
        if before is not None:
            post.note_change(current_user)
            _record(name, standings, post)
            done.append((post.id, before))
    db.session.commit()
    said = str(ngettext("Done with %(num)d post.", "Done with %(num)d posts.", len(done)))
    if left := len(keys) - len(done):
        said += " " + ngettext("%(num)d was left out.", "%(num)d were left out.", left)
    if done:
        flash(_with_undo(said, name, done), "undo")
    else:
        flash(said)
    return redirect(url_for(".posts", **_choice()), 303)


@blueprint.post(f"{SELECTION}/undo")
def undo_selection() -> ResponseReturnValue:
    """Take back an act, where nobody has changed what it did."""
    try:
        name, done = _serializer().loads(request.form.get("done", ""))
    except BadSignature:
        abort(400)
    for key, before in done:
        post = (
            queries.post_in_trash(current_user, key) if name == "trash" else queries.post_editable_by(current_user, key)
        )
        if post is not None:
            standings = Standings.of(post)
            ACTS[name].undo(post, before)
            post.note_change(current_user)
            _record("undo " + name, standings, post)
    if name == "trash":
        current_app.extensions["push"].pass_over(db.session())
    db.session.commit()
    flash(_("Taken back."))
    return redirect(url_for(".posts", **_choice()), 303)


def _record(name: str, before: Standings, post: Post) -> None:
    if name == "trash":
        record_deletion(post, current_user)
    elif name == "undo trash":
        record_restoration(post, current_user)
    else:
        record_changes(before, post, current_user)


def _with_undo(said: str, name: str, done: list[tuple[int, Any]]) -> Markup:
    token = _serializer().dumps([name, done])
    page = render_template("newsroom/posts/undo.html", said=said, done=token, choice=_choice())
    return Markup(page)  # noqa: S704  # autoescaped


def _choice() -> dict[str, Any]:
    """Return what the list was narrowed to, for the address to go back to."""
    return Choice.of(request.args).but()


def _serializer() -> URLSafeSerializer:
    return URLSafeSerializer(str(current_app.secret_key), salt=f"selection-{current_user.id}")


def _trash(post: Post, _value: str) -> Any:
    if not may_delete(current_user, post):
        return None
    post.trash()
    return True


def _move(post: Post, value: str) -> Any:
    before = post.category_id
    post.category_id = _chosen(post, value, before, queries.categories(current_user, post))
    follow_merges(post)
    return None if post.category_id == before else before


def _name(post: Post, value: str) -> Any:
    before = post.author_id
    post.author_id = _chosen(post, value, before, queries.bylines(current_user, post))
    follow_merges(post)
    return None if post.author_id == before else before


def _chosen(post: Post, value: str, before: int, known: Iterable[Item]) -> int:
    """Return the chosen id if it is known and this person may change it, else the present one."""
    may = may_share(current_user, post)
    return next((each.id for each in known if may and str(each.id) == value), before)


def _submit(post: Post, _value: str) -> Any:
    codes = [code for code in _complete(post) if post.translations[code].state == State.DRAFT]
    for code in codes:
        post.translations[code].ask_for_review()
    return codes or None


def _publish(post: Post, _value: str) -> Any:
    codes = [code for code in _complete(post) if may_publish(current_user, code)]
    for code in codes:
        post.translations[code].update()
        post.translations[code].publish()
    return codes or None


def _complete(post: Post) -> list[str]:
    """Return the languages that are not published, and could be."""
    form = form_of(post, {})
    filling.refresh(form)
    return [code for code, text in post.translations.items() if text.state in UNPUBLISHED and is_complete(form, [code])]


def _give_back(post: Post, codes: Any) -> None:
    for code in codes:
        post.translations[code].give_back()


def _withdraw(post: Post, codes: Any) -> None:
    for code in codes:
        post.translations[code].withdraw()


def _move_back(post: Post, key: Any) -> None:
    post.category_id = key
    follow_merges(post)


def _name_back(post: Post, key: Any) -> None:
    post.author_id = key
    follow_merges(post)


ACTS = {
    "trash": Act(_trash, lambda post, _before: post.restore()),
    "category": Act(_move, _move_back),
    "author": Act(_name, _name_back),
    "submit": Act(_submit, _give_back),
    "publish": Act(_publish, _withdraw),
}
