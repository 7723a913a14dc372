"""The old site in the newsroom: what an import left to do, and addresses that lead nowhere yet."""

from typing import Any
from urllib.parse import urlsplit

from flask import abort, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_security import current_user
from wtforms import Field, StringField
from wtforms.validators import ValidationError

from kariu_blog.accounts.acts import record
from kariu_blog.database import db
from kariu_blog.forms import PageForm
from kariu_blog.languages import ENGLISH, of_words
from kariu_blog.newsroom import queries
from kariu_blog.newsroom.desk import blueprint, publishers_only
from kariu_blog.newsroom.fields import at_most, readable
from kariu_blog.newsroom.site import SITE
from kariu_blog.old_site.addresses import asked_by_url
from kariu_blog.old_site.models import KEY_LENGTH, MissedAddress, OldAddress
from kariu_blog.routing import page_number
from kariu_blog.text import clean_line

NOTES = {
    "missing": _l("Picture or file missing"),
    "link": _l("Link leads nowhere"),
    "shortcode": _l("Shortcode taken out"),
    "frame": _l("Frame taken out"),
    "script": _l("Script taken out"),
    "picture elsewhere": _l("Picture of another site, now a link"),
    "picture in the text": _l("Picture inside the text, left out"),
    "language": _l("Language guessed"),
    "another language": _l("Text in another language, left out"),
    "title alone": _l("Only a title in this language, left out"),
    "title": _l("Title missing, another one taken"),
    "title cut": _l("Title cut"),
    "too many tags": _l("Too much HTML, taken as plain text"),
    "too long": _l("Text longer than the form allows"),
    "date": _l("No date, so a draft"),
    "draft": _l("Not public on the old site, so a draft"),
    "trash": _l("In the trash of the old site"),
    "comments": _l("Comments left out"),
}
"""What people read of each kind of note."""


class RedirectForm(PageForm):
    """An address that readers ask for, and where it is to lead."""

    key = StringField(
        _l("Old address"),
        description=_l("For example /2015/03/open-day/, with or without the host."),
        filters=[lambda typed: clean_line(typed or "")],
        validators=[at_most(KEY_LENGTH), readable],
    )
    target = StringField(
        _l("Where it leads"),
        description=_l("An address of this site, for example /kk/posts/open-day."),
        filters=[lambda typed: clean_line(typed or "")],
        validators=[at_most(KEY_LENGTH), readable],
    )

    def validate_key(self, field: Field) -> None:
        if not self.old_key.startswith(("/", "?")):
            raise ValidationError(_("This is no address of a page."))
        if self.old_key.startswith("/") and is_page(field.data):
            raise ValidationError(_("This address is in use on this site."))

    def validate_target(self, _field: Field) -> None:
        if not (is_page(self.path) and self.path.startswith("/") and not urlsplit(self.path).netloc):
            raise ValidationError(_("There is no such page on this site."))

    @property
    def old_key(self) -> str:
        """The key of the old address, empty if it has none."""
        try:
            asked = asked_by_url(self.key.data or "")
        except ValueError:
            return ""
        return next(iter(asked.keys), "")

    @property
    def path(self) -> str:
        """The target without this site's host."""
        return str(self.target.data or "").removeprefix(current_app.config["SITE_URL"])


def is_page(address: str) -> bool:
    """Return whether this site has a page at the path of an address."""
    try:
        path = urlsplit(address).path
    except ValueError:
        return False
    routes = current_app.create_url_adapter(request)
    return routes is not None and bool(routes.test(path, "GET"))


def lettered(words: str) -> str:
    """Return the language in whose letters an address or a name is written."""
    return of_words(words, ENGLISH)


@blueprint.get(f"{SITE}/old")
def old_site() -> ResponseReturnValue:
    publishers_only()
    page = queries.imported_page(page_number()) or abort(404)
    errors = queries.errors_of_media(detail for row in page.posts for _kind, detail in row.notes)
    return render_template("newsroom/site/old.html", page=page, labels=NOTES, errors=errors, lettered=lettered)


@blueprint.get(f"{SITE}/addresses")
def old_addresses() -> ResponseReturnValue:
    publishers_only()
    return _show(RedirectForm(request.args))


@blueprint.post(f"{SITE}/addresses")
def add_old_address() -> ResponseReturnValue:
    publishers_only()
    form = RedirectForm()
    if not form.validate():
        return _show(form, 422)
    row = db.session.get(OldAddress, form.old_key) or OldAddress(key=form.old_key)
    row.target, row.language, row.is_by_hand = form.path, None, True
    db.session.add(row)
    if missed := db.session.get(MissedAddress, form.old_key):
        db.session.delete(missed)
    record("address.led", current_user, f"{row.key} → {row.target}")
    db.session.commit()
    flash(_("Saved. The old address leads on now."))
    return redirect(url_for(".old_addresses"), 303)


@blueprint.post(f"{SITE}/addresses/deletion")
def delete_old_address() -> ResponseReturnValue:
    publishers_only()
    row = db.session.get(OldAddress, request.form.get("key", ""))
    if row is not None and row.is_by_hand:
        db.session.delete(row)
        record("address.dropped", current_user, f"{row.key} → {row.target}")
        db.session.commit()
        flash(_("The old address no longer leads on."))
    return redirect(url_for(".old_addresses"), 303)


def _show(form: Any, status: int = 200) -> ResponseReturnValue:
    current_app.extensions["missed"].fold()
    rows = {"missed": queries.missed_addresses(), "by_hand": queries.addresses_by_hand()}
    return render_template("newsroom/site/addresses.html", form=form, status=status, lettered=lettered, **rows), status
