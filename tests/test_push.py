"""WebSub: a hub on loopback is told of exactly the feeds that changed, and a real one brings them to a subscriber."""

import socket
import threading
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import feedparser
import pytest
from celery import Celery
from flask import Flask
from flask_websub.hub import Hub, SQLite3HubStorage
from flask_websub.subscriber import (
    SQLite3SubscriberStorage,
    SQLite3TempSubscriberStorage,
    Subscriber,
    discover,
)
from werkzeug.serving import make_server

from kariu_blog.feeds.push import ANSWER_SECONDS, DELIVER_SECONDS
from kariu_blog.languages import local
from kariu_blog.outbox import Message
from tests.support.editor import Editor, eventually
from tests.support.hub import hub
from tests.support.serving import PASSWORD, start, stop

pytestmark = [pytest.mark.server, pytest.mark.database]

FORMATS = ("rss", "atom", "json")


def expected(url: str, *stems: str) -> set[str]:
    return {f"{url}{stem}.{format}" for stem in stems for format in FORMATS}


def of_one_text(url: str) -> set[str]:
    return expected(url, "/en/feed", "/en/categories/rector/feed", "/en/authors/rector/feed", "/en/all/feed")


def test_the_hub_is_notified_once_of_the_feeds_that_changed_and_of_no_others(tmp_path: Path) -> None:
    with hub() as server:
        site = start(
            tmp_path, KARIU_ADMIN_PASSWORD=PASSWORD, KARIU_WEBSUB_HUB=f"http://127.0.0.1:{server.server_port}/"
        )
        feed = feedparser.parse(site.fetch("/en/feed.atom"))
        with urllib.request.urlopen(f"{site.url}/en/feed.atom") as answer:  # a cache must not hand the hub a stale one
            assert answer.headers["Cache-Control"] == "public, max-age=300"
        assert [link.href for link in feed.feed.links if link.rel == "hub"] == [
            f"http://127.0.0.1:{server.server_port}/"
        ]
        eventually(lambda: len(server.topics) == 3 * 3 * 9)  # the demonstration has just come
        server.topics.clear()
        assert Editor(site).save("A new title")
        told = of_one_text(site.url)
        eventually(lambda: set(server.topics) == told)
        assert len(server.topics) == len(told)
        stop(site)


def test_a_dead_hub_delays_no_save_and_is_notified_when_it_is_back(tmp_path: Path) -> None:
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


def test_a_hub_that_is_back_is_notified_within_a_minute() -> None:
    message = Message(tries=0)
    seconds = [message.postpone() for _ in range(20)]
    assert seconds == sorted(seconds)
    assert seconds[-1] + ANSWER_SECONDS + DELIVER_SECONDS < 60


def test_a_publication_that_the_hub_refused_is_announced_after_a_restart(tmp_path: Path) -> None:
    with hub() as server:
        settings = {"KARIU_ADMIN_PASSWORD": PASSWORD, "KARIU_WEBSUB_HUB": f"http://127.0.0.1:{server.server_port}/"}
        site = start(tmp_path, **settings)
        editor = Editor(site)
        eventually(lambda: len(server.topics) == 3 * 3 * 9)
        editor.send(f"{editor.post}/en/withdrawal", {**editor.fields(editor.post), "answer": "withdraw"})
        eventually(lambda: len(server.topics) == 3 * 3 * 9 + 3 * 3 * 4)
        server.topics.clear()
        server.refused = ".rss"
        at = local(datetime.now(UTC) + timedelta(seconds=3))
        fields = {**editor.fields(editor.post), "en-publish_at": f"{at:%Y-%m-%dT%H:%M:%S}"}
        editor.send(f"{editor.post}/en/publication", fields)
        eventually(lambda: bool(server.topics and server.refusals))
        stop(site)
        server.topics.clear()
        server.refused = "nothing"
        again = start(tmp_path, **settings)
        missed = {topic for topic in of_one_text(again.url) if topic.endswith(".rss")}
        eventually(lambda: missed <= set(server.topics))
        stop(again)


