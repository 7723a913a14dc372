"""How search engines and those who pass links on find the site: structured data, titles, sitemaps."""

import io
import json
import re
from datetime import UTC, datetime
from typing import Any

import pytest
from flask import Flask
from lxml import etree
from PIL import Image
from playwright.sync_api import Browser as Chromium

from kariu_blog.database import db
from kariu_blog.posts.content import Content
from kariu_blog.posts.post import Post
from kariu_blog.posts.queries import sitemap
from tests.support.browsing import Browser, Page
from tests.support.cast import SITE, Write
from tests.support.posts import rewrite
from tests.support.serving import Site
from tests.support.statements import statements

NAMES = {"s": "http://www.sitemaps.org/schemas/sitemap/0.9", "i": "http://www.google.com/schemas/sitemap-image/1.1"}
NAMES |= {"x": "http://www.w3.org/1999/xhtml"}
W3C_DATE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[+-]\d\d:\d\d")
PATHS = ["/{}/categories/news/", "/{}/authors/administration/", "/{}/archive/2021/06/", "/{}/"]


def told(page: Page) -> dict[str, Any]:
    """What a page tells in JSON-LD, by type."""
    document = json.loads(page.one("script", type="application/ld+json").text)
    assert document["@context"] == "https://schema.org"
    return {thing["@type"]: thing for thing in document["@graph"]}


def steps(page: Page) -> list[tuple[str, str]]:
    items = told(page)["BreadcrumbList"]["itemListElement"]
    assert [item["position"] for item in items] == list(range(1, len(items) + 1))
    return [(item["name"], item["item"].removeprefix(SITE)) for item in items]


def opened(browse: Browser, image: dict[str, Any]) -> tuple[int, int]:
    """The size of a picture that a page names."""
    assert image["url"].startswith(f"{SITE}/")
    return Image.open(io.BytesIO(browse.raw(image["url"].removeprefix(SITE)).data)).size


def properties(page: Page) -> dict[str, str]:
    return {meta.get("property") or meta.get("name"): meta.get("content") for meta in page.all("meta")}


def located(browse: Browser, path: str) -> list[Any]:
    """The entries of a sitemap or of an index, checked against its rules."""
    answer = browse.raw(path)
    assert answer.status_code == 200, path
    root = etree.fromstring(answer.data)
    entries = list(root)
    assert root.tag in (f"{{{NAMES['s']}}}urlset", f"{{{NAMES['s']}}}sitemapindex")
    assert 0 < len(entries) <= 50_000
    for entry in entries:
        kinds = [etree.QName(child).localname for child in entry]
        assert kinds[0] == "loc"
        assert "lastmod" not in kinds[2:]
        assert all(W3C_DATE.fullmatch(date) for date in entry.xpath("s:lastmod/text()", namespaces=NAMES))
    return entries


def locations(browse: Browser, path: str) -> list[str]:
    return [address(entry) for entry in located(browse, path)]


def address(entry: Any) -> str:
    found = str(entry.findtext("s:loc", namespaces=NAMES))
    assert found.startswith(f"{SITE}/")
    return found.removeprefix(SITE)


@pytest.mark.parametrize("language", ["kk", "ru", "en"])
def test_a_post_says_what_it_is_in_its_language(browse_demo: Browser, language: str) -> None:
    page = browse_demo.get("/en/posts/half-a-century-behind-us-and-the-road-ahead")
    if language != "en":
        page = browse_demo.get(page.one("link", rel="alternate", hreflang=language).get("href").removeprefix(SITE))
    article, canonical = told(page)["NewsArticle"], page.one("link", rel="canonical").get("href")
    assert article["headline"] == page.text(page.one("h1"))
    assert article["description"] == page.one("meta", name="description").get("content")
    assert (article["inLanguage"], article["mainEntityOfPage"]) == (language, canonical)
    assert article["datePublished"] == page.one("article").find(".//time").get("datetime")
    assert article["dateModified"] >= article["datePublished"]
    author, section = page.one("a", rel="author"), page.one("article").find(".//a")
    assert (article["author"]["name"], article["author"]["url"]) == (page.text(author), SITE + author.get("href"))
    assert article["articleSection"] == page.text(section)
    university = {"kk": "Қарағанды индустриялық университеті", "en": "Karaganda Industrial University"}
    university |= {"ru": "Карагандинский индустриальный университет"}
    assert article["publisher"]["name"] == university[language]
    for image in (article["image"], article["publisher"]["logo"]):
        assert opened(browse_demo, image) == (image["width"], image["height"])
    home = {"kk": "ҚарИУ блогы", "ru": "Блог КарИУ", "en": "KarIU Blog"}[language]
    here = (article["headline"], canonical.removeprefix(SITE))
    assert steps(page) == [(home, f"/{language}/"), (page.text(section), section.get("href")), here]


