"""Feeds as feed readers see them: feedparser and atoma read what the site serves."""

import json
import locale
import re
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any

import atoma
import feedparser
import pytest
from flask import Flask
from lxml import etree
from PIL import Image

from kariu_blog.database import db
from kariu_blog.feeds import builder
from kariu_blog.posts.content import Content
from kariu_blog.posts.post import Post
from tests.support.browsing import Browser
from tests.support.cast import LONG_AGO, SITE, PassTime, Write
from tests.support.feed_rows import HEAD, row
from tests.support.posts import rewrite

ATOM = "{http://www.w3.org/2005/Atom}"
XML = "{http://www.w3.org/XML/1998/namespace}"
DC = "{http://purl.org/dc/elements/1.1/}"
ALL_LETTERS = "Ә ғ қ ң ө ұ ү һ і: әғқңөұүһі ӘҒҚҢӨҰҮҺІ"


def feed(browse: Browser, path: str) -> Any:
    return feedparser.parse(browse.raw(path).data)


@pytest.mark.parametrize("format", ["rss", "atom"])
@pytest.mark.parametrize(("language", "title"), [("kk", "ҚарИУ блогы"), ("ru", "Блог КарИУ"), ("en", "KarIU Blog")])
def test_the_demonstrations_feeds_are_well_formed_and_complete(
    browse_demo: Browser, language: str, title: str, format: str
) -> None:
    parsed = feed(browse_demo, f"/{language}/feed.{format}")
    assert not parsed.bozo
    assert parsed.feed.title == title
    assert parsed.feed.language == language
    assert len(parsed.entries) == {"kk": 11, "ru": 12, "en": 9}[language]
    newest_first = [entry.published_parsed for entry in parsed.entries]
    assert newest_first == sorted(newest_first, reverse=True)
    for entry in parsed.entries:
        assert entry.link.startswith(f"{SITE}/{language}/posts/")
        assert entry.id.startswith("tag:")
        assert len(entry.content[0].value) > len(entry.summary)


def test_atoma_reads_both_formats_with_every_kazakh_letter(browse: Browser, write: Write) -> None:
    write(kk=ALL_LETTERS, summary=ALL_LETTERS, body=f"<p>{ALL_LETTERS}</p>")
    entry = atoma.parse_atom_bytes(browse.raw("/kk/feed.atom").data).entries[0]
    item = atoma.parse_rss_bytes(browse.raw("/kk/feed.rss").data).items[0]
    assert entry.title.value == item.title == ALL_LETTERS
    assert entry.summary.value == item.description == ALL_LETTERS
    assert entry.content.value == item.content_encoded == f"<p>{ALL_LETTERS}</p>"


def test_an_entry_tells_author_category_dates_and_translations(browse: Browser, write: Write) -> None:
    write(kk="Құттықтау", ru="Поздравление", body="<p>Б</p>")
    for format in ("rss", "atom"):
        entry = feed(browse, f"/kk/feed.{format}").entries[0]
        assert entry.author == "Әкімшілік"
        assert entry.published_parsed[:6] == (2021, 6, 29, 6, 44, 21)
        assert entry.link == f"{SITE}/kk/posts/quttyqtau"
        assert [tag.label or tag.term for tag in entry.tags] == ["Жаңалықтар"]
        related = [link for link in entry.links if link.rel == "related"]
        assert [(link.hreflang, link.href) for link in related] == [("ru", f"{SITE}/ru/posts/pozdravlenie")]


def test_languages_stand_on_feed_and_entry_as_xml_expects(browse: Browser, write: Write) -> None:
    write(kk="Құттықтау")
    atom = etree.fromstring(browse.raw("/kk/feed.atom").data)
    assert atom.get(f"{XML}lang") == atom.find(f"{ATOM}entry").get(f"{XML}lang") == "kk"
    item = etree.fromstring(browse.raw("/kk/feed.rss").data).find("channel/item")
    assert item.find(f"{DC}language").text == "kk"
    assert item.find(f"{DC}creator").text == "Әкімшілік"
    assert item.find("author") is None


def test_the_channels_link_is_the_page_and_self_is_the_feed(browse: Browser) -> None:
    channel = etree.fromstring(browse.raw("/ru/categories/news/feed.rss").data).find("channel")
    assert channel.find("link").text == f"{SITE}/ru/categories/news/"
    assert channel.find(f"{ATOM}link").attrib == {
        "rel": "self",
        "type": "application/rss+xml",
        "href": f"{SITE}/ru/categories/news/feed.rss",
    }
    links = etree.fromstring(browse.raw("/ru/categories/news/feed.atom").data).findall(f"{ATOM}link")
    assert {link.get("rel"): link.get("href") for link in links} == {
        "self": f"{SITE}/ru/categories/news/feed.atom",
        "alternate": f"{SITE}/ru/categories/news/",
    }


