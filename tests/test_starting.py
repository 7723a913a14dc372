"""``flask serve``: what it says, what it refuses, and that readers need not wait for the search index."""

import os
import re
import shutil
import signal
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import quote

import pytest
from sqlalchemy import Connection, create_engine, text

from kariu_blog import create_app
from tests.support.browsing import Browser
from tests.support.editor import Editor, eventually, get
from tests.support.serving import PASSWORD, POSTGRESQL, ROOT, Site, free_port, start, stop, workers

pytestmark = [pytest.mark.server, pytest.mark.database]
SQLITE = {"KARIU_DATABASE_URL": ""}
"""For tests of what only SQLite has: the default, whatever database the others use."""
WORDS = ("laboratory", "microscope", "rector")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Site:
    """A site with the demonstration content that has been started once, and stopped."""
    site = start(tmp_path_factory.mktemp("made"), KARIU_ADMIN_PASSWORD=PASSWORD, **SQLITE)
    stop(site)
    return site


@pytest.fixture
def instance(made: Site, tmp_path: Path) -> Path:
    """A copy of its folder."""
    return shutil.copytree(made.output.parent, tmp_path / "instance")


def refused(instance: Path) -> str:
    """The one sentence of a ``flask serve`` that does not begin to serve."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("KARIU_")}
    without_privileges = ["setpriv", "--bounding-set", "-dac_override,-dac_read_search"] if os.geteuid() == 0 else []
    process = subprocess.Popen(
        [*without_privileges, sys.executable, "-m", "flask", "serve"],
        cwd=ROOT,
        env={**clean, "KARIU_INSTANCE": str(instance), "KARIU_PORT": free_port()},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    try:
        _output, sentence = process.communicate(timeout=60)
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    assert process.returncode == 1
    assert sentence.startswith("Error: ")
    assert sentence.count("\n") == 1, sentence
    return sentence


def test_the_first_start_shows_where_to_sign_in_and_later_ones_no_password(tmp_path: Path) -> None:
    first = start(tmp_path)
    stop(first)
    lines = first.output.read_text().splitlines()
    lines = lines[lines.index("Making the demonstration content …") :]
    assert re.fullmatch(r"\+-+\+", lines[1])
    assert [line.strip("| ").split()[-1] for line in lines[2:4]] == [f"{first.url}/", f"{first.url}/en/staff/"]
    assert re.fullmatch(r"\| User name +admin +\|", lines[4])
    assert (password := re.fullmatch(r"\| Password +(\S+) \(shown this once\) +\|", lines[5]))
    assert (len({len(line) for line in lines[1:7]}), lines[6]) == (1, lines[1])
    second = start(tmp_path, KARIU_DATABASE_URL=first.environment.get("KARIU_DATABASE_URL", ""))
    stop(second)
    output = second.output.read_text()
    assert f"{second.url}/en/staff/ |\n" in output
    assert "Making" not in output
    assert "Password" not in output
    assert password[1] not in output


def test_what_takes_longer_than_a_second_is_named(tmp_path: Path) -> None:
    other = sqlite3.connect(tmp_path / "kariu.sqlite3", isolation_level=None)
    other.execute("PRAGMA journal_mode = WAL")
    other.execute("BEGIN IMMEDIATE")
    with ThreadPoolExecutor() as pool:
        starting = pool.submit(start, tmp_path, "--empty", **SQLITE)
        output = tmp_path / "output.txt"
        eventually(lambda: output.exists() and "Bringing the database up to date …" in output.read_text())
        other.close()
        stop(starting.result())


def test_a_database_that_is_missing_or_empty_is_not_begun_anew_by_itself(instance: Path) -> None:
    database = instance / "kariu.sqlite3"
    for beside in instance.glob("kariu.sqlite3*"):
        beside.unlink()
    sentence = refused(instance)
    assert f"its database {database} is missing or empty. `flask restore FILE` brings" in sentence
    assert "`flask serve --new` begins a new site." in sentence
    assert not database.exists()
    database.touch()
    assert refused(instance) == sentence
    site = start(instance, "--new", "--empty", **SQLITE)
    stop(site)
    assert "| User name   admin" in site.output.read_text()


@pytest.mark.parametrize("damage", ["truncated", "overwritten", "a folder", "unreadable"])
def test_a_damaged_database_is_a_sentence(instance: Path, damage: str) -> None:
    database = instance / "kariu.sqlite3"
    for beside in instance.glob("kariu.sqlite3-*"):
        beside.unlink()
    if damage == "truncated":
        os.truncate(database, database.stat().st_size // 2)
    elif damage == "overwritten":
        database.write_text("This is no database.\n" * 1000)
    elif damage == "a folder":
        database.unlink()
        database.mkdir()
    else:
        database.chmod(0)
    sentence = refused(instance)
    assert sentence.startswith("Error: The database cannot be used (")
    assert ("`flask restore FILE`" in sentence) == (damage in ("truncated", "overwritten"))


def test_any_character_may_stand_in_a_path(tmp_path: Path) -> None:
    instance = tmp_path / "100%25 № 1? #блог&x=1"
    instance.mkdir()
    site = start(instance, KARIU_ADMIN_PASSWORD=PASSWORD, **SQLITE)
    assert Editor(site).save("A new title")
    stop(site)
    assert (instance / "kariu.sqlite3").stat().st_size > 0
    assert sorted(path.name for path in tmp_path.iterdir()) == [instance.name]
    elsewhere = tmp_path / "else?where%"
    instance.rename(elsewhere)
    url = f"sqlite:///{quote(str(elsewhere / 'kariu.sqlite3'))}"
    for named in (url, "sqlite:///kariu.sqlite3"):  # a relative path begins in the instance folder
        second = start(elsewhere, KARIU_DATABASE_URL=named)
        assert "A new title" in get(second, "/en/")
        stop(second)


@pytest.mark.parametrize(
    ("typed", "origin"),
    [
        ("https://блог.қаз", "https://xn--90aexm.xn--80ao21a"),
        ("https://БЛОГ.ҚАЗ:8443/", "https://xn--90aexm.xn--80ao21a:8443"),
        ("https://xn--90aexm.xn--80ao21a", "https://xn--90aexm.xn--80ao21a"),
    ],
)
def test_an_internationalised_host_stands_in_addresses_as_every_client_knows_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, made: Site, typed: str, origin: str
) -> None:
    monkeypatch.setenv("KARIU_SITE_URL", typed)
    monkeypatch.setenv("KARIU_DATABASE_URL", f"sqlite:///{made.output.parent}/kariu.sqlite3")
    page = Browser(create_app({"INSTANCE": tmp_path, "SECRET_KEY": "of another instance"})).get("/en/")
    assert page.one("link", rel="canonical").get("href") == f"{origin}/en/"


def test_the_database_is_its_owners_alone(tmp_path: Path) -> None:
    site = start(tmp_path, "--empty", **SQLITE)
    files = list(tmp_path.glob("kariu.sqlite3*"))
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}
    stop(site)


def test_workers_end_with_a_main_process_that_is_killed(tmp_path: Path) -> None:
    site = start(tmp_path, "--empty")
    left = workers(site)
    try:
        site.process.kill()
        site.process.wait()
        eventually(lambda: not any(map(is_alive, left)))
    finally:
        with suppress(ProcessLookupError):
            os.killpg(site.process.pid, signal.SIGKILL)


def is_alive(process: int) -> bool:
    state = subprocess.run(["ps", "-o", "stat=", "-p", str(process)], capture_output=True, text=True, check=False)
    return state.stdout.strip()[:1] not in ("", "Z")  # in a container nobody may ask for the end of an orphan


@contextmanager
def database(site: Site) -> Iterator[Connection]:
    default = f"sqlite:///{site.output.parent}/kariu.sqlite3"
    url = site.environment.get("KARIU_DATABASE_URL", default).replace("postgresql://", "postgresql+psycopg://")
    engine = create_engine(url)
    with engine.connect() as connection:
        yield connection
    engine.dispose()


def test_what_people_type_is_not_logged_with_a_fault_of_the_database(tmp_path: Path) -> None:
    site = start(tmp_path, "--empty")
    with database(site) as connection:
        connection.execute(text("ALTER TABLE search_forms RENAME TO away"))
        connection.commit()
    with pytest.raises(HTTPError, match="500"):
        get(site, "/en/search?q=Zanzibar")
    stop(site)
    log = site.output.read_text()
    assert "search_forms" in log
    assert "zanzibar" not in log.lower()


@contextmanager
def unindexed(site: Site) -> Iterator[dict[str, str]]:
    """Most texts are not in the index, and cannot be added to it; settings for machines that share the database."""
    default = f"sqlite:///{site.output.parent}/kariu.sqlite3"
    url = site.environment.get("KARIU_DATABASE_URL", default)
    with database(site) as connection:
        connection.execute(text("DELETE FROM search_text WHERE kind = 'post' AND item_id > 6"))
        connection.commit()
        connection.execute(text("LOCK TABLE search_text IN EXCLUSIVE MODE" if POSTGRESQL else "BEGIN IMMEDIATE"))
        yield {"KARIU_DATABASE_URL": url, "KARIU_SECRET_KEY": "shared by both machines"}


def found(site: Site) -> int:
    return sum(len(re.findall("<article", get(site, f"/en/search?q={word}"))) for word in WORDS)


def test_readers_do_not_wait_for_the_index(tmp_path: Path) -> None:
    """Nor do they when it was interrupted, or when several machines begin it at once."""
    (tmp_path / "other").mkdir()
    stop(first := start(tmp_path))
    with unindexed(first) as settings:
        killed = start(tmp_path, **settings)
        assert len(workers(killed)) == 3  # one makes the index
        os.killpg(killed.process.pid, signal.SIGKILL)
        killed.process.wait()
        sites = [start(tmp_path, **settings), start(tmp_path / "other", **settings)]
        before = [found(site) for site in sites]
        assert "Search finds all texts but " in sites[0].output.read_text()
    eventually(lambda: {len(workers(site)) for site in sites} == {2}, 60)
    after = [found(site) for site in sites]
    for site in sites:
        stop(site)
        output = site.output.read_text()
        assert "Search finds all texts.\n" in output
        assert "cannot be added" not in output
        assert "Traceback" not in output
    assert len(set(before)) == len(set(after)) == 1
    assert before[0] < after[0]
