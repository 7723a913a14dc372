"""Finished pages: made once, true at the next request after a change, and views counted exactly."""

import gzip
import threading
from datetime import UTC, datetime, timedelta

import brotli
import pytest
from flask import Flask
from sqlalchemy import update

from kariu_blog.database import db, now
from kariu_blog.posts.content import Content
from kariu_blog.posts.post import Post, PostTranslation
from kariu_blog.posts.taxonomy import Category
from tests.support.browsing import Browser
from tests.support.cast import PAGES_MIB, PHONE, PassTime, Write
from tests.support.posts import rewrite
from tests.support.statements import statements
from tests.support.views import views


def costs(app: Flask, browse: Browser, path: str) -> int:
    with statements(app) as seen:
        assert browse.raw(path).status_code == 200
    return len(seen)


def retitle(app: Flask, post: int, language: str, title: str) -> None:
    with app.app_context():
        found = db.session.get_one(Post, post)
        content = Content(title=title, summary="", body="<p>…</p>", slug=found.translations[language].slug)
        rewrite(found, language, content)
        db.session.commit()


@pytest.mark.cached
@pytest.mark.parametrize(
    "path", ["/kk/", "/kk/posts/birinshi", "/kk/categories/news/", "/kk/feed.atom", "/sitemap.xml"]
)
def test_a_page_is_built_once(app: Flask, browse: Browser, write: Write, path: str) -> None:
    write(kk="Бірінші")
    first = browse.raw(path)
    assert costs(app, browse, path) == 0
    assert browse.raw(path).data == first.data


@pytest.mark.cached
def test_a_change_invalidates_what_shows_it_and_nothing_else(app: Flask, browse: Browser, write: Write) -> None:
    post = write(kk="Бірінші", category="news", author="press-office")
    write(kk="Екінші", category="science")
    showing = ["/kk/", "/kk/posts/birinshi", "/kk/categories/news/", "/kk/authors/press-office/", "/kk/feed.rss"]
    showing += ["/kk/archive/2021/06/", "/kk/categories/news/feed.atom", "/sitemap.xml", "/kk/feeds/"]
    others = ["/kk/posts/ekinshi", "/kk/categories/science/", "/kk/categories/science/feed.rss", "/kk/feeds.opml"]
    for path in showing + others:
        browse.raw(path)
    retitle(app, post, "kk", "Өзгертілген")
    assert [costs(app, browse, path) for path in others] == [0, 0, 0, 0]
    assert all(costs(app, browse, path) > 0 for path in showing)


@pytest.mark.cached
def test_a_draft_that_nobody_sees_invalidates_no_list(app: Flask, browse: Browser, write: Write) -> None:
    write(kk="Бірінші")
    draft = write(kk="Жоба", published=None)
    browse.raw("/kk/")
    retitle(app, draft, "kk", "Жаңа жоба")
    browse.raw("/robots.txt")
    assert costs(app, browse, "/kk/") == 0


@pytest.mark.cached
def test_parameters_that_no_page_reads_make_no_entries(app: Flask, browse: Browser, write: Write) -> None:
    write(kk="Бірінші")
    first = browse.raw("/kk/")
    for path in ("/kk/?utm_source=x", "/kk/?fbclid=1&x=%FF", "/kk/?PAGE=9"):
        assert costs(app, browse, path) == 0
        assert browse.raw(path).data == first.data
    assert browse.raw("/kk/?page=2").status_code == 404


@pytest.mark.cached
def test_the_memory_of_the_cache_is_bounded(app: Flask, browse: Browser, write: Write) -> None:
    for number in range(30):
        write(kk=f"Жазба {number}")
    layer = app.extensions["cache"]
    before, layer._bytes_max = layer._bytes_max, 40_000
    for number in range(30):
        browse.raw(f"/kk/posts/zhazba-{number}")
    layer._bytes_max = before
    assert 0 < layer._bytes <= 40_000
    assert layer._bytes == sum(page.size for page in layer._entries.values())
    assert costs(app, browse, "/kk/posts/zhazba-29") == 0
    assert costs(app, browse, "/kk/posts/zhazba-0") > 0


@pytest.mark.cached
def test_a_page_that_is_read_stays_when_others_are_dropped(app: Flask, browse: Browser, write: Write) -> None:
    for number in range(30):
        write(kk=f"Жазба {number}")
    layer = app.extensions["cache"]
    before, layer._bytes_max = layer._bytes_max, 40_000
    browse.raw("/kk/posts/zhazba-0")
    made_anew = 0
    for number in range(30):
        browse.raw(f"/kk/posts/zhazba-{number}")
        made_anew += costs(app, browse, "/kk/posts/zhazba-0")
    layer._bytes_max = before
    assert made_anew == 0
    assert costs(app, browse, "/kk/posts/zhazba-5") > 0


