"""Pictures in a real browser against the real server: sent with progress, dropped, pasted, pointed at, read."""

import http.client
import re
from collections.abc import Iterator
from contextlib import suppress

import pytest
from playwright.sync_api import Browser, FilePayload, Page

from tests.support import drawing
from tests.support.serving import PASSWORD, Site

GIVE = """([type, base64]) => {
  const bytes = Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));
  const data = new DataTransfer();
  data.items.add(new File([bytes], `${type}.jpg`, { type: "image/jpeg" }));
  const event = type === "paste"
    ? new ClipboardEvent("paste", { clipboardData: data, bubbles: true })
    : new DragEvent("drop", { dataTransfer: data, bubbles: true, cancelable: true });
  document.querySelector("form.upload").dispatchEvent(event);
}"""
SHIFT = """() => new Promise((done) => {
  let sum = 0;
  new PerformanceObserver((list) => list.getEntries().forEach((entry) => (sum += entry.value)))
    .observe({ type: "layout-shift", buffered: true });
  window.scrollTo(0, document.body.scrollHeight);
  setTimeout(() => done(sum), 800);
})"""


@pytest.fixture(scope="module")
def page(site: Site, chromium: Browser) -> Iterator[Page]:
    page = chromium.new_page(base_url=site.url)
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda message: faults.append(message.text) if "Policy" in message.text else None)
    page.goto("/en/staff/login")
    page.get_by_label("User name").fill("admin")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    yield page
    page.close()
    assert faults == []


def file(name: str, data: bytes) -> FilePayload:
    return {"name": name, "mimeType": "image/jpeg", "buffer": data}


def test_send_describe_and_point_at_what_must_stay_in_sight(page: Page) -> None:
    page.goto("/en/staff/pictures")
    page.get_by_label("New pictures").set_input_files([file("Сурет.jpg", drawing.jpeg(800, 600))])
    page.get_by_role("button", name="Send").click()
    page.wait_for_url("**/pictures/10")
    page.locator(".aim img").click(position={"x": 40, "y": 40})
    assert int(page.locator("#focus_x").input_value()) < 20
    page.get_by_label("English").fill("A drawing")
    page.get_by_role("button", name="Save").click()
    assert page.get_by_role("status").inner_text() == "The description of the picture is saved."
    assert page.get_by_label("English").input_value() == "A drawing"


def test_several_at_once_each_with_its_own_fate(page: Page) -> None:
    page.goto("/en/staff/pictures")
    page.get_by_label("New pictures").set_input_files([file("Сурет.jpg", drawing.jpeg(90)), file("bad.jpg", b"x")])
    page.get_by_role("button", name="Send").click()
    rows = page.locator(".sending li")
    rows.nth(1).get_by_text("This is no picture").wait_for()
    assert "In the library" in rows.nth(0).inner_text()


@pytest.mark.parametrize("how", ["drop", "paste"])
def test_pictures_are_dropped_and_pasted(page: Page, how: str) -> None:
    page.goto("/en/staff/pictures")
    bytes_ = drawing.base64_of(drawing.jpeg(100 if how == "drop" else 110))
    page.evaluate(GIVE, [how, bytes_])
    page.wait_for_url(re.compile(r"/pictures/\d+$"))
    assert page.get_by_role("heading", level=1).inner_text() == f"Picture {how}.jpg"


def test_without_a_connection_the_sentence_says_so(page: Page) -> None:
    page.goto("/en/staff/pictures")
    page.context.set_offline(True)
    page.get_by_label("New pictures").set_input_files([file("Сурет.jpg", drawing.jpeg(95))])
    page.get_by_role("button", name="Send").click()
    page.get_by_text("Not sent: no connection.").wait_for()
    page.context.set_offline(False)


@pytest.mark.parametrize("width", [360, 1280])
def test_pictures_move_nothing_while_a_page_is_read(page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    page.goto("/en/categories/news/")
    page.locator(".teaser", has=page.locator("img")).locator("h2 a").last.click()
    page.locator("img.cover").wait_for()
    for path in (page.url, "/kk/", "/en/posts/university-and-metallurgical-plant-sign-an-agreement-on-dual-training"):
        page.goto(path)
        assert page.evaluate(SHIFT) < 0.01, path
        page.wait_for_function("[...document.images].every((image) => image.complete && image.naturalWidth)")
    chosen = page.evaluate("document.querySelector('.body img').currentSrc")
    assert chosen.endswith("-480.avif" if width == 360 else "-960.avif")


def test_a_stranger_gets_an_answer_also_to_a_large_file(site: Site) -> None:
    body = (
        b'--x\r\nContent-Disposition: form-data; name="files"; filename="a"\r\n\r\n'
        + b"x" * 9_000_000
        + b"\r\n--x--\r\n"
    )
    headers = {"Content-Type": "multipart/form-data; boundary=x", "Accept": "application/json"}
    connection = http.client.HTTPConnection(site.url.removeprefix("http://"), timeout=30)
    with suppress(BrokenPipeError, ConnectionResetError):  # the answer comes before the file is read
        connection.request("POST", "/en/staff/pictures", body, headers)
    refused = connection.getresponse()
    assert refused.status == 401
    assert "Your session has ended" in refused.read().decode()
