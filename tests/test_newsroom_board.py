"""The board of posts, acts on several of them, the trash, what translations have to follow, and the reports."""

import csv
import io
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask

from kariu_blog.database import db, now
from kariu_blog.languages import local
from kariu_blog.posts.post import Post
from tests.support.browsing import Browser, Page
from tests.support.cast import PHONE, PassTime, Write
from tests.support.posts import bring_into, do_what_is_due, empty_trash, text_of
from tests.support.statements import statements

LONG = "Бұл мәтін қазақ тілінде жазылған, өйткені университетіміздің оқырмандары қазақша оқығанды ұнатады. " * 3
RUSSIAN = "Этот текст написан на русском языке, и читатели университета с удовольствием его прочитают сегодня. " * 3


def listed(page: Page) -> list[str]:
    return [page.text(heading.find("a")) for heading in page.all("th", scope="row")]


def chosen(browser: Browser, **address: str) -> list[str]:
    return listed(browser.get("/en/staff/?" + "&".join(f"{name}={value}" for name, value in address.items())))


def select(browser: Browser, act: str, *posts: int) -> Page:
    page = browser.get("/en/staff/")
    token = page.all("input", name="csrf_token")[-1].get("value")
    data = {"csrf_token": token, "act": act, "post": [str(post) for post in posts]}
    return browser._page(browser.client.post("/en/staff/posts/selection", data=data, follow_redirects=True), 200)


def test_posts_are_chosen_by_what_is_missing_or_has_to_be_done(app: Flask, editor: Browser, write: Write) -> None:
    write(kk="Бар", ru="Есть", en="Whole", category="science")
    write(ru="Без казахского", category="news")
    changed = write(en="Changed")
    bring_into(app, changed, "changed")
    submitted = write(en="Submitted", published=None)
    bring_into(app, submitted, "review")
    assert chosen(editor, missing="kk") == ["Submitted", "Changed", "Без казахского"]
    assert chosen(editor, missing="en") == ["Без казахского"]
    assert chosen(editor, state="unseen") == ["Changed"]
    assert chosen(editor, state="review") == chosen(editor, state="waiting") == ["Submitted"]
    assert chosen(editor, category="4") == ["Whole"]
    assert chosen(editor, sort="published", missing="ru") == ["Changed", "Submitted"]
    page = editor.get("/en/staff/?missing=kk&category=2")
    assert "missing=kk" in page.links()["Waiting for review 1"]
    assert editor.get("/en/staff/?missing=xx&category=x&sort=;").one("tbody")


def test_every_page_of_the_board_is_made_with_four_statements(app: Flask, editor: Browser, write: Write) -> None:
    for number in range(60):
        write(en=f"Post {number}", ru=f"Запись {number}", by="author")
    editor.submit(editor.new_post({"en-title": "Typed"}), "Save")
    for query in (
        "",
        "?page=3",
        "?state=waiting",
        "?missing=kk&sort=published&page=2",
        "?category=2&writer=3&sort=new",
    ):
        editor.get(f"/en/staff/{query}")
        with statements(app) as seen:
            assert editor.get(f"/en/staff/{query}").all("nav", class_="filter counts")
        assert 3 <= len(seen) <= 4, "\n".join(seen)


def test_a_cell_names_its_state_and_what_is_to_be_done_with_it(app: Flask, editor: Browser, write: Write) -> None:
    post = write(en="Title", ru="Заголовок", by="author")
    bring_into(app, post, "submitted")
    page = editor.get(f"/en/staff/posts/{post}")
    editor.submit(page, "Give back to the author", {"en-review_note": "Which day?"}, within="en")
    page = editor.get("/en/staff/")
    kazakh, russian, english = (page.text(cell) for cell in page.all("td")[1:4])
    assert "No text" in kazakh
    assert "Public 29 June 2021" in russian
    assert "Public 29 June 2021 Not seen by readers Given back Which day?" in english
    writer = page.links()["author"]
    assert listed(editor.get(writer)) == ["Title"]


