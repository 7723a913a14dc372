"""The site in the newsroom: three languages in one form, with history, by roles; readers see each change at once."""

import re
import sqlite3
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import event
from sqlalchemy.orm import Session

from kariu_blog.accounts.acts import Act
from kariu_blog.database import db, now
from kariu_blog.languages import LANGUAGES, local
from kariu_blog.posts.items import SiteItem, typed_moment
from tests.support.browsing import Browser, Page, value
from tests.support.cast import PassTime, Write
from tests.support.page_kinds import WORDS

SITE = "/en/staff/site"
HOUR = 3600
STYLE = Path(__file__).parent.parent / "kariu_blog/static/style/1_base.css"
RECTOR = {
    f"{code}-{field}": f"{field} {WORDS[code]}" for code in LANGUAGES for field in ("name", "position", "biography")
}
FOR_EDITORS = ("quotations", "rectors", "notices", "pages", "posts")
FOR_ADMINS = ("contacts", "categories", "bylines", "links", "menu")


@pytest.fixture
def admin(app: Flask) -> Browser:
    browser = Browser(app)
    browser.sign_in("admin")
    return browser


def add(staff: Browser, kind: str, **fields: str) -> Page:
    """Fill in the form of a new item; ``kk_text`` is the field ``kk-text``."""
    return staff.submit(staff.get(f"{SITE}/{kind}/new"), "Save", named(fields))


def named(fields: dict[str, str]) -> dict[str, str]:
    return {re.sub("^(kk|ru|en)_", r"\1-", name): text for name, text in fields.items()}


def in_hours(hours: float) -> str:
    return typed_moment(now().fromtimestamp(now().timestamp() + hours * HOUR, now().tzinfo))


def quotation(reader: Browser, language: str) -> str:
    page = reader.get(f"/{language}/")
    return "".join(page.text(figure) for figure in page.all("figure", class_="quotation"))


def notice(page: Page) -> str:
    return "".join(page.text(each) for each in page.all("aside", class_="urgent"))


def footer(reader: Browser, path: str = "/en/") -> str:
    page = reader.get(path)
    return page.text(page.one("footer"))


def test_a_new_quotation_shows_at_the_next_request_and_never_in_a_language_that_it_lacks(
    app: Flask, editor: Browser
) -> None:
    reader = Browser(app)
    for language in LANGUAGES:
        assert quotation(reader, language) == ""
    add(editor, "quotations", kk_text="Білім – бақыт.", kk_attribution="Абай", ru_text="Знание – сила.")
    assert quotation(reader, "kk") == "Білім – бақыт. Абай"
    assert quotation(reader, "ru") == "Знание – сила."
    assert quotation(reader, "en") == ""


def test_a_quotation_has_its_source(app: Flask, editor: Browser) -> None:
    add(editor, "quotations", en_text="To know.", en_source="A lecture, 1999")
    assert Browser(app).get("/en/").text(Browser(app).get("/en/").one("cite")) == "A lecture, 1999"


def test_a_quotation_begins_and_ends_by_itself_and_the_one_before_comes_back(
    app: Flask, editor: Browser, pass_time: PassTime
) -> None:
    reader = Browser(app)
    add(editor, "quotations", en_text="Always")
    add(editor, "quotations", en_text="For two hours", starts_at=in_hours(1), ends_at=in_hours(3))
    seen = []
    for hours in (0, 1.1, 1, 1):
        pass_time(hours * HOUR)
        seen.append(quotation(reader, "en"))
    assert seen == ["Always", "For two hours", "For two hours", "Always"]


def test_a_hidden_quotation_is_seen_by_staff_alone(app: Flask, editor: Browser) -> None:
    page = add(editor, "quotations", en_text="A mistake")
    assert quotation(Browser(app), "en") == "A mistake"
    assert page.text(page.one("p", role="status")) == "Saved."
    page = editor.submit(page, "Save", {"hidden": "y"})
    assert page.text(page.one("p", role="status")) == "Saved. Readers do not see it now."
    assert quotation(Browser(app), "en") == ""
    assert "Hidden" in page.text(page.one("main"))
    assert "A mistake" in editor.get(f"{SITE}/quotations/").links()


