"""Nobody is kept out: WCAG 2.2 A and AA on every kind of page, with the keyboard alone, enlarged, in forced colours."""

from collections.abc import Callable, Iterator
from itertools import pairwise
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Locator, Page, expect

from tests.support.page_kinds import EVERY, SIGNS_IN, STAFF, Pages
from tests.support.serving import PASSWORD

Open = Callable[..., Page]

LANGUAGES = ("kk", "ru", "en")
WIDTHS = (1280, 360)
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
COLOUR_RULES = ["color-contrast", "link-in-text-block"]
"""All others find the same in light and dark."""
AXE = Axe()
TAB_STOPS = """() => {
  const focusable = "a[href], button, input, select, textarea, summary, [tabindex], [contenteditable=true]";
  window.stops = [...document.querySelectorAll(focusable)].filter((element) =>
    element.tabIndex >= 0 && !element.matches(":disabled, [contenteditable=true] *") &&
    element.checkVisibility({visibilityProperty: true}));
  return window.stops.map((element) => element.outerHTML.slice(0, 120));
}"""
FOCUSED = """() => {
  const element = document.activeElement;
  const isRinged = (style) => style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
  let [ringed, stuck] = [false, false];
  for (let each = element; each && each !== document.body; each = each.parentElement) {
    const style = getComputedStyle(each);
    ringed ||= isRinged(style);
    stuck ||= ["sticky", "fixed"].includes(style.position);
  }
  const {top, bottom, left, right} = element.getBoundingClientRect();
  const [down, along] = [window.scrollY, window.scrollX];
  const box = {top: top + down, bottom: bottom + down, left: left + along, right: right + along};
  const stop = element === document.body ? 0 : window.stops.indexOf(element);
  return {stop, html: element.outerHTML.slice(0, 120), ringed, stuck, ...box};
}"""
HIDDEN = """() => {
  const element = document.activeElement;
  const {top, bottom, left, right, height} = element.getBoundingClientRect();
  let [from, to] = [Math.max(top, 0), Math.min(bottom, innerHeight)];
  for (const each of document.querySelectorAll("*")) {
    const isStuck = ["sticky", "fixed"].includes(getComputedStyle(each).position) && each.checkVisibility();
    const box = each.getBoundingClientRect();
    const isOver = box.left < right && box.right > left && box.top < bottom && box.bottom > top;
    if (!isStuck || !isOver || each.contains(element)) continue;
    if (box.top > top) to = Math.min(to, box.top);
    else from = Math.max(from, box.bottom);
  }
  const isSeen = element === document.body || to - from >= (height > 64 ? 24 : height - 1);
  return isSeen ? "" : element.outerHTML.slice(0, 120);
}"""
TEXT_SPACING = """() => {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(`
    * { line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important }
    p { margin-block-end: 2em !important }`);
  document.adoptedStyleSheets = [sheet];
}"""
CLIPPED = """() => [...document.querySelectorAll("body *")].filter((element) => {
  const style = getComputedStyle(element);
  const hides = (overflow) => ["hidden", "clip"].includes(overflow);
  const isForListeners = style.clipPath !== "none" || element.closest("svg, option, select");
  const isWholeElsewhere = style.webkitLineClamp !== "none";  // a summary, which the post repeats
  return !isForListeners && !isWholeElsewhere && element.checkVisibility() && element.textContent.trim() &&
    ((hides(style.overflowX) && element.scrollWidth > element.clientWidth + 1) ||
      (hides(style.overflowY) && element.scrollHeight > element.clientHeight + 1) ||
      style.textOverflow === "ellipsis");
}).map((element) => element.outerHTML.slice(0, 120))"""
MOVING = """() => [document.documentElement, ...document.querySelectorAll("body *")].filter((element) =>
  ["", "::before", "::after"].some((pseudo) => {
    const style = getComputedStyle(element, pseudo || null);
    const lasts = [style.transitionDuration, style.animationName === "none" ? "0s" : style.animationDuration];
    return lasts.join().split(",").some((time) => parseFloat(time) > 0.01) || style.scrollBehavior === "smooth";
  })).map((element) => element.outerHTML.slice(0, 120))"""


@pytest.fixture(scope="module")
def reader(pages: Pages, chromium: Browser) -> Iterator[Page]:
    context = chromium.new_context(base_url=pages.site.url)
    yield context.new_page()
    context.close()


@pytest.fixture(scope="module")
def staff(pages: Pages, chromium: Browser) -> Iterator[Page]:
    """Somebody who may do everything, signed in with the keyboard alone."""
    context = chromium.new_context(base_url=pages.site.url)
    page = context.new_page()
    page.goto(pages.path(SIGNS_IN, "en"))
    tab_to(page, page.get_by_label("User name"))
    page.keyboard.type("admin")
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    page.get_by_role("heading", level=1, name="Posts").wait_for()
    yield page
    context.close()


