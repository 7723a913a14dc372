"""A browser of 2021 shows the site: sheets ask for nothing newer without a fallback, and Chromium 92 lays pages out."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from flask import Flask, render_template
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import Page, sync_playwright

from tests.support import chromium92
from tests.support.browsing import Browser
from tests.support.page_kinds import READERS, Pages

SHEETS = ["style.css", "newsroom.css", "low_vision_settings.css", "low_vision.css"]
NEWER = re.compile(
    r"@(layer|container|scope|property|starting-style|view-transition|position-try|import)\b"
    r"|:(has|user-valid|user-invalid|popover-open|state)\b|[<>]=?\s*\d+\w+\s*\)|^&"
    r"|(color-mix|oklch|oklab|lab|lch|color|light-dark|round|mod|rem|sin|cos|linear|anchor|calc-size)\("
    r"|\b[\d.]+([dsl]v[hwib]|v[ib]|cq[whib]|cqmin|cqmax|lh|rlh)\b|\bsubgrid\b|\bfloat: inline-|/ \"\";$"
    r"|^(text-wrap|field-sizing|accent-color|hyphenate-|interpolate-size|container|anchor|inset-area|position-area"
    r"|translate|rotate|scale|text-box|scrollbar-|contain-intrinsic|content-visibility|view-transition|initial-letter"
    r"|hyphens|appearance|text-size-adjust)\b.*|\boverflow-wrap: anywhere\b|\boverflow: clip\b"
)
"""What a stable Chromium, Firefox or Safari learned after 2021, as far as somebody may come to write it."""
MAY_BE_MISSING = {"text-wrap", "field-sizing", "accent-color", "hyphenate-limit-chars", "overflow-wrap"}
"""Properties without which everything is still there to be read and used."""

KNOWS = """(text) => {
  if (text.endsWith(";")) return CSS.supports(text.slice(0, -1));
  try {
    document.querySelector(text);
    return true;
  } catch {
    return false;
  }
}"""


@dataclass(frozen=True)
class Line:
    text: str
    blocks: tuple[str, ...]
    """The at-rules and selectors around it, outermost first."""
    before: str
    """The property that the line before sets, without a vendor's prefix."""

    @property
    def name(self) -> str:
        return re.sub("^-(webkit|moz)-", "", self.text.split(":")[0]) if self.text.endswith(";") else ""

    @property
    def may_be_unknown(self) -> bool:
        is_asked_for = any(block.startswith("@supports") for block in self.blocks)
        has_fallback = bool(self.name) and self.name in {*MAY_BE_MISSING, self.before}
        return is_asked_for or has_fallback or self.text.startswith(("-webkit-", "@supports"))


def sheet(app: Flask, name: str) -> str:
    if name != "low_vision.css":
        return app.test_client().get(f"/static/{name}").text
    with app.test_request_context():
        chosen = {"size": "200", "colours": "black", "spacing": "wide", "pictures": "hidden"}
        return render_template("low_vision/low_vision.css", **chosen)


def lines(css: str) -> Iterator[Line]:
    blocks: list[str] = []
    selector, before = "", ""
    for text in map(str.strip, re.sub(r"/\*.*?\*/", "", css, flags=re.S).splitlines()):
        line = Line(text, tuple(blocks), before)
        if text:
            yield line
        before = line.name
        if text.endswith("{"):
            blocks.append(f"{selector} {text[:-1]}".strip())
        elif text == "}":
            blocks.pop()
        selector = f"{selector} {text}" if text.endswith(",") else ""


@pytest.mark.parametrize("name", SHEETS)
def test_a_sheet_uses_nothing_newer_than_2021_without_a_fallback(app: Flask, name: str) -> None:
    found = list(lines(sheet(app, name)))
    assert len(found) > 50
    assert [line.text for line in found if NEWER.search(line.text) and not line.may_be_unknown] == []


@pytest.mark.parametrize("name", SHEETS)
def test_a_sheet_has_one_declaration_on_a_line(app: Flask, name: str) -> None:
    whole = re.compile(r"\}|[^;{}]+(;|,|\{)|@[^;{}]+\{")
    assert [line.text for line in lines(sheet(app, name)) if not whole.fullmatch(line.text)] == []


