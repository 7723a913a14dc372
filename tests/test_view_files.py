"""The files of views while a server runs: on a full disk, cut off, removed by somebody else."""

import os
import re
import resource
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from types import MappingProxyType

import pytest

from tests.support.cast import PHONE
from tests.support.editor import eventually, get
from tests.support.serving import Site, start, stop, workers

pytestmark = pytest.mark.server
PATH = "/en/posts/half-a-century-behind-us-and-the-road-ahead"
ON_LINUX = sys.platform == "linux"


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """The folder of views, on a disk of 64 KiB."""
    folder = tmp_path / "views"
    folder.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(folder)], check=False)
    if mounted.returncode:
        pytest.skip("no disk can be mounted here")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """A server with one worker, started after the disk was made."""
    site = start(tmp_path, KARIU_WORKERS="1")
    yield site
    if site.process.poll() is None:
        stop(site)


def read(site: Site, times: int = 1) -> None:
    for _ in range(times):
        assert "<h1>" in get(site, PATH, User_Agent=PHONE)


def fill(folder: Path) -> Path:
    filler = folder / "filler"
    with suppress(OSError), filler.open("ab", buffering=0) as file:
        while file.write(bytes(512)):
            pass
    return filler


def descriptors(site: Site) -> int:
    return sum(len(list(Path(f"/proc/{worker}/fd").iterdir())) for worker in workers(site))


def is_written(site: Site, folder: Path, before: Mapping[Path, int] = MappingProxyType({})) -> bool:
    """Whether one more view reaches a file; ``before``: how long the files were."""
    read(site)
    return any(path.stat().st_size > before.get(path, 0) for path in folder.glob("*.records"))


def views_after_a_restart(site: Site, instance: Path) -> int:
    stop(site)
    second = start(instance, KARIU_DATABASE_URL=site.environment.get("KARIU_DATABASE_URL", ""))
    found = re.search(r"<span>(\d+) views?</span>", get(second, PATH))
    stop(second)
    return int(found[1]) if found else 0


@pytest.mark.skipif(not ON_LINUX or os.geteuid() != 0, reason="only root on Linux makes a disk of 64 KiB")
def test_a_full_disk_costs_no_page_and_views_count_again_when_there_is_space(
    small_disk: Path, site: Site, tmp_path: Path
) -> None:
    filler = fill(small_disk)
    for _ in range(20):
        get(site, PATH)
    before = descriptors(site)
    read(site, 200)
    assert descriptors(site) <= before + 1  # the file that is tried again
    filler.unlink()
    eventually(lambda: is_written(site, small_disk))
    read(site, 50)
    assert views_after_a_restart(site, tmp_path) > 50


@pytest.mark.skipif(not ON_LINUX, reason="only Linux sets limits of another process")
def test_a_record_that_was_cut_off_shifts_none_of_those_that_follow(site: Site, tmp_path: Path) -> None:
    """Each file takes 20 records and the beginning of another, as on a disk that is full."""
    (worker,) = workers(site)
    get(site, PATH)  # SQLite's own files are there
    unlimited = resource.prlimit(worker, resource.RLIMIT_FSIZE)
    resource.prlimit(worker, resource.RLIMIT_FSIZE, (20 * 5 + 3, unlimited[1]))
    read(site, 30)
    resource.prlimit(worker, resource.RLIMIT_FSIZE, unlimited)
    before = {path: path.stat().st_size for path in (tmp_path / "views").iterdir()}
    assert 103 in before.values()
    eventually(lambda: is_written(site, tmp_path / "views", before))
    read(site, 50)
    assert views_after_a_restart(site, tmp_path) > 20 + 50


def test_files_that_somebody_removes_stop_nothing(site: Site, tmp_path: Path) -> None:
    folder = tmp_path / "views"
    read(site)
    shutil.rmtree(folder)
    eventually(lambda: is_written(site, folder))
    for suffix in ("views", "kinds", "records"):  # as if it went between the listing and the opening
        (folder / f"0.{suffix}").symlink_to(tmp_path / "gone")
    read(site, 50)
    eventually(lambda: not any(path.is_file() for path in folder.iterdir()))
    assert views_after_a_restart(site, tmp_path) > 50
