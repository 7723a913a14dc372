"""Search: every form of a word, in three languages, and only what the searcher may see."""

import itertools
import threading
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote, urlencode

import pytest
from flask import Flask
from flask.testing import FlaskCliRunner
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lxml import etree
from sqlalchemy import event, text

from kariu_blog.database import db
from kariu_blog.posts.content import Content
from kariu_blog.posts.post import Post
from tests.support.browsing import Browser, Page, check_markup
from tests.support.cast import PassTime, Write
from tests.support.posts import rewrite

NOTHING = {"kk": "Ештеңе табылмады.", "ru": "Ничего не найдено.", "en": "Nothing was found."}
NUMBERS = itertools.count(1)
LETTERS = str.maketrans("әғқңөұүһі", "агкноуухи")


def look(browse: Browser, words: str, on: str = "kk", **parameters: Any) -> Page:
    """Search on the page of a language, which is the Kazakh one unless said otherwise."""
    return browse.get(f"/{on}/search?{urlencode({'q': words, **parameters})}")


def titles(page: Page) -> list[str]:
    return [page.text(heading) for heading in page.all("h2")]


def listed(page: Page) -> list[str]:
    """Return the titles in the newsroom's list."""
    return [page.text(heading.find("a")) for heading in page.all("th", scope="row")]


def found(browse: Browser, words: str, on: str = "kk", **parameters: Any) -> list[str]:
    return titles(look(browse, words, on, **parameters))


def marked(page: Page) -> list[str]:
    return [page.text(mark) for mark in page.all("mark")]


@pytest.mark.parametrize(
    ("written", "sought"),
    [
        ("университеттеріміздің", "университет"),
        ("университетіндегі", "университеттер"),
        ("кітабынан", "кітап"),
        ("мектебімізге", "мектеп"),
        ("халқының", "халық"),
        ("орнында", "орын"),
        ("қаласындағы", "қала"),
        ("түлегімен", "түлек"),
        ("ғылымдардан", "ғылымда"),
        ("зерттеуге", "зерттеу"),
        ("оқытушылармен", "оқытушы"),
        ("конференциясының", "конференция"),
        ("өткізіп", "өткізу"),
        ("Қарағандыда", "Қарағанды"),
        ("колледжін", "колледж"),
        ("дәрісханаларда", "дәрісхана"),
    ],
)
def test_a_kazakh_word_is_found_in_any_form_and_on_any_keyboard(
    browse: Browser, write: Write, written: str, sought: str
) -> None:
    write(kk="Тақырып", body=f"<p>Бұл мәтінде {written} туралы айтылады.</p>")
    write(kk="Басқа", body="<p>Мұнда ештеңе жоқ.</p>")
    for typed in (sought, sought.translate(LETTERS), sought.upper()):
        page = look(browse, typed)
        assert titles(page) == ["Тақырып"]
        assert marked(page) == [written]


def test_a_kazakh_text_typed_without_its_letters_is_found_by_the_right_word(browse: Browser, write: Write) -> None:
    write(kk="Хабарландыру", body="<p>Казак тилиндеги окулыктарды киши залда тапсырады.</p>")
    assert found(browse, "оқулық") == found(browse, "қазақ тілінде") == found(browse, "кіші зал") == ["Хабарландыру"]


def test_latin_letters_within_a_kazakh_word_are_taken_for_what_they_look_like(browse: Browser, write: Write) -> None:
    write(kk="Бiлiм беру")
    assert found(browse, "білім") == found(browse, "бiлiмді") == ["Бiлiм беру"]


@pytest.mark.parametrize(
    ("written", "sought"),
    [
        ("дни", "день"),
        ("людей", "человек"),
        ("университетом", "университеты"),
        ("ёлками", "елка"),
        ("елка", "ёлкой"),
        ("из стали", "сталь"),
        ("стали", "стать"),
        ("заведующему", "заведующий"),
        ("ректора", "РЕКТОР"),
        ("замо\u0301к", "замок"),
        ("ка\u00adфедра", "кафедры"),
    ],
)
def test_a_russian_word_is_found_in_any_form(browse: Browser, write: Write, written: str, sought: str) -> None:
    write(ru="Тема", body=f"<p>Здесь есть слово {written} среди других.</p>")
    assert found(browse, sought, "ru") == ["Тема"]


