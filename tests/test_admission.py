"""Who may occupy a thread: bodies that do not come, pages that take too long, and who is let in meanwhile."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from werkzeug.test import EnvironBuilder, TestResponse

from kariu_blog.database import db
from kariu_blog.posts.post import Post
from tests.support.browsing import Browser, Page, check, named
from tests.support.cast import PAGES_MIB, Write

FORM = "application/x-www-form-urlencoded"
BUSY = {"kk": "Сайтқа түсетін сұраныс тым көп", "ru": "Сайт перегружен", "en": "The site is busy"}
A_FEW = 4
"""Forms of strangers that are read at once."""


class SilentBody:
    """A body that was announced and does not come until ``end`` is called."""

    def __init__(self) -> None:
        self.is_awaited, self._has_ended = threading.Event(), threading.Event()

    def read(self, _size: int | None = -1) -> bytes:
        self.is_awaited.set()
        assert self._has_ended.wait(10)
        return b""

    def end(self) -> None:
        self._has_ended.set()


@contextmanager
def silent(app: Flask, *addresses: str, **headers: str) -> Iterator[list[str]]:
    """Clients that each hold a thread; gives the statuses that they are answered with in the end."""
    bodies, statuses, threads = [], list[str](), []
    for address in addresses:
        body = SilentBody()
        environ = EnvironBuilder("/en/low-vision", method="POST", content_type=FORM).get_environ()
        environ |= {f"HTTP_{name.upper()}": value for name, value in headers.items()}
        environ |= {"REMOTE_ADDR": address, "CONTENT_LENGTH": "100", "wsgi.input": body}
        threads.append(threading.Thread(target=_send, args=(app, environ, statuses)))
        threads[-1].start()
        bodies.append(body)
        assert body.is_awaited.wait(10)
    try:
        yield statuses
    finally:
        for body in bodies:
            body.end()
        for thread in threads:
            thread.join()


def _send(app: Flask, environ: dict[str, Any], statuses: list[str]) -> None:
    chunks = app.wsgi_app(environ, lambda status, _headers, _error=None: statuses.append(status))  # type: ignore[arg-type]
    b"".join(chunks)
    chunks.close()  # type: ignore[attr-defined]


def send_form(client: FlaskClient, address: str, language: str = "en", **headers: str) -> TestResponse:
    """A form that anybody may send."""
    path = f"/{language}/low-vision/removal"
    return client.post(path, data={"x": "y"}, headers=named(headers), environ_overrides={"REMOTE_ADDR": address})


def checked(answer: TestResponse) -> Page:
    page = Page(answer, answer.request.path)
    check(page)
    return page


def addresses(number: int) -> list[str]:
    return [f"192.0.2.{n}" for n in range(1, number + 1)]


def test_one_address_may_send_one_form_at_a_time(app: Flask) -> None:
    with silent(app, "192.0.2.1"):
        assert send_form(app.test_client(), "192.0.2.1").status_code == 503
        assert send_form(app.test_client(), "192.0.2.2").status_code == 303
    assert send_form(app.test_client(), "192.0.2.1").status_code == 303


@pytest.mark.parametrize(
    ("one", "other", "status"),
    [
        ("2001:db8:1:2::1", "2001:db8:1:2:ffff::9", 503),
        ("2001:db8:1:2::1", "2001:db8:1:3::1", 303),
        ("::ffff:192.0.2.1", "::ffff:192.0.2.2", 303),
        ("unknown", "192.0.2.2", 303),
    ],
)
def test_a_network_of_64_bits_is_one_address(app: Flask, one: str, other: str, status: int) -> None:
    with silent(app, one):
        assert send_form(app.test_client(), other).status_code == status


def test_behind_a_proxy_the_address_is_what_the_proxy_saw(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(app.config, "TRUSTED_PROXIES", 1)
    with silent(app, "127.0.0.1", X_Forwarded_For="203.0.113.1, 192.0.2.1"):
        assert send_form(app.test_client(), "127.0.0.1", X_Forwarded_For="203.0.113.1, 192.0.2.2").status_code == 303
        assert send_form(app.test_client(), "127.0.0.1", X_Forwarded_For="203.0.113.9, 192.0.2.1").status_code == 503
    with silent(app, "192.0.2.1"):
        assert send_form(app.test_client(), "192.0.2.2").status_code == 303


def test_several_people_behind_one_address_may_sign_in_at_once(app: Flask) -> None:
    pages = list[Page]()
    people = [Browser(app) for _ in range(A_FEW)]
    for person in people:
        person.get("/en/staff/login")
    threads = [threading.Thread(target=lambda one=one: pages.append(one.sign_in("editor"))) for one in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(pages) == A_FEW


def test_what_a_client_says_of_its_address_is_not_believed(app: Flask) -> None:
    with silent(app, "192.0.2.1", X_Forwarded_For="203.0.113.1"):
        assert send_form(app.test_client(), "192.0.2.1", X_Forwarded_For="203.0.113.2").status_code == 503


@pytest.mark.parametrize("language", BUSY)
def test_a_form_too_many_is_refused_unread_in_the_language_of_the_page(app: Flask, language: str) -> None:
    with silent(app, *addresses(A_FEW)):
        answer = send_form(app.test_client(), "192.0.2.99", language)
        assert answer.status_code == 503
        assert int(answer.headers["Retry-After"]) > 0
        assert answer.headers["Cache-Control"] == "no-store"
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
        assert BUSY[language] in checked(answer).text()
    assert send_form(app.test_client(), "192.0.2.99", language).status_code == 303


def test_an_address_without_a_language_is_refused_in_the_readers(app: Flask) -> None:
    with silent(app, *addresses(A_FEW)):
        answer = app.test_client().post("/sitemap.xml", headers={"Accept-Language": "ru;q=0.8, kk;q=0.1"})
    assert BUSY["ru"] in answer.text


def test_whoever_was_refused_takes_no_slot(app: Flask) -> None:
    with silent(app, *addresses(A_FEW)):
        for _ in range(20):
            assert send_form(app.test_client(), "192.0.2.99").status_code == 503
    with silent(app, *addresses(A_FEW)) as statuses:
        pass
    assert statuses == ["400 BAD REQUEST"] * A_FEW


def test_pages_and_staff_go_on_while_forms_do_not_come(app: Flask, browse: Browser, write: Write) -> None:
    write(kk="Бірінші", en="First")
    editor = Browser(app)
    editor.sign_in("editor")
    form = editor.get("/en/staff/posts/new")
    with silent(app, *addresses(A_FEW)):
        browse.get("/kk/posts/birinshi")
        browse.get("/kk/search?q=birinshi")
        browse.get("/kk/staff/login")
        assert (
            "Saved as a draft"
            in editor.submit(
                form, "Save", {"category": "2", "author": "2", "en-title": "Second", "en-body": "Text"}
            ).text()
        )


def test_only_a_cookie_that_the_site_signed_for_a_person_is_staff(app: Flask, editor: Browser) -> None:
    anonymous = Browser(app)
    anonymous.get("/en/staff/login")  # whose token is in a signed session, too
    cookie = editor.client.get_cookie("__Host-session")
    assert cookie is not None
    with silent(app, "192.0.2.1"):
        assert send_form(anonymous.client, "192.0.2.1").status_code == 503
        for value in (f"{cookie.value}x", cookie.value[:-1], "made up", ".", ""):
            anonymous.client.set_cookie("__Host-session", value)
            assert send_form(anonymous.client, "192.0.2.1").status_code == 503
        assert send_form(editor.client, "192.0.2.1").status_code == 303


def test_a_body_of_unknown_length_is_not_read(app: Flask) -> None:
    answer = app.test_client().post("/ru/low-vision", headers={"Transfer-Encoding": "chunked"}, content_type=FORM)
    assert answer.status_code == 411
    assert "Запрос непонятен" in answer.text


def test_strangers_send_little(app: Flask, editor: Browser) -> None:
    assert app.test_client().post("/en/staff/posts/new", data={"en-body": "x" * 60_000}).status_code == 401
    answer = app.test_client().post("/en/staff/posts/new", data={"en-body": "x" * 70_000})
    assert answer.status_code == 401
    assert "Your session has ended" in checked(answer).text()
    assert app.test_client().post("/en/low-vision", data={"back": "x" * 70_000}).status_code == 413
    assert editor.client.post("/en/staff/posts/new", data={"en-body": "x" * 70_000}).status_code == 400


@contextmanager
def a_build_that_takes_long(app: Flask) -> Iterator[None]:
    with app.extensions["admission"].slot(EnvironBuilder("/kk/nothing").get_environ()):
        yield


def test_a_page_that_cannot_be_made_now_is_refused_after_a_second(app: Flask, browse: Browser, write: Write) -> None:
    write(kk="Бірінші")
    with a_build_that_takes_long(app):
        answer = browse.raw("/kk/posts/birinshi")
        assert answer.status_code == 503
        assert int(answer.headers["Retry-After"]) > 0
        assert BUSY["kk"] in checked(answer).text()
    browse.get("/kk/posts/birinshi")


def test_a_search_and_pages_do_not_wait_for_each_other(app: Flask, browse: Browser, write: Write) -> None:
    write(kk="Бірінші")
    with a_build_that_takes_long(app):
        browse.get("/kk/search?q=ghbdtn")
    with app.extensions["admission"].slot(EnvironBuilder("/kk/search").get_environ()):
        browse.get("/kk/posts/birinshi")
        assert browse.raw("/kk/search?q=ghbdtn").status_code == 503


def test_readers_who_wait_for_one_page_are_bounded(app: Flask, write: Write) -> None:
    write(kk="Бірінші")
    statuses = list[int]()
    readers = [
        threading.Thread(target=lambda: statuses.append(Browser(app).raw("/kk/posts/birinshi").status_code))
        for _ in range(40)
    ]
    with a_build_that_takes_long(app):
        for reader in readers:
            reader.start()
        for reader in readers:
            reader.join()
    assert statuses == [503] * 40
    assert Browser(app).raw("/kk/posts/birinshi").status_code == 200


if PAGES_MIB:

    def test_the_last_good_page_stands_in_for_one_that_cannot_be_made_now(
        app: Flask, browse: Browser, write: Write
    ) -> None:
        post = write(kk="Бірінші")
        good = browse.raw("/kk/posts/birinshi")
        with app.app_context():
            db.session.get_one(Post, post).translations["kk"].withdraw()
            db.session.commit()
        with a_build_that_takes_long(app):
            answer = browse.raw("/kk/posts/birinshi")
        assert (answer.status_code, answer.data) == (200, good.data)
        assert answer.headers["Cache-Status"] == "KarIU; hit; detail=busy"
        browse.get("/kk/posts/birinshi", 404)

    def test_a_finished_page_waits_for_nobody(app: Flask, browse: Browser, write: Write) -> None:
        write(kk="Бірінші")
        good = browse.raw("/kk/")
        with a_build_that_takes_long(app), silent(app, *addresses(A_FEW)):
            answer = browse.raw("/kk/")
        assert (answer.status_code, answer.data) == (200, good.data)
        assert "Cache-Status" not in answer.headers
