"""A walk over every address in three languages, signed in or not: one language on each page."""

import re
from typing import Any

import pytest
from flask import Flask
from flask_wtf.csrf import CSRFError
from lxml import etree
from werkzeug.exceptions import default_exceptions

from kariu_blog.accounts.models import Staff
from kariu_blog.accounts.signin import UNUSED
from kariu_blog.database import db
from kariu_blog.errors import show_error
from kariu_blog.newsroom.models import PreviewLink
from kariu_blog.posts.post import Post
from tests.support.browsing import Browser, Page, check, foreign
from tests.support.files import a_file

POST = "/{lang}/staff/posts/1"
NOT_PAGES = {
    "static",
    "search.description",
    "own_file",
    "site.root",
    "site.old_code",
    "site.sitemap",
    "site.sitemap_of_lists",
    "site.sitemap_of_posts",
    "site.robots",
    "site.site_icon",
    "site.manifest",
    "feeds.all_posts_by_alias",
    "all_feeds.all_posts_in_readers_language",
    "health.healthz",
    "health.readyz",
    "media.file",
    "newsroom.picture_list",
    "files.file",
    "newsroom.file_content",
    "shared.shared_file",
    "newsroom.file_list",
    "newsroom.file_version",
    "newsroom.language_figures",
    "newsroom.reader_figures",
    "newsroom.acts_table",
    "low_vision.sheet",
}
NOT_PAGES |= UNUSED
FEEDS = {"feeds.all_posts", "feeds.category", "feeds.author", "feeds.any_language", "feeds.opml", "all_feeds.opml"}
SAVE = {"kk": "Сақтау", "ru": "Сохранить", "en": "Save"}
EXAMPLES = {
    "posts.post": ["half-a-century-behind-us-and-the-road-ahead"],
    "posts.category": ["news", "rector", "announcements", "science"],
    "posts.author": ["administration", "press-office", "rector"],
    "posts.page": ["about"],
}
KINDS = {
    "contacts": (3, 10),
    "quotations": (1, 8),
    "rectors": (2, 9),
    "pages": (4, 11),
    "categories": (2, 2),
    "bylines": (2, 6),
    "posts": (1, None),
}
"""Kinds of items in the demonstration, each with the id of one and of its revision."""


def addresses(app: Flask, language: str) -> list[str]:
    """Every address that a GET opens, its variables filled in from the demonstration content."""
    values = {
        "<language:lang>": language,
        "<language:text_language>": "kk",
        "<int(max=2147483647):post_id>": "1",
        "<int(max=2147483647):revision_id>": "1",
        "<token>": preview_link(app),
        "<int(max=2147483647):picture_id>": "1",
        "<int(max=2147483647):file_id>": str(a_file(app)),
        "<int(max=2147483647):staff_id>": "1",
        "<int(fixed_digits=4,min=1900,max=2999):year>": "2021",
        "<int(fixed_digits=2,min=1,max=12):month>": "06",
    }
    found = [f"/{language}/staff/pictures/descriptions?id=1&id=2"]
    for rule in app.url_map.iter_rules():
        if rule.endpoint in NOT_PAGES | FEEDS or "GET" not in (rule.methods or ()):
            continue
        for address in addresses_of_items(rule.rule):
            for placeholder, value in values.items():
                address = address.replace(placeholder, value)
            found += [re.sub("<slug:slug>", slug, address) for slug in EXAMPLES.get(rule.endpoint, [""])]
    return found


def addresses_of_items(rule: str) -> list[str]:
    """The rule for each kind of item that it is for, if the demonstration has such a one."""
    kinds = re.search(r"<any\(([\w, ]+)\):kind>", rule)
    if kinds is None:
        return [rule]
    found = []
    for kind in kinds[1].split(", "):
        item, revision = KINDS.get(kind, (None, None))
        known = {"item_id": item, "revision_id": revision}
        named = [(f"<int(max=2147483647):{name}>", value) for name, value in known.items()]
        if all(value or placeholder not in rule for placeholder, value in named):
            of_kind = rule.replace(kinds[0], kind)
            for placeholder, value in named:
                of_kind = of_kind.replace(placeholder, str(value))
            found.append(of_kind)
    return [one for one in found if not one.endswith(("site/contacts/new", "site/posts/new"))]


def preview_link(app: Flask) -> str:
    with app.app_context():
        text = db.session.get_one(Post, 1).translations["kk"]
        link = PreviewLink.lasting(7, text, db.session.query(Staff).filter_by(username="admin").one())
        db.session.add(link)
        db.session.commit()
        return link.token