def test_a_category_feed_holds_its_category_and_a_feed_its_language(browse: Browser, write: Write) -> None:
    write(en="News item", category="news")
    write(en="Science item", category="science")
    write(ru="По-русски", category="science")
    assert [e.title for e in feed(browse, "/en/categories/science/feed.atom").entries] == ["Science item"]
    assert {e.title for e in feed(browse, "/en/feed.rss").entries} == {"News item", "Science item"}


@pytest.mark.parametrize("format", ["rss", "atom"])
def test_an_empty_feed_is_valid_and_does_not_change(browse: Browser, format: str) -> None:
    first = browse.raw(f"/kk/categories/science/feed.{format}")
    assert not feedparser.parse(first.data).bozo
    second = browse.raw(f"/kk/categories/science/feed.{format}")
    assert (second.data, second.headers["Last-Modified"]) == (first.data, first.headers["Last-Modified"])


@pytest.mark.parametrize("format", ["rss", "atom"])
def test_the_same_data_gives_the_same_bytes_until_it_changes(
    app: Flask, browse: Browser, write: Write, pass_time: PassTime, format: str
) -> None:
    post = write(kk="Бірінші")
    pass_time(3)  # a feed has a date when its last change is two seconds old
    first = browse.raw(f"/kk/feed.{format}")
    assert browse.raw(f"/kk/feed.{format}").data == first.data
    assert browse.raw(f"/kk/feed.{format}?utm_source=x", Host="evil.example").data == first.data
    with app.app_context():
        content = Content(title="Екінші", summary="", body="<p>Б</p>", slug="birinshi")
        rewrite(db.session.get_one(Post, post), "kk", content)
        db.session.commit()
    pass_time(3)
    second = browse.raw(f"/kk/feed.{format}")
    assert second.headers["ETag"] != first.headers["ETag"]
    assert second.last_modified is not None
    assert first.last_modified is not None
    assert second.last_modified > first.last_modified
    ids = {feedparser.parse(answer.data).entries[0].id for answer in (first, second)}
    assert len(ids) == 1


def test_conditional_requests_get_304_without_a_body(browse: Browser, write: Write, pass_time: PassTime) -> None:
    write(kk="Бірінші")
    pass_time(3)  # a feed has a date when its last change is two seconds old
    whole = browse.raw("/kk/feed.atom")
    etag, modified = whole.headers["ETag"], whole.headers["Last-Modified"]
    assert etag.startswith('W/"')
    for headers in (
        {"If_None_Match": etag},
        {"If_None_Match": etag.removeprefix("W/")},
        {"If_None_Match": f'"other", {etag}'},
        {"If_None_Match": "*"},
        {"If_Modified_Since": modified},
        {"If_None_Match": etag, "If_Modified_Since": "Thu, 01 Jan 1970 00:00:00 GMT"},
    ):
        answer = browse.raw("/kk/feed.atom", **headers)
        assert (answer.status_code, answer.data) == (304, b""), headers
        assert answer.headers["ETag"] == etag
    for headers in (
        {"If_None_Match": '"other"'},
        {"If_None_Match": '"other"', "If_Modified_Since": modified},
        {"If_Modified_Since": "Thu, 01 Jan 1970 00:00:00 GMT"},
        {"If_Modified_Since": "nonsense"},
    ):
        assert browse.raw("/kk/feed.atom", **headers).status_code == 200, headers


def test_head_says_what_get_says_without_the_body(app: Flask, browse: Browser, write: Write) -> None:
    write(kk="Бірінші")
    app.extensions["cache"].clear()  # on PostgreSQL the versions come a moment later
    for path in ("/kk/feed.rss", "/kk/feed.atom"):
        head, whole = browse.raw(path, "HEAD"), browse.raw(path)
        assert head.data == b""
        assert dict(head.headers) == dict(whole.headers)


def test_types_and_caching_are_named(browse: Browser) -> None:
    assert browse.raw("/kk/feed.rss").content_type == "application/rss+xml; charset=utf-8"
    answer = browse.raw("/kk/feed.atom")
    assert answer.content_type == "application/atom+xml; charset=utf-8"
    assert answer.headers["Cache-Control"] == "public, max-age=300, stale-while-revalidate=3600"
    assert answer.headers["Vary"] == "Accept-Encoding"


