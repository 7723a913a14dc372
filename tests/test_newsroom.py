"""Writing, publishing, correcting, withdrawing: through the forms, as staff do it."""

import threading
from datetime import UTC, datetime, timedelta
from io import BytesIO
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event

from kariu_blog.database import db
from kariu_blog.languages import local
from kariu_blog.posts.models import Post, PostTranslation, text_digest
from tests.support.browsing import Browser, Page, value
from tests.support.cast import LONG_AGO, Write

THREE = {
    "kk-title": "Ұлттық домбыра күні",
    "kk-summary": "Мереке қалай өтті",
    "kk-body": "Бірінші абзац.\n\nЕкінші абзац.",
    "ru-title": "День домбры",
    "ru-body": "Первый абзац.",
    "en-title": "Dombra day",
    "en-body": "First paragraph.",
}


def new_post(browser: Browser, fields: dict[str, str] | None = None, status: int = 200) -> Page:
    return browser.new_post(fields or THREE, status=status)


def alert(page: Page) -> str:
    return page.text(page.one("p", role="alert"))


def text_of(app: Flask, language: str = "en") -> PostTranslation:
    with app.app_context():
        return db.session.query(PostTranslation).filter_by(language=language).one()


def test_write_in_three_languages_publish_and_read(editor: Browser) -> None:
    page = new_post(editor)
    assert "Saved as a draft: Қазақша, Русский, English. Readers do not see it." in page.text()
    for code in ("kk", "ru", "en"):
        page = editor.submit(page, "Save and publish", within=code)
    for address, title, body in (
        ("/kk/posts/ulttyq-dombyra-kuni", "Ұлттық домбыра күні", "Бірінші абзац. Екінші абзац."),
        ("/ru/posts/den-dombry", "День домбры", "Первый абзац."),
        ("/en/posts/dombra-day", "Dombra day", "First paragraph."),
    ):
        article = editor.get(address)
        assert article.text(article.one("h1")) == title
        assert article.text(article.one("div", class_="body")) == body


def test_authors_stand_in_the_order_of_the_alphabet(editor: Browser) -> None:
    page = editor.get("/kk/staff/posts/new")
    author = page.one("select", name="author")
    assert [option.text for option in author.iter("option")][1:] == ["Әкімшілік", "Баспасөз қызметі", "Ректор"]


def test_a_post_may_begin_in_one_language(editor: Browser) -> None:
    page = new_post(editor, {"ru-title": "Только заголовок"})
    assert [state.text for state in page.all("span", class_="state draft")] == ["Draft"]
    assert value(page, "ru-slug") == "tolko-zagolovok"
    assert value(page, "kk-title") == ""


def test_the_list_shows_the_state_of_each_language(editor: Browser, write: Write) -> None:
    write(kk="Жарияланған", ru="Опубликован")
    write(en="Waiting", published=timedelta(days=1))
    write(en="Only a draft", published=None)
    page = editor.get("/en/staff/")
    rows = [page.text(li) for li in page.one("ul", class_="desk").findall("li")]
    assert "Only a draft" in rows[0]
    assert "English Draft" in rows[0]
    assert "Қазақша No text" in rows[0]
    assert "English Scheduled" in rows[1]
    assert rows[2].count("Public") == 2


def test_what_is_loaded_and_saved_untouched_stays_the_same(app: Flask, editor: Browser, write: Write) -> None:
    body = '<h2>Б</h2>\n<p>а<br>ә <em>б</em> <a href="/kk/">в</a></p>\n<ul><li>1</li></ul>\n<p>х &lt; у</p>'
    post = write(kk="Тақырып", summary="Қысқаша", body=body)
    before = text_of(app, "kk")
    editor.submit(editor.get(f"/en/staff/posts/{post}"), "Save")
    after = text_of(app, "kk")
    assert (after.body, after.version, after.updated_at) == (before.body, before.version, before.updated_at)


def test_saving_one_language_leaves_the_others_alone(app: Flask, editor: Browser, write: Write) -> None:
    post = write(kk="Тақырып", ru="Заголовок")
    editor.submit(editor.get(f"/en/staff/posts/{post}"), "Save", {"kk-title": "Жаңа тақырып"})
    assert text_of(app, "kk").title == "Жаңа тақырып"
    assert text_of(app, "ru").version == 1


