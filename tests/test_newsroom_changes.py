"""Changes of public texts: who sees them before their update, and what becomes of them."""

import re
from collections import Counter
from datetime import timedelta
from pathlib import Path

import feedparser
import pytest
from flask import Flask

from kariu_blog.database import db, now
from kariu_blog.languages import LANGUAGES, format_day
from kariu_blog.media.files import Files
from kariu_blog.media.models import Picture
from kariu_blog.posts.items import SiteItem, by_language
from kariu_blog.posts.items import write as write_item
from kariu_blog.posts.post import Post
from tests.support.browsing import Browser, Page, value
from tests.support.cast import LONG_AGO, PassTime, Write
from tests.support.editor import Editor, eventually
from tests.support.hub import hub
from tests.support.posts import bring_into, latest, standing_of, text_of
from tests.support.public import NEW, public_addresses, shown_to
from tests.support.serving import PASSWORD, start, stop
from tests.support.versions import versions

UPDATE, DISCARD = "Update on the site", "Discard the change"
FUTURE = "2099-01-01T09:00"


def form_of(browser: Browser, post: int) -> Page:
    return browser.get(f"/en/staff/posts/{post}")


def save(browser: Browser, post: int, button: str = "Save", **typed: str) -> Page:
    """Type into the English pane, and press a button of it or the one that saves."""
    fields = {f"en-{name}": words for name, words in typed.items()}
    return browser.submit(form_of(browser, post), button, fields, within="" if button == "Save" else "en")


def messages(page: Page) -> list[str]:
    return [page.text(p) for p in page.all("p", class_="message", role="status")]


def pane(page: Page) -> str:
    return page.text(page.one("fieldset", id="pane-en"))


def preview_link(browser: Browser, post: int) -> str:
    page = browser.submit(browser.get(f"/en/staff/posts/{post}/en/preview-links"), "Make a link")
    return str(re.findall(r"https://[^/]+(/en/preview/[\w-]+)", page.html)[0])


def history(browser: Browser, post: int) -> list[str]:
    """The addresses of the revisions, the newest first."""
    page = browser.get(f"/en/staff/posts/{post}/en/revisions")
    return [a.get("href") for a in page.one("ol", class_="desk").iter("a")]


CHANGE = {
    "title": "Symposium",
    "summary": "Symposium in short",
    "body": "The symposium meets.",
    "slug": NEW,
}


@pytest.fixture
def committee(app: Flask, write: Write) -> tuple[int, int]:
    """Two posts of the rector about the committee: the newest one, with a neighbour, and one in a closed archive."""
    with app.app_context():
        words = dict.fromkeys(LANGUAGES, "…")
        write_item(SiteItem(kind="rector"), by_language(name=words, position=words))
        db.session.commit()
    words = {"category": "rector", "author": "rector", "summary": "Committee in short", "body": "<p>Committee.</p>"}
    older = write(en="Older", **words)
    for number in range(30):
        write(en=f"Filler {number}", category="rector", author="rector", published=LONG_AGO)
    write(en="Next", category="rector", author="rector", published=LONG_AGO + timedelta(minutes=1))
    return write(en="Committee", published=LONG_AGO + timedelta(minutes=2), **words), older


def test_a_saved_change_is_on_no_page_of_readers_until_its_update_and_then_on_each(
    app: Flask, editor: Browser, committee: tuple[int, int], pass_time: PassTime
) -> None:
    reader = Browser(app)
    pass_time(3)  # feeds have their dates
    addresses = public_addresses(app, reader)
    before = shown_to(reader, addresses)
    assert {200, 301, 302, 404} >= {status for status, _etag, _words in before.values()}
    known = [address for address in addresses if "Committee" in before[address][2] and "/search?" not in address]
    assert len(known) > 50
    assert {"/kk/", "/en/rector/", "/en/archive/2021/06/", "/en/posts/next", "/kk/all/feed.json"} < set(known)
    for post, change in zip(committee, (CHANGE, {**CHANGE, "slug": "older-symposium"}), strict=True):
        page = save(editor, post, **change)
        assert messages(page)[0].startswith("Saved: English. Readers still see the earlier text;")
        for preview in (f"/en/staff/posts/{post}/en/preview", preview_link(editor, post)):
            article = editor.get(preview).one("article")
            for words in ("Symposium in short", "The symposium meets."):
                assert words in page.text(article)
    assert shown_to(reader, addresses) == before  # those in memory
    app.extensions["cache"].clear()
    assert shown_to(reader, addresses) == before  # and those that are made now, which search indexes hold too
    assert NEW not in editor.raw("/en/posts/committee").get_data(as_text=True).lower()
    for post in committee:
        save(editor, post, UPDATE)
    after = shown_to(reader, addresses)
    for address in known:
        assert NEW in after[address][2].lower(), address
        assert "Committee" not in after[address][2], address
    assert "Committee in short" not in after["/en/search?q=Committee"][2]
    assert after["/kk/search?q=symposium"][2].count(" in short") == 2
    assert (after["/en/posts/committee"][0], reader.raw(f"/en/posts/{NEW}").status_code) == (301, 200)


