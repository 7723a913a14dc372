"""The real server among clients that hold their connections: pages come, staff go on."""

import os
import re
import socket
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from werkzeug.datastructures import FileStorage
from werkzeug.test import encode_multipart

from tests.support import drawing
from tests.support.editor import Editor, eventually, get
from tests.support.serving import PASSWORD, Site, start, stop, workers

pytestmark = pytest.mark.server

CLIENTS = 64
PATH = "/en/posts/half-a-century-behind-us-and-the-road-ahead"
FORM = "/en/low-vision/removal"
SILENT_POST = f"POST {FORM} HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-www-form-urlencoded\r\n"
SILENT_GET = "GET /en/staff/ HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: 9\r\n\r\n["
PICTURE = f"{'0' * 20}-1600x1200.png"
ONE = ["127.0.0.1"] * CLIENTS
MANY = [f"127.0.0.{number}" for number in range(2, CLIENTS + 2)]


@contextmanager
def clients(site: Site, addresses: list[str], request: str, receive_bytes: int = 0) -> Iterator[None]:
    """Clients that send this and then nothing, and read nothing; before, each worker has the page in memory."""
    for _ in range(8):
        get(site, PATH)
    where, opened = urlsplit(site.url), []
    for address in addresses:
        client = socket.socket()
        if receive_bytes:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_bytes)
        client.bind((address, 0))
        client.connect((where.hostname, where.port))
        client.sendall(request.encode())
        opened.append(client)
    yield
    for client in opened:
        client.close()


def status_of_form(site: Site) -> tuple[int, str]:
    try:
        with urllib.request.urlopen(site.url + FORM, b"x=y", timeout=10) as answer:
            return answer.status, ""
    except urllib.error.HTTPError as refusal:
        return refusal.code, str(refusal.headers["Retry-After"])


def is_full(site: Site) -> bool:
    """Whether all workers refuse forms: one may do so before the other."""
    return {status_of_form(site) for _ in range(20)} == {(503, "5")}


def upload(editor: Editor) -> str:
    """Send a picture; the address to which that leads."""
    token = editor.fields("/en/staff/posts/new")["csrf_token"]
    boundary, body = encode_multipart({"csrf_token": token, "files": FileStorage(BytesIO(drawing.jpeg()), "a.jpg")})
    headers = {"Content-Type": f"multipart/form-data; boundary={boundary}"}
    request = urllib.request.Request(f"{editor.site.url}/en/staff/pictures", body, headers)
    with editor.browser.open(request, timeout=30) as answer:
        return str(answer.url)


@pytest.mark.parametrize("addresses", [ONE, MANY], ids=["from one address", "from many addresses"])
def test_bodies_that_do_not_come_stop_nobody(site: Site, addresses: list[str]) -> None:
    editor = Editor(site)
    with clients(site, addresses, f"{SILENT_POST}Content-Length: 1000\r\n\r\nx"):
        for _ in range(40):
            assert "<h1>" in get(site, PATH)
        assert "<h1>" in get(site, f"{PATH}?{time.monotonic()}")
        assert editor.save(f"Title {time.monotonic()}")
        assert re.search(r"/staff/pictures/\d+$", upload(editor))
    eventually(lambda: status_of_form(site) == (200, ""))


def test_a_form_among_bodies_that_do_not_come_is_told_when_to_come_again(site: Site) -> None:
    with clients(site, MANY, f"{SILENT_POST}Content-Length: 1000\r\n\r\nx"):
        eventually(lambda: is_full(site))
        assert is_full(site)


def test_bodies_of_unknown_length_stop_nobody(site: Site) -> None:
    with clients(site, MANY, f"{SILENT_POST}Transfer-Encoding: chunked\r\n\r\n1\r\nx\r\n"):
        for _ in range(40):
            assert "<h1>" in get(site, PATH)
        assert status_of_form(site) == (200, "")


def test_bodies_of_requests_that_need_none_stop_nobody(site: Site) -> None:
    with clients(site, MANY, SILENT_GET):
        for _ in range(40):
            assert "<h1>" in get(site, PATH)
        assert status_of_form(site) == (200, "")


def test_pictures_that_nobody_reads_stop_nobody(tmp_path: Path) -> None:
    (tmp_path / "media" / "00").mkdir(parents=True)
    (tmp_path / "media" / "00" / PICTURE).write_bytes(os.urandom(8_000_000))
    site = start(tmp_path, KARIU_ADMIN_PASSWORD=PASSWORD)
    editor = Editor(site)
    with clients(site, MANY, f"GET /media/{PICTURE} HTTP/1.1\r\nHost: x\r\n\r\n", 4096):
        for _ in range(40):
            assert "<h1>" in get(site, PATH)
        assert editor.save("A new title")
        assert status_of_form(site) == (200, "")
    eventually(lambda: len(site.fetch(f"/media/{PICTURE}")) == 8_000_000)
    stop(site)


def test_a_refused_form_is_answered_also_when_it_was_sent_whole(site: Site) -> None:
    where = urlsplit(site.url)
    with clients(site, MANY, f"{SILENT_POST}Content-Length: 1000\r\n\r\nx"):
        eventually(lambda: is_full(site))
        with closing(socket.create_connection((where.hostname, where.port))) as client:
            client.sendall(f"{SILENT_POST}Content-Length: 60000\r\n\r\n".encode() + b"x" * 60_000)
            assert client.recv(20).startswith(b"HTTP/1.1 503")


def test_threads_of_a_worker_share_one_heap(tmp_path: Path) -> None:
    site = start(tmp_path, MALLOC_ARENA_MAX="")
    for number in range(100):
        get(site, f"/kk/search?q={number}")
    assert [arenas(pid) for pid in workers(site)] == [0, 0]
    output = site.output.read_text()
    stop(site)
    assert "WARNING" not in output


def test_granians_other_advice_is_passed_on(tmp_path: Path) -> None:
    site = start(tmp_path, KARIU_WORKERS=str((os.cpu_count() or 1) + 1))
    output = site.output.read_text()
    stop(site)
    assert "Configured number of workers appears to be higher" in output


def arenas(process: int) -> int:
    """Heaps of malloc beside the main one: 64 MiB of addresses each, of which the rest is out of bounds for now."""
    regions = [line.split() for line in Path(f"/proc/{process}/maps").read_text().splitlines()]
    found = 0
    for (used, mode, *_), (rest, rest_mode, *_) in pairwise(regions):
        begin, end = int(used.split("-")[0], 16), int(rest.split("-")[1], 16)
        found += (mode, rest_mode, end - begin, begin % (64 << 20)) == ("rw-p", "---p", 64 << 20, 0)
    return found