def test_publish_at_a_time_in_karaganda(app: Flask, editor: Browser, write: Write) -> None:
    post = write(en="Soon", published=None)
    tomorrow = local(datetime.now(UTC) + timedelta(days=1)).replace(hour=9, minute=30)
    page = editor.get(f"/en/staff/posts/{post}")
    page = editor.submit(page, "Save and publish", {"en-publish_at": f"{tomorrow:%Y-%m-%dT%H:%M}"}, within="en")
    assert page.text(page.one("span", class_="state scheduled")) == "Scheduled"
    assert value(page, "en-publish_at") == f"{tomorrow:%Y-%m-%dT%H:%M}"
    published = text_of(app).published_at
    assert published is not None
    assert published.isoformat()[11:16] == "04:30"
    editor.get("/en/posts/soon", 404)


def test_a_time_that_was_typed_but_not_used_is_mentioned(app: Flask, editor: Browser, write: Write) -> None:
    post = write(en="Soon", published=datetime(2030, 1, 1, 4, 0, tzinfo=UTC))
    page = editor.get(f"/en/staff/posts/{post}")
    page = editor.submit(page, "Save", {"en-title": "Later"})
    assert "is kept in the form" not in page.text()
    page = editor.submit(page, "Save", {"en-publish_at": "2030-01-02T09:00"})
    assert "The time for English is kept in the form." in page.text()
    assert value(page, "en-publish_at") == "2030-01-02T09:00"
    page = editor.submit(page, "Save and publish", within="en")
    assert "is kept in the form" not in page.text()
    assert text_of(app).published_at == datetime(2030, 1, 2, 4, 0, tzinfo=UTC)


def test_times_before_and_after_the_change_of_zone(app: Flask, editor: Browser, write: Write) -> None:
    post = write(en="Dated", published=None)
    for typed, utc in (("2024-02-29T12:00", "06:00"), ("2024-03-01T12:00", "07:00")):
        page = editor.get(f"/en/staff/posts/{post}")
        editor.submit(page, "Save and publish", {"en-publish_at": typed}, within="en")
        published = text_of(app).published_at
        assert published is not None
        assert published.isoformat()[11:16] == utc


@pytest.mark.parametrize("typed", ["2026-02-30T10:00", "soon", "0001-01-01T00:00", "9999-12-31T23:59", "2026"])
def test_a_date_that_is_none_is_refused_and_kept_as_typed(editor: Browser, write: Write, typed: str) -> None:
    post = write(en="Dated", published=None)
    page = editor.get(f"/en/staff/posts/{post}")
    page = editor.submit(page, "Save and publish", {"en-publish_at": typed, "en-title": "New"}, 422, within="en")
    assert "This is not a date and time" in page.text()
    assert value(page, "en-publish_at") == typed
    assert value(page, "en-title") == "New"


def test_withdraw_takes_a_text_back_and_publishing_again_keeps_its_date(
    app: Flask, editor: Browser, write: Write
) -> None:
    post = write(en="Here today")
    page = editor.withdraw(editor.get(f"/en/staff/posts/{post}"), "en")
    assert page.text(page.one("span", class_="state withdrawn")) == "Withdrawn"
    editor.get("/en/posts/here-today", 404)
    before = text_of(app)
    editor.submit(page, "Save and publish", within="en")
    assert "29 June 2021" in editor.get("/en/posts/here-today").text()
    assert text_of(app).feed_id == before.feed_id


def test_a_scheduled_text_withdrawn_is_a_draft_again(app: Flask, editor: Browser, write: Write) -> None:
    post = write(en="Waiting", published=timedelta(days=1))
    page = editor.submit(editor.get(f"/en/staff/posts/{post}"), "Withdraw", within="en")
    page = editor.submit(page, "Make it a draft again")
    assert page.text(page.one("span", class_="state draft")) == "Draft"
    with app.app_context():
        assert db.session.get_one(Post, post).first_published_at is None


