"""The site in the newsroom: items of all kinds, their forms and histories."""

from collections.abc import Mapping
from operator import itemgetter
from pathlib import Path
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_security import current_user
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm.exc import StaleDataError
from wtforms import BooleanField, Field, SelectField

from kariu_blog.accounts.acts import record
from kariu_blog.accounts.models import Role
from kariu_blog.accounts.signin import csrf
from kariu_blog.database import db
from kariu_blog.languages import LANGUAGES, in_order
from kariu_blog.newsroom import queries
from kariu_blog.newsroom.desk import blueprint, publishers_only
from kariu_blog.newsroom.differences import difference, line_difference
from kariu_blog.newsroom.site_fields import BodyField, PictureField
from kariu_blog.newsroom.site_forms import ItemForm
from kariu_blog.newsroom.site_kinds import KINDS
from kariu_blog.posts.items import write
from kariu_blog.posts.merging import may_be_taken_back
from kariu_blog.posts.post import Post
from kariu_blog.routing import page_language, page_number
from kariu_blog.text import slugify

SITE = "/site"
ITEMS = f"{SITE}/<any({', '.join(KINDS)}):kind>"
ITEM = f"{ITEMS}/<int(max=2147483647):item_id>"
REVISION = f"{ITEM}/revisions/<int(max=2147483647):revision_id>"


@blueprint.get(SITE)
def site() -> ResponseReturnValue:
    publishers_only()
    shown = {name: kind for name, kind in KINDS.items() if may_edit(kind)}
    counts = {name: len(queries.items(kind.act, kind.model)) for name, kind in shown.items()}
    return render_template("newsroom/site/site.html", kinds=shown, counts=counts)


@blueprint.get(f"{ITEMS}/")
def items(kind: str) -> ResponseReturnValue:
    known = kind_or_403(kind)
    rows = queries.items(known.act, known.model)
    if kind == "contacts":
        return redirect(url_for(".item", kind=kind, item_id=rows[0].id) if rows else url_for(".new_item", kind=kind))
    named = [(row, *title_of(known, row)) for row in rows]
    values = {"kind": kind, "known": known, "rows": named, "may_be_taken_back": may_be_taken_back}
    return render_template("newsroom/site/items.html", **values)


@blueprint.get(f"{ITEMS}/new")
def new_item(kind: str) -> ResponseReturnValue:
    return show_item(kind, None, new_or_404(kind).filled(None))


@blueprint.get(ITEM)
def item(kind: str, item_id: int) -> ResponseReturnValue:
    row = item_or_404(kind, item_id)
    return show_item(kind, row, KINDS[kind].filled(row.fields))


@blueprint.post(f"{ITEMS}/new", defaults={"item_id": None})
@blueprint.post(ITEM)
def save_item(kind: str, item_id: int | None) -> ResponseReturnValue:
    """Save the parts of the form that were changed; refuse all if somebody else has changed one of them."""
    known = new_or_404(kind) if item_id is None else kind_or_403(kind)
    row = None if item_id is None else item_or_404(kind, item_id)
    form = known(None if row is None else row.fields)
    if status := form.refusal:
        return show_item(kind, row, form.with_saved(), status)
    changes = form.changes()
    if row is not None and not changes:
        flash(_("Nothing was changed, so there was nothing to save."))
        return redirect(url_for(".item", kind=kind, item_id=item_id), 303)
    try:
        saved, is_shown = _write(kind, row, changes, f"{known.act}.{'changed' if row else 'created'}")
    except (StaleDataError, IntegrityError):  # somebody else has saved in the same moment
        db.session.rollback()
        return save_item(kind, item_id)
    flash(_("Saved.") if is_shown else _("Saved. Readers do not see it now."))
    return redirect(url_for(".item", kind=kind, item_id=saved), 303)


csrf.exempt(save_item)  # the form checks the token, so that a refusal shows what was typed


@blueprint.get(f"{ITEM}/revisions")
def item_revisions(kind: str, item_id: int) -> ResponseReturnValue:
    row = item_or_404(kind, item_id)
    page = queries.item_revisions_page(row.tag, page_number()) or abort(404)
    title, language = title_of(KINDS[kind], row)
    return render_template("newsroom/site/revisions.html", page=page, title=title, title_language=language)