def test_a_saved_change_invalidates_no_list_and_no_feed_and_its_update_does(
    app: Flask, editor: Browser, write: Write
) -> None:
    post = write(en="Committee", ru="Комитет")
    before = versions(app)
    save(editor, post, title="Symposium", slug=NEW)
    assert {tag for tag, at in versions(app).items() if at != before.get(tag)} <= {f"post:{post}"}
    save(editor, post, DISCARD)
    assert {tag for tag, at in versions(app).items() if at != before.get(tag)} <= {f"post:{post}"}
    save(editor, post, UPDATE, title="Symposium")
    assert {"posts", "posts:en", "any:en"} <= {tag for tag, at in versions(app).items() if at != before.get(tag)}


def test_a_discarded_change_leaves_readers_their_text_and_stays_in_the_history(
    app: Flask, editor: Browser, write: Write
) -> None:
    post = write(en="Title", body="<p>Before.</p>")
    save(editor, post, body="Changed.")
    page = save(editor, post, DISCARD)
    said = "Discarded: English. Readers' text has stayed as it was; the change is in the history."
    assert messages(page) == [said]
    assert value(page, "en-body") == "Before."
    assert "Not seen by readers" not in pane(page)
    assert "Before." in Browser(app).get("/en/posts/title").text()
    revisions = history(editor, post)
    assert len(revisions) == 2
    assert "Changed." in editor.get(revisions[0]).text()


def test_what_is_typed_while_a_change_is_discarded_is_in_the_history_too(editor: Browser, write: Write) -> None:
    post = write(en="Title", body="<p>Before.</p>")
    save(editor, post, body="Changed.")
    page = save(editor, post, DISCARD, body="Typed since.")
    assert value(page, "en-body") == "Before."
    assert "Typed since." in editor.get(history(editor, post)[0]).text()


@pytest.mark.parametrize("standing", ["changed", "submitted", "timed"])
def test_a_change_that_is_typed_back_leaves_nothing_unseen(
    app: Flask, editor: Browser, write: Write, standing: str
) -> None:
    post = write(en="Title", body="<p>Before.</p>")
    before = text_of(app)
    bring_into(app, post, standing)
    page = save(editor, post, body="Before.")
    assert standing_of(app, post) == "public"
    assert "Not seen by readers" not in pane(page)
    assert "Discard the change" not in pane(page)
    assert not editor.get("/en/staff/?state=review").all("tbody")
    assert (text_of(app).updated_at, text_of(app).published_at) == (before.updated_at, before.published_at)