@pytest.mark.cached
def test_for_many_readers_at_once_a_page_is_built_once(app: Flask, browse: Browser, write: Write) -> None:
    write(kk="Бірінші")
    browse.raw("/robots.txt")
    readers = [threading.Thread(target=Browser(app).raw, args=("/kk/",)) for _ in range(12)]
    with statements(app) as seen:
        for reader in readers:
            reader.start()
        for reader in readers:
            reader.join()
    assert len(seen) <= 4


@pytest.mark.cached
def test_without_its_database_a_worker_shows_the_last_good_page_and_says_so(
    app: Flask, browse: Browser, write: Write
) -> None:
    post = write(kk="Бірінші")
    good, text = browse.raw("/kk/"), browse.raw("/kk/posts/birinshi")
    retitle(app, post, "kk", "Екінші")
    with app.app_context():
        db.session.execute(db.text("ALTER TABLE cache_tag RENAME TO gone"))
        db.session.execute(db.text("ALTER TABLE post RENAME TO gone_too"))
        db.session.commit()
    answer = browse.raw("/kk/")
    assert (answer.status_code, answer.data) == (200, good.data)
    assert answer.headers["Cache-Status"] == "KarIU; hit; detail=database-unavailable"
    assert browse.raw("/kk/posts/birinshi?fbclid=1").data == text.data
    browse.get("/kk/posts/nothing-kept", 500)


def test_every_kind_of_change_shows_at_the_next_request(app: Flask, browse: Browser, write: Write) -> None:
    post = write(kk="Бірінші", category="news")

    def words(path: str) -> str:
        return browse.get(path).text()

    assert "Бірінші" in words("/kk/categories/news/")
    retitle(app, post, "kk", "Екінші")
    assert "Екінші" in words("/kk/categories/news/")
    assert "Екінші" in words("/kk/posts/birinshi")
    with app.app_context():
        db.session.get_one(Post, post).category = db.session.query(Category).filter_by(slug="science").one()
        db.session.commit()
    assert "Екінші" not in words("/kk/categories/news/")
    assert "Екінші" in words("/kk/categories/science/")
    with app.app_context():
        science = db.session.query(Category).filter_by(slug="science").one()
        science.fields = {**science.fields, "kk-name": "Зерттеу"}
        db.session.commit()
    assert "Зерттеу" in words("/kk/posts/birinshi")
    with app.app_context():
        db.session.get_one(Post, post).translations["kk"].withdraw()
        db.session.commit()
    assert "Екінші" not in words("/kk/")
    browse.get("/kk/posts/birinshi", 404)
    with app.app_context():
        db.session.get_one(Post, post).translations["kk"].publish()
        db.session.commit()
    assert "Екінші" in words("/kk/")
    with app.app_context():
        db.session.delete(db.session.get_one(Post, post))
        db.session.commit()
    assert "Екінші" not in words("/kk/")
    browse.get("/kk/posts/birinshi", 404)


def test_a_change_that_is_rolled_back_shows_nowhere(app: Flask, browse: Browser, write: Write) -> None:
    post = write(kk="Бірінші")
    before = browse.raw("/kk/").data
    with app.app_context():
        content = Content(title="Екінші", summary="", body="", slug="birinshi")
        rewrite(db.session.get_one(Post, post), "kk", content)
        db.session.flush()
        db.session.rollback()
    assert browse.raw("/kk/").data == before


def test_a_scheduled_text_appears_on_a_cached_page_at_its_time(
    browse: Browser, write: Write, pass_time: PassTime
) -> None:
    write(kk="Бірінші")
    write(kk="Кейінгі", published=timedelta(minutes=1))
    assert "Кейінгі" not in browse.get("/kk/").text()
    pass_time(60)
    assert "Кейінгі" in browse.get("/kk/").text()
    assert "Кейінгі" in browse.raw("/kk/feed.rss").get_data(as_text=True)


def test_a_text_that_was_published_by_schedule_while_nobody_read_is_on_a_cached_page(
    browse: Browser, write: Write, pass_time: PassTime
) -> None:
    write(kk="Бірінші")
    browse.raw("/kk/")
    write(kk="Кейінгі", published=timedelta(minutes=1))
    pass_time(60)
    assert "Кейінгі" in browse.get("/kk/").text()