def test_what_a_stand_in_says_is_the_originals(browse: Browser, write: Write) -> None:
    write(ru="Только по-русски")
    original, stand_in = browse.get("/ru/posts/tolko-po-russki"), browse.get("/en/posts/tolko-po-russki")
    assert told(stand_in) == told(original)
    article = told(stand_in)["NewsArticle"]
    assert (article["inLanguage"], article["author"]["name"]) == ("ru", "Администрация")
    assert "/en/" not in json.dumps(told(stand_in))


def test_no_words_of_a_text_end_the_data(browse: Browser, write: Write) -> None:
    title = "</script><script>alert(1)</script><!--<script>&amp;"
    write(en=title)
    page = browse.get("/en/posts/script-script-alert-1-script-script-amp")
    assert told(page)["NewsArticle"]["headline"] == title
    assert "<" not in page.one("script").text


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("/ru/categories/news/", "Новости"),
        ("/kk/authors/administration/", "Әкімшілік"),
        ("/en/archive/2021/06/", "June 2021"),
        ("/ru/rector/", "Болатбек Серикбаевич Абдрасилов"),
    ],
)
def test_lists_say_where_they_stand(browse_demo: Browser, path: str, name: str) -> None:
    (_home, front), here = steps(browse_demo.get(path))
    assert (front, here) == (path[:4], (name, path))


@pytest.mark.parametrize("language", ["kk", "ru", "en"])
def test_the_front_page_says_who_publishes_and_where_to_search(browse_demo: Browser, language: str) -> None:
    page = browse_demo.get(f"/{language}/")
    site = told(page)["WebSite"]
    assert (site["inLanguage"], site["url"]) == (language, f"{SITE}/{language}/")
    assert site["name"] in page.text(page.one("title"))
    assert told(page)["CollegeOrUniversity"]["name"] in page.text(page.one("title"))
    search = site["potentialAction"]["target"]["urlTemplate"].replace("{search_term_string}", "1963")
    assert "1963" in browse_demo.get(search.removeprefix(SITE)).one("main").find(".//input").get("value")


def test_no_two_pages_share_title_or_description(browse: Browser, write: Write) -> None:
    for number in range(11):
        write(en=f"Post {number}")
    pages = [browse.get(path.format(code)) for path in PATHS for code in ("kk", "ru", "en")]
    pages += [browse.get(f"{page.path}?page=2") for page in pages]
    for kind in ("title", "description"):
        found = [properties(page)[f"og:{kind}"] for page in pages]
        assert len(set(found)) == len(PATHS) * 3 * 2, found
    for page in pages:
        assert page.one("meta", name="description").get("content") == properties(page)["og:description"]
        assert page.one("link", rel="canonical").get("href") == SITE + page.path


def test_a_link_that_is_passed_on_has_a_picture(browse_demo: Browser) -> None:
    with_cover = properties(browse_demo.get("/en/posts/half-a-century-behind-us-and-the-road-ahead"))
    assert with_cover["twitter:card"] == "summary_large_image"
    assert "/media/" in with_cover["og:image"]
    without = properties(browse_demo.get("/en/categories/news/"))
    assert "twitter:card" not in without
    for said in (with_cover, without):
        size = opened(browse_demo, {"url": said["og:image"]})
        assert size == (int(said["og:image:width"]), int(said["og:image:height"]))


def test_a_post_says_when_it_was_changed(app: Flask, browse: Browser, write: Write) -> None:
    post = write(en="The news")
    said = properties(browse.get("/en/posts/the-news"))
    assert said["article:modified_time"] == said["article:published_time"]
    with app.app_context():
        db.session.get_one(Post, post).translations["en"].updated_at = datetime(2022, 1, 1, tzinfo=UTC)
        db.session.commit()
    page = browse.get("/en/posts/the-news")
    assert properties(page)["article:modified_time"] == "2022-01-01T06:00:00+06:00"
    assert told(page)["NewsArticle"]["dateModified"] == "2022-01-01T06:00:00+06:00"


