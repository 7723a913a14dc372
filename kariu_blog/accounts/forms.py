"""Forms of the sign-in.  Each one that a stranger could guess at is limited."""

from collections.abc import Callable
from typing import Any, NoReturn

from flask import abort, current_app, make_response, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from flask_security import (
    MfRecoveryCodesForm,
    MfRecoveryForm,
    TwoFactorSetupForm,
    TwoFactorVerifyCodeForm,
    current_user,
)
from flask_security.forms import Form
from wtforms import Field, HiddenField, PasswordField, StringField
from wtforms.validators import DataRequired, EqualTo, ValidationError

from kariu_blog.accounts import acts, limits, people, sessions
from kariu_blog.accounts.models import PASSWORD_LENGTH_MIN, PASSWORD_LENGTHS, Role, Staff
from kariu_blog.accounts.passwords import BusyError, fault_of, is_right, normalised
from kariu_blog.database import db
from kariu_blog.security import client_network
from kariu_blog.text import clean_line

BUSY_SECONDS = 5


class LimitedForm(Form):
    """A form whose secret may be wrong only so often.  What is refused now is answered by the same form."""

    template: str
    name: str
    """By which the template knows the form."""

    def limited(self, account: str, person: Staff | None, check: Callable[[bool], bool], is_code: bool = False) -> bool:
        """Return whether ``check`` succeeds, which is told whether it may wait.  Answers 429 or 503 instead.

        A right password from an address that the person is known by always passes.  A code, which has few digits, is
        not even checked beyond the limit.
        """
        network = client_network(request.environ)
        wait = limits.count_failure(account, network)
        if wait and (is_code or not (person and sessions.is_known(person, network))):
            self.refuse_for(wait)
        try:
            is_proven = check(not wait)
        except BusyError:
            self._refuse_as_busy(account, network, is_counted=not wait)
        if not is_proven:
            acts.record_failed_sign_in(person, network)
        elif not wait:
            limits.take_back(account, network)
        db.session.commit()
        if wait and not is_proven:
            self.refuse_for(wait)
        return is_proven

    def prove(self, name: str, password: str) -> Staff | None:
        """Return the person whose password this is."""
        person = people.find(name)
        account = person.username if person else name
        return person if self.limited(account, person, lambda may_wait: is_right(person, password, may_wait)) else None

    def refuse_for(self, seconds: int) -> NoReturn:
        minutes = -(-seconds // 60)
        sentence = ngettext(
            "Too many failed attempts. Please try again in %(num)d minute.",
            "Too many failed attempts. Please try again in %(num)d minutes.",
            minutes,
        )
        self._refuse(429, seconds, sentence)

    def _refuse_as_busy(self, account: str, network: str, is_counted: bool) -> NoReturn:
        if is_counted:
            limits.take_back(account, network)
            db.session.commit()
        self._refuse(503, BUSY_SECONDS, _("The site is busy. Please try again in a few seconds."))

    def _refuse(self, status: int, seconds: int, sentence: str) -> NoReturn:
        self.form_errors = [sentence]
        page = render_template(self.template, **{self.name: self})
        abort(make_response(page, status, {"Retry-After": str(seconds)}))


class SignInForm(LimitedForm):
    template, name = "accounts/login.html", "login_user_form"
    user: Staff | None = None
    requires_confirmation = False
    username = StringField(
        _l("User name or e-mail"),
        filters=[lambda typed: clean_line(typed or "")],
        validators=[DataRequired(_l("Enter your user name."))],
        render_kw={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"},
    )
    password = PasswordField(
        _l("Password"),
        validators=[DataRequired(_l("Enter your password."))],
        render_kw={"autocomplete": "current-password"},
    )
    next = HiddenField()
    """Where Flask-Security leads after a code.  Without it, to an absolute address of the sign-in."""

    def validate(self, **kwargs: Any) -> bool:
        if not super().validate(**kwargs):
            return False
        person = self.prove(self.username.data.lower(), self.password.data)
        if person is None:
            # One sentence for both: which names exist is nobody's business.
            self.form_errors = [
                _(
                    "The user name or the password is wrong."
                    " Check the language of the keyboard and Caps Lock, then try again."
                )
            ]
            return False
        if not person.active:
            self.form_errors = [_("This account is closed. If you still need it, ask the site's administrator.")]
            return False
        self._bring_up_to_date(person)
        self.next.data = request.args.get("next") or url_for("newsroom.posts")
        self.user = person
        return True

    def _bring_up_to_date(self, person: Staff) -> None:
        """Have a password changed that is too short by now; forget a second factor of another secret key."""
        if len(self.password.data) < person.password_length_min:
            person.must_change_password = True
        if person.tf_totp_secret and not current_app.extensions["security"].totp_factory.can_decrypt(
            person.tf_totp_secret
        ):
            person.remove_second_factor()
        db.session.commit()


class ChosenPassword(LimitedForm):
    """A new password, typed twice."""

    new_password = PasswordField(
        _l("New password"),
        validators=[DataRequired(_l("Enter a new password."))],
        description=_l(
            "At least %(number)d characters, for administrators %(more)d. A sentence is easy to remember.",
            number=PASSWORD_LENGTH_MIN,
            more=PASSWORD_LENGTHS[Role.ADMIN],
        ),
        render_kw={"autocomplete": "new-password"},
    )
    new_password_confirm = PasswordField(
        _l("New password once more"),
        validators=[
            DataRequired(_l("Enter the new password once more.")),
            EqualTo("new_password", _l("The two new passwords are not the same.")),
        ],
        render_kw={"autocomplete": "new-password"},
    )

    def is_good_for(self, person: Staff) -> bool:
        """Return whether this person may have the new password; otherwise the field says why not."""
        if fault := fault_of(self.new_password.data, person):
            self.new_password.errors = [fault]
        return not fault


class NewPasswordForm(ChosenPassword):
    template, name = "accounts/password.html", "change_password_form"
    password = PasswordField(
        _l("Present password"),
        validators=[DataRequired(_l("Enter your password."))],
        render_kw={"autocomplete": "current-password"},
    )

    def validate_new_password(self, field: Field) -> None:
        if field.data == self.password.data:
            raise ValidationError(_("This is the present password. Choose another one."))

    def validate(self, **kwargs: Any) -> bool:
        if not (super().validate(**kwargs) and self.is_good_for(current_user)):
            return False
        if self.prove(current_user.username, self.password.data) is None:
            self.password.errors = [_("The present password is wrong.")]
            return False
        self.new_password.data = normalised(self.new_password.data)
        return True


class LinkForm(ChosenPassword):
    """The password that somebody chooses with a link."""

    template, name = "accounts/link.html", "form"
    token = StringField(
        _l("Code of the link"),
        validators=[DataRequired(_l("Open the link as it stands in the mail, or paste what follows the sign #."))],
        description=_l("What follows the sign # in the link."),
        render_kw={"autocomplete": "off", "spellcheck": "false"},
    )


class ForgottenForm(LimitedForm):
    """A request for a link by mail.  Each one counts as a failure."""

    template, name = "accounts/forgotten.html", "form"
    username = SignInForm.username

    def validate(self, **kwargs: Any) -> bool:
        if not super().validate(**kwargs):
            return False
        account = f"forgotten {self.username.data.lower()}"
        if wait := limits.count_failure(account, client_network(request.environ)):
            self.refuse_for(wait)
        return True


class OneTimeForm(LimitedForm):
    """A code of the second factor, which is guessed at as seldom as a password."""

    user: Any

    def validate(self, **kwargs: Any) -> bool:
        def check(_may_wait: bool) -> bool:
            people.hold(Staff.id == self.user.id)  # each code is good once
            db.session.refresh(self.user)
            return bool(super(OneTimeForm, self).validate(**kwargs))

        if self.limited(f"code {self.user.username}", self.user, check, is_code=True):
            return True
        if self.code.data:
            self.code.errors = [_("This code is wrong, or it has been used already.")]
        return False


class CodeForm(OneTimeForm, TwoFactorVerifyCodeForm):
    template, name = "accounts/code.html", "two_factor_verify_code_form"
    code = StringField(
        _l("Code from the app"),
        filters=[lambda typed: "".join((typed or "").split())],
        validators=[DataRequired(_l("Enter the code."))],
        render_kw={"autocomplete": "one-time-code", "inputmode": "numeric", "maxlength": "12"},
    )


class RecoveryForm(OneTimeForm, MfRecoveryForm):
    template, name = "accounts/recovery.html", "mf_recovery_form"
    code = StringField(
        _l("Recovery code"),
        validators=[DataRequired(_l("Enter the code."))],
        render_kw={"autocomplete": "off", "autocapitalize": "none", "spellcheck": "false"},
    )

    def validate(self, **kwargs: Any) -> bool:
        is_proven = super().validate(**kwargs)
        if is_proven:
            acts.record("account.recovery_code_used", self.user)
        return is_proven


class RecoveryCodesForm(MfRecoveryCodesForm):
    def validate(self, **kwargs: Any) -> bool:
        if not super().validate(**kwargs):
            return False
        acts.record("account.recovery_codes_made", current_user)
        return True


class SetupForm(LimitedForm, TwoFactorSetupForm):
    """The first step to a second factor, or its end.  Whoever is signed in already proves to be the person."""

    template, name = "accounts/second_factor.html", "two_factor_setup_form"
    user: Any
    setup = HiddenField()
    password = PasswordField(_l("Present password"), render_kw={"autocomplete": "current-password"})

    def validate(self, **kwargs: Any) -> bool:
        if not super().validate(**kwargs):
            return False
        if not current_user.is_authenticated or self.prove(self.user.username, self.password.data or ""):
            return True
        self.password.errors = [_("The present password is wrong.")]
        return False
