"""The key that signs sessions, and passwords that do not depend on it."""

import os
import resource
import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask_migrate import downgrade, upgrade
from sqlalchemy import text

from kariu_blog import create_app
from kariu_blog.accounts.models import Staff
from kariu_blog.config import ConfigurationError
from kariu_blog.database import db
from tests.support.browsing import Browser
from tests.support.cast import SITE

ROOT = Path(__file__).parent.parent
COSTS = "$argon2id$v=19$m=19456,t=2,p=1$"
PASSWORD = "correct horse"
OLD_KEY = "the key of an older installation"
OLD_HASHES = {  # as stored before migration 0010
    PASSWORD: "$argon2id$v=19$m=65536,t=3,p=4$oBSC8J4zhhDinNN6r/V+bw$rcrBhVBknKsfpEIz/zc8CrPoSB+Ck5R3qnQEqffGysg",
    "мой пароль ё": (
        "$argon2id$v=19$m=65536,t=3,p=4$5zxHKOVcq5Vybq11bo0x5g$q/d6nfeJNAP8srnngIx7mxSUd9yyD8qp5eQ24VxX6EQ"
    ),
}
PRINT_KEY = "from kariu_blog import create_app; print(create_app().config['SECRET_KEY'])"


def with_key(app: Flask, key: str | bytes, folder: Path) -> Flask:
    """Another start of the same site with this key."""
    url = app.config["SQLALCHEMY_DATABASE_URI"]
    return create_app({"INSTANCE": folder, "SQLALCHEMY_DATABASE_URI": url, "SITE_URL": SITE, "SECRET_KEY": key})


@pytest.fixture(params=[OLD_KEY, OLD_KEY.encode()], ids=["str", "bytes"])
def upgraded(app: Flask, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Flask]:
    """A site whose passwords were all set before the upgrade."""
    older = with_key(app, request.param, tmp_path)
    with older.app_context():
        downgrade(revision="0008")
        for name, password in (("editor", PASSWORD), ("author", "мой пароль ё")):
            values = {"hash": OLD_HASHES[password], "name": name}
            db.session.execute(text("UPDATE staff SET password = :hash WHERE username = :name"), values)
        db.session.commit()
        upgrade()
    yield older
    with older.app_context():
        db.engine.dispose()


def stored(app: Flask, name: str) -> tuple[str, str | None]:
    with app.app_context():
        person = db.session.query(Staff).filter_by(username=name).one()
        return person.password, person.password_hmac_key


def test_new_passwords_cost_what_owasp_recommends(app: Flask, tmp_path: Path) -> None:
    flask = with_key(app, OLD_KEY, tmp_path).test_cli_runner()
    flask.invoke(args=["staff", "add", "nur", "--role", "author", "--password-stdin"], input="quite long enough\n")
    assert stored(app, "nur")[0].startswith(COSTS)


@pytest.mark.slow
def test_passwords_from_before_the_upgrade_open_the_site_and_are_hashed_anew(upgraded: Flask) -> None:
    for name, password in (("editor", PASSWORD), ("author", "мой пароль ё")):
        assert "is wrong" in Browser(upgraded).sign_in(name, "a wrong one").text()
        assert stored(upgraded, name) == (OLD_HASHES[password], OLD_KEY.encode().hex())
        assert f"Sign out {name}" in Browser(upgraded).sign_in(name, password).text()
        kept, hmac_key = stored(upgraded, name)
        assert kept.startswith(COSTS)
        assert hmac_key is None
        assert f"Sign out {name}" in Browser(upgraded).sign_in(name, password).text()
        assert stored(upgraded, name)[0] == kept


@pytest.mark.slow
def test_with_another_key_everybody_signs_in_as_before(upgraded: Flask, tmp_path: Path) -> None:
    Browser(upgraded).sign_in("author", "мой пароль ё")
    changed = with_key(upgraded, "a key that has not leaked", tmp_path)
    for name, password in (("editor", PASSWORD), ("author", "мой пароль ё")):
        assert f"Sign out {name}" in Browser(changed).sign_in(name, password).text()


def test_with_another_key_sessions_are_over(app: Flask, editor: Browser, tmp_path: Path) -> None:
    changed = Browser(with_key(app, "a key that has not leaked", tmp_path))
    cookie = editor.client.get_cookie("__Host-session")
    assert cookie is not None
    changed.client.set_cookie("__Host-session", cookie.value)
    assert changed.raw("/en/staff/").status_code == 302


def test_a_password_from_before_the_upgrade_may_be_changed_or_reset(upgraded: Flask) -> None:
    browser = Browser(upgraded)
    browser.sign_in("editor", PASSWORD)
    upgraded.test_cli_runner().invoke(
        args=["staff", "reset-password", "author", "--password-stdin"], input="second choice"
    )
    assert "Sign out author" in Browser(upgraded).sign_in("author", "second choice").text()
    new = {"password": PASSWORD, "new_password": "a better one", "new_password_confirm": "a better one"}
    browser.submit(browser.get("/en/staff/password"), "Change password", new)
    assert "Sign out editor" in Browser(upgraded).sign_in("editor", "a better one").text()


def run(*command: str, limit: int | None = None, **environment: str) -> subprocess.CompletedProcess[str]:
    """A process with no settings but these, whose files may have at most ``limit`` bytes."""

    def restrict() -> None:
        if limit is not None:
            resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))

    clean = {name: value for name, value in os.environ.items() if not name.startswith("KARIU_")}
    arguments: dict[str, Any] = {"cwd": ROOT, "env": {**clean, **environment}, "check": False, "timeout": 120}
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


@pytest.mark.server
def test_the_first_password_is_to_be_hard_to_guess(tmp_path: Path) -> None:
    database = f"sqlite:///{tmp_path}/new.sqlite3"
    settings: dict[str, Any] = {"KARIU_DATABASE_URL": database, "KARIU_ADMIN_PASSWORD": "Password2024"}
    refused = run("-m", "flask", "serve", "--empty", KARIU_INSTANCE=str(tmp_path), **settings)
    assert refused.returncode == 1
    assert refused.stderr.splitlines()[-1].startswith("Error: KARIU_ADMIN_PASSWORD: This password is easy to guess")


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
