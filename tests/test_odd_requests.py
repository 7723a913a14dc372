"""Every route with values that nobody is meant to send: an answer, never an error of the server."""

import random
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, quote_from_bytes, unquote_to_bytes

import pytest
from flask import Flask
from werkzeug.routing import Rule

from tests.support.browsing import Browser

pytestmark = [pytest.mark.slow, pytest.mark.database]

SEED = 33
DEEP = "[" * 50_000
NUMBERS: list[str | bytes] = [
    "",
    "\0",
    "\n",
    "0",
    "00",
    "-1",
    "1e9",
    "1.5",
    "NaN",
    "٣",
    "２",
    "²",
    "20001",
    "0000020001",
    "2147483647",
    "2147483648",
    "9" * 20,
    "9" * 5_000,
]
ODD = [
    *NUMBERS,
    " ",
    "a\0b",
    "\r\nX-Header: x",
    "\x1b[31m",
    "\x7f",
    "\u2028",
    "\ufffe",
    b"\xff",
    b"\xed\xa0\x80",  # half a surrogate
    "%00",
    "%",
    "[" * 5_000,
    "{" * 300,
    "x" * 9_000,
    "ә" * 3_000,
    "😀",
    "'",
    '"',
    "\\",
    "' OR 1=1 --",
    "{{ 7 * 7 }}",
    "%(x)s %s",
    "<script>alert(1)</script>",
    "../../etc/passwd",
    "//evil.example",
    "http://[",
    "2021-13-45T99:99",
    "0001-01-01T00:00",
    "9999-12-31T23:59",
    "kk",
    "post-1",
    "null",
]
PARAMETERS = ["q", "category", "language", "year", "sort", "state", "draft", "saved", "back", "next", "v", "x"]
HEADERS = [
    "Accept",
    "Accept-Encoding",
    "Accept-Language",
    "Authorization",
    "Authentication-Token",
    "Cookie",
    "Content-Type",
    "If-Match",
    "If-Modified-Since",
    "If-None-Match",
    "If-Range",
    "Origin",
    "Range",
    "Referer",
    "Sec-Fetch-Site",
    "User-Agent",
    "X-CSRFToken",
    "X-Forwarded-For",
]
FORMS = {
    "a stranger": ["/en/low-vision", "/en/staff/login"],
    "an admin": [
        "/en/staff/posts/1",
        "/en/staff/posts/1/kk/preview-links",
        "/en/staff/password",
        "/en/staff/pictures",
    ],
}
LEFT_OUT = {"newsroom.delete_post", "security.logout"}
"""After which nothing else would be tried."""
USUAL = {"lang": "en", "text_language": "kk", "slug": "news", "format": "atom", "year": "2021", "month": "06"}

Request = tuple[str, str, dict[str, Any]]
"""Method, path with its query, and what else the client sends."""


def escaped(value: str | bytes) -> str:
    return quote_from_bytes(value, "") if isinstance(value, bytes) else quote(value, "")


def text(value: str | bytes) -> str:
    return value if isinstance(value, str) else value.decode(errors="replace")


def path(rule: Rule, odd: str = "", argument: str = "") -> str:
    """The address of a rule, with ``odd`` in place of one argument."""
    values = {name: odd if name == argument else USUAL.get(name, "1") for name in rule.arguments}
    return re.sub(r"<(?:[^<>]*:)?(\w+)>", lambda variable: values[variable[1]], rule.rule)


def paths(rules: list[Rule]) -> Iterator[Request]:
    for rule in rules:
        for argument in sorted(rule.arguments):
            is_free = re.search(rf"<(?:path:|string:)?{argument}>", rule.rule)
            for value in ODD if is_free else NUMBERS:
                yield "GET", path(rule, escaped(value), argument), {}
    for value in ODD:
        for start in ("/", "/kk/", "//"):
            yield "GET", start + escaped(value), {}


