"""The whole way in a real browser against the real server: sign in, write, publish, read, subscribe."""

import hashlib
import os
import re
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import feedparser
import psycopg
import pytest
from playwright.sync_api import Page, sync_playwright
from sqlalchemy.engine import make_url

from tests.conftest import POSTGRESQL

ROOT = Path(__file__).parent.parent
CHROMIUM = Path("/usr/bin/chromium")
PASSWORD = "kept in a safe"


@dataclass(frozen=True)
class Site:
    url: str
    output: Path
    process: "subprocess.Popen[bytes]"
    environment: dict[str, str]

    def fetch(self, path: str) -> bytes:
        with urllib.request.urlopen(self.url + path, timeout=10) as answer:
            return bytes(answer.read())


def start(instance: Path, *arguments: str, **environment: str) -> Site:
    """``flask serve`` on a free port, as ``make run`` starts it; returns once it answers."""
    if POSTGRESQL:
        environment.setdefault("KARIU_DATABASE_URL", own_database(instance))
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    clean = {name: value for name, value in os.environ.items() if not name.startswith("KARIU_")}
    environment = {**clean, "KARIU_INSTANCE": str(instance), "KARIU_PORT": str(port), **environment}
    output = instance / "output.txt"
    with output.open("wb") as file:
        process = subprocess.Popen(
            [sys.executable, "-m", "flask", "serve", *arguments],
            cwd=ROOT,
            env=environment,
            stdout=file,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    site = Site(f"http://127.0.0.1:{port}", output, process, environment)
    for _ in range(300):
        try:
            site.fetch("/healthz")
        except (urllib.error.URLError, ConnectionError):
            assert process.poll() is None, output.read_text()
            time.sleep(0.1)
        else:
            return site
    raise AssertionError(f"no answer within 30 s: {output.read_text()}")


def own_database(instance: Path) -> str:
    """An empty PostgreSQL database for one installation; the one that it has if it has one."""
    name = f"kariu_site_{hashlib.sha256(str(instance).encode()).hexdigest()[:12]}"
    with psycopg.connect(POSTGRESQL, autocommit=True) as connection:
        if not connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
            connection.execute(f"CREATE DATABASE {name}".encode())
    return make_url(POSTGRESQL).set(database=name).render_as_string(False)


def stop(site: Site) -> None:
    os.killpg(site.process.pid, signal.SIGTERM)
    site.process.wait(30)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    site = start(tmp_path_factory.mktemp("instance"), KARIU_ADMIN_PASSWORD=PASSWORD)
    yield site
    stop(site)


@pytest.fixture(scope="module")
def page(site: Site) -> Iterator[Page]:
    if not CHROMIUM.exists():
        pytest.skip("Debian's chromium is not on this machine: apt-get install chromium")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        context = chromium.new_context(base_url=site.url, java_script_enabled=False)
        yield context.new_page()
        chromium.close()


def test_write_publish_read_and_subscribe_in_three_languages(site: Site, page: Page) -> None:
    page.goto("/kk/staff/")
    page.get_by_label("Пайдаланушы аты").fill("admin")
    page.get_by_label("Құпиясөз").fill(PASSWORD)
    page.get_by_role("button", name="Кіру").click()
    page.get_by_role("link", name="Жаңа жазба").first.click()
    texts = {
        "kk": ("Ғылым күні: әр үйде өнер", "Бірінші абзац.\n\nІздену – құндылық."),
        "ru": ("День науки", "Первый абзац."),
        "en": ("Science Day", "First paragraph."),
    }
    page.get_by_label("Санат").select_option("Ғылым")
    for language, (title, body) in texts.items():
        page.locator(f"#{language}-title").fill(title)
        page.locator(f"#{language}-body").fill(body)
    page.get_by_role("button", name="Сақтау", exact=True).click()
    for language in texts:
        page.locator(f"button[formaction$='/{language}/publication']").click()
        assert page.get_by_role("status").first.inner_text() == "Сақталды."
    for language, (title, body) in texts.items():
        page.goto(f"/{language}/")
        page.get_by_role("link", name=title, exact=True).click()
        assert page.locator("html").get_attribute("lang") == language
        assert page.get_by_role("heading", level=1).inner_text() == title
        assert page.locator(".body").inner_text() == body
        for path in (f"/{language}/feed.rss", f"/{language}/categories/science/feed.atom"):
            assert feedparser.parse(site.fetch(path)).entries[0].title == title


def test_correct_and_withdraw(page: Page) -> None:
    page.goto("/en/staff/")
    page.get_by_role("link", name="Science Day").click()
    page.locator("#en-title").fill("Science Day, corrected")
    page.get_by_role("button", name="Save", exact=True).click()
    page.goto("/en/posts/science-day")
    assert page.get_by_role("heading", level=1).inner_text() == "Science Day, corrected"
    page.goto("/en/staff/")
    page.get_by_role("link", name="Science Day, corrected").click()
    page.locator("button[formaction$='/en/withdrawal']").click()
    page.goto("/en/posts/den-nauki")
    assert page.get_by_role("note").inner_text().endswith("The text below is in Russian.")


@pytest.mark.parametrize("width", [320, 360, 1280])
@pytest.mark.parametrize("language", ["kk", "ru", "en"])
def test_no_page_is_wider_than_the_screen(page: Page, language: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    paths = [
        "",
        "rector/",
        "categories/announcements/",
        "feeds/",
        "nothing",
        "staff/",
        "staff/posts/1",
        "staff/posts/new",
        "staff/pictures",
        "staff/pictures/1",
    ]
    page.goto(f"/{language}/archive/2021/07/")
    paths.append(
        str(page.locator("article a[href*='/posts/']").first.get_attribute("href")).removeprefix(f"/{language}/")
    )
    for path in paths:
        page.goto(f"/{language}/{path}")
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path


def test_a_second_start_is_quick_and_keeps_everything(tmp_path: Path) -> None:
    first = start(tmp_path, "--empty")
    output = first.output.read_text()
    stop(first)
    password = re.search(r"The first administrator is admin, the password (\S+) \(shown this once\)\.", output)
    assert password is not None
    secret = (tmp_path / "secret_key").read_text()
    started = time.monotonic()
    second = start(tmp_path)
    assert time.monotonic() - started < 20
    assert "administrator" not in second.output.read_text()
    assert (tmp_path / "secret_key").read_text() == secret
    assert "Мұнда әлі ештеңе жарияланған жоқ." in second.fetch("/kk/").decode()
    stop(second)


def test_a_killed_worker_is_replaced(site: Site) -> None:
    main = site.process.pid
    workers = Path(f"/proc/{main}/task/{main}/children").read_text().split()
    os.kill(int(workers[0]), signal.SIGKILL)
    time.sleep(0.5)
    assert site.fetch("/kk/")
