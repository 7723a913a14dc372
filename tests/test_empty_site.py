"""A site without posts, as ``flask serve --empty`` starts it: no dead link, and staff are led to the first post."""

import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit

import feedparser
import pytest
from jsonschema import Draft202012Validator
from lxml import etree
from werkzeug.test import TestResponse

from tests.support.browsing import Browser, Page, check
from tests.support.cast import SITE, Write

SUPPORT = Path(__file__).parent / "support"
LANGUAGES = ("kk", "ru", "en")
NOTHING = {
    "kk": "Мұнда әлі ештеңе жарияланған жоқ.",
    "ru": "Здесь пока ничего не опубликовано.",
    "en": "Nothing has been published here yet.",
}
UNIVERSITY = {
    "kk": "Қарағанды индустриялық университеті",
    "ru": "Карагандинского индустриального университета",
    "en": "Karaganda Industrial University",
}
WRITE = {"kk": "Алғашқы жарияланымды жазу", "ru": "Написать первую запись", "en": "Write the first post"}
ADDRESS = re.compile(rf"{SITE}/[^\s\"'<>{{}}]*")
"""An absolute address of this site in any document."""


class Walk:
    """Follows every link within the site, from page to page."""

    def __init__(self, browse: Browser) -> None:
        self._browse = browse
        self.seen: dict[str, TestResponse] = {}
        self.dead: list[str] = []

    def from_(self, *paths: str, deep: bool = True) -> None:
        waiting = list(paths)
        while waiting:
            path = waiting.pop()
            if path in self.seen:
                continue
            answer = self.seen[path] = self._browse.client.get(path, follow_redirects=True)
            if answer.status_code != 200:
                self.dead.append(f"{answer.status_code} {path}")
            elif deep or path in paths:
                waiting += [target for target, _place in links_of(path, answer)]

    def lost_places(self) -> list[str]:
        """Links to a place on a page that the page does not have."""
        lost = []
        for path, answer in self.seen.items():
            for target, place in links_of(path, answer):
                if place and f'id="{place}"' not in self.seen[target].get_data(as_text=True):
                    lost.append(f"{path} → {target}#{place}")
        return lost


def links_of(path: str, answer: TestResponse) -> list[tuple[str, str]]:
    """What a document of this site links to within it, each with the place on the page."""
    if answer.mimetype == "text/html":
        page = Page(answer, path)
        check(page)
        found = [target for element in page.tree.iter() for target in targets(element)]
    else:
        found = [] if str(answer.mimetype).startswith("image/") else ADDRESS.findall(answer.get_data(as_text=True))
    urls = [urlsplit(urljoin(f"{SITE}{answer.request.path}", target)) for target in found]
    return [
        (f"{url.path}?{url.query}" if url.query else url.path, url.fragment)
        for url in urls
        if f"{url.scheme}://{url.netloc}" == SITE
    ]


def targets(element: Any) -> list[str]:
    if element.tag == "script" and element.text:
        return ADDRESS.findall(element.text)
    is_get = element.tag == "form" and (element.get("method") or "get").lower() == "get"
    named = [element.get("href"), element.get("src"), element.get("action") if is_get else None]
    shared = ADDRESS.findall(element.get("content") or "")
    return [*shared, *(address for address in named if address is not None)]


def test_no_link_of_any_public_page_is_dead(browse: Browser) -> None:
    walk = Walk(browse)
    walk.from_("/kk/", "/ru/", "/en/", "/robots.txt", "/favicon.ico", "/apple-touch-icon.png", "/feeds.opml")
    assert walk.dead == []
    assert walk.lost_places() == []
    kinds = ["", "archive/", "feeds/", "search", "low-vision", "staff/", "feed.rss", "feeds.opml", "opensearch.xml"]
    kinds += ["categories/rector/", "categories/science/", "authors/press-office/", "authors/rector/feed.json"]
    assert {f"/{language}/{kind}" for language in LANGUAGES for kind in kinds} <= set(walk.seen)
    assert "/sitemap.xml" in walk.seen