def test_two_people_in_two_languages_do_not_meet(app: Flask, editor: Browser, admin: Browser) -> None:
    path = add(editor, "quotations", en_text="One", ru_text="Один").path
    first, second = editor.get(path), admin.get(path)
    editor.submit(first, "Save", {"en-text": "Two"})
    admin.submit(second, "Save", {"ru-text": "Два"})
    assert (quotation(Browser(app), "en"), quotation(Browser(app), "ru")) == ("Two", "Два")


def test_of_two_people_in_one_language_the_second_sees_both_versions_first(
    app: Flask, editor: Browser, admin: Browser
) -> None:
    path = add(editor, "quotations", en_text="One", ru_text="Один").path
    first, second = editor.get(path), admin.get(path)
    editor.submit(first, "Save", {"en-text": "The editor's", "ru-text": "Редактор"})
    page = admin.submit(second, "Save", {"en-text": "The admin's"}, 409)
    assert value(page, "en-text") == "The admin's"
    assert value(page, "ru-text") == "Редактор"
    assert "The editor's" in page.text(page.one("div", class_="theirs"))
    assert quotation(Browser(app), "en") == "The editor's"
    admin.submit(page, "Save")
    assert (quotation(Browser(app), "en"), quotation(Browser(app), "ru")) == ("The admin's", "Редактор")


@pytest.mark.sqlite
def test_of_two_saves_in_the_same_instant_one_is_refused_with_both_versions(app: Flask, editor: Browser) -> None:
    page = add(editor, "quotations", en_text="One")
    database = sqlite3.connect(app.config["SQLALCHEMY_DATABASE_URI"].removeprefix("sqlite:///"))

    def save_meanwhile(*_arguments: object) -> None:
        database.execute("""UPDATE site_item SET version = version + 1, fields = '{"en-text": "Theirs"}'""")
        database.commit()

    event.listen(Session, "before_flush", save_meanwhile, once=True)
    page = editor.submit(page, "Save", {"en-text": "Mine"}, 409)
    database.close()
    assert value(page, "en-text") == "Mine"
    assert "Theirs" in page.text(page.one("div", class_="theirs"))


@pytest.mark.parametrize(
    ("kind", "fields", "sentence"),
    [
        ("quotations", {"en_attribution": "Nobody"}, "Write this in at least one language."),
        ("quotations", {"en_text": "x" * 700}, "Too long: at most 600 characters."),
        ("quotations", {"en_text": "x", "starts_at": "tomorrow"}, "This is not a date and time"),
        ("quotations", {"en_text": "x", "starts_at": "2026-01-02T09:00", "ends_at": "2026-01-02T08:00"}, "later than"),
        ("notices", {"en_text": "x", "address": "javascript:alert(1)"}, "This is not a web address"),
        ("notices", {"en_text": "x", "address": "//evil.example"}, "This is not a web address"),
        ("rectors", {"en_name": "x"}, "Fill this in."),
        ("rectors", {**RECTOR, "portrait": "/media/x.jpg"}, "not in the library any more"),
        ("pages", {"en_name": "x", "en_body": "<p>" * 20_001}, "too much HTML markup"),
        ("pages", {"en_name": "x", "place": "nowhere"}, "This option is no longer available."),
        ("contacts", {"channels": "https://t.me/x\ntelegram"}, "This is not a web address"),
        ("contacts", {"email": "press at kariu.kz"}, "This is not an e-mail address."),
        ("categories", {"en_name": "Sport"}, "Fill this in."),
        ("links", {"en_name": "x", "kk_name": "x", "ru_name": "x", "address": ""}, "Fill this in."),
    ],
)
def test_bad_input_is_told_beside_its_field_and_what_was_typed_stays(
    admin: Browser, kind: str, fields: dict[str, str], sentence: str
) -> None:
    page = admin.submit(admin.get(f"{SITE}/{kind}/new"), "Save", named(fields), 422)
    assert any(sentence in page.text(error) for error in page.all("p", class_="error"))
    assert page.all("a", href="#" + page.all("p", class_="error")[0].get("id").removesuffix("-error"))
    for name, typed in named(fields).items():
        if name not in ("portrait", "place"):
            assert value(page, name) == typed


