"""A backup that comes back: on a new machine, on the other database, after a kill, and only whole."""

import io
import itertools
import os
import re
import resource
import shutil
import signal
import sqlite3
import threading
import urllib.request
import zipfile
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, date, datetime
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa

from kariu_blog.operations.copying import copy_rows, counters
from tests.support.backups import (
    KILLER,
    PATH,
    WITH_FILES,
    Saved,
    address,
    browsing,
    content,
    done,
    fill_empty_tables,
    flask,
    process,
    refusal,
    rows,
    serving,
    settings,
    title,
)
from tests.support.cast import PHONE
from tests.support.editor import Editor, eventually, get
from tests.support.serving import PASSWORD, POSTGRESQL, Site, own_database, workers

pytestmark = [pytest.mark.server, pytest.mark.database]


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Saved:
    """Of the demonstration content, whose title is "Title of the evening", and later "Title of the day"."""
    instance = tmp_path_factory.mktemp("saved")
    saved = Saved(instance / "1.zip", instance / "2.zip")
    with serving(instance) as site:
        editor = Editor(site)
        assert editor.save("Title of the evening")
        done(flask(instance, "backup", str(saved.file)))
        assert editor.save("Title of the day")
        done(flask(instance, "backup", str(saved.later)))
    return saved


def test_last_nights_backup_makes_the_same_site_on_a_new_machine(tmp_path: Path) -> None:
    file, old, new = tmp_path / "night.zip", tmp_path / "old", tmp_path / "new"
    with serving(old) as site:
        editor = Editor(site)
        assert editor.save("Title of the evening")
        before = content(site)
        assert done(flask(old, "backup", str(file))).startswith(f"{file} is complete")
        assert editor.save("Title of the day")
    done(flask(new, "restore", str(file)))
    with serving(new) as site:
        assert content(site) == before
        assert title(get(site, PATH)) == "Title of the evening"
        assert Editor(site).save("Title of the next day")  # signed in with the old password
        assert title(get(site, PATH)) == "Title of the next day"
    assert file.stat().st_mode & 0o777 == 0o600
    assert (new / "secret_key").stat().st_mode & 0o777 == 0o600


def date_of_feed(site: Site) -> str:
    with urllib.request.urlopen(site.url + "/en/feed.atom", timeout=20) as answer:
        return answer.headers["Last-Modified"] or ""


def test_a_reader_who_saw_what_came_after_the_backup_is_sent_the_restored_feed(tmp_path: Path) -> None:
    file = tmp_path / "night.zip"
    with serving(tmp_path) as site:
        before = site.fetch("/en/feed.atom")
        done(flask(tmp_path, "backup", str(file)))
        Editor(site).publish("Written after the backup")
        eventually(lambda: "Written after the backup" in get(site, "/en/feed.atom"))
        eventually(lambda: bool(date_of_feed(site)))  # when the change is two seconds old
        seen = {"If-Modified-Since": date_of_feed(site)}
    done(flask(tmp_path, "restore", str(file), "--yes"))
    with serving(tmp_path) as site:
        for _ in range(6):
            asked = urllib.request.Request(site.url + "/en/feed.atom", headers=seen)
            with urllib.request.urlopen(asked, timeout=20) as answer:
                assert answer.read() == before


def test_no_number_of_a_post_is_given_twice_because_of_a_restore(saved: Saved, tmp_path: Path) -> None:
    """A form for it may still be open somewhere, and would write into another post."""
    file, new = tmp_path / "night.zip", tmp_path / "new"
    done(flask(tmp_path, "restore", str(saved.file)))
    before_backup = number_of_short_lived_post(tmp_path)
    done(flask(tmp_path, "backup", str(file)))
    after_backup = number_of_short_lived_post(tmp_path)
    done(flask(tmp_path, "restore", str(file), "--yes"))
    assert number_of_short_lived_post(tmp_path) > after_backup
    done(flask(new, "restore", str(file)))
    assert number_of_short_lived_post(new) > before_backup


def number_of_short_lived_post(instance: Path) -> int:
    with browsing(instance) as browser:
        browser.sign_in("admin", PASSWORD)
        page = browser.new_post({"en-title": "Short-lived"})
        number = int(page.path.rpartition("/")[2].partition("?")[0])
        browser.submit(browser.get(f"/en/staff/posts/{number}/deletion"), "Put it into the trash")
        browser.get(f"/en/staff/posts/{number}", 404)
    return number


