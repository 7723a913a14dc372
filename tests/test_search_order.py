"""In which order results come, what stands beside them, and what else than posts is found."""

from datetime import UTC, datetime
from urllib.parse import urlencode

import pytest
from flask import Flask

from kariu_blog.database import db
from kariu_blog.posts.items import SiteItem, by_language
from kariu_blog.posts.taxonomy import Category
from tests.support.browsing import Browser, Page
from tests.support.cast import Write
from tests.support.drawing import jpeg
from tests.support.pictures import cover, describe, sent


def look(browse: Browser, typed: str, on: str = "kk", **parameters: str) -> Page:
    return browse.get(f"/{on}/search?{urlencode({'q': typed, **parameters})}")


def titles(page: Page) -> list[str]:
    return [page.text(heading) for heading in page.all("h2")]


def places(page: Page) -> dict[str, str]:
    """What else than posts is found, with its address."""
    return {page.text(a): a.get("href") for found in page.all("ul", class_="places") for a in found.iter("a")}


def options(page: Page, name: str) -> list[str]:
    return [page.text(option) for option in page.one("select", name=name)]


def test_the_form_nearest_to_the_typed_one_comes_first(browse: Browser, write: Write) -> None:
    for title, body in (("Г", "халқы"), ("Б", "халықтар"), ("А", "халықтардың"), ("В", "халық")):
        write(kk=f"Мәтін {title}", body=f"<p>Бұл жерде {body} туралы.</p>")
    assert titles(look(browse, "халықтардың")) == ["Мәтін А", "Мәтін Б", "Мәтін В", "Мәтін Г"]


def test_kazakh_letters_decide_between_words_that_look_alike_without_them(browse: Browser, write: Write) -> None:
    write(kk="Бірінші", body="<p>Ұн сатылады.</p>")
    write(kk="Екінші", body="<p>Үн естілді.</p>")
    assert titles(look(browse, "үн")) == ["Екінші", "Бірінші"]
    assert titles(look(browse, "ұн")) == ["Бірінші", "Екінші"]


def test_title_then_phrase_then_nearness_decide(browse: Browser, write: Write) -> None:
    write(ru="Далеко", body="<p>Научная работа шла долго, и вот наконец состоялась большая школа.</p>")
    write(ru="Рядом", body="<p>Научная и творческая школа. Работа, работа, работа.</p>")
    write(ru="Вместе", body="<p>Открылась научная школа.</p>")
    write(ru="Школа научная", body="<p>…</p>")
    assert titles(look(browse, "научная школа", "ru")) == ["Школа научная", "Вместе", "Рядом", "Далеко"]


def test_a_text_that_says_a_word_more_often_comes_first(browse: Browser, write: Write) -> None:
    for title, body in (("Много", "мост, мост и ещё мост"), ("Мало", "мост один"), ("Больше всего", "мост " * 5)):
        write(ru=title, body=f"<p>Здесь {body}</p>")
    assert titles(look(browse, "мост", "ru")) == ["Больше всего", "Много", "Мало"]


def test_the_end_of_a_title_does_not_stand_beside_the_text(browse: Browser, write: Write) -> None:
    write(ru="Новая школа", body="<p>Искусств много.</p>")
    write(ru="Открытие", body="<p>Открылась школа искусств.</p>")
    assert titles(look(browse, '"школа искусств"', "ru")) == ["Открытие"]


def test_words_in_quotation_marks_follow_each_other(browse: Browser, write: Write) -> None:
    write(ru="Первая", body="<p>О золотой осени.</p>")
    write(ru="Вторая", body="<p>Осень бывает золотой.</p>")
    assert len(titles(look(browse, "золотая осень", "ru"))) == 2
    for typed in ('"золотая осень"', "«Золотая осень»", "“золотая осень”"):
        assert titles(look(browse, typed, "ru")) == ["Первая"]
    for typed in ('"', '""', '"осень', "«»", '"« осень “"'):
        look(browse, typed, "ru")


def test_function_words_and_letters_are_optional_beside_others(browse: Browser, write: Write) -> None:
    write(ru="Ремонт общежития")
    write(ru="Ремонт в общежитии")
    assert sorted(titles(look(browse, "о ремонте в общежитии", "ru"))) == ["Ремонт в общежитии", "Ремонт общежития"]
    assert titles(look(browse, "в", "ru")) == ["Ремонт в общежитии"]