def test_delete_asks_first_and_then_removes_every_language(app: Flask, editor: Browser, write: Write) -> None:
    post = write(kk="Тақырып", en="Title")
    page = editor.get(f"/en/staff/posts/{post}/deletion")
    assert "Title" in page.text()
    assert editor.get("/en/posts/title")
    page = editor.submit(page, "Delete for good")
    assert "The post has been deleted." in page.text()
    editor.get("/en/posts/title", 410)
    with app.app_context():
        assert db.session.query(PostTranslation).count() == 0


def test_preview_shows_a_draft_to_staff_alone(app: Flask, editor: Browser, write: Write) -> None:
    post = write(ru="Черновик", published=None, body="<p>Текст</p>")
    page = editor.get(f"/en/staff/posts/{post}/ru/preview")
    assert page.text(page.one("article").find("div")) == "Текст"
    assert page.one("article").get("lang") == "ru"
    assert "Sign in" in Browser(app).get(f"/en/staff/posts/{post}/ru/preview").text()
    editor.get(f"/en/staff/posts/{post}/kk/preview", 404)


def test_a_new_address_is_made_of_the_title_and_unique(editor: Browser, write: Write) -> None:
    write(kk="Ашық есік күні")
    write(kk="Ашық есік күні-2")
    page = new_post(editor, {"kk-title": "Ашық есік күні"})
    assert value(page, "kk-slug") == "ashyq-esik-kuni-3"
    page = new_post(editor, {"kk-title": "!!!"})
    assert value(page, "kk-slug") == "post"


def test_an_address_that_is_taken_is_refused(editor: Browser, write: Write) -> None:
    write(en="Taken")
    page = new_post(editor, {"en-title": "Mine", "en-slug": "Taken"}, 422)
    assert "Another post already has this address." in page.text()
    assert value(page, "en-slug") == "Taken"
    page = new_post(editor, {"en-title": "Mine", "en-slug": "«»"}, 422)
    assert "An address needs letters or digits." in page.text()


def test_a_changed_address_redirects_and_may_be_taken_back(editor: Browser, write: Write) -> None:
    post = write(en="First")
    page = editor.submit(editor.get(f"/en/staff/posts/{post}"), "Save", {"en-slug": "second"})
    assert editor.raw("/en/posts/first").location == "/en/posts/second"
    editor.submit(page, "Save", {"en-slug": "first"})
    assert editor.raw("/en/posts/second").location == "/en/posts/first"
    assert editor.raw("/en/posts/first").status_code == 200


def test_a_title_is_required_and_the_rest_is_kept(editor: Browser) -> None:
    page = new_post(editor, {"kk-body": "Мәтін", "en-title": "Title"}, 422)
    assert "Give the text a title." in page.text()
    assert value(page, "kk-body") == "Мәтін"
    assert "Write the title in at least one language." in new_post(editor, {"category": "1"}, 422).text()


def test_a_text_without_words_is_not_published(editor: Browser, write: Write) -> None:
    post = write(en="Title alone", published=None, body="")
    page = editor.submit(editor.get(f"/en/staff/posts/{post}"), "Save and publish", status=422, within="en")
    assert "Write the text first." in page.text()
    page = editor.submit(editor.get(f"/en/staff/posts/{post}"), "Save and publish", status=422, within="kk")
    assert "Give the text a title." in page.text()


def test_scripts_are_removed_and_words_kept(editor: Browser) -> None:
    dirty = (
        "<script>alert(1)</script><p onclick=x() style=y>Kept <img src=x onerror=y()><a href=javascript:z()>link</a>"
    )
    page = new_post(editor, {"en-title": "<b>Title</b> & more", "en-body": dirty})
    editor.submit(page, "Save and publish", within="en")
    page = editor.get("/en/posts/b-title-b-more")
    assert page.text(page.one("h1")) == "<b>Title</b> & more"
    body = page.one("div", class_="body")
    assert page.text(body) == "Kept link"
    assert [e.attrib for e in body.iter()][1:] == [{}, {}]


def test_control_characters_disappear_and_damaged_ones_are_pointed_out(app: Flask, editor: Browser) -> None:
    new_post(editor, {"en-title": "A\x00B\x0b\x1f\ufffe C", "en-body": "x\x08y\r\nz"})
    assert text_of(app).title == "AB C"
    assert text_of(app).body == "<p>xy<br>z</p>"
    page = new_post(editor, {"en-title": "Broken \ufffd"}, 422)
    assert "Some characters arrived damaged" in page.text()


