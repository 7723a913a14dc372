"""The activity log: what it says, who sees it, and that nothing in it changes."""

import csv
import io
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select, text
from sqlalchemy.exc import DatabaseError

from kariu_blog.accounts.acts import Act, ActAddress, FailedSignIns, delete_old_addresses, record
from kariu_blog.accounts.models import Staff
from kariu_blog.database import db, now
from kariu_blog.newsroom.acts import KINDS
from tests.support.browsing import Browser, Page
from tests.support.cast import PassTime, Write

LOG = "/en/staff/people/acts"


@pytest.fixture
def admin(app: Flask) -> Browser:
    browser = Browser(app)
    browser.sign_in("admin")
    return browser


def lines(page: Page) -> list[str]:
    """Return what the log says, the newest first, without times."""
    return [page.text(item.find("p")) for item in page.one("ul", class_="desk log")]


def test_it_says_who_signed_in_and_out_and_from_where(app: Flask, admin: Browser) -> None:
    editor = Browser(app)
    editor.client.environ_base["REMOTE_ADDR"] = "203.0.113.7"
    editor.submit(editor.sign_in("editor"), "Sign out editor")
    page = admin.get(LOG)
    assert lines(page)[:2] == ["Signed out", "Signed in"]
    entry = page.text(page.one("ul", class_="desk log")[1])
    assert "editor" in entry
    assert "203.0.113.7" in entry


def test_failed_sign_ins_are_one_counted_line_for_each_account_and_hour(
    app: Flask, admin: Browser, pass_time: PassTime
) -> None:
    for name in ("editor", "editor", "EDITOR", "nobody", "no one"):
        Browser(app).sign_in(name, "a wrong one")
    page = admin.get(LOG)
    assert lines(page)[:2] == ["Sign-in failed 2 times within the hour", "Sign-in failed 3 times within the hour"]
    assert "names that nobody has" in page.text()
    assert "no one" not in page.html
    pass_time(3600)
    Browser(app).sign_in("editor", "a wrong one")
    assert "Sign-in failed 1 time within the hour" in lines(admin.get(LOG))


def test_it_says_what_became_of_posts(admin: Browser) -> None:
    page = admin.new_post({"en-title": "Open day", "en-body": "Text", "ru-title": "День", "ru-body": "Текст"})
    page = admin.submit(page, "Save and publish", within="en")
    page = admin.submit(page, "Save and publish", {"ru-publish_at": "2099-01-01T09:00"}, within="ru")
    page = admin.submit(page, "Update on the site", {"en-slug": "doors", "category": "4", "author": "1"}, within="en")
    page = admin.withdraw(page, "en")
    page = admin.submit(admin.get(page.links()["Delete the post"]), "Put it into the trash")
    assert lines(admin.get(LOG))[:8] == [
        "Post: deleted Open day",
        "Post: withdrawn Open day",
        "Post: given another byline Open day",
        "Post: moved to another category Open day",
        "Post: given another address Open day",
        "Post: a change shown to readers Open day",
        "Post: scheduled День",
        "Post: published Open day",
    ]


def test_a_save_that_changes_words_alone_is_no_act(admin: Browser) -> None:
    page = admin.new_post({"en-title": "Open day", "en-body": "Text"})
    admin.submit(page, "Save", {"en-title": "Doors open"})
    assert lines(admin.get(LOG)) == ["Signed in"]


def test_it_says_who_submitted_and_restored(admin: Browser, author: Browser) -> None:
    page = author.new_post({"en-title": "Open day", "en-body": "Text"})
    page = author.submit(page, "Save", {"en-title": "Doors open"})
    page = author.submit(page, "Save and submit for review", within="en")
    history = author.get(page.links()["History"])
    author.submit(
        author.get([href for href in history.links().values() if "/revisions/" in href][-1]), "Restore this version"
    )
    found = lines(admin.get(LOG))
    assert "Post: an earlier text restored Open day" in found
    assert "Post: submitted for review Doors open" in found


