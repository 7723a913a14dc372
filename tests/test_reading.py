"""What a reader finds: pages, lists, stand-ins, addresses, errors."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask

from kariu_blog.database import db
from kariu_blog.posts.content import Content
from kariu_blog.posts.post import Post
from tests.support.browsing import Browser, Page
from tests.support.cast import SITE, Write
from tests.support.posts import rewrite


def titles(page: Page) -> list[str]:
    return [
        page.text(heading) for level in ("h2", "h3") for heading in page.all(level) if heading.find("a") is not None
    ]


@pytest.mark.parametrize("language", ["kk", "ru", "en"])
def test_front_page_shows_quotation_rector_newest_posts_and_categories(browse_demo: Browser, language: str) -> None:
    page = browse_demo.get(f"/{language}/")
    names = {"kk": "Қ.К. Тоқаев", "ru": "К.К. Токаев", "en": "K.K. Tokayev"}
    assert page.text(page.one("figcaption")) == names[language]
    band = page.one("section", aria_labelledby="rector")
    assert f"/{language}/rector/" in [a.get("href") for a in band.iter("a")]
    assert len(titles(page)) == 12
    sections = page.one("nav", aria_label={"kk": "Бөлімдер", "ru": "Разделы", "en": "Sections"}[language])
    assert len(list(sections.iter("a"))) == 4


def test_the_old_sites_article_keeps_its_facts_in_three_languages(browse_demo: Browser) -> None:
    page = browse_demo.get("/en/archive/2021/06/")
    page = browse_demo.get(page.links()[next(title for title in titles(page) if "vaccination" in title)])
    for language, author, category, views, moment in (
        ("en", "Administration", "News", "913 views", "29 June 2021, 12:44"),
        ("kk", "Әкімшілік", "Жаңалықтар", "913 рет қаралды", "2021 ж. 29 маусым, 12:44"),
        ("ru", "Администрация", "Новости", "913 просмотров", "29 июня 2021 г., 12:44"),
    ):
        if language != "en":
            page = browse_demo.get(page.one("link", rel="alternate", hreflang=language).get("href").removeprefix(SITE))
        meta = page.text(page.one("article").find("header"))
        for fact in (author, category, views, moment):
            assert fact in meta.replace("\u202f", " ")
        assert page.one("article").find(".//time").get("datetime") == "2021-06-29T12:44:21+06:00"


def test_a_post_names_its_other_languages_each_in_itself(browse: Browser, write: Write) -> None:
    write(kk="Құттықтау", ru="Поздравление", en="Greetings")
    page = browse.get("/ru/posts/pozdravlenie")
    others = page.one("nav", aria_labelledby="others")
    assert [(li.get("lang"), page.text(li)) for li in others.iter("li")] == [
        ("kk", "Қазақша Құттықтау"),
        ("en", "English Greetings"),
    ]


def test_hreflang_and_canonical_come_from_the_configuration_not_from_host(browse: Browser, write: Write) -> None:
    write(kk="Құттықтау", ru="Поздравление")
    page = browse.get("/kk/posts/quttyqtau", Host="evil.example")
    assert page.one("link", rel="canonical").get("href") == f"{SITE}/kk/posts/quttyqtau"
    alternates = {
        link.get("hreflang"): link.get("href") for link in page.all("link", rel="alternate") if link.get("hreflang")
    }
    assert alternates == {"kk": f"{SITE}/kk/posts/quttyqtau", "ru": f"{SITE}/ru/posts/pozdravlenie"}
    assert "evil.example" not in page.html


def test_a_stand_in_says_so_and_claims_nothing(browse: Browser, write: Write) -> None:
    write(ru="Только по-русски")
    page = browse.get("/en/posts/tolko-po-russki")
    assert "not available in this language yet. The text below is in Russian" in page.text()
    assert page.one("article").get("lang") == "ru"
    assert page.one("link", rel="canonical").get("href") == f"{SITE}/ru/posts/tolko-po-russki"
    assert not [link for link in page.all("link", rel="alternate") if link.get("hreflang")]
    assert page.tree.get("lang") == "en"


def test_lists_hold_stand_ins_marked_with_their_language(browse: Browser, write: Write) -> None:
    write(ru="Только по-русски")
    write(kk="Тек қазақша", ru="На двух языках")
    page = browse.get("/en/")
    assert titles(page) == ["На двух языках", "Только по-русски"]
    assert {page.language_of(h3) for h3 in page.all("h3")} == {"ru"}
    assert page.text().count("In Russian") == 2
    assert titles(browse.get("/kk/")) == ["Тек қазақша", "Только по-русски"]


def test_a_stand_ins_address_leads_to_the_translation_once_there_is_one(browse: Browser, write: Write) -> None:
    write(ru="Новость", en="The news")
    assert browse.raw("/en/posts/novost").status_code == 301
    assert browse.raw("/en/posts/novost").location == "/en/posts/the-news"


def test_a_stand_in_has_one_address_in_a_language(browse: Browser, write: Write) -> None:
    write(kk="Жаңалық", ru="Новость")
    answer = browse.raw("/en/posts/zhangalyq")
    assert (answer.status_code, answer.location) == (302, "/en/posts/novost")


def test_the_switcher_leads_to_the_same_post(browse: Browser, write: Write) -> None:
    write(kk="Жаңалық", en="The news")
    page = browse.get("/en/posts/the-news")
    switcher = {a.get("lang"): a.get("href") for a in page.one("nav", aria_label="Language").iter("a")}
    assert switcher == {"kk": "/kk/posts/zhangalyq", "ru": "/ru/posts/zhangalyq", "en": "/en/posts/the-news"}


def test_drafts_scheduled_and_withdrawn_posts_are_nowhere(app: Flask, browse: Browser, write: Write) -> None:
    write(en="Draft", published=None)
    write(en="Scheduled", published=timedelta(hours=1))
    withdrawn = write(en="Withdrawn")
    with app.app_context():
        db.session.get_one(Post, withdrawn).translations["en"].withdraw()
        db.session.commit()
    for slug in ("draft", "scheduled", "withdrawn"):
        browse.get(f"/en/posts/{slug}", 404)
    for path in (
        "/en/",
        "/en/categories/news/",
        "/en/authors/administration/",
        "/en/feed.rss",
        "/en/feed.atom",
        "/sitemap.xml",
        "/sitemap-1.xml",
    ):
        body = browse.raw(path).get_data(as_text=True).lower()
        assert "draft" not in body
        assert "scheduled" not in body
        assert "withdrawn" not in body


def test_a_post_stays_in_lists_while_one_of_its_languages_is_public(app: Flask, browse: Browser, write: Write) -> None:
    post = write(kk="Тақырып", ru="Заголовок")
    for language, left in (("kk", ["Заголовок"]), ("ru", [])):
        with app.app_context():
            db.session.get_one(Post, post).translations[language].withdraw()
            db.session.commit()
        assert titles(browse.get("/kk/")) == left
        assert titles(browse.get("/kk/categories/news/")) == left


def test_a_scheduled_post_is_public_when_its_time_has_come(app: Flask, browse: Browser, write: Write) -> None:
    post = write(en="In a moment", published=timedelta(hours=1))
    with app.app_context():
        db.session.get_one(Post, post).translations["en"].publish(datetime.now(UTC) - timedelta(milliseconds=1))
        db.session.commit()
    assert titles(browse.get("/en/")) == ["In a moment"]


def test_lists_have_pages_and_wrong_page_numbers_are_404(browse: Browser, write: Write) -> None:
    for number in range(12):
        write(en=f"Post {number}", published=datetime(2021, 1, number + 1, tzinfo=UTC))
    first = browse.get("/en/categories/news/")
    assert titles(first) == [f"Post {number}" for number in range(11, 1, -1)]
    second = browse.get(first.links()["Older"])
    assert titles(second) == ["Post 1", "Post 0"]
    assert second.one("link", rel="canonical").get("href") == f"{SITE}/en/categories/news/?page=2"
    assert second.links()["Newer"] == "/en/categories/news/"
    for wrong in ("0", "-1", "3", "x", "", "1.0", "٣", "9" * 30):
        browse.get(f"/en/categories/news/?page={wrong}", 404)


def test_an_empty_category_is_a_page_with_a_sentence(browse: Browser) -> None:
    assert "Nothing has been published here yet." in browse.get("/en/categories/science/").text()


def test_month_archive_counts_months_in_karaganda_and_leads_to_its_neighbours(browse: Browser, write: Write) -> None:
    write(en="Last evening of May in London", published=datetime(2021, 5, 31, 19, 30, tzinfo=UTC))
    write(en="In April", published=datetime(2021, 4, 10, tzinfo=UTC))
    page = browse.get("/en/archive/2021/06/")
    assert titles(page) == ["Last evening of May in London"]
    assert page.text(page.one("h1")) == "Archive: June 2021"
    assert page.links()["April 2021"] == "/en/archive/2021/04/"
    assert "April 2021" in browse.get("/en/archive/2021/05/").links()  # an old site may have had posts then
    for wrong in ("2021/03", "2021/13", "2021/6", "0000/01", "9999/12"):
        browse.get(f"/en/archive/{wrong}/", 404)


def test_author_page_lists_the_authors_posts(browse: Browser, write: Write) -> None:
    write(en="By the press office", author="press-office")
    write(en="By the administration")
    page = browse.get("/kk/authors/press-office/")
    assert "Баспасөз қызметі" in page.text(page.one("h1"))
    assert titles(page) == ["By the press office"]


def test_rectors_page_has_greeting_biography_and_blog(browse_demo: Browser) -> None:
    page = browse_demo.get("/ru/rector/")
    assert page.text(page.one("h1")) == "Болатбек Серикбаевич Абдрасилов"
    assert {"Приветственное слово", "Биография", "Блог ректора"} <= {page.text(h2) for h2 in page.all("h2")}
    assert len(titles(page)) == 3


def test_without_content_the_front_page_still_welcomes(browse: Browser) -> None:
    assert "Әзірге" not in browse.get("/en/").html
    assert "Мұнда әлі ештеңе жарияланған жоқ." in browse.get("/kk/").text()
    browse.get("/kk/rector/", 404)


@pytest.mark.parametrize(
    ("accepted", "language"),
    [
        ("", "kk"),
        ("de", "kk"),
        ("kk-KZ,ru;q=0.8", "kk"),
        ("ru-RU,ru;q=0.9,en;q=0.8", "ru"),
        ("en-US", "en"),
        ("de,en;q=0.7,ru;q=0.8", "ru"),
        ("ru;q=0,en;q=0.1", "en"),
        ("*", "kk"),
        (";;;q=x,\x80", "kk"),
    ],
)
def test_the_root_leads_to_the_readers_language(browse: Browser, accepted: str, language: str) -> None:
    answer = browse.raw("/", Accept_Language=accepted)
    assert (answer.status_code, answer.location) == (302, f"/{language}/")
    assert answer.headers["Vary"] == "Accept-Language, Cookie"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("/kz/", "/kk/"),
        ("/kz/posts/abc", "/kk/posts/abc"),
        ("/kz/search?q=%D2%9B", "/kk/search?q=%D2%9B"),
        ("/kz", "/kz/"),
    ],
)
def test_old_addresses_with_the_countrys_code_move_to_kazakh(browse: Browser, old: str, new: str) -> None:
    answer = browse.raw(old)
    assert answer.status_code in (301, 308)
    assert answer.location.removeprefix(SITE) == new


@pytest.mark.parametrize(
    ("path", "accepted", "language"),
    [
        ("/ru/nothing", "en", "ru"),
        ("/kk/posts/nothing", "en", "kk"),
        ("/en/posts/%D0%B0", "ru", "en"),
        ("/en/posts/%ff", "ru", "en"),
        ("/en/posts/a%00b", "ru", "en"),
        ("/en/feed.pdf", "ru", "en"),
        ("/en/categories/none/feed.rss", "ru", "en"),
        ("/de/", "ru", "ru"),
        ("/nothing", "", "kk"),
    ],
)
def test_what_is_not_there_is_a_404_in_the_right_language(
    browse: Browser, path: str, accepted: str, language: str
) -> None:
    page = browse.get(path, 404, Accept_Language=accepted)
    assert page.tree.get("lang") == language
    assert (
        page.text(page.one("h1"))
        == {"kk": "Бет табылмады", "ru": "Страница не найдена", "en": "Page not found"}[language]
    )


def test_a_wrong_method_is_a_405_page_that_names_the_right_ones(browse: Browser) -> None:
    for path, method in (("/ru/", "POST"), ("/ru/feed.rss", "PUT"), ("/ru/staff/logout", "GET")):
        answer = browse.raw(path, method)
        assert answer.status_code == 405
        assert answer.headers["Allow"]
        assert "Этот адрес нельзя использовать таким образом" in answer.get_data(as_text=True)


def test_an_error_of_ours_is_a_500_page_in_the_language_of_the_path(app: Flask, browse: Browser) -> None:
    with app.app_context():
        db.session.execute(db.text("ALTER TABLE post RENAME TO broken"))
        db.session.commit()
    page = browse.get("/ru/", 500)
    assert page.text(page.one("h1")) == "Ошибка на нашей стороне"
    assert browse.raw("/healthz").status_code == 200


def test_readers_get_no_cookies_no_scripts_and_nobody_elses_servers(browse_demo: Browser) -> None:
    for path in (
        "/kk/",
        "/ru/categories/news/",
        "/en/rector/",
        "/en/feeds/",
        "/kk/nothing",
        "/kk/feed.rss",
        "/sitemap.xml",
    ):
        answer = browse_demo.raw(path, Cookie="session=x; remember_token=y")
        assert "Set-Cookie" not in answer.headers
        assert "Cookie" not in answer.headers.get("Vary", "")
        assert set(re.findall("<script[^>]*>", answer.get_data(as_text=True))) <= {
            '<script type="application/ld+json">'
        }
        assert "default-src 'none'" in answer.headers["Content-Security-Policy"]


def test_autodiscovery_names_the_pages_own_feeds_first(browse: Browser) -> None:
    def feeds(path: str) -> list[tuple[str, str]]:
        links = [link for link in browse.get(path).all("link", rel="alternate") if link.get("title")]
        return [(link.get("href"), link.get("title")) for link in links]

    everything = [
        ("/kk/feed.rss", "ҚарИУ блогы"),
        ("/kk/feed.atom", "ҚарИУ блогы (Atom)"),
        ("/kk/feed.json", "ҚарИУ блогы (JSON)"),
    ]
    mixed = "Барлық жарияланымдар, тіліне қарамай · ҚарИУ блогы"
    assert feeds("/kk/")[:3] == everything
    assert feeds("/kk/")[3:] == [
        ("/kk/all/feed.rss", mixed),
        ("/kk/all/feed.atom", f"{mixed} (Atom)"),
        ("/kk/all/feed.json", f"{mixed} (JSON)"),
    ]
    assert feeds("/kk/categories/news/") == [
        ("/kk/categories/news/feed.rss", "Жаңалықтар · ҚарИУ блогы"),
        ("/kk/categories/news/feed.atom", "Жаңалықтар · ҚарИУ блогы (Atom)"),
        ("/kk/categories/news/feed.json", "Жаңалықтар · ҚарИУ блогы (JSON)"),
        *everything,
    ]
    assert feeds("/kk/authors/rector/")[0] == ("/kk/authors/rector/feed.rss", "Ректор · ҚарИУ блогы")


def test_a_wide_table_scrolls_by_itself_and_by_keyboard(browse: Browser, write: Write) -> None:
    write(kk="Кесте", body="<table><caption>К</caption><tbody><tr><td>1</td></tr></tbody></table>")
    page = browse.get("/kk/posts/keste")
    frame = page.one("div", class_="scroll")
    assert (frame.get("tabindex"), frame.get("aria-label"), frame.find("table/caption").text) == ("0", "Кесте", "К")
    assert "tabindex" not in browse.raw("/kk/feed.atom").get_data(as_text=True)


def test_open_graph_speaks_the_language_of_the_text(browse: Browser, write: Write) -> None:
    write(kk="Құттықтау", ru="Поздравление", summary="Кратко", body="<p>…</p>")
    page = browse.get("/ru/posts/pozdravlenie")
    properties = {meta.get("property"): meta.get("content") for meta in page.all("meta") if meta.get("property")}
    assert properties["og:type"] == "article"
    assert properties["og:locale"] == "ru_RU"
    assert properties["og:locale:alternate"] == "kk_KZ"
    assert properties["og:url"] == f"{SITE}/ru/posts/pozdravlenie"
    assert properties["og:description"] == "Кратко"


def test_sitemap_lists_every_public_text_with_its_languages(browse: Browser, write: Write) -> None:
    write(kk="Құттықтау", ru="Поздравление")
    answer = browse.raw("/sitemap.xml")
    assert answer.content_type == "application/xml; charset=utf-8"
    body = answer.get_data(as_text=True)
    assert f"<loc>{SITE}/kk/posts/quttyqtau</loc>" in body
    assert f'hreflang="ru" href="{SITE}/ru/posts/pozdravlenie"' in body
    assert f"<loc>{SITE}/en/</loc>" in body
    assert f"Sitemap: {SITE}/sitemap.xml" in browse.raw("/robots.txt").get_data(as_text=True)


@pytest.mark.parametrize("host", ["evil.example", "..", "x" * 70, "[", "a b", ""])
def test_no_host_header_reaches_a_redirect_or_breaks_a_page(browse: Browser, host: str) -> None:
    answer = browse.raw("/kk", Host=host)
    assert (answer.status_code, answer.location) == (308, f"{SITE}/kk/")
    assert browse.raw("/kk/", Host=host).status_code == 200


@pytest.mark.parametrize("path", ["/kk/archive/２０２１/06/", "/kk/archive/٢٠٢١/06/"])
def test_digits_of_other_scripts_are_other_addresses(browse_demo: Browser, path: str) -> None:
    browse_demo.get(path, 404)


def test_a_changed_address_goes_on_leading_to_the_post(app: Flask, browse: Browser, write: Write) -> None:
    post = write(en="First name")
    with app.app_context():
        content = Content(title="Second name", summary="", body="<p>…</p>", slug="second-name")
        rewrite(db.session.get_one(Post, post), "en", content)
        db.session.commit()
    answer = browse.raw("/en/posts/first-name")
    assert (answer.status_code, answer.location) == (301, "/en/posts/second-name")
