"""What a post offers beside its text: its parts, its neighbours, how long it takes, and links to hand it on."""

from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask

from kariu_blog.database import db
from kariu_blog.posts.content import Content
from kariu_blog.posts.taxonomy import Category
from kariu_blog.text import slugify
from tests.support.browsing import Browser, Page
from tests.support.cast import SITE, PassTime, Write
from tests.support.posts import change, rewrite

PARTS = "".join(f"<h2>Бөлім {n}</h2><p>Мәтін.</p>" for n in (1, 2, 3))


def neighbours(page: Page) -> dict[str, str]:
    links = [a for a in page.all("a") if a.get("rel") in ("prev", "next")]
    return {a.get("rel"): page.text(a.find("span")) for a in links}


def others(page: Page) -> list[str]:
    return [page.text(a) for section in page.all("section", aria_labelledby="related") for a in section.iter("a")]


@pytest.fixture
def row(write: Write) -> dict[str, int]:
    """Posts of one category, a day apart, and one of another between them."""
    write(kk="Басқа рубрикада", category="science", published=datetime(2022, 1, 3, 12, tzinfo=UTC))
    return {
        title: write(kk=title, published=datetime(2022, 1, day, tzinfo=UTC))
        for day, title in enumerate(("Бірінші", "Екінші", "Үшінші", "Төртінші", "Бесінші"), start=1)
    }


@pytest.mark.usefixtures("row")
def test_a_post_leads_to_those_before_and_after_it_in_its_category(browse: Browser) -> None:
    assert neighbours(browse.get("/kk/posts/ushinshi")) == {"prev": "Екінші", "next": "Төртінші"}
    assert neighbours(browse.get("/kk/posts/birinshi")) == {"next": "Екінші"}
    assert neighbours(browse.get("/kk/posts/besinshi")) == {"prev": "Төртінші"}
    assert others(browse.get("/kk/posts/ushinshi")) == ["Бесінші", "Бірінші"]
    assert neighbours(browse.get("/kk/posts/basqa-rubrikada")) == {}


def test_far_down_posts_of_one_moment_follow_each_other_past_one_that_was_withdrawn(
    app: Flask, browse: Browser, write: Write
) -> None:
    posts = [write(en=f"Post {number}") for number in range(10)]
    assert neighbours(browse.get("/en/posts/post-2")) == {"prev": "Post 1", "next": "Post 3"}
    assert others(browse.get("/en/posts/post-2")) == ["Post 9", "Post 8", "Post 7"]
    for number in (1, 3):
        change(app, posts[number], lambda post: post.translations["en"].withdraw())
    assert neighbours(browse.get("/en/posts/post-2")) == {"prev": "Post 0", "next": "Post 4"}


def test_neighbours_are_right_at_the_next_request_after_a_change(
    app: Flask, browse: Browser, write: Write, row: dict[str, int]
) -> None:
    assert neighbours(browse.get("/kk/posts/besinshi")) == {"prev": "Төртінші"}
    write(kk="Жаңасы", published=datetime(2022, 2, 1, tzinfo=UTC))
    assert neighbours(browse.get("/kk/posts/besinshi")) == {"prev": "Төртінші", "next": "Жаңасы"}
    change(app, row["Төртінші"], lambda post: post.translations["kk"].withdraw())
    assert neighbours(browse.get("/kk/posts/besinshi"))["prev"] == "Үшінші"
    change(
        app,
        row["Үшінші"],
        lambda post: rewrite(post, "kk", Content(title="Атауы жаңа", summary="", body="", slug="ushinshi")),
    )
    assert neighbours(browse.get("/kk/posts/besinshi"))["prev"] == "Атауы жаңа"
    change(app, row["Үшінші"], lambda post: setattr(post, "category", db.session.get_one(Category, 4)))
    assert neighbours(browse.get("/kk/posts/besinshi"))["prev"] == "Екінші"


