"""Guessing passwords: how often it may fail, what is said then, and what goes on working."""

import re
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskCliRunner
from sqlalchemy import func, select, update
from werkzeug.test import TestResponse

from kariu_blog import create_app
from kariu_blog.accounts.models import SignInFailures, Staff, StaffSession
from kariu_blog.database import db, now
from kariu_blog.security import client_network
from tests.support.browsing import Browser, Page, check
from tests.support.cast import PASSWORD, SITE

HOME, OFFICE, ELSEWHERE = "203.0.113.7", "198.51.100.20", "192.0.2.99"
WAIT = {
    "kk": "Сәтсіз әрекет тым көп болды. 1 минуттан кейін қайталап көріңіз.",
    "ru": "Слишком много неудачных попыток. Попробуйте ещё раз через 1 минуту.",
    "en": "Too many failed attempts. Please try again in 1 minute.",
}
EASY = {"kk": "Бұл құпиясөзді табу оңай", "ru": "Этот пароль легко угадать", "en": "This password is easy to guess"}
CHANGE = {"kk": "Құпиясөзді өзгерту", "ru": "Сменить пароль", "en": "Change password"}


def at(app: Flask, address: str) -> Browser:
    browser = Browser(app)
    browser.client.environ_base["REMOTE_ADDR"] = address
    return browser


def another(app: Flask, **settings: int) -> Flask:
    """Another start of the same site."""
    same = {name: app.config[name] for name in ("SQLALCHEMY_DATABASE_URI", "SECRET_KEY")}
    return create_app({**same, "INSTANCE": app.instance_path, "SITE_URL": SITE, **settings})


def attempt(
    browser: Browser, name: str = "editor", password: str = "a wrong one", language: str = "en", **headers: str
) -> TestResponse:
    path = f"/{language}/staff/login"
    while (answer := browser.raw(path)).status_code == 503:
        pass  # as many pages as may wait to be made
    page = Page(answer, path)
    fields = {"csrf_token": page.one("input", name="csrf_token").get("value"), "username": name, "password": password}
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return browser.client.post(page.path, data=fields, headers=named)


def attempts(browser: Browser, times: int, **how: str) -> list[int]:
    return [attempt(browser, **how).status_code for _ in range(times)]


def let_time_pass(app: Flask) -> None:
    with app.app_context():
        db.session.execute(update(SignInFailures).values(expires_at=now() - timedelta(seconds=1)))
        db.session.commit()


@pytest.mark.parametrize("language", ["kk", "ru", "en"])
def test_after_five_failures_in_a_minute_one_has_to_wait(app: Flask, language: str) -> None:
    stranger = at(app, ELSEWHERE)
    assert attempts(stranger, 5, language=language) == [200] * 5
    for password in ("a wrong one", PASSWORD):
        refused = attempt(stranger, "Editor", password, language)
        page = Page(refused, f"/{language}/staff/login")
        check(page)
        assert refused.status_code == 429
        assert 0 < int(refused.headers["Retry-After"]) <= 60
        assert "no-store" in refused.headers["Cache-Control"]
        assert page.text(page.one("p", role="alert")) == WAIT[language]
        assert page.one("input", name="username").get("value") == "Editor"
        assert not page.one("input", name="password").get("value")
    let_time_pass(app)
    assert attempt(stranger, "editor", PASSWORD, language).status_code == 302


def test_a_right_password_from_a_known_address_always_passes(app: Flask) -> None:
    at(app, OFFICE).sign_in("editor")
    assert attempts(at(app, OFFICE), 12) == [200] * 5 + [429] * 7
    assert attempt(at(app, ELSEWHERE)).status_code == 200
    assert attempt(at(app, OFFICE), password=PASSWORD).status_code == 302
    assert attempt(at(app, OFFICE), "author", PASSWORD).status_code == 302


def test_a_known_address_is_known_for_its_person_alone_and_not_for_ever(app: Flask) -> None:
    at(app, OFFICE).sign_in("author")
    attempts(at(app, OFFICE), 5)
    assert attempt(at(app, OFFICE), password=PASSWORD).status_code == 429
    let_time_pass(app)
    at(app, OFFICE).sign_in("editor")
    attempts(at(app, OFFICE), 5)
    with app.app_context():
        db.session.execute(update(StaffSession).values(seen_at=now() - timedelta(days=91)))
        db.session.commit()
    assert attempt(at(app, OFFICE), password=PASSWORD).status_code == 429


