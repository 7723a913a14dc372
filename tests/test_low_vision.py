"""The low-vision mode: one cookie, read by one style sheet and by no page; and what readers see of it."""

from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from flask import Flask
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import BrowserContext, Page
from werkzeug.test import TestResponse

from kariu_blog.low_vision.forms import COOKIE, OPTIONS
from tests.support.browsing import FORM, Browser, named
from tests.support.serving import PASSWORD, Site

SHEET = "/low-vision.css"
POST = "/en/posts/half-a-century-behind-us-and-the-road-ahead"
PAGES = [
    "/kk/",
    POST,
    "/kk/categories/rector/",
    "/ru/search?q=университет",
    "/en/feeds/",
    "/kk/staff/login",
    "/ru/low-vision",
    "/en/nothing",
]
CONTRASTS = """() => {
  const canvas = new OffscreenCanvas(1, 1).getContext("2d", { willReadFrequently: true });
  const pixel = (...colours) => {
    canvas.clearRect(0, 0, 1, 1);
    for (const colour of colours) { canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1); }
    return [...canvas.getImageData(0, 0, 1, 1).data];
  };
  const light = (part) => (part /= 255) <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  const luminance = ([red, green, blue]) => 0.2126 * light(red) + 0.7152 * light(green) + 0.0722 * light(blue);
  const behind = (element) => {
    const grounds = [];
    for (let at = element; at; at = at.parentElement) grounds.unshift(getComputedStyle(at).backgroundColor);
    return grounds;
  };
  const ratio = (colour, grounds) => {
    const [high, low] = [pixel(...grounds), pixel(...grounds, colour)].map(luminance).sort((a, b) => b - a);
    return (high + 0.05) / (low + 0.05);
  };
  const found = [];
  const note = (element, what, colour, grounds) => found.push([
    `${what} of <${element.localName} class="${element.className}">: ${element.textContent.trim().slice(0, 30)}`,
    ratio(colour, grounds),
  ]);
  for (const element of document.body.querySelectorAll("*")) {
    const style = getComputedStyle(element);
    if (!element.checkVisibility() || style.clipPath !== "none") continue;
    if ([...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim())) {
      note(element, "text", style.color, behind(element));
    }
    for (const part of ["::before", "::after"]) {
      const { content, color } = getComputedStyle(element, part);
      if (!["none", "normal", '""'].includes(content)) note(element, part, color, behind(element));
    }
    if (element.matches("input:not([type=hidden]), select, textarea, button, .button")) {
      note(element, "border", style.borderTopColor, behind(element.parentElement));
    }
    if (element.matches("input:not([type=hidden], [type=radio]), select, textarea")) {
      note(element, "value", style.color, behind(element));
    }
    if (element.matches("[placeholder]")) {
      note(element, "placeholder", getComputedStyle(element, "::placeholder").color, behind(element));
    }
  }
  return found;
}"""
SIZES = """() => [...document.querySelectorAll("body *")]
  .filter((one) => one.checkVisibility() && [...one.childNodes].some((node) => node.nodeType === 3 && node.data.trim()))
  .map((one) => parseFloat(getComputedStyle(one).fontSize))"""


def sheet(browse: Browser, value: str = "", **headers: str) -> TestResponse:
    if value:
        browse.client.set_cookie(COOKIE.name, value)
    return browse.raw(SHEET, **headers)


def send(browse: Browser, path: str, data: Mapping[str, str] | None = None, **headers: str) -> TestResponse:
    return browse.client.post(path, data=data, content_type=FORM, headers=named(headers))


def choose(browse: Browser, **chosen: str) -> TestResponse:
    return send(browse, "/en/low-vision", chosen)


def test_a_choice_made_once_holds_on_every_page_and_changes_none_of_them(browse_demo: Browser) -> None:
    before = {path: browse_demo.raw(path) for path in ("/kk/", POST, "/ru/feeds/", "/kk/feed.atom")}
    assert sheet(browse_demo).data == b""
    browse_demo.submit(browse_demo.get("/kk/low-vision"), "Қолдану", {"size": "200", "colours": "black"})
    css = sheet(browse_demo).get_data(as_text=True)
    assert "font-size: 200%" in css
    assert "--paper: #000" in css
    for path, answer in before.items():
        again = browse_demo.raw(path)
        assert (again.data, again.headers["Vary"]) == (answer.data, "Accept-Encoding"), path
        assert again.headers["ETag"] == answer.headers["ETag"]
        assert b"low-vision.css" in again.data or "feed" in path.rpartition("/")[2]


