"""The application on a real database, a standing cast of staff, and a browser that checks every page."""

import os
import shutil
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from flask import Flask, current_app
from flask_migrate import upgrade
from flask_security import hash_password
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import Page as BrowserPage
from playwright.sync_api import sync_playwright
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError

from kariu_blog import create_app
from kariu_blog.accounts.models import Staff
from kariu_blog.accounts.signin import security
from kariu_blog.database import db, now, site_clock
from kariu_blog.demo.load import load_basics, load_demo
from kariu_blog.posts.content import Content
from kariu_blog.posts.post import Post
from kariu_blog.posts.taxonomy import Author, Category
from kariu_blog.text import slugify
from tests.support.browsing import Browser
from tests.support.cast import CAST, CHEAPEST_ARGON2, LONG_AGO, PAGES_MIB, PASSWORD, SITE, PassTime, Write
from tests.support.mailbox import Mailbox, mail_server
from tests.support.page_kinds import Pages, furnish
from tests.support.serving import CHROMIUM, POSTGRESQL, Site, start, stop, stop_all
from tests.support.serving import PASSWORD as SITE_PASSWORD
from tests.support.writing import sign_in

os.environ["KARIU_SECOND_FACTOR"] = "none"  # test_second_factor.py has it
MARK_OF_FIXTURE = {"chromium": "browser", "old_chromium": "browser", "site": "server", "database": "database"}
"""The ring to which a test belongs by what it uses."""
UNABLE = {
    "sqlite": "only on SQLite" if POSTGRESQL else "",
    "postgresql": "" if POSTGRESQL else "only on PostgreSQL: set KARIU_TEST_DATABASE_URL",
    "cached": "" if PAGES_MIB else "only with pages kept in memory: on SQLite, without KARIU_TEST_PAGES_MIB=0",
}
"""By mark, why its tests cannot run here."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--no-skips", action="store_true", help="fail when any test was skipped")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Function]) -> None:
    for item in items:
        for fixture, mark in MARK_OF_FIXTURE.items():
            if fixture in item.fixturenames:
                item.add_marker(mark)
        for mark, reason in UNABLE.items():
            if reason and item.get_closest_marker(mark):
                item.add_marker(pytest.mark.skip(reason=reason))


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    if config.getoption("no_skips") and "skipped" in terminalreporter.stats:
        terminalreporter.write_line("Tests were skipped, which --no-skips forbids.", red=True)
        terminalreporter._session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_unconfigure() -> None:
    stop_all()


class Database:
    """One database file or database that is put back to a prepared state before each test."""

    def __init__(self, folder: Path, worker: str) -> None:
        self.folder = folder
        self.name = f"kariu_test_{worker}"
        self.url = f"sqlite:///{folder / 'test.sqlite3'}"
        if POSTGRESQL:
            self.url = (
                make_url(POSTGRESQL).set(drivername="postgresql+psycopg", database=self.name).render_as_string(False)
            )
            self._on_server(f"DROP DATABASE IF EXISTS {self.name}", f"CREATE DATABASE {self.name}")

    def save(self, state: str) -> None:
        """Remember the present content, pictures included, under a name."""
        db.session.remove()
        db.engine.dispose()
        self._copy_pictures("media", f"media-{state}")
        if POSTGRESQL:
            saved = f"{self.name}_{state}"
            self._on_server(f"DROP DATABASE IF EXISTS {saved}", f"CREATE DATABASE {saved} TEMPLATE {self.name}")
        else:
            shutil.copy(self.folder / "test.sqlite3", self.folder / state)

    def restore(self, state: str) -> None:
        """Restore the saved content; what earlier tests counted is no view of a post of this one."""
        try:
            current_app.extensions["counters"].fold()
        except SQLAlchemyError:  # a test has taken the tables or the database away
            for file in Path(current_app.instance_path).glob("views/*"):
                os.truncate(file, 0)
        db.session.remove()
        db.engine.dispose()
        self._copy_pictures(f"media-{state}", "media")
        current_app.extensions["cache"].clear()
        if POSTGRESQL:
            self._on_server(
                f"DROP DATABASE IF EXISTS {self.name} WITH (FORCE)",
                f"CREATE DATABASE {self.name} TEMPLATE {self.name}_{state}",
            )
            self._await_versions()
            return
        for leftover in self.folder.glob("test.sqlite3*"):
            leftover.unlink(missing_ok=True)  # SQLite may just be doing the same
        shutil.copy(self.folder / state, self.folder / "test.sqlite3")

    def _copy_pictures(self, source: str, target: str) -> None:
        shutil.rmtree(self.folder / target, ignore_errors=True)
        if (self.folder / source).exists():
            shutil.copytree(self.folder / source, self.folder / target)

    def _await_versions(self) -> None:
        """The connection that listened went with the old database: begin when there is a new one."""
        pages = current_app.extensions["cache"]
        pages.clear()
        while True:
            with suppress(OSError):
                pages.versions.refresh()
                return
            time.sleep(0.02)

    def _on_server(self, *statements: str) -> None:
        with psycopg.connect(POSTGRESQL, autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement.encode())


def hash_cheaply() -> None:
    """Anew for each test: the costs are those of the application that was made last, maybe another one."""
    security.pwd_context.update(**CHEAPEST_ARGON2)


@pytest.fixture(scope="session")
def database(tmp_path_factory: pytest.TempPathFactory) -> Database:
    return Database(tmp_path_factory.mktemp("database"), os.environ.get("PYTEST_XDIST_WORKER", "main"))


@pytest.fixture(scope="session")
def prepared_app(database: Database) -> Flask:
    settings = {"SQLALCHEMY_DATABASE_URI": database.url, "INSTANCE": database.folder, "SITE_URL": SITE}
    app = create_app(settings | {"PAGES_MIB": PAGES_MIB})
    with app.app_context():
        hash_cheaply()
        upgrade()
        password = hash_password(PASSWORD)
        for name, role in CAST.items():
            db.session.add(Staff(username=name, role=role, password=password))
        load_basics()
        db.session.commit()
        database.save("empty")
        load_demo()
        db.session.commit()
        database.save("demo")
    return app


@pytest.fixture
def app(prepared_app: Flask, database: Database) -> Flask:
    """The application with staff, categories and bylines, but no posts."""
    with prepared_app.app_context():
        hash_cheaply()
        database.restore("empty")
    return prepared_app


@pytest.fixture
def demo(prepared_app: Flask, database: Database) -> Flask:
    """The application with the demonstration content."""
    with prepared_app.app_context():
        hash_cheaply()
        database.restore("demo")
    return prepared_app


@pytest.fixture
def browse(app: Flask) -> Browser:
    return Browser(app)


@pytest.fixture
def browse_demo(demo: Flask) -> Browser:
    return Browser(demo)


@pytest.fixture
def editor(browse: Browser) -> Browser:
    """A browser where an editor is signed in."""
    browse.sign_in("editor")
    return browse


@pytest.fixture
def author(app: Flask) -> Browser:
    """Another one, of an author."""
    browser = Browser(app)
    browser.sign_in("author")
    return browser


@pytest.fixture
def pass_time() -> Iterator[PassTime]:
    """Set the site's clock ahead by some seconds more; it is right again after the test."""
    ahead = 0.0

    def pass_time(seconds: float) -> None:
        nonlocal ahead
        ahead += seconds
        site_clock.set_ahead(ahead)

    yield pass_time
    site_clock.set_ahead(0)


