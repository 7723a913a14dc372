"""README and docs/ name what there is: links, paths, make targets, commands with their options, settings."""

import re
import shlex
import tomllib
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import click
import pytest
from flask import Flask
from flask.cli import FlaskGroup, ScriptInfo

from kariu_blog.config import ENVIRONMENT
from kariu_blog.languages import LANGUAGES
from tests import guide
from tests.support.serving import ROOT

DOCS = ROOT / "docs"
TEXTS = [ROOT / "README.md", *sorted(DOCS.rglob("*.md"))]
DEPLOY = [file for file in sorted((DOCS / "deploy").iterdir()) if file.is_file()]
PICTURE_BYTES_MAX = 200_000
FOLDERS = ("docs", "kariu_blog", "templates", "tests", "translations", ".ci")
SUFFIXES = ("py", "md", "toml", "txt", "conf", "service", "html", "js", "css", "pot", "po", "png")

_SPAN = re.compile(r"`([^`\n]+)`")
_LINK = re.compile(r"\]\(([^)\s]+)\)")
_HEADING = re.compile(r"^#+ (.+)$", re.M)
_SETTING = re.compile(r"\bKARIU_[A-Z_]*[A-Z]")
_TARGET = re.compile(r"(?:^|sudo |&& )make ([\w./-]+)", re.M)
_COMMAND = re.compile(r"(?:^|[\s/])flask ([^|;&#\n]+)")


def name_of(file: Path) -> str:
    return str(file.relative_to(ROOT))


every_text = pytest.mark.parametrize("text", TEXTS, ids=name_of)
every_file = pytest.mark.parametrize("file", [*TEXTS, *DEPLOY], ids=name_of)


def parted(file: Path) -> tuple[str, list[str]]:
    """The prose of a document, and the lines of its code blocks, which are fenced or indented by four spaces."""
    prose, blocks, is_fenced = [], [], False
    for line in file.read_text().splitlines():
        if line.lstrip().startswith("```"):
            is_fenced = not is_fenced
        elif is_fenced or line.startswith("    "):
            blocks.append(line.strip())
        else:
            prose.append(line)
    return "\n".join(prose), blocks


def code_of(file: Path) -> list[str]:
    """What stands in code spans, and each line of code blocks; of other files, each line that is no comment."""
    if file.suffix != ".md":
        return [line for line in file.read_text().splitlines() if not line.lstrip().startswith("#")]
    prose, blocks = parted(file)
    return [*blocks, *_SPAN.findall(prose)]


def anchors(text: Path) -> set[str]:
    """As GitHub makes them of headings."""
    headings = (re.sub(r"[`*]", "", heading).lower() for heading in _HEADING.findall(parted(text)[0]))
    return {re.sub(r"[^\w\- ]", "", heading).replace(" ", "-") for heading in headings}


def files() -> set[str]:
    found = {path.name for path in ROOT.iterdir() if path.is_file()}
    return found | {name_of(path) for folder in FOLDERS for path in (ROOT / folder).rglob("*") if path.is_file()}


def paths(spans: list[str]) -> Iterator[str]:
    """The paths of this project among them; what the site writes, and what is elsewhere, is left out."""
    for span in spans:
        words = span.split()
        for word in words:
            path = word.rstrip(".,:;").removeprefix("./")
            if not re.fullmatch(r"[\w.][\w./-]*", path) or path.startswith(("instance", "..")):
                continue
            is_alone = len(words) == 1 and ("/" in path or path.rpartition(".")[2] in SUFFIXES)
            if path.startswith(tuple(f"{folder}/" for folder in FOLDERS)) or is_alone:
                yield path.rstrip("/")


def test_the_readme_is_short() -> None:
    assert len((ROOT / "README.md").read_text().split()) <= 900


