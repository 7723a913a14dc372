"""Accounts: the people page, one's own account, and the command line."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskCliRunner
from sqlalchemy import update

from kariu_blog.accounts import people
from kariu_blog.accounts.models import Role, Staff
from kariu_blog.accounts.people import LastAdminError
from kariu_blog.accounts.signin import security
from kariu_blog.database import db
from tests.support.browsing import Browser, Page
from tests.support.cast import PASSWORD, PassTime, Write

NEW = "four unrelated words"


@pytest.fixture
def admin(app: Flask) -> Browser:
    browser = Browser(app)
    browser.sign_in("admin")
    return browser


@pytest.fixture
def flask(app: Flask) -> FlaskCliRunner:
    return app.test_cli_runner()


def open_person(admin: Browser, name: str) -> Page:
    return admin.get(admin.get("/en/staff/people").links()[name])


def is_signed_in(browser: Browser) -> bool:
    return browser.raw("/en/staff/").status_code == 200


def shown_token(page: Page) -> str:
    return str(page.one("input", id="link").get("value")).partition("#")[2]


def test_people_stand_with_name_role_and_limits(admin: Browser) -> None:
    page = open_person(admin, "author")
    names = {"name_en": "A. Writer", "name_kk": "Ә. Жазушы", "name_ru": "А. Писатель", "languages": "kk"}
    page = admin.submit(page, "Save", {**names, "role": "translator", "email": "writer@kariu.kz"})
    assert "The account has been saved." in page.text()
    page = admin.get("/ru/staff/people")
    item = page.parents[page.parents[next(a for a in page.all("a") if page.text(a) == "А. Писатель")]]
    assert page.text(item) == "А. Писатель Переводчик author Қазақша Ещё не входил(а)."


def test_another_role_signs_out_and_another_name_does_not(admin: Browser, author: Browser) -> None:
    admin.submit(open_person(admin, "author"), "Save", {"name_en": "A. Writer"})
    assert is_signed_in(author)
    admin.submit(open_person(admin, "A. Writer"), "Save", {"role": "editor"})
    assert not is_signed_in(author)


def test_a_closed_account_ends_with_its_sessions_and_preview_links(
    app: Flask, admin: Browser, author: Browser, write: Write
) -> None:
    post = write(en="Open day", published=None, by="author")
    page = author.get(f"/en/staff/posts/{post}/en/preview-links")
    page = author.submit(page, "Make a link")
    preview = page.one("input", id="link-1").get("value")
    stranger = Browser(app)
    assert "Open day" in stranger.get(preview).text()
    page = admin.submit(open_person(admin, "author"), "Close it")
    assert "The account is closed." in page.text()
    assert not is_signed_in(author)
    assert "This account is closed." in Browser(app).sign_in("author").text()
    page = admin.submit(page, "Open the account again")
    assert not is_signed_in(author)
    stranger.get(preview, 404)
    assert is_signed_in_after(Browser(app), "author")


def is_signed_in_after(browser: Browser, name: str, password: str = PASSWORD) -> bool:
    browser.sign_in(name, password)
    return is_signed_in(browser)


def test_the_last_administrator_stays(admin: Browser) -> None:
    page = open_person(admin, "admin")
    for button, fields in (("Close it", {}), ("Save", {"role": "author"})):
        page = admin.submit(page, button, fields)
        assert "this is the only administrator left" in page.text()
    assert is_signed_in(admin)


@pytest.mark.database
def test_two_administrators_who_remove_each_other_leave_one(app: Flask) -> None:
    with app.app_context():
        db.session.query(Staff).filter_by(username="editor").one().role = Role.ADMIN
        db.session.commit()
    ready = threading.Barrier(2)

    def remove(name: str) -> bool:
        with app.app_context():
            person = people.find(name)
            assert person is not None
            ready.wait()
            try:
                people.disable(None, person)
            except LastAdminError:
                return False
            db.session.commit()
            return True

    with ThreadPoolExecutor(2) as threads:
        assert sorted(threads.map(remove, ("admin", "editor"))) == [False, True]
    with app.app_context():
        assert db.session.query(Staff).filter_by(role=Role.ADMIN, active=True).count() == 1


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("аdmin", "Letters of several alphabets"),  # its first letter is Cyrillic
        ("АННА1", ""),
        ("editоr", "Letters of several alphabets"),
        ("two words", "A name has 1 to 64 letters"),
        ("EDITOR", "Somebody has this name or address already"),
        ("сор", "Somebody has this name or address already"),  # all of it Cyrillic
        ("author@kariu.kz", "Somebody has this name or address already"),
        ("", "Enter a user name."),
    ],
)
def test_no_name_can_be_taken_for_another(app: Flask, admin: Browser, name: str, sentence: str) -> None:
    with app.app_context():
        hashed = db.session.query(Staff).filter_by(username="author").one().password
        db.session.add(Staff(username="cop", role=Role.AUTHOR, password=hashed))
        db.session.query(Staff).filter_by(username="author").one().email = "author@kariu.kz"
        db.session.commit()
    page = admin.get("/en/staff/people/new")
    page = admin.submit(page, "Invite", {"username": name}, 422 if sentence else 200)
    assert sentence in page.text()
    if sentence:
        assert page.one("input", name="username").get("value") == " ".join(name.lower().split())


@pytest.mark.parametrize("typed", ["no address", "x@", "AUTHOR@kariu.kz", "editor@kariu", "a\nb@kariu.kz"])
def test_an_address_that_is_none_or_taken_is_refused(app: Flask, admin: Browser, typed: str) -> None:
    with app.app_context():
        db.session.query(Staff).filter_by(username="author").one().email = "author@kariu.kz"
        db.session.commit()
    page = admin.submit(open_person(admin, "editor"), "Save", {"email": typed, "name_en": "E. Ditor"}, 422)
    assert page.one("p", class_="error").get("id") == "email-error"
    assert page.one("input", name="name_en").get("value") == "E. Ditor"


def test_an_author_chooses_the_rectors_byline_only_if_it_is_named(admin: Browser, author: Browser) -> None:
    def choices() -> tuple[list[str], list[str]]:
        page = author.get("/en/staff/posts/new")
        fields = (page.one("select", name="category"), page.one("select", name="author"))
        first, second = ([page.text(option) for option in field][1:] for field in fields)
        return first, second

    assert choices() == (["News", "Announcements", "Science"], ["Administration", "Press office"])
    admin.submit(open_person(admin, "author"), "Save", {"bylines": "3", "categories": "1"})
    assert choices() == (["Rector's blog"], ["Rector"])


def test_a_translator_writes_in_others_posts_and_creates_none(app: Flask, write: Write) -> None:
    post = write(kk="Ашық есік күні", published=None, by="author")
    translator = Browser(app)
    page = translator.sign_in("translator")
    assert "New post" not in page.text()
    translator.get("/en/staff/posts/new", 403)
    page = translator.get(f"/en/staff/posts/{post}")
    assert page.one("fieldset", class_="shared").get("disabled") is not None
    page = translator.submit(page, "Save", {"en-title": "Open day", "en-body": "Text"})
    assert "Saved as a draft: English." in page.text()
    page = translator.submit(page, "Save and submit for review", within="en")
    assert "Submitted for review: English." in page.text()


def test_what_a_translator_typed_where_it_is_not_allowed_comes_back(app: Flask, admin: Browser, write: Write) -> None:
    post = write(kk="Ашық есік күні", published=None)
    translator = Browser(app)
    translator.sign_in("translator")
    page = translator.get(f"/en/staff/posts/{post}")
    admin.submit(open_person(admin, "translator"), "Save", {"languages": "kk"})
    typed = {"en-title": "Open day", "en-body": "Text"}
    page = translator.submit(page, "Save and submit for review", typed, 403, within="en")
    assert "Nothing has been saved, and nothing is lost" in page.text()
    assert "Open day" in page.html
    page = translator.submit(translator.get(f"/en/staff/posts/{post}"), "Save", typed, 409)
    assert "Your account does not write in this language." in page.text()
    assert page.one("textarea", name="en-title").text.strip() == "Open day"


def test_a_password_made_by_somebody_else_is_changed_first(app: Flask, flask: FlaskCliRunner) -> None:
    command = ["staff", "add", "aliya", "--role", "author", "--password-stdin"]
    flask.invoke(args=command, input=f"{NEW}\n")
    browser = Browser(app)
    page = browser.sign_in("aliya", NEW)
    assert page.text(page.one("h1")) == "Change password"
    assert "Choose a new password first" in page.text()
    same = {"password": NEW, "new_password": NEW, "new_password_confirm": NEW}
    assert "This is the present password." in browser.submit(page, "Change password", same).text()
    assert browser.get("/en/staff/pictures").path == "/en/staff/password"
    other = {"password": NEW, "new_password": "other unrelated words", "new_password_confirm": "other unrelated words"}
    page = browser.submit(page, "Change password", other)
    assert browser.get("/en/staff/pictures").path == "/en/staff/pictures"


@pytest.mark.parametrize(("name", "old"), [("author", "eleven char"), ("admin", "fourteen chars")])
def test_a_short_old_password_works_once_and_is_then_changed(app: Flask, name: str, old: str) -> None:
    with app.app_context():
        db.session.query(Staff).filter_by(username=name).one().password = security.pwd_context.hash(old)
        db.session.commit()
    browser = Browser(app)
    page = browser.sign_in(name, old)
    assert page.path == "/en/staff/password"
    short = {"password": old, "new_password": old[::-1], "new_password_confirm": old[::-1]}
    page = browser.submit(page, "Change password", short)
    assert ("15" if name == "admin" else "12") + " to 128 characters" in page.text()
    browser.submit(page, "Change password", {"password": old, "new_password": NEW, "new_password_confirm": NEW})
    assert is_signed_in(browser)


def test_words_sent_before_the_password_is_changed_come_back(app: Flask, author: Browser) -> None:
    page = author.get("/en/staff/posts/new")
    with app.app_context():
        db.session.execute(update(Staff).values(must_change_password=True))
        db.session.commit()
    page = author.submit(page, "Save", {"en-title": "Open day"}, 403)
    assert "Open day" in page.html


def test_one_sees_ones_sessions_and_ends_the_others(app: Flask, author: Browser) -> None:
    phone = Browser(app)
    phone.client.environ_base["HTTP_USER_AGENT"] = "Mozilla/5.0 (Linux; Android 13) Chrome/120.0 Mobile Safari/537.36"
    phone.sign_in("author")
    page = author.get("/en/staff/account")
    assert "Chrome, Android" in page.text()
    page = author.submit(page, "Sign out everywhere else")
    assert "You are signed out everywhere else." in page.text()
    assert "Chrome, Android" not in page.text()
    assert is_signed_in(author)
    assert not is_signed_in(phone)


def test_a_session_ends_however_much_it_is_used(author: Browser, pass_time: PassTime) -> None:
    for _ in range(9):
        pass_time(timedelta(days=9).total_seconds())
        assert is_signed_in(author)
    pass_time(timedelta(days=9).total_seconds() + 1)
    assert not is_signed_in(author)


def test_the_address_is_changed_with_the_password_alone(app: Flask, author: Browser) -> None:
    page = author.get("/en/staff/account")
    page = author.submit(page, "Save", {"email": "me@kariu.kz", "name_en": "A. Writer"}, 422)
    assert "The present password is wrong." in page.text()
    page = author.submit(page, "Save", {"password": PASSWORD, "language": "kk"})
    assert "A. Writer" in page.links() or "Your account: A. Writer" in page.links()
    assert is_signed_in_after(Browser(app), "Me@KarIU.kz")
    page = author.submit(page, "Save", {"name_en": "A. W."})
    assert "The account has been saved." in page.text()


def test_without_mail_a_link_is_shown_for_a_new_password(app: Flask, admin: Browser, author: Browser) -> None:
    page = admin.submit(open_person(admin, "author"), "Give a link for a new password")
    chosen = {"token": shown_token(page), "new_password": NEW, "new_password_confirm": NEW}
    stranger = Browser(app)
    stranger.submit(stranger.get("/kk/staff/link"), "Құпиясөзді сақтау", chosen)
    assert not is_signed_in(author)
    assert is_signed_in_after(Browser(app), "author", NEW)


def test_the_command_line_does_the_same(app: Flask, flask: FlaskCliRunner) -> None:
    def said(*arguments: str) -> str:
        answer = flask.invoke(args=["staff", *arguments])
        assert answer.exit_code == 0, answer.output
        return str(answer.output)

    token = said("invite", "aliya", "--role", "author", "--email", "Aliya@kariu.kz", "--language", "ru").strip()
    assert token.startswith("aliya opens this once: https://blog.kariu.test/ru/staff/link#")
    said("role", "aliya", "translator")
    said("limit", "aliya", "--language", "kk", "--language", "ru", "--category", "news", "--byline", "rector")
    assert "aliya\ttranslator\tactive\taliya@kariu.kz\tkk news rector ru\n" in said("list")
    browser = Browser(app)
    chosen = {"token": token.partition("#")[2], "new_password": NEW, "new_password_confirm": NEW}
    browser.submit(browser.get("/en/staff/link"), "Save the password", chosen)
    assert is_signed_in_after(browser, "aliya", NEW)
    said("limit", "aliya")
    assert "aliya\ttranslator\tactive\taliya@kariu.kz\n" in said("list")
    said("disable", "aliya")
    assert not is_signed_in(browser)


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["invite", "nur", "--role", "author", "--email", "nonsense"], "nonsense is not an e-mail address."),
        (["invite", "аdmin", "--role", "author"], "Letters of several alphabets stand in this name."),
        (["role", "admin", "author"], "admin is the only administrator left."),
        (["limit", "author", "--category", "nothing"], "There is no nothing."),
        (["reset-link", "nobody"], "There is nobody called nobody."),
    ],
)
def test_its_mistakes_are_sentences(flask: FlaskCliRunner, arguments: list[str], sentence: str) -> None:
    answer = flask.invoke(args=["staff", *arguments])
    assert (answer.exit_code, answer.output.startswith(f"Error: {sentence}")) == (1, True)


def test_subdomains_are_held_to_https_only_if_it_is_set(app: Flask) -> None:
    assert Browser(app).raw("/en/").headers["Strict-Transport-Security"] == "max-age=31536000"
    app.config["HSTS_SUBDOMAINS"] = True
    try:
        header = Browser(app).raw("/en/staff/login").headers["Strict-Transport-Security"]
    finally:
        app.config["HSTS_SUBDOMAINS"] = False
    assert header == "max-age=31536000; includeSubDomains"
