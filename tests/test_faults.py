"""Killed workers and servers, several machines, slow clients: nothing acknowledged is lost, nothing stays stale."""

import fcntl
import http.client
import itertools
import os
import re
import select
import signal
import socket
import sqlite3
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import closing, suppress
from functools import partial
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.support.cast import PHONE
from tests.support.editor import Editor, eventually, get
from tests.support.serving import PASSWORD, POSTGRESQL, Site, start, stop, workers

pytestmark = [pytest.mark.server, pytest.mark.database]

TITLE = "Half a century behind us, and the road ahead"
PATH = "/en/posts/half-a-century-behind-us-and-the-road-ahead"
DEADMAN_SWITCH = 128
"""The byte of the WAL index that every connection locks for as long as it is open (SQLite, os_unix.c)."""
KILLS = pytest.mark.parametrize("kills", [8, pytest.param(100, marks=pytest.mark.endurance)])


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    site = start(tmp_path, KARIU_ADMIN_PASSWORD=PASSWORD)
    yield site
    if site.process.poll() is None:
        stop(site)


def shown_title(site: Site) -> str:
    found = re.search(r"<h1>(.*?)</h1>", get(site, PATH))
    assert found is not None
    return found[1]


@pytest.mark.sqlite
def test_workers_keep_their_hold_on_the_database_that_other_programs_respect(site: Site, tmp_path: Path) -> None:
    """Without it the next program to open the database would begin its WAL index anew under their hands."""
    assert Editor(site).save("A new title")
    for _ in range(20):
        get(site, PATH)
    with (tmp_path / "kariu.sqlite3-shm").open("r+b") as index, pytest.raises(BlockingIOError):
        fcntl.lockf(index, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, DEADMAN_SWITCH)


def test_every_worker_shows_a_change_at_the_next_request(site: Site) -> None:
    editor = Editor(site)
    for number in range(10):
        for _ in range(8):
            shown_title(site)
        assert editor.save(f"Title {number}")
        if POSTGRESQL:  # there within a second
            eventually(partial(_shows, site, f"Title {number}"), 1)
        assert {shown_title(site) for _ in range(24)} == {f"Title {number}"}


def test_a_restart_keeps_every_etag(tmp_path: Path) -> None:
    def etags(site: Site) -> set[str]:
        found = set()
        for _ in range(16):
            with urllib.request.urlopen(site.url + "/en/feed.atom", timeout=20) as answer:
                found.add(str(answer.headers["ETag"]))
        return found

    first = start(tmp_path, KARIU_SITE_URL="https://blog.kariu.test")
    before = etags(first)
    stop(first)
    second = start(tmp_path, KARIU_SITE_URL="https://blog.kariu.test")
    assert etags(second) == before
    assert len(before) == 1
    stop(second)


@KILLS
def test_no_acknowledged_save_is_lost_when_workers_are_killed(site: Site, kills: int) -> None:
    editor, acknowledged = Editor(site), ""
    for number in range(kills):
        eventually(lambda: len(workers(site)) == 2)
        victims = workers(site)
        killer = threading.Timer(0.005 * (number % 8), _kill, [victims])
        killer.start()
        title = f"Title {number}"
        try:
            if editor.save(title):
                acknowledged = title
        except (OSError, http.client.HTTPException):
            pass  # not acknowledged: it may or may not be there
        killer.join()
        eventually(partial(_answers, site))
        assert shown_title(site) in (acknowledged or TITLE, title)
        acknowledged = shown_title(site)


@KILLS
def test_no_acknowledged_save_is_lost_when_everything_is_killed(tmp_path: Path, kills: int) -> None:
    last_acknowledged = in_flight = TITLE
    for number in range(kills + 1):
        site = start(tmp_path, KARIU_ADMIN_PASSWORD=PASSWORD)
        shown = {shown_title(site) for _ in range(6)}
        assert shown in ({last_acknowledged}, {in_flight})
        last_acknowledged = shown.pop()
        editor = Editor(site)
        killer = threading.Timer(0.013 * (number % 16), os.killpg, [site.process.pid, signal.SIGKILL])
        killer.start()
        with suppress(OSError, http.client.HTTPException):
            for save in itertools.count():
                in_flight = f"Title {number}, {save}"
                if editor.save(in_flight):
                    last_acknowledged = in_flight
        killer.join()
        site.process.wait()
        if not POSTGRESQL:
            with closing(sqlite3.connect(tmp_path / "kariu.sqlite3")) as database:
                assert database.execute("PRAGMA integrity_check").fetchone() == ("ok",)