@every_text
def test_every_link_leads_somewhere(text: Path) -> None:
    for link in _LINK.findall(parted(text)[0]):
        parts = urlsplit(link)
        if parts.scheme:
            continue
        target = text.parent / parts.path if parts.path else text
        assert target.exists(), link
        if parts.fragment:
            assert parts.fragment in anchors(target), link


@every_text
def test_every_path_exists(text: Path) -> None:
    present = files()
    for path in paths(code_of(text)):
        assert any(f"/{file}".endswith(f"/{path}") or f"/{path}/" in f"/{file}" for file in present), path


def test_every_make_target_exists() -> None:
    makefile = (ROOT / "Makefile").read_text().replace("$(VENV)", ".venv")
    targets = set(re.findall(r"^([\w./-]+):(?!=)", makefile, re.M))
    named = {target for file in [*TEXTS, *DEPLOY] for line in code_of(file) for target in _TARGET.findall(line)}
    assert named
    assert named <= targets


@every_file
def test_every_flask_command_exists_with_its_options(file: Path, prepared_app: Flask) -> None:
    group = FlaskGroup(create_app=lambda: prepared_app)
    with click.Context(group, obj=ScriptInfo(create_app=lambda: prepared_app)) as context:  # which ends Flask's own
        for typed in commands(code_of(file)):
            command: click.Command = group
            for word in shlex.split(typed):
                if isinstance(command, click.Group) and not word.startswith("-"):
                    found = command.get_command(context, word)
                    assert found is not None, typed
                    command = found
                elif word.startswith("-"):
                    options = {name for option in command.get_params(context) for name in option.opts}
                    assert word.partition("=")[0] in options, typed


@every_text
def test_every_option_named_by_itself_is_one_of_a_command(text: Path, prepared_app: Flask) -> None:
    known = set(options_of(prepared_app.cli, click.Context(prepared_app.cli)))
    assert {span for span in code_of(text) if re.fullmatch(r"--[\w-]+", span)} <= known


def options_of(command: click.Command, context: click.Context) -> Iterator[str]:
    yield from (name for option in command.get_params(context) for name in option.opts)
    if isinstance(command, click.Group):
        for each in command.commands.values():
            yield from options_of(each, context)


def commands(lines: list[str]) -> Iterator[str]:
    """What follows ``flask`` in a command, also in a Containerfile's list of words."""
    for line in lines:
        yield from _COMMAND.findall(re.sub(r'\["flask", "(\w+)"\]', r" flask \1", line))


@every_file
def test_every_setting_exists(file: Path) -> None:
    read = "".join(path.read_text() for path in [ROOT / "kariu_blog" / "config.py", *(ROOT / "tests").rglob("*.py")])
    of_tests = set(re.findall(r'"(KARIU_TEST_[A-Z_]+)"', read))
    present = {*ENVIRONMENT, *of_tests, *re.findall(r'environ\.get\("(KARIU_[A-Z_]+)"\)', read)}
    assert set(_SETTING.findall(file.read_text())) <= present


def test_the_table_of_settings_is_complete() -> None:
    table = dict(re.findall(r"^\| `(KARIU_\w+)` \| `(\w+)` \|", (DOCS / "operating.md").read_text(), re.M))
    assert table == {name: key for name, (key, _check) in ENVIRONMENT.items()}


def test_every_dependency_has_its_reason() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    needed = [re.split(r"[\[;<>=! ]", each)[0] for each in project["dependencies"]]
    explained = re.findall(r"^\| ([\w-]+) \| \w", (DOCS / "design" / "dependencies.md").read_text(), re.M)
    assert sorted(explained[1:]) == sorted(needed)


@pytest.mark.parametrize("picture", sorted((DOCS / "pictures").iterdir()), ids=name_of)
def test_no_picture_is_large(picture: Path) -> None:
    assert picture.stat().st_size <= PICTURE_BYTES_MAX


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_newsrooms_guide_is_the_document_of_its_language(language: str) -> None:
    assert (guide.FOLDER / f"{language}.html").read_text() == guide.rendered(language), "run make guide"
