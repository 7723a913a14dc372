"""Pictures of the site for the README, in docs/pictures/: ``make screenshots`` (needs Debian's chromium)."""

import io
import tempfile
from itertools import product
from pathlib import Path

from PIL import Image
from playwright.sync_api import Browser, sync_playwright

from kariu_blog.languages import LANGUAGES
from tests.support.serving import CHROMIUM, PASSWORD, ROOT, Site, start, stop

FOLDER = ROOT / "docs" / "pictures"
HEIGHT, GAP = 900, 24
ALONE = {"front-kk.png": ("/kk/", 1120), "newsroom-en.png": ("/en/staff/posts/5", 1120)}
"""Pictures that stand by themselves: address and height."""
HELP = ROOT / "kariu_blog" / "static" / "help"
GUIDE = {"board": ("/staff/", 760), "form": ("/staff/posts/5", 900)}
"""Pictures of the newsroom's help: address in each language, and height."""
LAST = "article h2 a"
"""The first post of a list."""
SHEET = [
    [(1280, "light", "/kk/categories/news/", LAST, ""), (360, "dark", "/ru/", "", "")],
    [(360, "light", "/en/archive/2021/06/", LAST, ""), (1280, "dark", "/ru/search?q=университет", "", "")],
    [(1280, "light", "/ru/", "", "150-black-wide-shown"), (360, "light", "/kk/rector/", "", "")],
    [(360, "dark", "/kk/staff/posts/1", "", ""), (1280, "light", "/kk/staff/posts/1", "", "")],
]
"""Rows of width, colours, address, link to follow, low-vision mode."""


def take() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as instance, sync_playwright() as playwright:
        site = start(Path(instance), KARIU_ADMIN_PASSWORD=PASSWORD)
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        for name, (path, height) in ALONE.items():
            _picture(chromium, site, 1280, "light", path, height=height).quantize(96).save(FOLDER / name, optimize=True)
        HELP.mkdir(exist_ok=True)
        for (name, (path, height)), code in product(GUIDE.items(), LANGUAGES):
            picture = _picture(chromium, site, 1280, "light", f"/{code}{path}", height=height)
            picture.resize((picture.width * 5 // 8, picture.height * 5 // 8)).quantize(48).save(
                HELP / f"{name}-{code}.png"
            )
        rows = [[_picture(chromium, site, *page) for page in row] for row in SHEET]
        width = sum(picture.width for picture in rows[0]) + GAP
        sheet = Image.new("RGB", (width, len(rows) * (HEIGHT + GAP) - GAP), "#8a949b")
        for number, row in enumerate(rows):
            sheet.paste(row[0], (0, number * (HEIGHT + GAP)))
            sheet.paste(row[1], (row[0].width + GAP, number * (HEIGHT + GAP)))
        sheet.resize((sheet.width * 3 // 5, sheet.height * 3 // 5)).quantize(44).save(
            FOLDER / "sheet.png", optimize=True
        )
        chromium.close()
        stop(site)


def _picture(
    chromium: Browser,
    site: Site,
    width: int,
    colours: str,
    path: str,
    link: str = "",
    low_vision: str = "",
    height: int = HEIGHT,
) -> Image.Image:
    context = chromium.new_context(
        base_url=site.url,
        viewport={"width": width, "height": height},
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
