"""Imports that are killed, or whose disk or server fails: what is finished stays, and the same command goes on."""

import os
import random
import re
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler, SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import pytest
from flask import Flask

from kariu_blog.database import db
from kariu_blog.old_site.models import OldMedia
from tests.support import drawing
from tests.support.browsing import Browser
from tests.support.disk import small_disk
from tests.support.wordpress import ENGLISH, HOST, attachment, in_three, item, many, write_export

ROOT = Path(__file__).parent.parent
POSTS = """SELECT p.first_published_at, p.listed_at, t.language, t.title, t.slug, t.body, t.published_at, t.updated_at,
 (SELECT count(*) FROM revision r WHERE r.translation_id = t.id),
 (SELECT count(*) FROM feed_entry e WHERE e.post_id = p.id)
 FROM post p JOIN post_translation t ON t.post_id = p.id ORDER BY t.language, t.title"""


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "flask", *arguments]


def environment(instance: Path) -> dict[str, str]:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("KARIU_")}
    return {**clean, "KARIU_INSTANCE": str(instance)}


def run(instance: Path, *arguments: str) -> "subprocess.CompletedProcess[str]":
    its = environment(instance)
    return subprocess.run(command(*arguments), cwd=ROOT, env=its, capture_output=True, text=True, check=False)


def posts(instance: Path) -> list[tuple[object, ...]]:
    with closing(sqlite3.connect(instance / "kariu.sqlite3")) as connection:
        return connection.execute(POSTS).fetchall()


@pytest.mark.server
@pytest.mark.sqlite
@pytest.mark.parametrize("kills", [8, pytest.param(50, marks=pytest.mark.endurance)])
def test_an_import_that_is_killed_again_and_again_is_the_same_in_the_end(tmp_path: Path, kills: int) -> None:
    export = write_export(tmp_path / "export.xml", *many(kills * 5))
    once, killed = tmp_path / "once", tmp_path / "killed"
    for instance in (once, killed):
        instance.mkdir()
        assert run(instance, "db", "upgrade").returncode == 0
    assert run(once, "import", "wordpress", str(export)).returncode == 0
    dice, counts = random.Random(1963), [0]
    for _ in range(kills):
        arguments = command("import", "wordpress", str(export))
        process = subprocess.Popen(arguments, cwd=ROOT, env=environment(killed), stdout=subprocess.DEVNULL)
        enough = counts[-1] + 3 * dice.randrange(10)
        while process.poll() is None and len(posts(killed)) < enough:
            time.sleep(0.01)
        time.sleep(dice.uniform(0, 0.1))  # within the next post, wherever that is
        process.send_signal(signal.SIGKILL)
        process.wait()
        counts.append(len(posts(killed)))
        assert counts[-1] >= counts[-2]
        assert counts[-1] % 3 == 0  # a post is there in all of its languages, or not at all
    assert run(killed, "import", "wordpress", str(export)).returncode == 0
    assert posts(killed) == posts(once)
    assert len(posts(once)) == kills * 5 * 3


@pytest.mark.server
@pytest.mark.sqlite
def test_a_disk_that_fills_stops_the_import_with_a_sentence_and_room_lets_it_go_on(tmp_path: Path) -> None:
    export = write_export(tmp_path / "export.xml", *many(60, words=60))
    with small_disk(tmp_path / "disk", "3m") as instance:
        assert run(instance, "db", "upgrade").returncode == 0
        stopped = run(instance, "import", "wordpress", str(export))
        assert stopped.returncode == 1
        assert "The import stopped; what is finished stays" in stopped.stderr
        assert "Traceback" not in stopped.stderr
        subprocess.run(["mount", "-o", "remount,size=60m", str(instance)], check=True)
        assert len(posts(instance)) % 3 == 0
        assert run(instance, "import", "wordpress", str(export)).returncode == 0
        assert len(posts(instance)) == 180


@contextmanager
def old_server(failing: int) -> Iterator[int]:
    """Serve pictures, and a 500 at every one of ``failing`` requests."""
    count = 0

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            nonlocal count
            count += 1
            number = int(urlsplit(self.path).path.rpartition("-")[2].partition(".")[0])
            body = b"" if number % failing == 0 else drawing.jpeg(320 + number, 240)
            self.send_response(500 if number % failing == 0 else 200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_arguments: object) -> None:
            pass

    with serving(Handler) as port:
        yield port


@contextmanager
def serving(handler: Callable[..., BaseHTTPRequestHandler]) -> Iterator[int]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        server.server_close()