def test_the_hub_is_notified_when_a_scheduled_text_is_published_and_not_before(tmp_path: Path) -> None:
    with hub() as server:
        site = start(
            tmp_path, KARIU_ADMIN_PASSWORD=PASSWORD, KARIU_WEBSUB_HUB=f"http://127.0.0.1:{server.server_port}/"
        )
        editor = Editor(site)
        eventually(lambda: len(server.topics) == 3 * 3 * 9)
        editor.send(f"{editor.post}/en/withdrawal", {**editor.fields(editor.post), "answer": "withdraw"})
        eventually(lambda: len(server.topics) == 3 * 3 * 9 + 3 * 3 * 4)
        server.topics.clear()
        server.told_at.clear()
        at = local(datetime.now(UTC) + timedelta(seconds=5)).replace(microsecond=0)
        fields = {**editor.fields(editor.post), "en-publish_at": f"{at:%Y-%m-%dT%H:%M:%S}"}
        editor.send(f"{editor.post}/en/publication", fields)
        assert "Half a century" not in site.fetch("/en/feed.atom").decode()
        eventually(lambda: len(set(server.topics)) == 3 * 3 * 4)
        assert of_one_text(site.url) <= set(server.topics)
        assert min(server.told_at) >= at
        assert "Half a century" in site.fetch("/en/feed.atom").decode()
        once = set(server.topics)
        assert editor.save("Half a century, corrected")
        eventually(lambda: set(server.topics[len(once) :]) == of_one_text(site.url))
        assert Counter(server.topics) == Counter([*once, *of_one_text(site.url)])  # none of them once more
        stop(site)


def test_a_feed_that_the_hub_refuses_holds_up_no_other_and_is_tried_ever_more_seldom(tmp_path: Path) -> None:
    with hub(refused="/kk/feed.rss") as server:
        site = start(
            tmp_path, KARIU_ADMIN_PASSWORD=PASSWORD, KARIU_WEBSUB_HUB=f"http://127.0.0.1:{server.server_port}/"
        )
        eventually(lambda: len(server.topics) == 3 * 3 * 9 - 1)
        eventually(lambda: len(server.refusals) == 3)
        first, second, third = server.refusals
        assert third - second > second - first > 1
        server.topics.clear()
        assert Editor(site).save("A new title")
        eventually(lambda: set(server.topics) == of_one_text(site.url))
        assert len(server.topics) == len(of_one_text(site.url))
        stop(site)


@contextmanager
def served(app: Flask) -> Iterator[str]:
    """The address under which an application answers."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def real_hub(folder: Path) -> Flask:
    app = Flask("hub")
    app.config["PUBLISH_SUPPORTED"] = True
    tasks = Celery(task_always_eager=True)
    app.register_blueprint(Hub(SQLite3HubStorage(str(folder / "hub")), tasks).build_blueprint("/hub"))
    return app


def test_a_real_hub_brings_the_changed_feed_to_a_real_subscriber(tmp_path: Path) -> None:
    files = [SQLite3SubscriberStorage(str(tmp_path / "kept")), SQLite3TempSubscriberStorage(str(tmp_path / "asked"))]
    subscriber, app = Subscriber(*files), Flask("subscriber")
    app.register_blueprint(subscriber.build_blueprint("/callbacks"))
    confirmed: list[str] = []
    received: dict[str, bytes] = {}
    subscriber.add_success_handler(lambda topic, _callback, _mode: confirmed.append(topic))
    subscriber.add_listener(lambda topic, _callback, body: received.update({topic: body}))
    with served(real_hub(tmp_path)) as hub_url, served(app) as callbacks:
        site = start(tmp_path, KARIU_ADMIN_PASSWORD=PASSWORD, KARIU_WEBSUB_HUB=f"{hub_url}/hub")
        topics = {f"{site.url}/en/{file}" for file in ("feed.atom", "feed.rss", "feed.json", "all/feed.atom")}
        for topic in topics:
            found = discover(topic)
            assert found == {"hub_url": f"{hub_url}/hub", "topic_url": topic}
            with app.test_request_context(base_url=callbacks):
                subscriber.subscribe(**found)
        eventually(lambda: set(confirmed) == topics)
        Editor(site).publish("Something new")
        eventually(lambda: all(b"Something new" in received.get(topic, b"") for topic in topics))
        for topic in topics:
            assert received[topic] == site.fetch(topic.removeprefix(site.url))
        stop(site)