def test_an_expired_form_keeps_what_was_typed(editor: Browser) -> None:
    page = editor.submit(editor.get(f"{SITE}/notices/new"), "Save", {"en-text": "Storm", "csrf_token": "old"}, 400)
    assert value(page, "en-text") == "Storm"
    editor.submit(page, "Save")
    assert notice(editor.get("/en/")) == "Storm"


def test_whoever_was_signed_out_meanwhile_gets_the_words_back(app: Flask, editor: Browser) -> None:
    page = editor.get(f"{SITE}/pages/new")
    form, _button = page.form("Save")
    answer = Browser(app).client.post(page.path, data={**page.fields(form), "ru-name": "О нас", "ru-body": "Текст"})
    shown = Page(answer, page.path)
    assert answer.status_code == 401
    assert {"О нас", "Текст"} <= {area.text for area in shown.all("textarea")}


def test_the_history_tells_who_changed_what_and_an_earlier_text_comes_back(
    app: Flask, editor: Browser, admin: Browser
) -> None:
    page = add(editor, "quotations", en_text="To be quick")
    admin.submit(admin.get(page.path), "Save", {"en-text": "To be slow", "starts_at": "2026-01-01T09:00"})
    history = editor.get(f"{page.path}/revisions")
    assert [history.text(who) for who in history.one("main").iter("bdi")] == ["admin", "editor"]
    newest, oldest = [a.get("href") for a in history.one("ol", class_="desk").iter("a")]
    change = editor.get(newest)
    assert [change.text(each) for each in change.all("ins") if each.text][1:] == ["2026-01-01T09:00", "slow"]
    editor.submit(editor.get(oldest), "Restore this version")
    assert quotation(Browser(app), "en") == "To be quick"
    assert len(editor.get(f"{page.path}/revisions").all("time")) == 3


@pytest.mark.parametrize(
    ("person", "allowed"), [("author", ()), ("editor", FOR_EDITORS), ("admin", FOR_EDITORS + FOR_ADMINS)]
)
def test_each_role_finds_what_it_may_change_and_nothing_else(app: Flask, person: str, allowed: tuple[str, ...]) -> None:
    staff = Browser(app)
    start = staff.sign_in(person)
    assert ("Site" in start.links()) == bool(allowed)
    offered = staff.get(SITE, 200 if allowed else 403).links().values()
    for kind in FOR_EDITORS + FOR_ADMINS:
        path = f"{SITE}/{kind}" + ("" if kind == "menu" else "/")
        assert (path in offered) == (kind in allowed), kind
        staff.get(path, 200 if kind in allowed else 403)


def test_an_editor_cannot_forge_a_category(editor: Browser) -> None:
    page = editor.get(f"{SITE}/notices/new")
    token = value(page, "csrf_token")
    for path in ("categories/1", "categories/new", "bylines/1/merging", "menu"):
        answer = editor.client.post(f"{SITE}/{path}", data={"csrf_token": token, "en-name": "Forged", "target": "2"})
        assert answer.status_code == 403, path


