"""What waits for a person: the number in the menu, the list and the mail say the same."""

import re
from datetime import timedelta

import pytest
from flask import Flask

from kariu_blog.accounts.models import Staff
from kariu_blog.database import db
from kariu_blog.newsroom.chores import deliver_mails, remind
from kariu_blog.outbox import Message
from kariu_blog.posts.post import Post
from tests.support.browsing import Browser
from tests.support.cast import PassTime, Write
from tests.support.mailbox import Mailbox, text
from tests.support.posts import bring_into, change

DAY = 24 * 3600
RECENT = timedelta(days=-3)


def sign_in(app: Flask, name: str) -> Browser:
    browser = Browser(app)
    browser.sign_in(name)
    return browser


def person(app: Flask, name: str, **fields: object) -> None:
    with app.app_context():
        found = db.session.query(Staff).filter_by(username=name).one()
        for field, value in fields.items():
            setattr(found, field, value)
        db.session.commit()


def numbers(browser: Browser) -> tuple[int, int, list[str]]:
    """Return the number in the menu of another page, the one on the board, and the titles in the list."""
    links = " ".join(browser.get("/en/staff/guide").links())
    menu = re.search(r"Waiting for me (\d+)", links)
    page = browser.get("/en/staff/?state=waiting")
    board = re.search(r"Waiting for me (\d+)", " ".join(name for name in page.links() if "Waiting for me" in name))
    assert board is not None
    titles = [page.text(heading.find("a")) for heading in page.all("th", scope="row")]
    return int(menu[1]) if menu else 0, int(board[1]), titles


def send_what_is_new(app: Flask) -> None:
    with app.app_context():
        remind()
        deliver_mails()


def test_an_editor_is_waited_for_by_what_was_submitted_and_what_lacks_a_language(
    app: Flask, editor: Browser, write: Write
) -> None:
    whole = {"kk": "Бүтін", "ru": "Целый", "en": "Whole"}
    bring_into(app, write(en="Submitted", published=None), "review")
    write(en="A draft alone", published=None)
    write(**whole, published=RECENT)
    write(en="Without Kazakh", ru="Без казахского", published=RECENT)
    write(en="Old and without Kazakh")
    assert numbers(editor) == (2, 2, ["Without Kazakh", "Submitted"])


def test_limits_of_a_person_hold_for_what_waits_too(app: Flask, editor: Browser, write: Write) -> None:
    bring_into(app, write(en="Submitted", published=None, category="news"), "review")
    write(en="Without Kazakh", ru="Без казахского", category="science", published=RECENT)
    person(app, "editor", categories=[2])
    assert numbers(editor) == (1, 1, ["Submitted"])
    person(app, "editor", categories=[], languages=["ru"])
    assert numbers(editor) == (0, 0, [])


def test_an_author_is_waited_for_by_what_was_given_back_and_a_translator_by_their_own(
    app: Flask, editor: Browser, author: Browser, write: Write
) -> None:
    translator = sign_in(app, "translator")
    post = write(en="Mine", kk="Менікі", by="author", published=None)
    other = write(en="Of another author", by="other-author", published=None)
    for browser, number, language in ((author, post, "en"), (translator, other, "ru")):
        typed = {f"{language}-title": "Words", f"{language}-body": "Words."}
        page = browser.submit(
            browser.get(f"/en/staff/posts/{number}"), "Save and submit for review", typed, within=language
        )
        page = editor.get(f"/en/staff/posts/{number}")
        editor.submit(page, "Give back to the author", {f"{language}-review_note": "Date?"}, within=language)
    assert numbers(author) == (1, 1, ["Words"])
    assert numbers(translator) == (1, 1, ["Of another author"])
    assert numbers(editor) == (0, 0, [])


def test_a_text_older_than_its_source_waits_until_it_is_up_to_date(editor: Browser, write: Write) -> None:
    post = write(kk="Тақырып", ru="Заголовок", en="Title", body="<p>1</p>")
    editor.submit(editor.get(f"/en/staff/posts/{post}"), "Save", {"ru-title": "Первый"})
    assert numbers(editor)[0] == 0
    editor.submit(editor.get(f"/en/staff/posts/{post}"), "Save", {"ru-body": "Два."})
    assert numbers(editor) == (1, 1, ["Title"])
    for language in ("kk", "en"):
        editor.submit(editor.get(f"/en/staff/posts/{post}"), "It is up to date", within=language)
    assert numbers(editor) == (0, 0, [])


