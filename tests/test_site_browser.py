"""The site's forms in a real browser: a first start walked as the new administrator, the editor, a portrait."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.support.serving import PASSWORD, Site, start, stop

pytestmark = pytest.mark.server


@pytest.fixture
def empty_site(tmp_path: Path) -> Iterator[Site]:
    site = start(tmp_path, "--empty", KARIU_ADMIN_PASSWORD=PASSWORD)
    yield site
    stop(site)


def signed_in(chromium: Browser, site: Site, **settings: bool) -> Page:
    page = chromium.new_context(base_url=site.url, **settings).new_page()  # type: ignore[arg-type]
    page.goto("/ru/staff/")
    page.locator("#username").fill("admin")
    page.locator("#password").fill(PASSWORD)
    page.locator("main").get_by_role("button").click()
    return page


@pytest.mark.parametrize("has_scripts", [True, False])
def test_a_first_start_leads_the_new_administrator_to_a_whole_site(
    chromium: Browser, empty_site: Site, has_scripts: bool
) -> None:
    page = signed_in(chromium, empty_site, java_script_enabled=has_scripts)
    steps = page.get_by_role("region", name="Первые шаги")
    expect(steps.get_by_role("listitem")).to_have_count(5)
    for step, fields in (
        ("Указать название", {"email": "press@kariu.kz", "ru-university": "КарИУ"}),
        ("Добавить сведения", {f"{c}-{f}": f"{f} {c}" for c in ("kk", "ru", "en") for f in ("name", "position")}),
        ("Добавить цитату", {"ru-text": "Знание – сила."}),
    ):
        steps.get_by_role("link", name=step).click()
        for name, text in fields.items():
            if has_scripts and "-" in name and page.get_by_role("tablist").is_visible():
                page.get_by_role("tab").filter(has=page.locator(f"[lang={name[:2]}]")).click()
            page.locator(f"[name='{name}']").fill(text)
        page.get_by_role("button", name="Сохранить").click()
        expect(page.get_by_role("status").first).to_have_text("Сохранено.")
        page.goto("/ru/staff/")
    expect(steps.get_by_text("Готово")).to_have_count(3)
    page.get_by_role("button", name="Пропустить: Пригласить первого коллегу").click()
    page.get_by_role("button", name="Пропустить: Написать первую запись").click()
    expect(steps).to_have_count(0)
    page.goto("/ru/")
    expect(page.locator("figure.quotation")).to_contain_text("Знание – сила.")
    expect(page.locator("footer")).to_contain_text("press@kariu.kz")
    page.locator(".rector").get_by_role("link").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("name ru")
    page.context.close()


def test_a_portrait_is_chosen_and_a_text_written_as_in_a_post(chromium: Browser, site: Site) -> None:
    page = signed_in(chromium, site)
    page.goto("/ru/staff/site/rectors/2")
    page.get_by_role("button", name="Выбрать изображение").click()
    page.locator(".tiles button").first.click()
    expect(page.locator(".cover-choice img")).to_be_visible()
    page.locator("#pane-ru [contenteditable]").first.click()
    page.keyboard.press("Control+End")
    page.keyboard.type(" Добро пожаловать!")
    page.get_by_role("button", name="Сохранить").click()
    expect(page.get_by_role("status").first).to_have_text("Сохранено.")
    page.goto("/ru/rector/")
    assert "/media/" in (page.locator("img.monogram").get_attribute("src") or "")
    expect(page.get_by_text("Добро пожаловать!").last).to_be_visible()
    page.context.close()


def test_leaving_a_form_with_something_typed_is_asked_about(chromium: Browser, site: Site) -> None:
    page = signed_in(chromium, site)
    page.goto("/ru/staff/site/notices/new")
    page.locator("#ru-text").fill("Буран")
    with page.expect_event("dialog") as asked:
        page.once("dialog", lambda dialog: dialog.accept())
        page.goto("/ru/staff/site")
    assert asked.value.type == "beforeunload"
    page.context.close()
