"""Pictures of the site for the README: ``make screenshots`` (needs Debian's chromium)."""

import io
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, sync_playwright

from tests.support.serving import CHROMIUM, PASSWORD, Site, start, stop

FOLDER = Path(__file__).parent / "screenshots"
HEIGHT, GAP = 900, 24
LAST = "article h2 a"
"""The first post of a list."""
SHEET = [
    [(1280, "light", "/kk/archive/2021/09/", LAST, ""), (360, "dark", "/ru/categories/news/", "", "")],
    [(360, "light", "/en/archive/2021/06/", LAST, ""), (1280, "dark", "/ru/search?q=университет", "", "")],
    [(1280, "light", "/ru/", "", "150-black-wide-shown"), (360, "light", "/kk/rector/", "", "")],
    [(360, "dark", "/kk/staff/posts/1", "", ""), (1280, "light", "/kk/staff/posts/1", "", "")],
]
"""Rows of width, colours, address, link to follow, low-vision mode."""


def take() -> None:
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as instance, sync_playwright() as playwright:
        site = start(Path(instance), KARIU_ADMIN_PASSWORD=PASSWORD)
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        _picture(chromium, site, 1280, "light", "/kk/").save(FOLDER / "front-kk.png")
        rows = [[_picture(chromium, site, *page) for page in row] for row in SHEET]
        width = sum(picture.width for picture in rows[0]) + GAP
        sheet = Image.new("RGB", (width, len(rows) * (HEIGHT + GAP) - GAP), "#8a949b")
        for number, row in enumerate(rows):
            sheet.paste(row[0], (0, number * (HEIGHT + GAP)))
            sheet.paste(row[1], (row[0].width + GAP, number * (HEIGHT + GAP)))
        sheet.resize((sheet.width * 3 // 4, sheet.height * 3 // 4)).quantize(128).save(FOLDER / "sheet.png")
        chromium.close()
        stop(site)


def _picture(
    chromium: Browser, site: Site, width: int, colours: str, path: str, link: str = "", low_vision: str = ""
) -> Image.Image:
    context = chromium.new_context(
        base_url=site.url,
        viewport={"width": width, "height": HEIGHT},
        color_scheme="dark" if colours == "dark" else "light",
        locale="en-GB",
    )
    if low_vision:
        context.add_cookies([{"name": "low_vision", "value": low_vision, "url": site.url}])
    page = context.new_page()
    if "/staff/" in path:
        page.goto("/kk/staff/login")
        page.locator("#username").fill("admin")
        page.locator("#password").fill(PASSWORD)
        page.locator("main button").click()
    page.goto(path)
    if link:
        page.locator(link).first.click()
    page.wait_for_load_state("networkidle")
    picture = Image.open(io.BytesIO(page.screenshot()))
    context.close()
    return picture.convert("RGB")


if __name__ == "__main__":
    take()
