"""Review, publishing, histories, previews, corrections and unsaved drafts, through HTTP and by role."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import feedparser
import pytest
from flask import Flask

from kariu_blog.accounts.models import Staff
from kariu_blog.database import db, now
from kariu_blog.newsroom.differences import difference
from kariu_blog.newsroom.models import Draft, PreviewLink
from kariu_blog.posts.models import Post, PostTranslation
from tests.support.browsing import Browser, Page, value
from tests.support.cast import CAST, LONG_AGO, Write

STATES = ("draft", "review", "scheduled", "public", "withdrawn")
ACTS = ("publication", "withdrawal", "review", "give-back")
AFTER = {
    # state      by an editor: publication, withdrawal, review, give-back
    "draft": ("public", "draft", "review", "draft"),
    "review": ("public", "review", "review", "draft"),
    "scheduled": ("scheduled", "draft", "scheduled", "scheduled"),
    "public": ("public", "withdrawn", "public", "public"),
    "withdrawn": ("public", "withdrawn", "review", "withdrawn"),
}
"""What becomes of a text.  Authors may ask for review and take it back, where a text is not out."""


def bring_into(app: Flask, post: int, state: str) -> None:
    with app.app_context():
        text = db.session.get_one(Post, post).translations["en"]
        if state in ("public", "withdrawn"):
            text.publish(LONG_AGO)
        if state == "withdrawn":
            text.withdraw()
        if state == "scheduled":
            text.publish(now() + timedelta(days=9))
        if state == "review":
            text.ask_for_review()
        db.session.commit()


def state_of(app: Flask, post: int, language: str = "en") -> str:
    with app.app_context():
        return db.session.get_one(Post, post).translations[language].state


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("somebody", ["admin", "editor", "author", "other-author", ""])
def test_every_change_of_state_by_every_role(app: Flask, write: Write, state: str, act: str, somebody: str) -> None:
    post = write(en="Title", body="<p>Text.</p>", by="author", published=None)
    bring_into(app, post, state)
    browser, address = Browser(app), f"/en/staff/posts/{post}"
    fields = {"csrf_token": "x"}
    if somebody:
        browser.sign_in(somebody)
        page = browser.get(address if somebody != "other-author" else "/en/staff/posts/new")
        fields = {**page.fields(page.form("Save")[0]), "answer": "withdraw"}
    answer = browser.client.post(f"{address}/en/{act}", data=fields).status_code
    if somebody == "":
        expected, after = 401, state
    elif somebody == "other-author":
        expected, after = 403 if act in ("publication", "withdrawal") else 404, state
    elif somebody == "author" and act in ("publication", "withdrawal"):
        expected, after = 403, state
    else:
        expected, after = 303, AFTER[state][ACTS.index(act)]
    assert (answer, state_of(app, post)) == (expected, after)


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


def test_the_list_shows_each_state_alone(app: Flask, editor: Browser, write: Write) -> None:
    for state in STATES:
        bring_into(app, write(en=f"One that is {state}", published=None), state)
    for state in STATES:
        page = editor.get(f"/en/staff/?state={state}")
        assert [page.text(h2) for h2 in page.all("h2")] == [f"One that is {state}"]


def test_a_form_sent_twice_is_one_post(app: Flask, editor: Browser) -> None:
    page = editor.get("/en/staff/posts/new")
    fields = {"category": "2", "author": "2", "en-title": "Once", "en-body": "Words."}
    first = editor.submit(page, "Save", fields)
    again = editor.submit(page, "Save", fields)
    assert first.path.split("?")[0] == again.path.split("?")[0]
    changed = editor.submit(page, "Save", {**fields, "en-body": "Other words."}, 409)
    assert "somebody else changed this post" in changed.text()
    with app.app_context():
        assert db.session.query(Post).count() == 1


def test_a_history_tells_who_wrote_what_and_when_word_by_word(author: Browser, editor: Browser) -> None:
    body = "<p>The old bridge is <em>closed</em>.</p>\n\n<ul><li>one</li></ul>"
    page = author.new_post({"en-title": "Bridge", "en-body": body})
    page = editor.get(page.path)
    changed = "<p>The new bridge is <strong>closed</strong>.</p>\n\n<ul><li>one</li><li>two</li></ul>"
    editor.submit(page, "Save", {"en-title": "Bridge news", "en-body": changed})
    page = editor.get(page.links()["History"])
    listed = page.one("ol", class_="desk")
    assert [page.text(li) for li in listed.iter("bdi")] == ["editor", "author"]
    page = editor.get(next(a.get("href") for a in listed.iter("a")))
    article = page.one("article")
    assert [page.text(node) for node in article.iter("ins")] == ["news", "new", "closed", "two"]
    assert [page.text(node) for node in article.iter("del")] == ["old", "closed"]
    assert page.text(article).startswith("Bridge news The")


PICTURE = "/media/{}-1600x1067.jpg"


@pytest.mark.parametrize(
    ("before", "after", "went", "came"),
    [
        ("<ul><li>x</li></ul>", "<ol><li>x</li></ol>", "Bulleted list", "Numbered list"),
        (
            "<ul><li>x</li><li>y</li></ul>",
            "<ul><li>x<ul><li>y</li></ul></li></ul>",
            "Bulleted list",
            "Bulleted list › Bulleted list",
        ),
        ("<blockquote><p>x</p></blockquote>", "<p>x</p>", "Quotation", "Text"),
        ("<table><tr><th>x</th></tr></table>", "<table><tr><td>x</td></tr></table>", "x", "x"),
        ("<p><a href='/x'>x</a></p>", "<p><a href='/y'>x</a></p>", "(/x)", "(/y)"),
        ("<p>x</p>", "<h3>x</h3>", "x", "x"),
    ],
)
def test_a_difference_shows_what_became_of_a_block(
    editor: Browser, write: Write, before: str, after: str, went: str, came: str
) -> None:
    page = changed(editor, write(en="Title", body=before), after)
    assert [page.text(node) for node in page.one("article").iter("del")] == [went]
    assert [page.text(node) for node in page.one("article").iter("ins")] == [came]


def test_a_difference_shows_one_picture_in_the_place_of_another(editor: Browser, write: Write) -> None:
    before, after = (
        f'<figure><img src="{PICTURE.format(digest * 10)}" alt="View"></figure>' for digest in ("0a", "1b")
    )
    article = changed(editor, write(en="Title", body=before), after).one("article")
    shown = {
        kind: [image.get("src") for node in article.iter(kind) for image in node.iter("img")] for kind in ("del", "ins")
    }
    assert shown == {"del": [f"/media/{'0a' * 10}-480.jpg"], "ins": [f"/media/{'1b' * 10}-480.jpg"]}


def test_a_change_that_words_do_not_show_is_said_to_be_there(editor: Browser, write: Write) -> None:
    post = write(en="Title", body='<p lang="ru">x</p>')
    assert "that its words do not show" in changed(editor, post, '<p lang="kk">x</p>').text()
    assert "that its words do not show" not in changed(editor, post, '<p lang="kk">y</p>').text()


def changed(browser: Browser, post: int, body: str) -> Page:
    """The newest difference, after the English text was changed."""
    browser.submit(browser.get(f"/en/staff/posts/{post}"), "Save", {"en-body": body})
    history = browser.get(f"/en/staff/posts/{post}/en/revisions").one("ol", class_="desk")
    return browser.get(next(a.get("href") for a in history.iter("a")))


def test_an_earlier_text_is_restored_and_that_can_be_undone(editor: Browser, write: Write) -> None:
    post = write(en="First title", body="<p>First words.</p>")
    editor.submit(editor.get(f"/en/staff/posts/{post}"), "Save", {"en-title": "Second title", "en-body": "Second."})
    history = editor.get(f"/en/staff/posts/{post}/en/revisions")
    addresses = [a.get("href") for a in history.one("ol", class_="desk").iter("a")]
    editor.submit(editor.get(addresses[-1]), "Restore this version")
    assert "First words." in editor.get("/en/posts/first-title").text()
    editor.submit(editor.get(addresses[0]), "Restore this version")
    assert "Second." in editor.get("/en/posts/first-title").text()
    history = editor.get(f"/en/staff/posts/{post}/en/revisions")
    assert len(list(history.one("ol", class_="desk").iter("li"))) == 4


def test_a_restored_text_brings_every_field_and_its_own_correction_note(
    app: Flask, editor: Browser, write: Write
) -> None:
    post = write(en="First", summary="First summary", body="<p>First words.</p>")
    second = {"en-title": "Second", "en-summary": "Second summary", "en-body": "Second words.", "en-slug": "second"}
    editor.submit(editor.get(f"/en/staff/posts/{post}"), "Save", {**second, "en-correction_note": "The day was wrong."})
    history = editor.get(f"/en/staff/posts/{post}/en/revisions").one("ol", class_="desk")
    newest, oldest = [a.get("href") for a in history.iter("a")]
    assert "The day was wrong." in editor.get(newest).text()
    dates = []
    for revision, words, address in ((oldest, "First", "first"), (newest, "Second", "second")):
        editor.submit(editor.get(revision), "Restore this version")
        page = editor.get(f"/en/posts/{address}")
        assert f"{words} summary" in page.text()
        assert f"{words} words." in page.text()
        assert ("The day was wrong." in page.text()) is (words == "Second")
        with app.app_context():
            dates.append(db.session.get_one(Post, post).translations["en"].corrected_at)
    assert dates[0] is None
    assert dates[1] is not None


def test_authors_do_not_restore_what_is_out(author: Browser, write: Write) -> None:
    post = write(en="Public", by="author")
    page = author.get(f"/en/staff/posts/{post}/en/revisions")
    address = next(a.get("href") for a in page.one("ol", class_="desk").iter("a"))
    page = author.get(address)
    assert "Restore this version" not in page.text()
    token = page.one("input", name="csrf_token").get("value") if page.all("input", name="csrf_token") else ""
    assert author.client.post(f"{address}/restoration", data={"csrf_token": token}).status_code == 403


def test_a_revision_of_another_text_is_not_found(editor: Browser, write: Write) -> None:
    first, second = write(en="One"), write(en="Two")
    page = editor.get(f"/en/staff/posts/{second}/en/revisions")
    number = next(a.get("href") for a in page.one("ol", class_="desk").iter("a")).rsplit("/", 1)[1]
    editor.get(f"/en/staff/posts/{first}/en/revisions/{number}", 404)
    editor.get(f"/en/staff/posts/{second}/en/revisions/999999", 404)


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


def test_readers_are_told_of_a_correction_with_its_date(app: Flask, editor: Browser, write: Write) -> None:
    post = write(en="Open day", body="<p>On 3 May.</p>")
    page = editor.get(f"/en/staff/posts/{post}")
    fields = {"en-body": "On 4 May.", "en-correction_note": "The day was wrong."}
    page = editor.submit(page, "Save", fields)
    shown = Browser(app).get("/en/posts/open-day").text()
    assert re.search(r"Correction of \d+ \w+ \d{4}: The day was wrong\.", shown)
    feed = feedparser.parse(editor.raw("/en/feed.atom").data)
    assert "The day was wrong.</p>" in feed.entries[0].content[0].value
    editor.submit(page, "Save", {"en-correction_note": ""})
    assert "The day was wrong." not in Browser(app).get("/en/posts/open-day").text()


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
        assert db.session.query(PostTranslation).one().body == "<p>Half a</p>"


def test_the_title_of_a_draft_is_marked_with_its_language(editor: Browser) -> None:
    page = editor.get("/en/staff/posts/new")
    fields = {**page.fields(page.form("Save")[0]), "kk-title": " ", "ru-title": "Заголовок"}
    editor.client.post("/en/staff/posts/new/draft", data=fields)
    page = editor.get("/en/staff/")
    assert [(page.text(bdi), bdi.get("lang")) for bdi in page.one("section").iter("bdi")] == [("Заголовок", "ru")]


def test_a_draft_of_a_text_that_moved_on_shows_both(app: Flask, editor: Browser, write: Write) -> None:
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
    author.client.delete_cookie("session")
    assert author.client.post("/en/staff/posts/new/draft", data=fields).status_code == 401


def test_a_post_that_goes_takes_its_drafts_histories_and_links_along(app: Flask, editor: Browser, write: Write) -> None:
    post = write(en="Going", published=None)
    page = editor.get(f"/en/staff/posts/{post}")
    editor.client.post(f"/en/staff/posts/{post}/draft", data={**page.fields(page.form("Save")[0]), "en-title": "Half"})
    editor.submit(editor.get(f"/en/staff/posts/{post}/en/preview-links"), "Make a link")
    editor.submit(editor.get(f"/en/staff/posts/{post}/deletion"), "Delete for good")
    with app.app_context():
        for model in (Draft, PreviewLink, PostTranslation):
            assert db.session.query(model).count() == 0
        assert db.session.query(Staff).count() == len(CAST)


def test_words_of_an_author_whose_text_was_published_meanwhile_are_shown_and_not_lost(
    app: Flask, author: Browser, editor: Browser, write: Write
) -> None:
    post = write(en="Mine", body="<p>Before.</p>", by="author", published=None)
    opened = author.get(f"/en/staff/posts/{post}")
    editor.submit(editor.get(f"/en/staff/posts/{post}"), "Save and publish", within="en")
    fields = {**opened.fields(opened.form("Save")[0]), "en-body": "Long work."}
    author.client.post(f"/en/staff/posts/{post}/draft", data=fields)
    refused = author.submit(opened, "Save", {"en-body": "Long work."}, 409)
    saved = author.submit(refused, "Save", {"ru-title": "Другой язык"})
    for page in (refused, saved, author.get(f"/en/staff/posts/{post}")):
        assert "What you wrote meanwhile is below, and was not saved." in page.text()
        assert "Long work." in page.text(page.one("textarea", id="en-body"))
    assert "Before." in Browser(app).get("/en/posts/mine").text()


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


def test_a_note_reaches_nobody_whose_text_is_not_in_review(author: Browser, editor: Browser, write: Write) -> None:
    post = write(en="Mine", by="author", published=None)
    page = editor.get(f"/en/staff/posts/{post}")
    fields = {**page.fields(page.form("Save")[0]), "en-review_note": "Shorten it."}
    assert editor.client.post(f"/en/staff/posts/{post}/en/give-back", data=fields).status_code == 303
    assert "Shorten it." not in author.get(f"/en/staff/posts/{post}").text()


def test_a_correction_stays_while_its_text_is_scheduled_anew(app: Flask, editor: Browser, write: Write) -> None:
    post = write(en="Open day", body="<p>On 4 May.</p>")
    page = editor.submit(editor.get(f"/en/staff/posts/{post}"), "Save", {"en-correction_note": "The day was wrong."})
    page = editor.submit(page, "Save and publish", {"en-publish_at": "2099-01-01T09:00"}, within="en")
    editor.submit(page, "Save")
    with app.app_context():
        assert db.session.query(PostTranslation).one().correction_note == "The day was wrong."


def test_a_post_never_has_the_number_of_one_that_was_deleted(app: Flask, editor: Browser, write: Write) -> None:
    first = write(en="First")
    opened = editor.get(f"/en/staff/posts/{first}")
    editor.submit(editor.get(f"/en/staff/posts/{first}/deletion"), "Delete for good")
    assert write(en="Second") != first
    editor.submit(opened, "Save", {"en-body": "Late."}, 404)
    assert "Late." not in Browser(app).get("/en/posts/second").text()


def test_what_may_be_saved_once_may_be_saved_again_and_restored(editor: Browser, write: Write) -> None:
    post = write(en="Lines")
    page = editor.get(f"/en/staff/posts/{post}")
    page = editor.submit(page, "Save", {"en-body": "a\n" * 10_001}, 422)
    assert "There is too much HTML markup in this text." in page.text()


def test_a_difference_of_thousands_of_equal_paragraphs_is_shown_at_once() -> None:
    before, after = ("".join(f"<p>{letter}</p>" for letter in letters * 2000) for letters in ("ab", "bca"))
    shown = difference(before, after, "en")
    assert "<ins>" in shown
    assert "<del>" in shown


@pytest.mark.parametrize("number", ["99999999999999999999", "-5", "x"])
def test_no_number_of_a_cover_is_an_error_of_ours(editor: Browser, number: str) -> None:
    page = editor.get("/en/staff/posts/new")
    fields = {**page.fields(page.form("Save")[0]), "en-title": "T", "cover": number}
    assert editor.client.post("/en/staff/posts/new/draft", data=fields).status_code == 200
    editor.submit(page, "Save", fields, 422)


def test_an_address_alone_is_not_dropped(editor: Browser, write: Write) -> None:
    post = write(en="Title")
    page = editor.submit(editor.get(f"/en/staff/posts/{post}"), "Save", {"ru-slug": "zagolovok"}, 422)
    assert value(page, "ru-slug") == "zagolovok"


def test_a_preview_link_goes_to_no_other_site(app: Flask, editor: Browser, write: Write) -> None:
    post = write(en="Draft", published=None)
    page = editor.submit(editor.get(f"/en/staff/posts/{post}/en/preview-links"), "Make a link")
    assert Browser(app).get(link_of(page)).response.headers["Referrer-Policy"] == "no-referrer"


def test_whoever_deletes_a_post_is_told_whose_words_go_with_it(app: Flask, editor: Browser, write: Write) -> None:
    post = write(en="Title")
    other = Browser(app)
    other.sign_in("admin")
    page = other.get(f"/en/staff/posts/{post}")
    fields = {**page.fields(page.form("Save")[0]), "en-body": "Half a"}
    other.client.post(f"/en/staff/posts/{post}/draft", data=fields)
    text = editor.get(f"/en/staff/posts/{post}/deletion").text()
    assert "admin has changes here that are not saved yet" in text
