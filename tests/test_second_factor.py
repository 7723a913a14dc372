"""The second factor: who has to have one, setting it up, signing in with it, and losing it."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from flask import Flask
from passlib.totp import TOTP
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import expect

from kariu_blog import create_app
from kariu_blog.accounts.models import Staff
from kariu_blog.database import db, site_clock
from tests.support.browsing import Browser, Page
from tests.support.cast import CHEAPEST_ARGON2, PASSWORD, SITE, PassTime
from tests.support.serving import PASSWORD as SITE_PASSWORD
from tests.support.serving import start, stop

WRONG = "This code is wrong, or it has been used already."
SECONDS_OF_A_CODE = 30
BUTTONS = {
    "kk": ("QR-кодты көрсету", "Жалғастыру", "Сақтық кодтарды жасау"),
    "ru": ("Показать QR-код", "Продолжить", "Создать резервные коды"),
    "en": ("Show the QR code", "Go on", "Make recovery codes"),
}


def another(app: Flask, **settings: object) -> Flask:
    """Another start of the same site."""
    same = {name: app.config[name] for name in ("SQLALCHEMY_DATABASE_URI", "SECRET_KEY")}
    cheap = {"SECURITY_PASSWORD_HASH_PASSLIB_OPTIONS": CHEAPEST_ARGON2}
    return create_app({**same, **cheap, "INSTANCE": app.instance_path, "SITE_URL": SITE, **settings})


@pytest.fixture
def guarded(app: Flask) -> Flask:
    """The application, with a second factor for administrators and editors."""
    return another(app, SECOND_FACTOR=("admin", "editor"))


def code(key: str) -> str:
    return str(TOTP(key=key).generate(time=int(site_clock.timestamp())).token)


def heading(page: Page) -> str:
    return page.text(page.one("h1"))


def set_up(browser: Browser, page: Page, language: str = "en") -> tuple[str, list[str]]:
    """Go on from the page that asks for a second factor; return the key and the recovery codes."""
    show, go_on, make = BUTTONS[language]
    page = browser.submit(page, show)
    key = page.text(page.one("code"))
    assert page.all("{http://www.w3.org/2000/svg}svg")
    page = browser.submit(page, go_on, {"code": code(key)})
    page = browser.submit(page, make)
    return key, [page.text(element) for element in page.all("code")]


@pytest.mark.parametrize("language", ["kk", "ru", "en"])
def test_an_editor_sets_it_up_at_the_first_sign_in(guarded: Flask, language: str) -> None:
    browser = Browser(guarded)
    page = browser.sign_in("editor", language=language)
    assert browser.raw(f"/{language}/staff/").status_code == 302
    _key, codes = set_up(browser, page, language)
    assert len(set(codes)) == 8
    assert browser.get(f"/{language}/staff/").path == f"/{language}/staff/"


def test_an_author_needs_none(guarded: Flask) -> None:
    assert heading(Browser(guarded).sign_in("author")) == "Posts"


def test_afterwards_the_password_alone_opens_nothing(guarded: Flask, pass_time: PassTime) -> None:
    key, _codes = set_up(first := Browser(guarded), first.sign_in("editor"))
    pass_time(SECONDS_OF_A_CODE)
    browser = Browser(guarded)
    page = browser.sign_in("editor")
    assert heading(page) == "Enter the code"
    assert browser.raw("/en/staff/").status_code == 302
    page = browser.submit(page, "Go on", {"code": "000 000"})
    assert WRONG in page.text()
    page = browser.submit(page, "Go on", {"code": f" {code(key)[:3]} {code(key)[3:]} "})
    assert heading(page) == "Posts"


def test_with_the_password_alone_nobody_sets_up_another_one(guarded: Flask) -> None:
    set_up(first := Browser(guarded), first.sign_in("editor"))
    thief = Browser(guarded)
    thief.sign_in("editor")
    assert heading(thief.get("/en/staff/second-factor")) == "Sign in to the newsroom"
    assert thief.raw("/en/staff/").status_code == 302


def test_a_code_is_good_once(guarded: Flask, pass_time: PassTime) -> None:
    key, _codes = set_up(first := Browser(guarded), first.sign_in("editor"))
    pass_time(SECONDS_OF_A_CODE)
    seen = code(key)
    for said in ("Posts", "Enter the code"):
        browser = Browser(guarded)
        assert heading(browser.submit(browser.sign_in("editor"), "Go on", {"code": seen})) == said


def test_a_wrong_code_at_the_first_time_can_be_tried_again(guarded: Flask) -> None:
    browser = Browser(guarded)
    page = browser.submit(browser.sign_in("editor"), "Show the QR code")
    key = page.text(page.one("code"))
    page = browser.submit(page, "Go on", {"code": "123456"})
    assert WRONG in page.text()
    assert "Begin again with a new QR code" in page.links()
    assert heading(browser.submit(page, "Go on", {"code": code(key)})) == "Recovery codes"


def test_codes_are_guessed_at_as_seldom_as_passwords(guarded: Flask, pass_time: PassTime) -> None:
    key, _codes = set_up(first := Browser(guarded), first.sign_in("editor"))
    pass_time(SECONDS_OF_A_CODE)
    browser = Browser(guarded)
    page = browser.sign_in("editor")
    for _ in range(5):
        page = browser.submit(page, "Go on", {"code": "123456"})
    page = browser.submit(page, "Go on", {"code": code(key)}, 429)
    assert "Too many failed attempts. Please try again in 1 minute." in page.text()
    pass_time(61)
    assert heading(browser.submit(page, "Go on", {"code": code(key)})) == "Posts"


def test_after_the_code_one_comes_where_one_wanted_to(guarded: Flask, pass_time: PassTime) -> None:
    key, _codes = set_up(first := Browser(guarded), first.sign_in("editor"))
    pass_time(SECONDS_OF_A_CODE)
    browser = Browser(guarded)
    page = browser.submit(browser.get("/en/staff/pictures"), "Sign in", {"username": "editor", "password": PASSWORD})
    assert browser.submit(page, "Go on", {"code": code(key)}).path == "/en/staff/pictures"
    assert Browser(guarded).raw("/en/staff/code?next=https://evil.example/en/staff/").status_code == 400


def test_a_recovery_code_opens_the_site_once(guarded: Flask) -> None:
    _key, codes = set_up(first := Browser(guarded), first.sign_in("editor"))
    for said in ("Posts", "Sign in with a recovery code"):
        browser = Browser(guarded)
        browser.sign_in("editor")
        page = browser.submit(browser.get("/en/staff/recovery-code"), "Go on", {"code": codes[3].upper()})
        assert heading(page) == said
    assert WRONG in page.text()
    assert "7 codes are left." in first.get("/en/staff/account").text()


@pytest.mark.parametrize("path", ["code", "recovery-code"])
def test_of_four_people_with_one_code_at_the_same_moment_one_comes_in(
    guarded: Flask, pass_time: PassTime, path: str
) -> None:
    key, codes = set_up(first := Browser(guarded), first.sign_in("editor"))
    pass_time(SECONDS_OF_A_CODE)
    typed = {"code": code(key) if path == "code" else codes[0]}
    people = [Browser(guarded) for _ in range(4)]
    for person in people:
        person.sign_in("editor")
    pages = [person.get(f"/en/staff/{path}") for person in people]
    with ThreadPoolExecutor(4) as threads:
        shown = list(threads.map(lambda person, page: person.submit(page, "Go on", typed), people, pages))
    assert [WRONG in page.text() for page in shown].count(False) == 1


def test_new_recovery_codes_replace_the_earlier_ones(guarded: Flask) -> None:
    _key, codes = set_up(browser := Browser(guarded), browser.sign_in("editor"))
    page = browser.submit(browser.get("/en/staff/recovery-codes"), "Make recovery codes")
    assert not {page.text(element) for element in page.all("code")} & set(codes)
    stranger = Browser(guarded)
    stranger.sign_in("editor")
    assert WRONG in stranger.submit(stranger.get("/en/staff/recovery-code"), "Go on", {"code": codes[0]}).text()


def test_an_author_sets_it_up_and_switches_it_off_with_the_password(guarded: Flask) -> None:
    author = Browser(guarded)
    author.sign_in("author")
    page = author.get("/en/staff/second-factor")
    assert "The present password is wrong." in author.submit(page, "Show the QR code", {"password": "wrong"}).text()
    page = author.submit(page, "Show the QR code", {"password": PASSWORD})
    author.submit(page, "Go on", {"code": code(page.text(page.one("code")))})
    assert heading(Browser(guarded).sign_in("author")) == "Enter the code"
    page = author.submit(author.get("/en/staff/"), "Make recovery codes")
    page = author.submit(author.get("/en/staff/second-factor"), "Switch the second factor off", {"password": PASSWORD})
    assert heading(page) == "Your account"
    assert heading(Browser(guarded).sign_in("author")) == "Posts"


def test_an_editor_cannot_switch_it_off(guarded: Flask) -> None:
    set_up(editor := Browser(guarded), editor.sign_in("editor"))
    page = editor.get("/en/staff/second-factor")
    assert "Switch the second factor off" not in page.text()
    editor.submit(page, "Show the QR code", {"password": PASSWORD, "setup": "disable"})
    fields = {**page.fields(page.form("Show the QR code")[0]), "password": PASSWORD, "setup": "disable"}
    editor.client.post("/en/staff/second-factor", data=fields)
    assert heading(Browser(guarded).sign_in("editor")) == "Enter the code"


def test_whoever_lost_phone_and_codes_sets_it_up_anew(guarded: Flask) -> None:
    set_up(editor := Browser(guarded), editor.sign_in("editor"))
    answer = guarded.test_cli_runner().invoke(args=["staff", "reset-second-factor", "editor"])
    assert answer.output == "editor signs in with the password alone, once.\n"
    assert editor.raw("/en/staff/").status_code == 302
    assert heading(Browser(guarded).sign_in("editor")) == "Second factor"


def test_with_another_secret_key_it_is_set_up_anew(app: Flask, guarded: Flask) -> None:
    set_up(editor := Browser(guarded), editor.sign_in("editor"))
    changed = another(app, SECOND_FACTOR=("editor",), SECRET_KEY="a key that has not leaked")
    try:
        assert heading(Browser(changed).sign_in("editor")) == "Second factor"
    finally:
        another(app)  # Flask-Security keeps the keys of the application that was made last


def test_the_database_holds_neither_key_nor_recovery_codes(guarded: Flask) -> None:
    key, codes = set_up(editor := Browser(guarded), editor.sign_in("editor"))
    with guarded.app_context():
        person = db.session.query(Staff).filter_by(username="editor").one()
        stored = f"{person.tf_totp_secret} {person.mf_recovery_codes}"
    assert key.replace("-", "") not in stored
    assert not [each for each in codes if each in stored]


def test_scripts_get_no_json_of_it(guarded: Flask) -> None:
    browser = Browser(guarded)
    page = browser.submit(browser.sign_in("editor"), "Show the QR code")
    for path in ("second-factor", "code", "recovery-code", "recovery-codes", "tf-rescue", "tf-select"):
        for accept in ("application/json", "text/html"):
            assert browser.raw(f"/en/staff/{path}", Accept=accept).mimetype == "text/html"
        answer = browser.client.post(f"/en/staff/{path}", json={"code": code(page.text(page.one("code")))})
        assert answer.status_code in (400, 404, 415)


@pytest.mark.server
def test_a_new_administrator_sets_it_up_in_a_browser(chromium: Chromium, tmp_path: Path) -> None:
    site = start(tmp_path, "--empty", KARIU_ADMIN_PASSWORD=SITE_PASSWORD, KARIU_SECOND_FACTOR="")
    tab = chromium.new_context(base_url=site.url, locale="en-GB").new_page()
    tab.goto("/en/staff/")
    tab.get_by_label("User name").fill("admin")
    tab.get_by_label("Password").fill(SITE_PASSWORD)
    tab.get_by_role("button", name="Sign in").click()
    tab.get_by_role("button", name="Show the QR code").click()
    box = tab.locator(".qr svg").bounding_box()
    assert box is not None
    assert min(box["width"], box["height"]) > 150
    key = tab.locator("main code").inner_text()
    tab.get_by_label("Code from the app").fill(code(key))
    tab.get_by_role("button", name="Go on").click()
    tab.get_by_role("button", name="Make recovery codes").click()
    recovery = tab.locator("main code").first.inner_text()
    tab.get_by_role("link", name="I have noted them, go on").click()
    expect(tab.get_by_role("heading", level=1)).to_have_text("Posts")
    tab.get_by_role("button", name="Sign out").click()
    tab.get_by_label("User name").fill("admin")
    tab.get_by_label("Password").fill(SITE_PASSWORD)
    tab.get_by_role("button", name="Sign in").click()
    tab.get_by_role("link", name="No phone at hand? Use a recovery code").click()
    tab.get_by_label("Recovery code").fill(recovery)
    tab.get_by_role("button", name="Go on").click()
    expect(tab.get_by_role("heading", level=1)).to_have_text("Posts")
    tab.context.close()
    stop(site)