def test_of_many_sign_ins_of_a_person_the_last_hundred_are_remembered(app: Flask) -> None:
    at(app, HOME).sign_in("editor")
    with app.app_context():
        person = db.session.query(Staff).filter_by(username="editor").one()
        for number in range(99):
            token = f"{number:064}"
            person.sessions.append(StaffSession(token_digest=token, network_digest=token, expires_at=now()))
        db.session.commit()
    at(app, OFFICE).sign_in("editor")
    with app.app_context():
        assert db.session.scalar(select(func.count()).select_from(StaffSession)) == 100
    for address, status in ((OFFICE, 302), (HOME, 429)):
        attempts(at(app, address), 5)
        assert attempt(at(app, address), password=PASSWORD).status_code == status


def test_who_was_given_a_new_password_has_no_known_address(app: Flask) -> None:
    at(app, OFFICE).sign_in("editor")
    app.test_cli_runner().invoke(args=["staff", "reset-password", "editor", "--password-stdin"], input="second choice")
    attempts(at(app, OFFICE), 5)
    assert attempt(at(app, OFFICE), password="second choice").status_code == 429


def test_names_that_nobody_has_are_counted_like_others(app: Flask) -> None:
    assert attempts(at(app, ELSEWHERE), 6, name="nobody") == [200] * 5 + [429]
    assert attempts(at(app, HOME), 1, name="nobody") == [200]


def test_an_address_fails_twenty_times_a_minute_whatever_the_names(app: Flask) -> None:
    statuses = [attempt(at(app, ELSEWHERE), f"name{number}").status_code for number in range(22)]
    assert statuses == [200] * 20 + [429] * 2
    assert attempt(at(app, ELSEWHERE), password=PASSWORD).status_code == 429
    assert attempt(at(app, HOME), password=PASSWORD).status_code == 302


@pytest.mark.slow
def test_an_account_is_guessed_at_a_hundred_times_an_hour_from_however_many_addresses(app: Flask) -> None:
    at(app, OFFICE).sign_in("editor")
    for number in range(25):
        assert attempts(at(app, f"203.0.113.{number}"), 4) == [200] * 4
    refused = attempt(at(app, ELSEWHERE), password=PASSWORD)
    assert refused.status_code == 429
    assert 3000 < int(refused.headers["Retry-After"]) <= 3600
    assert "minutes." in refused.get_data(as_text=True)
    assert attempt(at(app, OFFICE), password=PASSWORD).status_code == 302
    assert attempt(at(app, ELSEWHERE), "author", PASSWORD).status_code == 302
    let_time_pass(app)
    assert attempt(at(app, ELSEWHERE), password=PASSWORD).status_code == 302


def test_refused_attempts_do_not_count_against_anybody(app: Flask) -> None:
    attempts(at(app, ELSEWHERE), 110)
    assert attempt(at(app, HOME)).status_code == 200
    assert attempts(at(app, ELSEWHERE), 15, name="author") == [200] * 5 + [429] * 10


def test_right_passwords_are_no_failures(app: Flask) -> None:
    attempts(at(app, HOME), 4)
    assert [attempt(at(app, HOME), password=PASSWORD).status_code for _ in range(8)] == [302] * 8
    with app.app_context():
        assert set(db.session.scalars(select(SignInFailures.failures))) == {4}


def test_attempts_in_the_same_moment_do_not_pass_the_limit_together(app: Flask) -> None:
    browsers = [at(app, ELSEWHERE) for _ in range(12)]
    assert sorted(at_once(browsers, lambda browser: attempt(browser).status_code)) == [200] * 5 + [429] * 7


def at_once(browsers: list[Browser], act: Callable[[Browser], int]) -> list[int]:
    ready = threading.Barrier(len(browsers))

    def acting(browser: Browser) -> int:
        ready.wait()
        status = act(browser)
        while status == 503:  # as the page asks for
            status = act(browser)
        return status

    with ThreadPoolExecutor(len(browsers)) as threads:
        return list(threads.map(acting, browsers))


@pytest.mark.slow
def test_of_many_who_sign_in_at_once_some_are_asked_to_come_back(app: Flask) -> None:
    costly = another(app)
    browsers = [at(costly, f"203.0.113.{number}") for number in range(16)]
    refused: list[TestResponse] = []

    def sign_in(browser: Browser) -> int:
        answer = attempt(browser, "editor", PASSWORD, "ru")
        if answer.status_code == 503:
            refused.append(answer)
        return answer.status_code

    assert at_once(browsers, sign_in) == [302] * 16
    assert refused
    for answer in refused:
        page = Page(answer, "/ru/staff/login")
        check(page)
        assert re.search("Сайт (сейчас )?перегружен", page.text())
        assert int(answer.headers["Retry-After"]) > 0
    with app.app_context():
        assert db.session.scalar(select(func.sum(SignInFailures.failures))) == 0


