"""Sign-in of staff: Flask-Security under /{lang}/staff/, closed to scripts and to guessing."""

import re
from datetime import timedelta
from typing import Any, NoReturn

from flask import Flask, abort, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from flask_security import RoleMixin, Security, SQLAlchemyUserDatastore, current_user
from flask_security.forms import Form
from flask_wtf.csrf import CSRFProtect
from sqlalchemy import select
from wtforms import Field, PasswordField, StringField
from wtforms.validators import DataRequired, EqualTo, Length, ValidationError

from kariu_blog.accounts import limits, secret_key, sessions
from kariu_blog.accounts.models import Staff
from kariu_blog.accounts.passwords import ARGON2, BusyError, is_easily_guessed, is_right, normalised
from kariu_blog.catalogues import DIRECTORY
from kariu_blog.config import PASSWORD_LENGTH_MAX, PASSWORD_LENGTH_MIN
from kariu_blog.database import db
from kariu_blog.security import client_network
from kariu_blog.text import clean_line

NEWSROOM_ADDRESS = re.compile(r"/[A-Za-z0-9/_-]+(\?[A-Za-z0-9=&%_-]*)?")
BUSY_SECONDS = 5

security = Security()
datastore = SQLAlchemyUserDatastore(db, Staff, RoleMixin)  # roles are a column of Staff, not a table
csrf = CSRFProtect()


