"""Captions and credits of pictures: on pages, for search engines, in feeds, in whatever language there are."""

import json
from typing import Any

import feedparser
import pytest
from flask import Flask

from tests.support import drawing
from tests.support.browsing import Browser, Page
from tests.support.cast import Write
from tests.support.pictures import ALTS, cover, describe, sent

MEDIA = "{http://search.yahoo.com/mrss/}"
IN_TEXT = '<figure><img src="{}" alt="а"><figcaption>Жазуы</figcaption></figure>'


@pytest.fixture
def pictures(app: Flask, editor: Browser, write: Write) -> list[Any]:
    """A public post in two languages with a cover, and another picture in its text; both pictures are described."""
    about = [sent(editor, drawing.jpeg(600, 400), "cover.jpg"), sent(editor, drawing.jpeg(500, 400), "text.jpg")]
    for picture in about:
        describe(editor, picture["id"], 200, **ALTS)
    post = write(kk="Сурет", ru="Снимок", body=f"<p>…</p>{IN_TEXT.format(about[1]['url'])}")
    cover(app, post, about[0]["id"])
    return about


def credited(page: Page) -> list[tuple[str, str]]:
    """The credits of a page's captions, each with its language."""
    return [(page.text(small), page.language_of(small)) for small in page.all("small", class_="credit")]


def images(page: Page) -> list[dict[str, Any]]:
    [block] = page.all("script", type="application/ld+json")
    found = json.loads(block.text)["@graph"][0]["image"]
    return found if isinstance(found, list) else [found]


def test_a_credit_stands_under_the_cover_and_in_the_text_in_the_nearest_language(
    app: Flask, editor: Browser, pictures: list[Any]
) -> None:
    reader = Browser(app)
    assert credited(reader.get("/kk/posts/suret")) == []
    describe(editor, pictures[0]["id"], credit_ru="Фото: А. Ким", caption_kk="Кампуста")
    describe(editor, pictures[1]["id"], credit_kk="Суретті түсірген А. Ким", credit_ru="Фото: Б. Ли")
    kk, ru = reader.get("/kk/posts/suret"), reader.get("/ru/posts/snimok")
    assert credited(kk) == [("Фото: А. Ким", "ru"), ("Суретті түсірген А. Ким", "kk")]
    assert credited(ru) == [("Фото: А. Ким", "ru"), ("Фото: Б. Ли", "ru")]
    captions = [kk.text(caption) for caption in kk.all("figcaption")]
    assert captions == ["Кампуста Фото: А. Ким", "Жазуы Суретті түсірген А. Ким"]
    assert ru.language_of(ru.all("figcaption")[0].find("span")) == "kk"


def test_search_engines_get_caption_and_credit_of_each_picture(
    app: Flask, editor: Browser, pictures: list[Any]
) -> None:
    describe(editor, pictures[0]["id"], credit_ru="Фото: А. Ким", caption_kk="Кампуста")
    [only] = images(Browser(app).get("/kk/posts/suret"))
    assert (only["creditText"], only["caption"]) == ("Фото: А. Ким", "Кампуста")
    describe(editor, pictures[1]["id"], credit_en="Photo: B. Li")
    both = images(Browser(app).get("/kk/posts/suret"))
    assert [image["creditText"] for image in both] == ["Фото: А. Ким", "Photo: B. Li"]
    assert both[1]["url"].endswith(pictures[1]["url"])


@pytest.mark.parametrize("format", ["rss", "atom", "json"])
def test_feeds_have_them_below_their_pictures(app: Flask, editor: Browser, pictures: list[Any], format: str) -> None:
    describe(editor, pictures[0]["id"], credit_ru="Фото: А. Ким", caption_kk="Кампуста")
    describe(editor, pictures[1]["id"], credit_kk="Б. Ли")
    answer = Browser(app).raw(f"/kk/feed.{format}")
    if format == "json":
        body = answer.json["items"][0]["content_html"]  # type: ignore[index]
    else:
        [entry] = feedparser.parse(answer.data).entries
        body = entry.content[0].value
        assert entry.media_credit[0]["content"] == "Фото: А. Ким"
    assert "<figcaption><span>Кампуста</span> <small" in body
    assert 'lang="ru">Фото: А. Ким</small></figcaption></figure>' in body
    assert ">Б. Ли</small></figcaption></figure>" in body