@pytest.mark.usefixtures("author")
def test_it_is_filtered_by_person_kind_post_and_month(admin: Browser, write: Write) -> None:
    first, second = write(en="First", published=None), write(en="Second", published=None)
    for post in (first, second):
        page = admin.get(f"/en/staff/posts/{post}")
        admin.submit(page, "Save and publish", within="en")
    assert lines(admin.get(f"{LOG}?post={first}")) == ["Post: published First"]
    assert lines(admin.get(f"{LOG}?kind=post.published")) == ["Post: published Second", "Post: published First"]
    person = next(o for o in admin.get(LOG).all("option") if o.text == "author").get("value")
    assert lines(admin.get(f"{LOG}?person={person}")) == ["Signed in"]
    month = admin.get(LOG).one("select", name="month")[1].get("value")
    assert len(lines(admin.get(f"{LOG}?month={month}&kind=post.published"))) == 2
    page = admin.get(f"{LOG}?kind=post.deleted")
    assert "Nothing like this has been recorded." in page.text()
    for odd in ("person=x", "month=2026-13", "month=1999-01", "kind=%00", "post=99999999999999999999"):
        admin.get(f"{LOG}?{odd}")


def test_it_has_pages(app: Flask, admin: Browser) -> None:
    with app.app_context():
        person = db.session.query(Staff).filter_by(username="editor").one()
        for number in range(60):
            record("account.signed_in", person, f"number {number}")
        db.session.commit()
    page = admin.get(LOG)
    assert lines(page)[0] == "Signed in number 59"
    assert "Signed in number 0" in lines(admin.get(page.links()["Older"].replace("?", f"{LOG}?", 0)))


@pytest.mark.parametrize("danger", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_no_cell_of_the_table_is_a_formula(app: Flask, admin: Browser, danger: str) -> None:
    with app.app_context():
        record("post.published", None, f"{danger}, «Қазақша»", post_id=7)
        db.session.commit()
    answer = admin.raw(f"{LOG}.csv?post=7")
    assert answer.mimetype == "text/csv"
    text = answer.data.decode("utf-8-sig")
    (row,) = csv.reader(io.StringIO(text, newline=""))
    assert row[2:5] == ["Post: published", f"'{danger}, «Қазақша»", "7"]


def test_addresses_are_gone_after_ninety_days(app: Flask, admin: Browser, pass_time: PassTime) -> None:
    assert "127.0.0.1" in admin.get(LOG).text()
    pass_time(timedelta(days=90).total_seconds() + 1)
    with app.app_context():
        delete_old_addresses()
        db.session.commit()
        assert db.session.scalar(select(func.count()).select_from(ActAddress)) == 0
        assert db.session.scalar(select(func.count()).select_from(Act)) == 1


@pytest.mark.database
@pytest.mark.parametrize("statement", ["UPDATE act SET subject = 'x'", "DELETE FROM act"])
def test_the_database_lets_nobody_change_or_delete_an_act(app: Flask, statement: str) -> None:
    with app.app_context():
        record("post.published", None, "Open day")
        db.session.commit()
        with pytest.raises(DatabaseError, match="an act is never changed or deleted"):
            db.session.execute(text(statement))
        db.session.rollback()
        assert db.session.scalar(select(Act.subject)) == "Open day"


def test_it_says_what_became_of_the_site(admin: Browser) -> None:
    page = admin.submit(admin.get("/en/staff/site/notices/new"), "Save", {"kk-text": "Сабақ болмайды"})
    assert lines(admin.get(LOG))[0] == "Notices: added Сабақ болмайды"
    admin.submit(page, "Save", {"kk-text": "Сабақ бар"})
    shown = admin.get(LOG)
    assert lines(shown)[0] == "Notices: changed Сабақ бар"
    assert shown.one("ul", class_="desk log")[0].find(".//bdi").get("lang") == "kk"
    merging = admin.get("/en/staff/site/categories/4/merging?target=2")
    admin.submit(merging, "Merge")
    assert lines(admin.get(LOG))[0].startswith("Categories: merged Science")


@pytest.mark.parametrize("language", ["kk", "ru", "en"])
def test_every_kind_is_said_in_words(app: Flask, language: str) -> None:
    with app.app_context():
        for kind in KINDS:
            record(kind, None)
        db.session.add(FailedSignIns(staff_id=0, hour=now(), act_id=1, count=2))
        db.session.commit()
    admin = Browser(app)
    admin.sign_in("admin", language=language)
    assert not [line for line in lines(admin.get(f"/{language}/staff/people/acts")) if "." in line.split()[0]]
