"""Chromium 92 of July 2021, which shows what old phones do.  ``python -m tests.support.chromium92`` gets it by npm."""

import hashlib
import io
import os
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

import brotli

PACKAGE = "@sparticuz/chromium@92.0.0"
SHA256 = "ae2070e08840e30bb50dbfffe9824d428d46445436bf08147e7f9102294a28ca"
"""Of the package's archive, as npm has it."""
FOLDER = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "kariu-blog" / "chromium-92.0.0"
PROGRAM = FOLDER / "chromium"
GRAPHICS = "swiftshader.tar.br"
"""The libraries that draw without a graphics card; Chromium looks for them beside itself."""


def fetch() -> None:
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["npm", "pack", "--silent", "--pack-destination", folder, PACKAGE], check=True)
        (archive,) = Path(folder).iterdir()
        packed = archive.read_bytes()
    if hashlib.sha256(packed).hexdigest() != SHA256:
        sys.exit(f"{PACKAGE} is not the archive that these tests were written with.")
    with tarfile.open(fileobj=io.BytesIO(packed)) as package:
        FOLDER.mkdir(parents=True, exist_ok=True)
        with tarfile.open(fileobj=io.BytesIO(_unpacked(package, GRAPHICS))) as libraries:
            libraries.extractall(FOLDER, filter="data")
        unfinished = PROGRAM.with_suffix(".part")
        unfinished.write_bytes(_unpacked(package, "chromium.br"))
    unfinished.chmod(0o755)
    unfinished.rename(PROGRAM)


def _unpacked(package: tarfile.TarFile, name: str) -> bytes:
    file = package.extractfile(f"package/bin/{name}")
    assert file is not None
    return bytes(brotli.decompress(file.read()))


if __name__ == "__main__" and not PROGRAM.exists():
    fetch()
