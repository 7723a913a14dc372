"""A database that is stopped, frozen or locked: pages in memory are answered, and nothing typed is lost."""

import http.client
import sqlite3
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import closing
from email.message import Message
from itertools import count
from pathlib import Path
from urllib.parse import quote, urlencode

import psycopg
import pytest

from tests.support.editor import Editor, eventually, get
from tests.support.postgresql import Cluster, cluster
from tests.support.serving import PASSWORD, Site, start, stop

pytestmark = [pytest.mark.server, pytest.mark.database]

IN_MEMORY = "/en/posts/half-a-century-behind-us-and-the-road-ahead"
TITLES = map("Title after all, {}".format, count())
"""New ones, because what was saved without an answer is no news when it is saved again."""
WORDS = "Сөздер жоғалмайды"
NOTHING_SAVED = {
    "kk": "Ештеңе сақталған жоқ, бірақ ештеңе жоғалған да жоқ",
    "ru": "Ничего не сохранено, но и не потеряно",
    "en": "Nothing has been saved, and nothing is lost",
}


@pytest.fixture(scope="module")
def postgresql() -> Iterator[Cluster]:
    with cluster() as running:
        yield running


@pytest.fixture
def site(postgresql: Cluster, tmp_path: Path) -> Iterator[Site]:
    """On PostgreSQL, with one page in the memory of both workers."""
    site = start(tmp_path, KARIU_DATABASE_URL=postgresql.new_database(), KARIU_ADMIN_PASSWORD=PASSWORD)
    for _ in range(30):
        get(site, IN_MEMORY)
    yield site
    if not postgresql.is_running:
        postgresql.start()
    postgresql.thaw()
    stop(site)


@pytest.fixture
def editor(site: Site) -> Editor:
    return Editor(site)


def ask(site: Site, path: str, editor: Editor | None = None, **fields: str) -> tuple[int, Message, str]:
    """Status, headers and text of an answer, whatever it is."""
    browser = editor.browser if editor else urllib.request.build_opener()
    try:
        with browser.open(site.url + path, urlencode(fields).encode() if fields else None, timeout=30) as answer:
            return answer.status, answer.headers, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.headers, error.read().decode()


def assert_unavailable(site: Site, path: str, heading: str) -> None:
    status, headers, page = ask(site, path)
    assert (status, headers["Retry-After"]) == (503, "30")
    assert heading in page


def assert_words_come_back(editor: Editor, fields: dict[str, str]) -> None:
    """From a save in each language; the script that keeps a draft goes by the status."""
    for language, sentence in NOTHING_SAVED.items():
        address = editor.post.replace("/en/", f"/{language}/", 1)
        status, headers, page = ask(editor.site, address, editor, **{**fields, "kk-title": WORDS})
        assert (status, headers["Retry-After"]) == (503, "30")
        assert f'<html id="site" lang="{language}">' in page
        assert sentence in page
        assert f">{WORDS}</textarea>" in page
    status, headers, page = ask(editor.site, f"{editor.post}/draft", editor, **{**fields, "kk-title": WORDS})
    assert (status, headers["Retry-After"]) == (503, "30")
    assert f">{WORDS}</textarea>" in page


def log_lines(site: Site, part: str) -> list[str]:
    return [line for line in site.output.read_text("utf-8").splitlines() if part in line]


def is_ready(site: Site) -> bool:
    return all(ask(site, "/readyz")[0] == 200 for _ in range(8))


def may_save(editor: Editor, title: str) -> bool:
    try:
        return editor.save(title)
    except (OSError, http.client.HTTPException):
        return False


