"""What is suggested where nothing is found, and what that may cost."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlencode

import pytest
from flask import Flask
from sqlalchemy import event

from kariu_blog.database import db
from tests.support.browsing import Browser
from tests.support.cast import Write

KEY = re.compile(r"""["'](?:kk|ru|en)[^"' ]+["']""")
MEANT = {"kk": "Мүмкін, іздегеніңіз:", "ru": "Возможно, вы искали:", "en": "Did you mean"}


@contextmanager
def keys_looked_up(app: Flask) -> Iterator[list[str]]:
    """The keys that the index is asked for."""
    seen: list[str] = []

    def note(_connection: object, _cursor: object, _statement: str, parameters: object, *_rest: object) -> None:
        asked = parameters.values() if isinstance(parameters, dict) else parameters
        assert hasattr(asked, "__iter__")
        for value in asked:
            seen.extend(KEY.findall(str(value)))

    with app.app_context():
        engine = db.engine
    event.listen(engine, "before_cursor_execute", note)
    yield seen
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
    ],
)
@pytest.mark.parametrize("language", ["kk", "ru", "en"])
def test_a_search_that_finds_nothing_looks_up_a_bounded_number_of_words(
    app: Flask, browse: Browser, write: Write, language: str, typed: str
) -> None:
    write(kk="Форум", ru="Форум", en="Forum")
    with keys_looked_up(app) as seen:
        browse.get(f"/{language}/search?{urlencode({'q': typed})}")
    assert len(seen) < 1_700


@pytest.mark.parametrize(
    ("language", "written", "typed", "meant"),
    [
        ("ru", "Университет", "униврситет", "университет"),
        ("ru", "Университета", "униврситету", "университета"),
        ("ru", "Лаборатория", "лаборатроии", "лаборатория"),
        ("kk", "Зертханаларымыз", "зертзаналарымыз", "зертханаларымыз"),
        ("kk", "Мектебіміз", "меткебіміз", "мектебіміз"),
        ("en", "Laboratory", "labroatory", "laboratory"),
        ("ru", "Laboratory", "labratory", "laboratory"),
        ("kk", "Университет", "eybdthcbntn", "университет"),
    ],
)
def test_one_slip_is_understood_in_every_language(
    browse: Browser, write: Write, language: str, written: str, typed: str, meant: str
) -> None:
    write(**{language: written})
    page = browse.get(f"/{language}/search?{urlencode({'q': typed})}")
    assert MEANT[language] in page.text()
    assert meant in page.links()


def test_no_year_is_too_large(browse: Browser, write: Write) -> None:
    write(kk="Форум")
    for year in ("0000020001", "20001", "9999", "2999", "1899", "3000", "0", "-1", "٢٠٢١", "9" * 5_000):
        browse.get(f"/kk/search?{urlencode({'q': 'форум', 'year': year})}")
