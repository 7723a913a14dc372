"""Publication by hand and at a time, withdrawal, review and corrections, by role."""

import re
from datetime import UTC, datetime, timedelta

import feedparser
import pytest
from flask import Flask

from kariu_blog.database import db
from kariu_blog.languages import local
from kariu_blog.posts.post import Post, PostTranslation
from tests.support.browsing import Browser, Page, value
from tests.support.cast import LONG_AGO, Write
from tests.support.posts import CHANGES, STATES, bring_into, standing_of, state_of, text_of

ACTS = ("", "/en/publication", "/en/withdrawal", "/en/review", "/en/give-back", "/en/change/discard")
AFTER = {
    # standing   by an editor: save, publication, withdrawal, review, give-back, discard
    "draft": ("draft", "public", "draft", "review", "draft", "draft"),
    "review": ("review", "public", "review", "review", "draft", "draft"),
    "scheduled": ("scheduled", "scheduled", "draft", "scheduled", "scheduled", "scheduled"),
    "public": ("changed", "public", "withdrawn", "public", "public", "public"),
    "changed": ("changed", "public", "withdrawn", "submitted", "changed", "public"),
    "submitted": ("submitted", "public", "withdrawn", "submitted", "changed", "public"),
    "timed": ("timed", "timed", "withdrawn", "timed", "timed", "public"),
    "withdrawn": ("withdrawn", "public", "withdrawn", "review", "withdrawn", "withdrawn"),
}
"""What becomes of a text, or of a change that readers have not seen.

Authors do the same with their own, but publish and withdraw nothing, and touch nothing that waits for its time.
"""


def pane_state(page: Page) -> str:
    """Return the state that the English pane names."""
    spans = page.one("fieldset", id="pane-en").iter("span")
    return next(page.text(span) for span in spans if span.get("class", "").startswith("state "))


def test_publish_at_a_time_in_karaganda(app: Flask, editor: Browser, write: Write) -> None:
    post = write(en="Soon", published=None)
    tomorrow = local(datetime.now(UTC) + timedelta(days=1)).replace(hour=9, minute=30)
    page = editor.get(f"/en/staff/posts/{post}")
    page = editor.submit(page, "Save and publish", {"en-publish_at": f"{tomorrow:%Y-%m-%dT%H:%M}"}, within="en")
    assert pane_state(page) == "Scheduled"
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
    for button, typed, utc in (
        ("Save and publish", "2024-02-29T12:00", "06:00"),
        ("Update on the site", "2024-03-01T12:00", "07:00"),
    ):
        page = editor.get(f"/en/staff/posts/{post}")
        editor.submit(page, button, {"en-publish_at": typed}, within="en")
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
    assert pane_state(page) == "Withdrawn"
    editor.get("/en/posts/here-today", 404)
    before = text_of(app)
    editor.submit(page, "Save and publish", within="en")
    assert "29 June 2021" in editor.get("/en/posts/here-today").text()
    assert text_of(app).feed_id == before.feed_id


def test_a_scheduled_text_withdrawn_is_a_draft_again(app: Flask, editor: Browser, write: Write) -> None:
    post = write(en="Waiting", published=timedelta(days=1))
    page = editor.submit(editor.get(f"/en/staff/posts/{post}"), "Withdraw", within="en")
    page = editor.submit(page, "Make it a draft again")
    assert pane_state(page) == "Draft"
    with app.app_context():
        assert db.session.get_one(Post, post).first_published_at is None


def test_a_text_without_words_is_not_published(editor: Browser, write: Write) -> None:
    post = write(en="Title alone", published=None, body="")
    page = editor.submit(editor.get(f"/en/staff/posts/{post}"), "Save and publish", status=422, within="en")
    assert "Write the text first." in page.text()
    page = editor.submit(editor.get(f"/en/staff/posts/{post}"), "Save and publish", status=422, within="kk")
    assert "Give the text a title." in page.text()


def test_authors_neither_publish_nor_withdraw(app: Flask, author: Browser, write: Write) -> None:
    post = write(en="Mine", by="author", published=None)
    page = author.get(f"/en/staff/posts/{post}")
    assert "Save and publish" not in page.text()
    data = page.fields(page.form("Save")[0])
    for act in ("publication", "withdrawal"):
        assert author.client.post(f"/en/staff/posts/{post}/en/{act}", data=data).status_code == 403
    assert text_of(app).published_at is None