@pytest.mark.usefixtures("row")
def test_what_is_not_out_is_no_neighbour_until_its_time(browse: Browser, write: Write, pass_time: PassTime) -> None:
    write(kk="Жоба", published=None)
    write(kk="Кейін", published=timedelta(minutes=1))
    assert neighbours(browse.get("/kk/posts/besinshi")) == {"prev": "Төртінші"}
    pass_time(60)
    assert neighbours(browse.get("/kk/posts/besinshi")) == {"prev": "Төртінші", "next": "Кейін"}


@pytest.mark.usefixtures("row")
def test_a_neighbour_in_another_language_says_so(browse: Browser, write: Write) -> None:
    write(ru="Только по-русски", published=datetime(2022, 2, 1, tzinfo=UTC))
    page = browse.get("/kk/posts/besinshi")
    link = page.one("a", rel="next")
    assert page.language_of(link.find("span")) == "ru"
    assert page.language_of(link.find("small")) == "kk"


def test_a_long_post_begins_with_links_to_its_parts(browse: Browser, write: Write) -> None:
    write(kk="Ұзақ мәтін", body=PARTS)
    write(kk="Қысқа мәтін", body=PARTS[: PARTS.index("<h2>Бөлім 3")])
    page = browse.get("/kk/posts/uzaq-matin")
    contents = page.one("nav", aria_labelledby="contents")
    targets = {a.get("href").removeprefix("#"): page.text(a) for a in contents.iter("a")}
    assert list(targets.values()) == ["Бөлім 1", "Бөлім 2", "Бөлім 3"]
    assert {page.text(page.one("h2", id=key)): key for key in targets} == {text: key for key, text in targets.items()}
    assert browse.get("/kk/posts/qysqa-matin").all("nav", aria_labelledby="contents") == []


@pytest.mark.parametrize(
    ("letters", "said"),
    [
        (10, {"kk": "Оқу уақыты – 1 минут", "ru": "1 минута на чтение", "en": "1 minute to read"}),
        (5000, {"kk": "Оқу уақыты – 5 минут", "ru": "5 минут на чтение", "en": "5 minutes to read"}),
    ],
)
def test_a_post_says_how_long_it_takes(browse: Browser, write: Write, letters: int, said: dict[str, str]) -> None:
    write(kk="Мақала", ru="Статья", en="Article", body=f"<p>{'5' * letters}</p>")
    for language, title in (("kk", "Мақала"), ("ru", "Статья"), ("en", "Article")):
        assert said[language] in browse.get(f"/{language}/posts/{slugify(title)}").text()


def test_a_post_is_handed_on_by_plain_links_with_its_own_address(browse: Browser, write: Write) -> None:
    write(kk="Ашық есік & «күн»")
    page = browse.get("/kk/posts/ashyq-esik-kun")
    address = f"{SITE}/kk/posts/ashyq-esik-kun"
    links = {urlsplit(a.get("href")).netloc or urlsplit(a.get("href")).scheme: a.get("href") for a in page.all("a")}
    asked = {name: parse_qs(urlsplit(links[name]).query) for name in ("t.me", "wa.me", "mailto")}
    assert asked["t.me"] == {"url": [address], "text": ["Ашық есік & «күн»"]}
    assert asked["wa.me"] == {"text": [f"Ашық есік & «күн» {address}"]}
    assert asked["mailto"] == {"subject": ["Ашық есік & «күн»"], "body": [address]}
    assert page.one("input", readonly="").get("value") == address


def test_numbers_and_names_are_not_torn_apart_at_a_line_end(browse: Browser, write: Write) -> None:
    write(
        kk="Үзілмейді",
        body='<p title="5 м">№ 5 үй, 30 % және 12 км, Қ.К. Тоқаев 2021 ж. <a href="/a b 5 м">сөз</a></p>',
    )
    assert (
        "№\u00a05 үй, 30\u00a0% және 12\u00a0км, Қ.К.\u00a0Тоқаев 2021\u00a0ж. "
        in browse.get(f"/kk/posts/{slugify('Үзілмейді')}").html
    )
