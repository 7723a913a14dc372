"""What the newsroom says, asks and refuses, so that nobody publishes by mistake."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask

from kariu_blog.database import db
from kariu_blog.languages import format_moment
from kariu_blog.posts.post import Post, PostTranslation
from tests.support.browsing import Browser, Page
from tests.support.cast import LONG_AGO, Write

FUTURE = "2099-01-01T09:00"
FUTURE_SAID = "1 January 2099, 09:00"
WORDS = {"en-title": "Open day", "en-body": "Come and see."}


def messages(page: Page) -> list[str]:
    return [page.text(p) for p in page.all("p", class_="message", role="status")]


def value(page: Page, name: str) -> str:
    return page.fields(page.form("Save")[0])[name]


def translation(app: Flask, language: str = "en") -> PostTranslation:
    with app.app_context():
        return db.session.query(PostTranslation).filter_by(language=language).one()


def form_of(browser: Browser, post: int) -> Page:
    return browser.get(f"/en/staff/posts/{post}")


def test_a_new_post_chooses_neither_category_nor_byline(app: Flask, editor: Browser) -> None:
    page = editor.get("/en/staff/posts/new")
    assert (value(page, "category"), value(page, "author")) == ("", "")
    page = editor.submit(page, "Save and publish", WORDS, 422, within="en")
    assert "Choose a category." in page.text()
    assert "Choose an author." in page.text()
    assert value(page, "en-title") == "Open day"
    with app.app_context():
        assert db.session.query(Post).count() == 0


def test_the_last_choice_is_offered_for_the_next_post(author: Browser) -> None:
    author.new_post({"en-title": "First", "category": "4", "author": "2"})
    page = author.get("/en/staff/posts/new")
    assert (value(page, "category"), value(page, "author")) == ("4", "2")


def test_a_draft_of_words_alone_keeps_the_choice_that_was_offered(author: Browser) -> None:
    author.new_post({"en-title": "First", "category": "4", "author": "2"})
    page = author.get("/en/staff/posts/new")
    words = {name: value(page, name) for name in ("csrf_token", "form_key", "writer")} | {"en-title": "Only words"}
    assert author.client.post("/en/staff/posts/new/draft", data=words).status_code == 200
    page = author.get(f"/en/staff/posts/new?draft={words['form_key']}")
    assert (value(page, "category"), value(page, "author")) == ("4", "2")


def test_the_rectors_blog_and_byline_are_chosen_anew_each_time(editor: Browser) -> None:
    editor.new_post({"en-title": "First", "category": "1", "author": "3"})
    page = editor.get("/en/staff/posts/new")
    assert (value(page, "category"), value(page, "author")) == ("", "")


def test_authors_neither_see_nor_forge_the_rectors_byline(author: Browser, editor: Browser) -> None:
    def offered(browser: Browser) -> list[str]:
        page = browser.get("/en/staff/posts/new")
        return [str(option.text) for option in page.one("select", name="author").iter("option")]

    assert "Rector" in offered(editor)
    assert "Rector" not in offered(author)
    author.new_post({"en-title": "Forged", "author": "3"}, status=422)


def test_an_author_goes_on_with_a_post_to_which_an_editor_gave_the_rectors_byline(
    author: Browser, editor: Browser
) -> None:
    page = author.new_post(WORDS)
    editor.submit(editor.get(page.path.split("?")[0]), "Save", {"author": "3"})
    page = author.submit(author.get(page.path.split("?")[0]), "Save", {"en-title": "Open days"})
    assert value(page, "author") == "3"


def test_each_act_answers_what_is_true_now_with_a_link_to_look(editor: Browser) -> None:
    page = editor.new_post(WORDS)
    assert messages(page) == ["Saved as a draft: English. Readers do not see it."]
    assert page.links()["English"].endswith("/preview") or "preview" in page.html
    page = editor.submit(page, "Save and publish", {"en-publish_at": FUTURE}, within="en")
    assert messages(page) == [f"Scheduled: English ({FUTURE_SAID}). Readers do not see it before then."]
    page = editor.submit(page, "Save", {"en-summary": "A day"})
    assert messages(page) == [f"Scheduled: English ({FUTURE_SAID}). Readers do not see it before then."]
    page = editor.submit(editor.submit(page, "Withdraw", within="en"), "Make it a draft again")
    assert messages(page) == ["No longer scheduled: English. It is a draft again."]
    page = editor.submit(page, "Save and publish", {"en-publish_at": ""}, within="en")
    assert messages(page) == ["Published. Readers see it now: English."]
    assert page.one("p", role="status").find("a").get("href") == "/en/posts/open-day"
    page = editor.submit(page, "Update on the site", {"en-title": "Open days"}, within="en")
    assert messages(page) == ["Updated. Readers see the new text now: English."]
    page = editor.submit(page, "Update on the site", {"en-correction_note": "The day was wrong."}, within="en")
    assert messages(page) == ["Updated. Readers see the text and the correction below it now: English."]
    page = editor.submit(page, "Save", {"category": "4"})
    assert messages(page) == ["Saved for all languages: category, author and cover."]
    page = editor.submit(page, "Update on the site", {"en-publish_at": "2021-06-29T12:44"}, within="en")
    assert messages(page) == ["Saved. Readers see the new date now: English (29 June 2021, 12:44)."]
    page = editor.withdraw(page, "en")
    assert messages(page) == ["Withdrawn: English. Readers no longer see it."]
    page = editor.submit(page, "Save", {"en-title": "Open day"})
    assert messages(page) == ["Saved: English. It is withdrawn, and readers do not see it."]
    page = editor.submit(page, "Save")
    assert messages(page) == ["Nothing was changed, so there was nothing to save."]


def test_review_answers_what_is_true_now(author: Browser, editor: Browser) -> None:
    page = author.new_post(WORDS, "Save and submit for review", within="en")
    address = page.path.split("?")[0]
    assert messages(page) == ["Submitted for review: English. An editor publishes it or gives it back with a note."]
    page = author.submit(page, "Save", {"en-title": "Open days"})
    assert messages(page) == ["Saved: English. It is still waiting for review."]
    page = author.submit(page, "Take back from review", within="en")
    assert messages(page) == ["Taken back from review: English. You can go on writing."]
    author.submit(page, "Save and submit for review", within="en")
    page = editor.submit(editor.get(address), "Give back to the author", within="en")
    assert messages(page) == ["Given back to the author: English."]


@pytest.mark.parametrize(
    ("language", "button", "sentence"),
    [
        ("kk", "Барлығын жариялау", "Жарияланды. Оқырмандар қазір көре алады: Қазақша, Русский."),
        ("ru", "Опубликовать всё", "Опубликовано. Читатели уже видят: Қазақша, Русский."),
        ("en", "Publish all", "Published. Readers see it now: Қазақша, Русский."),
    ],
)
def test_the_answer_is_in_the_pages_language(
    editor: Browser, write: Write, language: str, button: str, sentence: str
) -> None:
    post = write(kk="Тақырып", ru="Заголовок", published=None)
    page = editor.submit(editor.get(f"/{language}/staff/posts/{post}"), button)
    assert messages(page) == [sentence]


def test_a_public_text_that_gets_a_future_time_is_asked_about(app: Flask, editor: Browser, write: Write) -> None:
    post = write(en="Here")
    fields = {"en-publish_at": FUTURE, "ru-title": "Ещё здесь"}
    asked = editor.submit(form_of(editor, post), "Update on the site", fields, within="en")
    assert f"they will not see it until {FUTURE_SAID}" in asked.text()
    assert translation(app).published_at == LONG_AGO
    assert value(asked, "ru-title") == "Ещё здесь"
    page = editor.submit(asked, "Keep it public")
    assert messages(page) == ["Saved as a draft: Русский. Readers do not see it."]
    assert translation(app).published_at == LONG_AGO
    page = editor.submit(page, "Update on the site", {"en-publish_at": FUTURE}, within="en")
    page = editor.submit(page, "Hide it until then")
    assert messages(page) == [f"Scheduled: English ({FUTURE_SAID}). Readers do not see it before then."]
    editor.get("/en/posts/here", 404)


def test_withdrawing_asks_and_keeping_it_public_changes_nothing(app: Flask, editor: Browser, write: Write) -> None:
    post = write(en="Here")
    asked = editor.submit(form_of(editor, post), "Withdraw", {"en-title": "Typed meanwhile"}, within="en")
    assert "Readers see this text now." in asked.text()
    assert translation(app).is_public
    page = editor.submit(asked, "Keep it public")
    assert value(page, "en-title") == "Typed meanwhile"
    assert translation(app).title == "Here"
    editor.get("/en/posts/here")


@pytest.mark.parametrize(("answer", "is_as_the_original"), [("Date it now", False), ("Date it as the original", True)])
def test_a_translation_of_an_old_post_asks_for_its_date(
    app: Flask, editor: Browser, write: Write, answer: str, is_as_the_original: bool
) -> None:
    post = write(kk="Ескі")
    fields = {"en-title": "Old", "en-body": "Words."}
    asked = editor.submit(form_of(editor, post), "Save and publish", fields, within="en")
    assert "This post first came out on 29 June 2021." in asked.text()
    assert "Published. Readers see it now: English." in messages(editor.submit(asked, answer))
    assert (translation(app).published_at == LONG_AGO) == is_as_the_original


def test_a_translation_with_a_time_or_of_a_recent_post_asks_nothing(editor: Browser, write: Write) -> None:
    fields = {"en-title": "Old", "en-body": "Words."}
    dated = {**fields, "en-publish_at": "2021-07-01T09:00"}
    page = editor.submit(form_of(editor, write(kk="Ескі")), "Save and publish", dated, within="en")
    assert messages(page) == ["Published. Readers see it now: English."]
    recent = write(kk="Кеше", published=timedelta(days=-1))
    page = editor.submit(form_of(editor, recent), "Save and publish", {**fields, "en-title": "Yesterday"}, within="en")
    assert messages(page) == ["Published. Readers see it now: English."]


def test_a_time_whose_button_was_not_pressed_is_kept_and_its_language_named(editor: Browser) -> None:
    fields = {**WORDS, "ru-title": "День", "ru-body": "Приходите.", "ru-publish_at": FUTURE}
    page = editor.new_post(fields, "Save and publish", within="en")
    assert "The time for Русский is kept in the form. The button “Save and publish” there uses it." in messages(page)
    page = editor.get(page.path.split("?")[0])
    assert value(page, "ru-publish_at") == FUTURE
    page = editor.submit(page, "Save and publish", within="ru")
    assert messages(page) == [f"Scheduled: Русский ({FUTURE_SAID}). Readers do not see it before then."]
    assert "This is your draft" not in page.text()


def test_a_new_posts_time_is_there_to_be_seen(editor: Browser) -> None:
    page = editor.get("/en/staff/posts/new")
    assert not [details for details in page.all("details") if details.find(".//*[@name='en-publish_at']") is not None]
    assert page.one("input", name="en-publish_at") is not None


def test_publish_all_publishes_what_is_whole_and_says_what_is_not(app: Flask, editor: Browser) -> None:
    fields = {**WORDS, "ru-title": "Без слов", "kk-body": "Атаусыз мәтін."}
    page = editor.new_post(fields, "Publish all")
    assert messages(page) == [
        "Saved as a draft: Русский. Readers do not see it.",
        "Published. Readers see it now: English.",
        "Not published: Қазақша. Give the text a title.",
        "Not published: Русский. Write the text first.",
    ]
    assert value(page, "kk-body") == "Атаусыз мәтін."
    page = editor.get(page.path.split("?")[0])
    assert value(page, "kk-body") == "Атаусыз мәтін."
    page = editor.submit(page, "Publish all", {"kk-title": "Атау", "ru-body": "Слова."})
    assert messages(page) == ["Published. Readers see it now: Қазақша, Русский."]
    assert "Атаусыз мәтін." in Browser(app).get("/kk/posts/atau").text()


def test_a_form_opened_before_somebody_changed_the_byline_is_refused_with_both_shown(
    app: Flask, editor: Browser, write: Write
) -> None:
    post = write(en="Title", published=None)
    opened = form_of(editor, post)
    editor.submit(form_of(editor, post), "Save", {"author": "2", "category": "4"})
    page = editor.submit(opened, "Save and publish", {"en-body": "Mine."}, 409, within="en")
    assert "Saved by somebody else Science, Press office, No picture" in page.text()
    assert "Chosen in this form News, Administration, No picture" in page.text()
    assert value(page, "en-body") == "Mine."
    assert translation(app).published_at is None
    page = editor.submit(page, "Save and publish", within="en")
    assert messages(page) == ["Published. Readers see it now: English."]
    assert (value(page, "category"), value(page, "author")) == ("4", "2")


def test_two_clicks_on_save_of_a_new_post_lead_to_the_post(app: Flask, editor: Browser) -> None:
    page = editor.get("/en/staff/posts/new")
    fields = {**page.fields(page.form("Save")[0]), "category": "2", "author": "2", **WORDS}
    cookies = editor.client.get_cookie("__Host-session", path="/")
    assert cookies is not None
    answers: list[tuple[int, str]] = []
    together = threading.Barrier(4)

    def click() -> None:
        browser = Browser(app)
        browser.client.set_cookie("__Host-session", cookies.value)
        together.wait()
        answer = browser.client.post("/en/staff/posts/new", data=fields)
        answers.append((answer.status_code, answer.headers.get("Location", "").split("?")[0]))

    clicks = [threading.Thread(target=click) for _ in range(4)]
    for thread in clicks:
        thread.start()
    for thread in clicks:
        thread.join()
    assert answers == [(303, "/en/staff/posts/1")] * 4
    with app.app_context():
        assert db.session.query(Post).count() == 1


def test_a_second_click_on_publish_of_a_new_post_leads_to_the_post_too(editor: Browser) -> None:
    page = editor.get("/en/staff/posts/new")
    fields = {"category": "2", "author": "2", **WORDS}
    first = editor.submit(page, "Save and publish", fields, within="en")
    again = editor.submit(page, "Save and publish", fields, within="en")
    assert first.path.split("?")[0] == again.path.split("?")[0]
    assert messages(again)[-1] == "Published. Readers see it now: English."


@pytest.mark.parametrize("path", ["", "/ru/revisions", "/ru/preview", "/ru/preview-links", "/deletion"])
@pytest.mark.parametrize("language", ["ru", "en"])
def test_window_and_heading_name_the_post(editor: Browser, write: Write, language: str, path: str) -> None:
    post = write(ru="День науки")
    page = editor.get(f"/{language}/staff/posts/{post}{path}")
    assert "День науки" in page.text(page.one("title"))
    assert "День науки" in page.text(page.one("h1"))


def test_errors_are_a_list_with_links_to_their_fields(editor: Browser) -> None:
    fields = {"kk-body": "Атаусыз.", "en-title": "Title", "en-publish_at": "soon"}
    page = editor.submit(editor.get("/en/staff/posts/new"), "Save", fields, 422)
    links = {a.get("href"): page.text(a) for a in page.one("ul", class_="errors").iter("a")}
    assert links == {
        "#category": "Category",
        "#author": "Author",
        "#kk-title": "Title Қазақша",
        "#en-publish_at": "Publish at English",
    }
    assert {e.get("id") for e in page.tree.iter() if e.get("id")} >= {link[1:] for link in links}


def test_restoring_says_what_readers_see(editor: Browser, write: Write) -> None:
    post = write(en="First")
    editor.submit(form_of(editor, post), "Update on the site", {"en-title": "Second"}, within="en")
    page = editor.get(f"/en/staff/posts/{post}/en/revisions")
    oldest = editor.get([a.get("href") for a in page.one("ol", class_="desk").iter("a")][-1])
    page = editor.submit(oldest, "Restore this version")
    unseen = "Saved: English. Readers still see the earlier text; “Update on the site” shows them the new one."
    assert messages(page) == [unseen]
    assert "Second" in editor.get("/en/").text()
    page = editor.submit(page, "Update on the site", within="en")
    assert messages(page) == ["Updated. Readers see the new text now: English."]


def test_a_moment_is_said_in_karagandas_time(editor: Browser, write: Write) -> None:
    at = datetime(2099, 5, 5, 4, 0, tzinfo=UTC)
    post = write(en="Later", published=at)
    page = editor.submit(form_of(editor, post), "Save", {"en-title": "Later still"})
    assert format_moment(at, "en") in messages(page)[0]
    assert "09:00" in messages(page)[0]


def test_an_update_of_a_public_text_is_held_to_what_a_publication_is(app: Flask, editor: Browser, write: Write) -> None:
    post = write(en="Public", body="<p>Words.</p>")
    page = editor.submit(form_of(editor, post), "Update on the site", {"en-body": ""}, 422, within="en")
    assert "Write the text first." in page.text()
    source = f"/media/{'0a' * 10}-16x10.jpg"
    body = f'<p>Words. <img src="{source}" alt=""></p>'
    page = editor.submit(page, "Update on the site", {"en-body": body}, 422, within="en")
    assert "Describe each picture (alt text)" in page.text()
    assert translation(app).body == "<p>Words.</p>"
    body = f'<p>Words. <img src="{source}" alt="A hall"></p>'
    editor.submit(page, "Update on the site", {"en-body": body}, within="en")
    assert "A hall" in translation(app).body


def test_a_letter_is_mended_in_an_old_text_whose_pictures_nobody_described(
    app: Flask, editor: Browser, write: Write
) -> None:
    body = f'<p>Wrods. <img src="/media/{"0a" * 10}-16x10.jpg" alt=""></p>'
    post = write(en="Public", body=body)
    fields = {"en-body": body.replace("Wrods", "Words")}
    editor.submit(form_of(editor, post), "Update on the site", fields, within="en")
    assert "Words." in translation(app).body
