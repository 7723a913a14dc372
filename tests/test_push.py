"""WebSub: a hub on loopback is told of exactly the feeds that changed."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs

import feedparser

from kariu_blog.languages import local
from tests.test_browser import PASSWORD, start, stop
from tests.test_faults import Editor, eventually

FORMATS = ("rss", "atom", "json")


class Hub(ThreadingHTTPServer):
    """Takes pings and remembers their topics."""

    def __init__(self, port: int = 0) -> None:
        self.topics: list[str] = []
        super().__init__(("127.0.0.1", port), Ping)


class Ping(BaseHTTPRequestHandler):
    server: Hub

    def do_POST(self) -> None:
        form = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        assert form["hub.mode"] == ["publish"]
        self.server.topics += form["hub.url"]
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_arguments: object) -> None:
        """Nothing is written to the console."""


@contextmanager
def hub(port: int = 0) -> Iterator[Hub]:
    server = Hub(port)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


def expected(url: str, *stems: str) -> set[str]:
    everywhere = [f"/{language}/all/feed" for language in ("kk", "ru", "en")]
    return {f"{url}{stem}.{format}" for stem in (*stems, *everywhere) for format in FORMATS}


def test_the_hub_is_told_of_the_feeds_that_changed_once_and_of_no_others(tmp_path: Path) -> None:
    with hub() as server:
        site = start(
            tmp_path, KARIU_ADMIN_PASSWORD=PASSWORD, KARIU_WEBSUB_HUB=f"http://127.0.0.1:{server.server_port}/"
        )
        feed = feedparser.parse(site.fetch("/en/feed.atom"))
        assert [link.href for link in feed.feed.links if link.rel == "hub"] == [
            f"http://127.0.0.1:{server.server_port}/"
        ]
        eventually(lambda: len(server.topics) == 3 * 3 * 9)  # the demonstration has just come
        server.topics.clear()
        assert Editor(site).save("A new title")
        told = expected(site.url, "/en/feed", "/en/categories/rector/feed", "/en/authors/rector/feed")
        eventually(lambda: set(server.topics) == told)
        assert len(server.topics) == len(told)
        stop(site)


def test_a_dead_hub_delays_no_save_and_is_told_when_it_is_back(tmp_path: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    site = start(tmp_path, KARIU_ADMIN_PASSWORD=PASSWORD, KARIU_WEBSUB_HUB=f"http://127.0.0.1:{port}/")
    assert Editor(site).save("A new title")
    stop(site)
    with hub(port) as server:
        again = start(tmp_path, KARIU_WEBSUB_HUB=f"http://127.0.0.1:{port}/")
        eventually(lambda: f"{again.url}/en/feed.rss" in server.topics)
        stop(again)


def test_the_hub_is_told_when_a_scheduled_text_comes_out(tmp_path: Path) -> None:
    with hub() as server:
        site = start(
            tmp_path, KARIU_ADMIN_PASSWORD=PASSWORD, KARIU_WEBSUB_HUB=f"http://127.0.0.1:{server.server_port}/"
        )
        editor = Editor(site)
        at = local(datetime.now(UTC) + timedelta(seconds=8))
        fields = {**editor.fields(editor.post), "en-publish_at": f"{at:%Y-%m-%dT%H:%M:%S}"}
        editor.send(f"{editor.post}/en/publication", fields)
        assert "Half a century" not in site.fetch("/en/feed.atom").decode()
        time.sleep(5)  # until all that was saved has been told
        server.topics.clear()
        told = expected(site.url, "/en/feed", "/en/categories/rector/feed", "/en/authors/rector/feed")
        eventually(lambda: told <= set(server.topics))
        assert "Half a century" in site.fetch("/en/feed.atom").decode()
        stop(site)
