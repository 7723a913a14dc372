"""Invalidation of feeds and their dates: by what readers see, when they see it, and nothing else."""

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask

from kariu_blog.database import db, now
from kariu_blog.posts.content import Content
from kariu_blog.posts.post import Post
from kariu_blog.posts.taxonomy import Category
from tests.support.browsing import Browser
from tests.support.cast import PassTime, Write
from tests.support.posts import change, rewrite
from tests.support.versions import versions

SETTLED = 2.1
"""Seconds after a change, from when on it has a date."""
EDIT: dict[str, Any] = {"summary": "", "body": "<p>New</p>"}


def moved_by(app: Flask, post: int, act: Callable[[Post], Any]) -> set[str]:
    """Return the tags of lists and feeds that a change invalidates."""
    before = versions(app)
    change(app, post, act)
    after = versions(app)
    return {tag for tag in after if after[tag] != before.get(tag)} - {f"post:{post}"}


def publish(language: str, seconds: float) -> Callable[[Post], None]:
    return lambda post: post.translations[language].publish(now() + timedelta(seconds=seconds))


def edit(language: str, title: str) -> Callable[[Post], None]:
    return lambda post: rewrite(post, language, Content(title, slug=post.translations[language].slug, **EDIT))


def withdraw(language: str) -> Callable[[Post], None]:
    return lambda post: post.translations[language].withdraw()


def shows(browse: Browser, title: str, path: str = "/en/feed.atom") -> bool:
    return title in browse.raw(path).get_data(as_text=True)


def test_a_scheduled_text_invalidates_nothing_that_readers_see(
    app: Flask, browse: Browser, write: Write, pass_time: PassTime
) -> None:
    write(en="Public")
    waiting = write(en="Draft", published=None)
    pass_time(SETTLED)
    before = browse.raw("/en/all/feed.atom").headers
    for act in (
        publish("en", 7200),
        edit("en", "Edited"),
        publish("en", 3600),
        lambda post: setattr(post, "category_id", post.category_id + 1),
        withdraw("en"),
        publish("en", 3600),
    ):
        assert moved_by(app, waiting, act) == set()
    after = browse.raw("/en/all/feed.atom").headers
    assert (after["Last-Modified"], after["ETag"]) == (before["Last-Modified"], before["ETag"])


def test_a_part_of_a_transaction_that_is_rolled_back_hides_no_other_part(app: Flask, write: Write) -> None:
    def edit_and_fail_at_something_else(post: Post) -> None:
        edit("en", "Later")(post)
        db.session.flush()
        with suppress(ValueError), db.session.begin_nested():
            raise ValueError

    assert "posts:en" in moved_by(app, write(en="First"), edit_and_fail_at_something_else)


def test_a_withdrawn_text_invalidates_nothing_until_it_is_public_again(app: Flask, write: Write) -> None:
    post = write(en="Once here")
    assert "posts:en" in moved_by(app, post, withdraw("en"))
    assert moved_by(app, post, edit("en", "Rewritten")) == set()
    assert moved_by(app, post, publish("en", 3600)) == set()
    assert "posts:en" in moved_by(app, post, publish("en", -1))
    assert "posts:en" in moved_by(app, post, publish("en", 3600))  # it is gone again


def test_a_scheduled_translation_leaves_the_public_ones_alone(app: Flask, write: Write) -> None:
    post = write(ru="Видно")
    draft = {"title": "Жоба", "slug": "zhoba", **EDIT}
    assert moved_by(app, post, lambda post: post.write("kk", Content(**draft))) == set()
    assert moved_by(app, post, publish("kk", 3600)) == set()
    assert moved_by(app, post, edit("kk", "Жоба 2")) == set()
    assert "posts" in moved_by(app, post, edit("ru", "Видно 2"))


def test_an_edit_invalidates_the_feeds_that_show_the_text_and_no_others(app: Flask, write: Write) -> None:
    post = write(kk="Бірінші", ru="Первый")
    invalidated = moved_by(app, post, edit("ru", "Второй"))
    lists = {tag for tag in invalidated if not tag.endswith((":kk", ":ru", ":en"))}
    assert {tag.split(":")[0] for tag in lists} == {"posts", "category", "author"}
    assert invalidated - lists == {*(f"{tag}:ru" for tag in lists), "any:ru", "any:en"}  # to the English, it stands in
    with app.app_context():
        science = db.session.query(Category).filter_by(slug="science").one().id
    invalidated = moved_by(app, post, lambda post: setattr(post, "category_id", science))
    assert {"any:kk", "any:ru", "any:en", "posts:kk", "posts:ru", f"category:{science}:ru"} <= invalidated
    assert "posts:en" not in invalidated