@pytest.mark.parametrize("seconds", [0, 0.05, 0.1, 0.2, 0.4])
def test_a_server_that_is_told_to_end_ends_also_while_its_workers_are_being_replaced(
    site: Site, seconds: float
) -> None:
    for _ in range(2):  # the second time, granian gives up and flask serve begins again
        eventually(lambda: len(workers(site)) == 2)
        victims = workers(site)
        _kill(victims)
        eventually(partial(_are_gone, site, victims))
    time.sleep(seconds)
    os.kill(site.process.pid, signal.SIGTERM)
    site.process.wait(15)
    assert not _answers(site)


@KILLS
def test_views_are_exact_when_workers_are_killed(tmp_path: Path, kills: int) -> None:
    site = start(tmp_path, KARIU_ADMIN_PASSWORD=PASSWORD)
    answered = in_flight = 0
    for number in range(kills):
        if number % 3 == 1:
            eventually(lambda: len(workers(site)) == 2)
            os.kill(workers(site)[number % 2], signal.SIGKILL)
        for _ in range(20):
            try:
                get(site, PATH, User_Agent=PHONE)
                answered += 1
            except (OSError, http.client.HTTPException):
                in_flight += 1
                eventually(partial(_answers, site))
    os.killpg(site.process.pid, signal.SIGKILL)
    site.process.wait()
    second = start(tmp_path)
    page = get(second, PATH)
    found, other = re.search(r"<span>(\d+) views</span>", page), re.search('href="[^"]*(/ru/posts/[^"]+)"', page)
    assert found is not None
    assert other is not None
    assert answered <= int(found[1]) <= answered + in_flight
    assert answered >= kills * 10
    assert f"<span>{found[1]} просмотр" in get(second, other[1])
    stop(second)


def test_clients_that_say_nothing_block_nobody(site: Site) -> None:
    for _ in range(8):  # by each worker
        assert get(site, "/kk/")
        assert get(site, PATH)
    where = urlsplit(site.url)
    silent = []
    for number in range(96):
        client = socket.create_connection((where.hostname, where.port))
        client.sendall(b"GET /kk/ HTTP/1.1\r\nHost: x\r\n" + (b"\r\n" if number % 3 == 0 else b""))  # never reads
        silent.append(client)
    for _ in range(20):
        assert "<h1>" in get(site, PATH)
    unfinished = [client for number, client in enumerate(silent) if number % 3]
    assert select.select(unfinished, [], [], 0)[0] == []  # none was given up to make room
    for client in silent:
        client.close()


def _shows(site: Site, title: str) -> bool:
    return {shown_title(site) for _ in range(8)} == {title}


def _kill(processes: list[int]) -> None:
    for process in processes:
        with suppress(ProcessLookupError):
            os.kill(process, signal.SIGKILL)


def _are_gone(site: Site, processes: list[int]) -> bool:
    return not set(processes) & set(workers(site))


def _answers(site: Site) -> bool:
    try:
        return bool(get(site, "/healthz"))
    except (OSError, http.client.HTTPException):
        return False


@pytest.mark.postgresql
def test_two_machines_that_share_a_database_show_the_same_and_add_up_their_views(tmp_path: Path) -> None:
    key = "shared by both machines"
    (tmp_path / "one").mkdir()
    one = start(tmp_path / "one", KARIU_ADMIN_PASSWORD=PASSWORD, KARIU_SECRET_KEY=key)
    (tmp_path / "two").mkdir()
    url = one.environment["KARIU_DATABASE_URL"]
    two = start(tmp_path / "two", KARIU_DATABASE_URL=url, KARIU_SECRET_KEY=key)
    editor = Editor(one)
    for number in range(5):
        shown_title(two)
        assert editor.save(f"Title {number}")
        eventually(partial(_shows, two, f"Title {number}"), 1.5)
    for machine in (one, two, two):
        get(machine, PATH, User_Agent=PHONE)
    stop(one)
    stop(two)
    third = start(tmp_path / "one", KARIU_DATABASE_URL=url, KARIU_SECRET_KEY=key)
    stop(third)
    fourth = start(tmp_path / "two", KARIU_DATABASE_URL=url, KARIU_SECRET_KEY=key)
    assert "<span>3 views</span>" in get(fourth, PATH)
    stop(fourth)
