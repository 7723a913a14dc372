"""Two feed readers of Debian, newsboat and rss2email, subscribe to a running server and keep up with it."""

import email.policy
import os
import shutil
import socket
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path
from typing import Any

import feedparser
import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import Envelope

from tests.support.editor import Editor, eventually
from tests.support.serving import PASSWORD, Site, start, stop

PATHS = ["/kk/feed.atom", "/ru/feed.rss", "/en/feed.atom"]


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    site = start(tmp_path, KARIU_ADMIN_PASSWORD=PASSWORD)
    yield site
    stop(site)


def run(*command: str, home: Path) -> str:
    if shutil.which(command[0]) is None:
        package = {"r2e": "rss2email"}.get(command[0], command[0])
        pytest.skip(f"Debian's {package} is not on this machine: apt-get install {package}")
    environment = {**os.environ, "HOME": str(home), "LC_ALL": "C.UTF-8"}
    return subprocess.run(command, env=environment, check=True, capture_output=True, text=True, timeout=60).stdout


class Newsboat:
    """Subscribed to a feed of each language; what it shows is read from its own cache."""

    def __init__(self, site: Site, folder: Path) -> None:
        self.folder = folder
        (folder / "urls").write_text("".join(f"{site.url}{path}\n" for path in PATHS))
        (folder / "config").write_text("")

    def do(self, *arguments: str) -> str:
        files = {"url-file": "urls", "config-file": "config", "cache-file": "cache.db"}
        options = [f"--{name}={self.folder / file}" for name, file in files.items()]
        return run("newsboat", *options, *arguments, home=self.folder)

    def unread(self) -> int:
        return int(self.do("--execute=reload", "--execute=print-unread").split()[0])

    def rows(self, query: str) -> list[Any]:
        with closing(sqlite3.connect(self.folder / "cache.db")) as cache:
            return cache.execute(query).fetchall()


def test_newsboat_reads_every_language_and_keeps_what_was_read(site: Site, tmp_path: Path) -> None:
    newsboat = Newsboat(site, tmp_path)
    expected = {
        (f"{site.url}{path}", entry.id, entry.title, entry.author, entry.link)
        for path in PATHS
        for entry in feedparser.parse(site.fetch(path)).entries
    }
    assert newsboat.unread() == len(expected)
    assert set(newsboat.rows("SELECT feedurl, guid, title, author, url FROM rss_item")) == expected
    for feed, link in newsboat.rows("SELECT feedurl, url FROM rss_item"):
        assert link.startswith(f"{feed.rpartition('/')[0]}/posts/")  # in the feed's language, not a translation
    titles = dict(newsboat.rows("SELECT rssurl, title FROM rss_feed"))
    assert list(titles.values()) == ["ҚарИУ блогы", "Блог КарИУ", "KarIU Blog"]

    read = tmp_path / "read"
    read.write_text("".join(f"{guid}\n" for (guid,) in newsboat.rows("SELECT guid FROM rss_item")))
    newsboat.do(f"--import-from-file={read}")
    assert newsboat.unread() == 0
    editor = Editor(site)
    assert editor.save("A new title")
    assert newsboat.unread() == 0
    assert newsboat.rows("SELECT count(*) FROM rss_item WHERE title = 'A new title'") == [(1,)]
    second = int(time.time())
    eventually(lambda: int(time.time()) > second)  # curl, which newsboat asks, drops a new feed of the same second
    editor.publish("Something new")
    assert newsboat.unread() == 1
    assert newsboat.rows("SELECT title FROM rss_item WHERE unread = 1") == [("Something new",)]


class Letterbox:
    """Of an SMTP server on loopback."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.letters: list[EmailMessage] = []

    async def handle_DATA(self, _server: object, _session: object, envelope: Envelope) -> str:
        letter = BytesParser(EmailMessage, policy=email.policy.default).parsebytes(envelope.original_content or b"")
        self.letters.append(letter)
        return "250 Taken"


@pytest.fixture
def letterbox() -> Iterator[Letterbox]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        box = Letterbox(probe.getsockname()[1])
    controller = Controller(box, hostname="127.0.0.1", port=box.port, ready_timeout=30)
    controller.start()
    yield box
    controller.stop()


def test_rss2email_posts_each_entry_once(site: Site, letterbox: Letterbox, tmp_path: Path) -> None:
    configuration = tmp_path / "rss2email.cfg"
    configuration.write_text(
        "[DEFAULT]\nto = reader@example.org\nfrom = feeds@example.org\nemail-protocol = smtp\n"
        f"smtp-server = 127.0.0.1\nsmtp-port = {letterbox.port}\nhtml-mail = True\n"
    )

    def r2e(*arguments: str) -> None:
        run("r2e", "-c", str(configuration), "-d", str(tmp_path / "rss2email.json"), *arguments, home=tmp_path)

    for path in PATHS:
        r2e("add", path.split("/")[1], site.url + path)
    r2e("run")
    expected = [
        (path.split("/")[1], entry.title, entry.author, entry.link)
        for path in PATHS
        for entry in feedparser.parse(site.fetch(path)).entries
    ]
    letters = letterbox.letters
    assert len(letters) == len(expected)
    assert all(f"/{language}/posts/" in link for language, _title, _author, link in expected)
    for _language, title, author, link in expected:
        letter = next(letter for letter in letters if letter["Subject"] == title)
        assert author in str(letter["From"])
        assert link in letter.get_content()
        assert letter["X-RSS-URL"] == link
    letterbox.letters.clear()
    r2e("run")
    assert letterbox.letters == []
    Editor(site).publish("Something new")
    r2e("run")
    assert [letter["Subject"] for letter in letterbox.letters] == ["Something new"]