def test_selected_posts_go_to_the_trash_together_and_come_back(editor: Browser, write: Write) -> None:
    first, second, other = write(en="First"), write(en="Second"), write(en="Third")
    page = select(editor, "trash", first, second)
    assert "Done with 2 posts." in page.text()
    assert listed(page) == ["Third"]
    editor.get("/en/posts/first", 410)
    page = editor.submit(page, "Take it back")
    assert set(listed(page)) == {"First", "Second", "Third"}
    assert editor.get("/en/posts/first")
    assert other


def test_after_an_act_the_list_is_narrowed_as_before(editor: Browser, write: Write) -> None:
    write(en="First", category="news")
    write(en="Second", category="science")
    page = editor.get("/en/staff/?category=2&sort=new")
    (form,) = page.all("form", id="selection")
    data = {**page.fields(form), "act": "trash", "post": "1"}
    answer = editor.client.post(form.get("action"), data=data)
    assert answer.location == "/en/staff/?category=2&sort=new"
    page = editor.submit(editor.get(answer.location), "Take it back")
    assert listed(page) == ["First"]


def test_selected_posts_are_moved_and_moved_back(app: Flask, editor: Browser, write: Write) -> None:
    posts = [write(en="First", category="news"), write(en="Second", category="science")]
    page = select(editor, "category:4", *posts)
    assert "Done with 1 post. 1 was left out." in page.text()
    assert "First" in Browser(app).get("/en/categories/science/").text()
    editor.submit(page, "Take it back")
    assert "First" not in Browser(app).get("/en/categories/science/").text()


def test_posts_moved_back_into_a_category_that_was_merged_meanwhile_go_where_that_leads(
    app: Flask, editor: Browser, write: Write
) -> None:
    post = write(en="Moved", category="science")
    page = select(editor, "category:2", post)
    admin = Browser(app)
    admin.sign_in("admin")
    admin.submit(admin.get("/en/staff/site/categories/4/merging?target=3"), "Merge")
    editor.submit(page, "Take it back")
    assert "Moved" in Browser(app).get("/en/categories/announcements/").text()


def test_what_is_complete_of_selected_posts_is_published_and_withdrawn_again(
    app: Flask, editor: Browser, write: Write
) -> None:
    whole, empty = write(en="Whole", published=None), write(en="Empty", body="", published=None)
    page = select(editor, "publish", whole, empty)
    assert "Done with 1 post. 1 was left out." in page.text()
    assert Browser(app).get("/en/posts/whole")
    editor.submit(page, "Take it back")
    Browser(app).get("/en/posts/whole", 404)


def test_authors_do_with_selected_posts_what_they_may_with_each(author: Browser, write: Write) -> None:
    own, public = write(en="Own", by="author", published=None), write(en="Public", by="author")
    foreign = write(en="Foreign", published=None)
    assert "Done with 1 post. 2 were left out." in select(author, "submit", own, public, foreign).text()
    assert "Done with 0 posts." in select(author, "publish", own).text()
    assert "Done with 0 posts." in select(author, "category:4", public, foreign).text()


def test_an_act_is_taken_back_by_whoever_did_it_alone(app: Flask, editor: Browser, write: Write) -> None:
    page = select(editor, "trash", write(en="Gone"))
    done = page.all("input", name="done")[0].get("value")
    other = Browser(app)
    other.sign_in("admin")
    token = other.get("/en/staff/trash").all("input", name="csrf_token")[0].get("value")
    answer = other.client.post("/en/staff/posts/selection/undo", data={"csrf_token": token, "done": done})
    assert answer.status_code == 400


def test_a_post_comes_back_from_the_trash_as_it_was(app: Flask, editor: Browser, write: Write) -> None:
    post = write(en="Title", kk="Тақырып", ru="Черновик")
    with app.app_context():
        db.session.get_one(Post, post).translations["ru"].withdraw()
        db.session.commit()
    before = Browser(app).raw("/en/feed.atom").data
    editor.submit(editor.get(f"/en/staff/posts/{post}/deletion"), "Put it into the trash")
    for address in ("/en/posts/title", "/kk/posts/taqyryp"):
        gone = Browser(app).raw(address)
        assert (gone.status_code, gone.headers["Cache-Control"]) == (410, "no-store")
    assert "Title" not in Browser(app).get("/en/").text()
    editor.submit(editor.get("/en/staff/trash"), "Take it out of the trash")
    assert Browser(app).get("/en/posts/title")
    assert text_of(app, "ru").state == "withdrawn"
    assert Browser(app).raw("/en/feed.atom").data == before