@pytest.mark.parametrize("damaged", [b"%ff%fe", b"\xff\xfe", b"%d0"])
def test_broken_utf8_is_refused_with_a_page(app: Flask, editor: Browser, damaged: bytes) -> None:
    page = editor.get("/en/staff/posts/new")
    token = page.fields(page.form("Save")[0])["csrf_token"]
    answer = editor.client.post(
        "/en/staff/posts/new",
        data=f"csrf_token={token}&category=1&author=1&en-title=".encode() + damaged,
        content_type="application/x-www-form-urlencoded",
    )
    assert answer.status_code == 400
    assert "The request cannot be understood" in answer.get_data(as_text=True)
    answer = editor.client.post(
        "/en/staff/posts/new",
        data={"csrf_token": token, "category": "1", "author": "1", "en-title": "\ufffd"},
        content_type="multipart/form-data",
    )
    assert answer.status_code == 422
    with app.app_context():
        assert db.session.query(Post).count() == 0


def test_a_megabyte_is_refused_and_kept(editor: Browser) -> None:
    page = new_post(editor, {"en-title": "Long", "en-body": "word " * 200_000}, 422)
    assert "Too long: at most 300000 characters." in page.text()
    assert value(page, "en-body").startswith("word word")
    assert len(value(page, "en-body")) == 1_000_000
    page = new_post(editor, {"en-title": "T" * 201, "en-body": "<b>" * 20_000}, 422)
    assert "Too long: at most 200 characters." in page.text()
    assert "There is too much HTML markup in this text." in page.text()


def test_more_than_the_site_accepts_is_a_413_page(editor: Browser) -> None:
    answer = editor.client.post("/ru/staff/posts/new", data={"en-body": "x" * 17_000_000})
    assert answer.status_code == 413
    assert "Слишком большой объём" in answer.get_data(as_text=True)


@pytest.mark.parametrize("language", ["kk", "ru", "en"])
def test_a_missing_token_refuses_the_save_and_keeps_the_text(app: Flask, editor: Browser, language: str) -> None:
    answer = editor.client.post(f"/{language}/staff/posts/new", data={**THREE, "category": "1", "author": "1"})
    assert answer.status_code == 400
    page = Page(answer, f"/{language}/staff/posts/new")
    assert alert(page)
    assert "Ұлттық домбыра күні" in page.html
    with app.app_context():
        assert db.session.query(Post).count() == 0


def test_no_newsroom_form_works_without_its_token(app: Flask, editor: Browser, write: Write) -> None:
    post = write(en="Title")
    for rule in app.url_map.iter_rules():
        if rule.endpoint.startswith(("newsroom.", "security.")) and "POST" in (rule.methods or ()):
            values = {"lang": "en", "post_id": post, "text_language": "en", "revision_id": 1}
            values |= {"picture_id": 1, "token": "x"}
            with app.test_request_context():
                address = app.url_map.bind("localhost").build(
                    rule.endpoint, {name: values[name] for name in rule.arguments}, method="POST"
                )
            assert editor.client.post(address, data={"en-title": "Forged"}).status_code == 400, address
    assert text_of(app).title == "Title"


def test_a_stale_save_is_refused_and_both_texts_are_shown(app: Flask, editor: Browser, write: Write) -> None:
    post = write(en="Title", body="<p>As it was.</p>")
    opened = editor.get(f"/en/staff/posts/{post}")
    editor.submit(editor.get(f"/en/staff/posts/{post}"), "Save", {"en-body": "Theirs."})
    page = editor.submit(opened, "Save", {"en-body": "Mine."}, 409)
    assert "somebody else changed this post" in alert(page)
    assert value(page, "en-body") == "Mine."
    assert "Text as saved by somebody else Theirs." in page.text()
    assert text_of(app).body == "<p>Theirs.</p>"
    editor.submit(page, "Save")
    assert text_of(app).body == "<p>Mine.</p>"


