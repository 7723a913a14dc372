"""What the front page, lists and posts show besides texts: bands, dated announcements, the archive, ways on."""

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from playwright.sync_api import Browser as Chromium

from kariu_blog.database import db, now
from kariu_blog.posts.items import typed_moment
from kariu_blog.posts.items import write as save
from kariu_blog.posts.taxonomy import Category
from tests.support.browsing import Browser, Page
from tests.support.cast import PassTime, Write
from tests.support.posts import change
from tests.support.serving import Site

LANGUAGES = ("kk", "ru", "en")
DAY = timedelta(days=1)
BOTTOMS = """() => [".masthead", ".story h3"].map((name) =>
  document.querySelector(name).getBoundingClientRect().bottom)"""


def region(page: Page, label: str) -> list[str]:
    """Titles in the part of a page with this label; empty if there is no such part."""
    parts = [part for part in page.tree.iter() if part.get("aria-labelledby") == label]
    return [page.text(a) for part in parts for h3 in part.iter("h3") for a in h3.iter("a")]


def bands(page: Page) -> dict[str, list[str]]:
    """Titles by the name of their band."""
    parts = [part for part in page.all("section") if part.get("class") == "of-category"]
    return {page.text(next(part.iter("h2"))): region(page, part.get("aria-labelledby")) for part in parts}


def end(app: Flask, post: int, at: datetime) -> None:
    change(app, post, lambda found: setattr(found, "ends_at", at))


def editor_of(app: Flask) -> Browser:
    staff = Browser(app)
    staff.sign_in("admin")
    return staff


def enter_rector(app: Flask) -> None:
    staff = editor_of(app)
    names = {f"{code}-{field}": "Ректор" for code in ("kk", "ru") for field in ("name", "position")}
    staff.submit(staff.get("/en/staff/site/rectors/new"), "Save", {**names, "en-name": "R", "en-position": "Rector"})


@pytest.mark.parametrize(("width", "height", "head", "headline"), [(360, 740, 112, 500), (1280, 900, 128, 760)])
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_first_screen_shows_the_whole_headline(
    site: Site, chromium: Chromium, language: str, width: int, height: int, head: int, headline: int
) -> None:
    page = chromium.new_page(viewport={"width": width, "height": height})
    page.goto(f"{site.url}/{language}/")
    end_of_head, end_of_headline = page.evaluate(BOTTOMS)
    page.close()
    assert end_of_head <= head
    assert end_of_headline < headline


@pytest.mark.parametrize("width", [1024, 1280, 1920])
def test_the_front_page_has_one_left_and_one_right_edge(site: Site, chromium: Chromium, width: int) -> None:
    page = chromium.new_page(viewport={"width": width, "height": 900})
    page.goto(f"{site.url}/kk/")
    edges = page.evaluate("""() => [...document.querySelectorAll("main > *:not(.unseen)")].map((each) => {
      const box = each.getBoundingClientRect();
      return [Math.round(box.left), Math.round(box.right)].join();
    })""")
    page.close()
    assert len(edges) >= 5
    assert len(set(edges)) == 1


def test_the_lead_has_two_neighbours_and_the_rest_stands_in_bands_in_the_order_of_the_menu(
    browse: Browser, write: Write
) -> None:
    for number, category in enumerate(["science", "science", "announcements", "news", "science", "news"]):
        write(en=f"Post {number}", category=category, published=datetime(2021, 1, 20 - number, tzinfo=UTC))
    page = browse.get("/en/")
    assert region(page, "newest") == ["Post 0", "Post 1", "Post 2"]
    assert list(bands(page).items()) == [("News", ["Post 3", "Post 5"]), ("Science", ["Post 4"])]


def test_a_band_follows_its_category_when_that_is_renamed(app: Flask, browse: Browser, write: Write) -> None:
    for number in range(4):
        write(en=f"Post {number}")
    assert list(bands(browse.get("/en/"))) == ["News"]
    with app.app_context():
        category = db.session.query(Category).filter_by(slug="news").one()
        save(category, {**category.fields, "en-name": "Our days"})
        db.session.commit()
    assert list(bands(browse.get("/en/"))) == ["Our days"]


def test_a_band_that_would_be_short_has_older_posts(browse: Browser, write: Write) -> None:
    for number in range(3):
        write(en=f"Study {number}", category="science", published=datetime(2020, 1, 9 - number, tzinfo=UTC))
    for number in range(12):
        write(en=f"News {number}", published=datetime(2021, 1, 20 - number, tzinfo=UTC))
    page = browse.get("/en/")
    assert bands(page)["Science"] == ["Study 0", "Study 1"]
    assert bands(page)["News"] == [f"News {number}" for number in range(3, 10)]
    older = browse.get("/en/?page=2")
    assert [older.text(h2) for h2 in older.all("h2")] == ["News 10", "News 11", "Study 0", "Study 1", "Study 2"]


def test_announcements_stand_by_their_ends_until_they_are_over(
    app: Flask, browse: Browser, write: Write, pass_time: PassTime
) -> None:
    write(en="Lead")
    for title, days in (("Later", 3), ("Sooner", 1)):
        end(app, write(en=title, category="announcements", published=now()), now() + days * DAY)
    page = browse.get("/en/")
    assert region(page, "dated") == ["Sooner", "Later"]
    assert region(page, "newest") == ["Lead"]
    assert bands(page) == {}
    pass_time(1.5 * DAY.total_seconds())
    assert region(browse.get("/en/"), "dated") == ["Later"]
    pass_time(2 * DAY.total_seconds())
    assert not region(browse.get("/en/"), "dated")
    assert browse.get("/en/").text().count("Important dates") == 0


