"""The whole family of feeds: each format, each subject, the history, and the one that mixes languages."""

import json
import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import feedparser
import pytest
from flask import Flask
from lxml import etree

from kariu_blog.database import db
from kariu_blog.posts.content import Content
from kariu_blog.posts.post import Post
from kariu_blog.posts.taxonomy import Author, Category
from tests.support.browsing import Browser
from tests.support.cast import SITE, PassTime, Write
from tests.support.posts import change, rewrite
from tests.support.versions import await_versions

OWN = [
    "feed",
    "categories/news/feed",
    "authors/press-office/feed",
]
HISTORY = "{http://purl.org/syndication/history/1.0}"
CONTENT = "{http://purl.org/rss/1.0/modules/content/}"
ATOM = "{http://www.w3.org/2005/Atom}"


def json_feed(browse: Browser, path: str) -> Any:
    return json.loads(browse.raw(path).data)


def ids(browse: Browser, path: str) -> list[str]:
    if path.endswith(".json"):
        return [item["id"] for item in json_feed(browse, path)["items"]]
    return [entry.id for entry in feedparser.parse(browse.raw(path).data).entries]


@pytest.mark.parametrize("language", ["kk", "ru", "en"])
def test_every_format_of_every_feed_of_the_demonstration_holds_the_same_entries(
    browse_demo: Browser, language: str
) -> None:
    page = browse_demo.get(f"/{language}/feeds/")
    stems = {re.sub(r"\.\w+$", "", path) for path in page.links().values() if "/feed." in path}
    assert len(stems) == 1 + 4 + 3 + 1
    for stem in stems:
        path = stem.removeprefix(SITE)
        by_format = [ids(browse_demo, f"{path}.{format}") for format in ("rss", "atom", "json")]
        assert by_format[0] == by_format[1] == by_format[2]
        assert by_format[0] or path.endswith("authors/rector/feed") or "categories" in path


def test_a_json_feed_says_what_version_1_1_asks_for(browse: Browser, write: Write) -> None:
    write(kk="Құттықтау", ru="Поздравление", summary="Қысқаша", body='<p>Б <a href="/kk/">үй</a></p>')
    answer = browse.raw("/kk/feed.json")
    assert answer.headers["Content-Type"] == "application/feed+json; charset=utf-8"
    document = json.loads(answer.data)
    assert document["version"] == "https://jsonfeed.org/version/1.1"
    assert document["feed_url"] == f"{SITE}/kk/feed.json"
    assert document["home_page_url"] == f"{SITE}/kk/"
    assert document["language"] == "kk"
    [item] = document["items"]
    assert item["url"] == f"{SITE}/kk/posts/quttyqtau"
    assert item["content_html"] == f'<p>Б <a href="{SITE}/kk/">үй</a></p>'
    assert item["date_published"] == "2021-06-29T06:44:21+00:00"
    assert (item["title"], item["summary"], item["language"]) == ("Құттықтау", "Қысқаша", "kk")
    byline = {"name": "Әкімшілік", "url": f"{SITE}/kk/authors/administration/"}
    assert (item["authors"], item["tags"]) == ([byline], ["Жаңалықтар"])
    assert document["icon"].startswith(f"{SITE}/static/logo.png")
    assert document["favicon"].startswith(f"{SITE}/static/feed.png")
    assert item["_kariu"] == {"translations": [{"language": "ru", "url": f"{SITE}/ru/posts/pozdravlenie"}]}


def test_an_author_has_feeds_in_every_format(browse: Browser, write: Write) -> None:
    write(en="By the office", author="press-office")
    write(en="By others")
    for format in ("rss", "atom", "json"):
        assert len(ids(browse, f"/en/authors/press-office/feed.{format}")) == 1
        assert ids(browse, f"/ru/authors/press-office/feed.{format}") == []
    browse.get("/en/authors/nobody/feed.rss", 404)


@pytest.mark.parametrize(("path", "languages"), [("/kk/feeds.opml", ["kk"]), ("/feeds.opml", ["kk", "ru", "en"])])
def test_importing_the_opml_brings_each_text_once(
    browse: Browser, write: Write, path: str, languages: list[str]
) -> None:
    for category in ("news", "science", "rector"):
        write(kk=f"Жаңалық {category}", ru=f"Новость {category}", category=category)
    tree = etree.fromstring(browse.raw(path).data)
    folders = tree.findall("body/outline")
    assert (tree.get("version"), len(folders)) == ("2.0", len(languages))
    assert not [folder for folder in folders if folder.get("xmlUrl")]
    brought = []
    for outline in tree.findall("body/outline/outline"):
        assert outline.get("type") == "rss"
        assert outline.get("text") == outline.get("title")
        assert outline.get("language") == outline.get("xmlUrl").removeprefix(SITE).split("/")[1]
        parsed = feedparser.parse(browse.raw(outline.get("xmlUrl").removeprefix(SITE)).data)
        assert not parsed.bozo
        brought += [entry.id for entry in parsed.entries]
    expected = [id for language in languages for id in ids(browse, f"/{language}/feed.atom")]
    assert sorted(brought) == sorted(expected)