def test_withdrawing_twice_and_publishing_a_public_text_keep_its_date(
    app: Flask, editor: Browser, write: Write
) -> None:
    post = write(en="Here today")
    opened = editor.get(f"/en/staff/posts/{post}")
    asked = editor.submit(opened, "Withdraw", within="en")
    editor.submit(asked, "Withdraw it")
    editor.submit(asked, "Withdraw it")
    page = editor.submit(opened, "Update on the site", status=409, within="en")  # it was withdrawn meanwhile
    page = editor.submit(page, "Save and publish", within="en")
    editor.submit(page, "Update on the site", {"en-title": "A letter mended"}, within="en")
    assert text_of(app).published_at == LONG_AGO


def test_a_mistaken_date_is_mended_in_every_list(editor: Browser, write: Write) -> None:
    post = write(en="Dated", published=None)
    for button, typed in (("Save and publish", "1926-09-01T10:00"), ("Update on the site", "2021-09-01T10:00")):
        page = editor.get(f"/en/staff/posts/{post}")
        editor.submit(page, button, {"en-publish_at": typed}, within="en")
    editor.get("/en/archive/1926/09/", 404)
    assert "Dated" in editor.get("/en/archive/2021/09/").text()


@pytest.mark.parametrize("body", ["<script>x</script>", "<img src=x>", "<p> </p>"])
def test_a_text_of_which_nothing_is_left_is_not_published(editor: Browser, write: Write, body: str) -> None:
    post = write(en="Title", published=None)
    page = editor.get(f"/en/staff/posts/{post}")
    page = editor.submit(page, "Save and publish", {"en-body": body}, 422, within="en")
    assert "Write the text first." in page.text()


def test_lists_are_ordered_by_the_first_publication_of_any_language(editor: Browser, write: Write) -> None:
    old = write(kk="Ескі", published=datetime(2021, 1, 1, tzinfo=UTC))
    write(kk="Жаңа", published=datetime(2021, 2, 1, tzinfo=UTC))
    editor.submit(
        editor.get(f"/en/staff/posts/{old}"), "Save and publish", {"en-title": "Old", "en-body": "x"}, within="en"
    )
    page = editor.get("/kk/")
    assert [page.text(h3) for h3 in page.all("h3")] == ["Жаңа", "Ескі"]


@pytest.mark.parametrize("state", [*STATES, *CHANGES])
@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("somebody", ["admin", "editor", "author", "other-author", ""])
def test_every_act_in_every_state_by_every_role(app: Flask, write: Write, state: str, act: str, somebody: str) -> None:
    post = write(en="Title", body="<p>Before.</p>", by="author", published=None)
    bring_into(app, post, state)
    browser, address = Browser(app), f"/en/staff/posts/{post}"
    fields = {"csrf_token": "x"}
    if somebody:
        browser.sign_in(somebody)
        page = browser.get(address if somebody != "other-author" else "/en/staff/posts/new")
        fields = {**page.fields(page.form("Save")[0]), "answer": "withdraw"}
    if act == "":
        fields["en-body"] = "Typed."
    answer = browser.client.post(address + act, data=fields).status_code
    is_publishers = act in ("/en/publication", "/en/withdrawal")
    if somebody == "":
        expected, after = 401, state
    elif somebody == "other-author":
        expected, after = 403 if is_publishers else 404, state
    elif somebody == "author" and (is_publishers or state in ("scheduled", "timed")):
        expected, after = 403 if act else 303, state
    else:
        expected, after = 303, AFTER[state][ACTS.index(act)]
    assert (answer, standing_of(app, post)) == (expected, after)
    if after in ("public", *CHANGES):
        is_updated = act == "/en/publication" and state in ("changed", "submitted") and expected == 303
        assert ("Changed." if is_updated else "Before.") in browser.get("/en/posts/title").text()
    else:
        browser.get("/en/posts/title", 404)