@pytest.mark.parametrize(
    ("written", "sought"), [("studies", "study"), ("rector’s", "rector"), ("meetings", "meeting"), ("ICT-2026", "ict")]
)
def test_an_english_word_is_found_in_any_form(browse: Browser, write: Write, written: str, sought: str) -> None:
    write(en="Title", body=f"<p>There is the word {written} among others.</p>")
    assert found(browse, sought, "en") == ["Title"]


def test_a_word_cut_by_formatting_is_one_word(browse: Browser, write: Write) -> None:
    write(ru="Тема", body="<p><strong>У</strong>ниверситет ждёт</p><ul><li>лаборатория</li><li>цех</li></ul>")
    assert found(browse, "университет", "ru") == found(browse, "лаборатория цех", "ru") == ["Тема"]


def test_all_words_are_wanted_and_the_last_may_be_a_beginning(browse: Browser, write: Write) -> None:
    write(kk="Университет жаңалықтары")
    write(kk="Университет кітапханасы")
    assert found(browse, "университет кітапхана") == ["Университет кітапханасы"]
    page = look(browse, "университет кіта")
    assert titles(page) == ["Университет кітапханасы"]
    assert "Мына жарияланымдарда соңғы сөзге ұқсас басталатын сөз бар." in page.text()
    assert marked(page) == ["Университет", "кітапханасы"]
    assert found(browse, "универ бөлме") == []


def test_a_word_in_the_title_weighs_more(browse: Browser, write: Write) -> None:
    write(kk="Көктем", body="<p>Форум. Форум өтті, форумда көп адам болды. Форумның қорытындысы.</p>")
    write(kk="Форум", body="<p>Ұзақ мәтін.</p>")
    write(kk="Күз", body="<p>Форум туралы бір сөз.</p>")
    assert found(browse, "форумға")[0] == "Форум"


def test_the_pages_language_comes_first_and_the_others_are_marked(browse: Browser, write: Write) -> None:
    for language, title in (("en", "Forum STEM"), ("ru", "Форум STEM для учёных"), ("kk", "Ғалымдардың STEM форумы")):
        write(**{language: title}, body="<p>STEM</p>")
    page = look(browse, "stem", "ru")
    assert titles(page) == ["Форум STEM для учёных", "Ғалымдардың STEM форумы", "Forum STEM"]
    assert [page.language_of(heading) for heading in page.all("h2")] == ["ru", "kk", "en"]
    assert [page.text(mark) for mark in page.all("span", class_="mark")] == ["На казахском", "На английском"]
    assert [page.language_of(mark) for mark in page.all("mark")] == ["ru", "ru", "kk", "kk", "en", "en"]


def test_a_post_is_found_once_and_opens_in_the_language_in_which_it_was_found(browse: Browser, write: Write) -> None:
    write(kk="Форум", ru="Форум за столом", en="Forum")
    write(kk="Жиын", ru="Собрание на форуме")
    write(ru="Форум за рубежом")
    page = look(browse, "форум")
    assert sorted(a.get("href") for h in page.all("h2") for a in h) == [
        "/kk/posts/forum",
        "/kk/posts/forum-za-rubezhom",
        "/ru/posts/sobranie-na-forume",
    ]
    for heading in page.all("h2"):
        assert page.text(heading) in browse.get(heading[0].get("href")).text()


def test_only_what_is_public_is_found(browse: Browser, write: Write, pass_time: PassTime) -> None:
    write(kk="Құпия нобай", published=None)
    write(kk="Құпия жоспар", published=timedelta(days=1))
    write(kk="Ашық", ru="Тайное", published=timedelta(days=-1))
    assert found(browse, "құпия") == []
    write(kk="Құпия емес", published=timedelta(minutes=1))
    assert found(browse, "құпия") == []
    pass_time(60)
    assert found(browse, "құпия") == ["Құпия емес"]


def test_the_index_follows_every_save(app: Flask, browse: Browser, write: Write) -> None:
    post = write(en="Meeting", body="<p>About vaccines.</p>")
    staff = Browser(app)
    staff.sign_in("editor")
    edit = f"/en/staff/posts/{post}"
    fields = {"en-title": "Conference", "en-body": "About steel."}
    staff.submit(staff.get(edit), "Update on the site", fields, within="en")
    assert found(browse, "meeting", "en") == found(browse, "vaccine", "en") == []
    assert found(browse, "conferences", "en") == found(browse, "steel", "en") == ["Conference"]
    page = staff.withdraw(staff.get(edit), "en")
    assert found(browse, "steel", "en") == []
    staff.submit(page, "Save and publish", within="en")
    assert found(browse, "steel", "en") == ["Conference"]
    staff.submit(staff.get(f"{edit}/deletion"), "Put it into the trash")
    assert found(browse, "steel", "en") == []