@pytest.mark.parametrize("language", LANGUAGES)
def test_an_end_is_shown_as_a_day_and_a_month_in_words(
    app: Flask, browse: Browser, write: Write, pass_time: PassTime, language: str
) -> None:
    pass_time((datetime(2030, 11, 1, tzinfo=UTC) - now()).total_seconds())
    end(app, write(**{language: "A"}, category="announcements"), datetime(2030, 12, 8, 20, tzinfo=UTC))
    write(**{language: "B"})
    page = browse.get(f"/{language}/")
    month = {"kk": "желтоқсан", "ru": "декабря", "en": "December"}[language]
    assert page.text(page.one("p", class_="date")).endswith(f"9 {month}")  # in Karaganda the next day has begun


def test_the_rectors_newest_post_has_a_band_with_the_rector(app: Flask, browse: Browser, write: Write) -> None:
    write(en="News", published=now())
    for number in range(2):
        write(en=f"Blog {number}", category="rector", published=datetime(2021, 1, 9 - number, tzinfo=UTC))
    assert list(bands(browse.get("/en/"))) == []
    assert region(browse.get("/en/"), "newest") == ["News", "Blog 0", "Blog 1"]
    enter_rector(app)
    page = browse.get("/en/")
    assert region(page, "rector") == ["Blog 0", "Blog 1"]
    assert region(page, "newest") == ["News"]


def test_the_quotation_comes_after_the_lead(browse_demo: Browser) -> None:
    page = browse_demo.get("/en/")
    kinds = [child.get("class") or "" for child in page.one("main")]
    assert [kind for kind in kinds if kind in ("pair beginning", "quotation")] == ["pair beginning", "quotation"]


def test_one_post_is_a_whole_front_page(browse: Browser, write: Write) -> None:
    write(en="Alone")
    page = browse.get("/en/")
    assert region(page, "newest") == ["Alone"]
    assert (bands(page), page.all("aside"), page.all("figure")) == ({}, [], [])


def test_a_page_of_a_category_does_not_repeat_its_name(browse: Browser, write: Write) -> None:
    write(en="Post")

    def named(path: str) -> list[str]:
        page = browse.get(path)
        return [page.text(a) for meta in page.all("p", class_="meta") for a in meta.iter("a")]

    assert named("/en/categories/news/") == []
    assert named("/en/authors/administration/") == ["News"]


def test_a_post_without_a_picture_has_a_pattern_in_the_colour_of_its_category(browse_demo: Browser) -> None:
    page = browse_demo.get("/en/categories/science/")
    patterns = [each.get("class") for each in page.all("div") if "pattern" in (each.get("class") or "")]
    assert patterns == ["pattern hue violet"]
    assert len(page.all("picture")) == 2


def test_a_text_says_that_it_is_old_after_two_years(browse: Browser, write: Write, pass_time: PassTime) -> None:
    write(en="Old", published=datetime(2021, 3, 1, tzinfo=UTC))
    write(en="New", published=now() - DAY)
    assert "This text is from 2021." in browse.get("/en/posts/old").text()
    assert "This text is from" not in browse.get("/en/posts/new").text()
    pass_time(2 * 366 * DAY.total_seconds())
    assert "This text is from" in browse.get("/en/posts/new").text()


def test_the_archive_counts_posts_by_month_in_karaganda(browse: Browser, write: Write) -> None:
    for at in (
        datetime(2020, 12, 31, 19, tzinfo=UTC),
        datetime(2021, 1, 5, tzinfo=UTC),
        datetime(2020, 3, 1, tzinfo=UTC),
    ):
        write(en=f"On {at:%d %m}", published=at)
    page = browse.get("/en/archive/")
    assert [page.text(h2) for h2 in page.one("main").iter("h2")] == ["2021", "2020"]
    months = [page.text(li) for section in page.one("main").iter("section") for li in section.iter("li")]
    assert months == ["January 2021 2 posts", "March 2020 1 post"]
    for link in ("January 2021", "March 2020"):
        browse.get(page.links()[link])
    write(en="One more", published=datetime(2021, 1, 6, tzinfo=UTC))
    assert "3 posts" in browse.get("/en/archive/").text()


def test_an_error_page_offers_the_newest_posts_and_the_search(app: Flask, browse: Browser, write: Write) -> None:
    post = write(kk="Бірінші", en="First")
    write(kk="Екінші", published=None)
    page = browse.get("/en/nothing", 404)
    assert page.links()["First"] == "/en/posts/first"
    assert {form.get("action") for form in page.one("main").iter("form")} == {"/en/search"}
    assert "Екінші" not in page.text()
    change(app, post, lambda found: found.translations["en"].withdraw())
    assert "First" not in browse.get("/en/nothing", 404).links()


def test_the_foot_leads_to_sections_feeds_the_low_vision_mode_and_the_newsroom(browse_demo: Browser) -> None:
    page = browse_demo.get("/en/categories/news/")
    foot = {a.get("href") for a in page.one("footer").iter("a")}
    wanted = {"categories/science/", "feeds/", "archive/", "low-vision", "staff/", "pages/about"}
    assert {f"/en/{path}" for path in wanted} | {"https://kariu.kz/"} <= foot
    assert "Temirtau" in page.text(page.one("footer"))


def test_a_notice_of_an_end_is_typed_by_staff(app: Flask, browse: Browser, write: Write) -> None:
    post, staff = write(en="Call", category="announcements"), editor_of(app)
    write(en="Lead")
    form = staff.get(f"/en/staff/site/posts/{post}")
    staff.submit(form, "Save", {"ends_at": typed_moment(now() + 3 * DAY)})
    assert region(browse.get("/en/"), "dated") == ["Call"]