def test_the_sheet_is_answered_for_each_choice_and_not_sent_again_unchanged(browse: Browser) -> None:
    empty = sheet(browse)
    assert empty.headers["Vary"] == "Accept-Encoding, Cookie"
    assert empty.headers["Cache-Control"] == "private, no-cache"
    assert empty.content_type == "text/css; charset=utf-8"
    assert sheet(browse, If_None_Match=empty.headers["ETag"]).status_code == 304
    chosen = sheet(browse, "200-blue-wide-hidden", If_None_Match=empty.headers["ETag"])
    assert chosen.status_code == 200
    assert sheet(browse, If_None_Match=chosen.headers["ETag"]).status_code == 304
    other = sheet(browse, "200-blue-wide-shown", If_None_Match=chosen.headers["ETag"])
    assert (other.status_code, other.data == chosen.data) == (200, False)
    assert sheet(Browser(browse.client.application)).data == b""


def test_values_that_nobody_can_choose_are_as_none_and_take_no_memory(app: Flask, browse: Browser) -> None:
    pages = app.extensions["cache"]._entries
    empty = sheet(browse)
    kept = len(pages)
    for value in ("junk", "200-blue-wide-", "200-blue-wide-hidden;", "999-white-normal-shown", "x" * 3000):
        answer = sheet(browse, value)
        assert (answer.data, answer.headers["ETag"]) == (b"", empty.headers["ETag"]), value
    assert len(pages) == kept
    for value in sorted(COOKIE.values):
        assert sheet(browse, value).data
    assert len(pages) <= kept + len(COOKIE.values)


def test_two_readers_at_once_each_get_their_own(app: Flask) -> None:
    with_mode, without = Browser(app), Browser(app)
    assert sheet(with_mode, "150-white-normal-shown").data
    assert sheet(without).data == b""
    assert sheet(with_mode).data


def test_the_cookie_says_nothing_else_and_lasts_a_year(browse: Browser) -> None:
    answer = choose(browse, size="150", colours="sepia", spacing="wider", pictures="hidden")
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith("low_vision=150-sepia-wider-hidden; ")
    for attribute in ("Secure", "HttpOnly", "Path=/", "SameSite=Lax", "Max-Age=31536000"):
        assert attribute in cookie
    assert len(answer.headers.getlist("Set-Cookie")) == 1


def test_the_page_shows_the_present_choice(browse: Browser) -> None:
    def chosen() -> list[str]:
        answer = browse.get("/ru/low-vision")
        assert answer.response.headers["Cache-Control"] == "private, no-cache"
        return [radio.get("value") for radio in answer.all("input", type="radio") if radio.get("checked") is not None]

    assert chosen() == ["150", "white", "normal", "shown"]
    choose(browse, size="200", colours="blue", spacing="wide", pictures="hidden")
    assert chosen() == ["200", "blue", "wide", "hidden"]
    browse.client.set_cookie(COOKIE.name, "junk")
    assert chosen() == ["150", "white", "normal", "shown"]


def test_it_is_turned_off_again(browse: Browser) -> None:
    choose(browse)
    assert sheet(browse).data
    page = browse.get("/kk/")
    browse.submit(page, "Қалыпты нұсқа")
    assert browse.client.get_cookie(COOKIE.name) is None
    assert sheet(browse).data == b""


@pytest.mark.parametrize(("language", "sentence"), [("kk", "Біреуін таңдаңыз."), ("ru", "Выберите один из вариантов.")])
def test_a_wrong_value_is_a_sentence_and_the_rest_of_the_form_is_kept(
    browse: Browser, language: str, sentence: str
) -> None:
    page = browse.get(f"/{language}/low-vision?back=/{language}/feeds/")
    button = {"kk": "Қолдану", "ru": "Применить"}[language]
    answer = browse.submit(page, button, {"size": "999\x00", "colours": "black"}, 422)
    assert sentence in answer.text()
    assert answer.one("input", value="black").get("checked") is not None
    assert answer.one("input", name="back").get("value") == f"/{language}/feeds/"
    assert sheet(browse).data == b""


