"""What a reader meets first: the story on top in the page's language, the way to the feeds, the site's icons."""

import io
from datetime import UTC, datetime, timedelta
from itertools import chain

import feedparser
import pytest
from flask import Flask
from PIL import Image

from kariu_blog.database import db
from kariu_blog.posts.content import Content
from kariu_blog.posts.post import Post
from tests.support.browsing import Browser, Page
from tests.support.cast import SITE, Write
from tests.support.editor import eventually
from tests.support.serving import POSTGRESQL
from tests.support.statements import statements

LANGUAGES = ("kk", "ru", "en")
DAY = datetime(2021, 1, 1, tzinfo=UTC)
LABELS = {"kk": "RSS таспалары", "ru": "RSS-ленты", "en": "RSS feeds"}
SUBSCRIBE = {"kk": "азылу (RSS)", "ru": "Подписаться", "en": "Subscribe"}
USUAL = {
    "feed": "rss",
    "feed/": "rss",
    "rss": "rss",
    "rss/": "rss",
    "rss.xml": "rss",
    "feed.xml": "rss",
    "index.xml": "rss",
    "atom.xml": "atom",
}
"""Where people and programs look for a feed, and the format that they find."""
TYPES = {"rss": "application/rss+xml", "atom": "application/atom+xml", "json": "application/feed+json"}


def listed(page: Page) -> list[str]:
    headings = (heading for level in ("h2", "h3") for heading in page.all(level))
    return [page.text(heading) for heading in headings if heading.find("a") is not None]


def story(page: Page) -> str:
    """The title of the post that is shown large."""
    large = [article for article in page.all("article") if "story" in article.get("class").split()]
    assert len(large) == 1, f"{len(large)} stories at {page.path}"
    return page.text(large[0].find("h3"))


def every_page(browse: Browser, language: str) -> list[list[str]]:
    """What each page of the front page's list shows, as a reader turns the pages."""
    page = browse.get(f"/{language}/")
    found = [listed(page)]
    while page.all("a", rel="next"):
        page = browse.get(page.one("a", rel="next").get("href"))
        found.append(listed(page))
    return found


def in_kazakh(write: Write, count: int) -> list[str]:
    """Newer than anything on ``DAY``; newest first."""
    for number in range(1, count + 1):
        write(kk=f"Жазба {number}", published=DAY + timedelta(days=number))
    return [f"Жазба {number}" for number in range(count, 0, -1)]


@pytest.mark.parametrize("stand_ins", [1, 9, 10, 11, 25])
def test_the_newest_post_of_the_language_stands_above_newer_stand_ins(
    browse: Browser, write: Write, stand_ins: int
) -> None:
    write(en="Older", published=DAY - timedelta(days=1))
    write(en="Newest in English", published=DAY)
    others = in_kazakh(write, stand_ins)
    assert story(browse.get("/en/")) == "Newest in English"
    assert [*chain(*every_page(browse, "en"))] == ["Newest in English", *others, "Older"]
    assert [*chain(*every_page(browse, "kk"))] == [*others, "Newest in English", "Older"]


@pytest.mark.parametrize(("posts", "sizes"), [(9, [9]), (10, [10]), (11, [10, 1]), (20, [10, 10]), (23, [10, 10, 3])])
@pytest.mark.parametrize("own", [False, True])
def test_every_page_but_the_last_holds_ten_posts_and_none_is_empty(
    browse: Browser, write: Write, own: bool, posts: int, sizes: list[int]
) -> None:
    if own:
        write(en="Own", published=DAY)
    in_kazakh(write, posts - own)
    found = every_page(browse, "en")
    assert [len(page) for page in found] == sizes
    assert len(set(chain(*found))) == posts
    browse.get(f"/en/?page={len(sizes) + 1}", 404)


def test_a_language_without_posts_shows_the_newest_of_the_others_and_says_so(browse: Browser, write: Write) -> None:
    posts = in_kazakh(write, 3)
    page = browse.get("/en/")
    assert (story(page), listed(page)) == (posts[0], posts)
    assert page.text().count("In Kazakh") == 3


