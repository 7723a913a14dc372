"""What autosave takes, and what it refuses in a sentence."""

import json

import pytest
from flask import Flask

from kariu_blog.accounts.models import Staff
from kariu_blog.database import db
from kariu_blog.newsroom.models import Draft
from tests.support.browsing import Browser
from tests.support.cast import Write

NEW = "/en/staff/posts/new"
FULL = {
    "kk": "Сақталмаған қараламаларыңыздың саны шегіне жетті (20).",
    "ru": "У вас предельное число несохранённых черновиков (20).",
    "en": "You have reached the limit of unsaved drafts (20).",
}


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
