"""The twenty-first draft in a real browser: its writer is told, and can save all the same."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support.editor import Editor
from tests.support.serving import PASSWORD, Site, start, stop

pytestmark = [pytest.mark.browser, pytest.mark.server]


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    site = start(tmp_path, KARIU_ADMIN_PASSWORD=PASSWORD)
    yield site
    stop(site)


def sign_in(page: Page) -> None:
    page.goto("/en/staff/login")
    page.get_by_label("User name").fill("admin")
    page.get_by_label("Password").fill(PASSWORD)
    page.locator("main").get_by_role("button", name="Sign in").click()


def test_whoever_has_too_many_drafts_reads_so_and_saves(site: Site, chromium: Browser) -> None:
    editor = Editor(site)
    new = "/en/staff/posts/new"
    for number in range(20):
        editor.send(f"{new}/draft", {**editor.fields(new), "en-title": f"Draft {number}"})
    page = chromium.new_context(base_url=site.url).new_page()
    sign_in(page)
    page.goto(new)
    page.get_by_label("Category").select_option("News")
    page.get_by_label("Author").select_option("Press office")
    page.locator("#en-title").fill("The twenty-first")
    expect(page.get_by_text("You have reached the limit of unsaved drafts (20).")).to_be_visible(timeout=15_000)
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Saved as a draft: English.")).to_be_visible(timeout=15_000)
    page.context.close()
