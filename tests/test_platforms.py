"""The server on macOS, as far as Linux can show it: see tests/support/macos."""

import json
import re
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from kariu_blog.media import storage
from tests.support import drawing
from tests.support.cast import PHONE
from tests.support.editor import Editor, eventually, get
from tests.support.hub import hub
from tests.support.serving import PASSWORD, ROOT, start, stop

pytestmark = pytest.mark.server
MACOS = ROOT / "tests" / "support" / "macos"
PATH = "/en/posts/half-a-century-behind-us-and-the-road-ahead"


def test_pages_views_saves_and_pings_work_without_what_only_linux_has(tmp_path: Path) -> None:
    with hub() as server:
        site = start(
            tmp_path,
            KARIU_ADMIN_PASSWORD=PASSWORD,
            KARIU_WEBSUB_HUB=f"http://127.0.0.1:{server.server_port}/",
            PYTHONPATH=str(MACOS),
        )
        for path in ("/kk/", "/ru/", "/en/feed.atom", "/en/search?q=rector"):
            assert get(site, path)
        for _ in range(3):
            get(site, PATH, User_Agent=PHONE)
        editor = Editor(site)
        assert editor.save("A new title")
        assert "A new title" in get(site, PATH)
        assert "photo.jpg" in send_picture(editor)
        eventually(lambda: f"{site.url}/en/feed.atom" in server.topics)
        stop(site)
    second = start(tmp_path, KARIU_DATABASE_URL=site.environment.get("KARIU_DATABASE_URL", ""))
    assert "<span>3 views</span>" in get(second, PATH)
    stop(second)
    assert "Traceback" not in site.output.read_text()


def send_picture(editor: Editor) -> str:
    """The library after a picture was sent in without JavaScript."""
    address = "/en/staff/pictures"
    (token, *_others) = re.findall(r'name="csrf_token"[^>]* value="([^"]+)', editor.get(address))
    parts = [(b"csrf_token", token.encode()), (b'files"; filename="photo.jpg', drawing.jpeg())]
    body = b"".join(b'--x\r\nContent-Disposition: form-data; name="%b"\r\n\r\n%b\r\n' % part for part in parts)
    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    request = urllib.request.Request(editor.site.url + address, body + b"--x--\r\n", headers)
    with editor.browser.open(request, timeout=60) as answer:
        return str(answer.read().decode())


def test_pictures_are_encoded_without_what_only_linux_has(tmp_path: Path) -> None:
    """In a program of its own, which takes no settings of Python's from the environment."""
    program = "import sys, runpy; sys.path.insert(0, sys.argv.pop(1)); import sitecustomize; sys.argv.pop(0)"
    program += "; runpy.run_path(sys.argv[0], run_name='__main__')"
    command = [sys.executable, "-I", "-c", program, str(MACOS), str(storage.ENCODER), str(tmp_path), "480"]
    answer = subprocess.run(command, input=drawing.jpeg(), stdout=subprocess.PIPE, check=True)
    assert "digest" in json.loads(answer.stdout)
