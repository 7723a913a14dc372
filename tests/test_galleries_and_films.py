"""Galleries and films: on pages, without scripts, in feeds, in the editor."""

import re

import feedparser
import pytest
from flask import Flask
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import BrowserContext, Page, expect

from kariu_blog.text import body_from_typed
from tests.support import drawing
from tests.support.browsing import Browser
from tests.support.cast import Write
from tests.support.files import PDF
from tests.support.serving import Site
from tests.support.writing import editor as pane_of
from tests.support.writing import new_post, paste, saved_body

YOUTUBE = "https://www.youtube.com/watch?v=dQw4w9WgXcQ"
VIMEO = "https://vimeo.com/76979871"
RUTUBE = "https://rutube.ru/video/0123456789abcdef0123456789abcdef/"
PICTURES = [f"/media/{digit * 20}-1600x1067.jpg" for digit in "abc"]
FIGURES = "".join(f'<figure><img src="{src}" alt="а"><figcaption>ә{src[7]}</figcaption></figure>' for src in PICTURES)
GALLERY = f"<figure>{FIGURES}<figcaption>Бәрі</figcaption></figure>"
FRAMES = {
    YOUTUBE: ("https://www.youtube-nocookie.com", "/embed/dQw4w9WgXcQ?autoplay=1"),
    f"{YOUTUBE}&t=90s&list=x": ("https://www.youtube-nocookie.com", "/embed/dQw4w9WgXcQ?autoplay=1&start=90"),
    "https://youtu.be/dQw4w9WgXcQ?si=x": ("https://www.youtube-nocookie.com", "/embed/dQw4w9WgXcQ?autoplay=1"),
    "https://m.youtube.com/shorts/dQw4w9WgXcQ": ("https://www.youtube-nocookie.com", "/embed/dQw4w9WgXcQ?autoplay=1"),
    VIMEO: ("https://player.vimeo.com", "/video/76979871?autoplay=1&dnt=1"),
    f"{VIMEO}/8272103f6e": ("https://player.vimeo.com", "/video/76979871?autoplay=1&dnt=1&h=8272103f6e"),
    RUTUBE: ("https://rutube.ru", "/play/embed/0123456789abcdef0123456789abcdef?autoplay=1"),
    "https://rutube.ru/video/private/0123456789abcdef0123456789abcdef/?p=Kx_y": (
        "https://rutube.ru",
        "/play/embed/0123456789abcdef0123456789abcdef?autoplay=1&p=Kx_y",
    ),
}
NO_FILMS = [
    "https://www.youtube.com/@kariu",
    "https://vimeo.com/kariu",
    "https://rutube.ru/channel/1/",
    "https://kariu.kz/",
]


def policy(app: Flask, path: str) -> str:
    return str(Browser(app).raw(path).headers["Content-Security-Policy"])


@pytest.mark.parametrize("address", FRAMES)
def test_an_address_alone_on_a_line_is_a_film(app: Flask, write: Write, address: str) -> None:
    origin, path = FRAMES[address]
    write(kk="Бейне", body=f"Бірінші жол\n{address}\nсоңы")
    page = Browser(app).get("/kk/posts/beyne")
    film = page.one("figure", class_="player")
    assert film.get("data-frame") == origin + path
    assert film.find("a").get("href") == address
    assert "Бейне" in page.text(film)
    assert page.all("iframe") == []
    assert policy(app, "/kk/posts/beyne").endswith(f"; frame-src {origin}")
    assert page.all("p")[-1] is not None
    assert "Бірінші жол" in page.text()


@pytest.mark.parametrize("address", NO_FILMS)
def test_other_addresses_and_films_within_a_line_stay_links(app: Flask, write: Write, address: str) -> None:
    write(kk="Бейне", body=f"<p>{address}</p><p>Қараңыз: {YOUTUBE}</p>")
    assert Browser(app).get("/kk/posts/beyne").all("figure") == []
    assert "frame-src" not in policy(app, "/kk/posts/beyne")


def test_frames_are_allowed_on_the_page_with_the_film_alone(app: Flask, write: Write) -> None:
    write(kk="Бейне", body=f"<p>{YOUTUBE}</p>\n<p>{VIMEO}</p>")
    for _time in ("made", "kept"):
        assert "frame-src https://player.vimeo.com https://www.youtube-nocookie.com" in policy(app, "/kk/posts/beyne")
    for path in ("/kk/", "/kk/categories/news/", "/kk/feeds/"):
        assert "frame-src" not in policy(app, path)


