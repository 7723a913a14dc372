"""Several people and tabs at one post: what is saved, what is refused, and that no words are lost."""

import threading
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event

from kariu_blog.database import db
from kariu_blog.newsroom.editing import Part, Status, merged
from kariu_blog.posts.content import Content
from kariu_blog.posts.post import Post, PostTranslation
from tests.support.browsing import Browser, Page, value
from tests.support.cast import Write
from tests.support.posts import latest, text_of


def alert(page: Page) -> str:
    return page.text(page.one("p", role="alert"))


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
    assert latest(app, "kk").title == "Жаңа тақырып"
    assert text_of(app, "ru").version == 1


def test_a_stale_save_is_refused_and_both_texts_are_shown(app: Flask, editor: Browser, write: Write) -> None:
    post = write(en="Title", body="<p>As it was.</p>")
    opened = editor.get(f"/en/staff/posts/{post}")
    editor.submit(editor.get(f"/en/staff/posts/{post}"), "Save", {"en-body": "Theirs."})
    page = editor.submit(opened, "Save", {"en-body": "Mine."}, 409)
    assert "somebody else changed this post" in alert(page)
    assert value(page, "en-body") == "Mine."
    assert "Text as saved by somebody else Theirs." in page.text()
    assert latest(app).body == "<p>Theirs.</p>"
    editor.submit(page, "Save")
    assert latest(app).body == "<p>Mine.</p>"


def test_two_people_in_two_languages_do_not_disturb_each_other(app: Flask, editor: Browser, write: Write) -> None:
    post = write(kk="Тақырып", ru="Заголовок")
    opened = editor.get(f"/en/staff/posts/{post}")
    editor.submit(editor.get(f"/en/staff/posts/{post}"), "Save", {"ru-title": "Новый"})
    editor.submit(opened, "Save", {"kk-title": "Жаңа"})
    assert latest(app, "kk").title == "Жаңа"
    assert latest(app, "ru").title == "Новый"


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
    assert latest(app).body == f"<p>Version {winner}.</p>"


def test_somebody_signed_out_meanwhile_still_has_the_text(editor: Browser) -> None:
    page = editor.get("/ru/staff/posts/new")
    form, _ = page.form("Сохранить")
    data = {**page.fields(form), "kk-title": "Ұзақ жұмыс", "kk-body": "Мәтін"}
    editor.client.delete_cookie("__Host-session")
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


def test_nobody_publishes_a_text_that_they_have_not_seen(app: Flask, editor: Browser, author: Browser) -> None:
    author.new_post({"en-title": "Draft", "en-body": "Harmless."})
    opened = editor.get("/en/staff/posts/1")
    author.submit(author.get("/en/staff/posts/1"), "Save", {"en-body": "Changed after the reading."})
    page = editor.submit(opened, "Save and publish", status=409, within="en")
    assert value(page, "en-body") == "Changed after the reading."
    assert text_of(app).published_at is None
    editor.submit(page, "Save and publish", within="en")
    assert text_of(app).is_public


def test_a_forged_base_makes_no_post_without_a_text(app: Flask, author: Browser, editor: Browser) -> None:
    base = Content("Forged", "", "", "forged").digest
    page = author.new_post({"kk-title": "Forged", "kk-slug": "forged", "kk-base": base})
    assert value(page, "kk-title") == "Forged"
    forged = {"ru-title": "Р", "ru-body": "Р", "ru-base": base}
    editor.submit(editor.get("/en/staff/posts/1"), "Save and publish", forged, within="ru")
    assert text_of(app, "ru").is_public
    editor.get("/en/staff/")


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
    assert latest(app, "kk").title == "Жаңа"
    assert text_of(app).title == "Added meanwhile"


def test_the_words_for_a_post_deleted_meanwhile_are_given_back(editor: Browser, write: Write) -> None:
    post = write(en="Title")
    opened = editor.get(f"/en/staff/posts/{post}")
    editor.submit(editor.get(f"/en/staff/posts/{post}/deletion"), "Put it into the trash")
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
                target=send, args=(browsers[1], forms[1], "Put it into the trash", f"/en/staff/posts/{post}/deletion")
            ),
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert set(answers) <= {303, 404, 409, 422, 503}


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


