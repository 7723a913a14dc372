"""The log of the real server: requests on standard output, if wanted; sign-ins and faults on standard error."""

import http.client
import json
import os
import re
import signal
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.editor import Editor, eventually, get
from tests.support.serving import PASSWORD, Site, start, stop, workers

pytestmark = pytest.mark.server

COMBINED = re.compile(
    r'(?P<address>\S+) - - \[(?P<time>\d\d/\w{3}/\d{4}:\d\d:\d\d:\d\d [+-]\d{4})\] "(?P<request>[^"]*)"'
    r' (?P<status>\d{3}) (?P<size>\d+|-) "(?P<referer>[^"]*)" "(?P<agent>[^"]*)" (?P<seconds>\d+\.\d{6}) (?P<id>\S+)'
)
"""The Combined Log Format, then seconds and the request's id."""
EVENT = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d[+-]\d{4} %s kariu_blog.signin: %s"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    site = start(tmp_path_factory.mktemp("instance"), KARIU_ADMIN_PASSWORD=PASSWORD, KARIU_ACCESS_LOG="on")
    yield site
    stop(site)


def lines(site: Site, part: str) -> list[str]:
    return [line for line in site.output.read_text("utf-8").splitlines() if part in line]


def request(site: Site, part: str) -> dict[str, str]:
    """What the log has of the one request with these characters."""
    (line,) = lines(site, part)
    found = COMBINED.fullmatch(line)
    assert found is not None, line
    return found.groupdict()


def test_a_request_is_a_line_in_the_combined_format(site: Site) -> None:
    page = get(site, "/en/?combined=1", User_Agent='A "browser"\\', Referer="https://kariu.kz/")
    logged = request(site, "combined=1")
    assert logged["address"] == "127.0.0.1"
    assert logged["request"] == "GET /en/?combined=1 HTTP/1.1"
    assert (logged["status"], logged["size"]) == ("200", str(len(page.encode())))
    assert (logged["referer"], logged["agent"]) == ("https://kariu.kz/", r"A \x22browser\x22\x5c")


def test_a_request_has_an_id_that_is_sent_back(site: Site) -> None:
    for given in ("of-the.proxy_1", "", "no id\t", "x" * 65):
        asked = urllib.request.Request(f"{site.url}/en/?id={len(given)}", headers={"X-Request-ID": given})
        with urllib.request.urlopen(asked, timeout=20) as answer:
            sent = answer.headers["X-Request-ID"]
        assert request(site, f"/en/?id={len(given)} ")["id"] == sent
        assert sent == given if given == "of-the.proxy_1" else re.fullmatch("[0-9a-f]{16}", sent)


def test_no_address_or_header_makes_a_second_line(site: Site) -> None:
    asked = urllib.request.Request(f"{site.url}/en/%0A192.0.2.66%22%E2%82%AC", headers={"User-Agent": "A\tX"})
    with pytest.raises(urllib.error.HTTPError):
        urllib.request.urlopen(asked, timeout=20)
    logged = request(site, "192.0.2.66")
    assert logged["request"] == "GET /en/%0A192.0.2.66%22%E2%82%AC HTTP/1.1"
    assert (logged["status"], logged["agent"]) == ("404", r"A\x09X")


def test_sign_ins_are_logged_with_name_and_address_and_without_the_password(site: Site) -> None:
    editor = Editor(site)
    name = "aliya\n2026-01-01 WARNING from 192.0.2.7\u202e\x00"
    page = "/en/staff/login"
    anybody = Editor(site)
    anybody.browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor())
    anybody.send(page, {**anybody.fields(page), "username": name, "password": "a wrong secret"})
    assert editor.post
    assert any(
        re.fullmatch(EVENT % ("INFO", "Sign-in succeeded from 127.0.0.1: admin"), line)
        for line in lines(site, "succeeded")
    )
    (line,) = lines(site, "Sign-in failed")
    assert re.fullmatch(
        EVENT % ("WARNING", r"Sign-in failed \(200\) from 127.0.0.1: aliya2026-01-01 WARNING from 192.0.2.7"), line
    )
    assert not lines(site, "secret")
    assert not lines(site, PASSWORD)


def test_somebody_who_is_signed_in_cannot_have_another_name_logged(site: Site) -> None:
    editor = Editor(site)
    token = editor.fields(editor.post)["csrf_token"]
    editor.send("/en/staff/login", {"csrf_token": token, "username": "rector", "password": "x"})
    assert not lines(site, "rector")


def test_the_requests_of_all_workers_are_counted_together(site: Site) -> None:
    def counted() -> dict[str, int]:
        found: dict[str, int] = json.loads(get(site, "/readyz"))["requests"]
        return found

    for _ in range(20):
        before = counted()
    for _ in range(40):
        get(site, "/en/")
    eventually(lambda: counted()["from_memory"] - before["from_memory"] >= 38)  # each worker may build the page once
    for victim in workers(site):
        os.kill(victim, signal.SIGKILL)
    eventually(lambda: _answers(site))
    assert counted()["from_memory"] >= before["from_memory"] + 38


def _answers(site: Site) -> bool:
    try:
        return bool(get(site, "/healthz"))
    except (OSError, http.client.HTTPException):
        return False


def test_requests_are_not_logged_unless_it_is_wanted(tmp_path: Path) -> None:
    site = start(tmp_path)
    get(site, "/en/")
    stop(site)
    assert "GET /en/" not in site.output.read_text("utf-8")


def test_behind_a_proxy_the_readers_address_is_logged(tmp_path: Path) -> None:
    site = start(tmp_path, KARIU_ADMIN_PASSWORD=PASSWORD, KARIU_ACCESS_LOG="on", KARIU_TRUSTED_PROXIES="1")
    get(site, "/en/?proxied=1", X_Forwarded_For="192.0.2.1, 198.51.100.7")
    stop(site)
    assert request(site, "proxied=1")["address"] == "198.51.100.7"