def test_an_author_changes_a_public_text_and_an_editor_gives_it_back_and_then_updates(
    app: Flask, author: Browser, editor: Browser, write: Write
) -> None:
    post = write(en="Title", body="<p>Before.</p>", by="author")

    def readers_see(words: str) -> bool:
        return words in Browser(app).get("/en/posts/title").text()

    page = save(author, post, body="Changed.")
    saved = "Saved: English. Readers still see the earlier text. Submit the change for review."
    assert messages(page) == [saved]
    assert "Not seen by readers" in pane(page)
    assert UPDATE not in page.text()
    page = save(author, post, "Save and submit for review", body="Changed and submitted.")
    assert messages(page) == ["Submitted for review: English. An editor publishes it or gives it back with a note."]
    waiting = editor.get("/en/staff/?state=review")
    page = editor.get(waiting.links()["Title"])
    assert value(page, "en-body") == "Changed and submitted."
    page = editor.submit(page, "Give back to the author", {"en-review_note": "Add the date."}, within="en")
    assert messages(page) == ["Given back to the author: English."]
    assert "Title" not in editor.get("/en/staff/?state=review").text()
    assert readers_see("Before.")
    page = form_of(author, post)
    assert "An editor asks for changes: Add the date." in pane(page)
    save(author, post, "Save and submit for review", body="Changed on 24 November.")
    page = save(editor, post, UPDATE)
    assert messages(page) == ["Updated. Readers see the new text now: English."]
    assert readers_see("Changed on 24 November.")
    assert "Add the date." not in form_of(author, post).text()
    assert standing_of(app, post) == "public"


def test_an_author_takes_a_change_back_from_review_or_discards_it(app: Flask, author: Browser, write: Write) -> None:
    post = write(en="Title", body="<p>Before.</p>", by="author")
    save(author, post, "Save and submit for review", body="Changed.")
    page = save(author, post, body="Changed again.")
    assert messages(page) == ["Saved: English. It is still waiting for review."]
    page = save(author, post, "Take back from review")
    assert messages(page) == ["Taken back from review: English. You can go on writing."]
    assert standing_of(app, post) == "changed"
    assert value(save(author, post, DISCARD), "en-body") == "Before."


def test_an_author_whose_text_was_published_meanwhile_saves_a_change_of_it(
    app: Flask, author: Browser, editor: Browser, write: Write
) -> None:
    post = write(en="Mine", body="<p>Before.</p>", by="author", published=None)
    opened = form_of(author, post)
    save(editor, post, "Save and publish")
    page = author.submit(opened, "Save", {"en-body": "Long work."})
    assert messages(page) == ["Saved: English. Readers still see the earlier text. Submit the change for review."]
    assert (text_of(app).body, latest(app).body) == ("<p>Before.</p>", "<p>Long work.</p>")


def test_authors_leave_what_readers_see_at_once_of_a_listed_post(app: Flask, author: Browser, write: Write) -> None:
    post = write(en="Title", by="author")
    page = form_of(author, post)
    assert page.one("fieldset", class_="shared").get("disabled") is not None
    forged = {"category": "4", "author": "2", "cover": "0", "base": "2-1-0", "en-title": "Changed"}
    author.client.post(f"/en/staff/posts/{post}", data={**page.fields(page.form("Save")[0]), **forged})
    with app.app_context():
        found = db.session.get_one(Post, post)
        assert (found.category.slug, found.author.slug) == ("news", "administration")
    assert latest(app).title == "Changed"


def test_category_and_byline_of_a_public_post_act_at_once_and_its_change_waits(
    app: Flask, editor: Browser, write: Write
) -> None:
    post = write(en="Title", category="news")
    page = editor.submit(form_of(editor, post), "Save", {"category": "4", "author": "2", "en-title": "Changed"})
    assert len(messages(page)) == 2
    shown = Browser(app).get("/en/categories/science/").text()
    assert "Title" in shown
    assert "Changed" not in shown
    assert "Press office" in Browser(app).get("/en/posts/title").text()


@pytest.mark.parametrize("button", ["Save", UPDATE, DISCARD])
def test_nobody_overwrites_updates_or_discards_a_change_that_they_have_not_seen(
    app: Flask, author: Browser, editor: Browser, write: Write, button: str
) -> None:
    post = write(en="Title", body="<p>Before.</p>", by="author")
    bring_into(app, post, "changed")
    opened = form_of(editor, post)
    save(author, post, body="Theirs.")
    typed = {"en-body": "Mine."} if button == "Save" else {}
    page = editor.submit(opened, button, typed, 409, within="" if button == "Save" else "en")
    assert "somebody else changed this post after you opened it" in page.text()
    assert value(page, "en-body") == ("Mine." if typed else "Theirs.")
    assert ("Text as saved by somebody else Theirs." in page.text()) is bool(typed)
    assert (text_of(app).body, latest(app).body) == ("<p>Before.</p>", "<p>Theirs.</p>")
    editor.submit(page, button, within="" if button == "Save" else "en")
    assert latest(app).body == {"Save": "<p>Mine.</p>", UPDATE: "<p>Theirs.</p>"}.get(button, "<p>Before.</p>")


