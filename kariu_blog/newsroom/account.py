"""The person's own account: name, e-mail, language, reminders, sessions."""

from typing import Any

from flask import flash, g, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_security import current_user
from wtforms import BooleanField, PasswordField

from kariu_blog.accounts import sessions
from kariu_blog.accounts.acts import record
from kariu_blog.accounts.forms import LimitedForm
from kariu_blog.accounts.models import Staff
from kariu_blog.database import db
from kariu_blog.newsroom.desk import blueprint
from kariu_blog.newsroom.people import ProfileForm


class AccountForm(ProfileForm, LimitedForm):
    template, name = "newsroom/people/account.html", "form"
    password = PasswordField(
        _l("Present password"),
        description=_l("Only for another e-mail address, because links for a new password go there."),
        render_kw={"autocomplete": "current-password"},
    )

    wants_reminders = BooleanField(
        _l("Mail me what is waiting for me"),
        description=_l("At most once a day, and only if there is something new."),
    )

    def validate(self, extra_validators: Any = None) -> bool:
        if not super().validate(extra_validators):
            return False
        is_proven = (self.email.data or None) == current_user.email or self.prove(
            current_user.username, self.password.data or ""
        )
        if not is_proven:
            self.password.errors = [_("The present password is wrong.")]
        return bool(is_proven)

    def fill(self, person: Staff) -> None:
        super().fill(person)
        person.wants_reminders = self.wants_reminders.data


@blueprint.get("/account")
def account() -> ResponseReturnValue:
    return _show(AccountForm.of(current_user))


@blueprint.post("/account")
def change_account() -> ResponseReturnValue:
    form = AccountForm.of(current_user)
    if not form.validate():
        return _show(form), 422
    if (form.email.data or None) != current_user.email:
        record("account.email_changed", current_user)
    form.fill(current_user)
    db.session.commit()
    flash(_("The account has been saved."))
    return redirect(url_for(".account"), 303)


@blueprint.post("/account/sessions/end")
def end_sessions() -> ResponseReturnValue:
    sessions.end_others(current_user)
    record("account.sessions_ended", current_user)
    db.session.commit()
    flash(_("You are signed out everywhere else."))
    return redirect(url_for(".account"), 303)


def _show(form: AccountForm) -> str:
    return render_template(form.template, form=form, sessions=sessions.own(current_user), present=g.staff_session)
