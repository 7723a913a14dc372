"""Sign-in of staff: Flask-Security under /{lang}/staff/, and sessions that exist nowhere else."""

import re
from datetime import timedelta
from typing import Any

from flask import Flask, Request, Response, abort, request
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface, SessionMixin
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_security import RoleMixin, Security, SQLAlchemyUserDatastore, hash_password
from flask_security.forms import ChangePasswordForm, LoginForm
from flask_wtf.csrf import CSRFProtect
from wtforms import PasswordField, StringField
from wtforms.validators import DataRequired, Length

from kariu_blog.accounts import secret_key
from kariu_blog.accounts.models import Staff
from kariu_blog.catalogues import DIRECTORY
from kariu_blog.config import PASSWORD_LENGTH_MAX, PASSWORD_LENGTH_MIN
from kariu_blog.database import db
from kariu_blog.text import clean_line

STRANGERS_BYTES_MAX = 1024 * 1024
NEWSROOM_ADDRESS = re.compile(r"/[A-Za-z0-9/_-]+(\?[A-Za-z0-9=&%_-]*)?")

security = Security()
datastore = SQLAlchemyUserDatastore(db, Staff, RoleMixin)  # roles are a column of Staff, not a table
csrf = CSRFProtect()


class SignInForm(LoginForm):
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
    email = None
    remember = None

    def validate(self, **kwargs: Any) -> bool:
        self.ifield = self.username
        self.user = datastore.find_user(username=self.username.data.lower())
        if super().validate(**kwargs):
            return True
        if self.username.data and self.password.data and not self.user_authenticated and not self.csrf_token.errors:
            # One sentence for both: which names exist is nobody's business.
            self.username.errors, self.password.errors = [], []
            self.form_errors = [_("The user name or the password is wrong.")]
        return False


class NewPasswordForm(ChangePasswordForm):
    password = PasswordField(_l("Present password"), render_kw={"autocomplete": "current-password"})
    new_password = PasswordField(
        _l("New password"),
        validators=[
            DataRequired(_l("Enter a new password.")),
            Length(max=PASSWORD_LENGTH_MAX, message=_l("At most %(number)d characters.", number=PASSWORD_LENGTH_MAX)),
        ],
        description=_l("At least %(number)d characters.", number=PASSWORD_LENGTH_MIN),
        render_kw={"autocomplete": "new-password"},
    )
    new_password_confirm = PasswordField(
        _l("New password once more"),
        validators=[DataRequired(_l("Enter the new password once more."))],
        render_kw={"autocomplete": "new-password"},
    )


class StaffSessions(SecureCookieSessionInterface):
    """Sessions for the newsroom's addresses alone.

    Everywhere else a request gets an empty session and its response neither a cookie nor a
    ``Vary: Cookie``, whatever an extension looks up in it.
    """

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        session = super().open_session(app, request) if _is_staff(request.path) else self.session_class()
        if session is not None and "_user_id" not in session:
            request.max_content_length = STRANGERS_BYTES_MAX
        return session

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        if _is_staff(request.path):
            super().save_session(app, session, response)


def init_app(app: Flask) -> None:
    secret_key.init_app(app)
    app.config.update(
        SECURITY_URL_PREFIX="/<language:lang>/staff",
        SECURITY_PASSWORD_HASH="argon2",  # noqa: S106  # the name of an algorithm
        SECURITY_PASSWORD_SCHEMES=["argon2"],
        SECURITY_PASSWORD_LENGTH_MIN=PASSWORD_LENGTH_MIN,
        SECURITY_PASSWORD_SALT=app.config["SECRET_KEY"],
        SECURITY_USER_IDENTITY_ATTRIBUTES=[],
        SECURITY_CHANGEABLE=True,
        SECURITY_CHANGE_URL="/password",
        SECURITY_SEND_PASSWORD_CHANGE_EMAIL=False,
        SECURITY_FRESHNESS=timedelta(seconds=-1),  # no second sign-in for the same session
        SECURITY_LOGIN_USER_TEMPLATE="accounts/login.html",
        SECURITY_CHANGE_PASSWORD_TEMPLATE="accounts/password.html",  # noqa: S106  # a template
        SECURITY_POST_LOGIN_VIEW="newsroom.posts",
        SECURITY_POST_LOGOUT_VIEW="security.login",
        SECURITY_I18N_DIRNAME=["builtin", str(DIRECTORY)],
        SECURITY_STATIC_FOLDER=None,
        SECURITY_CLI_USERS_NAME=None,
        SECURITY_CLI_ROLES_NAME=None,
    )
    app.session_interface = StaffSessions()
    app.before_request(_refuse_strange_goals)
    csrf.init_app(app)
    security.init_app(app, datastore, login_form=SignInForm, change_password_form=NewPasswordForm)
    security.principal.identity_loaders.clear()  # it would look for staff at each page of readers; nobody asks it


def hashed(password: str) -> str:
    """A password as it is kept, spelled as the sign-in form will spell what is typed."""
    return str(hash_password(security.password_util.normalize(password)))


def _refuse_strange_goals() -> None:
    """After the sign-in people go on to the newsroom and nowhere else."""
    if request.endpoint != "security.login":
        return
    goal = request.values.get("next", "")
    if goal and not (_is_staff(goal) and NEWSROOM_ADDRESS.fullmatch(goal)):
        abort(400)


def _is_staff(path: str) -> bool:
    return path.split("/")[2:3] == ["staff"]