def test_a_change_that_was_updated_meanwhile_is_no_conflict_for_who_had_seen_it(
    app: Flask, author: Browser, editor: Browser, write: Write
) -> None:
    post = write(en="Title", body="<p>Before.</p>", by="author")
    save(author, post, body="Changed.")
    opened = form_of(author, post)
    save(editor, post, UPDATE)
    author.submit(opened, "Save", {"en-body": "Changed further."})
    assert (text_of(app).body, latest(app).body) == ("<p>Changed.</p>", "<p>Changed further.</p>")


def test_a_text_that_is_withdrawn_has_its_change_and_shows_it_when_it_is_published_again(
    app: Flask, editor: Browser, write: Write
) -> None:
    post = write(en="Title", body="<p>Before.</p>")
    save(editor, post, body="Changed.")
    page = editor.withdraw(form_of(editor, post), "en")
    assert messages(page) == ["Withdrawn: English. Readers no longer see it."]
    assert value(page, "en-body") == "Changed."
    assert "Withdrawn Not seen by readers" in pane(page)
    assert text_of(app).body == "<p>Before.</p>"
    Browser(app).get("/en/posts/title", 404)
    page = save(editor, post, "Save and publish")
    assert "Not seen by readers" not in pane(page)
    assert "Changed." in Browser(app).get("/en/posts/title").text()


def test_a_change_of_a_withdrawn_text_is_discarded_or_saved_as_its_text(
    app: Flask, editor: Browser, write: Write
) -> None:
    post = write(en="Title", body="<p>Before.</p>")
    save(editor, post, body="Changed.")
    page = editor.withdraw(form_of(editor, post), "en")
    assert value(editor.submit(page, DISCARD, within="en"), "en-body") == "Before."
    page = save(editor, post, body="Changed again.")
    assert "Not seen by readers" not in pane(page)
    assert text_of(app).body == "<p>Changed again.</p>"


def test_an_update_of_what_was_given_back_takes_the_note_away(app: Flask, editor: Browser, write: Write) -> None:
    post = write(en="Title", body="<p>Before.</p>")
    bring_into(app, post, "submitted")
    page = editor.submit(form_of(editor, post), "Give back to the author", {"en-review_note": "Date?"}, within="en")
    assert "An editor asks for changes: Date?" in pane(page)
    page = save(editor, post, UPDATE)
    assert "Date?" not in page.text()
    assert text_of(app).review_note == ""


def test_what_waits_for_its_time_is_not_submitted_too(app: Flask, editor: Browser, write: Write) -> None:
    post = write(en="Title", body="<p>Before.</p>")
    bring_into(app, post, "timed")
    page = form_of(editor, post)
    editor.client.post(f"/en/staff/posts/{post}/en/review", data=page.fields(page.form("Save")[0]))
    assert text_of(app).update_at is not None
    assert text_of(app).review_asked_at is None


def test_the_newest_title_heads_the_form_the_history_and_the_preview(editor: Browser, write: Write) -> None:
    post = write(en="Title")
    page = save(editor, post, title="Newer title")
    assert page.text(page.one("h1")) == "Newer title"
    page = editor.get(f"/en/staff/posts/{post}/en/revisions")
    assert page.text(page.one("h1")) == "Newer title"
    page = editor.get(f"/en/staff/posts/{post}/en/preview")
    assert "Preview of the saved text. Public 29 June 2021, 12:44 Not seen by readers" in page.text()


def test_a_post_is_deleted_with_its_change(app: Flask, editor: Browser, write: Write) -> None:
    post = write(en="Title", body="<p>Before.</p>")
    save(editor, post, body="Changed.", slug="changed")
    editor.submit(editor.get(f"/en/staff/posts/{post}/deletion"), "Put it into the trash")
    Browser(app).get("/en/posts/title", 410)
    Browser(app).get("/en/posts/changed", 410)