@pytest.mark.parametrize("removal", ["", "/removal"])
def test_the_reader_goes_back_to_where_they_were(browse: Browser, removal: str) -> None:
    def back(origin: str | None, referrer: str = "") -> str:
        data = {} if origin is None else {"back": origin}
        answer = send(browse, f"/en/low-vision{removal}", data, Referer=referrer)
        assert answer.status_code == 303
        return answer.headers["Location"]

    site = "https://blog.kariu.test"
    assert back("/kk/search?q=%D0%B0&page=2") == "/kk/search?q=%D0%B0&page=2"
    assert back(None, f"{site}/ru/?page=3") == "/ru/?page=3"
    for origin in (
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example/",
        "/\t/evil.example/",
        "/kk/\r\nSet-Cookie: a=b",
        "javascript:alert(1)",
        "/kk/nothing",
        f"/en/low-vision{'/removal' * 2}",
        "/en/low-vision/removal",
        "/kk/?" + "x" * 3000,
        "",
    ):
        assert back(origin) == "/en/low-vision", origin
    for referrer in ("https://evil.example/kk/", f"{site}.evil.example/kk/", f"{site}:8000/kk/", "", "x"):
        assert back(None, referrer) == "/en/low-vision", referrer


def test_the_page_knows_from_where_it_was_opened(browse: Browser) -> None:
    def origin(path: str, referrer: str = "") -> str:
        return str(browse.get(path, Referer=referrer).one("input", name="back").get("value"))

    assert origin("/kk/low-vision", "https://blog.kariu.test/kk/?page=2") == "/kk/?page=2"
    assert origin("/kk/low-vision", "https://blog.kariu.test/kk/feeds/") == "/kk/feeds/"
    assert origin("/kk/low-vision", "https://evil.example/kk/feeds/") == ""
    assert origin("/kk/low-vision?back=//evil.example") == ""
    russian = browse.get("/kk/low-vision", Referer="https://blog.kariu.test/kk/feeds/").links()["Русский"]
    assert origin(russian, "https://blog.kariu.test/kk/low-vision") == "/kk/feeds/"


@pytest.mark.parametrize("removal", ["", "/removal"])
def test_a_form_on_another_site_changes_nothing(browse: Browser, removal: str) -> None:
    choose(browse, size="200")
    before = sheet(browse).data
    foreign: list[dict[str, Any]] = [
        {"Sec_Fetch_Site": "cross-site"},
        {"Sec_Fetch_Site": "same-site", "Origin": "https://blog.kariu.test"},
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
    ]
    own: list[dict[str, Any]] = [{"Sec_Fetch_Site": "same-origin"}, {"Origin": "https://blog.kariu.test"}, {}]
    for headers in foreign:
        answer = send(browse, f"/ru/low-vision{removal}", **headers)
        assert answer.status_code == 403
        assert "Запрос отправлен с другого сайта" in answer.get_data(as_text=True)
        assert "Set-Cookie" not in answer.headers
        assert sheet(browse).data == before
    for headers in own:
        assert send(browse, f"/ru/low-vision{removal}", **headers).status_code == 303


def test_pictures_carry_their_descriptions_on_pages_and_not_in_feeds(browse_demo: Browser) -> None:
    for path in ("/en/", POST):
        pictures = browse_demo.get(path).all("picture")
        assert pictures
        for picture in pictures:
            assert picture.get("data-alt") == picture.find("img").get("alt") != ""
    assert "data-alt" not in browse_demo.raw("/en/feed.atom").get_data(as_text=True)


@pytest.fixture
def context(site: Site, chromium: Chromium) -> Iterator[BrowserContext]:
    """Without scripts, on a device that prefers dark colours."""
    context = chromium.new_context(base_url=site.url, java_script_enabled=False, color_scheme="dark")
    yield context
    context.close()


def page_with(context: BrowserContext, site: Site, value: str, width: int = 1280) -> Page:
    context.add_cookies([{"name": COOKIE.name, "value": value, "url": site.url}])
    page = context.new_page()
    page.set_viewport_size({"width": width, "height": 800})
    return page


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("colours", OPTIONS["colours"])
def test_every_text_and_control_stands_out(context: BrowserContext, site: Site, colours: str, path: str) -> None:
    page = page_with(context, site, f"100-{colours}-normal-hidden")
    page.goto(path)
    found = page.evaluate(CONTRASTS)
    assert len(found) >= 10
    assert [(what, round(ratio, 2)) for what, ratio in found if ratio < 7] == []


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("size", OPTIONS["size"])
def test_no_text_is_smaller_than_was_chosen(context: BrowserContext, site: Site, size: str, path: str) -> None:
    page = page_with(context, site, f"{size}-white-normal-shown")
    page.goto(path)
    assert min(page.evaluate(SIZES)) >= 16 * int(size) / 100