def queries(rules: list[Rule]) -> Iterator[Request]:
    """Each value in every parameter at once, and in the number of the page, which would hide the others."""
    for rule in rules:
        if "GET" in (rule.methods or ()):
            for value in ODD:
                yield "GET", f"{path(rule)}?{'&'.join(f'{name}={escaped(value)}' for name in PARAMETERS)}", {}
            for value in NUMBERS:
                yield "GET", f"{path(rule)}?page={escaped(value)}", {}


def headers(rules: list[Rule]) -> Iterator[Request]:
    for rule in rules:
        for header in HEADERS:
            for value in ODD:
                sent = "".join(sign for sign in text(value) if " " <= sign <= "~")[:8_000]  # granian refuses others
                yield "GET", path(rule), {"headers": {header: sent}}


def forms(rules: list[Rule], fields: dict[str, str]) -> Iterator[Request]:
    """Each value in every field at once, and in single ones of a form that is right otherwise."""
    for rule in rules:
        if "POST" in (rule.methods or ()):
            for value in ODD:
                for kind in ("application/x-www-form-urlencoded", "multipart/form-data"):
                    odd = dict.fromkeys(fields, text(value)) | {"csrf_token": fields.get("csrf_token", "")}
                    one = random.Random(f"{rule.rule} {value!r} {kind}").choice([*fields, *PARAMETERS])
                    yield "POST", path(rule), {"data": odd, "content_type": kind}
                    yield "POST", path(rule), {"data": {**fields, one: text(value)}, "content_type": kind}


def bodies(rules: list[Rule]) -> Iterator[Request]:
    kinds = ["application/json", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"]
    for rule in rules:
        for method in ("POST", "PUT", "GET", "DELETE", "OPTIONS"):
            for kind in kinds:
                for value in (DEEP, "{", "\0", "--x\r\n\r\n"):
                    yield method, path(rule), {"data": value, "content_type": kind}


def failures(browser: Browser, requests: Iterable[Request]) -> list[str]:
    failed = []
    for method, address, sent in requests:
        where, _, query = address.partition("?")
        environ = {"PATH_INFO": unquote_to_bytes(where).decode("latin-1"), "QUERY_STRING": query}
        answer = browser.client.open("/", method=method, environ_overrides=environ, **sent)
        answer.close()
        if answer.status_code >= 500:
            failed.append(f"{answer.status_code} {method} {address[:200]} {str(sent)[:200]}")
    return failed


def some(requests: Iterable[Request], number: int) -> list[Request]:
    """The same ones each time."""
    return random.Random(SEED).sample(list(requests), number)


@dataclass(frozen=True)
class Somebody:
    browser: Browser
    rules: list[Rule]
    fields: dict[str, str]
    """Those of all forms, as a browser would send them."""


@pytest.fixture(params=FORMS)
def somebody(demo: Flask, request: pytest.FixtureRequest) -> Somebody:
    """A stranger on the pages for all, or an administrator in the newsroom."""
    browser, is_staff = Browser(demo), request.param == "an admin"
    if is_staff:
        browser.sign_in("admin")
    rules = [rule for rule in demo.url_map.iter_rules() if rule.endpoint not in LEFT_OUT]
    pages = [browser.get(address) for address in FORMS[request.param]]
    fields = {name: value for page in pages for form in page.all("form") for name, value in page.fields(form).items()}
    return Somebody(browser, [rule for rule in rules if ("/staff/" in rule.rule) == is_staff], fields)


def test_odd_paths_are_answered(somebody: Somebody) -> None:
    assert failures(somebody.browser, paths(somebody.rules)) == []


def test_odd_queries_are_answered(somebody: Somebody) -> None:
    assert failures(somebody.browser, queries(somebody.rules)) == []


def test_odd_headers_are_answered(somebody: Somebody) -> None:
    assert failures(somebody.browser, some(headers(somebody.rules), 300)) == []


def test_odd_bodies_are_answered(somebody: Somebody) -> None:
    assert failures(somebody.browser, some(bodies(somebody.rules), 400)) == []


def test_odd_forms_are_answered(somebody: Somebody) -> None:
    requests = list(forms(somebody.rules, somebody.fields))
    assert failures(somebody.browser, some(requests, min(300, len(requests)))) == []
