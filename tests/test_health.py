"""What monitors and the log tell the operator."""

from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask_migrate import upgrade

from kariu_blog import create_app
from kariu_blog.audience.counters import RECORD
from kariu_blog.database import db
from kariu_blog.search import index
from tests.support.browsing import Browser
from tests.support.cast import PAGES_MIB, PHONE, Write
from tests.support.disk import small_disk
from tests.support.editor import eventually

AWAY = "postgresql+psycopg://nobody@127.0.0.1:1/none"
KEY = "of another instance"
LOCAL = ("127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1")


def report(app: Flask) -> dict[str, Any]:
    answer = Browser(app).raw("/readyz")
    assert answer.content_type == "application/json"
    assert answer.headers["Cache-Control"] == "no-store"
    found: dict[str, Any] = {"status": answer.status_code, **(answer.json or {})}
    return found


@pytest.fixture
def away(tmp_path: Path) -> Flask:
    """A site whose database is not there."""
    return create_app({"SQLALCHEMY_DATABASE_URI": AWAY, "INSTANCE": tmp_path, "SECRET_KEY": KEY})


def test_the_process_is_alive_whatever_the_database_does(away: Flask) -> None:
    answer = Browser(away).raw("/healthz")
    assert (answer.status_code, answer.data, answer.headers["Cache-Control"]) == (200, b"ok\n", "no-store")


def test_without_a_database_the_site_is_not_ready_and_says_why(away: Flask) -> None:
    found = report(away)
    assert (found["status"], found["ready"]) == (503, False)
    assert "connection" in found["database"]
    assert "search" not in found


def test_a_site_in_order_is_ready_and_has_nothing_waiting(app: Flask, write: Write) -> None:
    write(en="Title")
    found = report(app)
    assert (found["status"], found["ready"], found["database"]) == (200, True, "ok")
    assert found["search"] == {"texts_waiting": 0}
    assert found["hub"] is None
    assert found["disk"]["free_bytes"] > 0


def test_work_that_remains_is_reported(app: Flask, write: Write) -> None:
    write(en="Title", kk="Тақырып")
    with app.app_context():
        index.begin_anew()
        db.session.commit()
    for _ in range(3):
        Browser(app).raw("/en/posts/title", User_Agent=PHONE)
    before = report(app)
    assert before["search"] == {"texts_waiting": 2 + 7}  # categories and bylines
    assert before["views"]["views_waiting"] in (0, 3)  # a thread may just have added them up
    with app.app_context():
        app.extensions["counters"].fold()
    assert report(app)["views"] == {"views_waiting": 0}


def test_views_are_reported_until_they_are_added_up(app: Flask) -> None:
    folder = Path(app.instance_path) / "views"
    folder.mkdir(exist_ok=True)
    (folder / "left-by-a-dead-worker.records").write_bytes(RECORD.pack(256, 1) * 5)
    assert report(app)["views"] == {"views_waiting": 5}
    app.extensions["counters"].fold()
    assert report(app)["views"] == {"views_waiting": 0}


def test_feeds_of_which_the_hub_is_not_yet_notified_are_counted(
    app: Flask, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(app.config, "WEBSUB_HUB", "http://127.0.0.1:1/")  # which nobody tells
    before = report(app)["hub"]["feeds_waiting"]
    write(en="Title")
    eventually(lambda: report(app)["hub"]["feeds_waiting"] > before)  # on PostgreSQL within a second


def test_mails_that_wait_are_counted(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(app.config, "SMTP_URL", "smtp://127.0.0.1:1")  # where nobody listens
    assert report(app)["mail"] == {"mails_waiting": 0}
    browser = Browser(app)
    browser.submit(browser.get("/en/staff/forgotten"), "Send the link", {"username": "editor"})
    assert report(app)["mail"] == {"mails_waiting": 1}


def test_a_nearly_full_disk_is_reported(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", "60m") as folder:
        app = create_app({"SQLALCHEMY_DATABASE_URI": f"sqlite:///{tmp_path / 'x.sqlite3'}", "INSTANCE": folder})
        with app.app_context():
            upgrade()
        found = report(app)
        assert (found["status"], found["ready"], found["database"]) == (503, False, "ok")


@pytest.mark.parametrize("address", LOCAL)
def test_readiness_is_reported_on_this_machine(app: Flask, address: str) -> None:
    assert app.test_client().get("/readyz", environ_base={"REMOTE_ADDR": address}).status_code == 200


@pytest.mark.parametrize("address", ["192.0.2.1", "::ffff:192.0.2.1", "2001:db8::1", "0.0.0.0"])
def test_readiness_is_nobody_elses_business(app: Flask, address: str) -> None:
    client = app.test_client()
    for headers in ({}, {"X-Forwarded-For": "127.0.0.1"}):
        answer = client.get("/readyz", environ_base={"REMOTE_ADDR": address}, headers=headers)
        assert answer.status_code == 404
        assert "free_bytes" not in answer.get_data(as_text=True)


@pytest.mark.parametrize("header", ["X-Forwarded-For", "X-Real-IP", "Forwarded"])
def test_whom_a_proxy_on_this_machine_passes_on_is_not_of_this_machine(app: Flask, header: str) -> None:
    assert Browser(app).raw("/readyz", **{header: "127.0.0.1"}).status_code == 404


def test_requests_are_counted_by_how_they_were_answered(app: Flask, write: Write) -> None:
    write(en="Title")
    browse = Browser(app)
    before = report(app)["requests"]
    for path in ("/en/posts/title", "/en/posts/title", "/en/posts/title", "/en/nothing"):
        browse.raw(path)
    after = report(app)["requests"]
    assert {name: after[name] - before[name] for name in after} == {
        "all": 5,  # with the second look at the report
        "pages_built": 1 if PAGES_MIB else 3,
        "from_memory": 2 if PAGES_MIB else 0,
    }
