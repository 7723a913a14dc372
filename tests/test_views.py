"""Who is counted as a reader, and what is read most."""

import stat
import struct
from datetime import date, timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import delete
from sqlalchemy.orm import Session

from kariu_blog.audience.counters import Counters
from kariu_blog.audience.models import ViewCount, ViewFile, ViewMonth
from kariu_blog.database import db, now
from kariu_blog.languages import LANGUAGES, format_month, month_of
from kariu_blog.posts.post import Post
from tests.support.browsing import Browser, Page
from tests.support.cast import PAGES_MIB, PHONE, PassTime, Write
from tests.support.serving import POSTGRESQL
from tests.support.views import views

HEADINGS = {"kk": "Ең көп оқылған", "ru": "Самое читаемое", "en": "Most read"}


@pytest.fixture(autouse=True)
def nothing_was_read_before(app: Flask) -> None:
    """The records of other tests are added up, and forgotten."""
    app.extensions["counters"].fold()
    with app.app_context():
        db.session.execute(delete(ViewCount))
        db.session.execute(delete(ViewMonth))
        db.session.commit()


def this_month() -> date:
    return month_of(now())


def last_month() -> date:
    return month_before(this_month())


def month_before(month: date) -> date:
    return (month - timedelta(days=1)).replace(day=1)


def read(app: Flask, slug: str, times: int = 1, language: str = "en") -> None:
    reader = Browser(app)
    for _ in range(times):
        assert reader.raw(f"/{language}/posts/{slug}", User_Agent=PHONE).status_code == 200


def most_read(app: Flask, language: str = "en") -> tuple[str, list[str]]:
    """The list on the front page as it is when it is made anew: heading and entries."""
    app.extensions["counters"].fold()
    app.extensions["cache"].clear()
    return shown(Browser(app).get(f"/{language}/"))


def shown(page: Page) -> tuple[str, list[str]]:
    found = page.all("aside", aria_labelledby="most-read")
    if not found:
        return "", []
    return page.text(page.one("h2", id="most-read")), [page.text(li) for li in found[0].iter("li")]


def put(app: Flask, post: int, month: date, views: int, language: str = "en") -> None:
    with app.app_context():
        db.session.add(ViewMonth(key=post, kind=LANGUAGES[language].number, month=month, views=views))
        db.session.commit()


@pytest.mark.parametrize(
    "agent",
    [
        PHONE,
        "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 Version/17.5 Mobile Safari/604.1",
        "Mozilla/5.0 (Linux; Android 11; CUBOT NOTE 20) AppleWebKit/537.36 Chrome/120.0 Mobile Safari/537.36",
        "Mozilla/5.0 (Mobile; Nokia_8110_4G; rv:48.0) Gecko/48.0 Firefox/48.0 KAIOS/2.5",
        "Opera/9.80 (Android; Opera Mini/36.2/119.132; U; ru) Presto/2.12.423 Version/12.16",
        "Mozilla/5.0 (Linux; U; Android 9; ru-RU) AppleWebKit/537.36 Version/4.0 UCBrowser/13.4 Mobile Safari/537.36",
        "Mozilla/5.0 (compatible; MSIE 10.0; Windows NT 6.1; Trident/6.0)",
        "Mozilla/5.0 (Linux; arm_64; Android 12) AppleWebKit/537.36 Chrome/108 YaBrowser/23.1.0 Mobile Safari/537.36",
        "Mozilla/5.0 (Linux; Android 13; wv) AppleWebKit/537.36 Chrome/120 Mobile Safari/537.36 Instagram 312.0.0.34",
    ],
)
def test_a_person_is_counted_with_any_browser(app: Flask, browse: Browser, write: Write, agent: str) -> None:
    post = write(en="The news")
    browse.raw("/en/posts/the-news", User_Agent=agent)
    browse.raw("/en/posts/the-news", User_Agent=agent)
    assert views(app, post) == 2