def test_an_urgent_notice_stands_on_every_page_in_its_languages_until_it_ends(
    app: Flask, editor: Browser, write: Write, pass_time: PassTime
) -> None:
    write(en="Post", kk="Жазба")
    reader = Browser(app)
    paths = ("", "posts/post", "categories/news/", "archive/2021/06/", "search", "feeds/", "low-vision", "nothing")
    for path in paths:
        reader.get(f"/en/{path}", 404 if path == "nothing" else 200)
    add(editor, "notices", en_text="The university is closed.", address="/en/feeds/", ends_at=in_hours(2))
    for path in paths:
        page = reader.get(f"/en/{path}", 404 if path == "nothing" else 200)
        assert notice(page) == "The university is closed.", path
        assert page.links()["The university is closed."] == "/en/feeds/"
        assert page.one("aside", class_="urgent").get("aria-label") == "Urgent notice"
    assert notice(reader.get("/kk/")) == ""
    pass_time(2.1 * HOUR)
    for path in paths[:-1]:
        assert notice(reader.get(f"/en/{path}")) == "", path


def test_without_a_rector_readers_find_nothing_broken_and_staff_are_told(
    app: Flask, browse: Browser, editor: Browser
) -> None:
    assert "/en/rector/" not in browse.raw("/sitemap.xml").get_data(as_text=True)
    assert "/en/rector/" not in browse.get("/en/categories/rector/").links().values()
    Browser(app).get("/en/rector/", 404)
    page = editor.get(SITE)
    entry = next(li for li in page.one("main").iter("li") if "Without a rector" in page.text(li))
    assert "Nothing entered yet." in page.text(entry)


def test_a_new_rector_follows_on_the_day_and_the_former_one_stays(
    app: Flask, editor: Browser, write: Write, pass_time: PassTime
) -> None:
    reader = Browser(app)
    write(en="A word", category="rector", author="rector")
    add(editor, "rectors", **{**RECTOR, "en-name": "Old Rector", "starts_at": "2015-01-01T09:00"})
    add(editor, "rectors", **{**RECTOR, "en-name": "New Rector", "starts_at": in_hours(5)})
    page = reader.get("/en/rector/")
    assert page.text(page.one("h1")) == "Old Rector"
    assert "New Rector" not in page.text()
    assert "Old Rector" in reader.get("/en/").text()
    pass_time(5.1 * HOUR)
    page = reader.get("/en/rector/")
    assert page.text(page.one("h1")) == "New Rector"
    assert "Old Rector" in page.text(page.one("details"))
    assert "New Rector" in reader.get("/en/").text()
    post = reader.get("/en/posts/a-word")
    assert "/en/authors/rector/" in post.links().values()
    assert "/en/rector/" in reader.raw("/sitemap.xml").get_data(as_text=True)


def test_the_page_of_the_rector_stays_when_nobody_follows(app: Flask, editor: Browser, pass_time: PassTime) -> None:
    add(editor, "rectors", **{**RECTOR, "en-name": "Last Rector", "ends_at": in_hours(1)})
    pass_time(2 * HOUR)
    page = Browser(app).get("/en/rector/")
    assert page.text(page.one("h1")) == "Rector's blog"
    assert "Last Rector" in page.text(page.one("details"))
    assert "Last Rector" not in Browser(app).get("/en/").text()


def test_a_category_is_made_renamed_described_and_coloured(app: Flask, admin: Browser) -> None:
    reader = Browser(app)
    reader.get("/ru/")
    page = add(admin, "categories", kk_name="Спорт", ru_name="Спорт", en_name="Sport", colour="plum")
    assert reader.get("/ru/").links()["Спорт"] == "/ru/categories/sport/"
    assert reader.raw("/ru/categories/sport/feed.atom").status_code == 200
    admin.submit(page, "Save", {"ru-name": "Спорт и здоровье", "ru-description": "Победы и тренировки."})
    shown = reader.get("/ru/categories/sport/")
    assert shown.text(shown.one("h1", class_="hue plum")) == "Спорт и здоровье"
    assert "Победы и тренировки." in shown.text(shown.one("main"))
    assert shown.one("meta", name="description").get("content") == "Победы и тренировки."


