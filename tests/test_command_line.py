"""The flask command, the configuration, and the first start."""

import os
import re
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskCliRunner

from kariu_blog import create_app
from kariu_blog.accounts.models import Staff
from kariu_blog.config import ConfigurationError
from kariu_blog.database import db
from kariu_blog.posts.post import Post
from kariu_blog.posts.taxonomy import Category
from tests.support import drawing
from tests.support.browsing import Browser

ROOT = Path(__file__).parent.parent


@pytest.fixture
def flask(app: Flask) -> FlaskCliRunner:
    return app.test_cli_runner()


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """The real command in a process of its own."""
    command = [sys.executable, "-m", "flask", *arguments]
    clean = {name: value for name, value in os.environ.items() if not name.startswith("KARIU_")}
    return subprocess.run(command, cwd=ROOT, env={**clean, **environment}, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("role", ["admin", "editor", "author"])
def test_somebody_added_may_sign_in(app: Flask, flask: FlaskCliRunner, role: str) -> None:
    answer = flask.invoke(args=["staff", "add", "Aliya", "--role", role, "--password-stdin"], input="long and enough\n")
    assert (answer.exit_code, answer.output) == (0, f"Aliya may sign in as {role}.\n")
    assert "Sign out aliya" in Browser(app).sign_in("aliya", "long and enough").text()


def test_a_password_with_composed_letters_is_the_same_on_both_ways(app: Flask, flask: FlaskCliRunner) -> None:
    flask.invoke(args=["staff", "add", "nur", "--role", "author", "--password-stdin"], input="мой пароль ё\n")
    assert "Sign out nur" in Browser(app).sign_in("nur", "мой пароль ё").text()


def test_a_password_is_asked_for_twice(app: Flask, flask: FlaskCliRunner) -> None:
    answer = flask.invoke(args=["staff", "add", "nur", "--role", "author"], input="long and enough\n" * 2)
    assert answer.exit_code == 0
    assert "long and enough" not in answer.output
    assert "Sign out nur" in Browser(app).sign_in("nur", "long and enough").text()


@pytest.mark.parametrize(
    ("arguments", "typed", "sentence"),
    [
        (
            ["staff", "add", "editor", "--role", "author"],
            "long enough",
            "Somebody has this name or address already",
        ),
        (["staff", "add", "two words", "--role", "author"], "long enough", "A name has 1 to 64 letters"),
        (["staff", "add", "nur", "--role", "author"], "short", "A password needs 12 to 128 characters."),
        (["staff", "disable", "nobody"], "", "There is nobody called nobody."),
        (["staff", "disable", "admin"], "", "admin is the only administrator left."),
        (["staff", "reset-password", "nobody"], "long enough", "There is nobody called nobody."),
        (["category", "add", "news", "--kk=А", "--ru=Б", "--en=C"], "", "news is taken."),
        (["category", "add", "Big News", "--kk=А", "--ru=Б", "--en=C"], "", "'Big News' is no slug"),
        (["author", "add", "lab", "--kk=", "--ru=Б", "--en=C"], "", "The name in kk needs 1 to 80 characters."),
    ],
)
def test_a_mistake_is_one_sentence_and_exit_code_1(
    flask: FlaskCliRunner, arguments: list[str], typed: str, sentence: str
) -> None:
    if arguments[1] in ("add", "reset-password") and arguments[0] == "staff":
        arguments = [*arguments, "--password-stdin"]
    answer = flask.invoke(args=arguments, input=f"{typed}\n")
    assert answer.exit_code == 1
    assert answer.output.startswith(f"Error: {sentence}")
    assert answer.output.count("\n") == 1


def test_a_wrong_role_is_a_usage_error(flask: FlaskCliRunner) -> None:
    assert flask.invoke(args=["staff", "add", "nur", "--role", "king"]).exit_code == 2


def test_list_disable_and_enable(flask: FlaskCliRunner) -> None:
    flask.invoke(args=["staff", "disable", "editor"])
    assert "editor\teditor\tdisabled\n" in flask.invoke(args=["staff", "list"]).output
    flask.invoke(args=["staff", "enable", "EDITOR"])
    assert flask.invoke(args=["staff", "list"]).output == (
        "admin\tadmin\tactive\nauthor\tauthor\tactive\neditor\teditor\tactive\nother-author\tauthor\tactive\n"
        "translator\ttranslator\tactive\n"
    )


def test_a_reset_password_ends_every_session(app: Flask, flask: FlaskCliRunner) -> None:
    browse = Browser(app)
    browse.sign_in("editor")
    flask.invoke(args=["staff", "reset-password", "editor", "--password-stdin"], input="another long one\n")
    assert browse.raw("/en/staff/").status_code == 302
    assert "Sign out editor" in browse.sign_in("editor", "another long one").text()


@pytest.mark.slow
def test_the_demonstration_is_for_an_empty_site(app: Flask, flask: FlaskCliRunner) -> None:
    assert flask.invoke(args=["demo", "load"]).exit_code == 0
    with app.app_context():
        assert db.session.query(Post).count() == 19
    again = flask.invoke(args=["demo", "load"])
    assert (again.exit_code, again.output.startswith("Error: There are posts already")) == (1, True)


def test_a_new_category_is_in_the_menu_of_every_language(app: Flask, flask: FlaskCliRunner) -> None:
    flask.invoke(args=["category", "add", "sport", "--kk", "Спорт жаңалығы", "--ru", "Спорт", "--en", "Sport"])
    flask.invoke(args=["author", "add", "union", "--kk", "Кәсіподақ", "--ru", "Профсоюз", "--en", "Union"])
    browse = Browser(app)
    assert browse.get("/kk/").links()["Спорт жаңалығы"] == "/kk/categories/sport/"
    assert "Union" in browse.get("/en/authors/union/").text()


def test_the_rectors_portrait_stands_beside_the_name(demo: Flask, browse_demo: Browser, tmp_path: Path) -> None:
    photo, wrong = tmp_path / "photo.jpg", tmp_path / "photo.txt"
    photo.write_bytes(drawing.jpeg())
    wrong.write_text("no picture")
    flask = demo.test_cli_runner()
    assert flask.invoke(args=["rector", "portrait", str(photo)]).output == "The portrait is there.\n"
    for language, name in (("kk", "Болатбек Серікбайұлы Әбдірәсілов"), ("en", "Bolatbek Serikbayevich Abdrasilov")):
        for path in ("", "rector/"):
            portrait = browse_demo.get(f"/{language}/{path}").one("img", class_="monogram")
            assert portrait.get("alt") == name
            assert browse_demo.raw(portrait.get("src")).status_code == 200
    refused = flask.invoke(args=["rector", "portrait", str(wrong)])
    assert (refused.exit_code, refused.output) == (1, "Error: This is no picture that can be shown (unreadable).\n")
    browse_demo.sign_in("admin")
    address = browse_demo.get("/en/staff/pictures").links()["photo.jpg"]
    assert "The picture is used, so it stays." in browse_demo.get(f"{address}/deletion").text()


@pytest.mark.parametrize(
    "command", ["serve", "staff", "staff add", "demo load", "category add", "author add", "db upgrade"]
)
def test_every_command_has_help(flask: FlaskCliRunner, command: str) -> None:
    answer = flask.invoke(args=[*command.split(), "--help"])
    assert answer.exit_code == 0
    assert "Usage:" in answer.output


@pytest.mark.parametrize(
    ("name", "value", "complaint"),
    [
        ("KARIU_PORT", "eighty", "is not a whole number from 1 to 65535"),
        ("KARIU_PORT", "70000", "is not a whole number from 1 to 65535"),
        ("KARIU_HOST", "my host", "is neither a host name nor an address"),
        ("KARIU_TRUSTED_PROXIES", "10", "is not a whole number from 0 to 9"),
        ("KARIU_WORKERS", "0", "is not a whole number from 1 to 64"),
        ("KARIU_ACCESS_LOG", "maybe", "is neither on nor off"),
        ("KARIU_SITE_URL", "blog.kariu.kz", "is not an origin"),
        ("KARIU_SITE_URL", "https://kariu.kz/blog", "is not an origin"),
        ("KARIU_SITE_URL", "https://kariu.kz:99999", "is not an origin"),
        ("KARIU_DATABASE_URL", "mysql://x/y", "is neither sqlite nor postgresql"),
        ("KARIU_DATABASE_URL", "nonsense", "is not a database address"),
        ("KARIU_DATABASE_URL", "sqlite://", "names no file, as sqlite:////srv/kariu.sqlite3 does"),
        ("KARIU_DATABASE_URL", "sqlite:///:memory:", "names no file"),
        ("KARIU_DATABASE_URL", "sqlite://srv/kariu.sqlite3", "names no file"),
        ("KARIU_DATABASE_URL", "sqlite:////srv/why?/kariu.sqlite3", "a ? in a path is written %3F"),
        ("KARIU_SITE_URL", "https://блог..қаз", "is not an origin"),
        ("KARIU_WEBSUB_HUB", "https://hub.kz/жол", "is not a web address"),
        ("KARIU_SMTP_URL", "mail.kariu.kz", "is not an address such as smtp://"),
        ("KARIU_MAIL_FROM", "KarIU", "is not an e-mail address"),
        ("KARIU_SECOND_FACTOR", "admin, king", "king is no role"),
        ("KARIU_SESSION_IDLE_HOURS", "1", "is not a whole number from 2 to 8760"),
        ("KARIU_HSTS_SUBDOMAINS", "maybe", "is neither on nor off"),
        ("KARIU_SECRET_KEY", "short", "needs at least 16 characters"),
        ("KARIU_INSTANCE", "/dev/null/x", "cannot be made"),
    ],
)
def test_a_wrong_setting_stops_the_start_with_a_sentence_naming_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str, value: str, complaint: str
) -> None:
    monkeypatch.setenv("KARIU_INSTANCE", str(tmp_path))
    monkeypatch.setenv(name, value)
    with pytest.raises(ConfigurationError, match=re.escape(complaint)) as stopped:
        create_app()
    assert str(stopped.value).startswith(name)


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("PORT = 70000", "PORT in {file}: '70000' is not a whole number from 1 to 65535."),
        ("WORKERS = 'two'", "WORKERS in {file}: 'two' is not a whole number from 1 to 64."),
        ("SITE_URL = 'blog.kariu.kz/'", "SITE_URL in {file}: 'blog.kariu.kz/' is not an origin"),
        ("SQLALCHEMY_DATABASE_URI = 'mysql://x/y'", "SQLALCHEMY_DATABASE_URI in {file}: 'mysql' is neither sqlite"),
        ("PORT = eighty", "{file} cannot be read: NameError"),
        ("PORT 80", "{file} cannot be read: SyntaxError"),
    ],
)
def test_so_does_one_in_the_file(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, line: str, complaint: str) -> None:
    monkeypatch.setenv("KARIU_INSTANCE", str(tmp_path))
    (tmp_path / "config.py").write_text(f"{line}\n")
    with pytest.raises(ConfigurationError) as stopped:
        create_app()
    assert str(stopped.value).startswith(complaint.format(file=tmp_path / "config.py"))