def test_a_save_that_is_given_up_leaves_the_index_alone(app: Flask, browse: Browser, write: Write) -> None:
    post = write(en="Meeting")
    with app.app_context():
        rewrite(db.session.get_one(Post, post), "en", Content(title="Conference", summary="", body="", slug="meeting"))
        db.session.flush()
        db.session.rollback()
    assert found(browse, "meeting", "en") == ["Meeting"]
    assert found(browse, "conference", "en") == []


def test_filters_and_order(browse: Browser, write: Write) -> None:
    write(kk="Форум бірінші", category="news", published=datetime(2021, 12, 31, 17, 59, tzinfo=UTC))
    write(kk="Форум екінші", category="science", published=datetime(2021, 12, 31, 18, 1, tzinfo=UTC))
    write(ru="Форум третий", category="science", published=datetime(2023, 5, 1, tzinfo=UTC))
    assert len(found(browse, "форум")) == 3
    assert found(browse, "форум", category="science") == ["Форум екінші", "Форум третий"]
    assert found(browse, "форум", language="ru") == ["Форум третий"]
    assert found(browse, "форум", year="2021") == ["Форум бірінші"]  # in Karaganda's time
    assert found(browse, "форум", year="2022") == ["Форум екінші"]
    assert found(browse, "форум", sort="date") == ["Форум третий", "Форум екінші", "Форум бірінші"]
    page = look(browse, "форум", category="news", language="ru")
    assert page.links()["Барлық санаттан, тілден және жылдан іздеу"] == f"/kk/search?q={quote('форум')}"
    fields = page.fields(page.form("Іздеу")[0])
    assert fields == {"q": "форум", "category": "news", "language": "ru", "year": "", "sort": ""}


@pytest.mark.parametrize(
    "parameters", [{"category": "x"}, {"language": "kz"}, {"year": "²"}, {"year": "9" * 5000}, {"sort": "1;--"}]
)
def test_filters_that_are_none_filter_nothing(browse: Browser, write: Write, parameters: dict[str, str]) -> None:
    write(kk="Форум")
    assert found(browse, "форум", **parameters) == ["Форум"]


def test_further_pages_keep_query_and_filters(browse: Browser, write: Write) -> None:
    for number in range(12):
        write(kk=f"Форум {number}", category="science")
    page = look(browse, "форум", category="science", sort="date")
    first = titles(page)
    page = browse.get(page.links()["Келесі"])
    assert len(first) == 10
    assert sorted(first + titles(page)) == sorted(f"Форум {number}" for number in range(12))
    assert "2-бет" in page.text()
    assert titles(browse.get(page.links()["Алдыңғы"])) == first
    assert browse.get(page.links()["Русский"]).fields(page.form("Іздеу")[0])["q"] == "форум"
    browse.get(f"/kk/search?q={quote('форум')}&page=3", 404)
    browse.get(f"/kk/search?q={quote('форум')}&page=999999999", 404)


def test_excerpts_show_the_found_words_in_their_sentence(browse: Browser, write: Write) -> None:
    filler = "Бұл сөйлемде іздегеніміз жоқ. " * 30
    write(
        kk="Тақырып", body=f"<p>{filler}</p><p>Ректордың <em>айтуынша</em>, зертхана &lt;ашық&gt;.</p><p>{filler}</p>"
    )
    page = look(browse, "зертханалар ректор")
    excerpt = page.text(page.parents[page.all("mark")[0]])
    assert "Ректордың айтуынша, зертхана <ашық>." in excerpt
    assert excerpt.startswith("…")
    assert excerpt.endswith("…")
    assert len(excerpt) < 260
    assert marked(page) == ["Ректордың", "зертхана"]


def test_what_is_hidden_corrects_nothing(browse: Browser, write: Write) -> None:
    write(kk="Жаңалық")
    write(kk="Университет", published=None)
    assert NOTHING["kk"] in look(browse, "униврситет").text()