def test_two_categories_never_share_an_address(app: Flask, admin: Browser) -> None:
    for _ in range(2):
        add(admin, "categories", kk_name="Спорт", ru_name="Спорт", en_name="Sport", slug="Sport")
    assert Browser(app).get("/en/categories/sport-2/").text()


def test_an_archived_category_leaves_menus_and_forms_and_keeps_page_feed_and_posts(
    app: Flask, admin: Browser, write: Write
) -> None:
    post = write(en="Slag", category="science")
    admin.submit(admin.get(f"{SITE}/categories/4"), "Save", {"hidden": "y"})
    reader = Browser(app)
    assert "/en/categories/science/" not in [
        a.get("href") for a in reader.get("/en/").one("nav", class_="sections").iter("a")
    ]
    assert "Slag" in reader.get("/en/categories/science/").text()
    assert "Slag" in reader.raw("/en/categories/science/feed.rss").get_data(as_text=True)
    offered = {page: page.text(page.one("select", name="category")) for page in (admin.get("/en/staff/posts/new"),)}
    assert all("Science" not in words for words in offered.values())
    page = admin.get(f"/en/staff/posts/{post}")
    admin.submit(page, "Update on the site", {"en-title": "Slag again"}, within="en")
    assert "Slag again" in reader.get("/en/categories/science/").text()


def test_the_eight_colours_are_readable_in_light_and_dark() -> None:
    light, dark = STYLE.read_text(encoding="utf-8").split("prefers-color-scheme: dark", 1)
    for sheet in (light, dark):
        tokens = dict(re.findall(r"--([a-z]+): (#[0-9a-f]{6});", sheet.split("*,", 1)[0]))
        for colour in ("blue", "teal", "green", "olive", "orange", "red", "plum", "violet"):
            for ground in ("paper", "raised"):
                assert contrast(tokens[colour], tokens[ground]) >= 4.5, (colour, ground)


def contrast(one: str, other: str) -> float:
    """WCAG 2.2, 1.4.3."""
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_a_byline_of_a_person_has_a_page_with_position_and_text(app: Flask, admin: Browser, write: Write) -> None:
    names = {"kk_name": "Айша", "ru_name": "Айша", "en_name": "Aisha"}
    add(admin, "bylines", **names, is_person="y", en_position="Dean", en_text="Teaches steel.", slug="aisha")
    write(en="Steel", author="aisha")
    page = Browser(app).get("/en/authors/aisha/")
    assert {"Dean", "Teaches steel."} <= {page.text(each) for each in page.one("main").iter("p")}
    assert '"@type":"Person","name":"Aisha"' in Browser(app).get("/en/posts/steel").html


def test_contacts_stand_in_the_footer_below_posts_and_in_the_structured_data(
    app: Flask, admin: Browser, write: Write
) -> None:
    write(en="Post", ru="Запись")
    reader = Browser(app)
    reader.get("/en/posts/post")
    fields = {"telephones": "+7 7213 91 56 26\n", "email": "press@kariu.kz", "channels": "https://t.me/kariu"}
    words = {"en_address": "30 Republic Avenue, Temirtau", "en_journalists": "Ask the press office."}
    add(
        admin,
        "contacts",
        **fields,
        **words,
        website="https://kariu.kz/",
        en_site_name="The Blog",
        en_university="KarIU",
    )
    page = reader.get("/en/posts/post")
    assert {"30 Republic Avenue", "press@kariu.kz", "Telegram"} <= set(
        re.findall("30 Republic Avenue|press@kariu.kz|Telegram", page.text(page.one("footer")))
    )
    assert page.links()["+7 7213 91 56 26"] == "tel:+77213915626"
    assert "Ask the press office." in page.text(page.one("section", aria_labelledby="journalists"))
    assert '"@type":"CollegeOrUniversity","name":"KarIU","url":"https://kariu.kz/"' in page.html
    assert '"address":"30 Republic Avenue, Temirtau","telephone":"+7 7213 91 56 26"' in page.html
    assert page.text(page.one("title")) == "Post · The Blog"
    assert "<title>The Blog</title>" in reader.raw("/en/feed.atom").get_data(as_text=True)
    russian = reader.get("/ru/posts/zapis")
    assert "Republic" not in russian.text()
    assert russian.text(russian.one("title")) == "Запись · Блог КарИУ"