def test_a_changed_schedule_is_followed_to_the_second(
    app: Flask, browse: Browser, write: Write, pass_time: PassTime
) -> None:
    """Cached lists and feeds expire when a text is published, whenever that was scheduled."""
    soon, late, never = (write(en=title, published=None) for title in ("Soon", "Late", "Never"))
    change(app, soon, publish("en", 3600))
    change(app, late, publish("en", 3000))
    change(app, never, publish("en", 3000))
    assert not any(shows(browse, title) for title in ("Soon", "Late", "Never"))
    change(app, never, publish("en", 60))
    change(app, never, withdraw("en"))
    change(app, soon, publish("en", 60))
    for path in ("/en/feed.atom", "/en/", "/en/all/feed.json"):
        assert not shows(browse, "Soon", path)
    pass_time(60)
    for path in ("/en/feed.atom", "/en/", "/en/all/feed.json"):
        assert shows(browse, "Soon", path)
        assert not shows(browse, "Late", path)
        assert not shows(browse, "Never", path)


def test_a_text_that_was_published_while_nobody_read_shows_after_another_change(
    app: Flask, browse: Browser, write: Write, pass_time: PassTime
) -> None:
    other = write(en="Other", category="news", author="rector")
    write(en="Soon", category="science", published=timedelta(minutes=1))
    path = "/en/categories/science/feed.rss"
    assert not shows(browse, "Soon", path)
    pass_time(60)
    change(app, other, edit("en", "Another"))
    assert shows(browse, "Soon", path)


def test_a_feed_is_dated_by_the_translation_that_is_published_by_schedule(
    app: Flask, browse: Browser, write: Write, pass_time: PassTime
) -> None:
    """Its entries in other languages link to it from then on."""
    post = write(kk="Бірінші", ru="Первый")
    change(app, post, withdraw("ru"))
    at = now() + timedelta(minutes=1)
    change(app, post, lambda post: post.translations["ru"].publish(at))
    pass_time(SETTLED)
    for path in ("/kk/feed.atom", "/kk/all/feed.rss"):
        before = browse.raw(path).last_modified
        assert before is not None
        assert before < at.replace(microsecond=0)
    pass_time(60)
    for path in ("/kk/feed.atom", "/kk/all/feed.rss"):
        assert "/ru/posts/pervyy" in browse.raw(path).get_data(as_text=True)
    pass_time(SETTLED)
    for path in ("/kk/feed.atom", "/kk/all/feed.rss"):
        assert browse.raw(path).last_modified == at.replace(microsecond=0)


@pytest.mark.cached
def test_a_reader_that_sends_a_date_alone_misses_no_change_within_a_second(
    app: Flask, browse: Browser, write: Write, pass_time: PassTime
) -> None:
    """Until no other change can share its second, a feed has an ETag alone."""
    post = write(en="First", category="news")
    path = "/en/categories/news/feed.atom"
    pass_time(SETTLED)
    known = browse.raw(path).headers["Last-Modified"]
    for title in ("Second", "Third"):
        change(app, post, edit("en", title))
        answer = browse.raw(path, If_Modified_Since=known)
        assert (answer.status_code, answer.last_modified) == (200, None)
    with app.app_context():
        news = db.session.query(Category).filter_by(slug="news").one()
        news.fields = {**news.fields, "en-name": "All news"}
        db.session.commit()
    assert browse.raw(path, If_Modified_Since=known).status_code == 200
    etag = browse.raw(path).headers["ETag"]
    assert browse.raw(path, If_None_Match=etag).status_code == 304
    pass_time(SETTLED)
    last = browse.raw(path).headers["Last-Modified"]
    assert last != known
    assert browse.raw(path, If_Modified_Since=last).status_code == 304


@pytest.mark.cached
def test_all_workers_give_a_feed_one_date_whatever_they_have_seen_of_it(
    app: Flask, browse: Browser, write: Write, pass_time: PassTime
) -> None:
    post = write(en="First")
    for title in ("Second", "Third"):
        change(app, post, edit("en", title))
        browse.raw("/en/feed.atom")
    pass_time(SETTLED)
    seen_all = browse.raw("/en/feed.atom").headers["Last-Modified"]
    app.extensions["cache"].clear()  # as a worker that has just begun
    assert browse.raw("/en/feed.atom").headers["Last-Modified"] == seen_all


@pytest.mark.parametrize("path", ["/en/feed.atom", "/en/categories/news/feed.rss"])
def test_a_date_never_goes_backwards(app: Flask, browse: Browser, write: Write, pass_time: PassTime, path: str) -> None:
    post = write(en="First")
    second = write(en="Second")
    dates = []
    for act in (edit("en", "Later"), withdraw("en"), publish("en", -60), publish("en", 3600), db.session.delete):
        change(app, post, act)
        pass_time(SETTLED)
        dates.append(browse.raw(path).last_modified)
    change(app, second, withdraw("en"))
    pass_time(SETTLED)
    dates.append(browse.raw(path).last_modified)
    assert None not in dates
    assert dates == sorted(dates, key=lambda date: date or datetime.min.replace(tzinfo=UTC))
