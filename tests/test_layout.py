"""Pages hold together at the edges: long words, odd widths, large text, a preview, paper."""

from collections.abc import Iterator
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import Page

from tests.support.page_kinds import Pages
from tests.support.serving import PASSWORD

WORDS = {
    "kk": "Қанағаттандырылмағандықтарыңыздандағы",
    "ru": "Превысокомногорассмотрительствующийся",
    "en": "Honorificabilitudinitatibusuniversity",
}
POST = "/kk/posts/university-and-metallurgical-plant-sign-an-agreement-on-dual-training"
LOWEST_AND_HIGHEST = """() => {
  const seen = [...document.querySelector(".masthead > .wrap").children].filter((each) => each.checkVisibility());
  const boxes = seen.map((each) => each.getBoundingClientRect());
  return [Math.max(...boxes.map((box) => box.top)), Math.min(...boxes.map((box) => box.bottom))];
}"""
BOX = "(e) => { const {left, width} = e.getBoundingClientRect(); return [left, width] }"


@pytest.fixture(scope="module")
def long_words(pages: Pages) -> str:
    """The number of a post whose titles, summaries and texts are words of 37 letters."""
    editor, new = pages.editor, "/en/staff/posts/new"
    fields = {**editor.fields(new), "category": "2", "author": "2"}
    for language, word in WORDS.items():
        body = f"<h2>{word}</h2><p>{word}</p><ul><li>{word}</li></ul>" * 3
        fields |= {f"{language}-title": word, f"{language}-summary": word, f"{language}-body": body}
    editor.send(new, fields)
    post = next(path for path, title in editor.addresses().items() if title == WORDS["en"])
    for language in WORDS:
        editor.send(f"{post}/{language}/publication", editor.fields(post))
    return post


@pytest.fixture
def reader(pages: Pages, chromium: Chromium) -> Iterator[Page]:
    context = chromium.new_context(base_url=pages.site.url)
    yield context.new_page()
    context.close()


def turn_low_vision_on(pages: Pages, page: Page, mode: str) -> None:
    page.context.add_cookies([{"name": "low_vision", "value": mode, "url": pages.site.url}])


@pytest.fixture
def staff(reader: Page) -> Page:
    reader.goto("/en/staff/login")
    reader.locator("#username").fill("admin")
    reader.locator("#password").fill(PASSWORD)
    reader.locator("main button").click()
    reader.get_by_role("heading", level=1, name="Posts").wait_for()
    return reader


@pytest.mark.parametrize("mode", ["", "200-white-wider-shown"])
@pytest.mark.parametrize("language", WORDS)
def test_a_word_of_37_letters_makes_no_page_wider(
    pages: Pages, long_words: str, staff: Page, language: str, mode: str
) -> None:
    if mode:
        turn_low_vision_on(pages, staff, mode)
    lists = [f"/{language}/", f"/{language}/categories/news/", f"/{language}/search?q={quote(WORDS[language])}"]
    staff.goto(lists[1])
    post = str(staff.locator("article a[href*='/posts/']").first.get_attribute("href"))
    newsroom = [f"/{language}/staff/", f"/{language}{long_words.removeprefix('/en')}"]
    for path in (*lists, post, *newsroom):
        for width in (320, 768, 1280):
            staff.set_viewport_size({"width": width, "height": 800})
            staff.goto(path)
            assert WORDS[language] in staff.content().replace("\u00ad", "").replace("<i></i>", ""), path
            assert staff.evaluate("document.documentElement.scrollWidth") <= width, (path, width)


@pytest.mark.parametrize("width", [641, 768, 900, 1040, 1041, 1152, 1280])
@pytest.mark.parametrize("language", WORDS)
def test_the_head_stands_in_one_row(reader: Page, language: str, width: int) -> None:
    reader.set_viewport_size({"width": width, "height": 800})
    reader.goto(f"/{language}/")
    lowest_top, highest_bottom = reader.evaluate(LOWEST_AND_HIGHEST)
    assert lowest_top < highest_bottom


@pytest.mark.parametrize("language", WORDS)
def test_with_the_largest_text_a_telephone_shows_a_headline_within_two_screens(
    pages: Pages, reader: Page, language: str
) -> None:
    reader.set_viewport_size({"width": 360, "height": 740})
    turn_low_vision_on(pages, reader, "200-white-normal-shown")
    reader.goto(f"/{language}/")
    headline = reader.locator("article h3").first.bounding_box()
    assert headline is not None
    assert headline["y"] < 2 * 740


@pytest.mark.parametrize("width", [360, 1280])
def test_the_preview_is_laid_out_as_the_post(staff: Page, width: int) -> None:
    staff.set_viewport_size({"width": width, "height": 800})
    boxes = []
    for path in (POST, "/kk/staff/posts/5/kk/preview"):
        staff.goto(path)
        boxes.append([staff.locator(part).first.evaluate(BOX) for part in (".post h1", ".post .cover", ".body > p")])
    assert boxes[0] == boxes[1]


def test_a_wide_table_fits_on_paper(reader: Page) -> None:
    reader.set_viewport_size({"width": 680, "height": 900})  # A4 within its margins
    reader.emulate_media(media="print")
    reader.goto(POST)
    table = reader.locator(".body table")
    assert table.evaluate("(e) => e.getBoundingClientRect().right") <= 680
    assert table.evaluate("(e) => getComputedStyle(e.parentElement).overflowX") == "visible"


@pytest.mark.usefixtures("long_words")
def test_the_low_vision_mode_parts_long_words_of_a_text_between_syllables(pages: Pages, reader: Page) -> None:
    reader.set_viewport_size({"width": 360, "height": 740})
    reader.goto("/kk/categories/news/")
    reader.locator("article a[href*='/posts/']").first.click()
    hyphen = "(e) => getComputedStyle(e, '::before').content"
    place = reader.locator(".body p i").first
    assert place.evaluate(hyphen) == "none"
    turn_low_vision_on(pages, reader, "200-white-normal-shown")
    reader.reload()
    assert place.evaluate(hyphen) == '"\u00ad"'