def test_a_film_has_its_picture_and_title_and_in_feeds_is_a_link(app: Flask, write: Write) -> None:
    with_picture = (
        f'<figure><a href="{RUTUBE}"><img src="{PICTURES[0]}" alt="Сахна"></a><figcaption>Ән</figcaption></figure>'
    )
    write(kk="Бейне", body=f'<p><a href="{YOUTUBE}">Ректордың <b>сөзі</b></a></p>{with_picture}', summary="…")
    page = Browser(app).get("/kk/posts/beyne")
    films = page.all("figure", class_="player")
    assert page.text(films[0]) == "Ректордың сөзіYouTube"
    assert films[1].find("a/picture/img").get("alt") == "Сахна"
    assert page.text(films[1].find("figcaption")) == "Ән"
    [entry] = feedparser.parse(Browser(app).raw("/kk/feed.atom").data).entries
    assert f'<p><a href="{YOUTUBE}">Ректордың <b>сөзі</b></a></p>' in entry.content[0].value
    assert "player" not in entry.content[0].value


def test_a_bare_address_is_no_summary(app: Flask, write: Write) -> None:
    write(kk="Бейне", body=f"{YOUTUBE}\n\nСалтанатты жиын өтті.")
    described = Browser(app).get("/kk/posts/beyne").one("meta", name="description")
    assert described.get("content") == "Салтанатты жиын өтті."


def test_a_gallery_is_a_grid_whose_pictures_open_large_and_all_of_it_is_fed(app: Flask, write: Write) -> None:
    assert body_from_typed(GALLERY) == GALLERY
    write(kk="Суреттер", body=GALLERY)
    page = Browser(app).get("/kk/posts/suretter")
    grid = page.one("figure", class_="gallery")
    assert [link.get("href") for link in grid.findall("figure/a")] == PICTURES
    assert [page.text(caption) for caption in grid.findall("figure/figcaption")] == ["әa", "әb", "әc"]
    assert page.text(grid.find("figcaption")) == "Бәрі"
    assert all("14rem" in source.get("sizes") for source in grid.iter("source"))
    [entry] = feedparser.parse(Browser(app).raw("/kk/feed.rss").data).entries
    assert re.findall('<img [^>]*src="([^"]+)"', entry.content[0].value) == [
        f"https://blog.kariu.test{src}" for src in PICTURES
    ]


def test_a_linked_picture_of_a_gallery_keeps_its_link(app: Flask, write: Write) -> None:
    linked = GALLERY.replace(
        f'<img src="{PICTURES[1]}" alt="а">', f'<a href="/x"><img src="{PICTURES[1]}" alt="а"></a>'
    )
    write(kk="Суреттер", body=linked)
    page = Browser(app).get("/kk/posts/suretter")
    links = [link.get("href") for link in page.one("figure", class_="gallery").findall("figure/a")]
    assert links == [PICTURES[0], "/x", PICTURES[2]]


@pytest.mark.parametrize("body", ["<hr>", "<p>\u200b\u00ad</p>", "<table><tr><td> </td></tr></table>"])
def test_a_body_without_anything_to_read_is_not_published(editor: Browser, body: str) -> None:
    page = editor.new_post({"en-title": "Title", "en-body": body}, "Save and publish", 422, within="en")
    assert "Write the text first." in page.text()


def test_nothing_is_loaded_before_the_click_and_then_the_frame(page: Page, site: Site, chromium: Chromium) -> None:
    new_post(page)
    page.locator("#kk-title").fill("Бейне бар")
    pane_of(page, "kk").click()
    page.keyboard.type(YOUTUBE)
    page.keyboard.press("Enter")
    expect(pane_of(page, "kk").locator("p.film")).to_have_text(YOUTUBE)
    page.keyboard.type("Соңы.")
    page.locator("#pane-kk").get_by_role("button", name="Save and publish").click()
    expect(page.get_by_text("Published. Readers see it now")).to_be_visible()
    context = chromium.new_context(base_url=site.url)
    reader, asked = at_the_film(context)
    assert asked == []
    with reader.expect_request("https://www.youtube-nocookie.com/embed/dQw4w9WgXcQ?autoplay=1"):
        reader.locator(".player a").click()
    expect(reader.locator(".player iframe")).to_have_attribute("title", re.compile("Бейне"))
    context.close()
    context = chromium.new_context(base_url=site.url, java_script_enabled=False)
    reader, asked = at_the_film(context)
    assert asked == []
    reader.locator(".player a").click()
    reader.wait_for_url(YOUTUBE)
    context.close()