def test_failures_take_little_room(app: Flask) -> None:
    def rows() -> int:
        return db.session.scalar(select(func.count()).select_from(SignInFailures)) or 0

    attempts(at(app, ELSEWHERE), 5)
    with app.app_context():
        filler = [{"key": f"{number:064x}", "failures": 1, "expires_at": now()} for number in range(300)]
        db.session.bulk_insert_mappings(SignInFailures, filler)
        later = now() + timedelta(hours=1)
        filler = [{"key": f"x{number:063x}", "failures": 1, "expires_at": later} for number in range(6000)]
        db.session.bulk_insert_mappings(SignInFailures, filler)
        db.session.commit()
        assert rows() > 6000
    attempt(at(app, HOME), "nobody")
    with app.app_context():
        assert rows() == 5000
        assert db.session.scalar(select(func.count()).where(SignInFailures.expires_at <= now())) == 0
    assert attempt(at(app, ELSEWHERE)).status_code == 429


def test_neither_names_nor_addresses_can_be_read_in_the_database(app: Flask) -> None:
    attempt(at(app, ELSEWHERE), "a password in the wrong field")
    at(app, HOME).sign_in("editor")
    with app.app_context():
        stored = [
            *db.session.scalars(select(SignInFailures.key)),
            *db.session.scalars(select(StaffSession.network_digest)),
        ]
    assert len(stored) == 7
    assert all(len(key) == 64 and int(key, 16) for key in stored)


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ("::1", "::"),
        ("", ""),
        ("unix:", "unix:"),
    ],
)
def test_a_client_is_an_address_or_a_network_of_its_own(app: Flask, address: str, network: str) -> None:
    with app.app_context():
        assert client_network({"REMOTE_ADDR": address}) == network


def test_other_addresses_of_the_same_ipv6_network_are_the_same_client(app: Flask) -> None:
    for number in range(5):
        assert attempt(at(app, f"2001:db8:1:2::{number}")).status_code == 200
    assert attempt(at(app, "2001:db8:1:2:ffff::9")).status_code == 429
    assert attempt(at(app, "2001:db8:1:3::9")).status_code == 200


@pytest.mark.parametrize(
    ("proxies", "forwarded", "is_told_apart"),
    [
        (0, "{}", False),
        (1, "{}", True),
        (1, "203.0.113.200, {}", True),
        (1, "{}, 203.0.113.200", False),
        (2, "{}, 203.0.113.200", True),
        (2, "{}", False),
    ],
)
def test_a_client_behind_proxies_is_whom_the_trusted_ones_name(
    app: Flask, proxies: int, forwarded: str, is_told_apart: bool
) -> None:
    behind = another(app, TRUSTED_PROXIES=proxies)
    statuses = [
        attempt(Browser(behind), X_Forwarded_For=forwarded.format(f"203.0.113.{number}")).status_code
        for number in range(6)
    ]
    assert statuses == [200] * 5 + [200 if is_told_apart else 429]


def test_guessing_the_present_password_is_limited_too(app: Flask) -> None:
    browser = at(app, OFFICE)
    browser.sign_in("editor", language="kk")
    page = browser.get("/kk/staff/password")
    new = {"new_password": "four unrelated words", "new_password_confirm": "four unrelated words"}
    for _ in range(5):
        page = browser.submit(page, CHANGE["kk"], {**new, "password": "a wrong one"})
        assert "Қазіргі құпиясөз қате." in page.text()
    page = browser.submit(page, CHANGE["kk"], {**new, "password": "a wrong one"}, 429)
    assert WAIT["kk"] in page.text()
    assert "Құпиясөзіңіз өзгертілді." in browser.submit(page, CHANGE["kk"], {**new, "password": PASSWORD}).text()