@pytest.mark.parametrize("is_small", [False, True])
def test_a_change_is_small_as_its_update_says_and_not_its_save(
    editor: Browser, write: Write, pass_time: PassTime, is_small: bool
) -> None:
    post = write(en="Titel")

    def dates() -> tuple[str, str]:
        parsed = feedparser.parse(editor.raw("/en/feed.atom").data)
        return parsed.feed.updated, parsed.entries[0].updated

    before = dates()
    editor.submit(form_of(editor, post), "Save", {"en-title": "Title", **({} if is_small else {"en-correction": "y"})})
    pass_time(60)
    assert dates() == before
    editor.submit(form_of(editor, post), UPDATE, {"en-correction": "y"} if is_small else {}, within="en")
    assert feedparser.parse(editor.raw("/en/feed.atom").data).entries[0].title == "Title"
    assert (dates()[1] == before[1]) is is_small


def test_a_correction_note_has_the_day_of_its_update(
    app: Flask, editor: Browser, write: Write, pass_time: PassTime
) -> None:
    post = write(en="Title")
    save(editor, post, correction_note="It was Monday.")
    assert "It was Monday." not in Browser(app).get("/en/posts/title").text()
    pass_time(3 * 86_400)
    at = now()
    save(editor, post, UPDATE)
    corrected = text_of(app).corrected_at
    assert corrected is not None
    assert corrected >= at
    assert f"Correction of {format_day(corrected, 'en')}: It was Monday." in Browser(app).get("/en/posts/title").text()


@pytest.mark.parametrize("note", ["It was Monday.", ""])
def test_a_correction_stays_with_its_day_while_another_change_is_made(
    app: Flask, editor: Browser, write: Write, pass_time: PassTime, note: str
) -> None:
    post = write(en="Title")
    save(editor, post, UPDATE, correction_note="It was Monday.")
    day = text_of(app).corrected_at
    pass_time(3 * 86_400)
    save(editor, post, body="Changed.", correction_note=note)
    save(editor, post, body="Changed again.")
    assert text_of(app).corrected_at == day
    save(editor, post, UPDATE)
    assert text_of(app).corrected_at == (day if note else None)


def test_an_earlier_version_of_a_public_text_is_restored_as_a_change_of_it(
    app: Flask, author: Browser, write: Write, editor: Browser
) -> None:
    post = write(en="Title", body="<p>First.</p>", by="author")
    save(editor, post, UPDATE, body="Second.")
    page = author.submit(author.get(history(author, post)[-1]), "Restore this version")
    assert messages(page) == ["Saved: English. Readers still see the earlier text. Submit the change for review."]
    assert value(page, "en-body") == "First."
    assert "Second." in Browser(app).get("/en/posts/title").text()
    page = author.submit(author.get(history(author, post)[1]), "Restore this version")
    assert value(page, "en-body") == "Second."
    assert standing_of(app, post) == "public"


def test_a_new_address_leads_to_the_old_one_before_the_update_and_the_other_way_round_then(
    app: Flask, editor: Browser, write: Write
) -> None:
    reader = Browser(app)
    post = write(en="First")
    save(editor, post, slug="second")
    assert reader.raw("/en/posts/first").status_code == 200
    assert reader.raw("/en/posts/second").location == "/en/posts/first"
    save(editor, post, UPDATE)
    assert reader.raw("/en/posts/first").location == "/en/posts/second"


def test_an_update_has_to_be_complete_and_a_saved_change_has_not(app: Flask, author: Browser, write: Write) -> None:
    post = write(en="Title", body="<p>Before.</p>", by="author")
    save(author, post, body="")
    assert latest(app).body == ""
    page = author.submit(form_of(author, post), "Save and submit for review", status=422, within="en")
    assert "Write the text first." in page.text()
    editor = Browser(app)
    editor.sign_in("editor")
    for button, within in ((UPDATE, "en"), ("Publish all", "")):
        page = editor.submit(form_of(editor, post), button, status=422, within=within)
        assert "Write the text first." in page.text()
    assert "Before." in editor.get("/en/posts/title").text()