class PasswordProofForm(Form):
    """A form that asks for somebody's password."""

    template: str
    name: str
    """By which the template knows the form."""

    def prove(self, account: str, password: str) -> Staff | None:
        """Return the person whose password this is.

        Answers 429 or 503 by the same form when the password is not to be checked now.
        """
        network = client_network(request.environ)
        wait = limits.count_failure(account, network)
        person = db.session.scalar(select(Staff).where(Staff.username == account))
        if wait and not (person and sessions.is_known(person, network)):
            self._refuse_for(wait)
        try:
            is_proven = is_right(person, password, may_wait=not wait)
        except BusyError:
            self._refuse_as_busy(account, network, is_counted=not wait)
        if wait and not is_proven:
            self._refuse_for(wait)
        if is_proven and not wait:
            limits.take_back(account, network)
        return person if is_proven else None

    def _refuse_as_busy(self, account: str, network: str, is_counted: bool) -> NoReturn:
        if is_counted:
            limits.take_back(account, network)
            db.session.commit()
        self._refuse(503, BUSY_SECONDS, _("The site is busy. Please try again in a few seconds."))

    def _refuse_for(self, seconds: int) -> NoReturn:
        minutes = -(-seconds // 60)
        sentence = ngettext(
            "Too many failed attempts. Please try again in %(num)d minute.",
            "Too many failed attempts. Please try again in %(num)d minutes.",
            minutes,
        )
        self._refuse(429, seconds, sentence)

    def _refuse(self, status: int, seconds: int, sentence: str) -> NoReturn:
        self.form_errors = [sentence]
        page = render_template(self.template, **{self.name: self})
        abort(make_response(page, status, {"Retry-After": str(seconds)}))


class SignInForm(PasswordProofForm):
    template, name = "accounts/login.html", "login_user_form"
    user: Staff | None = None
    requires_confirmation = False
    username = StringField(
        _l("User name"),
        filters=[lambda typed: clean_line(typed or "")],
        validators=[DataRequired(_l("Enter your user name."))],
        render_kw={"autocomplete": "username", "autocapitalize": "none", "spellcheck": "false"},
    )
    password = PasswordField(
        _l("Password"),
        validators=[DataRequired(_l("Enter your password."))],
        render_kw={"autocomplete": "current-password"},
    )

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
        self.user = person
        return True


class NewPasswordForm(PasswordProofForm):
    template, name = "accounts/password.html", "change_password_form"
    password = PasswordField(
        _l("Present password"),
        validators=[DataRequired(_l("Enter your password."))],
        render_kw={"autocomplete": "current-password"},
    )
    new_password = PasswordField(
        _l("New password"),
        validators=[
            DataRequired(_l("Enter a new password.")),
            Length(min=PASSWORD_LENGTH_MIN, message=_l("At least %(number)d characters.", number=PASSWORD_LENGTH_MIN)),
            Length(max=PASSWORD_LENGTH_MAX, message=_l("At most %(number)d characters.", number=PASSWORD_LENGTH_MAX)),
        ],
        description=_l("At least %(number)d characters.", number=PASSWORD_LENGTH_MIN),
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

    def validate_new_password(self, field: Field) -> None:
        if is_easily_guessed(field.data, current_user.username):
            raise ValidationError(
                _(
                    "This password is easy to guess: it is common, or made of your name or the site's."
                    " Choose another one, such as four words that have nothing to do with each other."
                )
            )

    def validate(self, **kwargs: Any) -> bool:
        if not super().validate(**kwargs):
            return False
        if self.prove(current_user.username, self.password.data) is None:
            self.password.errors = [_("The present password is wrong.")]
            return False
        self.new_password.data = normalised(self.new_password.data)
        return True


def init_app(app: Flask) -> None:
    secret_key.init_app(app)
    app.config.setdefault("SECURITY_PASSWORD_HASH_PASSLIB_OPTIONS", ARGON2)
    app.config.update(
        SECURITY_URL_PREFIX="/<language:lang>/staff",
        SECURITY_PASSWORD_SCHEMES=["argon2"],
        SECURITY_PASSWORD_SINGLE_HASH=True,
        SECURITY_API_ENABLED_METHODS=["session"],
        SECURITY_CACHE_CONTROL={"private": None, "no-store": None},  # True would be written as a value
        SECURITY_USER_IDENTITY_ATTRIBUTES=[],
        SECURITY_CHANGEABLE=True,
        SECURITY_CHANGE_URL="/password",
        SECURITY_SEND_PASSWORD_CHANGE_EMAIL=False,
        SECURITY_FRESHNESS=timedelta(seconds=-1),  # no second sign-in for the same session
        SECURITY_LOGIN_USER_TEMPLATE=SignInForm.template,
        SECURITY_CHANGE_PASSWORD_TEMPLATE=NewPasswordForm.template,
        SECURITY_POST_LOGIN_VIEW="newsroom.posts",
        SECURITY_POST_LOGOUT_VIEW="security.login",
        SECURITY_I18N_DIRNAME=["builtin", str(DIRECTORY)],
        SECURITY_STATIC_FOLDER=None,
        SECURITY_CLI_USERS_NAME=None,
        SECURITY_CLI_ROLES_NAME=None,
    )
    app.before_request(_refuse_scripts_and_strange_goals)
    csrf.init_app(app)
    security.want_json(lambda _request: False)  # its JSON answers hand out tokens
    security.unauthn_handler(_lead_to_sign_in)
    security.init_app(app, datastore, login_form=SignInForm, change_password_form=NewPasswordForm)
    security.principal.identity_loaders.clear()  # it would look for staff at each page of readers; nobody asks it
    sessions.init_app(app, security.login_manager)


def _refuse_scripts_and_strange_goals() -> None:
    """Account pages take no JSON; after the sign-in people go on to the newsroom and nowhere else."""
    if request.blueprint == "security" and request.is_json:
        abort(415)
    if request.endpoint == "security.login" and (goal := request.values.get("next", "")) and not _is_newsroom(goal):
        abort(400)


def _lead_to_sign_in(*_mechanisms: Any, **_headers: Any) -> ResponseValue:
    wanted = request.full_path.rstrip("?")
    return redirect(url_for("security.login", next=wanted if _is_newsroom(wanted) else request.path))


def _is_newsroom(address: str) -> bool:
    return sessions.is_staff(address) and NEWSROOM_ADDRESS.fullmatch(address) is not None