@pytest.mark.database
@pytest.mark.parametrize(
    ("language", "subject", "line"),
    [
        ("kk", "Сізді 2 жарияланым күтіп тұр", "Тексеруді күтуде: 1"),
        ("ru", "Вас ждут 2 записи", "Ждёт проверки: 1"),
        ("en", "2 posts are waiting for you", "Waiting for review: 1"),
    ],
)
def test_a_mail_tells_in_the_language_of_the_person_what_waits(
    app: Flask, mailbox: Mailbox, editor: Browser, write: Write, language: str, subject: str, line: str
) -> None:
    person(app, "editor", email="editor@kariu.kz", language=language)
    bring_into(app, write(en="Submitted", published=None), "review")
    write(en="Without Kazakh", ru="Без казахского", published=RECENT)
    send_what_is_new(app)
    (message,) = mailbox.mails
    assert (message["To"], message["Subject"], message["Content-Language"]) == ("editor@kariu.kz", subject, language)
    assert line in text(message)
    assert "Submitted" not in text(message)  # no title leaves the newsroom before readers see it
    address = re.search(rf"https://\S+(/{language}/staff/\?state=waiting)", text(message))
    assert address is not None
    assert editor.get(address[1]).all("th", scope="row")


@pytest.mark.database
def test_a_mail_comes_at_most_once_a_day_and_only_if_something_is_new(
    app: Flask, mailbox: Mailbox, write: Write, pass_time: PassTime
) -> None:
    person(app, "editor", email="editor@kariu.kz")
    first, second = write(en="First", published=None), write(en="Second", published=None)
    bring_into(app, first, "review")
    send_what_is_new(app)
    assert len(mailbox.mails) == 1
    bring_into(app, second, "review")
    send_what_is_new(app)
    assert len(mailbox.mails) == 1  # not twice in a day
    pass_time(DAY + 1)
    send_what_is_new(app)
    assert len(mailbox.mails) == 2
    pass_time(DAY + 1)
    send_what_is_new(app)
    assert len(mailbox.mails) == 2  # nothing is new
    change(app, first, lambda post: post.translations["en"].give_back("Date?"))
    send_what_is_new(app)
    bring_into(app, first, "review")
    send_what_is_new(app)
    assert len(mailbox.mails) == 3  # what comes back is new again


@pytest.mark.database
def test_whoever_turns_the_mail_off_gets_none(app: Flask, mailbox: Mailbox, editor: Browser, write: Write) -> None:
    person(app, "editor", email="editor@kariu.kz", language="en")
    bring_into(app, write(en="Submitted", published=None), "review")
    page = editor.get("/en/staff/account")
    data = page.fields(page.form("Save")[0])
    assert data.pop("wants_reminders") == "y"
    assert editor.client.post("/en/staff/account", data=data).status_code == 303
    send_what_is_new(app)
    assert mailbox.mails == []
    editor.submit(editor.get("/en/staff/account"), "Save", {"wants_reminders": "y"})
    send_what_is_new(app)
    assert len(mailbox.mails) == 1


@pytest.mark.database
def test_what_is_done_before_the_mail_goes_is_in_no_mail(app: Flask, mailbox: Mailbox, write: Write) -> None:
    person(app, "editor", email="editor@kariu.kz")
    post = write(kk="Тақырып", ru="Заголовок", en="Submitted", published=None)
    bring_into(app, post, "review")
    with app.app_context():
        remind()
        db.session.get_one(Post, post).translations["en"].publish()
        db.session.commit()
        deliver_mails()
        assert db.session.query(Message).count() == 0
    assert mailbox.mails == []


def test_without_a_mail_server_nothing_is_put_into_the_outbox(app: Flask, write: Write) -> None:
    person(app, "editor", email="editor@kariu.kz")
    bring_into(app, write(en="Submitted", published=None), "review")
    with app.app_context():
        remind()
        assert db.session.query(Message).count() == 0
