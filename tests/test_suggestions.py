"""What is understood although it was typed otherwise, and what that may cost."""

from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlencode

import pytest
from flask import Flask
from sqlalchemy import event

from kariu_blog.database import db
from tests.support.browsing import Browser, Page
from tests.support.cast import Write

NOTHING = {"kk": "Ештеңе табылмады.", "ru": "Ничего не найдено.", "en": "Nothing was found."}
INSTEAD = {"kk": "Дәл осы күйінде іздеу: «{}»", "ru": "Искать именно «{}»", "en": "Search instead for “{}”"}


def look(browse: Browser, typed: str, language: str = "kk") -> Page:
    return browse.get(f"/{language}/search?{urlencode({'q': typed})}")


def titles(page: Page) -> list[str]:
    return [page.text(heading) for heading in page.all("h2")]


@contextmanager
def values_sent(app: Flask) -> Iterator[list[object]]:
    """The values that statements are given."""
    sent: list[object] = []

    def note(_connection: object, _cursor: object, _statement: str, parameters: object, *_rest: object) -> None:
        values = parameters.values() if isinstance(parameters, dict) else parameters
        assert hasattr(values, "__iter__")
        sent.extend(values)

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    yield sent
    event.remove(engine, "before_cursor_execute", note)


@pytest.mark.parametrize(
    "typed",
    [
        "щщзщыщаффыщз",
        "щзфхцъэжюбщз фхцъэжюбщзфх хцъэжюбщзфхц эжюбщзфхцъэж",
        "zqxwvjkprt qpzmxnwoeiru",
        "щ" * 2_000,
        "форум щщзщыщаффыщз форум",
        "форим фарум фоорум форму",
        "работает делающий ходивши встречею",
        "бір екі үшінші төртеу бесеу алтау жетеу сегіздік тоғыздан ондық жүзден мыңға миллионнан",
    ],
)
@pytest.mark.parametrize("language", ["kk", "ru", "en"])
def test_a_search_that_finds_nothing_looks_up_a_bounded_number_of_words(
    app: Flask, browse: Browser, write: Write, language: str, typed: str
) -> None:
    write(kk="Форум", ru="Форум", en="Forum")
    with values_sent(app) as sent:
        look(browse, typed, language)
    assert len(sent) < 6_000


@pytest.mark.parametrize(
    ("language", "written", "typed"),
    [
        ("ru", "Университет", "униврситет"),
        ("ru", "Университета", "униврситету"),
        ("ru", "Лаборатория", "лаборатроии"),
        ("kk", "Зертханаларымыз", "зертзаналарымыз"),
        ("kk", "Мектебіміз", "меткебіміз"),
        ("kk", "Университет", "эниверситет"),
        ("kk", "Университет", "университтет"),
        ("en", "Laboratory", "labroatory"),
        ("ru", "Laboratory", "labratory"),
        ("kk", "Қарағанды", "Қарағанлы"),
        ("kk", "Университет", "eybdthcbntn"),
        ("kk", "Қарағанды", "0fhf5fyls"),
        ("ru", "Библиотека", ",b,kbjntrf"),
        ("kk", "Мұғалім", "м95ал3м"),
        ("en", "University", "гтшмукышен"),
        ("kk", "Қарағанды", "Qarağandy"),
        ("kk", "Қарағанды", "Karagandy"),
        ("kk", "Магистратура", "magistratura"),
        ("ru", "Общежитие", "obshchezhitie"),
    ],
)
def test_what_was_meant_is_found_at_once_with_a_way_back(
    browse: Browser, write: Write, language: str, written: str, typed: str
) -> None:
    write(**{language if language != "ru" or not written.isascii() else "en": written})
    page = look(browse, typed, language)
    assert titles(page) == [written]
    assert written.lower() in page.text(page.one("div", class_="found").find("p")).lower()
    assert page.one("input", name="q").get("value") == typed
    back = browse.get(page.links()[INSTEAD[language].format(typed)])
    assert NOTHING[language] in back.text()
    assert back.one("input", name="q").get("value") == typed


def test_what_was_meant_is_said_as_texts_write_it(browse: Browser, write: Write) -> None:
    write(kk="Қарағанды", body="<p>ЖОО-ның қонағы Қарағанды қаласына келді.</p>")
    assert "«Қарағанды қаласына»" in look(browse, "қапағанды қаласына").text()
    assert "«Қарағанды»" in look(browse, "qaragandy").text()


@pytest.mark.parametrize(
    ("written", "typed"),
    [("өмірі", "өмірлердің"), ("сөз", "сөздердің"), ("оқыған", "оқуда")],
)
def test_a_form_much_longer_than_that_of_the_text_is_not_corrected(
    browse: Browser, write: Write, written: str, typed: str
) -> None:
    write(kk="Бірінші", body=f"<p>Мұнда {written} бар.</p>")
    write(kk="Екінші", body="<p>Өзендердің өңірлердің көздердің жағалауларының осыдан.</p>")
    assert titles(look(browse, typed)) == ["Бірінші"]


@pytest.mark.parametrize(
    ("language", "written", "typed"),
    [
        ("ru", "Стоимость обучения", "stoimost"),
        ("ru", "Разъяснение закона", "razyasnenie"),
        ("kk", "Қызметші келді", "qyzmetshi"),
        ("kk", "Диспетчер орталығы", "dispettşer"),
        ("kk", "Ұйым туралы", "ūiym"),
    ],
)
def test_letters_that_latin_spelling_lacks_are_found(
    browse: Browser, write: Write, language: str, written: str, typed: str
) -> None:
    write(**{language: written})
    assert titles(look(browse, typed, language)) == [written]


def test_the_word_nearest_to_a_slip_is_meant_and_not_what_an_initial_could_be(browse: Browser, write: Write) -> None:
    write(ru="Университет", body="<p>Университеты университета университету. Кто-то у окна.</p>")
    page = look(browse, "унивреситет", "ru").text()
    assert "«университет»" in page.lower()


def test_a_word_that_is_found_is_not_corrected(browse: Browser, write: Write) -> None:
    write(kk="Баспа")
    write(kk="Баста")
    page = look(browse, "баспаны")
    assert titles(page) == ["Баспа"]
    assert INSTEAD["kk"].split(":", maxsplit=1)[0] not in page.text()


def test_texts_with_most_words_are_shown_where_none_has_all(browse: Browser, write: Write) -> None:
    write(ru="Патент", body="<p>Способ переработки шлаков.</p>")
    write(ru="Шлаки", body="<p>Что такое шлаки.</p>")
    page = look(browse, "патент на переработку шлаков бегемотами", "ru")
    assert titles(page) == ["Патент"]
    assert "В этих есть большинство из них." in page.text()
    assert NOTHING["ru"] in look(browse, "бегемотами", "ru").text()


def test_no_year_is_too_large(browse: Browser, write: Write) -> None:
    write(kk="Форум")
    for year in ("0000020001", "20001", "9999", "2999", "1899", "3000", "0", "-1", "٢٠٢١", "9" * 5_000):
        browse.get(f"/kk/search?{urlencode({'q': 'форум', 'year': year})}")
