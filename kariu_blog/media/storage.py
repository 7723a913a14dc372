"""Pictures and files on the disk: taken in one at a time, all or nothing, and removed."""

import hashlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Container
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from kariu_blog.locks import exclusive_lock
from kariu_blog.media.files import FILE_NAME, ICON, WIDTHS, Files
from kariu_blog.media.kinds import STORED_NAME, RefusedError, kind_of

BYTES_MAX = 20 * 1024 * 1024
FILE_BYTES_MAX = 50 * 1024 * 1024
DOCUMENTS = "files"
"""Folder of the files that texts link to, in the folder of pictures."""
PIECE_BYTES = 1024 * 1024
SECONDS_MAX = 120
ORPHAN_SECONDS = 24 * 60 * 60
DRAWN = "drawn"
"""Folder of icons and cards, which belong to no picture of the library."""
ENCODER = Path(__file__).parent
"""A program: ``__main__.py`` of this folder."""


@dataclass(frozen=True)
class Stored:
    files: Files
    bytes: int
    """Of the largest file."""


def lock(folder: Path) -> AbstractContextManager[None]:
    """Be the one process that stores or removes pictures, until the rows are committed as well."""
    return exclusive_lock(folder / ".lock")


def store(folder: Path, source: bytes) -> Stored:
    """Our own files of a picture, on the disk when this returns.  Raises RefusedError, and then leaves nothing.

    To be called within ``lock``.  The same picture again costs the time, and is the same files.
    """
    said = _encoded(folder, source, *map(str, WIDTHS))
    return Stored(Files(said["digest"], said["width"], said["height"], said["suffix"]), said["bytes"])


def make_icons(folder: Path, mark: Files) -> None:
    """Make the icons of a mark that is stored, unless they are there.  Raises RefusedError."""
    if not path_of(folder / DRAWN, mark.icon(ICON)).is_file():
        _encoded(folder / DRAWN, path_of(folder, mark.name).read_bytes(), "icons", mark.digest)


def draw_card(folder: Path, **words: str) -> str:
    """Draw the picture of a link from ``title``, ``category``, ``site``, two colours and a mark; return its address.

    Raises RefusedError.
    """
    said = _encoded(folder / DRAWN, json.dumps(words).encode(), "card")
    return Files(said["digest"], said["width"], said["height"], said["suffix"]).address


def _encoded(folder: Path, source: bytes, *asked: str) -> Any:
    """Have the program make files in a folder, and return its answer.  Raises RefusedError."""
    folder.mkdir(exist_ok=True)
    command = [sys.executable, "-I", str(ENCODER), str(folder), *asked]
    try:
        answer = subprocess.run(command, input=source, stdout=subprocess.PIPE, check=True, timeout=SECONDS_MAX)  # noqa: S603
    except subprocess.SubprocessError as error:  # it was killed: too much memory or time, or a decoder's fault
        raise RefusedError("unreadable") from error
    said = json.loads(answer.stdout)
    if "refusal" in said:
        raise RefusedError(said["refusal"])
    return said


def store_document(folder: Path, source: IO[bytes]) -> str:
    """Return the name of the copy of a file, on the disk when this returns.  Raises RefusedError, and leaves nothing.

    To be called within ``lock``, so what a killed process left behind is written over.
    """
    place = folder / DOCUMENTS
    new = place / "new"
    try:
        place.mkdir(exist_ok=True)
        digest = _copied(source, new)
        name = f"{digest[:20]}.{kind_of(new)}"
        target = path_of(folder, name)
        target.parent.mkdir(exist_ok=True)
        new.rename(target)
        _sync(target.parent)
    except OSError as error:
        raise RefusedError("disk") from error
    finally:
        new.unlink(missing_ok=True)
    return name


def _copied(source: IO[bytes], target: Path) -> str:
    """Copy all bytes to the disk, and return their digest."""
    digest, size = hashlib.sha256(), 0
    with target.open("wb") as copy:
        while piece := source.read(PIECE_BYTES):
            size += len(piece)
            if size > FILE_BYTES_MAX:
                raise RefusedError("bytes")
            digest.update(piece)
            copy.write(piece)
        copy.flush()
        os.fsync(copy.fileno())
    return digest.hexdigest()


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    os.fsync(descriptor)
    os.close(descriptor)


def remove(folder: Path, files: Files) -> None:
    """Take the files away, the largest first: without it, nobody finds the others."""
    for name in reversed(files.names()):
        path_of(folder, name).unlink(missing_ok=True)


def orphans(folder: Path, known: Container[str]) -> list[Path]:
    """The files that have none of the ``known`` names and are older than a day, left behind by a crash.

    To be called within ``lock``, which also covers asking for the known names: what is just being stored has none yet.
    """
    day_ago = time.time() - ORPHAN_SECONDS
    files = sorted(path for path in folder.glob("??/*") if FILE_NAME.fullmatch(path.name))
    files += sorted(path for path in folder.glob(f"{DOCUMENTS}/??/*") if STORED_NAME.fullmatch(path.name))
    return [path for path in files if path.name not in known and path.stat().st_mtime < day_ago]


def path_of(folder: Path, name: str) -> Path:
    return (folder / DOCUMENTS if STORED_NAME.fullmatch(name) else folder) / name[:2] / name