@blueprint.get(REVISION)
def item_revision(kind: str, item_id: int, revision_id: int) -> ResponseReturnValue:
    """Show what this revision changed in the one before it."""
    row = item_or_404(kind, item_id)
    found = queries.item_revision_with_previous(row.tag, revision_id) or abort(404)
    before: Mapping[str, str] = found[1].fields if len(found) > 1 else {}
    title, language = title_of(KINDS[kind], row)
    changes = _changes(KINDS[kind].filled(None), before, found[0].fields)
    return render_template(
        "newsroom/site/revision.html", revision=found[0], changes=changes, title=title, title_language=language
    )


@blueprint.post(f"{REVISION}/restoration")
def item_restoration(kind: str, item_id: int, revision_id: int) -> ResponseReturnValue:
    """Write an earlier version again, as one more revision."""
    row = item_or_404(kind, item_id)
    revision, *_previous = queries.item_revision_with_previous(row.tag, revision_id) or abort(404)
    _write(kind, row, dict.fromkeys(row.fields, "") | revision.fields, f"{KINDS[kind].act}.restored")
    flash(_("The earlier text is the present one again. The one that it replaced is in the history."))
    return redirect(url_for(".item", kind=kind, item_id=item_id), 303)


def may_edit(kind: type[ItemForm]) -> bool:
    return current_user.role == Role.ADMIN or (current_user.may_publish and not kind.is_for_admins)


def kind_or_403(kind: str) -> type[ItemForm]:
    known = KINDS[kind]
    return known if may_edit(known) else abort(403)


def new_or_404(kind: str) -> type[ItemForm]:
    """Return a kind of which another one may be made."""
    known = kind_or_403(kind)
    is_there = kind == "contacts" and bool(queries.items(known.act, known.model))
    return abort(404) if is_there or known.model is Post else known


def item_or_404(kind: str, item_id: int) -> Any:
    """Return an item that this person may edit."""
    known = kind_or_403(kind)
    return queries.item(known.act, known.model, item_id) or abort(404)


def title_of(kind: type[ItemForm], row: Any) -> tuple[str, str]:
    """Return the text by which staff know an item, and its language."""
    if isinstance(row, Post):
        text = row.known_by(page_language())
        return text.title, text.language
    named = ((row.fields.get(f"{code}-{kind.title}", ""), code) for code in in_order(page_language()))
    return next(filter(itemgetter(0), named), (str(kind.plural), page_language()))


def show_item(kind: str, row: Any, form: ItemForm, status: int = 200) -> ResponseReturnValue:
    known = KINDS[kind]
    if status >= 400:
        form.validate()
    title, language = (known.new or known.plural, page_language()) if row is None else title_of(known, row)
    values = {"kind": kind, "known": known, "row": row, "title": title, "title_language": language}
    values["named_value"] = named_value
    return render_template("newsroom/site/item.html", form=form, status=status, **values), status


def named_value(field: Field, text: str) -> str:
    """Return what is saved of a field as people know it."""
    if isinstance(field, PictureField):
        return Path(text).name
    if isinstance(field, SelectField):
        return next((str(choice.label) for choice in field.choices if choice.value == text), text)
    return "✓" if text and isinstance(field, BooleanField) else text


def _write(kind: str, row: Any, changes: Mapping[str, str], act: str) -> tuple[int, bool]:
    """Save changed fields, and commit.  Return the id, and whether readers can see it."""
    known = KINDS[kind]
    if row is None:
        typed = [request.form.get("slug", ""), *(changes.get(f"{code}-name", "") for code in reversed(LANGUAGES))]
        wanted = next(filter(None, map(slugify, typed)), "item") if hasattr(known, "slug") else ""
        row = queries.new_item(known.act, known.model, wanted)
    write(row, {**row.fields, **changes}, current_user.id)
    title, language = title_of(known, row)
    record(act, current_user, title, post_id=row.id if isinstance(row, Post) else None, language=language)
    said: tuple[int, bool] = row.id, isinstance(row, Post) or row.item.is_shown
    db.session.commit()  # nothing is read from here on: somebody may delete the post at once
    return said


def _changes(form: ItemForm, before: Mapping[str, str], after: Mapping[str, str]) -> list[tuple[str, str, str]]:
    """Return label, language and difference as HTML of each field that differs."""
    fields = [(name, field) for name in form.parts for field in form.fields_of(name)]
    differing = [(name, field) for name, field in fields if before.get(field.name) != after.get(field.name)]
    pairs = [(name, field, before.get(field.name, ""), after.get(field.name, "")) for name, field in differing]
    return [(field.label.text, name, _difference(field, old, new)) for name, field, old, new in pairs]


def _difference(field: Field, old: str, new: str) -> str:
    if isinstance(field, BodyField):
        return difference(old, new, page_language())
    return line_difference(named_value(field, old), named_value(field, new))