BAD = [
    "",
    " ",
    '"',
    "'",
    '"форум',
    "AND",
    "OR NOT",
    "NEAR(",
    "NEAR(форум форум, 2)",
    "«»",
    "*",
    "фо*",
    "title:форум",
    "-форум",
    "^форум",
    "\x00",
    "фо\x00рум",
    "ф" * 5000,
    "форум " * 1000,
    "😀",
    "😀форум👩\u200d🎓",
    "%",
    "_",
    "\\",
    "'; DROP TABLE post; --",
    "<script>alert(1)</script>",
    "{{ 7 * 7 }}",
    "&amp; ' | ! <-> :*",
    "²",
    "ﬁ",
    "\u0301",
    "\u200b",
    "中文",
    "\U00010330",
    "\U00017000ф",
    "o’neill o'neill",
]


@pytest.mark.parametrize("language", ["kk", "ru", "en"])
def test_whatever_is_typed_is_answered_in_a_sentence(browse: Browser, write: Write, language: str) -> None:
    write(kk="Форум", ru="Форум", en="Forum")
    for typed in BAD:
        page = look(browse, typed, language)
        assert page.text(page.one("div", class_="found"))
        assert page.one("input", name="q").get("value") == " ".join(typed.replace("\x00", "").split())
        assert page.all("script") == []


@pytest.mark.parametrize("query", ["q=%FF%FE", "q=%ED%A0%80", "q", "q=a&q=b", "%00=%00", "q=%D1%84%D0%BE%D1"])
def test_what_is_no_text_is_answered_too(browse: Browser, query: str) -> None:
    for language in ("kk", "ru", "en"):
        page = browse.get(f"/{language}/search?{query}")
        assert page.text(page.one("div", class_="found"))


@pytest.mark.slow
@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(typed=st.text(max_size=60), where=st.sampled_from(["/kk/search", "/ru/search", "/en/staff/"]))
def test_any_string_may_be_looked_for(demo: Flask, typed: str, where: str) -> None:
    browse = Browser(demo)
    if "staff" in where:
        browse.sign_in("editor")
    address = f"{where}?{urlencode({'q': typed}, errors='replace')}"
    answer = browse.raw(address)
    assert answer.status_code == 200
    check_markup(Page(answer, address))


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(title=st.text(min_size=1, max_size=60), body=st.text(max_size=200))
def test_any_text_may_be_saved_and_its_words_are_found(app: Flask, browse: Browser, title: str, body: str) -> None:
    with app.app_context():
        post = Post(category_id=1, author_id=1)
        db.session.add(post)
        written = post.write("ru", Content(title=f"{title} форум", summary="", body=body, slug=f"post-{next(NUMBERS)}"))
        written.publish()
        db.session.commit()
        title = " ".join(written.title.split())  # as a page's words are compared
    address = f"/ru/search?{urlencode({'q': 'форум', 'sort': 'date'})}"
    assert title in titles(Page(browse.raw(address), address))  # not checked for its language: the words are of none


def test_a_text_of_any_length_is_indexed(browse: Browser, write: Write) -> None:
    rare = " ".join(f"сөз{number}ің" for number in range(30_000))
    write(kk="Ұзақ", body=f"<p>{rare}</p><p>{'ұ' * 10_000}</p>")
    assert found(browse, "сөз777") == ["Ұзақ"]


def test_the_search_is_on_every_page_and_keeps_the_words(browse_demo: Browser) -> None:
    for language, button in (("kk", "Іздеу"), ("ru", "Поиск"), ("en", "Search")):
        for path in ("", "archive/2021/06/", "feeds/", "rector/", "search"):
            page = browse_demo.get(f"/{language}/{path}")
            form, _pressed = page.form(button)
            assert form.get("action") == f"/{language}/search"
            assert len(page.all("input", name="q")) == 1
        page = browse_demo.get(f"/{language}/nowhere", 404)
        answer = browse_demo.client.get(page.form(button)[0].get("action"), query_string={"q": "форум"})
        assert 'value="форум"' in answer.get_data(as_text=True)


@pytest.mark.parametrize("language", ["kk", "ru", "en"])
def test_browsers_are_told_how_to_search(browse_demo: Browser, language: str) -> None:
    link = browse_demo.get(f"/{language}/").one("link", rel="search")
    response = browse_demo.raw(link.get("href"))
    assert response.content_type == link.get("type") + "; charset=utf-8"
    document = etree.fromstring(response.data)
    names = {"o": "http://a9.com/-/spec/opensearch/1.1/"}
    assert document.findtext("o:Language", namespaces=names) == language
    assert 0 < len(document.findtext("o:ShortName", namespaces=names) or "") <= 16
    assert link.get("title") == document.findtext("o:ShortName", namespaces=names)
    url = document.find("o:Url[@type='text/html']", names)
    assert url is not None
    address = str(url.get("template")).replace("{searchTerms}", quote("студент"))
    assert address.startswith("https://blog.kariu.test/")
    assert titles(browse_demo.get(address.removeprefix("https://blog.kariu.test")))


