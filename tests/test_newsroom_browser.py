"""The newsroom in real browsers: a correction from its author to the rector's telephone and to readers."""

from datetime import timedelta

import pytest
from playwright.sync_api import Browser, Page, expect

from kariu_blog.database import now
from kariu_blog.languages import local
from tests.support.editor import eventually, get
from tests.support.serving import PASSWORD, Site

pytestmark = [pytest.mark.server, pytest.mark.slow]
TITLE, BEFORE, AFTER = "Winter school", "It begins on Monday.", "It begins on Tuesday."
PHONE = {"width": 360, "height": 740}


def tab(chromium: Browser, site: Site, **settings: object) -> Page:
    return chromium.new_context(base_url=site.url, **settings).new_page()  # type: ignore[arg-type]


def sign_in(page: Page, name: str) -> None:
    page.goto("/en/staff/login")
    page.locator("#username").fill(name)
    page.locator("#password").fill(PASSWORD)
    page.locator("main").get_by_role("button").click()


def invited(chromium: Browser, site: Site, admin: Page) -> Page:
    """Return the browser of a new author who has chosen a password."""
    admin.goto("/en/staff/people/new")
    admin.locator("[name=username]").fill("aliya")
    admin.get_by_role("button", name="Invite").click()
    address = admin.get_by_label("Address to copy").input_value()
    author = tab(chromium, site)
    author.goto(address[address.index("/en/") :])
    for name in ("new_password", "new_password_confirm"):
        author.locator(f"[name={name}]").fill(PASSWORD)
    author.locator("main").get_by_role("button").click()
    sign_in(author, "aliya")
    return author


def test_a_correction_is_written_signed_on_a_telephone_and_published_at_its_time(chromium: Browser, site: Site) -> None:
    admin = tab(chromium, site)
    sign_in(admin, "admin")
    author = invited(chromium, site, admin)
    author.goto("/en/staff/posts/new")
    author.locator("[name=category]").select_option(label="News")
    author.locator("[name=author]").select_option(label="Press office")
    author.locator("[name=en-title]").fill(TITLE)
    author.locator("#pane-en [contenteditable]").first.fill(BEFORE)
    submit = author.locator("#pane-en").get_by_role("button", name="Save and submit for review")
    submit.click()
    expect(author.get_by_role("status").first).to_contain_text("Submitted for review")

    waiting = admin.get_by_role("link", name="Waiting for me").first
    admin.goto("/en/staff/")
    waiting.click()
    admin.get_by_role("link", name=TITLE).click()
    admin.locator("#pane-en").get_by_role("button", name="Save and publish").click()
    expect(admin.get_by_role("status").first).to_contain_text("Published.")
    form, public = admin.url, "/en/posts/winter-school"
    assert BEFORE in get(site, public)

    author.goto(form)
    author.locator("#pane-en [contenteditable]").first.fill(AFTER)
    submit.click()
    expect(author.locator(".standing")).to_contain_text("Not seen by readers")
    author.locator("#pane-en").get_by_role("link", name="Preview links").click()
    author.get_by_role("button", name="Make a link").click()
    link = author.get_by_label("Address to copy").input_value()

    rector = tab(chromium, site, viewport=PHONE, is_mobile=True, has_touch=True)
    rector.goto(link[link.index("/en/") :])
    expect(rector.locator("article")).to_contain_text(AFTER)
    assert rector.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    assert BEFORE in get(site, public)

    admin.goto(form)
    at = local(now() + timedelta(seconds=70))  # the field takes whole minutes
    admin.locator("[name=en-publish_at]").fill(f"{at:%Y-%m-%dT%H:%M}")
    admin.locator("#pane-en").get_by_role("button", name="Update on the site").click()
    expect(admin.get_by_role("status").first).to_contain_text("Readers see the new text later: English")
    assert BEFORE in get(site, public)
    eventually(lambda: AFTER in get(site, public), seconds=100)
    for page in (admin, author, rector):
        page.context.close()
