"""Everything that readers may open, and what they get there."""

import json
import re
from itertools import product

import feedparser
from flask import Flask

from kariu_blog.languages import LANGUAGES
from tests.support.browsing import Browser

OTHERS = {
    "newsroom",
    "account_links",
    "security",
    "static",
    "own_file",
    "media",
    "files",
    "health",
    "site.site_icon",
    "site.manifest",
    "shared",
}
"""Endpoints, or their blueprints, that are for staff or whoever has a link, or show no words."""
NEW = "symposium"
"""A word of the change in each of its fields; the public text has another one."""
PLACEHOLDER = re.compile(r"<(?:\w+(?:\([^)]*\))?:)?(\w+)>")
SLUGS = {"posts.post": ["committee", "older", "next"]}
QUERIES = ["q=Committee", f"q={NEW}", "q=symposion", "q=Committee&sort=date&category=rector"]


def public_addresses(app: Flask, browser: Browser) -> list[str]:
    """Every address that readers may open, its variables filled in."""
    document = feedparser.parse(browser.raw("/en/feed.atom").data)
    [part] = [re.findall(r"feed-(\d+)", link.href)[0] for link in document.feed.links if link.rel == "prev-archive"]
    after = re.findall(r"after-(\d+)", json.loads(browser.raw("/en/feed.json").data)["next_url"])
    values = {
        "lang": list(LANGUAGES),
        "slug": ["rector"],
        "year": ["2021"],
        "month": ["06"],
        "format": ["rss", "atom", "json"],
        "part": [part, "1"],
        "after": after,
        "alias": ["feed"],
        "rest": ["posts/committee"],
    }
    found = []
    for rule in app.url_map.iter_rules():
        if OTHERS & {rule.endpoint, rule.endpoint.split(".")[0]} or "GET" not in (rule.methods or ()):
            continue
        names = PLACEHOLDER.findall(rule.rule)
        choices = [SLUGS.get(rule.endpoint, values[name]) if name == "slug" else values[name] for name in names]
        for chosen in product(*choices):
            filled = iter(chosen)
            found.append(PLACEHOLDER.sub(lambda _match, filled=filled: next(filled), rule.rule))  # type: ignore[misc]
    return [*found, *(f"/{code}/search?{query}" for code in LANGUAGES for query in QUERIES)]


Shown = dict[str, tuple[int, str | None, str]]


def shown_to(browser: Browser, addresses: list[str]) -> Shown:
    """Status, ETag and words of each page."""
    answers = {address: browser.raw(address) for address in addresses}
    return {
        address: (answer.status_code, answer.headers.get("ETag"), answer.get_data(as_text=True))
        for address, answer in answers.items()
    }
