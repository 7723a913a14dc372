"""What holds at the edges of pages: other languages, errors, compression, headers."""

import brotli
import pytest

from tests.support.browsing import Browser, Page
from tests.support.cast import Write

NAMES = {"kk": "Қазақша", "ru": "Русский", "en": "English"}
NEWSROOM = ("/staff/", "/staff/posts/new", "/staff/pictures", "/staff/password", "/staff/?state=draft&page=1")


def other_languages(page: Page) -> dict[str, str]:
    return {code: page.links()[name] for code, name in NAMES.items()}


def whole(browser: Browser, path: str, **headers: str) -> tuple[bytes, dict[str, str]]:
    response = browser.raw(path, **headers)
    return response.data, dict(response.headers)


@pytest.mark.parametrize("path", NEWSROOM)
def test_the_newsroom_stays_on_its_page_in_another_language(editor: Browser, path: str) -> None:
    page = editor.get(f"/en{path}")
    assert other_languages(page) == {code: f"/{code}{path}" for code in NAMES}
    for address in other_languages(page).values():
        editor.get(address)


def test_a_refused_form_leads_to_the_form_in_another_language(editor: Browser, write: Write) -> None:
    post = write(en="Open day")
    page = editor.submit(editor.get(f"/en/staff/posts/{post}"), "Save", {"en-title": ""}, 422)
    assert other_languages(page)["ru"] == f"/ru/staff/posts/{post}"
    page = editor.submit(editor.get(f"/en/staff/posts/{post}"), "Withdraw", within="en")
    assert other_languages(page)["ru"] == f"/ru/staff/posts/{post}"


def test_the_sign_in_stays_and_leads_on_in_the_other_language(browse: Browser) -> None:
    page = browse.get("/ru/staff/posts/new")
    address = other_languages(page)["kk"]
    assert address == "/kk/staff/login?next=%2Fkk%2Fstaff%2Fposts%2Fnew"
    button = {"username": "editor", "password": "correct horse battery"}
    assert browse.submit(browse.get(address), "Кіру", button).path == "/kk/staff/posts/new"


@pytest.mark.parametrize("path", ["/nothing/here", "/posts/no-such-post", "/search?page=0", "/preview/no-such-link"])
def test_an_error_page_stays_on_its_address_in_another_language(browse: Browser, path: str) -> None:
    page = browse.get(f"/en{path}", 404)
    for code, address in other_languages(page).items():
        assert address == f"/{code}{path}"
        assert browse.get(address, 404).tree.get("lang") == code


def test_an_error_page_of_no_language_can_be_read_in_each(browse: Browser) -> None:
    addresses = other_languages(browse.get("/nothing/at/all", 404))
    assert addresses == {code: f"/{code}/nothing/at/all" for code in NAMES}


@pytest.mark.parametrize("language", NAMES)
def test_an_error_page_has_the_menu_the_search_and_a_way_on(browse_demo: Browser, language: str) -> None:
    menu = {a.get("href") for a in browse_demo.get(f"/{language}/").all("nav")[1].iter("a")}
    page = browse_demo.get(f"/{language}/nothing", 404)
    assert len(menu) == 4
    assert menu < set(page.links().values())
    assert page.one("form", role="search").get("action") == f"/{language}/search"
    assert {f"/{language}/", f"/{language}/archive/", f"/{language}/feeds/"} < set(page.links().values())


def test_an_error_in_the_newsroom_leads_back_to_it(editor: Browser) -> None:
    assert editor.get("/en/staff/posts/999", 404).links()["To the newsroom"] == "/en/staff/"


@pytest.mark.parametrize("path", ["/en/search?q=day", "/en/low-vision", "/en/nothing", "/kk/posts/joq"])
def test_pages_that_are_made_each_time_are_compressed_too(browse: Browser, write: Write, path: str) -> None:
    write(en="Open day")
    plain, headers = whole(browse, path)
    assert "Content-Encoding" not in headers
    assert "Accept-Encoding" in headers["Vary"]
    packed, headers = whole(browse, path, Accept_Encoding="br")
    assert headers["Content-Encoding"] == "br"
    assert int(headers["Content-Length"]) == len(packed) < len(plain) / 2
    assert brotli.decompress(packed) == plain


@pytest.mark.parametrize("path", ["/en/staff/login", "/en/staff/login?next=/en/staff/pictures", "/en/preview/nothing"])
def test_a_page_with_a_secret_is_never_compressed(browse: Browser, path: str) -> None:
    _body, headers = whole(browse, path, Accept_Encoding="gzip, br")
    assert "Content-Encoding" not in headers
    assert {"private", "no-store"} <= set(headers["Cache-Control"].split(", "))


def test_no_page_of_staff_is_compressed(editor: Browser) -> None:
    for path in NEWSROOM:
        body, headers = whole(editor, f"/en{path}", Accept_Encoding="gzip, br")
        assert "Content-Encoding" not in headers
        assert b"csrf_token" in body


@pytest.mark.parametrize("path", ["/en/", "/en/search", "/en/nothing", "/en/staff/login", "/"])
def test_pages_shut_out_other_sites_and_devices(browse: Browser, path: str) -> None:
    _body, headers = whole(browse, path)
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert {"camera=()", "microphone=()", "geolocation=()"} < set(headers["Permissions-Policy"].split(", "))


def test_other_sites_may_show_our_feeds_and_pictures(browse: Browser, write: Write) -> None:
    write(en="Open day")
    for path in ("/en/feed.atom", "/en/feed.rss", "/favicon.ico", "/apple-touch-icon.png"):
        _body, headers = whole(browse, path)
        assert headers["Cross-Origin-Resource-Policy"] == "cross-origin", path


@pytest.mark.parametrize(
    ("language", "one", "two"),
    [
        ("kk", "1 жарияланым табылды", "2 жарияланым табылды"),
        ("ru", "Найдена 1 запись", "Найдено 2 записи"),
        ("en", "1 post found", "2 posts found"),
    ],
)
def test_search_says_how_much_it_found(browse: Browser, write: Write, language: str, one: str, two: str) -> None:
    write(kk="Форум", ru="Форум", en="Forum")
    assert one in browse.get(f"/{language}/search?q=форум").text()
    write(kk="Форум туралы", ru="Форум прошёл")
    page = browse.get(f"/{language}/search?q=форум")
    assert two in page.text()
    assert "форум" in page.text(page.one("h1"))
    assert page.text(page.one("title")).startswith("форум · ")


def test_search_counts_what_is_on_further_pages(browse: Browser, write: Write) -> None:
    for number in range(23):
        write(en=f"Forum {number}", ru=f"Форум {number}")
    assert "23 posts found" in browse.get("/en/search?q=forum").text()
    assert "23 posts found" in browse.get("/en/search?q=forum&page=3").text()
    assert "23 posts found" in browse.get("/en/search?q=форум").text()


def test_what_was_typed_carries_its_language_in_heading_and_title(browse: Browser) -> None:
    for typed, lang in (("форум", "ru"), ("ғылым", "kk"), ("forum", "en")):
        page = browse.get(f"/en/search?q={typed}")
        assert page.one("h1").find("bdi").get("lang") == lang
        assert page.one("title").get("lang", "en") == lang