def test_results_are_neither_cached_nor_indexed_by_others(browse_demo: Browser) -> None:
    response = browse_demo.raw(f"/kk/search?q={quote('студент')}")
    assert response.headers["Cache-Control"] == "private, no-cache"
    assert "ETag" not in response.headers
    assert "Set-Cookie" not in response.headers
    assert look(browse_demo, "студент").one("meta", name="robots").get("content") == "noindex"
    assert browse_demo.get("/kk/").all("meta", name="robots") == []


def test_the_newsroom_finds_what_one_may_edit(app: Flask, write: Write) -> None:
    write(kk="Форум нобайы", by="author", published=None)
    write(ru="Чужой форум", by="other-author", published=None)
    write(en="Forum in a week", published=timedelta(days=7))
    expected = {
        "author": ["Форум нобайы"],
        "other-author": ["Чужой форум"],
        "editor": ["Форум нобайы", "Чужой форум"],
    }
    for name, posts in expected.items():
        staff = Browser(app)
        staff.sign_in(name)
        page = staff.get(f"/en/staff/?{urlencode({'q': 'форуму'})}")
        assert sorted(listed(page)) == sorted(posts)
        assert page.one("input", name="q").get("value") == "форуму"
        assert staff.get("/en/staff/?q=nowhere").links()["All posts"] == "/en/staff/"
    assert listed(staff.get("/en/staff/?q=week")) == ["Forum in a week"]


def test_the_newsroom_pages_through_what_it_finds(app: Flask, write: Write) -> None:
    for number in range(27):
        write(en=f"Forum {number}", published=None)
    staff = Browser(app)
    staff.sign_in("editor")
    page = staff.get("/en/staff/?q=forum")
    first = listed(page)
    assert len(first) == 25
    assert len({*first, *listed(staff.get(page.links()["Next"]))}) == 27


def test_a_save_while_the_index_is_rebuilt_is_found(app: Flask, browse: Browser, write: Write) -> None:
    post = write(en="Before")

    def save() -> None:
        with app.app_context():
            content = Content(title="After", summary="", body="<p>…</p>", slug="before")
            rewrite(db.session.get_one(Post, post), "en", content)
            db.session.commit()

    saving = threading.Thread(target=save)

    def begin(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        if statement.startswith("INSERT INTO search_text") and saving.ident is None:
            saving.start()
            saving.join(1)  # it waits for the index, or has overtaken it

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", begin)
    assert app.test_cli_runner().invoke(args=["search", "reindex"]).exit_code == 0
    event.remove(engine, "before_cursor_execute", begin)
    saving.join()
    assert found(browse, "After", "en") == ["After"]
    assert found(browse, "Before", "en") == []


def test_the_index_is_rebuilt(app: Flask, browse: Browser, write: Write) -> None:
    write(kk="Форум")
    write(kk="Форумдар", ru="О форуме")
    with app.app_context():
        db.session.execute(text("DELETE FROM search_text"))
        db.session.execute(text("DELETE FROM search_forms"))
        db.session.commit()
    assert found(browse, "форум") == []
    answer = runner(app).invoke(args=["search", "reindex"])
    assert answer.exit_code == 0
    assert answer.output.endswith("The search index is complete.\n")
    assert sorted(found(browse, "форум")) == ["Форум", "Форумдар"]
    assert runner(app).invoke(args=["search", "reindex"]).exit_code == 0
    assert sorted(found(browse, "форум")) == ["Форум", "Форумдар"]


@pytest.mark.slow
def test_an_index_of_more_words_than_a_statement_has_parameters_is_rebuilt(
    app: Flask, browse: Browser, write: Write
) -> None:
    for text_number in range(5):
        write(en=f"Text {text_number}", body=" ".join(f"w{text_number}x{number}" for number in range(14_000)))
    with app.app_context():
        db.session.execute(text("DELETE FROM search_text"))
        db.session.execute(text("DELETE FROM search_forms"))
        db.session.commit()
    assert runner(app).invoke(args=["search", "reindex"]).exit_code == 0
    assert found(browse, "w4x13999", "en") == ["Text 4"]


def runner(app: Flask) -> FlaskCliRunner:
    return app.test_cli_runner()
