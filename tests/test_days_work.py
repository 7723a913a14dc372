"""A day's work of the press office, from Word's text to its readers, in a real browser on a desktop and a telephone."""

import re

import feedparser
import pytest
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import FilePayload, Page, expect

from tests.support import drawing
from tests.support.files import PDF
from tests.support.serving import Site
from tests.support.word import blip, picture, png, word
from tests.support.writing import editor, new_post, paste, save

PHOTOGRAPHS: list[FilePayload] = [
    {"name": f"IMG_{number:04}.jpg", "mimeType": "image/jpeg", "buffer": drawing.jpeg(200 + number, 150)}
    for number in range(12)
]
ORDER: FilePayload = {"name": "115-бұйрық.pdf", "mimeType": "application/pdf", "buffer": PDF}
FILM = "https://youtu.be/dQw4w9WgXcQ"
NUMBER, BACK = "<a href='#_ftn1' name='_ftnref1'>[1]</a>", "<a href='#_ftnref1' name='_ftn1'>[1]</a>"
TEXT = word(
    f"<h1>Бағдарлама</h1><p class=MsoNormal>Жиынға <b>1&nbsp;200 оқушы</b> келді{NUMBER}.</p>",
    f"<p class=MsoNormal>{picture(1)}</p><p class=MsoCaption>1-сурет</p><p class=MsoNormal>Цех: {picture(2)}</p>",
    f"<div style='mso-element:footnote-list'><p class=MsoFootnoteText>{BACK} Бесінші рет.</p></div>",
)


@pytest.mark.parametrize("width", [1280, 360])
def test_a_days_work_reaches_readers_without_scripts_and_feed_readers(
    page: Page, site: Site, chromium: Chromium, width: int
) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    new_post(page)
    title = f"Ашық есік күні {width}"
    page.locator("#kk-title").fill(title)
    paste_from_word(page)
    send_a_gallery_by_keyboard(page)
    link_a_file_and_a_film(page)
    save(page)
    form = page.url
    credit_what_is_new(page)
    page.goto(f"{form}/kk/preview")
    expect(page.locator(".gallery a")).to_have_count(12)
    page.goto(form)
    page.locator("#pane-kk").get_by_role("button", name="Save and publish").click()
    expect(page.get_by_text("Published. Readers see it now")).to_be_visible()
    read_without_scripts(chromium, site, f"/kk/posts/ashyq-esik-kuni-{width}", width)
    [entry] = [each for each in feedparser.parse(site.fetch("/kk/feed.atom")).entries if each.title == title]
    fed = entry.content[0].value
    assert fed.count("<img ") == 14
    assert re.findall(r">(\d+)-жазу<", fed) == [str(number) for number in range(1, 13)]
    for words in ("1\u00a0200 оқушы", "[1] Бесінші рет.", "Фото: А. Ким", "115-бұйрық</a> <small>(PDF", f'"{FILM}"'):
        assert words in fed


def paste_from_word(page: Page) -> None:
    editor(page, "kk").click()
    paste(page, TEXT, rtf="{\\rtf1 " + blip(png("red")) + "\\par " + blip(png("blue")) + "}")
    expect(page.locator("#kk-body")).to_have_value(re.compile("(/media/.*){2}"))
    for number, words in enumerate(("Ғимарат", "Цех")):
        editor(page, "kk").locator("img").nth(number).dblclick()
        page.locator("#alt-text").fill(words)
        page.get_by_role("button", name="Keep the description").press("Enter")
        expect(page.locator("#alt-dialog")).not_to_be_visible()


def send_a_gallery_by_keyboard(page: Page) -> None:
    """Send twelve photographs, describe each, and write a caption below each."""
    page.keyboard.press("Control+End")
    page.keyboard.press("Shift+Tab")
    while page.evaluate("document.activeElement.dataset.command") != "picture":
        page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    page.locator("#picture-files").set_input_files(PHOTOGRAPHS)
    expect(page.locator("#picture-dialog .sending li")).to_have_count(11)  # one sees how many are still to come
    expect(page.locator("#picture-dialog").get_by_role("button", name="Insert")).to_be_visible(timeout=60_000)
    for number in range(1, 13):
        page.keyboard.type(f"{number}-фото")
        page.keyboard.press("Tab")
        page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    captions = editor(page, "kk").locator(".gallery figure figcaption")
    for number in range(1, 13):
        captions.nth(number - 1).click()
        page.keyboard.type(f"{number}-жазу")
        expect(captions.nth(number - 1)).to_have_text(f"{number}-жазу")


def link_a_file_and_a_film(page: Page) -> None:
    page.keyboard.press("Control+End")
    page.keyboard.type("Бұйрық: ")
    page.locator("#pane-kk").get_by_role("button", name="File").click()
    page.locator("#file-files").set_input_files(ORDER)
    expect(page.locator("#kk-body")).to_have_value(re.compile("115-бұйрық</a></p>$"))
    page.keyboard.press("Enter")
    page.keyboard.type(FILM)
    page.keyboard.press("Enter")
    page.keyboard.type("Соңы.")
    expect(page.locator("#kk-body")).to_have_value(re.compile(f"{FILM}</a></p><p>Соңы.</p>$"))


def credit_what_is_new(page: Page) -> None:
    page.goto("/en/staff/pictures")
    page.get_by_role("link", name="Describe the pictures that are not described yet").click()
    page.get_by_role("group", name="Credit of all these pictures").get_by_label("Қазақша").fill("Фото: А. Ким")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status").filter(has_text="saved")).to_be_visible()


def read_without_scripts(chromium: Chromium, site: Site, path: str, width: int) -> None:
    context = chromium.new_context(base_url=site.url, java_script_enabled=False)
    reader = context.new_page()
    reader.set_viewport_size({"width": width, "height": 800})
    reader.goto(path)
    assert reader.locator("html").evaluate("root => root.scrollWidth <= innerWidth")
    assert reader.request.get(str(reader.locator(".body a[href^='/files/']").get_attribute("href"))).body() == PDF
    assert reader.locator(".player a").get_attribute("href") == FILM
    assert reader.locator(".gallery small.credit").inner_text() == "Фото: А.\u00a0Ким"
    reader.locator(".gallery a").nth(4).click()
    expect(reader).to_have_url(re.compile("-204x150.jpg$"))
    context.close()
