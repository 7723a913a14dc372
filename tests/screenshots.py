"""Pictures of the site for the README: ``make screenshots`` (needs Debian's chromium)."""

import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.serving import CHROMIUM, PASSWORD, start, stop

FOLDER = Path(__file__).parent / "screenshots"


def take() -> None:
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as instance, sync_playwright() as playwright:
        site = start(Path(instance), KARIU_ADMIN_PASSWORD=PASSWORD)
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        for name, width, dark, path in (
            ("front-kk", 1280, False, "/kk/"),
            ("post-ru", 360, True, "/ru/archive/2021/06/"),
            ("newsroom-kk", 1280, False, "/kk/staff/posts/1"),
        ):
            page = chromium.new_page(
                base_url=site.url,
                viewport={"width": width, "height": 900},
                color_scheme="dark" if dark else "light",
                locale="en-GB",
            )
            if "/staff/" in path:
                page.goto("/kk/staff/login")
                page.locator("#username").fill("admin")
                page.locator("#password").fill(PASSWORD)
                page.locator("main button").click()
            page.goto(path)
            if "archive" in path:
                page.locator("article h2 a").first.click()
            page.screenshot(path=FOLDER / f"{name}.png")
        chromium.close()
        stop(site)


if __name__ == "__main__":
    take()
