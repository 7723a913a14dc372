"""Every page has one address: other spellings lead to it or nowhere, and fill no memory."""

from collections.abc import Iterator
from urllib.parse import quote, unquote_to_bytes

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from kariu_blog.cache.middleware import DECLARED_BYTES
from tests.support.browsing import Browser
from tests.support.cast import PAGES_MIB, Write
from tests.support.statements import statements

SLUG = "half-a-century-behind-us-and-the-road-ahead"
PAGES = [
    "/kk/",
    "/kk/?page=2",
    f"/en/posts/{SLUG}",
    "/kk/categories/news/",
    "/kk/categories/news/feed.atom",
    "/kk/authors/rector/",
    "/kk/archive/2021/06/",
    "/kk/rector/",
    "/kk/feeds/",
    "/kk/feed.atom",
    "/kk/feed.json",
    "/kk/all/feed.rss",
    "/kk/feeds.opml",
    "/kk/opensearch.xml",
    "/feeds.opml",
    "/sitemap.xml",
    "/sitemap-lists.xml",
    "/sitemap-1.xml",
    "/low-vision.css",
    "/static/style.css",
]


def spellings(page: str) -> Iterator[str]:
    """Other ways to write an address, as many as one likes of each kind."""
    path, _, query = page.partition("?")
    query = f"?{query}" if query else ""
    yield from (f"{'/' * number}{path[1:]}{query}" for number in (2, 3, 5, 600))
    yield from (path.replace("-1.", f"-{'0' * number}1.") + query for number in (1, 2, 300) if "-1." in path)
    yield path.replace("2021/06", "02021/06").replace("06/", "006/") + query
    yield path.replace("/", "//", 2) + query
    yield path.replace("/", "/./", 1) + query
    yield path.upper() + query
    yield f"{path}/{query}"
    yield f"{path}%00{query}"
    yield f"{path}%0a{query}"
    yield f"{path};x{query}"
    yield f"{path}%3Fpage=2"
    yield from (
        f"{path}?page={number}" for number in ("02", "002", "+2", "2.0", "%202", "%D9%A2", "0x2", "2" * 5000, "0", "")
    )
    yield from (f"{path}?{query[1:]}&x={'y' * number}" for number in (1, 2, 300, 5000))
    yield from (f"{path}?page=2&page={number}&v=1" for number in range(5))


def fetch(browse: Browser, address: str) -> TestResponse:
    """As a server hands it over; the test client itself takes what follows two slashes for a host."""
    path, _, query = address.partition("?")
    environ = {"PATH_INFO": unquote_to_bytes(path).decode("latin-1"), "QUERY_STRING": query}
    return browse.client.get("/", environ_overrides=environ)


@pytest.mark.parametrize(
    ("address", "status", "location"),
    [
        ("//kk/", 308, "/kk/"),
        (f"{'/' * 500}kk/?page=2", 308, "/kk/?page=2"),
        ("//evil.example/", 308, "/evil.example/"),
        (f"//kk/{quote('ә')}?q={quote('ә')}", 308, f"/kk/{quote('ә')}?q={quote('ә')}"),
        ("/kk/feed-0001.atom", 404, None),
        ("/sitemap-01.xml", 404, None),
        ("/kk/?page=02", 404, None),
        ("/kk/archive/2021/6/", 404, None),
        ("/kk/archive/02021/06/", 404, None),
    ],
)
def test_another_spelling_leads_to_the_one_or_nowhere(
    browse_demo: Browser, address: str, status: int, location: str | None
) -> None:
    answer = fetch(browse_demo, address)
    assert (answer.status_code, answer.headers.get("Location")) == (status, location)


if PAGES_MIB:

    def test_other_spellings_fill_no_memory(demo: Flask, browse_demo: Browser) -> None:
        for page in PAGES:
            assert browse_demo.raw(page).status_code == 200, page
        browse_demo.raw("/kk/?page=1")
        before = memory(demo)
        for page in PAGES:
            for address in spellings(page):
                assert fetch(browse_demo, address).status_code < 500, address[:200]
        assert memory(demo) == before

    def test_the_first_value_of_a_parameter_is_the_page(demo: Flask, browse_demo: Browser) -> None:
        second = browse_demo.raw("/kk/?page=2")
        with statements(demo) as seen:
            assert browse_demo.raw("/kk/?page=2&page=1").data == second.data
            assert browse_demo.raw("/kk/?x=1&page=2&page=9").data == second.data
        assert not seen

    def test_a_page_keeps_to_its_own_path(browse_demo: Browser) -> None:
        assert browse_demo.raw("/kk/?page=2").status_code == 200
        assert browse_demo.raw("/kk/%3Fpage=2").status_code == 404

    def test_a_made_up_session_is_a_readers(app: Flask, write: Write) -> None:
        write(kk="Бірінші")
        page = Browser(app).raw("/kk/")
        for number in range(3):
            stranger = Browser(app)
            stranger.client.set_cookie("__Host-session", f"made-up-{number}")
            with statements(app) as seen:
                assert stranger.raw("/kk/").data == page.data
            assert not seen

    def test_a_session_without_a_person_is_a_readers(app: Flask, write: Write) -> None:
        write(kk="Бірінші")
        stranger = Browser(app)
        stranger.get("/kk/staff/login")
        stranger.raw("/kk/")
        with statements(app) as seen:
            stranger.raw("/kk/")
        assert not seen

    def test_staff_pass_by_the_pages_in_memory(app: Flask, editor: Browser, write: Write) -> None:
        write(kk="Бірінші")
        editor.raw("/kk/")
        with statements(app) as seen:
            editor.raw("/kk/")
        assert seen

    def test_what_is_remembered_of_paths_counts_as_memory(demo: Flask, browse_demo: Browser) -> None:
        layer = demo.extensions["cache"]
        before, layer._bytes_max = layer._bytes_max, 40_000
        for language in ("kk", "ru", "en"):
            for path in (
                "",
                "rector/",
                "categories/news/",
                "categories/science/",
                "authors/rector/",
                "archive/2021/06/",
            ):
                assert browse_demo.raw(f"/{language}/{path}").status_code == 200
        layer._bytes_max = before
        assert len(layer._declared) == 18
        assert 0 < layer._bytes <= 40_000 - 18 * DECLARED_BYTES


def memory(app: Flask) -> tuple[int, int, int]:
    layer = app.extensions["cache"]
    return layer._bytes, len(layer._entries), len(layer._declared)
