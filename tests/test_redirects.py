"""Redirects as browsers follow and keep them."""

import pytest
from flask import Flask

from kariu_blog.posts.post import Post
from tests.support.browsing import Browser, foreign
from tests.support.cast import Write
from tests.support.posts import change


class Reader:
    """A browser's cache of redirects: it asks no more about one that it may keep (RFC 9111, section 4.2.2)."""

    def __init__(self, browse: Browser) -> None:
        self._browse = browse
        self._kept: dict[str, str] = {}

    def open(self, path: str) -> str:
        """Return the address that is shown in the end."""
        for _hop in range(20):
            if path not in self._kept:
                answer = self._browse.raw(path)
                if answer.location is None:
                    assert answer.status_code == 200
                    return path
                if answer.status_code in (301, 308) and "no-" not in answer.headers.get("Cache-Control", ""):
                    self._kept[path] = answer.location
                path = answer.location
            else:
                path = self._kept[path]
        raise AssertionError("ERR_TOO_MANY_REDIRECTS")


def readdress(app: Flask, post: int, slug: str) -> None:
    change(app, post, lambda found: found.move(found.translations["en"], slug))


def test_an_address_that_is_changed_and_changed_back_is_found_by_who_followed_both(
    app: Flask, browse: Browser, write: Write
) -> None:
    post, reader = write(en="A"), Reader(browse)
    readdress(app, post, "b")
    assert reader.open("/en/posts/a") == "/en/posts/b"
    readdress(app, post, "a")
    assert reader.open("/en/posts/b") == "/en/posts/a"
    assert reader.open("/en/posts/a") == "/en/posts/a"


def test_a_translation_that_is_withdrawn_leaves_its_followers_a_way(app: Flask, browse: Browser, write: Write) -> None:
    post, reader = write(kk="Бірінші", ru="Первый"), Reader(browse)
    assert reader.open("/ru/posts/birinshi") == "/ru/posts/pervyy"

    def withdraw(found: Post) -> None:
        found.translations["ru"].withdraw()

    change(app, post, withdraw)
    assert reader.open("/ru/posts/pervyy") == "/ru/posts/birinshi"


def test_an_earlier_text_is_restored_with_its_address_and_found_there(
    app: Flask, browse: Browser, write: Write
) -> None:
    post, reader, editor = write(en="First"), Reader(browse), Browser(app)
    editor.sign_in("editor")
    page = editor.get(f"/en/staff/posts/{post}")
    editor.submit(page, "Update on the site", {"en-slug": "second"}, within="en")
    assert reader.open("/en/posts/first") == "/en/posts/second"
    history = editor.get(f"/en/staff/posts/{post}/en/revisions").one("ol", class_="desk")
    page = editor.submit(editor.get([a.get("href") for a in history.iter("a")][-1]), "Restore this version")
    editor.submit(page, "Update on the site", within="en")
    assert reader.open("/en/posts/second") == reader.open("/en/posts/first") == "/en/posts/first"


@pytest.mark.parametrize(
    ("path", "language"),
    [
        ("/ru/posts/novost-pervaya", "ru"),
        ("/kz/posts/zhangalyq", "kk"),
        ("/en/feed", "en"),
        ("/ru/rss.xml", "ru"),
        ("/ru/feed-1.atom", "ru"),
        ("/ru/categories/news", "ru"),
        ("/ru/staff/", "ru"),
        ("//ru/", "ru"),
    ],
)
def test_a_redirect_is_asked_about_each_time_and_speaks_the_pages_language(
    app: Flask, browse: Browser, write: Write, path: str, language: str
) -> None:
    post = write(kk="Жаңалық", ru="Новость первая")
    change(app, post, lambda found: found.move(found.translations["ru"], "novost"))
    answer = browse.client.get("/", environ_overrides={"PATH_INFO": path, "QUERY_STRING": ""})
    assert answer.location is not None
    directives = answer.headers["Cache-Control"]
    assert "no-cache" in directives or "no-store" in directives
    body = answer.get_data(as_text=True)
    assert f'<html lang="{language}">' in body
    assert answer.location in body
    assert not foreign(body.split("</title>")[0].split("<title>")[1], language)


def test_the_body_of_a_redirect_escapes_its_address(browse: Browser) -> None:
    answer = browse.client.get("/", environ_overrides={"PATH_INFO": "//kk/", "QUERY_STRING": 'q="><script>'})
    assert "<script>" not in answer.get_data(as_text=True)
