"""Unsaved drafts: what autosave takes and refuses, and what becomes of them."""

import json
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask

from kariu_blog.accounts.models import Staff
from kariu_blog.database import db
from kariu_blog.newsroom.models import Draft
from kariu_blog.posts.post import PostTranslation
from tests.support.browsing import Browser, value
from tests.support.cast import Write
from tests.support.posts import bring_into

NEW = "/en/staff/posts/new"
FULL = {
    "kk": "Сақталмаған қараламаларыңыздың саны шегіне жетті (20).",
    "ru": "У вас предельное число несохранённых черновиков (20).",
    "en": "You have reached the limit of unsaved drafts (20).",
}


def test_a_draft_is_kept_beside_the_text_and_is_its_writers_alone(app: Flask, write: Write) -> None:
    post = write(en="Title", body="<p>Public words.</p>")
    mine, theirs = Browser(app), Browser(app)
    mine.sign_in("editor")
    theirs.sign_in("admin")
    page = mine.get(f"/en/staff/posts/{post}")
    fields = {**page.fields(page.form("Save")[0]), "en-body": "Half a"}
    answer = mine.client.post(f"/en/staff/posts/{post}/draft", data=fields)
    assert answer.status_code == 200
    assert answer.json is not None
    assert answer.json["message"].startswith("Kept as a draft")
    assert value(mine.get(f"/en/staff/posts/{post}"), "en-body") == "Half a"
    assert "Public words." in Browser(app).get("/en/posts/title").text()
    other = theirs.get(f"/en/staff/posts/{post}")
    assert value(other, "en-body") == "Public words."
    assert "editor has changes here that are not saved yet" in other.text()
    mine.submit(mine.get(f"/en/staff/posts/{post}"), "Save")
    with app.app_context():
        assert db.session.query(Draft).count() == 0
        assert db.session.query(PostTranslation).one().latest.body == "<p>Half a</p>"


def test_the_title_of_a_draft_is_marked_with_its_language(editor: Browser) -> None:
    page = editor.get("/en/staff/posts/new")
    fields = {**page.fields(page.form("Save")[0]), "kk-title": " ", "ru-title": "Заголовок"}
    editor.client.post("/en/staff/posts/new/draft", data=fields)
    page = editor.get("/en/staff/")
    assert [(page.text(bdi), bdi.get("lang")) for bdi in page.one("section").iter("bdi")] == [("Заголовок", "ru")]


def test_a_draft_of_a_text_that_was_changed_meanwhile_shows_both(app: Flask, editor: Browser, write: Write) -> None:
    post = write(en="Title", body="<p>As it was.</p>")
    page = editor.get(f"/en/staff/posts/{post}")
    fields = {**page.fields(page.form("Save")[0]), "en-body": "Mine, unsaved."}
    assert editor.client.post(f"/en/staff/posts/{post}/draft", data=fields).status_code == 200
    other = Browser(app)
    other.sign_in("admin")
    other.submit(other.get(f"/en/staff/posts/{post}"), "Save", {"en-body": "Theirs."})
    page = editor.get(f"/en/staff/posts/{post}")
    assert value(page, "en-body") == "Mine, unsaved."
    assert "Text as saved by somebody else Theirs." in page.text()


@pytest.mark.parametrize("typed", ["", "\x00", "\ud800", "'; DROP TABLE draft; --", "]]>&<script>", "😀" * 9000])
def test_a_draft_keeps_whatever_was_typed(editor: Browser, typed: str) -> None:
    page = editor.get("/en/staff/posts/new")
    fields = {**page.fields(page.form("Save")[0]), "kk-title": f"т{typed}", "kk-publish_at": "tomorrow"}
    data = {name: text.encode(errors="surrogatepass") for name, text in fields.items()}
    answer = editor.client.post("/en/staff/posts/new/draft", data=data)
    assert answer.status_code in (200, 400)
    if answer.status_code == 200:
        page = editor.get(next(href for href in editor.get("/en/staff/").links().values() if "draft=" in str(href)))
        assert value(page, "kk-publish_at") == "tomorrow"
        assert value(page, "kk-title").startswith("т")


