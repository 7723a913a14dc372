"""Signing in and out, passwords, and what a stranger cannot do."""

import pytest
from flask import Flask

from kariu_blog.accounts.models import Staff
from kariu_blog.database import db
from tests.support.browsing import Browser
from tests.support.cast import PASSWORD


@pytest.mark.parametrize(
    ("language", "signed_in"), [("kk", "Шығу editor"), ("ru", "Выйти editor"), ("en", "Sign out editor")]
)
def test_sign_in_and_out_in_three_languages(browse: Browser, language: str, signed_in: str) -> None:
    page = browse.sign_in("editor", language=language)
    assert page.path == f"/{language}/staff/"
    assert signed_in in page.text()
    page = browse.submit(page, signed_in)
    assert page.path.startswith(f"/{language}/staff/login")
    assert browse.raw(f"/{language}/staff/").status_code == 302


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("kk", "Пайдаланушы аты немесе құпиясөз қате."),
        ("ru", "Неверное имя пользователя или пароль."),
        ("en", "The user name or the password is wrong."),
    ],
)
def test_a_wrong_name_and_a_wrong_password_look_the_same(browse: Browser, language: str, sentence: str) -> None:
    for name, password in (("editor", "wrong password"), ("nobody", PASSWORD)):
        page = browse.sign_in(name, password, language)
        assert page.text().count(sentence) == 1
        assert page.one("input", name="username").get("value") == name


@pytest.mark.parametrize(
    ("language", "sentences"),
    [
        ("kk", ("Пайдаланушы атын енгізіңіз.", "Құпиясөзді енгізіңіз.")),
        ("ru", ("Введите имя пользователя.", "Введите пароль.")),
        ("en", ("Enter your user name.", "Enter your password.")),
    ],
)
def test_empty_fields_are_named(browse: Browser, language: str, sentences: tuple[str, str]) -> None:
    page = browse.sign_in("", "", language)
    for sentence in sentences:
        assert sentence in page.text()


@pytest.mark.parametrize("name", ["a\x00b", "😀" * 300, "' OR 1=1 --", "x" * 60_000])
def test_strange_names_are_only_wrong(browse: Browser, name: str) -> None:
    page = browse.get("/en/staff/login")
    data = {**page.fields(page.form("Sign in")[0]), "username": name, "password": "x"}
    answer = browse.client.post("/en/staff/login", data=data)
    assert answer.status_code == 200
    assert "The user name or the password is wrong." in answer.get_data(as_text=True)


def test_strangers_may_not_send_megabytes(browse: Browser) -> None:
    for path, status in (("/en/staff/login", 413), ("/en/low-vision", 413), ("/en/staff/posts/new", 401)):
        assert browse.client.post(path, data={"username": "x" * 2_000_000}).status_code == status


def test_names_are_the_same_in_capitals(browse: Browser) -> None:
    assert "Sign out editor" in browse.sign_in(" EDITOR ").text()


def test_a_disabled_person_neither_signs_in_nor_stays(app: Flask, browse: Browser) -> None:
    browse.sign_in("editor")
    with app.app_context():
        db.session.query(Staff).filter_by(username="editor").one().active = False
        db.session.commit()
    assert browse.raw("/en/staff/").status_code == 302
    assert "This account is closed." in Browser(app).sign_in("editor").text()


@pytest.mark.parametrize(
    "goal", ["//evil.example/", "https://evil.example/", "/\\evil.example", "javascript:alert(1)", "//[x", "/kk/", "x"]
)
def test_signing_in_leads_nowhere_but_into_the_newsroom(browse: Browser, goal: str) -> None:
    page = browse.get("/en/staff/login")
    data = {**page.fields(page.form("Sign in")[0]), "username": "editor", "password": PASSWORD}
    assert browse.client.post("/en/staff/login", query_string={"next": goal}, data=data).status_code == 400
    assert browse.client.post("/en/staff/login", data={**data, "next": goal}).status_code == 400
    assert browse.raw(f"/en/staff/login?next={goal}").status_code == 400


