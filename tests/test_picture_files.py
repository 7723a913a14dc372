"""The files of pictures, when the disk is full, the program is killed, or two people send at once."""

import multiprocessing
import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from kariu_blog.media import storage
from kariu_blog.media.files import WIDTHS, Files
from kariu_blog.media.kinds import RefusedError
from tests.support import drawing
from tests.support.disk import room_in_files

SOURCE = drawing.jpeg(1000, 800)


def files_in(folder: Path) -> set[str]:
    return {path.name for path in folder.rglob("*") if path.is_file() and path.name != ".lock"}


def store(folder: Path, source: bytes = SOURCE) -> storage.Stored:
    with storage.lock(folder):
        return storage.store(folder, source)


@pytest.mark.parametrize("room", [0, 1000, 3000])
def test_a_full_disk_is_said_so_and_leaves_nothing(tmp_path: Path, room: int) -> None:
    with storage.lock(tmp_path), room_in_files(room), pytest.raises(RefusedError, match="disk"):
        storage.store(tmp_path, SOURCE)
    assert files_in(tmp_path) == set()
    assert [path.name for path in tmp_path.iterdir()] == [".lock"]
    assert files_in(tmp_path) == set()
    assert set(store(tmp_path).files.names()) == files_in(tmp_path)


@pytest.mark.slow
@pytest.mark.parametrize("kills", [8, pytest.param(100, marks=pytest.mark.endurance)])
def test_a_program_killed_at_any_moment_leaves_nothing_in_the_way(tmp_path: Path, kills: int) -> None:
    whole = set(store(tmp_path / "once").files.names())
    folder = tmp_path / "killed"
    folder.mkdir()
    command = [sys.executable, "-I", str(storage.ENCODER), str(folder), *map(str, WIDTHS)]
    started = time.monotonic()
    subprocess.run(command, input=SOURCE, stdout=subprocess.DEVNULL, check=True)
    seconds = time.monotonic() - started
    dice = random.Random(1963)
    for _ in range(kills):
        for path in folder.rglob("*.*"):
            path.unlink() if path.is_file() else None
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert process.stdin is not None
        process.stdin.write(SOURCE)
        process.stdin.close()
        time.sleep(dice.uniform(0, seconds))
        process.kill()
        process.wait()
        assert process.stdout is not None
        if process.stdout.read():  # it was quicker, and answered
            assert files_in(folder) == whole
        process.stdout.close()
        assert set(store(folder).files.names()) == files_in(folder) == whole


def test_a_decoder_that_takes_too_long_or_dies_is_a_refusal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(storage, "SECONDS_MAX", 0.01)
    with pytest.raises(RefusedError, match="unreadable"):
        store(tmp_path)
    assert files_in(tmp_path) == set()


@pytest.mark.slow
def test_many_at_once_store_one_after_the_other(tmp_path: Path) -> None:
    sources = [SOURCE, SOURCE, drawing.jpeg(90), drawing.jpeg(91)]
    with multiprocessing.get_context("spawn").Pool(4) as pool:
        stored = pool.starmap(store, [(tmp_path, source) for source in sources])
    assert stored[0] == stored[1]
    assert files_in(tmp_path) == {name for each in stored for name in each.files.names()}


def test_what_is_removed_is_gone_with_all_its_sizes(tmp_path: Path) -> None:
    kept, gone = store(tmp_path).files, store(tmp_path, drawing.jpeg(90)).files
    storage.remove(tmp_path, gone)
    storage.remove(tmp_path, gone)
    assert files_in(tmp_path) == set(kept.names())


@pytest.mark.parametrize("address", ["x.jpg", "/media/../x", "/static/mark.svg", "/media/" + "0" * 20 + "-0x1.jpg"])
def test_other_addresses_are_no_pictures(address: str) -> None:
    assert Files.of(address) is None