def test_a_backup_of_a_site_that_is_being_written_is_one_moment_of_it(tmp_path: Path) -> None:
    with serving(tmp_path) as site:
        editor, is_over = Editor(site), threading.Event()
        saves: list[int] = []

        def save() -> None:
            while not is_over.is_set():
                assert editor.save(f"Title {len(saves)}")
                saves.append(len(saves))

        writer = threading.Thread(target=save)
        writer.start()
        numbers = itertools.takewhile(lambda _: len(saves) < 10, itertools.count())
        made = [done(flask(tmp_path, "backup", str(tmp_path / f"{number}.zip"))) for number in numbers]
        assert done(flask(tmp_path, "check"))
        is_over.set()
        writer.join()
    for number in range(len(made)):
        with zipfile.ZipFile(tmp_path / f"{number}.zip") as archive:
            archive.extract("kariu.sqlite3", tmp_path / str(number))
        with closing(sqlite3.connect(tmp_path / str(number) / "kariu.sqlite3")) as database:
            assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            differing = (  # a save writes both
                "SELECT id FROM post_translation WHERE title != (SELECT title FROM revision"
                " WHERE translation_id = post_translation.id ORDER BY id DESC LIMIT 1)"
            )
            assert database.execute(differing).fetchall() == []
    done(flask(tmp_path / "new", "restore", str(tmp_path / "0.zip")))
    done(flask(tmp_path / "new", "check"))


def test_a_picture_that_is_gone_or_damaged_is_named_and_stops_nothing(saved: Saved, tmp_path: Path) -> None:
    done(flask(tmp_path, "restore", str(saved.file)))
    gone, damaged = sorted((tmp_path / "media").rglob("*x*.jpg"))[:2]
    gone.unlink()
    damaged.write_bytes(b"\xff" * damaged.stat().st_size)
    said = done(flask(tmp_path, "backup", str(tmp_path / "b.zip")))
    assert gone.name in said
    assert damaged.name in said
    assert said.count("The backup lacks") == 2


def test_a_backup_holds_the_key_in_use_and_brings_settings_back_for_reading(saved: Saved, tmp_path: Path) -> None:
    done(flask(tmp_path, "restore", str(saved.file)))
    (tmp_path / "config.py").write_text("PORT = 8001\n")
    done(flask(tmp_path, "backup", str(tmp_path / "b.zip"), SECRET_KEY="set in the environment"))
    done(flask(tmp_path / "new", "restore", str(tmp_path / "b.zip")))
    assert (tmp_path / "new" / "secret_key").read_text() == "set in the environment"
    assert (tmp_path / "new" / "config.py.restored").read_text() == "PORT = 8001\n"


def test_a_backup_replaces_another_only_when_told_to(saved: Saved, tmp_path: Path) -> None:
    done(flask(tmp_path, "restore", str(saved.file)))
    file = tmp_path / "b.zip"
    file.write_bytes(b"older")
    assert "--force" in refusal(flask(tmp_path, "backup", str(file)))
    assert file.read_bytes() == b"older"
    done(flask(tmp_path, "backup", "--force", str(file)))
    assert zipfile.is_zipfile(file)


def without_room(instance: Path, *arguments: str, limit: int) -> str:
    """What the command says where no file may be larger than that."""
    limited = {"preexec_fn": lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))}
    command = process(instance, *arguments, **limited)
    _output, said = command.communicate()
    assert command.returncode == 1
    return said


@pytest.mark.parametrize("limit", [200_000, 3_000_000], ids=["the database", "a picture"])
def test_a_backup_that_finds_no_room_leaves_nothing_and_says_so(saved: Saved, tmp_path: Path, limit: int) -> None:
    done(flask(tmp_path, "restore", str(saved.file)))
    (tmp_path / "media" / "large").write_bytes(bytes(5_000_000))
    said = without_room(tmp_path, "backup", str(tmp_path / "b.zip"), limit=limit)
    assert re.fullmatch(f"Error: {tmp_path / 'b.zip'} was not written: .*\n", said)
    assert not [path for path in tmp_path.iterdir() if "b.zip" in path.name or "backup" in path.name]


