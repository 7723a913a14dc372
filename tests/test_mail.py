"""Links by mail: invitations, forgotten passwords, and mailboxes that do not take them."""

from pathlib import Path
from zipfile import ZipFile

import pytest
from flask import Flask
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import Page as Tab
from playwright.sync_api import expect
from sqlalchemy import select

from kariu_blog.accounts.models import AccountLink, Staff
from kariu_blog.database import db
from kariu_blog.newsroom.chores import deliver_mails
from kariu_blog.outbox import Message
from tests.support.browsing import Browser, Page
from tests.support.cast import SITE, PassTime
from tests.support.editor import eventually
from tests.support.mailbox import Mailbox, mail_server, text
from tests.support.serving import PASSWORD, start, stop

NEW = "four unrelated words"
INVITE = {"kk": "Шақыру", "ru": "Пригласить", "en": "Invite"}
SUBJECTS = {
    "kk": "ҚарИУ блогының редакциясына шақыру",
    "ru": "Приглашение в редакцию Блога КарИУ",
    "en": "Invitation to the newsroom of KarIU Blog",
}


@pytest.fixture
def admin(app: Flask) -> Browser:
    browser = Browser(app)
    browser.sign_in("admin")
    return browser


def deliver(app: Flask) -> None:
    with app.app_context():
        deliver_mails()


def invite(browser: Browser, language: str = "en", **fields: str) -> Page:
    page = browser.get(f"/{language}/staff/people/new")
    known = {"username": "aliya", "email": "Aliya@KarIU.kz", f"name_{language}": "A. Nur", **fields}
    return browser.submit(page, INVITE[language], known)


def choose(browser: Browser, token: str, password: str = NEW, status: int = 200) -> Page:
    chosen = {"token": token, "new_password": password, "new_password_confirm": password}
    return browser.submit(browser.get("/en/staff/link"), "Save the password", chosen, status)


def ask(browser: Browser, name: str, status: int = 200) -> Page:
    return browser.submit(browser.get("/en/staff/forgotten"), "Send the link", {"username": name}, status)


@pytest.mark.database
@pytest.mark.parametrize("language", ["kk", "ru", "en"])
def test_an_invitation_comes_in_the_language_of_the_person(app: Flask, mailbox: Mailbox, language: str) -> None:
    browser = Browser(app)
    browser.sign_in("admin", language=language)
    invite(browser, language)
    deliver(app)
    (message,) = mailbox.mails
    assert message["To"] == "aliya@kariu.kz"
    assert message["From"].addresses[0].addr_spec == "blog@kariu.kz"
    assert message["Subject"] == SUBJECTS[language]
    assert message["Content-Language"] == language
    assert "A. Nur" in text(message)
    address, token = mailbox.link()
    assert address == f"{SITE}/{language}/staff/link"
    assert "aliya" in choose(Browser(app), token).text()
    assert Browser(app).sign_in("ALIYA@kariu.kz", NEW).path == "/en/staff/"


def test_an_invitation_is_good_once(app: Flask, mailbox: Mailbox, admin: Browser) -> None:
    invite(admin)
    deliver(app)
    _address, token = mailbox.link()
    choose(Browser(app), token)
    page = choose(Browser(app), token, "other unrelated words", 422)
    assert "This link has been used, or it has expired." in page.text()
    assert "/en/staff/forgotten" in page.links().values()
    assert Browser(app).sign_in("aliya", NEW).path == "/en/staff/"


def test_an_invitation_is_good_for_a_week(app: Flask, mailbox: Mailbox, admin: Browser, pass_time: PassTime) -> None:
    invite(admin)
    deliver(app)
    pass_time(7 * 24 * 3600 + 1)
    assert "it has expired" in choose(Browser(app), mailbox.link()[1], NEW, 422).text()