def test_two_people_in_two_languages_do_not_disturb_each_other(app: Flask, editor: Browser, write: Write) -> None:
    post = write(kk="Тақырып", ru="Заголовок")
    opened = editor.get(f"/en/staff/posts/{post}")
    editor.submit(editor.get(f"/en/staff/posts/{post}"), "Save", {"ru-title": "Новый"})
    editor.submit(opened, "Save", {"kk-title": "Жаңа"})
    assert text_of(app, "kk").title == "Жаңа"
    assert text_of(app, "ru").title == "Новый"


def test_two_people_who_start_the_same_language_are_told(app: Flask, editor: Browser, write: Write) -> None:
    post = write(kk="Тақырып")
    opened = editor.get(f"/en/staff/posts/{post}")
    editor.submit(editor.get(f"/en/staff/posts/{post}"), "Save", {"en-title": "Theirs"})
    page = editor.submit(opened, "Save", {"en-title": "Mine"}, 409)
    assert value(page, "en-title") == "Mine"
    assert text_of(app).title == "Theirs"


def test_a_stale_change_of_category_is_refused(app: Flask, editor: Browser, write: Write) -> None:
    post = write(en="Title", category="news")
    opened = editor.get(f"/en/staff/posts/{post}")
    editor.submit(editor.get(f"/en/staff/posts/{post}"), "Save", {"category": "4"})
    editor.submit(opened, "Save", {"category": "3"}, 409)
    with app.app_context():
        assert db.session.get_one(Post, post).category.slug == "science"