def test_signing_in_leads_on_to_the_page_that_was_wanted(browse: Browser) -> None:
    page = browse.get("/ru/staff/posts/new")
    assert page.path.startswith("/ru/staff/login")
    page = browse.submit(page, "Войти", {"username": "author", "password": PASSWORD})
    assert page.path == "/ru/staff/posts/new"


@pytest.mark.parametrize(
    ("wanted", "found"), [("?state=draft", "?state=draft"), ("?q=a+b", ""), ("?q=//x.example", "")]
)
def test_signing_in_leads_on_to_a_list_that_was_wanted(browse: Browser, wanted: str, found: str) -> None:
    page = browse.get(f"/en/staff/{wanted}")
    assert page.text(page.one("h1")) == "Sign in to the newsroom"
    assert not page.all("p", role="status")
    page = browse.submit(page, "Sign in", {"username": "author", "password": PASSWORD})
    assert page.path == f"/en/staff/{found}"


def test_strangers_are_asked_to_sign_in_everywhere_in_the_newsroom(app: Flask, browse: Browser) -> None:
    for rule in app.url_map.iter_rules():
        if rule.endpoint.startswith("newsroom.") and "GET" in (rule.methods or ()):
            values = {"lang": "en", "post_id": 1, "text_language": "en", "revision_id": 1, "picture_id": 1}
            values |= {"file_id": 1, "version_id": 1, "key": "0" * 20}
            values |= {"staff_id": 1, "year": 2021}
            values |= {"kind": "categories", "item_id": 1}
            address = app.url_map.bind("localhost").build(rule.endpoint, {n: values[n] for n in rule.arguments})
            answer = browse.raw(address)
            if address.endswith(".json"):
                assert answer.status_code == 401, address
                continue
            assert answer.status_code == 302, address
            assert answer.location.startswith("/en/staff/login")


def test_the_session_cookie_is_for_the_newsroom_and_out_of_scripts_reach(browse: Browser) -> None:
    answer = browse.raw("/en/staff/login")
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie
    assert "Secure" in cookie
    assert "no-store" in answer.headers["Cache-Control"]
    browse.sign_in("editor")
    assert "no-store" in browse.raw("/en/staff/").headers["Cache-Control"]
    assert "Set-Cookie" not in browse.raw("/en/").headers


@pytest.mark.parametrize(
    ("language", "button", "done"),
    [
        ("kk", "Құпиясөзді өзгерту", "Құпиясөзіңіз өзгертілді."),
        ("ru", "Сменить пароль", "свой пароль."),
        ("en", "Change password", "You successfully changed your password."),
    ],
)
def test_staff_change_their_password(app: Flask, browse: Browser, language: str, button: str, done: str) -> None:
    other_device = Browser(app)
    other_device.sign_in("editor")
    browse.sign_in("editor", language=language)
    page = browse.get(f"/{language}/staff/password")
    short = {"password": PASSWORD, "new_password": "eleven char", "new_password_confirm": "eleven char"}
    page = browse.submit(page, button, short)
    assert "12" in page.text(page.one("p", class_="error"))
    page = browse.submit(page, button, {**short, "password": "wrong one"})
    page = browse.submit(page, button, {**short, "new_password_confirm": "different"})
    new = {"password": PASSWORD, "new_password": "a better one", "new_password_confirm": "a better one"}
    page = browse.submit(page, button, new)
    assert done in page.text()
    assert other_device.raw("/en/staff/").status_code == 302
    assert "Sign out editor" in Browser(app).sign_in("editor", "a better one").text()


def test_passwords_are_stored_as_argon2(app: Flask) -> None:
    with app.app_context():
        assert db.session.query(Staff).filter_by(username="admin").one().password.startswith("$argon2")