def test_a_bad_password_leaves_the_link_good(app: Flask, mailbox: Mailbox, admin: Browser) -> None:
    invite(admin, role="admin")
    deliver(app)
    _address, token = mailbox.link()
    for password, sentence in (("elephantine", "15 to 128"), ("aliya aliya aliya", "easy to guess")):
        page = choose(Browser(app), token, password, 422)
        assert sentence in page.text()
        assert page.one("input", name="token").get("value") == token
    assert "aliya" in choose(Browser(app), token).text()


def test_a_newer_link_ends_the_one_before(app: Flask, mailbox: Mailbox, admin: Browser) -> None:
    page = invite(admin)
    deliver(app)
    _address, first = mailbox.link()
    admin.submit(page, "Give a link for a new password")
    deliver(app)
    _address, second = mailbox.link()
    choose(Browser(app), first, status=422)
    choose(Browser(app), second)


def test_neither_database_nor_backup_holds_a_token(app: Flask, mailbox: Mailbox, admin: Browser) -> None:
    invite(admin)
    with app.app_context():
        assert db.session.scalars(select(Message.payload)).all() == ["1"]
        assert db.session.scalar(select(AccountLink.token_digest)) is None
    deliver(app)
    _address, token = mailbox.link()
    answer = app.test_cli_runner().invoke(args=["backup", f"{app.instance_path}/tokens.zip"])
    assert answer.exit_code == 0
    with ZipFile(f"{app.instance_path}/tokens.zip") as archive:
        assert not [name for name in archive.namelist() if token.encode() in archive.read(name)]


def test_without_a_mail_server_the_link_is_shown_once(app: Flask, admin: Browser) -> None:
    page = invite(admin)
    address, token = page.one("input", id="link").get("value").split("#")
    assert address == f"{SITE}/en/staff/link"
    assert token not in admin.get("/en/staff/people").html
    assert "aliya" in choose(Browser(app), token).text()


def test_a_mailbox_that_refuses_is_told_on_the_people_page(app: Flask, mailbox: Mailbox, admin: Browser) -> None:
    mailbox.reply = "550 5.1.1 No such user"
    invite(admin)
    assert "The mail with the link is on its way." in admin.get("/en/staff/people").text()
    deliver(app)
    assert "there is no such mailbox" in admin.get("/en/staff/people").text()
    with app.app_context():
        assert db.session.scalars(select(Message)).all() == []
    mailbox.reply = ""
    person = admin.get(admin.get("/en/staff/people").links()["A. Nur"])
    admin.submit(person, "Give a link for a new password")
    deliver(app)
    assert "A link was mailed on" in admin.get("/en/staff/people").text()
    choose(Browser(app), mailbox.link()[1])


@pytest.mark.database
def test_a_server_that_is_busy_gets_the_mail_later(
    app: Flask, mailbox: Mailbox, admin: Browser, pass_time: PassTime
) -> None:
    mailbox.reply = "451 4.7.1 Try again later"
    invite(admin)
    deliver(app)
    assert "the mail server does not take it" in admin.get("/en/staff/people").text()
    mailbox.reply = ""
    deliver(app)
    assert mailbox.mails == []  # not at once again
    pass_time(3)
    deliver(app)
    assert "aliya" in choose(Browser(app), mailbox.link()[1]).text()


def test_a_server_that_is_away_loses_no_mail(app: Flask, admin: Browser, pass_time: PassTime) -> None:
    app.config.update(SMTP_URL="smtp://127.0.0.1:1", MAIL_FROM="blog@kariu.kz")
    try:
        invite(admin)
        deliver(app)
        with mail_server() as (mailbox, url):
            app.config["SMTP_URL"] = url
            pass_time(3)
            deliver(app)
            assert len(mailbox.mails) == 1
    finally:
        app.config.update(SMTP_URL="", MAIL_FROM="")


def give_address(app: Flask, name: str) -> None:
    with app.app_context():
        db.session.query(Staff).filter_by(username=name).one().email = f"{name}@kariu.kz"
        db.session.commit()


