"""Archive pages as strict clients read them (RFC 5005, section 4): each is fetched once and never again."""

import json
import random
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from flask import Flask
from flask_migrate import upgrade
from lxml import etree
from sqlalchemy import text
from werkzeug.test import Client

from kariu_blog import create_app
from kariu_blog.database import db, now
from kariu_blog.posts.content import Content
from kariu_blog.posts.post import Post
from kariu_blog.posts.taxonomy import Category
from tests.support.browsing import Browser
from tests.support.cast import LONG_AGO, SITE, PassTime, Write
from tests.support.old_database import make_old
from tests.support.posts import change, correct, rewrite

ATOM = "{http://www.w3.org/2005/Atom}"
FEEDS = ("/en/feed.atom", "/en/categories/news/feed.atom", "/en/authors/administration/feed.atom", "/en/all/feed.atom")
ROBOT = {"User-Agent": "robot"}


class Document:
    def __init__(self, data: bytes) -> None:
        tree = etree.fromstring(data)
        self.updated = tree.findtext(f"{ATOM}updated")
        self.ids = [entry.findtext(f"{ATOM}id") for entry in tree.iter(f"{ATOM}entry")]
        self.links = {link.get("rel"): link.get("href").removeprefix(SITE) for link in tree.findall(f"{ATOM}link")}
        self.is_archive = tree.find("{http://purl.org/syndication/history/1.0}archive") is not None


class StrictClient:
    """Reads a feed and the archive pages that it does not know yet."""

    def __init__(self, browse: Browser, feed: str) -> None:
        self._browse, self._feed = browse, feed
        self.known: dict[str, list[str]] = {}
        self.seen: set[str] = set()

    def poll(self) -> None:
        document = Document(self._browse.raw(self._feed).data)
        self.seen |= set(document.ids)
        while (older := document.links.get("prev-archive")) and older not in self.known:
            document = Document(self._browse.raw(older).data)
            self.known[older] = document.ids
            self.seen |= set(document.ids)


def public_ids(app: Flask, feed: str) -> set[str]:
    """The entries that are public now, from the posts themselves."""
    with app.app_context():
        posts = [post for post in db.session.query(Post) if post.shown_in("en")]
        if "all" in feed:
            return {f"{post.feed_id}/en" for post in posts}
        posts = [post for post in posts if "news" not in feed or post.category.slug == "news"]
        return {post.translations["en"].feed_id for post in posts if post.translations["en"].is_public}


class Newsroom:
    def __init__(self, app: Flask, write: Write, seed: int) -> None:
        self._app, self._write, self._chance = app, write, random.Random(seed)
        self.posts: list[int] = []

    def act(self) -> None:
        if len(self.posts) < 40 or self._chance.random() < 0.5:
            return self._come()
        return change(self._app, self._chance.choice(self.posts), self._change)

    def _come(self) -> None:
        number = len(self.posts)
        when = self._chance.choice([LONG_AGO, timedelta(0), timedelta(hours=-3), timedelta(minutes=9), None])
        category = self._chance.choice(["news", "news", "science"])
        self.posts.append(self._write(en=f"Post {number}", ru=f"Запись {number}", published=when, category=category))

    def _change(self, post: Post) -> None:
        text, moment = post.translations["en"], now() + timedelta(minutes=self._chance.choice([-999, -9, 9]))
        acts: list[Callable[[], object]] = [
            lambda: text.publish(moment),
            text.publish,
            text.withdraw,
            lambda: correct(text, "Wrong"),
            lambda: setattr(post, "category_id", self._chance.choice(db.session.query(Category).all()).id),
            lambda: rewrite(post, "en", Content(title="Other", summary="", body=f"<p>{moment}</p>", slug=text.slug)),
        ]
        self._chance.choice(acts)()


@pytest.mark.parametrize("seed", [1, pytest.param(2, marks=pytest.mark.slow), pytest.param(3, marks=pytest.mark.slow)])
def test_a_strict_client_loses_nothing_and_no_archive_page_gains(
    app: Flask, browse: Browser, write: Write, pass_time: PassTime, seed: int
) -> None:
    newsroom, chance = Newsroom(app, write, seed), random.Random(seed)
    clients = [StrictClient(browse, feed) for feed in FEEDS for _ in range(2)]
    for _step in range(160):
        newsroom.act()
        pass_time(chance.choice([0, 1, 200]))
        chance.choice(clients).poll()
    for feed in FEEDS:
        for client in [*clients, StrictClient(browse, feed)]:
            if client._feed == feed:
                client.poll()
                assert public_ids(app, feed) <= client.seen
    made = Client(app.extensions["cache"].application)
    pages = {address: ids for client in clients for address, ids in client.known.items()}
    assert len(pages) > len(FEEDS)
    for address, ids in pages.items():
        shown = browse.raw(address)
        assert Document(shown.data).is_archive
        assert set(Document(shown.data).ids) <= set(ids)
        assert shown.data == made.get(address, headers=ROBOT).data  # as it would be made now


