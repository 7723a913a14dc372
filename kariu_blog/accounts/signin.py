"""Sign-in of staff: Flask-Security under /{lang}/staff/, closed to scripts and to guessing."""

import re
from datetime import timedelta
from typing import Any

from flask import Flask, abort, redirect, request, session, url_for
from flask.typing import ResponseValue
from flask_security import (
    RoleMixin,
    Security,
    SQLAlchemyUserDatastore,
    password_changed,
    tf_code_confirmed,
    tf_disabled,
    tf_profile_changed,
)
from flask_wtf.csrf import CSRFProtect

from kariu_blog.accounts import acts, secret_key, sessions
from kariu_blog.accounts.codes import Codes, RecoveryCodes
from kariu_blog.accounts.forms import (
    CodeForm,
    NewPasswordForm,
    RecoveryCodesForm,
    RecoveryForm,
    SetupForm,
    SignInForm,
)
from kariu_blog.accounts.limits import digest
from kariu_blog.accounts.models import Staff
from kariu_blog.accounts.passwords import ARGON2
from kariu_blog.catalogues import DIRECTORY
from kariu_blog.database import db

NEWSROOM_ADDRESS = re.compile(r"/[A-Za-z0-9/_-]+(\?[A-Za-z0-9=&%_-]*)?")
UNUSED = {"security.two_factor_rescue", "security.two_factor_setup_validate", "security.tf_select"}
"""Endpoints of Flask-Security for what this site does not offer."""
SETTINGS = {
    "SECURITY_URL_PREFIX": "/<language:lang>/staff",
    "SECURITY_PASSWORD_SCHEMES": ["argon2"],
    "SECURITY_PASSWORD_SINGLE_HASH": True,
    "SECURITY_API_ENABLED_METHODS": ["session"],
    "SECURITY_CACHE_CONTROL": {"private": None, "no-store": None},  # True would be written as a value
    "SECURITY_USER_IDENTITY_ATTRIBUTES": [],
    "SECURITY_CHANGEABLE": True,
    "SECURITY_CHANGE_URL": "/password",
    "SECURITY_SEND_PASSWORD_CHANGE_EMAIL": False,
    "SECURITY_FRESHNESS": timedelta(seconds=-1),  # no second sign-in for the same session
    "SECURITY_LOGIN_USER_TEMPLATE": SignInForm.template,
    "SECURITY_CHANGE_PASSWORD_TEMPLATE": NewPasswordForm.template,
    "SECURITY_POST_CHANGE_VIEW": "newsroom.account",
    "SECURITY_POST_LOGIN_VIEW": "newsroom.posts",
    "SECURITY_POST_LOGOUT_VIEW": "security.login",
    "SECURITY_TWO_FACTOR": True,
    "SECURITY_TWO_FACTOR_ENABLED_METHODS": ["authenticator"],
    "SECURITY_TWO_FACTOR_AUTHENTICATOR_VALIDITY": 30,
    "SECURITY_TWO_FACTOR_RESCUE_EMAIL": False,
    "SECURITY_TWO_FACTOR_SETUP_URL": "/second-factor",
    "SECURITY_TWO_FACTOR_TOKEN_VALIDATION_URL": "/code",
    "SECURITY_TWO_FACTOR_SETUP_TEMPLATE": SetupForm.template,
    "SECURITY_TWO_FACTOR_VERIFY_CODE_TEMPLATE": CodeForm.template,
    "SECURITY_TWO_FACTOR_POST_SETUP_VIEW": "newsroom.account",
    "SECURITY_MULTI_FACTOR_RECOVERY_CODES": True,
    "SECURITY_MULTI_FACTOR_RECOVERY_CODES_URL": "/recovery-codes",
    "SECURITY_MULTI_FACTOR_RECOVERY_CODES_TEMPLATE": "accounts/recovery_codes.html",
    "SECURITY_MULTI_FACTOR_RECOVERY_URL": "/recovery-code",
    "SECURITY_MULTI_FACTOR_RECOVERY_TEMPLATE": RecoveryForm.template,
    "SECURITY_TOTP_ISSUER": "KarIU Blog",
    "SECURITY_I18N_DIRNAME": ["builtin", str(DIRECTORY)],
    "SECURITY_STATIC_FOLDER": None,
    "SECURITY_CLI_USERS_NAME": None,
    "SECURITY_CLI_ROLES_NAME": None,
}
"""Settings of Flask-Security."""