def walk(browse: Browser, path: str, format: str) -> list[str]:
    """All ids that a reader finds by going back through the history."""
    found = []
    address: str | None = f"{path}.{format}"
    while address:
        found += ids(browse, address)
        data = browse.raw(address).data
        if format == "json":
            address = json.loads(data).get("next_url")
        else:
            links = etree.fromstring(data).iter(f"{ATOM}link")
            address = next((link.get("href") for link in links if link.get("rel") == "prev-archive"), None)
        address = address and address.removeprefix(SITE)
    return found


@pytest.mark.parametrize("format", ["rss", "atom", "json"])
@pytest.mark.parametrize("path", ["/en/feed", "/en/categories/science/feed", "/en/all/feed"])
def test_a_reader_can_walk_back_to_the_first_post(browse: Browser, write: Write, path: str, format: str) -> None:
    for number in range(75):
        write(en=f"Post {number}", ru=f"Запись {number}", category="science" if number % 3 else "news")
    assert len(ids(browse, f"{path}.{format}")) == 30
    assert len(set(walk(browse, path, format))) == (50 if "science" in path else 75)


@pytest.mark.endurance
def test_a_reader_can_walk_back_through_thousands_of_posts(browse: Browser, write: Write) -> None:
    for number in range(3000):
        write(en=f"Post {number}", published=timedelta(hours=number - 3000))
    for format in ("rss", "atom", "json"):
        assert len(set(walk(browse, "/en/feed", format))) == 3000


@pytest.mark.parametrize("format", ["rss", "atom", "json"])
def test_a_post_without_a_translation_is_an_entry_in_another_language_that_says_so(
    app: Flask, browse: Browser, write: Write, format: str
) -> None:
    post = write(ru="Объявление", body="<p>Текст</p>")
    write(kk="Хабарлама")
    path = f"/kk/all/feed.{format}"
    before = ids(browse, path)
    assert len(before) == 2
    text = browse.raw(path).get_data(as_text=True)
    assert text.count("Бұл жарияланымның қазақша нұсқасы әзірге жоқ. Төмендегі мәтін орыс тілінде.") == 2
    assert "Объявление" in text

    def translate(post: Post) -> None:
        post.write("kk", Content(title="Хабарландыру", summary="", body="<p>Мәтін</p>", slug="khabarlandyru")).publish()

    change(app, post, translate)
    assert ids(browse, path) == before
    after = browse.raw(path).get_data(as_text=True)
    assert "Хабарландыру" in after
    assert "Объявление" not in after
    assert set(ids(browse, path)).isdisjoint(ids(browse, f"/kk/feed.{format}"))


def test_a_feed_is_dated_by_every_change_seen_through_it_and_by_no_other(
    app: Flask, browse: Browser, write: Write, pass_time: PassTime
) -> None:
    older = write(en="Older", ru="Старше", category="news")
    write(en="Newer", category="science")
    with app.app_context():
        science = db.session.query(Category).filter_by(slug="science").one().id
    dates = {}

    def look() -> dict[str, datetime | None]:
        await_versions(app)
        pass_time(3)  # a feed has a date when its last change is two seconds old
        paths = ("/en/categories/news/feed.rss", "/en/categories/science/feed.rss", "/ru/categories/news/feed.rss")
        return {path: browse.raw(path).last_modified for path in paths}

    def moved_by(act: Callable[[Post], Any]) -> list[str]:
        nonlocal dates
        dates = look()
        change(app, older, act)
        now = look()
        assert all(now[path] >= dates[path] for path in now)  # type: ignore[operator]
        return [path for path in now if now[path] != dates[path]]

    news, other, russian = look()
    edit: dict[str, Any] = {"summary": "", "body": "<p>New</p>", "slug": "older"}
    assert moved_by(lambda post: rewrite(post, "en", Content("Older still", **edit))) == [news]
    assert moved_by(lambda post: post.translations["en"].withdraw()) == [news, russian]
    assert moved_by(lambda post: post.translations["en"].publish()) == [news, russian]
    assert moved_by(lambda post: setattr(post, "category_id", science)) == [news, other, russian]
    assert moved_by(lambda post: db.session.delete(post)) == [other]