@pytest.fixture
def open_page(pages: Pages, reader: Page, staff: Page) -> Open:
    """``open_page("post", "kk", width=360, color_scheme="dark")``, as whoever may see it."""

    def open_page(kind: str, language: str = "kk", width: int = 1280, **media: Any) -> Page:
        page = staff if kind in STAFF else reader
        page.set_viewport_size({"width": width, "height": 800})
        wanted = {"color_scheme": "light", "reduced_motion": "no-preference", "forced_colors": "none", **media}
        page.emulate_media(**wanted)
        page.goto(pages.path(kind, language))
        return page

    return open_page


def tab_to(page: Page, goal: Locator, presses: int = 80) -> None:
    for _ in range(presses):
        page.keyboard.press("Tab")
        if goal.evaluate("element => element === document.activeElement"):
            return
    raise AssertionError(f"{goal} is not reached with the keyboard at {page.url}")


def violations(page: Page, rules: list[str] = RULES) -> list[str]:
    """Each as a sentence: what should be, and where it is not."""
    options = {"runOnly": rules, "resultTypes": ["violations"], "preload": False}
    found = AXE.run(page, options=options).response["violations"]
    return [
        f"{rule['id']}: {rule['help']}: {node['html'][:160]} {node['failureSummary']}"
        for rule in found
        for node in rule["nodes"]
    ]


@pytest.mark.parametrize("kind", EVERY)
@pytest.mark.parametrize("language", LANGUAGES)
def test_axe_finds_no_barrier(open_page: Open, language: str, kind: str) -> None:
    page = open_page(kind, language, reduced_motion="reduce")
    found = []
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 6000})  # nothing is under the bar at its foot
        page.emulate_media(color_scheme="light")
        found += [f"{width} px, light: {violation}" for violation in violations(page)]
        page.emulate_media(color_scheme="dark")
        found += [f"{width} px, dark: {violation}" for violation in violations(page, COLOUR_RULES)]
    assert not found, "\n".join(found)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", ["Link", "Picture"])
def test_axe_finds_no_barrier_in_a_dialog_of_the_editor(open_page: Open, name: str, scheme: str) -> None:
    page = open_page("new post", "en", color_scheme=scheme)
    page.locator("#pane-en").get_by_role("button", name=name, exact=True).click()
    page.get_by_role("dialog", name=name).wait_for()
    assert not violations(page)


def test_axe_finds_no_barrier_in_a_form_that_was_refused(open_page: Open) -> None:
    page = open_page("new post", "en")
    page.get_by_role("button", name="Save", exact=True).click()
    page.get_by_role("alert").wait_for()
    assert not violations(page)


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("kind", EVERY)
def test_tab_goes_everywhere_in_the_order_of_sight_and_is_seen(open_page: Open, kind: str, width: int) -> None:
    page = open_page(kind, width=width)
    wanted = page.evaluate(TAB_STOPS)
    reached: list[dict[str, Any]] = []
    for _ in range(2 * len(wanted) + 20):
        page.keyboard.press("Tab")
        focused = page.evaluate(FOCUSED)
        if reached and focused["stop"] == 0:
            break
        if not reached or focused["stop"] != reached[-1]["stop"]:  # a field for a date has several places
            reached.append(focused)
    else:
        raise AssertionError(f"the keyboard is trapped at {reached[-1]['html']}")
    missing = set(range(len(wanted))) - {each["stop"] for each in reached}
    assert not missing, [wanted[number] for number in missing]
    assert [each["html"] for each in reached if not each["ringed"]] == []
    steps = [(a, b) for a, b in pairwise(reached) if not (a["stuck"] or b["stuck"])]
    assert [(a["html"], b["html"]) for a, b in steps if b["bottom"] <= a["top"] and b["left"] < a["right"]] == []


@pytest.mark.parametrize(("width", "height"), [(1280, 800), (360, 640), (320, 256)])
@pytest.mark.parametrize("kind", STAFF)
def test_nothing_that_sticks_hides_the_focus(open_page: Open, kind: str, width: int, height: int) -> None:
    """WCAG 2.2, 2.4.11, and 2.4.12 for all that is no taller than a button."""
    page = open_page(kind, "ru", reduced_motion="reduce")
    page.set_viewport_size({"width": width, "height": height})
    hidden = set()
    for _ in page.evaluate(TAB_STOPS):
        page.keyboard.press("Tab")
        hidden.add(page.evaluate(HIDDEN))
    assert hidden <= {""}


@pytest.mark.parametrize("kind", ["front page", "post", SIGNS_IN, "post form"])
def test_the_first_stop_skips_to_the_content(open_page: Open, kind: str) -> None:
    page = open_page(kind)
    page.keyboard.press("Tab")
    expect(page.locator("a[href^='#']:focus")).to_be_in_viewport(ratio=1)
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.localName") == "main"
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('main') !== null")