@pytest.mark.slow
def test_a_server_that_fails_at_some_pictures_costs_these_alone(app: Flask, tmp_path: Path) -> None:
    with old_server(5) as port:
        parts = [
            item(
                number,
                *in_three(number)[:1],
                f'{ENGLISH}<img src="http://127.0.0.1:{port}/wp-content/uploads/p-{number}.jpg">',
            )
            for number in range(1, 11)
        ]
        export = write_export(tmp_path / "export.xml", *parts)
        options = ["--fetch", "--hosts", "127.0.0.1", "--folder", str(tmp_path)]
        answer = app.test_cli_runner().invoke(args=["import", "wordpress", str(export), *options])
        assert answer.exit_code == 0, answer.output
    with app.app_context():
        missing = {file.path: file.error for file in db.session.query(OldMedia) if not file.address}
        assert missing == {"p-5.jpg": "HTTP 500", "p-10.jpg": "HTTP 500"}
    report = (tmp_path / "report.tsv").read_text(encoding="utf-8")
    assert report.count("Сурет немесе файл табылмады\tp-") == 2
    browse = Browser(app)
    assert browse.get("/?p=1&lang=en").one("div", class_="body").find(".//img") is not None


@pytest.mark.slow
def test_a_size_of_a_picture_is_fetched_only_where_the_whole_one_is_gone(app: Flask, tmp_path: Path) -> None:
    folder = tmp_path / "wp-content" / "uploads"
    folder.mkdir(parents=True)
    for name, width in (("a-300x200", 300), ("a", 800), ("b-300x200", 301)):
        (folder / f"{name}.jpg").write_bytes(drawing.jpeg(width, 200))
    with serving(partial(SimpleHTTPRequestHandler, directory=str(tmp_path))) as port:
        body = "".join(f'<img src="http://127.0.0.1:{port}/wp-content/uploads/{n}-300x200.jpg">' for n in "ab")
        export = write_export(tmp_path / "export.xml", item(1, "One", ENGLISH + body))
        options = ["--fetch", "--hosts", "127.0.0.1", "--folder", str(tmp_path)]
        app.test_cli_runner().invoke(args=["import", "wordpress", str(export), *options])
    assert re.findall(r'src="[^"]*-(\d+)x200', Browser(app).get("/?p=1&lang=en").html) == ["800", "301"]


def test_pictures_are_fetched_from_hosts_of_the_old_site_alone(app: Flask, tmp_path: Path) -> None:
    with old_server(1000) as port:
        body = f'{ENGLISH}<img src="http://127.0.0.1:{port}/wp-content/uploads/p-1.jpg">'
        export = write_export(tmp_path / "export.xml", attachment(9, "x.jpg"), item(1, "One", body))
        answer = app.test_cli_runner().invoke(
            args=["import", "wordpress", str(export), "--fetch", "--hosts", HOST, "--folder", str(tmp_path)]
        )
    assert answer.exit_code == 0, answer.output
    with app.app_context():
        assert not db.session.query(OldMedia).filter(OldMedia.address != "").count()
    report = (tmp_path / "report.tsv").read_text(encoding="utf-8")
    assert f"Басқа сайттағы сурет сілтемемен ауыстырылды\thttp://127.0.0.1:{port}" in report


@contextmanager
def old_feed(last: int, *, is_endless: bool) -> Iterator[str]:
    """Serve a feed by pages, with the time of each answer in it; after the last a 404, or the last page for ever."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            number = int(dict(parse_qsl(urlsplit(self.path).query)).get("paged", 1))
            key = min(number, last)
            entry = f"<title>News {key}</title><guid>http://{HOST}/?p={key}</guid><description>{ENGLISH}</description>"
            body = f"<rss version='2.0'><channel><lastBuildDate>{time.monotonic_ns()}</lastBuildDate><item>{entry}"
            self.send_response(200 if number <= last or is_endless else 404)
            self.end_headers()
            self.wfile.write(f"{body}</item></channel></rss>".encode())

        def log_message(self, *_arguments: object) -> None:
            pass

    with serving(Handler) as port:
        yield f"http://127.0.0.1:{port}/feed/?lang=en"


@pytest.mark.parametrize("is_endless", [False, True])
def test_a_feed_is_read_to_its_last_page(app: Flask, tmp_path: Path, *, is_endless: bool) -> None:
    with old_feed(3, is_endless=is_endless) as feed:
        options = ["--feed", feed, "--folder", str(tmp_path)]
        answer = app.test_cli_runner().invoke(args=["import", "wordpress", *options])
    assert answer.exit_code == 0, answer.output
    assert "3 posts and pages" in answer.output
    assert "3 new" in answer.output