def test_a_change_in_one_category_changes_no_byte_of_another_feed(app: Flask, browse: Browser, write: Write) -> None:
    post = write(en="News", category="news")
    write(en="Science", category="science")
    before = browse.raw("/en/categories/science/feed.atom").data
    content = Content(title="Changed", summary="", body="<p>B</p>", slug="news")
    change(app, post, lambda post: rewrite(post, "en", content))
    with app.app_context():
        rector = db.session.query(Author).filter_by(slug="rector").one()
        rector.fields = {**rector.fields, "en-name": "The rector in person"}
        db.session.commit()
    assert browse.raw("/en/categories/science/feed.atom").data == before


@pytest.mark.parametrize("format", ["atom", "rss"])
def test_a_small_correction_is_no_update(app: Flask, browse: Browser, write: Write, format: str) -> None:
    post = write(en="Titel")
    editor = Browser(app)
    editor.sign_in("editor")
    page = editor.get(f"/en/staff/posts/{post}")
    before = feedparser.parse(browse.raw(f"/en/feed.{format}").data).entries[0]
    editor.submit(page, "Update on the site", {"en-title": "Title", "en-correction": "y"}, within="en")
    corrected = feedparser.parse(browse.raw(f"/en/feed.{format}").data).entries[0]
    assert (corrected.title, corrected.updated, corrected.id) == ("Title", before.updated, before.id)
    page = editor.get(f"/en/staff/posts/{post}")
    editor.submit(page, "Update on the site", {"en-title": "A new title"}, within="en")
    assert feedparser.parse(browse.raw(f"/en/feed.{format}").data).entries[0].updated > before.updated


@pytest.mark.parametrize("tag", ['"{}-gzip"', 'W/"{}-gzip"', '"{};br"', 'W/"x", W/"{}"', '"{}"'])
def test_a_tag_that_a_proxy_has_changed_is_still_known(browse: Browser, tag: str) -> None:
    etag = browse.raw("/kk/feed.rss").headers["ETag"]
    bare = etag.removeprefix('W/"').removesuffix('"')
    assert browse.raw("/kk/feed.rss", If_None_Match=tag.format(bare)).status_code == 304
    assert browse.raw("/kk/feed.rss", If_None_Match=tag.format("other")).status_code == 200


def test_a_deleted_post_leaves_the_feeds_and_its_address_is_gone_for_good(
    app: Flask, browse: Browser, write: Write
) -> None:
    post = write(en="Here today", kk="Бүгін")
    editor = Browser(app)
    editor.sign_in("editor")
    editor.submit(editor.get(f"/en/staff/posts/{post}/deletion"), "Put it into the trash")
    for address, language in (("here-today", "en"), ("bugin", "kk")):
        browse.get(f"/{language}/posts/{address}", 410)
        assert ids(browse, f"/{language}/feed.atom") == []
    page = editor.new_post({"en-title": "Here today"})
    assert page.fields(page.form("Save")[0])["en-slug"] == "here-today-2"


def test_names_in_an_entry_of_another_language_carry_their_own(browse: Browser, write: Write) -> None:
    write(ru="Объявление")
    lang = "{http://www.w3.org/XML/1998/namespace}lang"
    entry = etree.fromstring(browse.raw("/kk/all/feed.atom").data).find(f"{ATOM}entry")
    item = etree.fromstring(browse.raw("/kk/all/feed.rss").data).find("channel/item")
    assert (entry.get(lang), item.get(lang)) == ("ru", "ru")
    creator = item.find("{http://purl.org/dc/elements/1.1/}creator")
    named = [entry.find(f"{ATOM}author"), entry.find(f"{ATOM}category"), creator, item.find("category")]
    assert [element.get(lang) for element in named] == ["kk"] * 4
    assert (creator.text, item.findtext("category")) == ("Әкімшілік", "Жаңалықтар")
    own = etree.fromstring(browse.raw("/ru/feed.atom").data).find(f"{ATOM}entry/{ATOM}author")
    assert own.get(lang) is None


def test_a_feed_takes_no_notice_of_a_cookie(app: Flask, browse: Browser, write: Write) -> None:
    write(kk="Тақырып")
    editor = Browser(app)
    editor.sign_in("editor")
    path = "/kk/feed.atom"
    anybody, staff = (who.raw(path, Accept_Encoding="gzip", Cookie="session=x") for who in (browse, editor))
    plain = browse.raw(path, Accept_Encoding="gzip")
    for answer in (anybody, staff):
        assert "Set-Cookie" not in answer.headers
        assert dict(answer.headers) == dict(plain.headers)
        assert answer.data == plain.data
    assert editor.raw(path, If_None_Match=plain.headers["ETag"], Cookie="session=x").status_code == 304
