"""Merging categories, and bylines: what moves is shown and asked about first, and can be taken back."""

from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_security import current_user
from wtforms import SelectField
from wtforms.fields.choices import SelectChoice

from kariu_blog.accounts.acts import record
from kariu_blog.database import db
from kariu_blog.forms import PageForm
from kariu_blog.newsroom import queries
from kariu_blog.newsroom.desk import blueprint
from kariu_blog.newsroom.site import SITE, item_or_404
from kariu_blog.newsroom.site_kinds import KINDS
from kariu_blog.posts.merging import Group, may_be_taken_back, merge, post_count, take_back
from kariu_blog.posts.navigation import layout
from kariu_blog.posts.taxonomy import RECTOR
from kariu_blog.routing import page_language

MERGING = f"{SITE}/<any(categories, bylines):kind>/<int(max=2147483647):item_id>/merging"


class MergingForm(PageForm):
    target = SelectField(_l("Merge into"), coerce=int)


@blueprint.get(MERGING)
def merging(kind: str, item_id: int) -> ResponseReturnValue:
    """Ask into which one it is merged; with one chosen, show what moves, and ask."""
    source, form = _source(kind, item_id), _form(kind, item_id)
    target = _target(kind, request.args.get("target", 0, int), form)
    return _show(source, form, target)


@blueprint.post(MERGING)
def merge_item(kind: str, item_id: int) -> ResponseReturnValue:
    source, form = _source(kind, item_id), _form(kind, item_id)
    if not form.validate():
        return _show(source, form, None), 422
    target = _target(kind, form.target.data, form)
    merge(source, target or abort(404))
    language = page_language()
    names = f"{source.name(language)} → {target.name(language)}"
    record(f"{KINDS[kind].act}.merged", current_user, names, language=language)
    db.session.commit()
    flash(_("Merged. The posts are in “%(name)s” now, and old addresses lead there.", name=target.name(language)))
    return redirect(url_for(".items", kind=kind), 303)


@blueprint.post(f"{MERGING}/taken-back")
def take_merge_back(kind: str, item_id: int) -> ResponseReturnValue:
    source = item_or_404(kind, item_id)
    if not may_be_taken_back(source):
        abort(404)
    known = KINDS[kind]
    target = layout().find(known.act, source.merged_into_id) or abort(404)
    take_back(source, queries.item(known.act, known.model, target.id))
    record(f"{known.act}.separated", current_user, source.name(page_language()), language=page_language())
    db.session.commit()
    flash(_("The merge is taken back. The posts are where they were before."))
    return redirect(url_for(".items", kind=kind), 303)


def _source(kind: str, item_id: int) -> Group:
    """Return what may be merged: not the rector's blog and byline, which pages and rights know by their slug."""
    source: Group = item_or_404(kind, item_id)
    if source.merged_into_id is not None or source.slug == RECTOR:
        abort(404)
    return source


def _form(kind: str, item_id: int) -> MergingForm:
    form = MergingForm(request.args if request.method == "GET" else request.form)
    others = [each for each in layout().living(KINDS[kind].act) if each.id != item_id]
    form.target.choices = [SelectChoice(each.id, each.name(page_language())) for each in others]
    return form


def _target(kind: str, key: int, form: MergingForm) -> Any:
    """Return the chosen one if it is offered."""
    known = KINDS[kind]
    return queries.item(known.act, known.model, key) if key in {each.value for each in form.target.choices} else None


def _show(source: Group, form: MergingForm, target: Group | None) -> str:
    return render_template(
        "newsroom/site/merging.html", source=source, form=form, target=target, posts=post_count(source)
    )