def at_the_film(context: BrowserContext) -> tuple[Page, list[str]]:
    """The page with the film, and what is asked of other sites from then on."""
    asked: list[str] = []

    context.on("request", lambda request: None if request.url.startswith("http:") else asked.append(request.url))
    context.route(re.compile("^https:"), lambda route: route.fulfill(body="film", content_type="text/html"))
    reader = context.new_page()
    reader.goto("/kk/posts/beyne-bar")
    reader.wait_for_load_state("networkidle")
    return reader, asked


def test_a_film_is_described_in_a_dialog_and_an_address_that_is_pasted_becomes_one(page: Page) -> None:
    new_post(page)
    page.locator("#kk-title").fill("Екі бейне")
    pane_of(page, "kk").click()
    paste(page, "", f" {VIMEO} ")
    page.locator("#pane-kk").get_by_role("button", name="Video").click()
    dialog = page.locator("#film-dialog")
    dialog.get_by_label("Address on YouTube, Vimeo or Rutube").fill("https://kariu.kz/")
    dialog.get_by_role("button", name="Insert").click()
    expect(dialog).to_be_visible()
    dialog.get_by_label("Address on YouTube, Vimeo or Rutube").fill(RUTUBE)
    dialog.get_by_label("Title").fill("Ән")
    dialog.get_by_role("button", name="Choose a picture").click()
    page.locator("#picture-dialog .tiles button").first.click()
    expect(dialog.locator("img")).to_be_visible()
    dialog.get_by_role("button", name="Insert").click()
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_role("status").filter(has_text="Saved").first).to_be_visible()
    body = saved_body(page, "kk").replace("\n", "")
    link = f'<a href="{RUTUBE}"><img src="/media/[^"]+" alt="[^"]+"></a><figcaption>Ән</figcaption>'
    assert re.fullmatch(f'<p><a href="{VIMEO}">{VIMEO}</a></p><figure>{link}</figure>', body)


def test_several_pictures_chosen_at_once_become_a_gallery_to_which_one_can_be_added(page: Page) -> None:
    new_post(page)
    page.locator("#kk-title").fill("Галерея")
    pane_of(page, "kk").click()
    for number in range(2):
        page.locator("#pane-kk").get_by_role("button", name="Picture").click()
        dialog = page.locator("#picture-dialog")
        if number == 0:
            files = [
                {"name": f"{n}.jpg", "mimeType": "image/jpeg", "buffer": drawing.jpeg(200 + n, 150)} for n in range(3)
            ]
            page.locator("#picture-files").set_input_files(files)  # type: ignore[arg-type]
            expect(dialog.locator(".chosen")).to_have_count(3, timeout=30_000)
        else:
            dialog.locator(".tiles button").first.click()
        for field in dialog.locator(".chosen input").all():
            field.fill("Сурет")
        dialog.get_by_role("button", name="Insert", exact=True).click()
        pane_of(page, "kk").locator(".gallery figcaption").first.click()
        page.wait_for_timeout(200)  # the editor hears of the cursor a moment later
    page.keyboard.type("Бірінші")
    body = page.locator("#kk-body").input_value()
    figure = '<figure><img src="[^"]+" alt="Сурет">(<figcaption>Бірінші</figcaption>)?</figure>'
    assert re.fullmatch(f"<figure>({figure}){{4}}</figure>(<p></p>)?", body)


def test_a_file_that_is_sent_or_found_becomes_a_link_that_names_its_language(page: Page) -> None:
    new_post(page)
    pane_of(page, "en").click()
    page.locator("#pane-en").get_by_role("button", name="File").click()
    order = {"name": "Order 115.pdf", "mimeType": "application/pdf", "buffer": PDF}
    page.locator("#file-files").set_input_files(order)  # type: ignore[arg-type]
    expect(page.locator("#file-dialog")).not_to_be_visible()
    field = page.locator("#en-body")
    linked = re.compile('^<p><a href="(/files/[0-9a-f]{20})">Order 115</a></p>$')
    expect(field).to_have_value(linked)
    [address] = linked.findall(field.input_value())
    page.goto("/en/staff/files")
    page.get_by_role("link", name="Order 115.pdf").click()
    page.get_by_label("Қазақша").fill("115-бұйрық")
    page.get_by_role("button", name="Save").click()
    new_post(page)
    pane_of(page, "en").click()
    page.keyboard.press("Control+a")
    page.keyboard.press("Delete")
    page.locator("#pane-en").get_by_role("button", name="File").click()
    page.locator("#file-dialog").get_by_role("button", name="115-бұйрық").click()
    expect(field).to_have_value(f'<p><a lang="kk" href="{address}">115-бұйрық</a></p>')