def test_a_page_is_for_staff_until_it_has_a_place_and_is_then_found_in_each_of_its_languages(
    app: Flask, editor: Browser
) -> None:
    reader = Browser(app)
    page = add(editor, "pages", en_name="Privacy", en_body="We keep nothing.\n\nReally.", slug="privacy")
    reader.get("/en/pages/privacy", 404)
    page = editor.submit(page, "Save", {"place": "footer", "ru-name": "Данные", "ru-body": "<p>Ничего.</p>"})
    shown = reader.get("/en/pages/privacy")
    assert [shown.text(p) for p in shown.one("article").iter("p")] == ["We keep nothing.", "Really."]
    assert reader.get("/en/").links()["Privacy"] == "/en/pages/privacy"
    assert "privacy" not in reader.get("/kk/").html
    assert reader.raw("/kk/pages/privacy").location == "/ru/pages/privacy"
    assert [link.get("hreflang") for link in shown.all("link", rel="alternate") if link.get("hreflang")] == ["ru", "en"]
    assert "/ru/pages/privacy" in reader.raw("/sitemap.xml").get_data(as_text=True)
    assert "privacy" not in reader.raw("/en/feed.atom").get_data(as_text=True)
    editor.submit(page, "Save", {"place": "menu"})
    menu = reader.get("/en/").one("nav", class_="sections")
    assert "Privacy" in "".join(menu.itertext())
    editor.submit(editor.get(page.path), "Save", {"place": ""})
    reader.get("/en/pages/privacy", 404)


def test_menu_and_footer_have_the_order_and_the_links_that_administrators_give_them(app: Flask, admin: Browser) -> None:
    names = {f"{code}_name": "KarIU" for code in LANGUAGES}
    add(admin, "links", **names, address="https://kariu.kz/", place="menu")
    page = admin.get(f"{SITE}/menu")
    numbers = {
        name: str(5 - place)
        for place, name in enumerate(("category:1", "category:2", "category:3", "category:4", "link:1"))
    }
    wrong = admin.submit(page, "Save", {**numbers, "link:1": "x"}, 422)
    assert "This is not a whole number." in wrong.text()
    second = admin.get(f"{SITE}/menu")
    admin.submit(wrong, "Save", numbers)
    reader = Browser(app)
    menu = reader.get("/en/")
    found = [menu.text(a) for a in menu.one("nav", class_="sections").iter("a")]
    assert found == ["KarIU", "Science", "Announcements", "News", "Rector's blog"]
    assert menu.links()["KarIU"] == "https://kariu.kz/"
    admin.submit(second, "Save", {"link:1": "9"}, 409)


def test_a_pinned_post_is_first_on_the_front_page_and_in_its_category_until_its_time_is_over(
    app: Flask, editor: Browser, write: Write, pass_time: PassTime
) -> None:
    old = write(en="Old", category="news")
    for number in range(12):
        write(en=f"Newer {number}", category="news", published=now())
    reader = Browser(app)

    def titles(path: str) -> list[str]:
        page = reader.get(path)
        return [page.text(a) for a in page.one("main").iter("a") if "/posts/" in a.get("href")]

    paths = ("/en/", "/en/categories/news/")
    assert [titles(path)[0] for path in paths] == ["Newer 11", "Newer 11"]
    page = editor.get(f"/en/staff/posts/{old}")
    page = editor.get(page.links()["Pin, end of an announcement"])
    editor.submit(page, "Save", {"pinned_until": in_hours(2)})
    for path in paths:
        every = titles(path) + titles(f"{path}?page=2")
        assert every[0] == "Old", path
        assert len(every) == len(set(every)) == 13
    assert titles("/en/archive/2021/06/") == ["Old"]
    pass_time(2.1 * HOUR)
    assert [titles(path)[0] for path in paths] == ["Newer 11", "Newer 11"]