@pytest.mark.parametrize("person", ["admin", "editor", "author"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_no_link_of_the_newsrooms_first_screen_is_dead(browse: Browser, language: str, person: str) -> None:
    browse.sign_in(person, language=language)
    walk = Walk(browse)
    walk.from_(f"/{language}/staff/", deep=False)
    assert walk.dead == []
    assert {f"/{language}/staff/posts/new", f"/{language}/staff/pictures", f"/{language}/"} <= set(walk.seen)


def test_the_walk_sees_a_dead_link(browse: Browser) -> None:
    walk = Walk(browse)
    walk.from_("/kk/rector/", "/kk/", deep=False)
    assert walk.dead == ["404 /kk/rector/"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_front_page_says_so_in_its_language(browse: Browser, language: str) -> None:
    page = browse.get(f"/{language}/")
    main = page.one("main")
    assert NOTHING[language] in page.text(main)
    assert UNIVERSITY[language] in page.text(page.one("h1"))
    assert [a.get("href") for a in main.iter("a")] == [f"/{language}/feeds/#all_posts"]


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("path", ["categories/news/", "authors/rector/", "archive/", "search", "search?q=a&year=2021"])
def test_every_list_and_the_search_say_so_in_their_language(browse: Browser, language: str, path: str) -> None:
    page = browse.get(f"/{language}/{path}")
    assert NOTHING[language] in page.text(page.one("main"))
    assert not page.all("select")


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_feed_is_there_valid_and_empty(browse: Browser, language: str) -> None:
    grammar = etree.RelaxNG(etree.parse(SUPPORT / "atom.rng"))
    schema = Draft202012Validator(json.loads((SUPPORT / "jsonfeed.schema.json").read_text(encoding="utf-8")))
    main = browse.get(f"/{language}/feeds/").one("main")
    feeds = [a.get("href").removeprefix(SITE) for a in main.iter("a") if "/feed." in a.get("href")]
    assert len(feeds) == 3 * (2 + 4 + 3)
    for path in feeds:
        body = browse.raw(path).data
        if path.endswith(".json"):
            schema.validate(json.loads(body))
            assert json.loads(body)["items"] == []
            continue
        parsed = feedparser.parse(body)
        assert (parsed.bozo, parsed.entries, parsed.feed.language) == (False, [], language), path
        if path.endswith(".atom"):
            assert grammar.validate(etree.fromstring(body)), grammar.error_log.last_error


def test_the_first_post_shows_at_the_next_request(browse: Browser, write: Write) -> None:
    paths = ["", "archive/", "categories/news/", "authors/administration/", "search?q=Бірінші"]
    for path in paths:
        browse.get(f"/kk/{path}")
    write(kk="Бірінші")
    for path in paths:
        page = browse.get(f"/kk/{path}")
        assert NOTHING["kk"] not in page.text(), path
        assert ("Маусым" if path == "archive/" else "Бірінші") in page.text(), path


@pytest.mark.parametrize("person", ["admin", "author"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_newsrooms_first_screen_leads_to_the_first_post(browse: Browser, language: str, person: str) -> None:
    browse.sign_in(person, language=language)
    page = browse.get(f"/{language}/staff/")
    main = page.one("main")
    assert [(page.text(a), a.get("href")) for a in main.iter("a")] == [
        (WRITE[language], f"/{language}/staff/posts/new")
    ]
    assert not list(main.iter("form"))
    assert browse.get(f"/{language}/staff/posts/new").all("form", class_="editor")


def test_the_newsrooms_first_screen_goes_with_the_first_post(browse: Browser, write: Write) -> None:
    write(en="First", by="author", published=None)
    browse.sign_in("author")
    page = browse.get("/en/staff/")
    assert WRITE["en"] not in page.text()
    assert {"First", "New post"} <= set(page.links())


def test_an_author_among_others_posts_is_led_to_a_first_one(browse: Browser, write: Write) -> None:
    write(en="Somebody else's", by="other-author")
    browse.sign_in("author")
    assert WRITE["en"] in browse.get("/en/staff/").links()
    browse.get("/en/staff/?state=draft")