def test_the_file_may_leave_a_setting_empty_and_have_a_key_of_bytes(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("KARIU_INSTANCE", str(tmp_path))
    (tmp_path / "config.py").write_text(
        'WEBSUB_HUB = ""\nADMIN_PASSWORD = None\nSECRET_KEY = b"sixteen and more bytes"\n'
    )
    app = create_app()
    assert (app.config["WEBSUB_HUB"], app.config["SECRET_KEY"]) == ("", b"sixteen and more bytes")


@pytest.mark.server
def test_a_wrong_setting_is_no_traceback(tmp_path: Path) -> None:
    answer = run("routes", KARIU_INSTANCE=str(tmp_path), KARIU_PORT="x")
    assert answer.returncode == 1
    assert answer.stderr == "KarIU Blog cannot start. KARIU_PORT: 'x' is not a whole number from 1 to 65535.\n"


@pytest.mark.server
def test_a_database_without_tables_or_without_a_server_is_a_sentence(tmp_path: Path) -> None:
    for url in (f"sqlite:///{tmp_path}/new.sqlite3", "postgresql://nobody@127.0.0.1:1/none"):
        answer = run("staff", "list", KARIU_INSTANCE=str(tmp_path), KARIU_DATABASE_URL=url)
        assert answer.returncode == 1
        assert "The database cannot be used (" in answer.stderr
        assert answer.stderr.count("\n") == 1


@pytest.mark.server
def test_a_port_that_is_taken_or_is_not_ours_is_a_sentence(tmp_path: Path) -> None:
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = str(other.getsockname()[1])
        taken = run("serve", KARIU_INSTANCE=str(tmp_path), KARIU_PORT=port)
    elsewhere = run("serve", KARIU_INSTANCE=str(tmp_path), KARIU_HOST="192.0.2.1")
    for answer in (taken, elsewhere):
        assert answer.returncode == 1
        assert answer.stderr.startswith("Error: Port ")
        assert answer.stderr.endswith("Set KARIU_PORT or KARIU_HOST.\n")
        assert answer.stderr.count("\n") == 1


def test_settings_are_taken_from_file_then_environment_then_overrides(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("KARIU_INSTANCE", str(tmp_path))
    (tmp_path / "config.py").write_text('PORT = 8001\nWORKERS = 3\nHOST = "0.0.0.0"\nACCESS_LOG = True\n')
    monkeypatch.setenv("KARIU_PORT", "8002")
    app = create_app({"WORKERS": 4})
    assert (app.config["HOST"], app.config["PORT"], app.config["WORKERS"]) == ("0.0.0.0", 8002, 4)
    assert app.config["ACCESS_LOG"] is True
    assert app.config["SITE_URL"] == "http://0.0.0.0:8002"


def test_readers_pages_hold_the_configured_origin(tmp_path: Path, app: Flask) -> None:
    shared = {name: app.config[name] for name in ("SQLALCHEMY_DATABASE_URI", "SECRET_KEY")}
    other = create_app({**shared, "INSTANCE": tmp_path, "SITE_URL": "http://other.test:81"})
    page = Browser(other).get("/en/")
    assert page.one("link", rel="canonical").get("href") == "http://other.test:81/en/"


def test_an_empty_start_still_has_categories_and_the_administrator(app: Flask) -> None:
    with app.app_context():
        assert db.session.query(Category).count() == 4
        assert db.session.query(Staff).filter_by(role="admin").count() == 1