def test_february_is_not_also(browse: Browser, write: Write) -> None:
    write(kk="Бірінші", body="<p>Сондай-ақ келді.</p>")
    write(kk="Екінші", body="<p>Ақпанда келді.</p>")
    assert titles(look(browse, "ақпан")) == ["Екінші"]
    assert titles(look(browse, "сондай-ақ")) == ["Бірінші"]


def test_sorting_by_date_goes_across_languages(browse: Browser, write: Write) -> None:
    for day, (language, title) in enumerate((("kk", "STEM күні"), ("en", "STEM day"), ("ru", "День STEM"))):
        write(**{language: title}, published=datetime(2023, 5, 1 + day, tzinfo=UTC))
    assert titles(look(browse, "stem")) == ["STEM күні", "День STEM", "STEM day"]
    assert titles(look(browse, "stem", sort="date")) == ["День STEM", "STEM day", "STEM күні"]


def test_each_filter_says_how_many_posts_it_leaves(browse: Browser, write: Write) -> None:
    write(kk="Форум бір", ru="Форум один", category="science", published=datetime(2023, 5, 1, tzinfo=UTC))
    write(kk="Форум екі", category="news", published=datetime(2022, 5, 1, tzinfo=UTC))
    write(kk="Басқа", category="news", published=datetime(2021, 5, 1, tzinfo=UTC))
    page = look(browse, "форум")
    assert options(page, "category")[1:] == ["Жаңалықтар (1)", "Ғылым (1)"]
    assert options(page, "language")[1:] == ["Қазақша (2)", "Русский (1)"]
    assert options(page, "year")[1:] == ["2023 (1)", "2022 (1)"]
    page = look(browse, "форум", category="news")
    assert options(page, "category")[1:] == ["Жаңалықтар (1)", "Ғылым (1)"]
    assert options(page, "language")[1:] == ["Қазақша (1)"]
    assert titles(look(browse, "форум", language="ru")) == ["Форум один"]


@pytest.mark.parametrize(
    ("typed", "on", "name", "address"),
    [
        ("жаңалықтарды", "kk", "Жаңалықтар", "/kk/categories/news/"),
        ("наукой", "ru", "Наука", "/ru/categories/science/"),
        ("press office", "en", "Press office", "/en/authors/press-office/"),
    ],
)
def test_categories_and_bylines_are_found(browse: Browser, typed: str, on: str, name: str, address: str) -> None:
    assert places(look(browse, typed, on)) == {name: address}


def test_the_rector_is_found_in_any_case(browse_demo: Browser) -> None:
    page = browse_demo.get("/ru/rector/")
    name = page.text(page.one("h1"))
    found = look(browse_demo, name.split()[-1], "ru")
    assert places(found)[name] == "/ru/rector/"


def test_a_page_is_found_by_its_name_and_by_its_text(app: Flask, browse: Browser) -> None:
    with app.app_context():
        words = by_language(name={"kk": "Қабылдау ережелері"}, body={"kk": "<p>Құжаттар тамызда қабылданады.</p>"})
        db.session.add(SiteItem(kind="page", slug="rules", fields={"place": "menu", **words}))
        db.session.commit()
    for typed in ("ережеге", "құжат"):
        assert places(look(browse, typed)) == {"Қабылдау ережелері": "/kk/pages/rules"}
    assert places(look(browse, "шілде")) == {}


def test_a_renamed_category_is_found_under_its_new_name_alone(app: Flask, browse: Browser) -> None:
    with app.app_context():
        category = db.session.query(Category).filter_by(slug="science").one()
        category.fields = {**category.fields, "ru-name": "Открытия"}
        db.session.commit()
    assert places(look(browse, "открытие", "ru")) == {"Открытия": "/ru/categories/science/"}
    assert places(look(browse, "наука", "ru")) == {}


def test_a_post_is_found_by_the_descriptions_of_its_pictures(
    app: Flask, editor: Browser, browse: Browser, write: Write
) -> None:
    post = write(ru="Прогулка", body="<p>Мы гуляли.</p>")
    picture = sent(editor, jpeg())["id"]
    describe(editor, picture, ru="Сосна у корпуса", kk="Ғимарат жанындағы қарағай")
    assert titles(look(browse, "сосны", "ru")) == []
    cover(app, post, picture)
    page = look(browse, "сосны", "ru")
    assert titles(page) == ["Прогулка"]
    assert "Сосна у корпуса" in page.text(page.one("ol", class_="posts"))
    describe(editor, picture, ru="Берёза")
    assert titles(look(browse, "берёзы", "ru")) == ["Прогулка"]
    assert titles(look(browse, "сосна", "ru")) == []
    describe(editor, picture, ru="")
    assert titles(look(browse, "берёза", "ru")) == []