def test_a_post_is_as_new_as_the_list_says_however_late_it_was_translated(
    app: Flask, browse: Browser, write: Write
) -> None:
    old = write(kk="Ескі", published=DAY - timedelta(days=1000))
    write(kk="Жаңа", en="New", published=DAY)
    with app.app_context():
        text = db.session.get_one(Post, old).write("en", Content(title="Old", summary="", body="<p>…</p>", slug="old"))
        text.publish(DAY + timedelta(days=1000))
        db.session.commit()
    page = browse.get("/en/")
    assert (story(page), listed(page)) == ("New", ["New", "Old"])


def test_the_story_changes_at_the_next_request(app: Flask, browse: Browser, write: Write) -> None:
    write(kk="Жазба", published=DAY)
    draft = write(en="Draft", published=None)
    assert story(browse.get("/en/")) == "Жазба"

    def change(act: str, at: datetime | None = None) -> None:
        with app.app_context():
            text = db.session.get_one(Post, draft).translations["en"]
            text.publish(at) if act == "publish" else text.withdraw()
            db.session.commit()

    change("publish", DAY - timedelta(days=1))
    assert story(browse.get("/en/")) == "Draft"
    change("withdraw")
    assert story(browse.get("/en/")) == "Жазба"
    change("publish", datetime.now(UTC) + timedelta(seconds=1.5))
    assert story(browse.get("/en/")) == "Жазба"
    eventually(lambda: story(browse.get("/en/")) == "Draft")


@pytest.mark.parametrize("path", ["/en/", "/en/?page=2"])
def test_a_page_with_a_story_among_stand_ins_costs_no_more_and_reads_no_body(
    app: Flask, browse: Browser, write: Write, path: str
) -> None:
    write(en="Own", published=DAY)
    in_kazakh(write, 15)
    browse.get("/kk/")
    with statements(app) as seen:
        browse.get(path)
    assert 1 <= len(seen) <= (4 if POSTGRESQL else 2), "\n".join(seen)
    assert not [statement for statement in seen if "post_translation.body" in statement]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_label_of_the_feeds_says_rss(browse_demo: Browser, language: str) -> None:
    for path in ("", "categories/news/", "search"):
        assert browse_demo.get(f"/{language}/{path}").links()[LABELS[language]] == f"/{language}/feeds/"
    page = browse_demo.get(f"/{language}/feeds/")
    assert page.text(page.one("h1")) == LABELS[language]
    assert LABELS[language] in page.text(page.one("title"))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    ("path", "feed"),
    [
        ("", "feed.rss"),
        ("?page=2", "feed.rss"),
        ("categories/science/", "categories/science/feed.rss"),
        ("authors/press-office/", "authors/press-office/feed.rss"),
        ("rector/", "categories/rector/feed.rss"),
        ("posts/{stand_in}", "categories/news/feed.rss"),
    ],
)
def test_a_subscribe_link_leads_to_the_place_of_the_pages_own_feed(
    browse_demo: Browser, language: str, path: str, feed: str
) -> None:
    trees = "studenty-i-prepodavateli-posadili-sto-dvadtsat-derevev"
    page = browse_demo.get(f"/{language}/{path.format(stand_in=trees)}")
    links = {page.text(a): a.get("href") for a in page.one("main").iter("a") if "/feeds/" in a.get("href")}
    (words,) = links
    assert SUBSCRIBE[language] in words
    assert "(RSS)" in words
    address, place = links[words].split("#")
    feeds = browse_demo.get(address)
    section = next(element for element in feeds.tree.iter() if element.get("id") == place)
    assert f"{SITE}/{language}/{feed}" in [a.get("href") for a in section.iter("a")]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_of_feeds_names_all_three_formats_of_each(browse_demo: Browser, language: str) -> None:
    page = browse_demo.get(f"/{language}/feeds/")
    addresses = [a.get("href") for a in page.one("main").iter("a") if "/feed." in a.get("href")]
    assert len(addresses) == len(set(addresses)) == 3 * (2 + 4 + 3)
    assert len({page.text(a) for a in page.one("main").iter("a")}) == len(page.one("main").findall(".//a"))


