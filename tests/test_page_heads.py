"""What a page says of itself to search engines, networks and intermediaries: titles, other languages, its own."""

from datetime import UTC, datetime

import pytest

from tests.support.browsing import Browser, Page
from tests.support.cast import SITE, Write

POST = "/en/posts/half-a-century-behind-us-and-the-road-ahead"


def shared_title(page: Page) -> str:
    return str(page.one("meta", property="og:title").get("content"))


@pytest.mark.parametrize(
    "path",
    ["/en/", "/en/?page=2", POST, "/en/categories/news/", "/en/rector/", "/en/feeds/", "/en/search", "/en/low-vision"],
)
def test_a_shared_title_does_not_repeat_the_sites_name(browse_demo: Browser, path: str) -> None:
    page = browse_demo.get(path)
    site = page.one("meta", property="og:site_name").get("content")
    assert shared_title(page)
    assert site not in shared_title(page)
    assert site in page.text(page.one("title"))
    assert shared_title(page) in page.text(page.one("title"))


def defaults(page: Page) -> list[str]:
    return [link.get("href") for link in page.all("link", rel="alternate", hreflang="x-default")]


def test_x_default_is_named_where_the_reader_would_be_asked_for_a_language(browse_demo: Browser) -> None:
    for language in ("kk", "ru", "en"):
        assert defaults(browse_demo.get(f"/{language}/")) == [f"{SITE}/"]
    for path in ("/kk/?page=2", POST, "/kk/categories/news/"):
        assert defaults(browse_demo.get(path)) == []
    sitemap = browse_demo.raw("/sitemap.xml").get_data(as_text=True)
    assert sitemap.count(f'hreflang="x-default" href="{SITE}/"/>') == 3
    assert sitemap.count("x-default") == 3


@pytest.mark.parametrize(
    ("path", "language"),
    [
        ("/kk/", "kk"),
        ("/ru/search?q=a", "ru"),
        (POST, "en"),
        ("/ru/nothing", "ru"),
        ("/kk/feeds/", "kk"),
        ("/ru/feed.atom", "ru"),
        ("/en/categories/news/feed.json", "en"),
        ("/kk/staff/login", "kk"),
        ("/static/style.css", None),
        ("/", None),
        ("/sitemap.xml", None),
    ],
)
def test_an_answer_names_its_language(browse_demo: Browser, path: str, language: str | None) -> None:
    for _ in range(2):  # made, and from memory
        assert browse_demo.raw(path).headers.get("Content-Language") == language


def test_titles_in_another_language_say_which_at_the_end_of_a_post(browse: Browser, write: Write) -> None:
    for day, title in enumerate(("Алғашқы", "Екінші", "Үшінші"), start=1):
        write(kk=title, published=datetime(2022, 1, day, tzinfo=UTC))
    write(ru="По-русски", published=datetime(2022, 1, 4, tzinfo=UTC))
    page = browse.get("/ru/posts/po-russki")
    foreign = [a for a in page.all("a") if a.get("rel") == "prev"]
    foreign += [item for part in page.all("section", aria_labelledby="related") for item in part.iter("div")]
    foreign = [each for each in foreign if each.tag == "a" or each.get("class") == "teaser"]
    assert len(foreign) == 3
    assert ["На казахском" in page.text(each) for each in foreign] == [True] * 3


def test_a_title_in_the_pages_language_says_no_language(browse: Browser, write: Write) -> None:
    write(kk="Бірінші", published=datetime(2022, 1, 1, tzinfo=UTC))
    write(kk="Екінші", published=datetime(2022, 1, 2, tzinfo=UTC))
    page = browse.get("/kk/posts/ekinshi")
    assert [a for a in page.all("a") if a.get("rel") == "prev"]
    assert page.all("span", class_="mark") == []
