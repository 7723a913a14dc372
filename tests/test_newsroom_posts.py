"""Posts in the newsroom: the list, writing and saving, what is refused, addresses, deletion."""

from datetime import timedelta
from io import BytesIO

import pytest
from flask import Flask

from kariu_blog.accounts.models import Staff
from kariu_blog.accounts.signin import UNUSED
from kariu_blog.database import db
from kariu_blog.newsroom.models import Draft, PreviewLink
from kariu_blog.posts.post import Post, PostTranslation
from tests.support.browsing import Browser, Page, value
from tests.support.cast import CAST, PassTime, Write
from tests.support.posts import STATES, bring_into, empty_trash, latest, text_of

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
    assert [state.text for state in page.all("span", class_="state draft")] == [
        "Draft",
        "Draft",
    ]  # in the pane and in the bar
    assert value(page, "ru-slug") == "tolko-zagolovok"
    assert value(page, "kk-title") == ""


def test_the_list_shows_the_state_of_each_language(editor: Browser, write: Write) -> None:
    write(kk="Жарияланған", ru="Опубликован")
    write(en="Waiting", published=timedelta(days=1))
    write(en="Only a draft", published=None)
    page = editor.get("/en/staff/")
    rows = [page.text(row) for row in page.one("tbody").findall("tr")]
    assert "Only a draft" in rows[0]
    assert "English Draft" in rows[0]
    assert "Қазақша No text" in rows[0]
    assert "English Scheduled" in rows[1]
    assert rows[2].count("Public") == 2


def test_delete_asks_first_and_then_hides_every_language_until_it_is_taken_back(editor: Browser, write: Write) -> None:
    post = write(kk="Тақырып", en="Title")
    page = editor.get(f"/en/staff/posts/{post}/deletion")
    assert "Title" in page.text()
    assert editor.get("/en/posts/title")
    page = editor.submit(page, "Put it into the trash")
    assert "The post is in the trash. Readers no longer see it." in page.text()
    editor.get("/en/posts/title", 410)
    assert editor.raw("/en/posts/title").headers["Cache-Control"] == "no-store"
    editor.get(f"/en/staff/posts/{post}", 404)
    editor.submit(editor.get("/en/staff/trash"), "Take it out of the trash")
    assert editor.get("/en/posts/title")
    assert editor.get("/kk/posts/taqyryp")


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
    page = editor.get(f"/en/staff/posts/{post}")
    page = editor.submit(page, "Update on the site", {"en-slug": "second"}, within="en")
    assert editor.raw("/en/posts/first").location == "/en/posts/second"
    editor.submit(page, "Update on the site", {"en-slug": "first"}, within="en")
    assert editor.raw("/en/posts/second").location == "/en/posts/first"
    assert editor.raw("/en/posts/first").status_code == 200


def test_a_title_is_required_and_the_rest_is_kept(editor: Browser) -> None:
    page = new_post(editor, {"kk-body": "Мәтін", "en-title": "Title"}, 422)
    assert "Give the text a title." in page.text()
    assert value(page, "kk-body") == "Мәтін"
    assert "Write the title in at least one language." in new_post(editor, {"category": "1"}, 422).text()


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
    assert [e.attrib for e in body.iter()][1:] == [{}]


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
        if rule.endpoint in UNUSED:
            continue
        if rule.endpoint.startswith(("newsroom.", "security.", "account_links.")) and "POST" in (rule.methods or ()):
            values = {"lang": "en", "post_id": post, "text_language": "en", "revision_id": 1}
            values |= {"picture_id": 1, "file_id": 1, "token": "x", "staff_id": 1, "verb": "disabling"}
            values |= {"item_id": post, "step": "post"}
            values["kind"] = (
                "categories" if "merg" in rule.rule else "posts" if "item_id" in rule.arguments else "notices"
            )
            with app.test_request_context():
                address = app.url_map.bind("localhost").build(
                    rule.endpoint, {name: values[name] for name in rule.arguments}, method="POST"
                )
            assert editor.client.post(address, data={"en-title": "Forged"}).status_code == 400, address
    assert text_of(app).title == "Title"


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


def test_authors_see_and_edit_their_own_drafts_alone(author: Browser, write: Write) -> None:
    write(en="Somebody else's")
    theirs = write(en="Of another author", by="other-author", published=None)
    new_post(author, {"en-title": "My own"})
    page = author.get("/en/staff/")
    assert [page.text(th.find("a")) for th in page.all("th", scope="row")] == ["My own"]
    author.get(f"/en/staff/posts/{theirs}", 404)
    author.get(f"/en/staff/posts/{theirs}/en/preview", 404)
    author.get(f"/en/staff/posts/{theirs}/deletion", 404)


