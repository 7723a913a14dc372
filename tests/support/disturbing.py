"""What disturbs a running server, for as long as a context lasts; each client has a loopback address of its own."""

import http.client
import re
import socket
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.parse import urlencode, urlsplit

from tests.support.serving import Site

HOST, LOOPBACK = "127.0.0.1", "127.0.1.%d"
SILENT_POST = b"POST /kk/low-vision HTTP/1.1\r\nHost: x\r\nContent-Length: 1000\r\n\r\nx"
CLIENTS = 32


@contextmanager
def silent_posts(site: Site, number: int) -> Iterator[None]:
    """Clients that announce a body, send one byte of it and wait."""
    clients = []
    for address in range(number):
        client = socket.create_connection((HOST, port_of(site)), source_address=(LOOPBACK % address, 0))
        client.sendall(SILENT_POST)
        clients.append(client)
    yield
    for client in clients:
        client.close()


@contextmanager
def sign_ins(site: Site) -> Iterator[None]:
    """As many clients as accounts, each of which tries a wrong password once a second."""
    finished = threading.Event()
    clients = [threading.Thread(target=_keep_signing_in, args=(site, n, finished)) for n in range(CLIENTS)]
    for client in clients:
        client.start()
        time.sleep(1 / CLIENTS)
    yield
    finished.set()
    for client in clients:
        client.join()


@contextmanager
def locked_sqlite(instance: Path) -> Iterator[None]:
    """Another program that is writing."""
    connection = sqlite3.connect(instance / "kariu.sqlite3")
    connection.execute("BEGIN IMMEDIATE")
    yield
    connection.close()


def port_of(site: Site) -> int:
    return urlsplit(site.url).port or 0


def _keep_signing_in(site: Site, number: int, finished: threading.Event) -> None:
    while not finished.wait(1):
        with suppress(OSError, http.client.HTTPException):
            _sign_in(site, number)


def _sign_in(site: Site, number: int) -> None:
    connection = http.client.HTTPConnection(HOST, port_of(site), timeout=10, source_address=(LOOPBACK % number, 0))
    connection.request("GET", "/en/staff/login")
    page = connection.getresponse()
    cookie = str(page.headers["Set-Cookie"]).partition(";")[0]
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page.read().decode())
    if token:
        fields = {"csrf_token": token[1], "username": f"nobody-{number}", "password": "a wrong one"}
        form = {"Cookie": cookie, "Content-Type": "application/x-www-form-urlencoded"}
        connection.request("POST", "/en/staff/login", urlencode(fields), form)
        connection.getresponse().read()
    connection.close()