def test_an_author_submits_an_editor_gives_back_with_a_note_and_then_publishes(
    app: Flask, author: Browser, editor: Browser
) -> None:
    page = author.new_post({"kk-title": "Мақала", "kk-body": "Мәтін."}, "Save and submit for review", within="kk")
    assert "In review" in page.text()
    waiting = editor.get("/en/staff/?state=review")
    page = editor.get(waiting.links()["Мақала"])
    page = editor.submit(page, "Give back to the author", {"kk-review_note": "Please add the date."}, within="kk")
    assert "Мақала" not in editor.get("/en/staff/?state=review").text()
    page = author.get(waiting.links()["Мақала"])
    assert "An editor asks for changes: Please add the date." in page.text()
    author.submit(page, "Save and submit for review", {"kk-body": "Мәтін, 24 қараша."}, within="kk")
    page = editor.get(waiting.links()["Мақала"])
    assert "Please add the date." not in page.text()
    editor.submit(page, "Save and publish", within="kk")
    assert "Мәтін, 24 қараша." in Browser(app).get("/kk/posts/maqala").text()


def test_all_languages_are_published_at_once_or_each_on_its_day(app: Flask, editor: Browser) -> None:
    fields = {
        "kk-title": "Бүгін",
        "kk-body": "а",
        "ru-title": "Позже",
        "ru-body": "б",
        "en-title": "Now",
        "en-body": "c",
    }
    page = editor.new_post({**fields, "ru-publish_at": "2099-01-01T09:00"}, "Publish all")
    assert "Published. Readers see it now: Қазақша, English." in page.text()
    assert "Scheduled: Русский (1 January 2099, 09:00). Readers do not see it before then." in page.text()
    assert editor.get("/kk/posts/bugin").text()
    assert editor.get("/en/posts/now").text()
    post = int(re.findall(r"posts/(\d+)", page.path)[0])
    assert state_of(app, post, "ru") == "scheduled"
    assert value(page, "ru-publish_at") == "2099-01-01T09:00"


def test_publishing_all_leaves_what_was_withdrawn_and_needs_every_text_whole(editor: Browser, write: Write) -> None:
    post = write(kk="Жария", ru="Снято", body="<p>x</p>")
    page = editor.withdraw(editor.get(f"/en/staff/posts/{post}"), "ru")
    page = editor.submit(page, "Publish all", {"en-title": "Without words"}, 422)
    assert "Write the text first." in page.text()
    page = editor.submit(page, "Publish all", {"en-body": "Words."})
    page = editor.submit(page, "Date it now")
    assert "Words." in editor.get("/en/posts/without-words").text()
    assert "Withdrawn" in page.text()


def test_readers_are_told_of_a_correction_with_its_date(app: Flask, editor: Browser, write: Write) -> None:
    post = write(en="Open day", body="<p>On 3 May.</p>")
    page = editor.get(f"/en/staff/posts/{post}")
    fields = {"en-body": "On 4 May.", "en-correction_note": "The day was wrong."}
    page = editor.submit(page, "Update on the site", fields, within="en")
    shown = Browser(app).get("/en/posts/open-day").text()
    assert re.search(r"Correction of \d+ \w+ \d{4}: The day was wrong\.", shown)
    feed = feedparser.parse(editor.raw("/en/feed.atom").data)
    assert "The day was wrong.</p>" in feed.entries[0].content[0].value
    editor.submit(page, "Update on the site", {"en-correction_note": ""}, within="en")
    assert "The day was wrong." not in Browser(app).get("/en/posts/open-day").text()


def test_a_note_reaches_nobody_whose_text_is_not_in_review(author: Browser, editor: Browser, write: Write) -> None:
    post = write(en="Mine", by="author", published=None)
    page = editor.get(f"/en/staff/posts/{post}")
    fields = {**page.fields(page.form("Save")[0]), "en-review_note": "Shorten it."}
    assert editor.client.post(f"/en/staff/posts/{post}/en/give-back", data=fields).status_code == 303
    assert "Shorten it." not in author.get(f"/en/staff/posts/{post}").text()


def test_a_correction_stays_while_its_text_is_scheduled_anew(app: Flask, editor: Browser, write: Write) -> None:
    post = write(en="Open day", body="<p>On 4 May.</p>")
    page, note = editor.get(f"/en/staff/posts/{post}"), {"en-correction_note": "The day was wrong."}
    page = editor.submit(page, "Update on the site", note, within="en")
    page = editor.submit(page, "Update on the site", {"en-publish_at": "2099-01-01T09:00"}, within="en")
    page = editor.submit(page, "Hide it until then")
    editor.submit(page, "Save")
    with app.app_context():
        assert db.session.query(PostTranslation).one().correction_note == "The day was wrong."
