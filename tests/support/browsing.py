"""A browser for tests: it fills in forms as people do, and checks every page that any test opens."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property, lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import html5lib
from babel.messages.pofile import read_po
from flask import Flask
from werkzeug.test import TestResponse

from tests.support.cast import PASSWORD

ROOT = Path(__file__).parent.parent.parent
XHTML = "{http://www.w3.org/1999/xhtml}"
FORM = "application/x-www-form-urlencoded"
VISIBLE_ATTRIBUTES = ("title", "alt", "label", "placeholder", "aria-label", "aria-description", "aria-roledescription")
DESCRIPTIONS = ("description", "og:title", "og:description", "og:site_name", "og:image:alt", "article:section")
FOR_SCRIPTS = re.compile(r"[!-@\[-~]*")
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]")
LETTERS = {"kazakh": re.compile("[әғқңөұүһіӘҒҚҢӨҰҮҺІ]"), "cyrillic": re.compile("[А-Яа-яЁёӘәҒғҚқҢңӨөҰұҮүҺһІі]")}


class Page:
    def __init__(self, response: TestResponse, path: str) -> None:
        self.response, self.path = response, path
        self.status, self.html = response.status_code, response.get_data(as_text=True)
        self.tree = html5lib.HTMLParser(strict=True, namespaceHTMLElements=False).parse(self.html)
        self.parents = {child: parent for parent in self.tree.iter() for child in parent}

    def all(self, tag: str, **attributes: str) -> list[Any]:
        wanted = {name.strip("_").replace("_", "-"): value for name, value in attributes.items()}
        return [e for e in self.tree.iter(tag) if all(e.get(name) == value for name, value in wanted.items())]

    def one(self, tag: str, **attributes: str) -> Any:
        found = self.all(tag, **attributes)
        assert len(found) == 1, f"{len(found)} <{tag}> {attributes} on {self.path}"
        return found[0]

    def text(self, element: Any = None) -> str:
        return " ".join("".join((self.tree.find("body") if element is None else element).itertext()).split())

    def links(self) -> dict[str, str]:
        return {self.text(a): a.get("href") for a in self.all("a")}

    def language_of(self, element: Any) -> str:
        while element is not None:
            if element.get("lang"):
                return str(element.get("lang"))
            element = self.parents.get(element)
        return ""

    def form(self, button: str, within: str = "") -> tuple[Any, Any]:
        """The form and the button with this name, the one described by ``within`` if there are several."""
        for form in self.all("form"):
            for candidate in form.iter("button"):
                if self.text(candidate) == button and within in (candidate.get("aria-describedby") or ""):
                    return form, candidate
        raise AssertionError(f"no button {button!r} {within} on {self.path}: {self.text()}")

    def fields(self, form: Any) -> dict[str, str]:
        """What a browser would send: disabled fieldsets are left out."""
        disabled = {
            e for fieldset in form.iter("fieldset") if fieldset.get("disabled") is not None for e in fieldset.iter()
        }
        values: dict[str, str] = {}
        for element in form.iter("input", "select", "textarea") if hasattr(form, "getroot") else form.iter():
            if element.tag not in ("input", "select", "textarea") or element in disabled or not element.get("name"):
                continue
            if element.get("type") in ("checkbox", "radio") and element.get("checked") is None:
                continue
            if element.tag == "textarea":
                values[element.get("name")] = (element.text or "").removeprefix("\n")
            elif element.tag == "select":
                options = list(element.iter("option"))
                chosen = [o for o in options if o.get("selected") is not None] or options[:1]
                values[element.get("name")] = chosen[0].get("value")
            else:
                values[element.get("name")] = element.get("value") or ""
        return values


class Browser:
    def __init__(self, app: Flask) -> None:
        self.client = app.test_client()
        self.client.environ_base["HTTP_USER_AGENT"] = ""  # nobody, whose views are not counted

    def get(self, path: str, status: int = 200, **headers: str) -> Page:
        """Open a page, follow redirects, check it."""
        response = self.client.get(path, follow_redirects=True, headers=named(headers))
        return self._page(response, status)

    def raw(self, path: str, method: str = "GET", **headers: str) -> TestResponse:
        return self.client.open(path, method=method, headers=named(headers))

    def submit(
        self, page: Page, button: str, fields: Mapping[str, str] | None = None, status: int = 200, within: str = ""
    ) -> Page:
        """Fill in the form of a page and press a button; follow redirects, check the answer."""
        form, pressed = page.form(button, within)
        data = {**page.fields(form), **(fields or {})}
        if pressed.get("name"):
            data[pressed.get("name")] = pressed.get("value") or ""
        target = pressed.get("formaction") or form.get("action") or page.path
        method = (form.get("method") or "get").upper()
        kind = None if data else FORM
        response = self.client.open(target, method=method, data=data, content_type=kind, follow_redirects=True)
        return self._page(response, status)

    def new_post(self, fields: Mapping[str, str], button: str = "Save", status: int = 200, within: str = "") -> Page:
        """Fill in the form of a new post, in news by the press office unless said otherwise, and press a button."""
        page = self.get("/en/staff/posts/new")
        return self.submit(page, button, {"category": "2", "author": "2", **fields}, status, within)

    def withdraw(self, page: Page, language: str) -> Page:
        """Press the button of a form, and answer what is asked then."""
        return self.submit(self.submit(page, "Withdraw", within=language), "Withdraw it")

    def sign_in(self, name: str, password: str = PASSWORD, language: str = "en", status: int = 200) -> Page:
        button = {"kk": "Кіру", "ru": "Войти", "en": "Sign in"}[language]
        page = self.get(f"/{language}/staff/login")
        return self.submit(page, button, {"username": name, "password": password}, status)

    def _page(self, response: TestResponse, status: int) -> Page:
        path = response.request.full_path.rstrip("?")
        assert response.status_code == status, f"{response.status_code} for {path}"
        page = Page(response, path)
        check(page)
        return page


def value(page: Page, name: str) -> str:
    """What a field of the form that is saved holds."""
    return page.fields(page.form("Save")[0])[name]


def check(page: Page) -> None:
    """What holds for every page of the site."""
    check_markup(page)
    check_one_language(page)


def check_markup(page: Page) -> None:
    """The same but for the language of its words, for pages that show words of none."""
    language = page.tree.get("lang")
    in_path = urlsplit(page.path).path.split("/")[1]
    if in_path in ("kk", "ru", "en"):
        assert language == in_path, f"<html lang={language}> at {page.path}"
    assert len(page.all("h1")) == 1, f"{len(page.all('h1'))} h1 at {page.path}"
    assert page.text(page.one("title")), f"no title at {page.path}"
    ids = [e.get("id") for e in page.tree.iter() if e.get("id")]
    assert len(ids) == len(set(ids)), f"ids not unique at {page.path}: {sorted(ids)}"
    for element in page.tree.iter():
        names = list(element.keys())
        assert not [n for n in names if n == "style" or n.startswith("on")], f"inline style or handler at {page.path}"
        assert element.tag != "style", f"inline style at {page.path}"
        if element.tag == "script" and element.get("type") == "application/ld+json":
            json.loads(element.text)  # data, which no browser runs
        else:
            assert element.tag != "script" or element.get("src"), f"inline script at {page.path}"
        assert element.tag != "img" or element.get("alt") is not None, f"img without alt at {page.path}"
        for attribute in ("for", "aria-describedby", "aria-labelledby"):
            for reference in (element.get(attribute) or "").split():
                assert reference in ids, f"{attribute}={reference} leads nowhere at {page.path}"


def check_one_language(page: Page) -> None:
    """Every visible word is in the language of the nearest ``lang`` around it."""
    for element, words in visible_words(page):
        language = page.language_of(element)
        fault = foreign(words, language)
        assert not fault, f"{words!r} inside lang={language} is {fault} at {page.path}"


def visible_words(page: Page) -> list[tuple[Any, str]]:
    found: list[tuple[Any, str]] = []
    for element in page.tree.iter():
        found += [(element, words) for name, words in element.items() if words and _is_read(name, words)]
        if element.tag == "meta" and (element.get("name") or element.get("property")) in DESCRIPTIONS:
            found.append((element, element.get("content")))
        if element.tag in ("script", "bdi", "code"):
            continue
        if element.text and element.text.strip():
            found.append((element, element.text.strip()))
        found += [(element, child.tail.strip()) for child in element if child.tail and child.tail.strip()]
    return found


def _is_read(attribute: str, words: str) -> bool:
    """By people: in ``data-`` attributes are words that scripts show, and those that scripts alone understand."""
    return attribute in VISIBLE_ATTRIBUTES or (attribute.startswith("data-") and not FOR_SCRIPTS.fullmatch(words))


@lru_cache(maxsize=20_000)
def foreign(words: str, language: str) -> str:
    """Which language betrays itself in ``words``; empty when none does."""
    if language == "en" and LETTERS["cyrillic"].search(words):
        return "Cyrillic"
    if language == "ru" and LETTERS["kazakh"].search(words):
        return "Kazakh"
    for other in {"kk", "ru", "en"} - {language}:
        if only_in(other, language).has(words):
            return f"the {other} catalogue's"
    return ""


@dataclass(frozen=True)
class Strings:
    whole: frozenset[str]
    with_placeholders: frozenset[str]
    """As regular expressions, where a placeholder matches anything."""

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        return re.compile("|".join(self.with_placeholders))

    def has(self, words: str) -> bool:
        return words in self.whole or bool(self._pattern.fullmatch(words))


@cache
def only_in(other: str, language: str) -> Strings:
    """Every string of one language's catalogue that another's lacks."""
    ours, theirs = catalogue(language), catalogue(other)
    return Strings(theirs.whole - ours.whole, theirs.with_placeholders - ours.with_placeholders)


@cache
def catalogue(language: str) -> Strings:
    strings: set[str] = set()
    with (ROOT / f"translations/{'ru' if language == 'en' else language}/LC_MESSAGES/messages.po").open("rb") as file:
        for message in read_po(file):
            parts = message.id if language == "en" else message.string
            if message.id:
                strings |= {parts} if isinstance(parts, str) else set(parts or [])
    varied = {string for string in strings if PLACEHOLDER.search(string)}
    patterns = {".+".join(re.escape(part) for part in PLACEHOLDER.split(string)) for string in varied}
    return Strings(frozenset(strings - varied), frozenset(patterns))


def named(headers: Mapping[str, str]) -> dict[str, str]:
    return {name.replace("_", "-"): value for name, value in headers.items()}
