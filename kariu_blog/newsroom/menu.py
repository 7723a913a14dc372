"""The order of the menu and of the footer."""

from typing import Any

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_security import current_user
from wtforms import HiddenField, IntegerField
from wtforms.validators import InputRequired, NumberRange

from kariu_blog.accounts.acts import record
from kariu_blog.database import db
from kariu_blog.forms import PageForm
from kariu_blog.newsroom import queries
from kariu_blog.newsroom.desk import admins_only, blueprint
from kariu_blog.newsroom.site import SITE
from kariu_blog.posts.content import text_digest
from kariu_blog.routing import page_language

LAST = 999


@blueprint.get(f"{SITE}/menu")
def menu() -> ResponseReturnValue:
    return _show(_form(numbered=True))


@blueprint.post(f"{SITE}/menu")
def order_menu() -> ResponseReturnValue:
    form = _form()
    if not form.validate():
        return _show(form, 422)
    if form.base_digest.data != _digest():
        form.base_digest.data = _digest()
        return _show(form, 409)
    for rows in queries.menu_items().values():
        for row in rows:
            row.position = form[row.tag].data
    record("menu.changed", current_user)
    db.session.commit()
    flash(_("The new order is saved. Readers see it now."))
    return redirect(url_for(".menu"), 303)


def _show(form: Any, status: int = 200) -> ResponseReturnValue:
    return render_template("newsroom/site/menu.html", form=form, groups=queries.menu_items(), status=status), status


def _form(numbered: bool = False) -> Any:
    """Return the form with a number for each entry, numbered anew if it is only shown."""
    admins_only()
    fields: dict[str, Any] = {"base_digest": HiddenField(name="base", default=_digest())}
    for rows in queries.menu_items().values():
        for place, row in enumerate(rows, 1):
            limits = [InputRequired(), NumberRange(0, LAST)]
            fields[row.tag] = IntegerField(row.name(page_language()), validators=limits, default=place)
    form = type("MenuForm", (PageForm,), fields)
    return form(formdata=None) if numbered else form()


def _digest() -> str:
    return text_digest(*(f"{row.tag} {row.position}" for rows in queries.menu_items().values() for row in rows))
