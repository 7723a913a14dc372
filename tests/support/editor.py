"""People at a running server: a reader, and an editor who is signed in."""

import re
import time
import urllib.request
from collections.abc import Callable
from http.cookiejar import CookieJar
from urllib.parse import urlencode

import html5lib

from tests.support.serving import PASSWORD, Site


class Editor:
    """Somebody signed in over HTTP, who saves new titles of one post."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
        self.send("/en/staff/login", {**self.fields("/en/staff/login"), "username": "admin", "password": PASSWORD})
        titles = ("Half a century", "Title")
        self.post = next(path for path, title in self.addresses().items() if title.startswith(titles))

    def addresses(self) -> dict[str, str]:
        """The posts on the first page of the newsroom, by where they are edited."""
        return dict(re.findall(r'href="(/en/staff/posts/\d+)" lang="..">([^<]+)', self.get("/en/staff/")))

    def save(self, title: str) -> bool:
        """Save a title, show it to readers, and return whether that was acknowledged."""
        page = self.send(f"{self.post}/en/publication", {**self.fields(self.post), "en-title": title})
        return "Updated. Readers see the new text now" in page

    def publish(self, title: str) -> None:
        """Write a new post in English, and publish it."""
        new = "/en/staff/posts/new"
        chosen = {"category": "2", "author": "2"}
        self.send(new, {**self.fields(new), **chosen, "en-title": title, "en-body": "Text"})
        form = next(path for path, known in self.addresses().items() if known == title)
        self.send(f"{form}/en/publication", self.fields(form))

    def get(self, path: str) -> str:
        with self.browser.open(self.site.url + path, timeout=20) as answer:
            return str(answer.read().decode())

    def send(self, path: str, fields: dict[str, str]) -> str:
        with self.browser.open(self.site.url + path, urlencode(fields).encode(), timeout=20) as answer:
            return str(answer.read().decode())

    def send_file(self, path: str, name: str, content: bytes) -> None:
        form = f'--x\r\nContent-Disposition: form-data; name="files"; filename="{name}"\r\n\r\n'
        token = self.fields("/en/staff/posts/new")["csrf_token"]
        headers = {"Content-Type": "multipart/form-data; boundary=x", "X-CSRFToken": token}
        body = form.encode() + content + b"\r\n--x--\r\n"
        with self.browser.open(urllib.request.Request(self.site.url + path, body, headers), timeout=20):
            pass

    def fields(self, path: str) -> dict[str, str]:
        tree = html5lib.parse(self.get(path), namespaceHTMLElements=False)
        form = [*tree.findall(".//main//form"), *tree.findall(".//main//form[@class='editor']")][-1]
        fields = {e.get("name"): e.get("value") or "" for e in form.iter("input")}
        fields |= {e.get("name"): (e.text or "").removeprefix("\n") for e in form.iter("textarea")}
        for select in form.iter("select"):
            options = list(select.iter("option"))
            chosen = [option for option in options if option.get("selected") is not None] or options
            fields[select.get("name")] = chosen[0].get("value")
        return fields


def get(site: Site, path: str, **headers: str) -> str:
    asked = {name.replace("_", "-"): value for name, value in headers.items()}
    with urllib.request.urlopen(urllib.request.Request(site.url + path, headers=asked), timeout=20) as answer:
        return str(answer.read().decode())


def eventually(fact: Callable[[], bool], seconds: float = 30) -> None:
    """Until ``fact()`` holds; fails after some seconds."""
    deadline = time.monotonic() + seconds
    while not fact():
        assert time.monotonic() < deadline, "never came true"
        time.sleep(0.1)