def filled(write: Write, number: int) -> list[int]:
    return [write(en=f"Post {n}", category="news") for n in range(number)]


def newest_page(browse: Browser, feed: str = "/en/feed.atom") -> str:
    return str(Document(browse.raw(feed).data).links["prev-archive"])


def test_a_feed_that_holds_everything_names_nothing_older(browse: Browser, write: Write) -> None:
    filled(write, 30)
    assert "prev-archive" not in Document(browse.raw("/en/feed.atom").data).links
    assert "next_url" not in json.loads(browse.raw("/en/feed.json").data)
    write(en="One more")
    page = Document(browse.raw(newest_page(browse)).data)
    assert (len(page.ids), page.links.get("prev-archive")) == (30, None)
    assert page.links["current"] == "/en/feed.atom"
    assert "next-archive" not in page.links  # it would have to change when the next page closes


def test_a_page_is_full_when_it_holds_thirty_entries_of_its_own_feed(browse: Browser, write: Write) -> None:
    for number in range(40):
        write(en=f"News {number}", category="news")
        write(en=f"Science {number}", category="science")
    for feed, pages in (("/en/categories/news/feed.atom", [30]), ("/en/feed.atom", [30, 30])):
        client = StrictClient(browse, feed)
        client.poll()
        assert [len(ids) for ids in client.known.values()] == pages


@pytest.mark.parametrize("number", [31, 45, 60, 75])
def test_json_goes_on_after_what_is_shown(browse: Browser, write: Write, number: int) -> None:
    filled(write, number)
    found: list[str] = []
    address = "/en/feed.json"
    while address:
        document = json.loads(browse.raw(address).data)
        assert document["feed_url"] == SITE + address
        found += [item["id"] for item in document["items"]]
        address = document.get("next_url", "").removeprefix(SITE)
    assert len(found) == len(set(found)) == number


def test_a_correction_shows_in_a_closed_page_and_a_new_post_changes_no_date_of_it(
    app: Flask, browse: Browser, write: Write, pass_time: PassTime
) -> None:
    posts = filled(write, 31)
    address = newest_page(browse)
    pass_time(3)
    before = browse.raw(address)
    assert before.headers["Cache-Control"] == "public, max-age=3600"
    write(en="New")
    after = browse.raw(address)
    assert (after.data, after.last_modified) == (before.data, before.last_modified)
    change(app, posts[3], lambda post: correct(post.translations["en"], "It was Monday."))
    pass_time(3)
    corrected = browse.raw(address)
    assert "It was Monday." in corrected.get_data(as_text=True)
    assert corrected.last_modified is not None
    assert before.last_modified is not None
    assert corrected.last_modified > before.last_modified
    assert Document(corrected.data).updated > Document(before.data).updated


def test_a_text_that_is_hidden_for_a_while_comes_back_as_a_new_entry(
    app: Flask, browse: Browser, write: Write, pass_time: PassTime
) -> None:
    posts = filled(write, 45)
    address = newest_page(browse)
    back_at = now() + timedelta(hours=1)
    change(app, posts[0], lambda post: post.translations["en"].publish(back_at))
    hidden = Document(browse.raw(address).data).ids
    pass_time(3600)
    feed = Document(browse.raw("/en/feed.atom").data)
    assert Document(browse.raw(address).data).ids == hidden
    assert len(hidden) == 29
    assert len(public_ids(app, "/en/feed.atom") & {*feed.ids, *hidden}) == 45


def test_a_scheduled_text_that_is_published_at_once_is_in_the_feed_at_once(
    app: Flask, browse: Browser, write: Write
) -> None:
    filled(write, 30)
    post = write(en="Soon", published=timedelta(hours=1))
    change(app, post, lambda found: found.translations["en"].publish())
    assert public_ids(app, "/en/all/feed.atom") - set(Document(browse.raw(newest_page(browse)).data).ids)
    for feed in FEEDS:
        assert b"Soon" in browse.raw(feed).data


def test_an_earlier_date_takes_no_entry_back_in_time(
    app: Flask, browse: Browser, write: Write, pass_time: PassTime
) -> None:
    post = write(en="Soon", published=timedelta(hours=1))
    change(app, post, lambda found: setattr(found.translations["en"], "updated_at", LONG_AGO))
    pass_time(3600)
    before = Document(browse.raw("/en/feed.atom").data).updated
    change(app, post, lambda found: found.translations["en"].publish(LONG_AGO))
    assert Document(browse.raw("/en/feed.atom").data).updated == before