def test_publish_all_updates_each_text_with_a_change_and_leaves_what_was_withdrawn(
    app: Flask, editor: Browser, write: Write
) -> None:
    post = write(kk="Тақырып", ru="Заголовок", en="Title", body="<p>x</p>")
    editor.withdraw(form_of(editor, post), "ru")
    before = text_of(app, "kk").version
    save(editor, post, title="Changed")
    page = editor.submit(form_of(editor, post), "Publish all", {"kk-publish_at": ""})
    assert messages(page) == ["Updated. Readers see the new text now: English."]
    assert standing_of(app, post, "ru") == "withdrawn"
    assert text_of(app, "kk").version == before
    page = editor.submit(form_of(editor, post), "Publish all", {"kk-title": "Өзгерді"})
    assert messages(page) == ["Updated. Readers see the new text now: Қазақша."]
    assert "Өзгерді" in Browser(app).get("/kk/posts/taqyryp").text()


def test_an_update_with_a_time_leaves_readers_the_earlier_text_until_then(
    app: Flask, author: Browser, editor: Browser, write: Write
) -> None:
    post = write(en="Title", body="<p>Before.</p>", by="author")
    page = save(editor, post, UPDATE, body="Changed.", publish_at=FUTURE)
    moment = "1 January 2099, 09:00"
    said = f"Saved. Readers see the new text later: English ({moment}). Until then they see the earlier one."
    assert messages(page) == [said]
    assert f"Not seen by readers from {moment} on they see it" in pane(page)
    assert value(page, "en-publish_at") == FUTURE
    assert "Before." in Browser(app).get("/en/posts/title").text()
    assert text_of(app).published_at == LONG_AGO
    page = form_of(author, post)
    assert page.one("fieldset", id="pane-en").get("disabled") is not None
    assert "You cannot change this text now; an editor can." in pane(page)
    page = save(editor, post, body="Changed again.")
    assert messages(page) == [said]
    assert (value(page, "en-publish_at"), standing_of(app, post)) == (FUTURE, "timed")
    page = save(editor, post, UPDATE, publish_at="")
    assert messages(page) == ["Updated. Readers see the new text now: English."]
    assert "Changed again." in Browser(app).get("/en/posts/title").text()
    assert text_of(app).published_at == LONG_AGO
    assert value(page, "en-publish_at") == ""


def test_a_change_with_a_time_that_is_discarded_leaves_no_time_behind(
    app: Flask, editor: Browser, write: Write
) -> None:
    post = write(en="Title", body="<p>Before.</p>")
    save(editor, post, UPDATE, body="Changed.", publish_at=FUTURE)
    page = save(editor, post, DISCARD)
    assert value(page, "en-publish_at") == ""
    assert "is kept in the form" not in page.text()
    assert standing_of(app, post) == "public"


def test_the_list_and_the_form_say_what_readers_have_and_what_they_have_not(
    app: Flask, editor: Browser, write: Write
) -> None:
    post = write(en="Title", ru="Заголовок")

    def states(page: Page) -> dict[str, str]:
        cells = page.one("tbody").find("tr").findall("td")[1:4]
        return dict(page.text(cell).split(" ", 1) for cell in cells)

    assert states(editor.get("/en/staff/"))["English"] == "Public 29 June 2021"
    said = {
        "changed": "Not seen by readers",
        "submitted": "Not seen by readers In review",
        "timed": "Not seen by readers from 1 January 2099, 09:00 on they see it",
    }
    for standing, words in said.items():
        if standing == "changed":
            save(editor, post, title="Changed")
        elif standing == "submitted":
            bring_into(app, post, "review")
        else:
            save(editor, post, UPDATE, publish_at=FUTURE)
        listed, form = states(editor.get("/en/staff/")), form_of(editor, post)
        assert listed["English"] == f"Public 29 June 2021 {words}"
        assert listed["Русский"] == "Public 29 June 2021"
        assert f"Public 29 June 2021, 12:44 {words}" in pane(form)
        assert form.form(UPDATE, "en")
        assert form.form(DISCARD, "en")
        with pytest.raises(AssertionError):
            form.form(DISCARD, "ru")