def test_a_restore_that_finds_no_room_changes_nothing_and_says_so(saved: Saved, tmp_path: Path) -> None:
    done(flask(tmp_path, "restore", str(saved.later)))
    said = without_room(tmp_path, "restore", "--yes", str(saved.file), limit=200_000)
    assert re.fullmatch("Error: Nothing was replaced: .*\n", said)
    with browsing(tmp_path) as browser:
        assert title(browser.get(PATH).html) == "Title of the day"
    assert not (tmp_path / "restore-ready").exists()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGKILL])
def test_a_backup_that_is_ended_in_the_middle_leaves_no_half_file(saved: Saved, tmp_path: Path, number: int) -> None:
    done(flask(tmp_path, "restore", str(saved.file)))
    with (tmp_path / "media" / "large").open("wb") as large:
        large.truncate(1_000_000_000)
    command = process(tmp_path, "backup", str(tmp_path / "b.zip"))
    eventually(lambda: bool(list(tmp_path.glob(".backup-*/new.zip"))))
    command.send_signal(number)
    _output, said = command.communicate()
    assert not (tmp_path / "b.zip").exists()
    if number == signal.SIGTERM:
        assert said == f"Error: {tmp_path / 'b.zip'} was not written: it was stopped.\n"
        assert not list(tmp_path.glob(".backup-*"))


def cut(whole: bytes) -> bytes:
    return whole[:-1000]


def flipped(whole: bytes) -> bytes:
    """One bit of the database is another."""
    place = len(whole) // 3
    return whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :]


def zipped(**files: bytes) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, body in files.items():
            archive.writestr(name, body)
    return buffer.getvalue()


def empty_database() -> bytes:
    with closing(sqlite3.connect(":memory:")) as database:
        database.execute("CREATE TABLE other (id)")
        return database.serialize()