@pytest.mark.parametrize("accept", ["application/json", "text/html"])
def test_the_sign_in_answers_with_pages_and_never_with_a_token(app: Flask, accept: str) -> None:
    browser = Browser(app)
    page = browser.get("/en/staff/login")
    fields = {"csrf_token": page.one("input", name="csrf_token").get("value"), "username": "editor"}
    address = "/en/staff/login?include_auth_token"
    for password in ("a wrong one", PASSWORD):
        headers = {"Accept": accept}
        answer = browser.client.post(address, data={**fields, "password": password}, headers=headers)
        assert answer.mimetype == "text/html"
        assert "token" not in answer.get_data(as_text=True).replace("csrf_token", "")
    assert answer.status_code == 302
    assert browser.raw("/en/staff/password?include_auth_token", Accept=accept).mimetype == "text/html"
    assert Browser(app).raw("/en/staff/password", Accept=accept).status_code == 302
    json = {"username": "editor", "password": PASSWORD}
    assert Browser(app).client.post(address, json=json, headers={"Accept": accept}).status_code == 415


def test_a_token_of_the_library_opens_nothing(app: Flask) -> None:
    with app.app_context():
        token = str(db.session.query(Staff).filter_by(username="admin").one().get_auth_token())
    stranger = Browser(app)
    for path in ("/en/staff/", "/en/staff/password"):
        assert stranger.raw(f"{path}?auth_token={token}").status_code == 302
        assert stranger.raw(path, Authentication_Token=token).status_code == 302
        assert stranger.client.get(path, json={"auth_token": token}).status_code in (302, 415)


@pytest.mark.parametrize("body", ["[" * 50_000, "[" * 900_000, '{"username": ["x"]}', "nonsense", "1"])
def test_json_is_refused_however_deep_and_large(app: Flask, body: str) -> None:
    for path in (
        "/en/staff/login",
        "/en/staff/logout",
        "/en/staff/password",
        "/en/staff/",
        "/en/staff/posts/new",
        "/en/",
    ):
        for method in ("GET", "POST", "PUT"):
            answer = Browser(app).client.open(path, method=method, data=body, content_type="application/json")
            assert answer.status_code < 500, (method, path)


@pytest.mark.parametrize("language", ["kk", "ru", "en"])
def test_a_password_that_anybody_would_try_is_refused(app: Flask, language: str) -> None:
    browser = Browser(app)
    browser.sign_in("other-author", language=language)
    page = browser.get(f"/{language}/staff/password")
    for easy in ("P@ssw0rd1", "qwerty12345", "Пароль2024", "Құпиясөз1", "11111111", "Other-Author7", "KarIU blog!"):
        new = {"password": PASSWORD, "new_password": easy, "new_password_confirm": easy}
        page = browser.submit(page, CHANGE[language], new)
        assert EASY[language] in page.text(), easy
    attempted = attempt(at(app, HOME), "other-author", PASSWORD)
    assert attempted.status_code == 302


@pytest.mark.parametrize(
    "easy",
    [
        "password",
        "12345678",
        "йцукенгш1",
        "Aliya2024!",
        "Karaganda Industrial University",
        "Карагандинский индустриальный университет",
        "Қарағанды индустриялық университеті",
        "ҚарИУ блогы",
        "Блог КарИУ",
    ],
)
def test_so_it_is_on_the_command_line(app: Flask, easy: str) -> None:
    flask: FlaskCliRunner = app.test_cli_runner()
    answer = flask.invoke(args=["staff", "add", "aliya", "--role", "author", "--password-stdin"], input=f"{easy}\n")
    assert (answer.exit_code, answer.output.startswith("Error: This password is easy to guess")) == (1, True)
    answer = flask.invoke(args=["staff", "reset-password", "author", "--password-stdin"], input="password1\n")
    assert answer.exit_code == 1


@pytest.mark.parametrize(
    "good",
    ["837491265027", "sunshine monkey football office", "жасыл терезе қоңыр бұлт", "!@^(*)&%$#?+~", "aliya-trueborn"],
)
def test_other_passwords_may_be_anything(app: Flask, good: str) -> None:
    flask: FlaskCliRunner = app.test_cli_runner()
    flask.invoke(args=["staff", "add", "aliya", "--role", "author", "--password-stdin"], input=f"{good}\n")
    assert "Sign out aliya" in Browser(app).sign_in("aliya", good).text()


def test_differing_new_passwords_are_named(browse: Browser) -> None:
    browse.sign_in("editor", language="ru")
    page = browse.get("/ru/staff/password")
    new = {"password": PASSWORD, "new_password": "a better one", "new_password_confirm": "another one"}
    assert "Новые пароли не совпадают." in browse.submit(page, CHANGE["ru"], new).text()