def test_a_credit_that_the_caption_names_is_not_said_twice(app: Flask, editor: Browser, write: Write) -> None:
    about = sent(editor, drawing.jpeg(600, 400))
    describe(editor, about["id"], credit_kk="А. Ким")
    write(kk="Сурет", body=IN_TEXT.format(about["url"]).replace("Жазуы", "Жазуы. Суретші А. Ким"))
    assert credited(Browser(app).get("/kk/posts/suret")) == []


def test_a_gallery_of_one_person_names_them_once(app: Flask, editor: Browser, write: Write) -> None:
    about = [sent(editor, drawing.jpeg(600 + n, 400)) for n in range(3)]
    for picture in about:
        describe(editor, picture["id"], credit_kk="А. Ким")
    figures = "".join(f'<figure><img src="{picture["url"]}" alt="а"></figure>' for picture in about)
    write(kk="Сурет", body=f"<figure>{figures}<figcaption>Үшеуі</figcaption></figure>")
    page = Browser(app).get("/kk/posts/suret")
    assert [page.text(caption) for caption in page.all("figcaption")] == ["Үшеуі А. Ким"]
    describe(editor, about[0]["id"], credit_kk="Б. Ли")
    page = Browser(app).get("/kk/posts/suret")
    assert [page.text(caption) for caption in page.all("figcaption")] == ["Б. Ли", "А. Ким", "А. Ким", "Үшеуі"]


def test_several_pictures_are_described_at_once(editor: Browser) -> None:
    ids = [sent(editor, drawing.jpeg(600 + n, 400), f"{n}.jpg")["id"] for n in range(3)]
    address = "/en/staff/pictures/descriptions?" + "&".join(f"id={number}" for number in ids)
    fields = {f"p{number}-{code}": f"{ALTS[code]} {number}" for number in ids for code in ALTS}
    fields |= {"credit_en": "Photo: A. Kim", f"p{ids[0]}-caption_kk": "Кампуста"}
    page = editor.get(address)
    long = editor.submit(page, "Save", fields | {f"p{ids[1]}-ru": "x" * 301}, 422)
    assert long.fields(long.form("Save")[0])[f"p{ids[2]}-kk"] == f"{ALTS['kk']} {ids[2]}"
    describe(editor, ids[2], kk="Басқа адам жазды")
    meanwhile = editor.submit(page, "Save", fields, 409)
    assert "Басқа адам жазды" in meanwhile.text()
    editor.submit(meanwhile, "Save", fields)
    found = {each["id"]: each for each in editor.raw("/en/staff/pictures.json").json["pictures"]}  # type: ignore[index]
    assert [found[number]["alt"]["ru"] for number in ids] == [f"{ALTS['ru']} {number}" for number in ids]
    assert found[ids[0]]["caption"] == {"kk": "Кампуста"}
    for number in ids:
        page = editor.get(f"/en/staff/pictures/{number}")
        assert page.fields(page.form("Save")[0])["credit_en"] == "Photo: A. Kim"


def test_authors_describe_none_but_their_own(editor: Browser, author: Browser) -> None:
    theirs, own = sent(editor, drawing.jpeg(600, 400)), sent(author, drawing.jpeg(601, 400))
    page = author.get(f"/en/staff/pictures/descriptions?id={theirs['id']}&id={own['id']}")
    assert f"p{own['id']}-kk" in page.fields(page.form("Save")[0])
    assert f"p{theirs['id']}-kk" not in page.fields(page.form("Save")[0])