@pytest.mark.parametrize("language", ["kk", "ru", "en"])
def test_the_largest_text_fits_a_small_telephone(context: BrowserContext, site: Site, language: str) -> None:
    page = page_with(context, site, "200-white-wider-hidden", 320)
    page.goto(f"/{language}/staff/login")
    page.locator("#username").fill("admin")
    page.locator("#password").fill(PASSWORD)
    page.locator("main button").click()
    paths = ["", "rector/", "categories/rector/", "feeds/", "search?q=a", "low-vision", "nothing"]
    paths += ["staff/", "staff/posts/1", "staff/pictures"]
    page.goto(f"/{language}/archive/2021/06/")
    post = page.locator("article a[href*='/posts/']").first.get_attribute("href")
    for path in [*(f"/{language}/{path}" for path in paths), str(post)]:
        page.goto(path)
        assert page.evaluate("document.documentElement.scrollWidth") <= 320, path
        for name in page.locator(".languages a").all():
            assert name.evaluate("(one) => one.clientHeight < 2 * parseFloat(getComputedStyle(one).lineHeight)"), path


@pytest.mark.parametrize("width", [320, 360, 1280])
@pytest.mark.parametrize("language", ["kk", "ru", "en"])
def test_every_page_leads_to_the_mode_and_out_of_it(
    context: BrowserContext, site: Site, language: str, width: int
) -> None:
    words = {
        "kk": ("Нашар көретіндерге", "Қолдану", "Қалыпты нұсқа", "Нашар көретіндерге арналған нұсқа қосулы."),
        "ru": ("Для слабовидящих", "Применить", "Обычная версия", "Включена версия для слабовидящих."),
        "en": ("Low vision", "Apply", "Normal version", "Low-vision mode is on."),
    }
    link, apply, normal, sentence = words[language]
    page = context.new_page()
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(f"/{language}/search?q=a")
    before = page.evaluate(SIZES)
    assert not page.get_by_text(sentence).is_visible()
    box = page.get_by_role("link", name=link, exact=True).bounding_box()
    assert box is not None
    assert min(box["width"], box["height"]) >= 44
    page.get_by_role("link", name=link, exact=True).click()
    page.locator("input[value='200']").check()
    page.get_by_role("button", name=apply).click()
    page.wait_for_load_state()
    assert page.url == f"{site.url}/{language}/search?q=a"
    assert page.get_by_text(sentence).is_visible()
    assert max(page.evaluate(SIZES)) > 1.2 * max(before)
    page.goto(f"/{language}/")
    assert page.get_by_text(sentence).is_visible()
    page.get_by_role("button", name=normal).click()
    page.wait_for_load_state()
    assert page.url == f"{site.url}/{language}/"
    assert not page.get_by_text(sentence).is_visible()


def test_hidden_pictures_leave_their_descriptions(context: BrowserContext, site: Site) -> None:
    page = page_with(context, site, "100-white-normal-hidden")
    for path in ("/en/", POST):
        page.goto(path)
        pictures = page.locator("picture")
        assert pictures.count()
        for picture in pictures.all():
            assert not picture.locator("img").is_visible()
            shown = picture.evaluate("(one) => getComputedStyle(one, '::before').content")
            assert shown == f'"{picture.locator("img").get_attribute("alt")}"'
            assert (picture.bounding_box() or {"height": 0})["height"] > 20


def test_wide_spacing_is_at_least_what_wcag_asks_for(context: BrowserContext, site: Site) -> None:
    page = page_with(context, site, "100-white-wide-shown")
    page.goto(POST)
    size, letters, words, line, after = page.locator(".body p").first.evaluate(
        "(one) => { const s = getComputedStyle(one); return"
        " [s.fontSize, s.letterSpacing, s.wordSpacing, s.lineHeight, s.marginBottom].map(parseFloat) }"
    )
    assert (letters >= 0.12 * size, words >= 0.16 * size, line >= 1.5 * size, after >= 2 * size) == (True,) * 4


@pytest.mark.parametrize("value", ["", "150-black-normal-shown"])
def test_paper_shows_neither_the_way_in_nor_the_way_out(context: BrowserContext, site: Site, value: str) -> None:
    page = page_with(context, site, value)
    page.emulate_media(media="print")
    page.goto("/en/")
    assert not page.get_by_role("link", name="Low vision").is_visible()
    assert not page.get_by_text("Low-vision mode is on.").is_visible()


def test_the_persons_own_forced_colours_stay(site: Site, chromium: Chromium) -> None:
    context = chromium.new_context(base_url=site.url, forced_colors="active")
    page = page_with(context, site, "150-sepia-normal-shown")
    page.goto("/en/")
    assert page.get_by_text("Low-vision mode is on.").is_visible()
    current = page.locator(".languages [aria-current]")
    assert current.evaluate("(one) => getComputedStyle(one).outlineStyle") == "solid"
    context.close()