def test_a_draft_needs_a_session_its_token_and_a_post_of_ones_own(author: Browser, write: Write) -> None:
    theirs = write(en="Of another", by="other-author", published=None)
    page = author.get("/en/staff/posts/new")
    fields = {**page.fields(page.form("Save")[0]), "en-title": "Typed"}
    assert author.client.post(f"/en/staff/posts/{theirs}/draft", data=fields).status_code == 404
    assert author.client.post("/en/staff/posts/new/draft", data={**fields, "csrf_token": "x"}).status_code == 400
    author.client.delete_cookie("__Host-session")
    assert author.client.post("/en/staff/posts/new/draft", data=fields).status_code == 401


def test_drafts_of_two_tabs_in_two_languages_are_both_kept_and_a_save_uses_up_its_own(
    app: Flask, editor: Browser, write: Write
) -> None:
    post = write(en="Title", ru="Заголовок", body="<p>x</p>")
    opened = editor.get(f"/en/staff/posts/{post}")
    sent = opened.fields(opened.form("Save")[0])
    common = {name: sent[name] for name in ("csrf_token", "form_key")}
    for code, words in (("en", "First tab."), ("ru", "Вторая вкладка.")):
        pane = {name: value for name, value in sent.items() if name.startswith(f"{code}-")}
        answer = editor.client.post(f"/en/staff/posts/{post}/draft", data={**common, **pane, f"{code}-body": words})
        assert answer.json is not None
        assert answer.json["message"]
    editor.submit(opened, "Save", {"ru-body": "Вторая вкладка."})
    page = editor.get(f"/en/staff/posts/{post}")
    assert value(page, "en-body") == "First tab."
    assert value(page, "ru-body") == "Вторая вкладка."
    assert "This is your draft of" in page.text()
    with app.app_context():
        assert db.session.query(Draft).one().languages == "en"


def test_of_a_draft_that_two_tabs_begin_in_the_same_moment_both_parts_are_kept(app: Flask, write: Write) -> None:
    post = write(en="Title", ru="Заголовок", body="<p>x</p>")
    tabs = []
    for code in ("en", "ru"):
        browser = Browser(app)
        browser.sign_in("editor")
        opened = browser.get(f"/en/staff/posts/{post}")
        sent = opened.fields(opened.form("Save")[0])
        common = {name: sent[name] for name in ("csrf_token", "form_key")}
        pane = {name: value for name, value in sent.items() if name.startswith(f"{code}-")}
        tabs.append((browser, {**common, **pane, f"{code}-body": f"Tab of {code}."}))
    for _round in range(20):
        with app.app_context():
            db.session.query(Draft).delete()
            db.session.commit()
        with ThreadPoolExecutor(2) as threads:
            answers = list(
                threads.map(lambda tab: tab[0].client.post(f"/en/staff/posts/{post}/draft", data=tab[1]), tabs)
            )
        assert [answer.status_code for answer in answers] == [200, 200]
        with app.app_context():
            assert db.session.query(Draft).one().languages == "ru,en"


def test_a_note_to_the_author_is_kept_as_a_draft_and_never_swallowed(
    app: Flask, author: Browser, editor: Browser, write: Write
) -> None:
    post = write(en="Mine", by="author", published=None)
    bring_into(app, post, "review")
    opened = editor.get(f"/en/staff/posts/{post}")
    fields = {**opened.fields(opened.form("Save")[0]), "en-review_note": "Shorten it."}
    editor.client.post(f"/en/staff/posts/{post}/draft", data=fields)
    assert value(editor.get(f"/en/staff/posts/{post}"), "en-review_note") == "Shorten it."
    assert "The note to the author was not sent" in editor.submit(opened, "Save", fields).text()
    author.submit(author.get(f"/en/staff/posts/{post}"), "Take back from review", within="en")
    page = editor.submit(opened, "Give back to the author", fields, 409, within="en")
    assert value(page, "en-review_note") == "Shorten it."


