"""Pictures in posts: chosen, described before anything is published, kept as long as a text needs them."""

from io import BytesIO

import pytest
from flask import Flask
from PIL import Image

from kariu_blog.database import db
from kariu_blog.media.models import Picture
from tests.support.browsing import Browser, value
from tests.support.cast import Write

ALTS = {"kk": "Ғимарат", "ru": "Здание", "en": "A building"}


def send(browser: Browser, colour: str = "teal") -> int:
    """A picture in the library, not described yet."""
    file = BytesIO()
    Image.new("RGB", (640, 400), colour).save(file, "JPEG")
    page = browser.get("/en/staff/pictures")
    token = page.fields(page.form("Send")[0])["csrf_token"]
    data = {"csrf_token": token, "files": (BytesIO(file.getvalue()), f"{colour}.jpg")}
    answer = browser.client.post("/en/staff/pictures", data=data, headers={"Accept": "application/json"})
    assert answer.status_code == 201
    assert answer.json is not None
    return int(answer.json["pictures"][0]["id"])


def describe(browser: Browser, picture: int) -> None:
    browser.submit(browser.get(f"/en/staff/pictures/{picture}"), "Save", ALTS)


def address(app: Flask, picture: int) -> str:
    with app.app_context():
        return db.session.get_one(Picture, picture).files.address


def test_a_cover_is_chosen_described_in_three_languages_and_then_published(app: Flask, editor: Browser) -> None:
    picture = send(editor)
    fields = {"en-title": "With a cover", "en-body": "Words.", "cover": str(picture)}
    page = editor.new_post(fields)
    assert value(page, "cover") == str(picture)
    page = editor.submit(page, "Save and publish", within="en", status=422)
    assert page.text().count("Describe the cover teal.jpg.") == 6
    describe(editor, picture)
    editor.submit(page, "Save and publish", within="en")
    shown = Browser(app).get("/ru/posts/with-a-cover")
    assert "Здание" in [image.get("alt") for image in shown.all("img")]


def test_a_picture_in_a_text_is_described_before_it_is_published(app: Flask, editor: Browser) -> None:
    source = address(app, send(editor))
    fields = {"ru-title": "Снимок", "ru-body": f'<figure><img src="{source}" alt=""></figure>'}
    page = editor.new_post(fields, "Publish all", 422)
    assert "Describe each picture (alt text): teal.jpg." in page.text()
    body = f'<figure><img src="{source}" alt="Здание университета"></figure>'
    editor.submit(page, "Publish all", {"ru-body": body})
    shown = Browser(app).get("/ru/posts/snimok")
    assert "Здание университета" in [image.get("alt") for image in shown.all("img")]


@pytest.mark.parametrize("number", ["999999", "-1", "x"])
def test_a_cover_that_is_not_there_is_refused_with_a_sentence(editor: Browser, number: str) -> None:
    fields = {"en-title": "Title", "cover": number}
    page = editor.new_post(fields, status=422)
    assert page.text(page.one("p", id="cover-error"))


def test_two_covers_chosen_at_once_are_told(editor: Browser, write: Write) -> None:
    post, first, second = write(en="Title", published=None), send(editor), send(editor, "maroon")
    opened = editor.get(f"/en/staff/posts/{post}")
    editor.submit(editor.get(f"/en/staff/posts/{post}"), "Save", {"cover": str(first)})
    page = editor.submit(opened, "Save", {"cover": str(second)}, 409)
    editor.submit(page, "Save")
    assert value(editor.get(f"/en/staff/posts/{post}"), "cover") == str(second)


def test_a_picture_of_an_earlier_text_or_of_a_draft_stays(app: Flask, editor: Browser, write: Write) -> None:
    post, earlier, typed = write(en="Title"), send(editor), send(editor, "maroon")
    page = editor.get(f"/en/staff/posts/{post}")
    shown = f'<figure><img src="{address(app, earlier)}" alt="a"></figure>'
    page = editor.submit(page, "Update on the site", {"en-body": shown}, within="en")
    page = editor.submit(page, "Update on the site", {"en-body": "No picture any more."}, within="en")
    fields = page.fields(page.form("Save")[0])
    fields["en-body"] = f'<figure><img src="{address(app, typed)}" alt="b"></figure>'
    assert editor.client.post(f"/en/staff/posts/{post}/draft", data=fields).status_code == 200
    for picture in (earlier, typed):
        assert "so it stays" in editor.get(f"/en/staff/pictures/{picture}/deletion").text()
        with app.app_context():
            assert db.session.get(Picture, picture)
