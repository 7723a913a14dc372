"""Pictures in the newsroom: the library, descriptions, focal points, deletion, and who may do what."""

import json

import pytest
from flask import Flask
from sqlalchemy.exc import IntegrityError

from kariu_blog.database import db
from kariu_blog.media.files import Files
from kariu_blog.media.models import Picture
from kariu_blog.posts.post import Post
from tests.support import drawing
from tests.support.browsing import Browser
from tests.support.cast import Write
from tests.support.pictures import ALTS, cover, describe, files_of, sent, token


def test_the_library_is_searched_and_turned_over(app: Flask, editor: Browser) -> None:
    assert "There are no pictures yet. Send the first one." in editor.get("/en/staff/pictures").text()
    with app.app_context():
        for number in range(25):
            files = Files(f"{number:020}", 60, 40, "jpg")
            db.session.add(Picture.of(files, 1000, f"Ашық есік {number}.jpg", None))
        db.session.commit()
    page = editor.get("/en/staff/pictures")
    assert len(page.one("ul", class_="gallery").findall("li")) == 24
    assert len(editor.get("/en/staff/pictures?page=2").one("ul", class_="gallery").findall("li")) == 1
    editor.get("/en/staff/pictures?page=3", 404)
    assert "Ашық есік 7.jpg" in editor.get("/en/staff/pictures?q=АШЫҚ 7.").text()
    assert "No picture has these words" in editor.get("/en/staff/pictures?q=100%25").text()
    first = json.loads(editor.raw("/en/staff/pictures.json").data)
    assert (len(first["pictures"]), first["next"]) == (24, 2)
    second = json.loads(editor.raw("/en/staff/pictures.json?page=2").data)
    assert (len(second["pictures"]), second["next"]) == (1, None)
    assert json.loads(editor.raw("/en/staff/pictures.json?q=7.").data)["pictures"][0]["name"] == "Ашық есік 17.jpg"


def test_a_picture_is_described_in_three_languages(app: Flask, editor: Browser) -> None:
    about = sent(editor, drawing.jpeg())
    page = describe(editor, about["id"], kk=" Қызыл\nмен көк ", ru=ALTS["ru"], focus_x="10", focus_y="90")
    assert "The description of the picture is saved." in page.text()
    with app.app_context():
        picture = db.session.get_one(Picture, about["id"])
        assert (picture.alt("kk"), picture.missing_alts(), picture.focus) == (ALTS["kk"], ["en"], " fx1 fy9")
    assert "Not described yet" in editor.get("/en/staff/pictures").text()
    describe(editor, about["id"], en=ALTS["en"])
    assert "Not described yet" not in editor.get("/en/staff/pictures").text()
    assert json.loads(editor.raw("/ru/staff/pictures.json?q=синее").data)["pictures"][0]["alt"] == ALTS
    describe(editor, about["id"], ru="")
    with app.app_context():
        assert db.session.get_one(Picture, about["id"]).missing_alts() == ["ru"]


def test_what_cannot_be_saved_stays_as_typed(editor: Browser) -> None:
    about = sent(editor, drawing.jpeg())
    page = describe(editor, about["id"], 422, en="x" * 301, focus_x="101")
    assert len(page.all("p", class_="error")) == 2
    assert page.fields(page.form("Save")[0])["en"] == "x" * 301


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("x", "Это не целое число."),
        ("101", "Здесь нужно число от 0 до 100."),
        ("", "Заполните это поле."),
    ],
)
def test_a_point_that_is_none_is_refused_in_the_pages_language(editor: Browser, typed: str, sentence: str) -> None:
    page = editor.get(f"/ru/staff/pictures/{sent(editor, drawing.jpeg())['id']}")
    assert sentence in editor.submit(page, "Сохранить", {"focus_x": typed}, 422).text()


def test_two_people_describing_one_picture_see_both_texts(app: Flask, editor: Browser) -> None:
    about = sent(editor, drawing.jpeg())
    admin = Browser(app)
    admin.sign_in("admin")
    page = admin.get(f"/en/staff/pictures/{about['id']}")
    describe(editor, about["id"], en="First")
    page = admin.submit(page, "Save", {"en": "Second"}, 409)
    assert "somebody else changed this" in page.text()
    assert "First" in page.text(page.one("p", class_="theirs"))
    admin.submit(page, "Save")
    assert "Second" in editor.get(f"/en/staff/pictures/{about['id']}").text()