def test_search_filter_and_change_the_language_with_the_keyboard(open_page: Open) -> None:
    page = open_page("front page")
    tab_to(page, page.get_by_role("searchbox"))
    page.keyboard.type("университет")
    page.keyboard.press("Enter")
    page.wait_for_url("**/kk/search?q=*")
    tab_to(page, page.get_by_label("Санат"))
    page.keyboard.press("ArrowDown")
    tab_to(page, page.locator("main").get_by_role("button", name="Іздеу"))
    page.keyboard.press("Enter")
    page.wait_for_url("**/kk/search?q=*&category=rector*")
    tab_to(page, page.get_by_role("link", name="Русский"))
    page.keyboard.press("Enter")
    page.wait_for_url("**/ru/search?q=*")
    assert page.locator("html").get_attribute("lang") == "ru"


def test_a_wide_table_scrolls_by_itself_with_the_keyboard(open_page: Open) -> None:
    page = open_page("post", width=360)
    table = page.get_by_role("group", name="Кесте")
    tab_to(page, table)
    table.evaluate("e => { window.scrolled = new Promise((done) => e.addEventListener('scrollend', done)) }")
    page.keyboard.press("ArrowRight")
    page.evaluate("window.scrolled")
    assert table.evaluate("e => e.scrollLeft") > 0
    assert page.evaluate("window.scrollX") == 0


def test_write_and_save_with_the_keyboard(open_page: Open) -> None:
    page = open_page("newsroom", "en", width=360)
    tab_to(page, page.get_by_role("main").get_by_role("link", name="New post"))
    page.keyboard.press("Enter")
    for label, choice in (("Category", "News"), ("Author", "Press office")):
        tab_to(page, page.get_by_label(label))
        page.keyboard.type(choice)
    tab_to(page, page.get_by_role("tab", selected=True))
    page.keyboard.press("ArrowLeft")
    expect(page.get_by_role("tab", name="English")).to_be_focused()
    pane = page.locator("#pane-en")
    tab_to(page, pane.get_by_label("Title"))
    page.keyboard.type("With the keyboard alone")
    tab_to(page, pane.get_by_label("Kind of paragraph"))
    for name in ("Bold", "Italic", "Link", "Bulleted list"):
        page.keyboard.press("ArrowRight")
        expect(pane.get_by_role("button", name=name)).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.type("one")
    page.keyboard.press("Enter")
    page.keyboard.type("two")
    tab_to(page, pane.locator("summary"), presses=4)  # a list takes the first to indent
    page.keyboard.press("Control+s")
    expect(page.get_by_role("status").filter(has_text="Saved").first).to_be_visible()
    assert str(page.locator("#en-body").get_attribute("data-html")).count("<li>") == 2


def test_a_dialog_keeps_the_focus_and_gives_it_back(open_page: Open) -> None:
    page = open_page("new post", "en")
    text = page.locator("#pane-en").get_by_role("textbox", name="Text", exact=True)
    text.focus()
    page.keyboard.press("Control+k")
    expect(page.get_by_label("Where it leads")).to_be_focused()
    page.keyboard.press("Escape")
    expect(text).to_be_focused()


@pytest.mark.parametrize("kind", EVERY)
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_is_no_wider_than_the_screen(open_page: Open, language: str, kind: str) -> None:
    """320 px are also 1280 at 400 %, for which WCAG asks (1.4.10), as for the spacing of text (1.4.12)."""
    page = open_page(kind, language)
    for width in (1280, 360, 320):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.evaluate(TEXT_SPACING)
    assert page.evaluate("document.documentElement.scrollWidth") <= width, "with text spacing"
    assert page.evaluate(CLIPPED) == []


@pytest.mark.parametrize("kind", EVERY)
def test_nothing_moves_for_those_who_do_not_want_it(open_page: Open, kind: str) -> None:
    assert open_page(kind, reduced_motion="reduce").evaluate(MOVING) == []


@pytest.mark.parametrize("kind", ["front page", "category", "newsroom", "new post"])
def test_in_forced_colours_what_is_chosen_looks_it(open_page: Open, kind: str) -> None:
    page = open_page(kind, width=360, forced_colors="active")
    chosen = page.locator("[aria-current]:visible, [aria-selected=true]:visible").element_handles()
    assert chosen
    for each in chosen:
        seen = each.screenshot()
        each.evaluate("e => { e.removeAttribute('aria-current'); e.removeAttribute('aria-selected') }")
        assert (each.screenshot() != seen) is True, each.evaluate("e => e.outerHTML")


@pytest.mark.parametrize("kind", ["front page", "new post"])
def test_in_forced_colours_the_focus_is_seen(open_page: Open, kind: str) -> None:
    page = open_page(kind, forced_colors="active")
    for _ in page.evaluate(TAB_STOPS):
        page.keyboard.press("Tab")
        assert page.evaluate(FOCUSED)["ringed"], page.evaluate(FOCUSED)["html"]