def test_the_sitemap_names_every_page_of_readers_once(browse_demo: Browser) -> None:
    found = locations(browse_demo, "/sitemap.xml")
    assert len(found) == len(set(found))
    for language in ("kk", "ru", "en"):
        lists = ["", "rector/", "feeds/", "categories/science/", "authors/press-office/", "archive/2021/06/"]
        assert {f"/{language}/{path}" for path in lists} <= set(found)
    for path in found:
        assert browse_demo.get(path).one("link", rel="canonical").get("href") == SITE + path


def test_sitemaps_name_covers_and_the_pictures_within_texts(app: Flask, write: Write) -> None:
    browse = Browser(app)
    write(en="Without", ru="Без")
    write(en="With")
    with app.app_context():
        db.session.execute(
            db.text(
                "INSERT INTO picture (digest, suffix, width, height, bytes, name, focus_x, focus_y, uploaded_at, words)"
                " VALUES ('0123456789abcdef0123', 'jpg', 60, 40, 9, 'x', 50, 50, '2021-06-29 06:44:21', '')"
            )
        )
        name = "/media/0123456789abcdef0123-60x40.jpg"
        content = Content(title="With", summary="", body=f'<p><img src="{name}" alt="x"></p>', slug="with")
        rewrite(db.session.get_one(Post, 2), "en", content)
        db.session.commit()
    images = {
        address(entry): entry.xpath("i:image/i:loc/text()", namespaces=NAMES)
        for entry in located(browse, "/sitemap.xml")
        if "/posts/" in address(entry)
    }
    assert images == {"/en/posts/without": [], "/ru/posts/bez": [], "/en/posts/with": [SITE + name]}
    with app.app_context():
        db.session.execute(db.text("UPDATE post SET cover_id = (SELECT id FROM picture)"))
        db.session.commit()
    app.extensions["cache"].clear()
    for entry in located(browse, "/sitemap-1.xml"):
        assert entry.xpath("i:image/i:loc/text()", namespaces=NAMES) == [SITE + name]


def test_a_large_site_has_several_sitemaps_each_made_with_at_most_four_statements(
    app: Flask, browse: Browser, write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sitemap, "SITEMAP_PART", 3)
    for number in range(1, 9):
        write(en=f"Post {number}", published=None if number in (4, 5) else datetime(2021, 1, number, tzinfo=UTC))
    index = {address(entry): entry.findtext("s:lastmod", namespaces=NAMES) for entry in located(browse, "/sitemap.xml")}
    assert index == {
        "/sitemap-lists.xml": None,
        "/sitemap-1.xml": "2021-01-02T06:00:00+06:00",
        "/sitemap-2.xml": "2021-01-03T06:00:00+06:00",
        "/sitemap-3.xml": "2021-01-08T06:00:00+06:00",
    }
    assert locations(browse, "/sitemap-3.xml") == ["/en/posts/post-6", "/en/posts/post-7", "/en/posts/post-8"]
    app.extensions["cache"].clear()
    browse.raw("/robots.txt")
    with statements(app) as seen:
        browse.raw("/sitemap-3.xml")
    assert 1 <= len(seen) <= 4


def test_a_part_of_the_sitemap_without_posts_is_none(browse: Browser, write: Write) -> None:
    write(en="Draft", published=None)
    assert locations(browse, "/sitemap.xml") == locations(browse, "/sitemap-lists.xml")
    for part in ("0", "1", "2", "9" * 30):
        assert browse.raw(f"/sitemap-{part}.xml").status_code == 404


def test_browsers_do_not_take_the_data_for_a_script(site: Site, chromium: Chromium) -> None:
    page = chromium.new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.add_init_script("addEventListener('securitypolicyviolation', e => console.log(e.violatedDirective))")
    page.goto(f"{site.url}/en/posts/half-a-century-behind-us-and-the-road-ahead")
    data = page.locator('script[type="application/ld+json"]').text_content()
    page.wait_for_load_state("networkidle")
    assert complaints == []
    assert json.loads(data or "")["@graph"][0]["@type"] == "NewsArticle"
    page.close()