@pytest.fixture
def write(app: Flask) -> Write:
    """Put a post into the database: ``write(kk="Тақырып", ru="Тема")``; public since 2021 unless said otherwise."""

    def write(
        *,
        category: str = "news",
        author: str = "administration",
        published: datetime | timedelta | None = LONG_AGO,
        by: str | None = None,
        views: int = 0,
        body: str = "<p>…</p>",
        summary: str = "",
        **titles: str,
    ) -> int:
        with app.app_context():
            post = Post(
                category=db.session.query(Category).filter_by(slug=category).one(),
                author=db.session.query(Author).filter_by(slug=author).one(),
                created_by=db.session.query(Staff).filter_by(username=by).one() if by else None,
                earlier_views=views,
            )
            db.session.add(post)
            at = now() + published if isinstance(published, timedelta) else published
            for language, title in titles.items():
                text = post.write(language, Content(title=title, summary=summary, body=body, slug=slugify(title)))
                if at is not None:
                    text.publish(at)
                    text.updated_at = at
            db.session.commit()
            return post.id

    return write


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The real server with the demonstration content, one for a file of tests."""
    site = start(tmp_path_factory.mktemp("instance"), KARIU_ADMIN_PASSWORD=SITE_PASSWORD)
    yield site
    stop(site)


@pytest.fixture(scope="module")
def pages(site: Site) -> Pages:
    """Every kind of page on that server."""
    return furnish(site)


@pytest.fixture(scope="module")
def chromium() -> Iterator[Chromium]:
    if not CHROMIUM.exists():
        pytest.skip("Debian's chromium is not on this machine: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture
def page(site: Site, chromium: Chromium) -> Iterator[BrowserPage]:
    """Somebody signed in; any complaint of the browser, such as of the content policy, fails the test."""
    context = chromium.new_context(base_url=site.url, permissions=["clipboard-read", "clipboard-write"])
    context.set_default_timeout(15_000)
    page = context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on(
        "console",
        lambda message: complaints.append(f"{message.text} {message.location}") if message.type == "error" else None,
    )
    sign_in(page)
    yield page
    context.close()
    assert [c for c in complaints if "Failed to load resource" not in c] == []


@pytest.fixture
def mailbox(app: Flask) -> Iterator[Mailbox]:
    """What the site's mail server got."""
    with mail_server() as (mailbox, url):
        app.config.update(SMTP_URL=url, MAIL_FROM="blog@kariu.kz")
        yield mailbox
        app.config.update(SMTP_URL="", MAIL_FROM="")