@pytest.mark.parametrize(
    "path", ["/kk/feed.rss", "/ru/all/feed.json", "/kk/feeds.opml", "/feeds.opml", "/en/feed", "/feed"]
)
def test_feed_readers_that_are_web_pages_may_read_feeds(browse: Browser, path: str) -> None:
    assert browse.raw(path).headers["Access-Control-Allow-Origin"] == "*"
    assert "Access-Control-Allow-Origin" not in browse.raw("/kk/feeds/").headers


def test_a_feed_has_pictures_and_its_authors_have_addresses(browse: Browser, write: Write) -> None:
    write(kk="Құттықтау")
    atom = etree.fromstring(browse.raw("/kk/feed.atom").data)
    for name in ("icon", "logo"):
        picture = browse.raw(atom.findtext(f"{ATOM}{name}").removeprefix(SITE))
        assert picture.content_type == "image/png"
    assert atom.findtext(f"{ATOM}author/{ATOM}uri") == f"{SITE}/kk/"
    assert atom.findtext(f"{ATOM}entry/{ATOM}author/{ATOM}uri") == f"{SITE}/kk/authors/administration/"
    channel = etree.fromstring(browse.raw("/kk/feed.rss").data).find("channel")
    image = channel.find("image")
    assert (image.findtext("title"), image.findtext("link")) == (channel.findtext("title"), channel.findtext("link"))
    shown = Image.open(BytesIO(browse.raw(image.findtext("url").removeprefix(SITE)).data))
    assert shown.size == (int(image.findtext("width")), int(image.findtext("height"))) == (144, 144)


def test_the_text_of_a_stand_in_is_marked_with_its_language(browse: Browser, write: Write) -> None:
    write(ru="Объявление", body="<p>Текст</p>")
    [item] = json.loads(browse.raw("/kk/all/feed.json").data)["items"]
    assert item["content_html"].startswith('<p lang="kk"><em>')
    assert item["content_html"].endswith('</em></p><div lang="ru"><p>Текст</p></div>')


@pytest.mark.parametrize("path", ["/ru/", "/ru/feeds/"])
def test_mixed_feeds_are_discovered_where_everything_is(browse: Browser, path: str) -> None:
    found = [link.get("href") for link in browse.get(path).all("link", rel="alternate") if link.get("type")]
    assert {"/ru/all/feed.rss", "/ru/all/feed.atom", "/ru/all/feed.json", "/ru/feed.rss"} <= set(found)


def test_the_page_of_feeds_shows_what_each_brings_now(browse: Browser, write: Write) -> None:
    write(ru="Старая", category="news")
    assert "Новая" not in browse.get("/ru/feeds/").text()
    for number in range(3):
        write(ru=f"Новая {number}", category="news")
    write(kk="Тек қазақша", category="science")
    page = browse.get("/ru/feeds/")

    def shown(place: str) -> list[str]:
        [section] = [li for li in page.all("li") if li.get("id") == place]
        return [page.text(entry) for entry in section.iter("li") if entry is not section]

    assert shown("category-news") == ["Новая 2", "Новая 1", "Новая 0"]
    assert shown("any_language") == ["Тек қазақша", "Новая 2", "Новая 1"]
    assert shown("category-science") == []


@pytest.mark.parametrize("is_small", [False, True])
def test_a_correction_note_is_an_update_unless_the_correction_is_small(
    app: Flask, browse: Browser, write: Write, is_small: bool
) -> None:
    post, editor = write(en="Title"), Browser(app)
    editor.sign_in("editor")
    before = feed(browse, "/en/feed.atom").entries[0].updated
    fields = {"en-correction_note": "It was Monday."} | ({"en-correction": "y"} if is_small else {})
    editor.submit(editor.get(f"/en/staff/posts/{post}"), "Update on the site", fields, within="en")
    entry = feed(browse, "/en/feed.atom").entries[0]
    assert "It was Monday." in entry.content[0].value
    assert (entry.updated == before) is is_small


def test_a_feed_ends_at_thirty_entries(browse: Browser, write: Write) -> None:
    for number in range(32):
        write(en=f"Post {number}", published=LONG_AGO + timedelta(days=number))
    titles = [entry.title for entry in feed(browse, "/en/feed.atom").entries]
    assert titles == [f"Post {number}" for number in range(31, 1, -1)]


BUILDERS = (builder.rss, builder.atom)


@pytest.mark.parametrize("build", BUILDERS)
def test_no_character_breaks_a_feed(build: Any) -> None:
    nasty = "".join(map(chr, range(0xA1))) + "\ufffe\uffff\ud800\u2028\u200f]]>😀<&"
    parsed = feedparser.parse(build(HEAD, [row(title=nasty, summary=nasty, author=nasty)], "https://x.test/f"))
    assert not parsed.bozo
    assert parsed.entries[0].title.endswith("\u2028\u200f]]>😀<&")