def test_a_text_that_should_have_been_published_while_in_the_trash_is_a_draft(
    app: Flask, editor: Browser, write: Write, pass_time: PassTime
) -> None:
    post = write(en="Soon", published=timedelta(hours=1))
    editor.submit(editor.get(f"/en/staff/posts/{post}/deletion"), "Put it into the trash")
    pass_time(2 * 3600)
    editor.submit(editor.get("/en/staff/trash"), "Take it out of the trash")
    assert text_of(app).state == "draft"


def test_the_trash_is_emptied_after_thirty_days_and_the_address_stays_gone(
    app: Flask, editor: Browser, write: Write, pass_time: PassTime
) -> None:
    post = write(en="Title")
    editor.submit(editor.get(f"/en/staff/posts/{post}/deletion"), "Put it into the trash")
    empty_trash(app, pass_time)
    with app.app_context():
        assert db.session.get(Post, post) is None
    Browser(app).get("/en/posts/title", 410)


def test_authors_take_their_own_posts_out_of_the_trash_alone(app: Flask, author: Browser, write: Write) -> None:
    foreign = write(en="Foreign")
    with app.app_context():
        db.session.get_one(Post, foreign).trash()
        db.session.commit()
    page = author.get("/en/staff/trash")
    assert "Foreign" not in page.text()
    token = author.get("/en/staff/account").all("input", name="csrf_token")[0].get("value")
    answer = author.client.post(f"/en/staff/trash/{foreign}/restoration", data={"csrf_token": token})
    assert answer.status_code == 404


def test_a_translation_shows_what_changed_in_the_source_until_it_is_updated(editor: Browser, write: Write) -> None:
    post = write(ru="Заголовок", en="Title", body="<p>1</p><p>2</p>")
    editor.submit(editor.get(f"/en/staff/posts/{post}"), "Save", {"ru-title": "Первый"})
    editor.submit(editor.get(f"/en/staff/posts/{post}"), "Save", {"ru-body": "1\n\nТри."})
    page = editor.get(f"/en/staff/posts/{post}")
    pane = page.text(page.one("fieldset", id="pane-en"))
    assert "Changed since in another language: Русский" in pane
    assert "Три." in pane
    assert chosen(editor, state="outdated") == ["Title"]
    page = editor.submit(page, "Update on the site", {"en-body": "One.\n\nThree."}, within="en")
    assert "Changed since in another language" not in page.text(page.one("fieldset", id="pane-en"))
    assert "Changed since in another language" not in page.text(page.one("fieldset", id="pane-ru"))


def test_a_small_correction_makes_no_translation_outdated(editor: Browser, write: Write) -> None:
    post = write(ru="Заголовок", en="Title")
    for fields in ({"ru-body": "Слово."}, {"en-body": "Word."}):  # from here on each follows the other
        editor.submit(editor.get(f"/en/staff/posts/{post}"), "Save", fields)
    editor.submit(editor.get(f"/en/staff/posts/{post}"), "Update on the site", within="ru")
    editor.submit(editor.get(f"/en/staff/posts/{post}"), "Update on the site", within="en")
    editor.submit(editor.get(f"/en/staff/posts/{post}"), "Save", {"ru-body": "Слова.", "ru-correction": "y"})
    assert chosen(editor, state="outdated") == []
    editor.submit(editor.get(f"/en/staff/posts/{post}"), "Save", {"ru-body": "Другие слова."})
    assert chosen(editor, state="outdated") == ["Title"]
    page = editor.submit(editor.get(f"/en/staff/posts/{post}"), "It is up to date", within="en")
    assert "is up to date with the other languages now." in page.text()
    assert chosen(editor, state="outdated") == []


def test_an_empty_pane_begins_with_the_structure_of_another_language(editor: Browser, write: Write) -> None:
    post = write(kk="Тақырып", body="<h2>STEM</h2><p>Words.</p><table><tbody><tr><td>1</td></tr></tbody></table>")
    button = "Begin with headings, tables and pictures of another language"
    page = editor.submit(editor.get(f"/en/staff/posts/{post}"), button, within="en")
    taken = page.text(page.one("textarea", name="en-body"))
    assert "STEM" in taken
    assert "<td>" in taken
    assert "Words." not in taken