def test_words_of_an_author_whose_text_was_scheduled_meanwhile_are_shown_and_not_lost(
    app: Flask, author: Browser, editor: Browser, write: Write
) -> None:
    post = write(en="Mine", body="<p>Before.</p>", by="author", published=None)
    opened = author.get(f"/en/staff/posts/{post}")
    scheduled = {"en-publish_at": "2099-01-01T09:00"}
    editor.submit(editor.get(f"/en/staff/posts/{post}"), "Save and publish", scheduled, within="en")
    fields = {**opened.fields(opened.form("Save")[0]), "en-body": "Long work."}
    author.client.post(f"/en/staff/posts/{post}/draft", data=fields)
    refused = author.submit(opened, "Save", {"en-body": "Long work."}, 409)
    saved = author.submit(refused, "Save", {"ru-title": "Другой язык"})
    for page in (refused, saved, author.get(f"/en/staff/posts/{post}")):
        assert "What you wrote meanwhile is below, and was not saved." in page.text()
        assert "Long work." in page.text(page.one("textarea", id="en-body"))
    assert text_of(app).body == "<p>Before.</p>"


@pytest.mark.parametrize(
    ("base", "saved", "typed", "may_edit", "status"),
    [
        ("", "", "", True, Status.UNTOUCHED),
        ("", "", "mine", True, Status.CHANGED),
        ("forged", "", "forged", True, Status.CHANGED),
        ("old", "old", "old", True, Status.UNTOUCHED),
        ("old", "old", "mine", True, Status.CHANGED),
        ("old", "theirs", "old", True, Status.UNTOUCHED),
        ("old", "theirs", "theirs", True, Status.UNTOUCHED),
        ("old", "theirs", "mine", True, Status.CONFLICT),
        ("", "theirs", "", True, Status.UNTOUCHED),
        ("", "theirs", "mine", True, Status.CONFLICT),
        ("old", "old", "mine", False, Status.LOCKED),
        ("old", "theirs", "mine", False, Status.LOCKED),
        ("old", "theirs", "old", False, Status.UNTOUCHED),
        ("", "theirs", "forged", False, Status.UNTOUCHED),
    ],
)
def test_what_becomes_of_a_language_follows_from_what_was_shown_saved_and_typed(
    base: str, saved: str, typed: str, may_edit: bool, status: Status
) -> None:
    assert Part(base, saved, typed, may_edit=may_edit).status is status


def test_a_draft_takes_a_language_whole_from_the_tab_that_sent_it() -> None:
    draft = {"kk-title": "Ескі", "kk-body": "Ескі мәтін", "ru-title": "Другая вкладка", "category": "1"}
    sent = {"kk-title": "Жаңа", "category": "2"}
    assert merged(draft, sent) == {"kk-title": "Жаңа", "ru-title": "Другая вкладка", "category": "2"}


@pytest.mark.parametrize(
    ("path", "button", "overtaken"),
    [
        ("deletion", "Put it into the trash", "UPDATE post SET"),
        ("en/revisions/1", "Restore this version", "UPDATE post_translation"),
    ],
)
def test_an_act_that_somebody_elses_save_overtakes_is_not_done_and_that_is_said(
    app: Flask, editor: Browser, write: Write, path: str, button: str, overtaken: str
) -> None:
    post = write(en="Title", body="<p>First.</p>")
    page = editor.get(f"/en/staff/posts/{post}")
    editor.submit(page, "Update on the site", {"en-body": "Second."}, within="en")
    page = editor.get(f"/en/staff/posts/{post}/{path}")
    with app.app_context():
        engine = db.engine

    def overtake(_connection: Any, cursor: Any, statement: str, *_more: Any) -> None:
        if statement.startswith(overtaken):
            cursor.execute("UPDATE post SET version = version + 1")
            cursor.execute("UPDATE post_translation SET version = version + 1")

    event.listen(engine, "before_cursor_execute", overtake)
    try:
        page = editor.submit(page, button)
    finally:
        event.remove(engine, "before_cursor_execute", overtake)
    assert "Not done: somebody else changed this at the same moment." in page.text()
    assert page.form(button)
    assert "Second." in editor.get("/en/posts/title").text()