@pytest.mark.parametrize("build", BUILDERS)
def test_addresses_in_the_text_are_absolute(build: Any) -> None:
    body = '<p><a href="/kk/x">а</a> <a href="#b">ә</a> <a href="mailto:a@x.test">б</a></p>'
    parsed = feedparser.parse(build(HEAD, [row(body=body)], "https://x.test/f"), sanitize_html=False)
    addresses = re.findall(r'href="([^"]+)"', parsed.entries[0].content[0].value)
    assert addresses == ["https://x.test/kk/x", "https://x.test/kk/posts/a#b", "mailto:a@x.test"]


@pytest.mark.parametrize("build", [*BUILDERS, builder.json_feed])
@pytest.mark.parametrize("longest", [0, 1, 29])
def test_a_feed_stays_below_512_kib_and_what_does_not_fit_keeps_its_summary(build: Any, longest: int) -> None:
    rows = [row(id=f"tag:x:{n}", summary="&ә" * 250, body="<p>Б</p>") for n in range(30)]
    rows[longest] = row(id="tag:x:long", summary="Қысқаша", body="ә" * 300_000)
    document = build(HEAD, rows, "https://x.test/f")
    assert len(document) < 512 * 1024
    if build is builder.json_feed:
        bodies = [item["content_html"] for item in json.loads(document)["items"]]
    else:
        bodies = [entry.content[0].value for entry in feedparser.parse(document).entries]
    assert bodies == ["<p>Қысқаша</p>" if number == longest else "<p>Б</p>" for number in range(30)]


def test_the_newest_of_many_long_entries_are_whole() -> None:
    rows = [row(id=f"tag:x:{n}", summary="С", body="ә" * 100_000) for n in range(5)]
    parsed = feedparser.parse(builder.atom(HEAD, rows, "https://x.test/f"))
    assert [len(entry.content[0].value) > 100 for entry in parsed.entries] == [True, True, False, False, False]


def test_the_description_of_rss_is_html_and_a_summary_elsewhere_is_plain_text() -> None:
    rows = [row(summary="R&D <b>")]
    rss = etree.fromstring(builder.rss(HEAD, rows, "https://x.test/f"))
    assert rss.findtext("channel/item/description") == "R&amp;D &lt;b&gt;"
    assert etree.fromstring(builder.atom(HEAD, rows, "https://x.test/f")).findtext(f".//{ATOM}summary") == "R&D <b>"
    assert json.loads(builder.json_feed(HEAD, rows, "https://x.test/f"))["items"][0]["summary"] == "R&D <b>"


def test_dates_stay_english_whatever_the_process_speaks() -> None:
    before = locale.setlocale(locale.LC_ALL)
    rss = builder.rss(HEAD, [row()], "https://x.test/f").decode()
    assert "<pubDate>Tue, 29 Jun 2021 06:44:21 +0000</pubDate>" in rss
    assert "<lastBuildDate>Tue, 29 Jun 2021 06:44:21 +0000</lastBuildDate>" in rss
    assert locale.setlocale(locale.LC_ALL) == before


def test_the_first_link_of_an_atom_entry_is_its_own_page() -> None:
    entry = etree.fromstring(
        builder.atom(HEAD, [row(translations=[("ru", "https://x.test/ru/posts/b")])], "https://x.test/f")
    )
    links = [dict(link.attrib) for link in entry.find(f"{ATOM}entry").findall(f"{ATOM}link")]
    assert links == [
        {"rel": "alternate", "href": "https://x.test/kk/posts/a", "type": "text/html", "hreflang": "kk"},
        {"rel": "related", "href": "https://x.test/ru/posts/b", "type": "text/html", "hreflang": "ru"},
    ]


def test_a_scheduled_post_enters_the_feed_when_its_time_has_come(app: Flask, browse: Browser, write: Write) -> None:
    post = write(en="Soon", published=timedelta(hours=1))
    assert feed(browse, "/en/feed.atom").entries == []
    with app.app_context():
        db.session.get_one(Post, post).translations["en"].publish(datetime.now(UTC) - timedelta(seconds=1))
        db.session.commit()
    assert [entry.title for entry in feed(browse, "/en/feed.atom").entries] == ["Soon"]


def test_the_feeds_page_gives_every_address_to_copy(browse: Browser) -> None:
    page = browse.get("/ru/feeds/")
    for path in ("/ru/feed.rss", "/ru/feed.atom", "/ru/categories/science/feed.atom"):
        assert page.links()[f"{SITE}{path}"] == f"{SITE}{path}"