def test_a_text_in_the_wrong_pane_is_warned_about(editor: Browser) -> None:
    page = editor.new_post({"kk-title": "STEM", "kk-body": RUSSIAN})
    assert "the text in the pane Қазақша seems to be in another language" in page.text()
    page = editor.new_post({"kk-title": "Тақырып", "kk-body": LONG})
    assert "seems to be in another language" not in page.text()


def test_nothing_is_public_without_kazakh_if_the_site_wants_it_so(app: Flask, editor: Browser, write: Write) -> None:
    post = write(en="Title", kk="Тақырып", published=None)
    app.config["REQUIRE_KAZAKH"] = True
    try:
        page = editor.submit(editor.get(f"/en/staff/posts/{post}"), "Save and publish", status=422, within="en")
        assert "Publish the Kazakh text first, or together with this one." in page.text()
        page = editor.submit(editor.get(f"/en/staff/posts/{post}"), "Publish all")
        assert "Published." in page.text()
    finally:
        app.config["REQUIRE_KAZAKH"] = False


@pytest.fixture
def year(write: Write) -> None:
    """Three posts of 2021: one in all languages, one without Kazakh, one in Kazakh alone."""
    noon = datetime(2021, 3, 10, 6, tzinfo=UTC)
    write(kk="Бірінші", ru="Первый", en="First", category="news", published=noon, body="<p>Мәтін.</p>")
    write(ru="Второй", en="Second", category="news", published=noon + timedelta(days=1))
    write(kk="Үшінші", category="science", published=noon + timedelta(days=40))


@pytest.mark.usefixtures("year")
def test_the_report_counts_what_stands_in_each_language(editor: Browser) -> None:
    page = editor.get("/en/staff/reports?year=2021")
    rows = [page.text(row) for row in page.all("tr")]
    assert any(row.startswith("March 2021 2 1 (50%)2 (100%)2 (100%)") for row in rows)
    assert any(row.startswith("April 2021 1 1 (100%)0 (0%)0 (0%)") for row in rows)
    assert any(row.startswith("The whole year 3 2 (67%)2 (67%)2 (67%)") for row in rows)
    assert "Missing: Қазақша" in page.text()
    table = csv.DictReader(io.StringIO(editor.raw("/en/staff/reports/languages/2021/csv").get_data(as_text=True)[1:]))
    found = {(row["month"], row["category"]): (row["posts"], row["texts_kk"], row["share_ru"]) for row in table}
    assert found == {("2021-03", "News"): ("2", "1", "1.000"), ("2021-04", "Science"): ("1", "1", "0.000")}


def test_a_title_that_looks_like_a_formula_is_none_in_the_table(app: Flask, editor: Browser, write: Write) -> None:
    write(en="=1+1")
    assert Browser(app).client.get("/en/posts/1-1", headers={"User-Agent": PHONE}).status_code == 200
    app.extensions["counters"].fold()
    year = datetime.now(UTC).year
    assert "'=1+1" in editor.raw(f"/en/staff/reports/readers/{year}/csv").get_data(as_text=True)


def test_the_report_of_what_was_read_says_so_when_nothing_was(editor: Browser) -> None:
    assert "Nothing was read in this year." in editor.get("/en/staff/reports/readers?year=1999").text()
    assert "Nothing was published in this year." in editor.get("/en/staff/reports?year=1999").text()


def test_an_update_comes_at_its_time_without_anybodys_further_act(
    app: Flask, editor: Browser, write: Write, pass_time: PassTime
) -> None:
    post = write(en="Title", body="<p>Before.</p>")
    at = f"{local(now() + timedelta(hours=1)):%Y-%m-%dT%H:%M}"
    fields = {"en-body": "After.", "en-slug": "later", "en-publish_at": at}
    page = editor.submit(editor.get(f"/en/staff/posts/{post}"), "Update on the site", fields, within="en")
    assert "Readers see the new text later: English" in page.text()
    do_what_is_due(app)
    assert "Before." in Browser(app).get("/en/posts/title").text()
    pass_time(3600)
    do_what_is_due(app)
    assert "After." in Browser(app).get("/en/posts/later").text()
    assert Browser(app).raw("/en/posts/title").location == "/en/posts/later"
