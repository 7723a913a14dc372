"""The whole way in a real browser against the real server: sign in, write, publish, read, subscribe."""

import os
import re
import signal
from collections.abc import Iterator
from pathlib import Path

import feedparser
import pytest
from playwright.sync_api import Browser, Page

from tests.support.editor import eventually
from tests.support.serving import PASSWORD, Site, start, stop, workers

pytestmark = [pytest.mark.server, pytest.mark.database]


@pytest.fixture(scope="module")
def page(site: Site, chromium: Browser) -> Iterator[Page]:
    """Of a browser without scripts."""
    context = chromium.new_context(base_url=site.url, java_script_enabled=False)
    yield context.new_page()
    context.close()


TEXTS = {
    "kk": ("Ғылым күні: әр үйде өнер", "Бірінші абзац.\n\nІздену – құндылық."),
    "ru": ("День науки", "Первый абзац."),
    "en": ("Science Day", "First paragraph."),
}


@pytest.fixture(scope="module")
def _published(page: Page) -> None:
    """Somebody signs in, writes a post in three languages and publishes each."""
    page.goto("/kk/staff/")
    page.get_by_label("Пайдаланушы аты").fill("admin")
    page.get_by_label("Құпиясөз").fill(PASSWORD)
    page.get_by_role("button", name="Кіру").click()
    page.get_by_role("link", name="Жаңа жарияланым").first.click()
    page.get_by_label("Санат").select_option("Ғылым")
    page.get_by_label("Автор").select_option("Баспасөз қызметі")
    for language, (title, body) in TEXTS.items():
        page.locator(f"#{language}-title").fill(title)
        page.locator(f"#{language}-body").fill(body)
    page.get_by_role("button", name="Сақтау", exact=True).click()
    for language in TEXTS:
        page.locator(f"button[formaction$='/{language}/publication']").click()
        assert page.get_by_role("status").first.inner_text().startswith("Жарияланды. Оқырмандар қазір көре алады:")


@pytest.mark.usefixtures("_published")
def test_write_publish_read_and_subscribe_in_three_languages(site: Site, page: Page) -> None:
    for language, (title, body) in TEXTS.items():
        page.goto(f"/{language}/")
        page.get_by_role("link", name=title, exact=True).click()
        assert page.locator("html").get_attribute("lang") == language
        assert page.get_by_role("heading", level=1).inner_text() == title
        assert page.locator(".body").inner_text().replace("\u00a0", " ") == body
        for path in (f"/{language}/feed.rss", f"/{language}/categories/science/feed.atom"):
            assert feedparser.parse(site.fetch(path)).entries[0].title == title


@pytest.mark.usefixtures("_published")
def test_correct_and_withdraw(page: Page) -> None:
    page.goto("/en/staff/")
    page.get_by_role("link", name="Science Day").click()
    page.locator("#en-title").fill("Science Day, corrected")
    page.locator("#pane-en").get_by_role("button", name="Update on the site").click()
    page.goto("/en/posts/science-day")
    assert page.get_by_role("heading", level=1).inner_text() == "Science Day, corrected"
    page.goto("/en/staff/")
    page.get_by_role("link", name="Science Day, corrected").click()
    page.locator("button[formaction$='/en/withdrawal']").first.click()
    page.get_by_role("button", name="Withdraw it").click()
    page.goto("/en/posts/den-nauki")
    assert page.get_by_role("note").inner_text().endswith("The text below is in Russian.")


@pytest.mark.parametrize("language", ["kk", "ru", "en"])
def test_read_turn_pages_search_filter_change_the_language_and_find_the_feeds(page: Page, language: str) -> None:
    page.goto(f"/{language}/")
    page.locator("main a[rel=next]").click()
    assert "page=2" in page.url
    post = page.locator("main article").first
    category = str(post.locator("a[href*='/categories/']").get_attribute("href")).split("/")[-2]
    post.get_by_role("link").last.click()
    title = page.get_by_role("heading", level=1).inner_text()
    page.get_by_role("searchbox").fill(title)
    page.get_by_role("search").get_by_role("button").click()
    page.locator("select[name=category]").select_option(category)
    page.locator("main").get_by_role("search").get_by_role("button").click()
    assert f"category={category}" in page.url
    assert title in page.locator("main article").first.inner_text()
    other = {"kk": "ru", "ru": "en", "en": "kk"}[language]
    page.locator(f"nav a[hreflang={other}]").first.click()
    assert page.locator("html").get_attribute("lang") == other
    assert page.locator("select[name=category]").input_value() == category
    page.locator(f"a[href='/{other}/feeds/']").first.click()
    assert page.locator(f"main a[href$='/{other}/feed.atom']").count() == 1


def test_a_second_start_creates_nothing_and_changes_nothing(tmp_path: Path) -> None:
    first = start(tmp_path, "--empty")
    output = first.output.read_text()
    stop(first)
    assert re.search(r"\| User name +admin +\|\n\| Password +\S+ \(shown this once\) \|", output)
    secret = (tmp_path / "secret_key").read_text()
    second = start(tmp_path)
    assert "Password" not in second.output.read_text()
    assert "Search finds" not in second.output.read_text()
    assert not (tmp_path / "media").exists()  # nor was a picture drawn
    assert (tmp_path / "secret_key").read_text() == secret
    assert "Мұнда әлі ештеңе жарияланған жоқ." in second.fetch("/kk/").decode()
    stop(second)


def test_a_killed_worker_is_replaced(site: Site) -> None:
    killed, other = workers(site)
    os.kill(killed, signal.SIGKILL)
    eventually(lambda: len(set(workers(site)) - {killed, other}) == 1)
    assert site.fetch("/kk/")