def test_compressed_plain_and_head_are_the_same_page(browse: Browser, write: Write) -> None:
    write(kk="Бірінші")
    for _ in range(2):
        plain = browse.raw("/kk/posts/birinshi")
        compressed = browse.raw("/kk/posts/birinshi", Accept_Encoding="gzip, br")
        assert compressed.headers["Content-Encoding"] == "br"
        assert brotli.decompress(compressed.data) == plain.data
        unable = browse.raw("/kk/posts/birinshi", Accept_Encoding="gzip, br;q=0")
        assert (unable.headers["Content-Encoding"], gzip.decompress(unable.data)) == ("gzip", plain.data)
        assert len(compressed.data) == int(compressed.headers["Content-Length"])
        assert plain.headers["ETag"] == compressed.headers["ETag"]
        assert plain.headers["Vary"] == compressed.headers["Vary"] == "Accept-Encoding"
        head = browse.raw("/kk/posts/birinshi", "HEAD")
        assert head.data == b""
        assert dict(head.headers) == dict(plain.headers)
        unchanged = browse.raw("/kk/posts/birinshi", If_None_Match=plain.headers["ETag"])
        assert (unchanged.status_code, unchanged.data) == (304, b"")


def test_staff_see_their_own_writing_before_any_version_is_known(app: Flask, browse: Browser, write: Write) -> None:
    write(kk="Бірінші")
    browse.raw("/kk/")
    staff = Browser(app)
    staff.sign_in("editor")
    with app.app_context():
        db.session.execute(update(PostTranslation).values(title="Екінші"))  # moves no version
        db.session.commit()
    assert "Екінші" in staff.get("/kk/").text()


def test_errors_redirects_and_forms_are_never_cached(browse: Browser, write: Write) -> None:
    write(kk="Бірінші")
    for path in ("/kk/nothing", "/", "/kk/staff/login", "/healthz", "/kk/posts/birinshi-2"):
        assert "ETag" not in browse.raw(path).headers, path


def test_static_files_are_answered_with_their_own_conditions(browse: Browser) -> None:
    style = browse.raw("/static/style.css")
    assert browse.raw("/static/style.css", If_None_Match=style.headers["ETag"]).status_code == 304


def test_views_of_people_are_counted_and_no_others(app: Flask, browse: Browser, write: Write) -> None:
    post = write(kk="Бірінші", views=913)
    earlier = views(app, post)
    before = browse.raw("/kk/posts/birinshi").headers["ETag"]
    for _ in range(3):
        browse.raw("/kk/posts/birinshi", User_Agent=PHONE)
    browse.raw("/kk/posts/birinshi", User_Agent=PHONE, If_None_Match=before)
    browse.raw("/kk/posts/birinshi", "HEAD", User_Agent=PHONE)
    browse.raw("/kk/posts/birinshi", User_Agent="Mozilla/5.0 (compatible; Googlebot/2.1)")
    browse.raw("/kk/posts/birinshi", User_Agent=PHONE, Sec_Purpose="prefetch;prerender")
    browse.raw("/kk/", User_Agent=PHONE)
    staff = Browser(app)
    staff.sign_in("editor")
    staff.raw("/kk/posts/birinshi", User_Agent=PHONE)
    assert views(app, post) == earlier + 4
    assert views(app, post) == earlier + 4
    app.extensions["cache"].clear()
    page = browse.get("/kk/posts/birinshi")
    assert f"{917 + earlier} рет қаралды" in page.text()
    assert page.response.headers["ETag"] == before


def test_views_invalidate_no_page(app: Flask, browse: Browser, write: Write) -> None:
    post = write(kk="Бірінші")
    earlier = views(app, post)
    browse.raw("/kk/")
    browse.raw("/kk/posts/birinshi", User_Agent=PHONE)
    assert views(app, post) == earlier + 1
    if PAGES_MIB:
        assert costs(app, browse, "/kk/") == 0


def test_the_number_of_views_is_no_part_of_an_etag_from_the_first_on(app: Flask, browse: Browser, write: Write) -> None:
    post = write(kk="Бірінші")
    unread = browse.raw("/kk/posts/birinshi")
    for count in (1, 2):
        browse.raw("/kk/posts/birinshi", User_Agent=PHONE)
        assert views(app, post) == count
        app.extensions["cache"].clear()
        read = browse.raw("/kk/posts/birinshi")
        assert f"{count} рет" in read.text
        assert read.headers["ETag"] == unread.headers["ETag"]


def test_listed_posts_are_those_with_a_public_language(app: Flask, write: Write) -> None:
    post = write(kk="Бірінші", ru="Первый", published=None)
    soon, past = now() + timedelta(hours=1), datetime(2021, 1, 1, tzinfo=UTC)
    for language, act in (("kk", soon), ("ru", past), ("ru", None), ("kk", None), ("kk", past), ("ru", past)):
        with app.app_context():
            row = db.session.get_one(Post, post)
            text = row.translations[language]
            text.publish(act) if act else text.withdraw()
            db.session.commit()
            assert row.is_listed == any(text.is_public for text in row.translations.values())
            assert bool(db.session.query(Post).filter(Post.is_listed).count()) == row.is_listed