def test_without_postgresql_what_is_in_memory_is_answered_and_words_come_back(
    postgresql: Cluster, site: Site, editor: Editor
) -> None:
    page, fields = get(site, IN_MEMORY), editor.fields(editor.post)
    postgresql.stop()
    for _ in range(16):
        assert get(site, IN_MEMORY) == page
        assert_unavailable(site, f"/ru/search?q={quote('дом')}", "Сайт перегружен")
    assert_unavailable(site, "/kk/archive/2021/06/", "Сайтқа түсетін сұраныс тым көп")
    assert_words_come_back(editor, fields)
    for path in ("/en/staff/", "/en/staff/login"):
        assert ask(site, path, editor)[0] == 503
    assert ask(site, IN_MEMORY, editor)[2] == page
    assert ask(site, "/healthz")[0] == 200
    assert ask(site, "/readyz")[0] == 503
    assert 1 <= len(log_lines(site, "ERROR kariu_blog.outage: The database cannot be used")) <= 2  # of each worker
    assert not log_lines(site, "Traceback")
    postgresql.start()
    eventually(lambda: may_save(editor, next(TITLES)))
    eventually(lambda: "Title after all" in get(site, IN_MEMORY))
    eventually(lambda: is_ready(site))
    assert 1 <= len(log_lines(site, "The database can be used again")) <= 2
    assert len(log_lines(site, "The database cannot be used")) <= 2


def test_a_frozen_postgresql_stops_no_page_in_memory_and_words_come_back(
    postgresql: Cluster, site: Site, editor: Editor
) -> None:
    page, fields = get(site, IN_MEMORY), editor.fields(editor.post)
    postgresql.freeze()
    answers: list[int] = []
    searches = [
        threading.Thread(target=lambda q=q: answers.append(ask(site, f"/en/search?q=word{q}")[0])) for q in range(8)
    ]
    for search in searches:
        search.start()
    for _ in range(16):
        assert get(site, IN_MEMORY) == page
    for search in searches:
        search.join()
    assert answers == [503] * 8
    assert_words_come_back(editor, fields)
    assert ask(site, "/healthz")[0] == 200
    assert ask(site, "/readyz")[0] == 503
    assert not log_lines(site, "Traceback")
    postgresql.thaw()
    eventually(lambda: may_save(editor, next(TITLES)))
    eventually(lambda: "Title after all" in get(site, IN_MEMORY))
    assert log_lines(site, "The database can be used again")


def test_a_statement_that_waits_for_another_program_gives_up(site: Site, editor: Editor) -> None:
    fields = editor.fields(editor.post)
    with psycopg.connect(site.environment["KARIU_DATABASE_URL"]) as program:
        program.execute("LOCK TABLE post")
        assert_unavailable(site, "/kk/archive/2021/06/", "Сайтқа түсетін сұраныс тым көп")
        assert ask(site, editor.post, editor, **{**fields, "kk-title": WORDS})[0] == 503
        assert get(site, IN_MEMORY)
    assert len(log_lines(site, "did not serve a request: canceling statement due to statement timeout")) == 2
    assert editor.save("Title after all")
    assert not log_lines(site, "Traceback")


def test_a_save_that_finds_sqlite_locked_gives_the_words_back_and_readers_notice_nothing(tmp_path: Path) -> None:
    site = start(tmp_path, KARIU_ADMIN_PASSWORD=PASSWORD, KARIU_DATABASE_URL=f"sqlite:///{tmp_path}/kariu.sqlite3")
    editor = Editor(site)
    fields = editor.fields(editor.post)
    get(site, IN_MEMORY)
    with closing(sqlite3.connect(tmp_path / "kariu.sqlite3", isolation_level=None)) as program:
        program.execute("BEGIN EXCLUSIVE")
        assert_words_come_back(editor, fields)
        for path in (IN_MEMORY, "/kk/archive/2021/06/", f"/ru/search?q={quote('дом')}", "/readyz"):
            assert ask(site, path)[0] == 200
        assert 1 <= len(log_lines(site, "The database cannot be used: database is locked")) <= 2
    # until the worker that noticed it saves again
    eventually(lambda: editor.save(next(TITLES)) and bool(log_lines(site, "The database can be used again")))
    assert not log_lines(site, "Traceback")
    stop(site)
