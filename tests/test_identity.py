"""The site's own mark and accent, and the cards that links to posts show elsewhere."""

import io
import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from PIL import Image

from kariu_blog.newsroom.cards import HUES, draw_cards
from kariu_blog.newsroom.site_kinds import COLOURS
from kariu_blog.posts.post import Post
from tests.support.browsing import Browser, Page
from tests.support.cast import SITE, Write
from tests.support.drawing import drawing, encoded
from tests.support.pictures import cover, sent
from tests.support.posts import change, rewrite

CONTACTS = "/en/staff/site/contacts"
STYLE = Path(__file__).parent.parent / "kariu_blog" / "static" / "style" / "1_base.css"


@pytest.fixture
def admin(app: Flask) -> Browser:
    browser = Browser(app)
    browser.sign_in("admin")
    return browser


def address_of(staff: Browser, width: int, height: int) -> str:
    """Send in a mark of this size."""
    return str(sent(staff, encoded(drawing(width, height, "RGBA"), "PNG"), "mark.png")["url"])


def icons(page: Page) -> set[str]:
    return {link.get("href") for link in page.all("link") if "icon" in link.get("rel")}


def picture(browse: Browser, address: str) -> Image.Image:
    return Image.open(io.BytesIO(browse.raw(address.removeprefix(SITE)).data))


def card(page: Page) -> str:
    return str(page.one("meta", property="og:image").get("content"))


def draw(app: Flask) -> None:
    """Do what the server does soon after a publication."""
    with app.app_context():
        draw_cards()


def test_a_mark_is_in_the_head_and_makes_icons_of_all_sizes(browse: Browser, admin: Browser) -> None:
    before = browse.get("/en/")
    admin.submit(admin.get(f"{CONTACTS}/new"), "Save", {"mark": address_of(admin, 600, 512)})
    page = browse.get("/en/")
    assert not icons(before) & icons(page)
    manifest = json.loads(browse.raw(page.one("link", rel="manifest").get("href")).data)
    found = icons(page) | {icon["src"] for icon in manifest["icons"]} | {page.all("img")[0].get("src")}
    assert {picture(browse, address).size for address in found} == {(n, n) for n in (48, 180, 192, 512)}
    assert manifest["name"] == "KarIU Blog"
    assert picture(browse, str(browse.raw("/favicon.ico").location)).size == (48, 48)
    assert re.search(r'"logo":{"@type":"ImageObject","url":"[^"]+-512.png"', page.html)


def test_a_mark_that_is_too_small_is_refused_with_what_was_typed(browse: Browser, admin: Browser) -> None:
    before = icons(browse.get("/en/"))
    small = address_of(admin, 600, 511)
    page = admin.submit(admin.get(f"{CONTACTS}/new"), "Save", {"mark": small, "email": "press@kariu.kz"}, 422)
    assert "The mark needs at least 512 pixels" in page.text()
    assert page.fields(page.form("Save")[0])["email"] == "press@kariu.kz"
    assert icons(browse.get("/en/")) == before


def test_an_accent_is_on_every_page_at_the_next_request(browse: Browser, admin: Browser) -> None:
    page = admin.submit(admin.get(f"{CONTACTS}/new"), "Save", {"accent": "plum"})
    for path in ("/en/", "/kk/feeds/", "/ru/staff/login"):
        assert browse.get(path).tree.get("class") == "in-plum"
    admin.submit(page, "Save", {"accent": ""})
    assert browse.get("/en/").tree.get("class") is None


def luminance(colour: str) -> float:
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    light = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * light[0] + 0.7152 * light[1] + 0.0722 * light[2]


def contrast(one: str, other: str) -> float:
    low, high = sorted(map(luminance, (one, other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("name", [name for name in COLOURS if name])
def test_words_can_be_read_on_each_accent_and_on_each_card(name: str) -> None:
    css = STYLE.read_text(encoding="utf-8")
    light = dict(re.findall(r"--([\w-]+): (#\w{6});", css.partition("@media")[0]))
    accent = dict(re.findall(r"--([\w-]+): (#\w{6});", css.partition(f".in-{name} {{")[2].partition("}")[0]))
    assert set(accent) == {"deep", "deeper"}
    for ground in accent.values():
        assert contrast(ground, light["deep-ink"]) >= 7
        assert contrast(ground, light["deep-quiet"]) >= 4.5
        assert contrast(ground, light["deep-gold"]) >= 4.5
    assert contrast(light[name], light["paper"]) >= 4.5
    assert HUES[name][0] == accent["deep"]
    assert contrast(*HUES[name]) >= 4.5


def test_a_link_to_a_post_without_a_cover_shows_a_card_drawn_at_publication(
    app: Flask, browse: Browser, write: Write
) -> None:
    post = write(kk="Ғылым әлемі", en="The world of science")
    usual = card(browse.get("/en/posts/the-world-of-science"))
    assert "share" in usual
    draw(app)
    page = browse.get("/en/posts/the-world-of-science")
    assert picture(browse, card(page)).size == (1200, 630)
    assert page.one("meta", property="og:image:alt").get("content") == "The world of science"
    assert f'"image":{{"@type":"ImageObject","url":"{card(page)}"' in page.html
    kazakh = card(browse.get("/kk/posts/ghylym-alemi"))
    assert kazakh not in (usual, card(page))
    change(app, post, lambda found: named(found, "Another title"))
    assert card(browse.get("/en/posts/the-world-of-science")) == usual
    draw(app)
    assert card(browse.get("/en/posts/the-world-of-science")) not in (usual, card(page))
    assert card(browse.get("/kk/posts/ghylym-alemi")) == kazakh


def named(post: Post, title: str) -> None:
    rewrite(post, "en", replace(post.translations["en"].content, title=title))


def test_drafts_have_no_card_and_a_cover_stands_before_it(
    app: Flask, browse: Browser, admin: Browser, write: Write
) -> None:
    draft = write(en="Draft", published=None)
    shown = write(en="Shown")
    cover(app, shown, sent(admin, encoded(drawing(600, 400), "JPEG"))["id"])
    draw(app)
    drawn = [path.name for path in Path(app.instance_path, "media").glob("drawn/*/*.png")]
    assert drawn == []
    assert "-600x400.jpg" in card(browse.get("/en/posts/shown"))
    change(app, draft, lambda found: found.translations["en"].publish())
    draw(app)
    assert "-1200x630.png" in card(browse.get("/en/posts/draft"))


def test_a_card_that_cannot_be_drawn_hinders_nothing(app: Flask, browse: Browser, admin: Browser) -> None:
    folder = Path(app.instance_path, "media")
    folder.mkdir(exist_ok=True)
    (folder / "drawn").write_text("no folder")
    admin.new_post({"en-title": "Published", "en-body": "x"}, "Save and publish", within="en")
    draw(app)
    assert "share" in card(browse.get("/en/posts/published"))
    (folder / "drawn").unlink()