@pytest.mark.parametrize("name", ["author", " Author@kariu.kz "])
def test_a_forgotten_password_is_replaced_by_a_link(app: Flask, mailbox: Mailbox, author: Browser, name: str) -> None:
    give_address(app, "author")
    ask(Browser(app), name)
    deliver(app)
    assert author.raw("/en/staff/").status_code == 200
    choose(Browser(app), mailbox.link()[1])
    assert author.raw("/en/staff/").status_code == 302
    assert Browser(app).sign_in("author", NEW).path == "/en/staff/"


def test_the_answer_is_the_same_whether_the_account_exists(app: Flask, mailbox: Mailbox) -> None:
    give_address(app, "author")
    pages = [ask(Browser(app), name) for name in ("author", "editor", "nobody")]
    assert len({page.text() for page in pages}) == 1
    deliver(app)
    assert [message["To"] for message in mailbox.mails] == ["author@kariu.kz"]


def test_nobodys_mailbox_is_flooded(app: Flask, mailbox: Mailbox, pass_time: PassTime) -> None:
    give_address(app, "author")
    for _ in range(4):
        ask(Browser(app), "author")
        deliver(app)
    assert len(mailbox.mails) == 1
    pass_time(301)
    ask(Browser(app), "author")
    deliver(app)
    assert len(mailbox.mails) == 2


@pytest.mark.usefixtures("mailbox")
def test_asking_is_limited_like_signing_in_and_locks_nobody_out(app: Flask) -> None:
    stranger = Browser(app)
    for _ in range(5):
        ask(stranger, "author")
    assert "Please try again in 1 minute." in ask(stranger, "author", 429).text()
    assert Browser(app).sign_in("author").path == "/en/staff/"


def test_without_a_mail_server_the_administrator_is_named(browse: Browser) -> None:
    page = browse.get(browse.get("/en/staff/login").links()["Forgotten your password?"])
    assert "Ask the site's administrator for a link" in page.text()
    assert not page.one("main").findall(".//form")


def test_a_closed_account_gets_no_link(app: Flask, mailbox: Mailbox) -> None:
    give_address(app, "author")
    ask(Browser(app), "author")
    app.test_cli_runner().invoke(args=["staff", "disable", "author"])
    deliver(app)
    assert mailbox.mails == []


@pytest.mark.server
def test_the_server_sends_by_itself_and_no_log_has_the_token(chromium: Chromium, tmp_path: Path) -> None:
    with mail_server() as (mailbox, url):
        settings = {"KARIU_SMTP_URL": url, "KARIU_MAIL_FROM": "blog@kariu.kz", "KARIU_ACCESS_LOG": "on"}
        site = start(tmp_path, "--empty", KARIU_ADMIN_PASSWORD=PASSWORD, **settings)
        tab = chromium.new_context(base_url=site.url, locale="en-GB").new_page()
        tab.goto("/en/staff/people/new")
        sign_in(tab, "admin", PASSWORD)
        tab.get_by_label("User name").fill("aliya")
        tab.get_by_label("E-mail").fill("aliya@kariu.kz")
        tab.get_by_role("button", name="Invite").click()
        eventually(lambda: len(mailbox.mails) == 1)
        tab.get_by_role("button", name="Sign out").click()
        address, token = mailbox.link()
        tab.goto(f"{address}#{token}")
        expect(tab.get_by_label("Code of the link")).to_be_hidden()
        assert token not in tab.url
        tab.get_by_label("New password", exact=True).fill(NEW)
        tab.get_by_label("New password once more").fill(NEW)
        tab.get_by_role("button", name="Save the password").click()
        sign_in(tab, "aliya", NEW)
        expect(tab.get_by_role("heading", level=1)).to_have_text("Posts")
        tab.context.close()
        stop(site)
    log = site.output.read_text("utf-8")
    assert "POST /en/staff/link" in log
    assert token not in log


def sign_in(tab: Tab, name: str, password: str) -> None:
    tab.get_by_label("User name or e-mail").fill(name)
    tab.get_by_label("Password").fill(password)
    tab.get_by_role("button", name="Sign in").click()
