"""Upgrades that are killed, meet each other, or cannot be done."""

import os
import sqlite3
import stat
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from flask import Flask

from kariu_blog import create_app
from kariu_blog.database import db
from tests.support.disk import small_disk
from tests.support.old_database import contents, faults, make_old, upgraded
from tests.support.postgresql import cluster
from tests.support.serving import ROOT, start, stop

pytestmark = [pytest.mark.server, pytest.mark.database]


def old_site(folder: Path) -> Flask:
    """A site of the first version on SQLite."""
    app = create_app({"SQLALCHEMY_DATABASE_URI": f"sqlite:///{folder / 'kariu.sqlite3'}", "INSTANCE": folder})
    make_old(app)
    return app


def flask(folder: Path, *arguments: str) -> "subprocess.Popen[str]":
    clean = {name: value for name, value in os.environ.items() if not name.startswith("KARIU_")}
    return subprocess.Popen(
        [sys.executable, "-m", "flask", *arguments],
        cwd=ROOT,
        env={**clean, "KARIU_INSTANCE": str(folder)},
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )


def refusal_of(folder: Path) -> str:
    """What ``flask db upgrade`` says when it does nothing."""
    process = flask(folder, "db", "upgrade")
    said = process.communicate()[0]
    assert process.returncode == 1
    assert said.startswith("Error: ")
    assert said.count("\n") == 1
    return said


def copies(folder: Path) -> dict[str, Path]:
    return {path.name: path for path in folder.glob("before-upgrade*")}


@pytest.mark.parametrize("step", [9, pytest.param(1, marks=pytest.mark.endurance)])
@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_an_upgrade_killed_at_any_statement_is_completed_by_the_next_start(
    tmp_path: Path, database: str, step: int
) -> None:
    def output(url: str) -> list[str]:
        program = [sys.executable, "-m", "tests.support.old_database", url, str(tmp_path), f"{step}"]
        return subprocess.check_output(program, cwd=ROOT, text=True).splitlines()

    if database == "sqlite":
        *found, kills = output(f"sqlite:///{tmp_path / 'kariu.sqlite3'}")
    else:
        with cluster() as server:
            *found, kills = output(server.new_database().replace("postgresql:", "postgresql+psycopg:"))
    assert found == []
    assert int(kills.split()[0]) > 150 // step


def test_a_site_whose_upgrade_was_killed_is_served_after_the_next_start(tmp_path: Path) -> None:
    assert os.WIFSIGNALED(upgraded(old_site(tmp_path), killed_at=30))
    site = start(tmp_path, "--empty", KARIU_DATABASE_URL=f"sqlite:///{tmp_path / 'kariu.sqlite3'}")
    assert "Тақырып" in site.fetch("/kk/posts/taqyryp").decode()
    stop(site)


def test_before_an_upgrade_the_database_is_copied_for_its_owner_alone(tmp_path: Path) -> None:
    app = old_site(tmp_path)
    for earlier in ("0000", "000"):
        (tmp_path / f"before-upgrade-{earlier}.sqlite3").touch()
        os.utime(tmp_path / f"before-upgrade-{earlier}.sqlite3", (0, len(earlier)))
    expected = contents(app)
    with app.app_context():
        db.engine.dispose()
    assert upgraded(app) == 0
    assert set(copies(tmp_path)) == {"before-upgrade-0001.sqlite3", "before-upgrade-0000.sqlite3"}  # the two newest
    copy = copies(tmp_path)["before-upgrade-0001.sqlite3"]
    assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    copied = create_app({"SQLALCHEMY_DATABASE_URI": f"sqlite:///{copy}", "INSTANCE": tmp_path})
    assert contents(copied) == expected


def test_a_first_start_and_a_start_without_an_upgrade_copy_nothing(tmp_path: Path) -> None:
    for _ in range(2):
        assert flask(tmp_path, "db", "upgrade").wait() == 0
    assert copies(tmp_path) == {}


def test_of_two_upgrades_at_once_one_waits_and_finds_nothing_to_do(tmp_path: Path) -> None:
    app = old_site(tmp_path)
    expected = contents(app)
    both = [flask(tmp_path, "db", "upgrade") for _ in range(2)]
    said = [process.communicate()[0] for process in both]
    assert [process.returncode for process in both] == [0, 0], said
    assert list(faults(app, expected)) == []
    assert len(copies(tmp_path)) == 1


def test_without_space_for_the_copy_nothing_is_begun(tmp_path: Path) -> None:
    with small_disk(tmp_path / "disk", "600k") as folder:
        expected = contents(old_site(folder))
        (folder / "full").write_bytes(bytes(200 * 1024))
        assert "cannot be copied" in refusal_of(folder)
        assert copies(folder) == {}
        (folder / "full").unlink()
        with closing(sqlite3.connect(folder / "kariu.sqlite3")) as database:
            assert database.execute("SELECT version_num FROM alembic_version").fetchone() == ("0001",)
            assert database.execute("SELECT count(*) FROM post").fetchone() == (len(expected[0]),)


def test_a_database_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    old_site(tmp_path)
    with closing(sqlite3.connect(tmp_path / "kariu.sqlite3")) as database, database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")
    assert "of a newer version of KarIU Blog (revision 9999)" in refusal_of(tmp_path)
    assert copies(tmp_path) == {}


def test_a_migration_that_would_leave_broken_references_changes_nothing(tmp_path: Path) -> None:
    old_site(tmp_path)
    with closing(sqlite3.connect(tmp_path / "kariu.sqlite3")) as database, database:
        database.execute("UPDATE post SET category_id = 99 WHERE id = 1")
    assert "would leave rows in post that refer to rows which do not exist" in refusal_of(tmp_path)
    with closing(sqlite3.connect(tmp_path / "kariu.sqlite3")) as database:
        assert database.execute("SELECT version_num FROM alembic_version").fetchone() == ("0001",)
        assert not database.execute("SELECT 1 FROM sqlite_schema WHERE name = 'deleted_address'").fetchall()