def test_a_picture_that_is_used_is_not_deleted(app: Flask, editor: Browser, write: Write) -> None:
    about = sent(editor, drawing.jpeg())
    post = write(en="Cover", kk="Мұқаба")
    cover(app, post, about["id"])
    other = write(en="In the text", body=f'<figure><img src="{about["url"]}" alt="x"></figure>')
    page = editor.get(f"/en/staff/pictures/{about['id']}")
    assert {"Cover", "In the text"} <= set(page.links())
    assert "Delete the picture" not in page.links()
    assert "Used in 2 posts" in editor.get("/en/staff/pictures").text()
    page = editor.get(f"/en/staff/pictures/{about['id']}/deletion")
    assert "The picture is used, so it stays." in page.text()
    csrf = {"csrf_token": token(editor)}
    editor.client.post(f"/en/staff/pictures/{about['id']}/deletion", data=csrf)
    assert editor.raw(about["url"]).status_code == 200
    with app.app_context():
        db.session.get_one(Post, post).cover = None
        db.session.delete(db.session.get_one(Post, other))
        db.session.commit()
    page = editor.submit(editor.get(f"/en/staff/pictures/{about['id']}/deletion"), "Delete for good")
    assert "The picture has been deleted." in page.text()
    assert files_of(app) == []
    assert editor.raw(about["url"]).status_code == 404


def test_a_cover_that_is_chosen_at_the_last_moment_is_kept(app: Flask, editor: Browser, write: Write) -> None:
    """The database refuses, should somebody choose it between the look and the deletion."""
    about = sent(editor, drawing.jpeg())
    cover(app, write(en="Cover"), about["id"])
    with app.app_context():
        db.session.delete(db.session.get_one(Picture, about["id"]))
        with pytest.raises(IntegrityError):
            db.session.commit()


@pytest.mark.parametrize("somebody", ["", "author", "other-author", "editor", "admin"])
@pytest.mark.parametrize("is_public", [False, True])
def test_who_may_change_a_picture(app: Flask, author: Browser, write: Write, somebody: str, is_public: bool) -> None:
    """Everybody here looks; authors change their own until readers see them; editors change all."""
    about = sent(author, drawing.jpeg())
    post = write(en="Public" if is_public else "Draft", by="author", published=None)
    cover(app, post, about["id"])
    if is_public:
        with app.app_context():
            db.session.get_one(Post, post).translations["en"].publish()
            db.session.commit()
    browser = Browser(app)
    if somebody:
        browser.sign_in(somebody)
    address = f"/en/staff/pictures/{about['id']}"
    may = somebody in ("editor", "admin") or (somebody == "author" and not is_public)
    csrf = token(browser) if somebody else ""
    described = browser.client.post(
        address, data={"csrf_token": csrf, "en": "Seen", "focus_x": "1", "focus_y": "1", "base": base_of(app)}
    )
    asked = [browser.client.post(f"{address}/deletion", data={"csrf_token": csrf}), browser.raw(f"{address}/deletion")]
    looked = [browser.raw(path).status_code for path in (address, "/en/staff/pictures", "/en/staff/pictures.json")]
    if not somebody:
        assert described.status_code in (400, 401)
        assert {answer.status_code for answer in asked} <= {302, 400, 401}
        assert looked == [302, 302, 401]
    else:
        assert looked == [200] * 3
        assert described.status_code == (303 if may else 403)
        assert [answer.status_code for answer in asked] == [303 if may else 403] * 2
    with app.app_context():
        assert db.session.get_one(Picture, about["id"]).alt("en") == ("Seen" if may else "")


def base_of(app: Flask) -> str:
    with app.app_context():
        return db.session.query(Picture).one().description


def test_an_author_does_not_learn_the_titles_of_others_drafts(app: Flask, author: Browser, write: Write) -> None:
    about = sent(author, drawing.jpeg())
    cover(app, write(en="A secret of the rector", published=None, by="editor"), about["id"])
    page = author.get(f"/en/staff/pictures/{about['id']}")
    assert "secret" not in page.text()
    assert "and in 1 post of others" in page.text()