def form(browser: Browser, path: str = NEW, **typed: str) -> dict[str, str]:
    page = browser.get(path)
    return {**page.fields(page.form("Save")[0]), **{name.replace("_", "-"): value for name, value in typed.items()}}


def typed_in(app: Flask) -> dict[str, str]:
    with app.app_context():
        return dict(json.loads(db.session.query(Draft).one().typed))


def fill_up(app: Flask, username: str) -> None:
    with app.app_context():
        person = db.session.query(Staff).filter_by(username=username).one()
        for number in range(20):
            draft = Draft(staff_id=person.id, form_key=f"new-{number:016x}", typed='{"en-title": "x"}', languages="en")
            db.session.add(draft)
        db.session.commit()


def test_a_draft_holds_the_fields_of_the_form_and_no_others(app: Flask, editor: Browser) -> None:
    fields = form(editor, en_title="Half", ru_body="Текст")
    odd = {"x": "y", "en-x": "y", "xx-title": "y", "en-title-x": "y", "title": "y", "writer": fields["writer"]}
    assert editor.client.post(f"{NEW}/draft", data={**fields, **odd}).status_code == 200
    kept = typed_in(app)
    assert (kept["en-title"], kept["ru-body"]) == ("Half", "Текст")
    assert kept.keys().isdisjoint({*odd, "csrf_token"})


@pytest.mark.slow
def test_a_draft_may_be_too_long_for_a_post_and_not_without_end(app: Flask, editor: Browser) -> None:
    fields = form(editor, kk_body="ә" * 500_000, kk_title="ә" * 4_000)
    assert editor.client.post(f"{NEW}/draft", data=fields).status_code == 200
    assert len(typed_in(app)["kk-body"]) == 500_000
    for name, length in {"kk-body": 700_000, "kk-title": 12_000, "form_key": 12_000, "category": 12_000}.items():
        assert editor.client.post(f"{NEW}/draft", data={**fields, name: "1" * length}).status_code == 413, name
    assert typed_in(app)["kk-body"] == "ә" * 500_000


def test_one_person_has_twenty_drafts_and_is_told_so(app: Flask, editor: Browser) -> None:
    fields = form(editor, en_title="One more")
    fill_up(app, "editor")
    for language, words in FULL.items():
        answer = editor.client.post(f"/{language}/staff/posts/new/draft", data=fields)
        assert answer.status_code == 422
        assert (answer.json or {})["message"].startswith(words)
    assert "Saved as a draft" in editor.new_post({"en-title": "One more", "en-body": "Text"}).text()


def test_with_twenty_drafts_each_of_them_can_still_be_written_on(app: Flask, editor: Browser) -> None:
    fields = form(editor, en_title="More of it")
    fill_up(app, "editor")
    fields["form_key"] = "new-0000000000000007"
    assert editor.client.post(f"{NEW}/draft", data=fields).status_code == 200
    page = editor.get(f"{NEW}?draft=new-0000000000000007")
    assert page.fields(page.form("Save")[0])["en-title"] == "More of it"


def test_when_a_draft_was_discarded_another_is_kept(app: Flask, editor: Browser) -> None:
    fields = form(editor, en_title="One more")
    fill_up(app, "editor")
    assert editor.client.post(f"{NEW}/draft", data=fields).status_code == 422
    removal = {**fields, "form_key": "new-0000000000000003"}
    assert editor.client.post(f"{NEW}/draft/discard", data=removal).status_code == 303
    assert editor.client.post(f"{NEW}/draft", data=fields).status_code == 200


def test_the_drafts_of_one_person_are_no_limit_to_another(app: Flask, editor: Browser, write: Write) -> None:
    post = write(en="Title", by="editor")
    fields = form(editor, f"/en/staff/posts/{post}", en_title="Another title")
    fill_up(app, "author")
    assert editor.client.post(f"/en/staff/posts/{post}/draft", data=fields).status_code == 200