@pytest.mark.parametrize("language", ["kk", "ru", "en"])
@pytest.mark.parametrize("somebody", ["", "admin", "author"])
def test_every_address_speaks_one_language(demo: Flask, language: str, somebody: str) -> None:
    browse = Browser(demo)
    if somebody:
        browse.sign_in(somebody, language=language)
    pages = 0
    for address in addresses(demo, language):
        assert "<" not in address, f"no example for {address}"
        hidden = somebody == "author" and "/staff/posts/1" in address
        refused = (
            "/staff/pictures/1/deletion",
            "/staff/files/1/deletion",
            "/staff/people",
            "/staff/reports",
            "/staff/site",
        )
        others = somebody == "author" and any(part in address for part in refused)
        browse.get(address, 404 if hidden else 403 if others else 200)
        pages += 1
    assert pages >= 15


@pytest.mark.parametrize("language", ["kk", "ru", "en"])
def test_every_post_speaks_one_language(browse_demo: Browser, language: str) -> None:
    posts: set[str] = set()
    for number in (1, 2):
        posts |= {href for href in browse_demo.get(f"/{language}/?page={number}").links().values() if "/posts/" in href}
    assert len(posts) == 14
    for post in posts:
        browse_demo.get(post)


@pytest.mark.parametrize("language", ["kk", "ru", "en"])
def test_every_error_speaks_one_language(app: Flask, language: str) -> None:
    with app.test_request_context(f"/{language}/"):
        pages: dict[int, Any] = {code: show_error(error()) for code, error in default_exceptions.items()}
        pages[0] = show_error(CSRFError())
    headings = set()
    for code, answer in pages.items():
        page = Page(answer, f"/{language}/{code}")
        check(page)
        headings.add(page.text(page.one("h1")))
    assert len(headings) >= 8


@pytest.mark.parametrize("language", ["kk", "ru", "en"])
def test_every_refused_form_speaks_one_language(demo: Flask, language: str) -> None:
    browse = Browser(demo)
    refused = browse.client.post(f"/{language}/staff/posts/1", data={"kk-title": "Тақырып"})
    check(Page(refused, f"/{language}/staff/posts/1"))
    assert refused.status_code == 401
    browse.sign_in("admin", "wrong", language)
    browse.sign_in("admin", language=language)
    page = browse.get(f"/{language}/staff/posts/1")
    wrong = {f"{language}-title": "", f"{language}-slug": "/", "en-publish_at": "x", "kk-body": "ә" * 300_001}
    browse.submit(page, SAVE[language], wrong, 422)
    browse.submit(page, SAVE[language], {"csrf_token": "x"}, 400)
    browse.submit(page, SAVE[language], {f"{language}-base": "x", f"{language}-title": "…"}, 409)


@pytest.mark.parametrize("language", ["kk", "ru", "en"])
@pytest.mark.parametrize("scope", ["", "categories/news/", "authors/rector/"])
def test_every_feed_speaks_the_languages_that_it_names(demo: Flask, scope: str, language: str) -> None:
    feed = etree.fromstring(Browser(demo).raw(f"/{language}/{scope}feed.atom").data)
    named = [e for e in feed.iter() if e.get("type") != "html" and not e.tag.endswith("generator")]  # a program's name
    said = [(words, each) for each in named for words in (each.text, each.get("title"), each.get("label"))]
    assert len(said) > 20
    for words, element in said:
        nearest = element.xpath("string(ancestor-or-self::*[@xml:lang][1]/@xml:lang)")
        assert not foreign((words or "").strip(), nearest), (words, nearest)


@pytest.mark.parametrize("language", ["kk", "ru", "en"])
def test_every_outline_speaks_one_language(demo: Flask, language: str) -> None:
    outlines = etree.fromstring(Browser(demo).raw(f"/{language}/feeds.opml").data)
    assert [text for text in outlines.xpath("//title/text() | //@text | //@title") if foreign(text, language)] == []


def test_the_check_for_foreign_words_sees_them() -> None:
    assert foreign("Дата публикации", "en")
    assert foreign("Әкімшілік", "ru")
    assert foreign("Категория", "kk") == ""
    assert foreign("Сохранить", "kk")
    assert foreign("More", "ru")
    assert foreign("12 просмотров", "kk")
    assert not foreign("Автор", "kk")