@pytest.mark.parametrize(
    ("foreign", "reason"),
    [
        (cut, "not a backup, or not a whole one"),
        (flipped, "not a backup, or not a whole one"),
        (lambda whole: whole[: len(whole) // 2], "not a backup, or not a whole one"),
        (lambda _whole: b"", "not a backup, or not a whole one"),
        (lambda _whole: b"a letter", "not a backup, or not a whole one"),
        (lambda _whole: zipped(**{"letter.txt": b"words"}), "not a backup, or not a whole one"),
        (lambda _whole: zipped(**{"kariu.sqlite3": b"", "secret_key": b"", "../x": b""}), "'../x' is in it"),
        (lambda _whole: zipped(**{"kariu.sqlite3": b"words" * 999, "secret_key": b""}), "file is not a database"),
        (lambda _whole: zipped(**{"kariu.sqlite3": empty_database(), "secret_key": b""}), "has no tables"),
    ],
)
def test_what_is_no_whole_backup_is_refused_and_changes_nothing(
    saved: Saved, tmp_path: Path, foreign: Callable[[bytes], bytes], reason: str
) -> None:
    done(flask(tmp_path, "restore", str(saved.file)))
    done(flask(tmp_path, "check"))
    (tmp_path / "x.zip").write_bytes(foreign(saved.file.read_bytes()))
    before = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    assert reason in refusal(flask(tmp_path, "restore", "--yes", str(tmp_path / "x.zip")))
    assert {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()} == before


def test_a_backup_of_a_later_version_is_refused(saved: Saved, tmp_path: Path) -> None:
    with zipfile.ZipFile(saved.file) as archive:
        archive.extract("kariu.sqlite3", tmp_path)
    with closing(sqlite3.connect(tmp_path / "kariu.sqlite3")) as database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")
        database.commit()
    later = {"kariu.sqlite3": (tmp_path / "kariu.sqlite3").read_bytes(), "secret_key": b"key"}
    (tmp_path / "later.zip").write_bytes(zipped(**later))
    assert "newer version" in refusal(flask(tmp_path / "new", "restore", str(tmp_path / "later.zip")))


def test_a_backup_of_an_earlier_version_is_brought_up_to_date(saved: Saved, tmp_path: Path) -> None:
    old = {"SQLALCHEMY_DATABASE_URI": f"sqlite:///{tmp_path}/old/kariu.sqlite3"}
    done(flask(tmp_path / "old", "restore", str(saved.file), **old))
    done(flask(tmp_path / "old", "db", "downgrade", "0007", **old))
    done(flask(tmp_path / "old", "backup", str(tmp_path / "old.zip"), **old))
    done(flask(tmp_path, "restore", str(tmp_path / "old.zip")))
    with browsing(tmp_path) as browser:
        assert title(browser.get(PATH).html) == "Title of the evening"


def test_nothing_is_restored_under_a_running_server(saved: Saved, tmp_path: Path) -> None:
    with serving(tmp_path) as site:
        assert Editor(site).save("A title that stays")
        assert "is running" in refusal(flask(tmp_path, "restore", str(saved.file), "--yes"))
        assert title(get(site, PATH)) == "A title that stays"
        left = workers(site)
        for worker in left:  # they would end half a second after the server
            os.kill(worker, signal.SIGSTOP)
        os.kill(site.process.pid, signal.SIGKILL)
        try:
            assert "is running" in refusal(flask(tmp_path, "restore", str(saved.file), "--yes"))
        finally:
            for worker in left:
                os.kill(worker, signal.SIGKILL)


def test_what_was_there_is_replaced_after_a_question_and_put_aside(saved: Saved, tmp_path: Path) -> None:
    done(flask(tmp_path, "restore", str(saved.later)))
    for left_over in tmp_path.glob("before-restore-*"):
        shutil.rmtree(left_over)
    asked = flask(tmp_path, "restore", str(saved.file))  # nobody answers
    assert asked.exit_code == 1
    assert "Replace the present site" in asked.output
    assert not list(tmp_path.glob("before-restore-*"))
    done(flask(tmp_path, "restore", str(saved.file), "--yes"))
    with browsing(tmp_path) as browser:
        assert title(browser.get(PATH).html) == "Title of the evening"
    (aside,) = tmp_path.glob("before-restore-*")
    if POSTGRESQL:
        done(flask(tmp_path, "restore", str(aside / "backup.zip"), "--yes"))
    else:
        for name in ("kariu.sqlite3", "secret_key"):
            (aside / name).replace(tmp_path / name)
    with browsing(tmp_path) as browser:
        assert title(browser.get(PATH).html) == "Title of the day"


MOMENTS = {
    "media/": "Title of the evening",
    "restore-ready/restore.json ": "Title of the evening",
    "/secret_key ": "Title of the day",
    "restore-ready/secret_key ": "Title of the day",
    "restore-ready/kariu.sqlite3 ": "Title of the day",
}
"""Before which rename the command is killed, and what the site then shows."""
if POSTGRESQL:  # where the commit is what replaces the rows
    del MOMENTS["restore-ready/kariu.sqlite3 "], MOMENTS["restore-ready/restore.json "]


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_restore_that_is_killed_leaves_the_old_site_or_the_new_one(saved: Saved, tmp_path: Path, moment: str) -> None:
    file = tmp_path / "other-key.zip"
    old = tmp_path / "old"
    done(flask(old, "restore", str(saved.later)))
    (old / "secret_key").write_text("of another machine altogether")
    done(flask(old, "staff", "reset-password", "admin", "--password-stdin", input="another password\n"))
    done(flask(old, "backup", str(file)))
    done(flask(tmp_path, "restore", str(saved.file)))
    (tmp_path / "killer").mkdir()
    (tmp_path / "killer" / "sitecustomize.py").write_text(KILLER)
    environment = settings(tmp_path) | {"PYTHONPATH": str(tmp_path / "killer"), "KILL_AT": moment}
    assert process(tmp_path, "restore", str(file), "--yes", env=environment).wait() == -signal.SIGKILL
    is_old = MOMENTS[moment] == "Title of the evening"
    with browsing(tmp_path) as browser:
        assert title(browser.get(PATH).html) == MOMENTS[moment]
        browser.sign_in("admin", PASSWORD if is_old else "another password")
    done(flask(tmp_path, "check"))


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_after_a_clean_stop_the_database_has_every_save_and_view(tmp_path: Path, number: int) -> None:
    """On SQLite the main file alone, beside the key: whoever copies it by hand may know of no other."""
    old, new = tmp_path / "old", tmp_path / "new"
    with serving(old) as site:
        for _ in range(7):
            get(site, PATH, User_Agent=PHONE)
        assert Editor(site).save("The last save")
        os.kill(site.process.pid, number)
        site.process.wait(30)
    new.mkdir()
    if not POSTGRESQL:
        shutil.copy(old / "kariu.sqlite3", new)
        shutil.copy(old / "secret_key", new)
    place = old if POSTGRESQL else new
    with browsing(place) as browser:
        assert title(browser.get(PATH).html) == "The last save"
    assert 7 in {row["views"] for row in rows(address(place))["view_count"]}


def test_every_fault_is_found_by_the_check(saved: Saved, tmp_path: Path) -> None:
    done(flask(tmp_path, "restore", str(saved.file)))
    assert done(flask(tmp_path, "check")).count("no faults") == 4
    gone = next((tmp_path / "media").rglob("*.avif"))
    orphan = gone.with_name("0123456789abcdef0123-480.avif")
    gone.rename(orphan)
    os.utime(orphan, (0, 0))
    (tmp_path / "views").mkdir()
    (tmp_path / "views" / "x.kinds").mkdir()
    engine = sa.create_engine(address(tmp_path))
    with engine.connect() as database:
        if not POSTGRESQL:
            database.exec_driver_sql("PRAGMA foreign_keys = OFF")
        database.exec_driver_sql("DELETE FROM search_text WHERE kind = 'post' AND item_id = 1 AND language = 'kk'")
        if POSTGRESQL:
            database.exec_driver_sql("ALTER TABLE post ADD CONSTRAINT x CHECK (id > 0) NOT VALID")
        else:
            database.exec_driver_sql("DROP TRIGGER search_text_updated")
            database.exec_driver_sql("UPDATE search_text SET title = 'x' WHERE item_id = 2")
            database.exec_driver_sql("UPDATE post SET author_id = 99 WHERE id = 1")
        database.commit()
    engine.dispose()
    answer = flask(tmp_path, "check")
    assert answer.exit_code == 1
    assert f"{gone.name} is missing" in answer.output
    assert f"{orphan.name} has no row" in answer.output
    assert "1 texts are not in it" in answer.output
    assert "x.kinds cannot be read" in answer.output
    assert "no faults" not in answer.output
    if not POSTGRESQL:
        assert "its author is missing" in answer.output
        assert "flask search reindex" in answer.output


@pytest.mark.sqlite
def test_no_backup_is_made_of_a_damaged_database(saved: Saved, tmp_path: Path) -> None:
    done(flask(tmp_path, "restore", str(saved.file)))
    with (tmp_path / "kariu.sqlite3").open("r+b") as database:
        database.seek(4096 * 20)
        database.write(b"\xff" * 4096 * 20)
    assert "b.zip was not written" in refusal(flask(tmp_path, "backup", str(tmp_path / "b.zip")))
    assert not (tmp_path / "b.zip").exists()
    assert flask(tmp_path, "check").exit_code == 1


@pytest.mark.postgresql
def test_every_row_of_every_table_goes_to_postgresql_and_back(saved: Saved, tmp_path: Path) -> None:
    first, server, last = tmp_path / "first", tmp_path / "server", tmp_path / "last"
    files = {folder: f"sqlite:///{folder / 'kariu.sqlite3'}" for folder in (first, last)}
    done(flask(first, "restore", str(saved.file), SQLALCHEMY_DATABASE_URI=files[first]))
    fill_empty_tables(files[first])
    with closing(sqlite3.connect(first / "kariu.sqlite3")) as database:
        database.execute("UPDATE sqlite_sequence SET seq = 1000 WHERE name = 'post'")
        database.commit()
    written = rows(files[first])
    assert {name for name, found in written.items() if not found} <= set(WITH_FILES)

    done(flask(first, "backup", str(tmp_path / "1.zip"), SQLALCHEMY_DATABASE_URI=files[first]))
    done(flask(server, "restore", str(tmp_path / "1.zip")))
    assert rows(address(server)) == written
    done(flask(server, "check"))
    done(flask(server, "backup", str(tmp_path / "2.zip")))
    done(flask(last, "restore", str(tmp_path / "2.zip"), SQLALCHEMY_DATABASE_URI=files[last]))
    assert rows(files[last]) == written
    done(flask(last, "check", SQLALCHEMY_DATABASE_URI=files[last]))
    with closing(sqlite3.connect(last / "kariu.sqlite3")) as database:
        assert database.execute("SELECT seq FROM sqlite_sequence WHERE name = 'post'").fetchone() == (1000,)


@pytest.mark.postgresql
def test_the_moved_site_is_searched_and_written(saved: Saved, tmp_path: Path) -> None:
    done(flask(tmp_path, "restore", str(saved.file)))
    with serving(tmp_path) as site:
        assert "<mark>" in get(site, "/en/search?q=university")
        Editor(site).publish("Written on PostgreSQL")
        eventually(lambda: "Written on PostgreSQL" in get(site, "/en/"))


@pytest.mark.postgresql
def test_nothing_is_restored_while_another_machine_uses_the_database(saved: Saved, tmp_path: Path) -> None:
    with psycopg.connect(own_database(tmp_path)):
        assert "other connections" in refusal(flask(tmp_path, "restore", str(saved.file), "--yes"))


@pytest.mark.postgresql
def test_a_table_of_somebody_else_stays_and_is_named(saved: Saved, tmp_path: Path) -> None:
    with psycopg.connect(own_database(tmp_path), autocommit=True) as database:
        database.execute("CREATE TABLE others (id integer); INSERT INTO others VALUES (1)")
    done(flask(tmp_path, "restore", str(saved.file)))
    assert "The table others is left out" in done(flask(tmp_path, "backup", str(tmp_path / "b.zip")))
    with psycopg.connect(own_database(tmp_path)) as database:
        assert database.execute("SELECT id FROM others").fetchall() == [(1,)]


@pytest.mark.postgresql
def test_every_kind_of_value_survives_both_ways(tmp_path: Path) -> None:
    """Also rows that come before those they refer to, and numbers given out to rows that are gone."""
    kinds = sa.MetaData()
    kind = sa.Table(
        "kind",
        kinds,
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("parent_id", sa.ForeignKey("kind.id")),
        sa.Column("at", sa.DateTime(timezone=True)),
        sa.Column("day", sa.Date),
        sa.Column("is_it", sa.Boolean),
        sa.Column("json", sa.JSON(none_as_null=True)),
        sa.Column("binary", sa.LargeBinary),
        sa.Column("large", sa.BigInteger),
        sa.Column("real", sa.Float),
        sa.Column("words", sa.Text),
        sqlite_autoincrement=True,
    )
    full = {
        "id": 1,
        "parent_id": 2,
        "at": datetime(2021, 6, 29, 6, 44, 21, 1, tzinfo=UTC),
        "day": date(2024, 2, 29),
        "is_it": False,
        "json": {"ключ": [None, 1.5, "\u2028"]},
        "binary": bytes(range(256)),
        "large": 2**62,
        "real": 0.1,
        "words": "Ә\n%(x)s :y ? \\",
    }
    engines = [
        sa.create_engine(url) for url in (f"sqlite:///{tmp_path}/1", address(tmp_path), f"sqlite:///{tmp_path}/2")
    ]
    for engine in engines:
        kinds.create_all(engine)
    with engines[0].begin() as database:
        database.execute(kind.insert(), [dict.fromkeys(full) | {"id": 2}, full, dict.fromkeys(full) | {"id": 77}])
        database.execute(kind.delete().where(kind.c.id == 77))
    for source, target in itertools.pairwise(engines):
        with source.connect() as there, target.begin() as here:
            copy_rows(there, here)
            assert counters(here) == {"kind": 77}
    for engine in engines[1:]:
        with engine.connect() as database:
            found = [dict(row) for row in database.execute(kind.select().order_by(kind.c.id)).mappings()]
        found[0]["at"] = found[0]["at"].replace(tzinfo=UTC) if found[0]["at"].tzinfo is None else found[0]["at"]
        assert found == [full, dict.fromkeys(full) | {"id": 2}]
        engine.dispose()
