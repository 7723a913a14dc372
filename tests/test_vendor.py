"""What is vendored is what its checksum, its lock file and its licences say."""

import hashlib
import json
from pathlib import Path

import kariu_blog

VENDOR = Path(kariu_blog.__file__).parent / "static" / "vendor"


def test_the_bundle_is_the_one_that_was_made() -> None:
    digest, name = (VENDOR / "prosemirror.js.sha256").read_text().split()
    assert hashlib.sha256((VENDOR / name).read_bytes()).hexdigest() == digest


def test_every_package_in_the_bundle_has_its_licence_and_version_told() -> None:
    lock = json.loads((VENDOR / "package-lock.json").read_text())
    licence = (VENDOR / "LICENSE").read_text()
    bundled = {path: package for path, package in lock["packages"].items() if path and not package.get("dev")}
    assert len(bundled) >= 11
    for path, package in bundled.items():
        assert package["license"] == "MIT"
        assert f"{path.removeprefix('node_modules/')} {package['version']}" in licence
