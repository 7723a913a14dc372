"""How long a sign-in lasts, and what ends it."""

from datetime import datetime, timedelta

import pytest
from flask import Flask
from flask.sessions import SecureCookieSessionInterface
from flask_migrate import downgrade, upgrade
from itsdangerous import URLSafeTimedSerializer
from sqlalchemy import func, select

from kariu_blog.accounts.models import Role, Staff, StaffSession
from kariu_blog.database import db, now
from tests.support.browsing import Browser
from tests.support.cast import PASSWORD
from tests.support.statements import statements

SIGN_OUT = "Sign out editor"


def copy_of(browser: Browser) -> Browser:
    """Somebody else with the cookie that the browser has at this moment."""
    cookie = browser.client.get_cookie("__Host-session")
    assert cookie is not None
    return with_cookie(browser.client.application, cookie.value)


def with_cookie(app: Flask, value: str) -> Browser:
    other = Browser(app)
    other.client.set_cookie("__Host-session", value)
    return other


def is_signed_in(browser: Browser) -> bool:
    return browser.raw("/en/staff/").status_code == 200


def age(app: Flask, **moved: timedelta) -> None:
    """Move times of every session back."""
    with app.app_context():
        for held in db.session.scalars(select(StaffSession)):
            for name, by in moved.items():
                setattr(held, name, getattr(held, name) - by)
        db.session.commit()


def test_a_cookie_that_somebody_copied_ends_with_the_sign_out(editor: Browser) -> None:
    thief = copy_of(editor)
    assert is_signed_in(thief)
    editor.submit(editor.get("/en/staff/"), SIGN_OUT)
    assert not is_signed_in(thief)
    assert not is_signed_in(editor)


def test_signing_out_on_one_device_leaves_the_other(app: Flask, editor: Browser) -> None:
    phone = Browser(app)
    phone.sign_in("editor")
    editor.submit(editor.get("/en/staff/"), SIGN_OUT)
    assert is_signed_in(phone)


def test_a_new_password_ends_all_sessions_but_the_one_that_chose_it(app: Flask, editor: Browser) -> None:
    phone, thief = Browser(app), copy_of(editor)
    phone.sign_in("editor")
    new = {"password": PASSWORD, "new_password": "a better one", "new_password_confirm": "a better one"}
    editor.submit(editor.get("/en/staff/password"), "Change password", new)
    assert is_signed_in(editor)
    assert not is_signed_in(phone)
    assert not is_signed_in(thief)
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(StaffSession)) == 1


def test_who_is_disabled_and_enabled_again_signs_in_anew(app: Flask, editor: Browser) -> None:
    flask = app.test_cli_runner()
    flask.invoke(args=["staff", "disable", "editor"])
    assert not is_signed_in(editor)
    flask.invoke(args=["staff", "enable", "editor"])
    assert not is_signed_in(editor)
    assert SIGN_OUT in editor.sign_in("editor").text()


def test_another_role_ends_the_sessions_of_its_person_alone(app: Flask, editor: Browser, author: Browser) -> None:
    with app.app_context():
        db.session.query(Staff).filter_by(username="editor").one().role = Role.AUTHOR
        db.session.commit()
    assert not is_signed_in(editor)
    assert is_signed_in(author)


def test_a_session_that_nobody_uses_ends_after_two_weeks(app: Flask, editor: Browser) -> None:
    age(app, seen_at=timedelta(days=13), expires_at=timedelta(days=13))
    assert is_signed_in(editor)
    age(app, seen_at=timedelta(days=13), expires_at=timedelta(days=13))
    assert is_signed_in(editor)
    age(app, seen_at=timedelta(days=14), expires_at=timedelta(days=14))
    assert not is_signed_in(editor)


def test_when_somebody_was_seen_is_written_once_an_hour(app: Flask, editor: Browser) -> None:
    def seen_at() -> datetime | None:
        with app.app_context():
            return db.session.scalar(select(StaffSession.seen_at))

    first = seen_at()
    with statements(app) as executed:
        assert "Set-Cookie" not in editor.raw("/en/staff/").headers
    assert not [statement for statement in executed if not statement.startswith("SELECT")]
    assert seen_at() == first
    age(app, seen_at=timedelta(hours=2))
    assert "session=" in editor.raw("/en/staff/").headers["Set-Cookie"]
    seen = seen_at()
    assert seen is not None
    assert now() - seen < timedelta(minutes=5)


def test_sessions_are_forgotten_after_a_quarter_of_a_year(app: Flask) -> None:
    Browser(app).sign_in("editor")
    age(app, seen_at=timedelta(days=91))
    Browser(app).sign_in("author")
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(StaffSession)) == 1


def test_the_database_holds_nothing_that_a_cookie_could_be_made_of(app: Flask, editor: Browser) -> None:
    cookie = editor.client.get_cookie("__Host-session")
    assert cookie is not None
    token = signer(app).loads(cookie.value)["_user_id"]
    with app.app_context():
        person = db.session.query(Staff).filter_by(username="editor").one()
        digest = person.sessions[0].token_digest
        assert token not in (digest, person.fs_uniquifier)
        uniquifier = person.fs_uniquifier
    for known in (digest, uniquifier):
        assert not is_signed_in(with_cookie(app, signer(app).dumps({"_user_id": known, "_fresh": True})))


def test_whoever_is_signed_in_during_the_upgrade_stays_so(app: Flask) -> None:
    with app.app_context():
        downgrade(revision="0008")
        uniquifier = db.session.scalar(select(Staff.fs_uniquifier).where(Staff.username == "editor"))
        db.session.remove()
        upgrade()
    browser = with_cookie(app, signer(app).dumps({"_user_id": uniquifier, "_fresh": True}))
    page = browser.get("/en/staff/")
    assert SIGN_OUT in page.text()
    thief = copy_of(browser)
    browser.submit(page, SIGN_OUT)
    assert not is_signed_in(thief)


@pytest.mark.parametrize("path", ["/en/", "/en/search?q=x", "/en/low-vision"])
def test_pages_of_readers_ask_for_no_session(app: Flask, editor: Browser, path: str) -> None:
    with statements(app) as executed:
        assert "Set-Cookie" not in editor.raw(path).headers
    assert not [statement for statement in executed if "staff_session" in statement]


def signer(app: Flask) -> URLSafeTimedSerializer:
    made = SecureCookieSessionInterface().get_signing_serializer(app)
    assert made is not None
    return made