def test_an_announcement_that_is_over_leaves_the_lists_stays_found_and_says_so(
    app: Flask, editor: Browser, write: Write, pass_time: PassTime
) -> None:
    post = write(en="Open day", category="announcements", published=now())
    write(en="Another one", category="announcements", published=now())
    reader = Browser(app)
    lists = ["/en/", "/en/categories/announcements/", "/en/authors/administration/"]
    archive = f"/en/archive/{local(now()):%Y/%m}/"
    editor.submit(editor.get(f"{SITE}/posts/{post}"), "Save", {"ends_at": in_hours(3)})
    page = reader.get("/en/posts/open-day")
    assert "Ends:" in page.text(page.one("article"))
    for path in lists:
        assert "Open day" in reader.get(path).text(), path
    assert "Open day" in reader.get("/en/posts/another-one").text()
    pass_time(3.1 * HOUR)
    for path in lists:
        assert "Open day" not in reader.get(path).text(), path
        assert "Another one" in reader.get(path).text(), path
    for path in (archive, "/en/search?q=open"):
        assert "Open day" in reader.get(path).text(), path
    assert "This is over" in reader.get("/en/posts/open-day").text()
    assert "This is over" not in reader.get("/en/posts/another-one").text()
    assert "Open day" in reader.raw("/en/feed.atom").get_data(as_text=True)


def test_each_act_is_in_the_log_without_a_text(app: Flask, admin: Browser, write: Write) -> None:
    path = add(admin, "notices", en_text="Storm", ru_text="Буран").path
    admin.submit(admin.get(path), "Save", {"en-text": "Snow"})
    post = write(en="Post")
    admin.submit(admin.get(f"{SITE}/posts/{post}"), "Save", {"ends_at": in_hours(3)})
    with app.app_context():
        acts = [(act.kind, act.staff_name, act.post_id) for act in db.session.query(Act).order_by(Act.id)]
        assert acts[-3:] == [
            ("notice.created", "admin", None),
            ("notice.changed", "admin", None),
            ("placement.changed", "admin", post),
        ]


def test_the_first_steps_lead_an_administrator_through_an_empty_site(app: Flask, admin: Browser, write: Write) -> None:
    with app.app_context():
        db.session.add(SiteItem(kind="steps"))
        db.session.commit()
    reader = Browser(app)

    def left() -> list[str]:
        page = admin.get("/en/staff/")
        steps = page.all("section", aria_labelledby="steps")
        return [page.text(li) for section in steps for li in section.iter("li") if "Done" not in page.text(li)]

    assert [step.removesuffix(" Skip") for step in left()] == [
        "Enter name and contacts of the university",
        "Enter the rector",
        "Enter a quotation",
        "Write the first post",
    ]
    page = admin.get("/en/staff/")
    admin.submit(
        admin.get(page.links()["Enter name and contacts of the university"]), "Save", {"en-university": "KarIU"}
    )
    admin.submit(admin.get(page.links()["Enter the rector"]), "Save", named(RECTOR))
    assert len(left()) == 2
    skipped = admin.get("/en/staff/")
    button = next(b for b in skipped.all("button") if b.get("aria-label") == "Skip: Enter a quotation")
    form = skipped.parents[button]
    admin.client.post(form.get("action"), data={"csrf_token": skipped.fields(form)["csrf_token"]})
    assert [step.removesuffix(" Skip") for step in left()] == ["Write the first post"]
    assert RECTOR["en-name"] in reader.get("/en/rector/").text()
    assert reader.get("/en/").text(reader.get("/en/").one("footer")).startswith("© KarIU")
    write(en="First")
    assert left() == []
    editor = Browser(app)
    editor.sign_in("editor")
    assert "First steps" not in editor.get("/en/staff/").text()
