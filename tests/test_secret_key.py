"""The key that signs sessions."""

import os
import resource
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from kariu_blog import create_app
from kariu_blog.config import ConfigurationError

ROOT = Path(__file__).parent.parent
PRINT_KEY = "from kariu_blog import create_app; print(create_app().config['SECRET_KEY'])"


def run(*command: str, limit: int | None = None, **environment: str) -> subprocess.CompletedProcess[str]:
    """A process with no settings but these, whose files may have at most ``limit`` bytes."""

    def restrict() -> None:
        if limit is not None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    clean = {name: value for name, value in os.environ.items() if not name.startswith("KARIU_")}
    arguments: dict[str, Any] = {"cwd": ROOT, "env": {**clean, **environment}, "check": False}
    return subprocess.run([sys.executable, *command], **arguments, capture_output=True, text=True, preexec_fn=restrict)


@pytest.mark.server
def test_a_key_that_is_missing_beside_staff_refuses_the_start(app: Flask, tmp_path: Path) -> None:
    environment = {"KARIU_INSTANCE": str(tmp_path), "KARIU_DATABASE_URL": app.config["SQLALCHEMY_DATABASE_URI"]}
    refused = run("-m", "flask", "serve", **environment)
    assert refused.returncode == 1
    assert refused.stderr == (
        f"KarIU Blog cannot start. The secret key {tmp_path}/secret_key is missing, although the site has staff."
        " Copy it from a backup or from another machine of the site, or write at least 16 random characters into it:"
        " everybody then signs in again, with the password as before.\n"
    )
    assert not (tmp_path / "secret_key").exists()
    (tmp_path / "secret_key").write_text("sixteen and more random characters\n")
    assert run("-m", "flask", "staff", "list", **environment).returncode == 0


@pytest.mark.server
def test_a_key_in_the_environment_needs_no_file(app: Flask, tmp_path: Path) -> None:
    environment = {"KARIU_INSTANCE": str(tmp_path), "KARIU_DATABASE_URL": app.config["SQLALCHEMY_DATABASE_URI"]}
    answer = run("-m", "flask", "staff", "list", **environment, KARIU_SECRET_KEY="sixteen and more characters")
    assert answer.returncode == 0
    assert not (tmp_path / "secret_key").exists()


@pytest.mark.parametrize("content", [b"", b"\n", b"short", b"\xff" * 20])
def test_a_key_that_cannot_be_one_is_a_sentence(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "secret_key").write_bytes(content)
    with pytest.raises(ConfigurationError) as refused:
        create_app({"INSTANCE": tmp_path})
    assert str(tmp_path / "secret_key") in str(refused.value)
    assert (tmp_path / "secret_key").read_bytes() == content


def test_a_folder_in_place_of_the_key_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "secret_key").mkdir()
    with pytest.raises(ConfigurationError, match="can be neither read nor written"):
        create_app({"INSTANCE": tmp_path})


@pytest.mark.server
def test_a_key_is_written_whole_or_not_at_all(tmp_path: Path) -> None:
    refused = run("-m", "flask", "routes", limit=16, KARIU_INSTANCE=str(tmp_path))
    assert refused.returncode == 1
    assert refused.stderr.startswith(f"KarIU Blog cannot start. The secret key {tmp_path}/secret_key can be neither")
    assert list(tmp_path.iterdir()) == []
    assert run("-m", "flask", "routes", KARIU_INSTANCE=str(tmp_path)).returncode == 0


@pytest.mark.server
def test_processes_that_start_at_once_have_one_key(tmp_path: Path) -> None:
    environment = {**os.environ, "KARIU_INSTANCE": str(tmp_path)}
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", PRINT_KEY], cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True
        )
        for _ in range(4)
    ]
    keys = {process.communicate()[0].strip() for process in processes}
    assert keys == {(tmp_path / "secret_key").read_text()}
    assert len(keys.pop()) >= 32
    assert stat.S_IMODE((tmp_path / "secret_key").stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["secret_key"]
