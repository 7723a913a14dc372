"""The history of a text: differences word by word, and restoring."""

import random
from datetime import timedelta

import pytest
from flask import Flask

from kariu_blog.database import db
from kariu_blog.newsroom.differences import changes, difference
from kariu_blog.posts.post import Post
from tests.support.browsing import Browser, Page
from tests.support.cast import Write

PICTURE = "/media/{}-1600x1067.jpg"


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


def restore_and_update(browser: Browser, revision: str) -> None:
    page = browser.submit(browser.get(revision), "Restore this version")
    browser.submit(page, "Update on the site", within="en")


def test_an_earlier_text_is_restored_and_that_can_be_undone(editor: Browser, write: Write) -> None:
    post = write(en="First title", body="<p>First words.</p>")
    second = {"en-title": "Second title", "en-body": "Second."}
    editor.submit(editor.get(f"/en/staff/posts/{post}"), "Update on the site", second, within="en")
    history = editor.get(f"/en/staff/posts/{post}/en/revisions")
    addresses = [a.get("href") for a in history.one("ol", class_="desk").iter("a")]
    restore_and_update(editor, addresses[-1])
    assert "First words." in editor.get("/en/posts/first-title").text()
    restore_and_update(editor, addresses[0])
    assert "Second." in editor.get("/en/posts/first-title").text()
    history = editor.get(f"/en/staff/posts/{post}/en/revisions")
    assert len(list(history.one("ol", class_="desk").iter("li"))) == 4


def test_a_restored_text_brings_every_field_and_its_own_correction_note(
    app: Flask, editor: Browser, write: Write
) -> None:
    post = write(en="First", summary="First summary", body="<p>First words.</p>")
    second = {"en-title": "Second", "en-summary": "Second summary", "en-body": "Second words.", "en-slug": "second"}
    second["en-correction_note"] = "The day was wrong."
    editor.submit(editor.get(f"/en/staff/posts/{post}"), "Update on the site", second, within="en")
    history = editor.get(f"/en/staff/posts/{post}/en/revisions").one("ol", class_="desk")
    newest, oldest = [a.get("href") for a in history.iter("a")]
    assert "The day was wrong." in editor.get(newest).text()
    dates = []
    for revision, words, address in ((oldest, "First", "first"), (newest, "Second", "second")):
        restore_and_update(editor, revision)
        page = editor.get(f"/en/posts/{address}")
        assert f"{words} summary" in page.text()
        assert f"{words} words." in page.text()
        assert ("The day was wrong." in page.text()) is (words == "Second")
        with app.app_context():
            dates.append(db.session.get_one(Post, post).translations["en"].corrected_at)
    assert dates[0] is None
    assert dates[1] is not None


def test_authors_do_not_restore_what_is_scheduled(author: Browser, write: Write) -> None:
    post = write(en="Soon", by="author", published=timedelta(days=1))
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


def test_a_difference_of_thousands_of_equal_paragraphs_is_shown_at_once() -> None:
    before, after = ("".join(f"<p>{letter}</p>" for letter in letters * 2000) for letters in ("ab", "bca"))
    shown = difference(before, after, "en")
    assert "<ins>" in shown
    assert "<del>" in shown


KINDS_OF_BLOCKS = (
    "<p>{}</p>",
    "<h2>{}</h2>",
    "<ul><li>{}</li><li>same</li></ul>",
    "<blockquote><p>{}</p></blockquote>",
)


def body(kinds: list[str], words: list[str]) -> str:
    return "".join(kind.format(word) for kind, word in zip(kinds, words, strict=True))


@pytest.mark.parametrize("seed", range(40))
def test_marks_of_random_edits_stand_beside_the_paragraphs_that_were_edited(prepared_app: Flask, seed: int) -> None:
    chance = random.Random(seed)
    kinds = chance.choices(KINDS_OF_BLOCKS, k=chance.randint(1, 12))
    before = [f"old{number} words{number}" for number in range(len(kinds))]
    edited = {
        number: f"new{number} words{number}"
        for number in chance.sample(range(len(kinds)), chance.randint(0, 4) % len(kinds))
    }
    after = [edited.get(number, words) for number, words in enumerate(before)]
    translated = body(kinds, [f"перевод{number}" for number in range(len(kinds))])
    with prepared_app.test_request_context("/en/"):
        found = changes(body(kinds, before), body(kinds, after), translated, "en")
        assert [(change.place, change.beside) for change in found] == [
            (number, f"перевод{number}") for number in sorted(edited)
        ]
        for number, change in zip(sorted(edited), found, strict=True):
            assert f"<ins>new{number}</ins>" in change.html
            assert f"<del>old{number}</del>" in change.html
        other = changes(body(kinds, before), body(kinds, after), f"{translated}<hr>", "en")
        assert [(change.html, change.place) for change in other] == [(change.html, None) for change in found]


@pytest.mark.parametrize("seed", range(40))
def test_paragraphs_that_come_and_go_at_random_are_all_marked(prepared_app: Flask, seed: int) -> None:
    chance = random.Random(seed)
    before = [f"word{number}" for number in range(chance.randint(0, 10))]
    after = list(before)
    came, went = [], []
    for number in range(chance.randint(1, 5)):
        if after and chance.random() < 0.5:
            went.append(after.pop(chance.randrange(len(after))))
        else:
            came.append(f"new{number}")
            after.insert(chance.randint(0, len(after)), came[-1])
    kept_out = set(came) & set(went)
    kinds = ["<p>{}</p>"] * 20
    with prepared_app.test_request_context("/en/"):
        found = changes(
            body(kinds[: len(before)], before),
            body(kinds[: len(after)], after),
            body(kinds[: len(before)], before),
            "en",
        )
    marked = "".join(change.html for change in found)
    for word in {*came, *went} - kept_out:
        assert f">{word}</{'ins' if word in came else 'del'}>" in marked
    assert all(change.place is None or change.place < len(before) for change in found)