@pytest.mark.server
@pytest.mark.database
def test_a_saved_change_is_announced_to_no_hub(tmp_path: Path) -> None:
    with hub() as server:
        site = start(
            tmp_path, KARIU_ADMIN_PASSWORD=PASSWORD, KARIU_WEBSUB_HUB=f"http://127.0.0.1:{server.server_port}/"
        )
        editor = Editor(site)
        eventually(lambda: len(server.topics) == 3 * 3 * 9)  # the demonstration has just come
        server.topics.clear()
        assert "Readers still see" in editor.send(
            editor.post, {**editor.fields(editor.post), "en-title": "A new title"}
        )
        fields = {**editor.fields(editor.post), "kk-title": "Жаңа тақырып"}
        assert "Updated." in editor.send(f"{editor.post}/kk/publication", fields)
        lists = ("", "/categories/rector", "/authors/rector", "/all")
        told = [f"{site.url}/kk{path}/feed.{format}" for path in lists for format in ("rss", "atom", "json")]
        eventually(lambda: set(told) <= set(server.topics))
        stop(site)
        assert Counter(server.topics) == Counter(told)


def test_a_preview_shows_a_correction_that_readers_have_not_seen(editor: Browser, write: Write) -> None:
    post = write(en="Title")
    save(editor, post, correction_note="It was Monday.")
    for preview in (f"/en/staff/posts/{post}/en/preview", preview_link(editor, post)):
        assert f"Correction of {format_day(now(), 'en')}: It was Monday." in editor.get(preview).text()


@pytest.mark.parametrize("standing", ["changed", "timed"])
def test_a_text_that_is_typed_back_is_not_hidden_until_the_time_of_its_update(
    app: Flask, editor: Browser, write: Write, standing: str
) -> None:
    post = write(en="Title", body="<p>Before.</p>")
    bring_into(app, post, standing)
    time = {"publish_at": FUTURE} if standing == "changed" else {}  # the form of the other has one
    save(editor, post, UPDATE, body="Before.", **time)
    assert "Before." in Browser(app).get("/en/posts/title").text()


def test_a_change_with_a_time_that_is_typed_back_leaves_no_time_behind(
    app: Flask, editor: Browser, write: Write
) -> None:
    post = write(en="Title", body="<p>Before.</p>")
    bring_into(app, post, "timed")
    page = save(editor, post, body="Before.")
    assert "is kept in the form" not in page.text()
    assert value(page, "en-publish_at") == ""


def test_a_time_that_was_not_used_names_the_button_that_uses_it(editor: Browser, write: Write) -> None:
    page = save(editor, write(en="Title"), title="Changed", publish_at=FUTURE)
    assert "The button “Update on the site” there uses it." in page.text()


def test_the_address_of_a_change_belongs_to_its_post_at_once(editor: Browser, write: Write) -> None:
    post = write(en="First", body="<p>x</p>")
    save(editor, post, slug="wanted")
    other = form_of(editor, write(en="Second"))
    assert "Another post already has this address." in editor.submit(other, "Save", {"en-slug": "wanted"}, 422).text()
    save(editor, post, UPDATE)
    assert editor.raw("/en/posts/first").location == "/en/posts/wanted"


@pytest.mark.parametrize("button", ["Save and submit for review", "Take back from review"])
def test_words_of_an_author_whose_text_was_scheduled_meanwhile_are_shown_whatever_the_button(
    app: Flask, author: Browser, editor: Browser, write: Write, button: str
) -> None:
    post = write(en="Mine", body="<p>Before.</p>", by="author", published=None)
    if button == "Take back from review":
        bring_into(app, post, "review")
    opened = form_of(author, post)
    save(editor, post, "Save and publish", publish_at=FUTURE)
    page = author.submit(opened, button, {"en-body": "Long work."}, 409, within="en")
    assert "Long work." in page.text()


def test_authors_describe_no_cover_of_a_listed_post(app: Flask, author: Browser, write: Write) -> None:
    post = write(en="Title", by="author")
    with app.app_context():
        picture = Picture.of(Files("0a" * 10, 1600, 1067, "jpg"), 1000, "x.jpg", None)
        db.session.add(picture)
        db.session.get_one(Post, post).cover = picture
        db.session.commit()
    page, forged = form_of(author, post), {"cover_alt_en": "Forged", "en-title": "Changed"}
    author.client.post(f"/en/staff/posts/{post}", data={**page.fields(page.form("Save")[0]), **forged})
    assert "Forged" not in Browser(app).get("/en/posts/title").html