def test_the_walk_goes_on_past_a_page_that_has_lost_all_its_entries(app: Flask, browse: Browser, write: Write) -> None:
    posts = filled(write, 95)
    for post in posts[30:60]:
        change(app, post, lambda found: found.translations["en"].withdraw())
    client = StrictClient(browse, "/en/feed.atom")
    client.poll()
    assert sorted(len(ids) for ids in client.known.values()) == [0, 30, 30]
    assert len(client.seen) == 65


def test_a_deleted_post_leaves_its_page(app: Flask, browse: Browser, write: Write) -> None:
    posts = filled(write, 31)
    address = newest_page(browse)
    assert len(Document(browse.raw(address).data).ids) == 30
    change(app, posts[3], db.session.delete)
    assert len(Document(browse.raw(address).data).ids) == 29


def test_more_scheduled_texts_than_a_page_holds_are_all_in_the_feed_until_a_page_closes(
    browse: Browser, write: Write, pass_time: PassTime
) -> None:
    for number in range(35):
        write(en=f"Soon {number}", published=timedelta(minutes=number + 1))
    pass_time(3600)
    assert len(Document(browse.raw("/en/feed.atom").data).ids) == 35
    write(en="Now")
    client = StrictClient(browse, "/en/feed.atom")
    client.poll()
    assert len(client.seen) == 36
    assert [len(ids) for ids in client.known.values()] == [30]


@pytest.mark.parametrize("format", ["rss", "atom", "json"])
@pytest.mark.parametrize("feed", ["/en/feed", "/ru/categories/news/feed", "/kk/authors/rector/feed", "/kk/all/feed"])
def test_the_address_of_a_page_of_former_versions_leads_to_the_feed(browse: Browser, feed: str, format: str) -> None:
    answer = browse.raw(f"{feed}-7.{format}")
    assert (answer.status_code, answer.location) == (301, f"{SITE}{feed}.{format}")
    assert browse.raw(f"{feed}-07.{format}").status_code == 404
    assert browse.raw(f"{feed}-1234567890123456.{format}").status_code == 404
    assert browse.raw(f"{feed}-{'9' * 40}.{format}").status_code == 404


@pytest.mark.parametrize("format", ["atom", "rss"])
def test_a_mixed_feed_never_goes_back_in_time_when_an_entry_changes_its_language(
    app: Flask, browse: Browser, write: Write, format: str
) -> None:
    post = write(ru="Объявление", published=timedelta(0))

    def updated() -> str:
        tree = etree.fromstring(browse.raw(f"/kk/all/feed.{format}").data)
        return str(next(tree.iter("item", f"{ATOM}entry")).findtext(f"{ATOM}updated"))

    def translate(found: Post) -> None:
        found.write("kk", Content(title="Хабарландыру", summary="", body="<p>Мәтін</p>", slug="khabarlandyru"))
        found.translations["kk"].publish(LONG_AGO)
        found.translations["kk"].updated_at = LONG_AGO

    moments = [updated()]
    for act in (
        lambda found: rewrite(
            found, "ru", Content(title="Объявление 2", summary="", body="<p>Текст</p>", slug="obyavlenie")
        ),
        translate,
        lambda found: found.translations["kk"].withdraw(),
        lambda found: found.translations["kk"].publish(),
        lambda found: found.translations["kk"].publish(now() + timedelta(days=1)),
        lambda found: found.translations["ru"].publish(LONG_AGO),
    ):
        change(app, post, act)
        moments.append(updated())
    assert moments == sorted(moments)


@pytest.mark.database
@pytest.mark.sqlite
def test_an_upgrade_closes_the_pages_of_what_was_published_before(tmp_path: Path) -> None:
    app = create_app({"SQLALCHEMY_DATABASE_URI": f"sqlite:///{tmp_path / 'old.sqlite3'}", "INSTANCE": tmp_path})
    make_old(app, posts=95)
    with app.app_context():
        db.session.execute(text("UPDATE post SET first_published_at = created_at, listed_at = created_at"))
        db.session.execute(text("UPDATE post_translation SET published_at = updated_at"))
        db.session.commit()
        upgrade()
    client = StrictClient(Browser(app), "/kk/all/feed.atom")
    client.poll()
    assert [len(ids) for ids in client.known.values()] == [30, 30, 30]
    assert len(client.seen) == 95


@pytest.mark.cached
def test_a_page_that_closes_while_a_text_is_only_scheduled_is_named_by_the_feed_in_memory(
    browse: Browser, write: Write, pass_time: PassTime
) -> None:
    for number in range(31):
        write(en=f"Soon {number}", category="news", published=timedelta(minutes=1))
    pass_time(61)
    assert "prev-archive" not in Document(browse.raw("/en/feed.atom").data).links
    write(en="Later", category="news", published=timedelta(hours=1))
    assert "prev-archive" in Document(browse.raw("/en/feed.atom").data).links