@pytest.mark.parametrize(
    "agent",
    [
        "",
        "Mozilla/5.0 (Linux; Android 6.0.1) Chrome/120.0 Mobile Safari/537.36 (compatible; Googlebot/2.1)",
        "Mozilla/5.0 (Linux; Android 6.0.1) Chrome/120.0 Mobile Safari/537.36 (compatible; Google-InspectionTool/1.0;)",
        "Mozilla/5.0 (compatible; YandexImages/3.0; +http://yandex.com/bots)",
        "Mozilla/5.0 (compatible; vkShare; +http://vk.com/dev/Share)",
        "Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; ChatGPT-User/1.0; +https://openai.com/bot)",
        "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 HeadlessChrome/120.0 Safari/537.36",
        "Mozilla/5.0 (Macintosh) AppleWebKit/537.36 Chrome/120.0 Safari/537.36 Chrome-Lighthouse",
        "facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)",
        "WhatsApp/2.23.20.0",
        "TelegramBot (like TwitterBot)",
        "curl/8.5.0",
        "okhttp/4.12.0",
        "NetNewsWire (RSS Reader; https://netnewswire.com/)",
        "Mozilla/4.5 (compatible; HTTrack 3.0x; Windows 98)",
        "Mozilla/5.0 (X11; Linux x86_64) PhantomJS/2.1.1 Safari/538.1",
        "Mozilla/5.0 (compatible; Nextcloud-News/1.0)",
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/108 Safari/537.36 Site24x7",
        "Mozilla/5.0 (Windows NT 10.0; rv:91.0) Gecko/20100101 Screaming Frog SEO Spider/18.0",
        f"Mozilla/5.0 (Windows NT 10.0) {'x' * 200} Googlebot/2.1",
        "Go-http-client/2.0",
    ],
)
def test_a_program_is_not_counted(app: Flask, browse: Browser, write: Write, agent: str) -> None:
    post = write(en="The news")
    browse.raw("/en/posts/the-news", User_Agent=agent)
    browse.raw("/en/posts/the-news", User_Agent=agent)
    assert views(app, post) == 0


@pytest.mark.parametrize(
    "header", [{"Sec_Purpose": "prefetch"}, {"Purpose": "prefetch"}, {"X_Moz": "prefetch"}, {"X_Purpose": "preview"}]
)
def test_a_page_that_is_fetched_in_advance_is_not_counted(
    app: Flask, browse: Browser, write: Write, header: dict[str, str]
) -> None:
    post = write(en="The news")
    browse.raw("/en/posts/the-news", User_Agent=PHONE, **header)
    browse.raw("/en/posts/the-news", User_Agent=PHONE, **header)
    assert views(app, post) == 0


@pytest.mark.parametrize(
    ("number", "words"),
    [
        (1, ["1 рет қаралды", "1 просмотр", "1 view"]),
        (2, ["2 рет қаралды", "2 просмотра", "2 views"]),
        (11, ["11 рет қаралды", "11 просмотров", "11 views"]),
        (21, ["21 рет қаралды", "21 просмотр", "21 views"]),
        (913, ["913 рет қаралды", "913 просмотров", "913 views"]),
    ],
)
def test_the_old_sites_views_are_the_base_in_every_plural(
    app: Flask, browse: Browser, write: Write, number: int, words: list[str]
) -> None:
    write(kk="Жаңалық", ru="Новость", en="The news", views=number - 1)
    read(app, "the-news")
    app.extensions["counters"].fold()
    app.extensions["cache"].clear()
    for path, text in zip(("/kk/posts/zhangalyq", "/ru/posts/novost", "/en/posts/the-news"), words, strict=True):
        assert text in [browse.get(path).text(span) for span in browse.get(path).one("article").iter("span")]


@pytest.mark.parametrize("language", ["kk", "ru", "en"])
def test_the_front_page_names_what_was_read_most_this_month(app: Flask, write: Write, language: str) -> None:
    titles = {"kk": "Жаңалық {}", "ru": "Новость {}", "en": "News {}"}
    slugs = {"kk": "zhangalyq-{}", "ru": "novost-{}", "en": "news-{}"}
    for number in range(7):
        write(**{code: title.format(number) for code, title in titles.items()}, views=900)
    assert most_read(app, language) == ("", [])
    for number in range(7):
        read(app, slugs[language].format(number), number, language)
    heading, entries = most_read(app, language)
    today = this_month()
    assert heading == " ".join(f"{HEADINGS[language]}: {format_month(today.year, today.month, language)}".split())
    counted = {"kk": "{} рет қаралды", "ru": "{} просмотров", "en": "{} views"}[language]
    assert [entry.split(" ", 2)[1] for entry in entries] == ["6", "5", "4", "3", "2"]
    assert entries[0] == f"{titles[language].format(6)} {counted.format(6)}"
    assert [most_read(app, other) for other in LANGUAGES if other != language] == [("", [])] * 2


def test_a_stand_in_counts_for_the_language_that_was_read(app: Flask, write: Write) -> None:
    post = write(ru="Только по-русски")
    read(app, "tolko-po-russki", 2, "en")
    assert views(app, post) == 2
    assert most_read(app, "en") == ("", [])
    assert most_read(app, "ru")[1] == ["Только по-русски 2 просмотра"]


def test_what_is_not_public_any_more_is_not_named(app: Flask, write: Write) -> None:
    withdrawn, deleted = write(en="Withdrawn"), write(en="Deleted")
    read(app, "withdrawn")
    read(app, "deleted")
    assert most_read(app)[1] == ["Deleted 1 view", "Withdrawn 1 view"]
    with app.app_context():
        db.session.get_one(Post, withdrawn).translations["en"].withdraw()
        db.session.delete(db.session.get_one(Post, deleted))
        db.session.commit()
    assert shown(Browser(app).get("/en/")) == ("", [])


