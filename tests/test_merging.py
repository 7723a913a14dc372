"""Merging a category or a byline: posts move, addresses lead on, no feed is flooded, and it can be taken back."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import feedparser
import pytest
from flask import Flask
from sqlalchemy import Engine, event, select

from kariu_blog.accounts import people
from kariu_blog.accounts.acts import Act
from kariu_blog.database import db, now
from kariu_blog.posts.post import Post
from kariu_blog.posts.taxonomy import Author, Category
from tests.support.browsing import Browser, Page, value
from tests.support.cast import PassTime, Write

SITE = "/en/staff/site"
DAY = 24 * 3600
NEWS, SCIENCE = 2, 4
KINDS = pytest.mark.parametrize(
    ("kind", "listed", "field", "model", "old", "new"),
    [
        ("categories", "categories", "category", Category, "science", "news"),
        ("bylines", "authors", "author", Author, "press-office", "administration"),
    ],
)


@pytest.fixture
def admin(app: Flask) -> Browser:
    browser = Browser(app)
    browser.sign_in("admin")
    return browser


def id_of(app: Flask, model: type[Category] | type[Author], slug: str) -> int:
    with app.app_context():
        return db.session.scalars(select(model.id).where(model.slug == slug)).one()


def merge(admin: Browser, kind: str, source: int, target: int) -> Page:
    return admin.submit(admin.get(f"{SITE}/{kind}/{source}/merging?target={target}"), "Merge")


def titles(reader: Browser, path: str) -> list[str]:
    page = reader.get(path)
    return [page.text(a) for heading in page.all("h2") for a in heading.iter("a") if "/posts/" in a.get("href")]


def entries(reader: Browser, path: str) -> list[tuple[str, str]]:
    """Id and title of each entry of a feed."""
    return [(entry.id, entry.title) for entry in feedparser.parse(reader.raw(path).data).entries]


def history(reader: Browser, path: str) -> list[tuple[str, str]]:
    """The entries of a feed and of all its archive pages, newest page first."""
    found = []
    while path:
        feed = feedparser.parse(reader.raw(path).data)
        found += [(entry.id, entry.title) for entry in feed.entries]
        path = next((link.href.split(".test", 1)[1] for link in feed.feed.links if link.rel == "prev-archive"), "")
    return list(dict.fromkeys(found))


@KINDS
def test_a_merge_shows_what_moves_and_asks_and_old_addresses_lead_on(
    app: Flask,
    admin: Browser,
    write: Write,
    kind: str,
    listed: str,
    field: str,
    model: type[Category],
    old: str,
    new: str,
) -> None:
    source, target, reader = id_of(app, model, old), id_of(app, model, new), Browser(app)
    write(en="Ours", **{field: old})
    write(en="A draft", published=None, **{field: old})
    write(en="Theirs", **{field: new})
    before = {path: reader.raw(f"/en/{listed}/{old}/{path}").status_code for path in ("", "feed.atom")}
    assert set(before.values()) == {200}
    page = admin.get(f"{SITE}/{kind}/{source}/merging")
    assert page.one("form", method="get").find(".//select").get("name") == "target"
    page = admin.get(f"{SITE}/{kind}/{source}/merging?target={target}")
    assert "2 posts move" in page.text()
    assert titles(reader, f"/en/{listed}/{old}/") == ["Ours"]
    admin.submit(page, "Merge")
    assert sorted(titles(reader, f"/en/{listed}/{new}/")) == ["Ours", "Theirs"]
    for path in ("", "feed.atom", "feed.json"):
        answer = reader.raw(f"/en/{listed}/{old}/{path}")
        assert (answer.status_code, answer.location) == (301, f"/en/{listed}/{new}/{path}")
        assert answer.headers["Cache-Control"] == "no-cache"
    assert f"/en/{listed}/{new}/" in reader.get("/en/posts/ours").links().values()
    assert old not in "".join(reader.get("/en/").links().values())
    assert f"{listed}/{old}/" not in reader.raw("/sitemap.xml").get_data(as_text=True)
    assert f"{listed}/{old}/" not in reader.get("/en/feeds/").html
    with app.app_context():
        assert [act.kind for act in db.session.query(Act).filter(Act.kind.contains("merged"))] == [f"{field}.merged"]


@pytest.mark.parametrize("number", [3, 45])
def test_entries_keep_their_ids_and_no_live_feed_is_flooded(
    app: Flask, admin: Browser, write: Write, number: int
) -> None:
    reader, feed = Browser(app), "/en/categories/news/feed.atom"
    for count in range(number):
        write(en=f"Science {count}", category="science", published=now() - timedelta(days=400 - count))
    write(en="News", category="news")
    ids = set(history(reader, "/en/categories/science/feed.atom"))
    live, everything = entries(reader, feed), entries(reader, "/en/feed.atom")
    assert len(ids) == number
    merge(admin, "categories", SCIENCE, NEWS)
    assert entries(reader, feed) == live
    assert entries(reader, "/en/feed.atom") == everything
    assert set(history(reader, feed)) == ids | set(live)
    post = write(en="Newest", category="news", published=now())
    assert [title for _id, title in entries(reader, feed)] == ["Newest", "News"]
    with app.app_context():
        moved = db.session.query(Post).filter(Post.id != post).first()
        assert moved is not None
        moved.translations["en"].updated_at = now()
        db.session.commit()
    assert [title for _id, title in entries(reader, feed)] == ["Newest", "News"]


def test_a_merge_can_be_taken_back_for_thirty_days(
    app: Flask, admin: Browser, write: Write, pass_time: PassTime
) -> None:
    reader, old, new = Browser(app), "/en/categories/science/", "/en/categories/news/"
    for count in range(33):
        write(en=f"Science {count}", category="science", published=now() - timedelta(days=400 - count))
    write(en="News", category="news")
    before = {path: reader.raw(path).data for path in (old, f"{old}feed.atom", new, f"{new}feed.atom")}
    known = history(reader, f"{old}feed.atom")
    merge(admin, "categories", SCIENCE, NEWS)
    write(en="Later", category="news", published=now())
    pass_time(29 * DAY)
    admin.sign_in("admin")
    admin.submit(admin.get(f"{SITE}/categories/"), "Take the merge back")
    assert reader.raw(old).data == before[old]
    assert set(history(reader, f"{old}feed.atom")) == set(known)
    assert entries(reader, f"{old}feed.atom") == [
        (entry.id, entry.title) for entry in feedparser.parse(before[f"{old}feed.atom"]).entries
    ]
    assert titles(reader, new) == ["Later", "News"]
    assert [title for _id, title in history(reader, f"{new}feed.atom")] == ["Later", "News"]


def test_after_thirty_days_a_merge_is_for_good(app: Flask, admin: Browser, write: Write, pass_time: PassTime) -> None:
    write(en="Science", category="science")
    merge(admin, "categories", SCIENCE, NEWS)
    pass_time(31 * DAY)
    admin.sign_in("admin")
    page = admin.get(f"{SITE}/categories/")
    assert "Take the merge back" not in page.text()
    token = value(admin.get(f"{SITE}/notices/new"), "csrf_token")
    answer = admin.client.post(f"{SITE}/categories/{SCIENCE}/merging/taken-back", data={"csrf_token": token})
    assert answer.status_code == 404
    assert titles(Browser(app), "/en/categories/news/") == ["Science"]


def test_whoever_writes_in_the_merged_category_goes_on_and_is_told(
    app: Flask, admin: Browser, editor: Browser, write: Write
) -> None:
    post = write(en="Science", category="science")
    open_form, new_form = editor.get(f"/en/staff/posts/{post}"), editor.get("/en/staff/posts/new")
    merge(admin, "categories", SCIENCE, NEWS)
    page = editor.submit(open_form, "Update on the site", {"en-title": "Science goes on"}, within="en")
    assert "What you had chosen is part of “News” now" in page.text()
    assert value(page, "category") == str(NEWS)
    page = editor.submit(new_form, "Save", {"category": str(SCIENCE), "author": "2", "en-title": "A new one"})
    assert "What you had chosen is part of “News” now" in page.text()
    assert value(page, "category") == str(NEWS)
    assert titles(Browser(app), "/en/categories/news/") == ["Science goes on"]


def test_a_draft_that_was_typed_before_the_merge_opens_in_the_new_category(admin: Browser, editor: Browser) -> None:
    page = editor.get("/en/staff/posts/new")
    form, _button = page.form("Save")
    typed = {**page.fields(form), "category": str(SCIENCE), "author": "2", "en-title": "Not saved yet"}
    assert editor.client.post("/en/staff/posts/new/draft", data=typed).status_code == 200
    merge(admin, "categories", SCIENCE, NEWS)
    page = editor.get(editor.get("/en/staff/").links()["Not saved yet"])
    assert (value(page, "category"), value(page, "en-title")) == (str(NEWS), "Not saved yet")


def test_a_scheduled_post_comes_out_in_the_category_into_which_its_own_was_merged(
    app: Flask, admin: Browser, write: Write, pass_time: PassTime
) -> None:
    reader, path = Browser(app), "/en/categories/news/"
    write(en="Soon", category="science", published=timedelta(hours=1))
    merge(admin, "categories", SCIENCE, NEWS)
    assert (titles(reader, path), entries(reader, f"{path}feed.atom")) == ([], [])
    pass_time(3700)
    assert titles(reader, path) == ["Soon"]
    assert [title for _id, title in entries(reader, f"{path}feed.atom")] == ["Soon"]


def test_a_merge_into_what_is_merged_later_leads_to_the_last(app: Flask, admin: Browser, write: Write) -> None:
    write(en="Science", category="science")
    merge(admin, "categories", SCIENCE, 3)
    merge(admin, "categories", 3, NEWS)
    reader = Browser(app)
    assert reader.raw("/en/categories/science/").location == "/en/categories/news/"
    assert titles(reader, "/en/categories/news/") == ["Science"]


def test_the_rectors_blog_and_byline_are_never_merged_away(app: Flask, admin: Browser) -> None:
    for kind, model in (("categories", Category), ("bylines", Author)):
        key = id_of(app, model, "rector")
        assert "Merge…" not in admin.get(f"{SITE}/{kind}/{key}").links()
        admin.get(f"{SITE}/{kind}/{key}/merging", 404)


def test_a_merge_into_itself_or_into_nothing_is_refused(admin: Browser) -> None:
    page = admin.get(f"{SITE}/categories/{SCIENCE}/merging?target={SCIENCE}")
    assert "Show what moves" in page.text()
    token = page.fields(admin.get(f"{SITE}/categories/{SCIENCE}/merging?target={NEWS}").form("Merge")[0])["csrf_token"]
    for target in (SCIENCE, 99, "x"):
        data = {"csrf_token": token, "target": str(target)}
        assert admin.client.post(f"{SITE}/categories/{SCIENCE}/merging", data=data).status_code == 422


def test_whoever_is_limited_to_the_merged_category_keeps_its_posts_and_a_merge_taken_back_leaves_no_more(
    app: Flask, admin: Browser, editor: Browser, write: Write
) -> None:
    ours, theirs = write(en="Ours", category="science"), write(en="Theirs", category="news")
    with app.app_context():
        person = people.find("editor")
        assert person is not None
        person.categories = [SCIENCE]
        db.session.commit()

    def open_to_the_editor() -> list[int]:
        return [editor.client.get(f"/en/staff/posts/{post}").status_code for post in (ours, theirs)]

    assert open_to_the_editor() == [200, 404]
    merge(admin, "categories", SCIENCE, NEWS)
    assert open_to_the_editor() == [200, 200]
    admin.submit(admin.get(f"{SITE}/categories/"), "Take the merge back")
    assert open_to_the_editor() == [200, 404]


def test_a_merge_taken_back_out_of_the_middle_of_two_floods_no_live_feed(
    app: Flask, admin: Browser, write: Write
) -> None:
    reader, middle = Browser(app), "/en/categories/announcements/feed.atom"
    write(en="Science", category="science", published=now() - timedelta(days=400))
    write(en="Event", category="announcements", published=now() - timedelta(days=300))
    merge(admin, "categories", SCIENCE, 3)
    live = entries(reader, middle)
    assert [title for _id, title in live] == ["Event"]
    merge(admin, "categories", 3, NEWS)
    token = value(admin.get(f"{SITE}/notices/new"), "csrf_token")
    admin.client.post(f"{SITE}/categories/3/merging/taken-back", data={"csrf_token": token})
    assert entries(reader, middle) == live
    assert {title for _id, title in history(reader, middle)} == {"Science", "Event"}


def test_a_post_that_is_saved_while_its_category_is_merged_goes_where_that_leads(
    admin: Browser, editor: Browser
) -> None:
    new_form = editor.get("/en/staff/posts/new")

    not_yet = [True]

    def merge_meanwhile(_connection: Any, _cursor: Any, statement: str, *_more: Any) -> None:
        if statement.startswith("INSERT INTO post ") and not_yet:
            not_yet.clear()
            with ThreadPoolExecutor() as somebody_else:
                somebody_else.submit(merge, admin, "categories", SCIENCE, NEWS).result()

    event.listen(Engine, "before_cursor_execute", merge_meanwhile)
    page = editor.submit(new_form, "Save", {"category": str(SCIENCE), "author": "2", "en-title": "A new one"})
    event.remove(Engine, "before_cursor_execute", merge_meanwhile)
    assert not not_yet
    assert value(page, "category") == str(NEWS)
