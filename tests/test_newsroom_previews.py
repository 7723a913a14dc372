"""Previews for staff, and links for people without an account."""

from datetime import timedelta

import pytest
from flask import Flask

from kariu_blog.database import db, now
from kariu_blog.newsroom.models import PreviewLink
from tests.support.browsing import Browser, Page
from tests.support.cast import Write
from tests.support.files import PDF, office, sent


def test_preview_shows_a_draft_to_staff_alone(app: Flask, editor: Browser, write: Write) -> None:
    post = write(ru="Черновик", published=None, body="<p>Текст</p>")
    page = editor.get(f"/en/staff/posts/{post}/ru/preview")
    assert page.text(page.one("article").find("div")) == "Текст"
    assert page.one("article").get("lang") == "ru"
    assert "Sign in" in Browser(app).get(f"/en/staff/posts/{post}/ru/preview").text()
    editor.get(f"/en/staff/posts/{post}/kk/preview", 404)


def link_of(page: Page) -> str:
    return str(page.one("input", readonly="").get("value")).split("blog.kariu.test")[1]


def test_a_preview_link_shows_the_draft_to_a_stranger_until_it_is_revoked(
    app: Flask, author: Browser, write: Write
) -> None:
    post = write(kk="Жарияланбаған", body="<p>Жоба мәтіні.</p>", by="author", published=None)
    page = author.get(f"/en/staff/posts/{post}/kk/preview-links")
    page = author.submit(page, "Make a link", {"days": "1"})
    stranger = Browser(app)
    shown = stranger.get(link_of(page))
    assert "Жоба мәтіні." in shown.text()
    assert "noindex" in shown.html
    assert shown.response.headers["Cache-Control"] == "private, no-store"
    assert "Set-Cookie" not in shown.response.headers
    author.submit(page, "Revoke")
    assert "Сілтеменің мерзімі" not in stranger.get(link_of(page), 404).text()
    stranger.get("/kk/preview/no-such-token", 404)


def test_a_preview_link_expires(app: Flask, editor: Browser, write: Write) -> None:
    post = write(en="Expiring", published=None)
    page = editor.submit(editor.get(f"/en/staff/posts/{post}/en/preview-links"), "Make a link")
    assert "Expiring" in Browser(app).get(link_of(page)).text()
    with app.app_context():
        db.session.query(PreviewLink).one().expires_at = now() - timedelta(seconds=1)
        db.session.commit()
    assert "This link has expired" in Browser(app).get(link_of(page), 404).text()


@pytest.mark.parametrize("days", ["0", "365", "x", ""])
def test_a_preview_link_lasts_as_long_as_offered_and_no_longer(editor: Browser, write: Write, days: str) -> None:
    post = write(en="Title", published=None)
    editor.submit(editor.get(f"/en/staff/posts/{post}/en/preview-links"), "Make a link", {"days": days}, 422)


def test_a_preview_link_goes_to_no_other_site(app: Flask, editor: Browser, write: Write) -> None:
    post = write(en="Draft", published=None)
    page = editor.submit(editor.get(f"/en/staff/posts/{post}/en/preview-links"), "Make a link")
    assert Browser(app).get(link_of(page)).response.headers["Referrer-Policy"] == "no-referrer"


def test_a_preview_link_opens_the_files_of_its_text_as_long_as_it_opens_the_text(
    app: Flask, editor: Browser, write: Write
) -> None:
    order, other = sent(editor), sent(editor, office("docx"), "b.docx")
    post = write(kk="Бұйрық", body=f'<p><a href="{order["url"]}">бұйрық</a></p>', published=None)
    page = editor.submit(editor.get(f"/en/staff/posts/{post}/kk/preview-links"), "Make a link")
    stranger, link = Browser(app), link_of(page)
    address = stranger.get(link).links()["бұйрық"]
    opened = stranger.raw(address)
    assert opened.data == PDF
    assert opened.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert stranger.raw(address.replace(order["url"], other["url"])).status_code == 404
    assert stranger.raw(order["url"]).status_code == 404
    editor.submit(page, "Revoke")
    assert stranger.raw(address).status_code == 404
