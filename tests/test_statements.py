"""What a page costs when it has to be made: SQL statements, and what they read."""

import pytest
from flask import Flask

from tests.support.browsing import Browser
from tests.support.cast import Write
from tests.support.statements import statements, steps

PAGES = [
    "/kk/",
    "/kk/?page=2",
    "/en/posts/half-a-century-behind-us-and-the-road-ahead",
    "/kk/posts/studenty-i-prepodavateli-posadili-sto-dvadtsat-derevev",
    "/kk/categories/rector/",
    "/kk/authors/rector/",
    "/kk/archive/2021/06/",
    "/kk/rector/",
    "/kk/feeds/",
    "/kk/feed.rss",
    "/kk/categories/rector/feed.atom",
    "/kk/authors/rector/feed.json",
    "/kk/all/feed.rss",
]


@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_made_with_at_most_four_statements(demo: Flask, path: str) -> None:
    with statements(demo) as seen:
        assert Browser(demo).raw(path).status_code == 200
    assert 1 <= len(seen) <= 4, "\n".join(seen)


@pytest.mark.sqlite
@pytest.mark.parametrize(
    ("path", "most"),
    [("/kk/", 2), ("/en/posts/half-a-century-behind-us-and-the-road-ahead", 2), ("/kk/categories/rector/", 1)],
)
def test_what_every_page_shows_is_read_once(demo: Flask, path: str, most: int) -> None:
    for other in ("/ru/", "/ru/posts/studenty-i-prepodavateli-posadili-sto-dvadtsat-derevev"):
        Browser(demo).get(other)
    with statements(demo) as seen:
        Browser(demo).get(path)
    assert 1 <= len(seen) <= most, "\n".join(seen)


@pytest.mark.parametrize(
    "path", ["/kk/", "/kk/categories/news/", "/kk/authors/administration/", "/kk/archive/2021/06/"]
)
def test_lists_never_read_bodies(demo: Flask, path: str) -> None:
    with statements(demo) as seen:
        Browser(demo).get(path)
    assert not [statement for statement in seen if "post_translation.body" in statement]


@pytest.mark.sqlite
@pytest.mark.parametrize("path", ["/kk/", "/kk/?page=2", "/kk/categories/news/", "/kk/feed.atom"])
def test_a_page_costs_the_database_the_same_however_many_posts_there_are(app: Flask, write: Write, path: str) -> None:
    def cost(*numbers: int) -> int:
        for number in numbers:
            write(kk=f"Тақырып {number}")
        with steps(app) as run:
            assert Browser(app).raw(path).status_code == 200
        return len(run)

    few = cost(*range(40))
    assert 1 <= cost(*range(40, 200)) <= few * 1.3
