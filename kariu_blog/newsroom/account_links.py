"""Pages for people who cannot sign in: a new password by a link, and a link by mail for a forgotten one."""

import secrets

from flask import Blueprint, Response, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from kariu_blog.accounts import links, mail
from kariu_blog.accounts.acts import record
from kariu_blog.accounts.forms import ForgottenForm, LinkForm
from kariu_blog.accounts.passwords import hashed
from kariu_blog.database import db
from kariu_blog.routing import page_language

strangers = Blueprint("account_links", __name__, url_prefix="/<language:lang>/staff")


@strangers.get(links.PATH)
def link() -> ResponseReturnValue:
    return render_template(LinkForm.template, form=LinkForm())


@strangers.post(links.PATH)
def choose_password() -> ResponseReturnValue:
    form = LinkForm()
    if not form.validate():
        return render_template(form.template, form=form), 422
    person = links.use(db.session(), form.token.data.strip())
    if person is None or not form.is_good_for(person):
        db.session.rollback()  # the link stays good for another password
        return render_template(form.template, form=form, is_dead=person is None), 422
    person.password, person.must_change_password = hashed(form.new_password.data), False
    person.fs_uniquifier, person.language = secrets.token_hex(32), person.language or page_language()
    record("account.password_chosen", person)
    db.session.commit()
    flash(_("Your password is set. Sign in with it now. Your user name: %(username)s", username=person.username))
    return redirect(url_for("security.login"), 303)


@strangers.get("/forgotten")
def forgotten() -> ResponseReturnValue:
    return render_template(ForgottenForm.template, form=ForgottenForm(), has_mail=mail.is_configured())


@strangers.post("/forgotten")
def ask_for_link() -> ResponseReturnValue:
    """Answer the same whoever is named, because which accounts exist is nobody's business."""
    form = ForgottenForm()
    if not form.validate():
        return render_template(form.template, form=form, has_mail=mail.is_configured()), 422
    if mail.is_configured():
        mail.send_reset(form.username.data.lower(), page_language())
        db.session.commit()
    flash(_("If there is such an account with an e-mail address, a link is on its way there. It opens for one day."))
    return redirect(url_for("security.login"), 303)


@strangers.after_request
def _never_stored(response: Response) -> Response:
    response.headers["Cache-Control"] = "private, no-store"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response
