"""Pages are light: few bytes, nothing that jumps, nothing from elsewhere, and nothing asked for twice."""

import hashlib
import time
import urllib.request
from collections.abc import Iterator
from email.message import Message
from typing import Any
from urllib.parse import parse_qs, urlsplit

import html5lib
import pytest
from playwright.sync_api import Browser, Page, Request, Route

from tests.support.page_kinds import READERS, STAFF, Pages

BUDGET = 14_336
"""Of a page with its style sheets, compressed: what a server sends at once, before the reader first answers."""
LANGUAGES = ("kk", "ru", "en")
SHIFT = """() => new Promise((done) => {
  let sum = 0;
  new PerformanceObserver((list) => list.getEntries().forEach((entry) => (sum += entry.value)))
    .observe({type: "layout-shift", buffered: true});
  requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(() => done(sum), 50)));
})"""
READ = """async () => {
  for (const image of document.images) {
    image.scrollIntoView({behavior: "instant", block: "center"});
    if (!image.complete) await new Promise((done) => image.addEventListener("load", done));
  }
}"""
"""Down the page, waiting for each picture."""


def fetch(pages: Pages, path: str, coding: str = "identity") -> tuple[Message, bytes]:
    request = urllib.request.Request(pages.site.url + path, headers={"Accept-Encoding": coding})
    with urllib.request.urlopen(request, timeout=20) as answer:
        return answer.headers, answer.read()


def elements(pages: Pages, kind: str, language: str, tag: str) -> list[Any]:
    opener = pages.editor.browser if kind in STAFF else urllib.request.build_opener()
    with opener.open(pages.site.url + pages.path(kind, language), timeout=20) as answer:
        return list(html5lib.parse(answer.read(), namespaceHTMLElements=False).iter(tag))


def style_sheets(pages: Pages, kind: str, language: str) -> list[str]:
    links = elements(pages, kind, language, "link")
    return [link.get("href") for link in links if "stylesheet" in link.get("rel").split()]


@pytest.mark.parametrize("coding", ["gzip", "br"])
@pytest.mark.parametrize("kind", ["front page", "post"])
@pytest.mark.parametrize("language", LANGUAGES)
def test_a_page_and_its_style_sheets_come_in_the_first_flight(
    pages: Pages, language: str, kind: str, coding: str
) -> None:
    addresses = [pages.path(kind, language), *style_sheets(pages, kind, language)]
    assert len(addresses) > 1
    answers = {address: fetch(pages, address, coding) for address in addresses}
    assert {headers["Content-Encoding"] for headers, _body in answers.values()} == {coding}
    weights = {address: len(body) for address, (_headers, body) in answers.items()}
    assert sum(weights.values()) <= BUDGET, weights


@pytest.mark.parametrize("kind", ["front page", "category", "post", "stand-in", "rector"])
def test_pictures_have_their_size_and_all_but_the_first_are_lazy(pages: Pages, kind: str) -> None:
    images = elements(pages, kind, "kk", "img")
    assert [image.get("src") for image in images if not (image.get("width") and image.get("height"))] == []
    pictures = [image for image in images if image.get("src").startswith("/media/")]
    assert [image.get("src") for image in pictures[1:] if image.get("loading") != "lazy"] == []


@pytest.mark.parametrize("kind", ["front page", "newsroom", "new post"])
def test_a_static_file_is_named_by_its_content_and_cached_for_a_year(pages: Pages, kind: str) -> None:
    links = {link.get("href") for link in elements(pages, kind, "kk", "link") if "icon" in link.get("rel")}
    scripts = {script.get("src") for script in elements(pages, kind, "kk", "script") if script.get("src")}
    sheets = set(style_sheets(pages, kind, "kk")) - {"/low-vision.css"}  # which no file is
    for address in {*links, *scripts, *sheets}:
        headers, body = fetch(pages, address)
        digest = parse_qs(urlsplit(address).query)["v"][0]
        assert hashlib.sha256(body).hexdigest().startswith(digest), address
        assert set(headers["Cache-Control"].split(", ")) == {"public", "max-age=31536000", "immutable"}, address


@pytest.fixture(scope="module")
def page(pages: Pages, chromium: Browser) -> Iterator[Page]:
    """Of a reader whose pictures are slow."""
    context = chromium.new_context(base_url=pages.site.url)
    page = context.new_page()

    def late(route: Route) -> None:
        time.sleep(0.15)
        route.continue_()

    page.route("**/media/**", late)
    yield page
    context.close()


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("kind", ["front page", "category", "post", "stand-in", "archive", "rector"])
def test_nothing_jumps_while_a_page_comes_in_and_is_read(pages: Pages, page: Page, kind: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(pages.path(kind, "kk"))
    page.evaluate(READ)
    assert page.evaluate(SHIFT) == 0


@pytest.mark.parametrize("kind", [kind for kind, path in READERS.items() if "/staff/" not in path])
def test_a_page_asks_for_its_own_files_alone_and_for_no_script_but_a_films(pages: Pages, page: Page, kind: str) -> None:
    requests: list[Request] = []
    tab = page.context.new_page()
    tab.on("request", lambda request: requests.append(request))
    tab.goto(pages.path(kind, "kk"), wait_until="networkidle")
    tab.close()
    assert {f"{urlsplit(r.url).scheme}://{urlsplit(r.url).netloc}" for r in requests} == {pages.site.url}
    types = {r.resource_type for r in requests if not r.url.startswith(f"{pages.site.url}/static/film.js")}
    assert types <= {"document", "stylesheet", "image", "other"}