security = Security(totp_cls=Codes, mf_recovery_codes_util_cls=RecoveryCodes)
datastore = SQLAlchemyUserDatastore(db, Staff, RoleMixin)  # roles are a column of Staff, not a table
csrf = CSRFProtect()


def init_app(app: Flask) -> None:
    secret_key.init_app(app)
    app.config.setdefault("SECURITY_PASSWORD_HASH_PASSLIB_OPTIONS", ARGON2)
    app.config.update(SETTINGS)
    with app.app_context():  # the tag tells under which key a secret was encrypted
        app.config["SECURITY_TOTP_SECRETS"] = {digest("tag")[:12]: digest("second factor")}
    app.before_request(_refuse_scripts_and_strange_goals)
    csrf.init_app(app)
    security.want_json(lambda _request: False)  # its JSON answers hand out tokens
    security.unauthn_handler(_lead_to_sign_in)
    security.init_app(
        app,
        datastore,
        login_form=SignInForm,
        change_password_form=NewPasswordForm,
        two_factor_setup_form=SetupForm,
        two_factor_verify_code_form=CodeForm,
        mf_recovery_form=RecoveryForm,
        mf_recovery_codes_form=RecoveryCodesForm,
    )
    security.principal.identity_loaders.clear()  # it would look for staff at each page of readers; nobody asks it
    sessions.init_app(app, security.login_manager)
    password_changed.connect(_own_password, app)
    tf_code_confirmed.connect(_second_factor_confirmed, app)
    tf_profile_changed.connect(_second_factor_changed, app)
    tf_disabled.connect(_second_factor_removed, app)


def _refuse_scripts_and_strange_goals() -> ResponseValue | None:
    """Account pages take no JSON; after the sign-in people go on to the newsroom and nowhere else."""
    if request.endpoint in UNUSED:
        abort(404)
    if request.blueprint == "security" and request.is_json:
        abort(415)
    if request.blueprint == "security" and (goal := request.values.get("next", "")) and not _is_newsroom(goal):
        abort(400)
    is_code = request.endpoint == "security.two_factor_token_validation"
    if is_code and "_user_id" in session and "tf_totp_secret" not in session:  # Flask-Security would sign them out
        csrf.protect()
        return redirect(url_for("newsroom.account"))
    return None


def _lead_to_sign_in(*_mechanisms: Any, **_headers: Any) -> ResponseValue:
    wanted = request.full_path.rstrip("?")
    return redirect(url_for("security.login", next=wanted if _is_newsroom(wanted) else request.path))


def _is_newsroom(address: str) -> bool:
    return sessions.is_staff(address) and NEWSROOM_ADDRESS.fullmatch(address) is not None


def _own_password(_app: Flask, user: Staff, **_more: Any) -> None:
    user.must_change_password = False
    acts.record("account.password_changed", user)


def _second_factor_confirmed(_app: Flask, user: Staff, **_more: Any) -> None:
    if session.get("tf_state") == "validating_profile":
        _second_factor_changed(_app, user)


def _second_factor_changed(_app: Flask, user: Staff, **_more: Any) -> None:
    acts.record("account.second_factor_set_up", user)


def _second_factor_removed(_app: Flask, user: Staff, **_more: Any) -> None:
    user.remove_second_factor()
    acts.record("account.second_factor_removed", user, user.username)