def test_until_enough_was_read_in_a_month_the_last_one_is_shown(app: Flask, write: Write) -> None:
    posts = [write(en=f"Post {number}") for number in range(8)]
    for place, post in enumerate(posts[:6]):
        put(app, post, last_month(), 100 + place)
    for post in posts[4:]:
        put(app, post, this_month(), 7)
    heading, entries = most_read(app)
    assert heading == f"Most read: {format_month(last_month().year, last_month().month, 'en')}"
    assert entries == [f"Post {5 - place} {105 - place} views" for place in range(5)]
    put(app, posts[0], this_month(), 9)
    heading, entries = most_read(app)
    assert heading == f"Most read: {format_month(this_month().year, this_month().month, 'en')}"
    assert entries == ["Post 0 9 views", *(f"Post {7 - place} 7 views" for place in range(4))]


def test_what_was_read_long_ago_is_neither_shown_nor_stored(app: Flask, write: Write) -> None:
    post = write(en="The news")
    long_ago, before = (
        this_month().replace(year=this_month().year - 3),
        month_before(last_month()),
    )
    put(app, post, long_ago, 50)
    put(app, post, before, 40)
    assert most_read(app) == ("", [])
    read(app, "the-news")
    assert most_read(app)[1] == ["The news 1 view"]
    with app.app_context():
        months = {row.month: row.views for row in db.session.query(ViewMonth).filter_by(key=post)}
    assert months == {before: 40, this_month(): 1}


def test_total_and_month_grow_together_on_several_machines(app: Flask, write: Write, tmp_path: Path) -> None:
    post = write(en="The news")
    with app.app_context():
        engine = db.engine
    machines = [Counters(tmp_path / name, lambda: Session(engine)) for name in ("one", "two")]
    for _ in range(3):
        for machine in machines:
            machine.add(post, LANGUAGES["en"].number)
            machine.add(post, LANGUAGES["ru"].number)
            machine.fold()
    with app.app_context():
        assert db.session.get_one(ViewCount, post).views == 12
        months = db.session.query(ViewMonth).filter_by(key=post, month=this_month())
        assert {row.kind: row.views for row in months} == {LANGUAGES["en"].number: 6, LANGUAGES["ru"].number: 6}


def test_a_fourth_language_counts_for_the_same_post(app: Flask, write: Write, tmp_path: Path) -> None:
    post = write(en="The news")
    with app.app_context():
        engine = db.engine
        counters = Counters(tmp_path, lambda: Session(engine))
        for language in (1, 4, 255):
            counters.add(post, language)
        counters.fold()
        assert {row.key for row in db.session.query(ViewCount)} == {post}
        assert {row.kind for row in db.session.query(ViewMonth)} == {1, 4, 255}


def test_what_an_earlier_version_has_added_up_already_is_not_added_again(app: Flask, write: Write) -> None:
    post = write(en="The news")
    folder = Path(app.instance_path) / "views"
    folder.mkdir(exist_ok=True)
    (folder / "half.kinds").write_bytes(struct.pack("<5I", *[post * 4 + LANGUAGES["en"].number] * 3, 0, 0))
    with app.app_context():
        db.session.add_all([ViewFile(name="half", folded=4), ViewFile(name="removed by somebody", folded=400)])
        db.session.commit()
    assert most_read(app)[1] == ["The news 2 views"]
    with app.app_context():
        assert {row.name for row in db.session.query(ViewFile)} == ({"removed by somebody"} if POSTGRESQL else set())
    assert list(folder.iterdir()) == []


def test_files_of_views_are_their_owners_alone(app: Flask, tmp_path: Path) -> None:
    with app.app_context():
        engine = db.engine
    Counters(tmp_path / "views", lambda: Session(engine)).add(1, 1)
    (file,) = (tmp_path / "views").iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_what_an_earlier_version_counted_is_added_to_the_same_posts(app: Flask, write: Write) -> None:
    post = write(en="The news")
    folder = Path(app.instance_path) / "views"
    folder.mkdir(exist_ok=True)
    file = folder / "0123456789abcdef0123456789abcdef.views"
    file.write_bytes(struct.pack("<5I", post, post, 9999, post, 0))
    assert views(app, post) == 3
    assert views(app, 9999) == 1
    assert not file.exists()
    assert most_read(app) == ("", [])


def test_the_list_is_an_hour_old_at_most_and_a_new_one_is_sent_to_those_who_have_the_old(
    app: Flask, browse: Browser, write: Write, pass_time: PassTime
) -> None:
    write(en="The news")
    before = browse.raw("/en/")
    read(app, "the-news")
    app.extensions["counters"].fold()
    if PAGES_MIB:
        assert shown(browse.get("/en/")) == ("", [])
    pass_time(3600)
    answer = browse.raw("/en/", If_None_Match=before.headers["ETag"])
    assert answer.status_code == 200
    assert answer.headers["ETag"] != before.headers["ETag"]
    assert "Last-Modified" not in answer.headers
    assert shown(browse.get("/en/"))[1] == ["The news 1 view"]