def test_of_many_saves_in_the_same_moment_one_wins_and_all_others_are_told(app: Flask, write: Write) -> None:
    post = write(en="Title", body="<p>Start.</p>")
    browsers = [Browser(app) for _ in range(6)]
    opened = []
    for browser in browsers:
        browser.sign_in("editor")
        opened.append(browser.get(f"/en/staff/posts/{post}"))
    answers: dict[int, int] = {}

    def save(number: int) -> None:
        form, _ = opened[number].form("Save")
        data = {**opened[number].fields(form), "en-body": f"Version {number}."}
        answers[number] = browsers[number].client.post(f"/en/staff/posts/{post}", data=data).status_code

    threads = [threading.Thread(target=save, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers.values()) == [303, 409, 409, 409, 409, 409]
    winner = next(number for number, status in answers.items() if status == 303)
    assert text_of(app).body == f"<p>Version {winner}.</p>"


def test_somebody_signed_out_meanwhile_still_has_the_text(editor: Browser) -> None:
    page = editor.get("/ru/staff/posts/new")
    form, _ = page.form("Сохранить")
    data = {**page.fields(form), "kk-title": "Ұзақ жұмыс", "kk-body": "Мәтін"}
    editor.client.delete_cookie("session")
    answer = editor.client.post("/ru/staff/posts/new", data=data)
    assert answer.status_code == 401
    words = answer.get_data(as_text=True)
    assert "Ұзақ жұмыс" in words
    assert "kk-title" not in words
    kept = Page(answer, "/ru/staff/posts/new")
    assert [kept.text(span) for label in kept.all("label") for span in list(label)[:1]] == [
        "Заголовок Қазақша",
        "Текст Қазақша",
    ]


def test_a_form_that_somebody_else_opened_is_refused_and_its_words_are_shown(editor: Browser) -> None:
    page = editor.get("/en/staff/posts/new")
    fields = {**page.fields(page.form("Save")[0]), "en-title": "The editor's words"}
    editor.submit(page, "Sign out editor")
    editor.sign_in("admin")
    for address in ("new", "new/draft", "new/publication"):
        answer = editor.client.post(f"/en/staff/posts/{address}", data=fields)
        assert answer.status_code == 409
        assert "The form was opened by another person." in answer.get_data(as_text=True)
        assert "The editor&#39;s words" in answer.get_data(as_text=True)
    assert "The editor's words" not in editor.get("/en/staff/").text()


@pytest.mark.parametrize(
    ("language", "button", "sentence"),
    [
        ("kk", "Сақтау", "Мұны таңдау мүмкін емес немесе ол енді қолжетімсіз. Басқасын таңдаңыз."),
        ("ru", "Сохранить", "Этот вариант выбрать нельзя, или его больше нет. Выберите другой."),
        ("en", "Save", "This option is no longer available. Choose something else."),
    ],
)
@pytest.mark.parametrize("forged", ["999", "x"])
def test_a_choice_that_is_none_is_refused_in_the_pages_language(
    editor: Browser, language: str, button: str, sentence: str, forged: str
) -> None:
    fields = {"en-title": "Title", "category": forged, "author": forged, "cover": "x"}
    page = editor.submit(editor.get(f"/{language}/staff/posts/new"), button, fields, 422)
    assert [page.text(error) for error in page.all("p", class_="error")] == [sentence] * 3


def test_a_text_cleaned_by_earlier_rules_is_not_changed_by_being_looked_at(
    app: Flask, editor: Browser, write: Write
) -> None:
    post, body = write(kk="Тақырып"), '<table><thead lang="ru"><tr><td rowspan="1">x</td></tr></thead></table>'
    with app.app_context():
        text = db.session.query(PostTranslation).one()
        text.body = body
        db.session.commit()
        updated_at = text.updated_at
    editor.submit(editor.get(f"/en/staff/posts/{post}"), "Save", {"en-title": "Title"})
    assert (text_of(app, "kk").body, text_of(app, "kk").updated_at) == (body, updated_at)


def test_authors_see_and_edit_their_own_drafts_alone(author: Browser, write: Write) -> None:
    write(en="Somebody else's")
    theirs = write(en="Of another author", by="other-author", published=None)
    new_post(author, {"en-title": "My own"})
    page = author.get("/en/staff/")
    assert [page.text(h2) for h2 in page.all("h2")] == ["My own"]
    author.get(f"/en/staff/posts/{theirs}", 404)
    author.get(f"/en/staff/posts/{theirs}/en/preview", 404)
    author.get(f"/en/staff/posts/{theirs}/deletion", 404)


def test_authors_neither_publish_nor_withdraw(app: Flask, author: Browser, write: Write) -> None:
    post = write(en="Mine", by="author", published=None)
    page = author.get(f"/en/staff/posts/{post}")
    assert "Save and publish" not in page.text()
    data = page.fields(page.form("Save")[0])
    for act in ("publication", "withdrawal"):
        assert author.client.post(f"/en/staff/posts/{post}/en/{act}", data=data).status_code == 403
    assert text_of(app).published_at is None


def test_authors_read_what_is_public_but_do_not_change_it(app: Flask, author: Browser, write: Write) -> None:
    post = write(en="Public", by="author")
    page = author.get(f"/en/staff/posts/{post}")
    assert "This text is out; an editor can change it." in page.text()
    token = page.fields(page.form("Save")[0])["csrf_token"]
    forged = {"csrf_token": token, "category": "4", "author": "2", "en-title": "Changed", "kk-title": "Қазақша"}
    author.client.post(f"/en/staff/posts/{post}", data=forged)
    assert text_of(app).title == "Public"
    assert text_of(app, "kk").title == "Қазақша"
    with app.app_context():
        assert db.session.get_one(Post, post).category.slug == "news"


def test_authors_delete_only_what_never_came_out(author: Browser, write: Write) -> None:
    public, draft = write(en="Public", by="author"), write(en="Draft", by="author", published=None)
    author.get(f"/en/staff/posts/{public}/deletion", 403)
    author.submit(author.get(f"/en/staff/posts/{draft}/deletion"), "Delete for good")
    author.get(f"/en/staff/posts/{draft}", 404)


def test_nobody_publishes_a_text_that_they_have_not_seen(app: Flask, editor: Browser, author: Browser) -> None:
    new_post(author, {"en-title": "Draft", "en-body": "Harmless."})
    opened = editor.get("/en/staff/posts/1")
    author.submit(author.get("/en/staff/posts/1"), "Save", {"en-body": "Changed after the reading."})
    page = editor.submit(opened, "Save and publish", status=409, within="en")
    assert value(page, "en-body") == "Changed after the reading."
    assert text_of(app).published_at is None
    editor.submit(page, "Save and publish", within="en")
    assert text_of(app).is_public


def test_a_forged_base_makes_no_post_without_a_text(app: Flask, author: Browser, editor: Browser) -> None:
    base = text_digest("Forged", "", "", "forged")
    page = new_post(author, {"kk-title": "Forged", "kk-slug": "forged", "kk-base": base})
    assert value(page, "kk-title") == "Forged"
    forged = {"ru-title": "Р", "ru-body": "Р", "ru-base": base}
    editor.submit(editor.get("/en/staff/posts/1"), "Save and publish", forged, within="ru")
    assert text_of(app, "ru").is_public
    editor.get("/en/staff/")


def test_withdrawing_twice_and_publishing_a_public_text_keep_its_date(
    app: Flask, editor: Browser, write: Write
) -> None:
    post = write(en="Here today")
    opened = editor.get(f"/en/staff/posts/{post}")
    asked = editor.submit(opened, "Withdraw", within="en")
    editor.submit(asked, "Withdraw it")
    editor.submit(asked, "Withdraw it")
    page = editor.submit(opened, "Save and publish", status=409, within="en")  # it was withdrawn meanwhile
    page = editor.submit(page, "Save and publish", within="en")
    editor.submit(page, "Save and publish", {"en-title": "A letter mended"}, within="en")
    assert text_of(app).published_at == LONG_AGO


def test_a_mistaken_date_is_mended_in_every_list(editor: Browser, write: Write) -> None:
    post = write(en="Dated", published=None)
    for typed in ("1926-09-01T10:00", "2021-09-01T10:00"):
        page = editor.get(f"/en/staff/posts/{post}")
        editor.submit(page, "Save and publish", {"en-publish_at": typed}, within="en")
    editor.get("/en/archive/1926/09/", 404)
    assert "Dated" in editor.get("/en/archive/2021/09/").text()


def test_an_address_leads_to_one_post_in_every_language(editor: Browser, write: Write) -> None:
    write(en="Collide")
    page = new_post(editor, {"kk-title": "Collide", "ru-title": "Другая", "ru-slug": "collide"}, 422)
    assert "Another post already has this address." in page.text()
    page = new_post(editor, {"kk-title": "COVID", "ru-title": "COVID"})
    assert value(page, "kk-slug") == value(page, "ru-slug") == "covid"


def test_a_draft_that_nobody_read_frees_its_old_address(editor: Browser, write: Write) -> None:
    post = write(en="First", published=None)
    editor.submit(editor.get(f"/en/staff/posts/{post}"), "Save", {"en-slug": "second"})
    assert value(new_post(editor, {"en-title": "First"}), "en-slug") == "first"


def test_somebody_elses_category_is_shown_before_it_is_overwritten(editor: Browser, write: Write) -> None:
    post = write(en="Title", category="news")
    opened = editor.get(f"/en/staff/posts/{post}")
    editor.submit(editor.get(f"/en/staff/posts/{post}"), "Save", {"category": "4"})
    page = editor.submit(opened, "Save", {"category": "3", "en-title": ""}, 422)
    assert "Saved by somebody else Science, Administration, No picture" in page.text()
    assert "Chosen in this form Announcements, Administration, No picture" in page.text()
    assert "somebody else changed this post" in alert(page)


def test_a_pane_that_was_empty_and_left_alone_is_no_fault(app: Flask, editor: Browser, write: Write) -> None:
    post = write(kk="Тақырып")
    opened = editor.get(f"/en/staff/posts/{post}")
    editor.submit(editor.get(f"/en/staff/posts/{post}"), "Save", {"en-title": "Added meanwhile"})
    editor.submit(opened, "Save", {"kk-title": "Жаңа"})
    assert text_of(app, "kk").title == "Жаңа"
    assert text_of(app).title == "Added meanwhile"


@pytest.mark.parametrize(
    "title", ["\u200b", "\u202e\u2066", " \u3000 ", "\u3164\uffa0", "\u2800", "\ufe0f\u034f", "\u0301", "\u115f\u1160"]
)
def test_a_title_that_nobody_can_see_is_none(editor: Browser, title: str) -> None:
    assert "Give the text a title." in new_post(editor, {"en-title": title, "en-body": "x"}, 422).text()


@pytest.mark.parametrize("body", ["<script>x</script>", "<img src=x>", "<p> </p>"])
def test_a_text_of_which_nothing_is_left_is_not_published(editor: Browser, write: Write, body: str) -> None:
    post = write(en="Title", published=None)
    page = editor.get(f"/en/staff/posts/{post}")
    page = editor.submit(page, "Save and publish", {"en-body": body}, 422, within="en")
    assert "Write the text first." in page.text()


def test_the_words_for_a_post_deleted_meanwhile_are_given_back(editor: Browser, write: Write) -> None:
    post = write(en="Title")
    opened = editor.get(f"/en/staff/posts/{post}")
    editor.submit(editor.get(f"/en/staff/posts/{post}/deletion"), "Delete for good")
    page = editor.submit(opened, "Save", {"en-body": "Long work."}, 404)
    assert "Somebody has deleted the post." in page.text()
    assert "Long work." in [area.text for area in page.all("textarea")]


def test_of_a_save_and_a_deletion_in_the_same_moment_both_are_answered(app: Flask, write: Write) -> None:
    browsers = [Browser(app), Browser(app)]
    for browser in browsers:
        browser.sign_in("editor")
    for number in range(8):
        post = write(en=f"Title {number}")
        forms = [
            browsers[0].get(f"/en/staff/posts/{post}"),
            browsers[1].get(f"/en/staff/posts/{post}/deletion"),
        ]
        answers: list[int] = []

        def send(browser: Browser, page: Page, button: str, path: str, answers: list[int] = answers) -> None:
            data = {**page.fields(page.form(button)[0]), "en-body": "Changed."}
            answers.append(browser.client.post(path, data=data).status_code)

        threads = [
            threading.Thread(target=send, args=(browsers[0], forms[0], "Save", f"/en/staff/posts/{post}")),
            threading.Thread(
                target=send, args=(browsers[1], forms[1], "Delete for good", f"/en/staff/posts/{post}/deletion")
            ),
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert set(answers) <= {303, 404, 409, 422, 503}


@pytest.mark.parametrize("json", [[1, 2], 5, {"kk-title": 5}])
def test_only_forms_without_files_are_taken(editor: Browser, json: object) -> None:
    for path in ("/en/staff/posts/new", "/en/staff/login"):
        assert editor.client.post(path, json=json).status_code == 415
        files = {"kk-title": (BytesIO(b"x"), "x.txt"), "csrf_token": "x"}
        assert editor.client.post(path, data=files).status_code == 415


def test_lists_are_ordered_by_the_first_publication_of_any_language(editor: Browser, write: Write) -> None:
    old = write(kk="Ескі", published=datetime(2021, 1, 1, tzinfo=UTC))
    write(kk="Жаңа", published=datetime(2021, 2, 1, tzinfo=UTC))
    editor.submit(
        editor.get(f"/en/staff/posts/{old}"), "Save and publish", {"en-title": "Old", "en-body": "x"}, within="en"
    )
    page = editor.get("/kk/")
    assert [page.text(h3) for h3 in page.all("h3")] == ["Жаңа", "Ескі"]


@pytest.mark.parametrize("number", ["0", "99999999999999999999", "-1", "x"])
def test_posts_that_are_not_there_are_404(editor: Browser, number: str) -> None:
    editor.get(f"/en/staff/posts/{number}", 404)
    editor.get("/en/staff/?page=2", 404)


@pytest.mark.sqlite
def test_on_a_full_disk_the_words_are_given_back_and_the_text_stays(app: Flask, editor: Browser, write: Write) -> None:
    post = write(en="Title", body="<p>As it was.</p>")
    page = editor.get(f"/en/staff/posts/{post}")
    words = "Long work. " * 20_000
    with app.app_context():
        engine = db.engine

    def fill(connection: Any, _record: Any) -> None:
        (pages,) = connection.execute("PRAGMA page_count").fetchone()
        connection.execute(f"PRAGMA max_page_count = {pages}")

    engine.dispose()
    event.listen(engine, "connect", fill)
    try:
        answer = editor.submit(page, "Save", {"en-body": words}, 503)
        fields = {**page.fields(page.form("Save")[0]), "en-body": words}
        assert editor.client.post(f"/en/staff/posts/{post}/draft", data=fields).status_code == 503
    finally:
        event.remove(engine, "connect", fill)
        engine.dispose()
    assert words.strip() in str([area.text for area in answer.all("textarea")])
    assert "Nothing has been saved, and nothing is lost" in alert(answer)
    assert text_of(app).body == "<p>As it was.</p>"