def test_the_low_vision_mode_is_above_every_other_sheet_by_the_id_of_the_page(app: Flask, browse: Browser) -> None:
    selectors = [line.text for line in lines(sheet(app, "low_vision.css")) if line.text.endswith(("{", ","))]
    assert [text for text in selectors if not text.startswith(("#site", "@media"))] == []
    assert browse.get("/kk/").one("html").get("id") == "site"
    for name in SHEETS[:-1]:
        others = [line.text for line in lines(sheet(app, name)) if re.match(r".*#[a-z][^;]*[{,]$", line.text)]
        assert [text for text in others if not text.startswith("#site [aria-")] == []


@pytest.fixture(scope="module")
def old_chromium() -> Iterator[Chromium]:
    if not chromium92.PROGRAM.exists():
        pytest.skip("Chromium 92 is not on this machine: python -m tests.support.chromium92 (needs npm)")
    with sync_playwright() as playwright:
        options = ["--no-sandbox", "--disable-gpu"]
        browser = playwright.chromium.launch(executable_path=chromium92.PROGRAM, args=options)
        yield browser
        browser.close()


@pytest.fixture
def page(old_chromium: Chromium, pages: Pages) -> Iterator[Page]:
    context = old_chromium.new_context(base_url=pages.site.url, color_scheme="light")
    yield context.new_page()
    context.close()


@pytest.mark.parametrize("name", SHEETS)
def test_chromium_92_knows_every_declaration_and_selector_that_must_not_be_missing(
    app: Flask, old_chromium: Chromium, name: str
) -> None:
    tab = old_chromium.new_page()
    assert tab.evaluate("navigator.userAgent").count("Chrome/92.") == 1
    asked = [line for line in lines(sheet(app, name)) if line.text.endswith(";")]
    asked += [Line(block, (), "") for line in asked for block in line.blocks if not block.startswith("@")]
    unknown = {line.text for line in asked if not line.may_be_unknown and not tab.evaluate(KNOWS, line.text)}
    tab.close()
    assert unknown - {"text-size-adjust: 100%;"} == set()


@pytest.mark.parametrize("width", [360, 1280])
@pytest.mark.parametrize("kind", READERS)
def test_chromium_92_lays_every_readers_page_out(page: Page, pages: Pages, kind: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(pages.path(kind, "kk"))
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    style = "(selector, name) => getComputedStyle(document.querySelector(selector))[name]"
    style = f"([selector, name]) => ({style})(selector, name)"
    assert page.evaluate(style, [".masthead", "backgroundColor"]) == "rgb(11, 51, 73)"
    assert page.evaluate(style, [".masthead > .wrap", "display"]) == "flex"
    assert page.evaluate(style, [".skip", "position"]) == "absolute"
    widths = page.evaluate("[...document.querySelectorAll('svg')].map((e) => e.getBoundingClientRect().width)")
    assert widths
    assert max(widths) <= 28


def test_chromium_92_shows_the_low_vision_mode(page: Page, pages: Pages) -> None:
    cookie = {"name": "low_vision", "value": "150-black-wide-shown", "url": pages.site.url}
    page.context.add_cookies([cookie])  # type: ignore[list-item]
    page.goto("/kk/")
    style = "(name) => getComputedStyle(document.querySelector('.masthead .sections a'))[name]"
    assert page.evaluate("getComputedStyle(document.documentElement).backgroundColor") == "rgb(0, 0, 0)"
    assert page.evaluate(style, "color") == "rgb(255, 230, 0)"
    assert page.evaluate(style, "fontSize") == "24px"


def test_without_any_style_no_drawing_fills_the_screen(page: Page) -> None:
    page.route("**/*.css*", lambda route: route.abort())
    page.goto("/kk/")
    widths = page.evaluate("[...document.querySelectorAll('svg')].map((e) => e.getBoundingClientRect().width)")
    assert widths
    assert max(widths) <= 28