@pytest.mark.parametrize(("accepted", "language"), [("ru-RU,ru;q=0.9,en;q=0.8", "ru"), ("en-US", "en"), ("de", "kk")])
@pytest.mark.parametrize("name", [*USUAL, "feed.json", "feed.rss", "feed.atom"])
def test_usual_addresses_lead_to_the_feed_in_the_readers_language(
    browse: Browser, write: Write, name: str, accepted: str, language: str
) -> None:
    write(kk="Жазба", ru="Запись", en="Post")
    format = USUAL.get(name) or name.removeprefix("feed.")
    answer = browse.raw(f"/{name}", Accept_Language=accepted)
    assert (answer.status_code, answer.location) == (302, f"/{language}/feed.{format}")
    assert "Accept-Language" in answer.headers["Vary"]
    assert answer.headers["Cache-Control"] == "no-store"
    feed = browse.raw(answer.location)
    assert (feed.status_code, feed.mimetype) == (200, TYPES[format])


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("name", USUAL)
def test_usual_addresses_within_a_language_lead_to_its_feed(
    browse: Browser, write: Write, language: str, name: str
) -> None:
    write(kk="Жазба", ru="Запись", en="Post")
    answer = browse.raw(f"/{language}/{name}", Accept_Language="en")
    assert (answer.status_code, answer.location) == (301, f"/{language}/feed.{USUAL[name]}")
    assert answer.headers["Cache-Control"] == "no-cache"
    assert feedparser.parse(browse.raw(answer.location).data).feed.language == language


@pytest.mark.parametrize("path", ["/feeds.rss", "/atom", "/rss.json", "/kk/rss.json", "/de/feed", "/kk/feed.rss/"])
def test_addresses_that_only_look_usual_are_404(browse: Browser, path: str) -> None:
    browse.get(path, 404)


def test_the_icon_of_browsers_has_three_sizes_and_stays_long(browse: Browser) -> None:
    answer = browse.raw("/favicon.ico")
    assert answer.status_code == 200
    assert answer.mimetype in ("image/vnd.microsoft.icon", "image/x-icon")
    icon = Image.open(io.BytesIO(answer.data))
    assert icon.format == "ICO"
    assert icon.info["sizes"] == {(16, 16), (32, 32), (48, 48)}
    lasts_long(browse, "/favicon.ico")


def test_the_icon_of_home_screens_is_whole_and_stays_long(browse: Browser) -> None:
    icon = Image.open(io.BytesIO(browse.raw("/apple-touch-icon.png").data))
    assert (icon.format, icon.size) == ("PNG", (180, 180))
    assert not icon.has_transparency_data  # iOS shows black there
    lasts_long(browse, "/apple-touch-icon.png")


@pytest.mark.parametrize("path", ["/kk/", "/en/nothing", "/ru/staff/login"])
def test_every_page_names_the_icon_of_home_screens(browse: Browser, path: str) -> None:
    page = browse.get(path, 404 if "nothing" in path else 200)
    address = page.one("link", rel="apple-touch-icon").get("href")
    assert browse.raw(address).data == browse.raw("/apple-touch-icon.png").data


def lasts_long(browse: Browser, path: str) -> None:
    answer = browse.raw(path)
    assert "public" in answer.headers["Cache-Control"]
    assert answer.cache_control.max_age is not None
    assert answer.cache_control.max_age >= 7 * 24 * 60 * 60
    assert browse.raw(path, "HEAD").headers["Content-Length"] == str(len(answer.data))
    assert browse.raw(path, If_None_Match=answer.headers["ETag"]).status_code == 304