def test_authors_change_nothing_that_readers_see_of_what_is_public(app: Flask, author: Browser, write: Write) -> None:
    post = write(en="Public", by="author")
    page = author.get(f"/en/staff/posts/{post}")
    forged = {"category": "4", "author": "2", "en-title": "Changed", "kk-title": "Қазақша"}
    author.client.post(f"/en/staff/posts/{post}", data={**page.fields(page.form("Save")[0]), **forged})
    assert (text_of(app).title, latest(app).title) == ("Public", "Changed")
    assert text_of(app, "kk").title == "Қазақша"
    with app.app_context():
        assert db.session.get_one(Post, post).category.slug == "news"


def test_authors_delete_only_what_was_never_published(author: Browser, write: Write) -> None:
    public, draft = write(en="Public", by="author"), write(en="Draft", by="author", published=None)
    author.get(f"/en/staff/posts/{public}/deletion", 403)
    author.submit(author.get(f"/en/staff/posts/{draft}/deletion"), "Put it into the trash")
    author.get(f"/en/staff/posts/{draft}", 404)


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


@pytest.mark.parametrize(
    "title", ["\u200b", "\u202e\u2066", " \u3000 ", "\u3164\uffa0", "\u2800", "\ufe0f\u034f", "\u0301", "\u115f\u1160"]
)
def test_a_title_that_nobody_can_see_is_none(editor: Browser, title: str) -> None:
    assert "Give the text a title." in new_post(editor, {"en-title": title, "en-body": "x"}, 422).text()


@pytest.mark.parametrize("json", [[1, 2], 5, {"kk-title": 5}])
def test_only_forms_without_files_are_taken(editor: Browser, json: object) -> None:
    for path in ("/en/staff/posts/new", "/en/staff/login"):
        assert editor.client.post(path, json=json).status_code == 415
        files = {"kk-title": (BytesIO(b"x"), "x.txt"), "csrf_token": "x"}
        assert editor.client.post(path, data=files).status_code == 415


@pytest.mark.parametrize("number", ["0", "99999999999999999999", "-1", "x"])
def test_posts_that_are_not_there_are_404(editor: Browser, number: str) -> None:
    editor.get(f"/en/staff/posts/{number}", 404)
    editor.get("/en/staff/?page=2", 404)


def test_the_list_shows_each_state_alone(app: Flask, editor: Browser, write: Write) -> None:
    for state in STATES:
        bring_into(app, write(en=f"One that is {state}", published=None), state)
    for state in STATES:
        page = editor.get(f"/en/staff/?state={state}")
        assert [page.text(th.find("a")) for th in page.all("th", scope="row")] == [f"One that is {state}"]


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


def test_a_post_that_goes_for_good_takes_its_drafts_histories_and_links_along(
    app: Flask, editor: Browser, write: Write, pass_time: PassTime
) -> None:
    post = write(en="Going", published=None)
    page = editor.get(f"/en/staff/posts/{post}")
    editor.client.post(f"/en/staff/posts/{post}/draft", data={**page.fields(page.form("Save")[0]), "en-title": "Half"})
    editor.submit(editor.get(f"/en/staff/posts/{post}/en/preview-links"), "Make a link")
    editor.submit(editor.get(f"/en/staff/posts/{post}/deletion"), "Put it into the trash")
    empty_trash(app, pass_time)
    with app.app_context():
        for model in (Draft, PreviewLink, PostTranslation):
            assert db.session.query(model).count() == 0
        assert db.session.query(Staff).count() == len(CAST)


def test_a_post_never_has_the_number_of_one_that_was_deleted(
    app: Flask, editor: Browser, write: Write, pass_time: PassTime
) -> None:
    first = write(en="First")
    opened = editor.get(f"/en/staff/posts/{first}")
    editor.submit(editor.get(f"/en/staff/posts/{first}/deletion"), "Put it into the trash")
    empty_trash(app, pass_time)
    editor.sign_in("editor")
    assert write(en="Second") != first
    editor.submit(opened, "Save", {"en-body": "Late."}, 404)
    assert "Late." not in Browser(app).get("/en/posts/second").text()


def test_what_may_be_saved_once_may_be_saved_again_and_restored(editor: Browser, write: Write) -> None:
    post = write(en="Lines")
    page = editor.get(f"/en/staff/posts/{post}")
    page = editor.submit(page, "Save", {"en-body": "a\n" * 10_001}, 422)
    assert "There is too much HTML markup in this text." in page.text()


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


def test_whoever_deletes_a_post_is_told_whose_words_go_with_it(app: Flask, editor: Browser, write: Write) -> None:
    post = write(en="Title")
    other = Browser(app)
    other.sign_in("admin")
    page = other.get(f"/en/staff/posts/{post}")
    fields = {**page.fields(page.form("Save")[0]), "en-body": "Half a"}
    other.client.post(f"/en/staff/posts/{post}/draft", data=fields)
    text = editor.get(f"/en/staff/posts/{post}/deletion").text()
    assert "admin has changes here that are not saved yet" in text
