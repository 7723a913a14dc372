"""The three languages: the only file that spells them.

Codes are BCP 47 primary subtags as they stand in addresses and in ``lang`` attributes; locales
are the CLDR names that format dates and choose catalogues.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import lru_cache
from typing import NamedTuple

import pytz
from babel.dates import format_date, format_skeleton, get_month_names
from babel.numbers import format_decimal
from werkzeug.datastructures import LanguageAccept


def _(message: str) -> str:
    """Marks a message for the catalogues; it is translated where it is shown."""
    return message


@dataclass(frozen=True)
class Language:
    code: str
    number: int
    """Stands for it where views are counted: never given to another."""
    locale: str
    """CLDR name; ru_RU because the sign-in library keeps its Russian under that name."""
    open_graph: str
    name: str
    """In the language itself."""
    fallbacks: tuple[str, ...]
    """Which language stands in when a text is missing, nearest first."""
    mark: str
    """Says beside a title that the text behind it is in this language (a message id)."""
    stand_in: str
    """Says above a text why it is in this language (a message id)."""
    units: tuple[str, str] = ("КБ", "МБ")
    """Kilobyte and megabyte; CLDR mixes Latin and Cyrillic letters in its Kazakh ones."""


LANGUAGES = {
    language.code: language
    for language in (
        Language(
            code="kk",
            number=1,
            locale="kk",
            open_graph="kk_KZ",
            name="Қазақша",
            fallbacks=("ru", "en"),
            mark=_("In Kazakh"),
            stand_in=_("This post is not available in this language yet. The text below is in Kazakh."),
        ),
        Language(
            code="ru",
            number=2,
            locale="ru_RU",
            open_graph="ru_RU",
            name="Русский",
            fallbacks=("kk", "en"),
            mark=_("In Russian"),
            stand_in=_("This post is not available in this language yet. The text below is in Russian."),
        ),
        Language(
            code="en",
            number=3,
            locale="en_GB",
            open_graph="en_GB",
            name="English",
            fallbacks=("ru", "kk"),
            mark=_("In English"),
            stand_in=_("This post is not available in this language yet. The text below is in English."),
            units=("KB", "MB"),
        ),
    )
}
KAZAKH, RUSSIAN, ENGLISH = LANGUAGES
DEFAULT = KAZAKH
MEGABYTE = 1_000_000
CATALOGUES = ("kk", "ru")
"""The languages with a catalogue; English is the message id itself."""
OLD_CODE, NEW_CODE = "kz", "kk"
"""The country's code, which old addresses used for the language."""

ZONE = pytz.timezone("Asia/Almaty")
"""Karaganda's zone: +06:00 until the end of February 2024, +05:00 since."""

KAZAKH_LETTERS = frozenset("әғқңөұүһі")
"""The letters of Kazakh that Russian has not."""
_MONTHS = {name for known in LANGUAGES.values() for name in get_month_names(locale=known.locale).values()}
_DAY_AND_MONTH = re.compile(rf"(?<=\d) (?={'|'.join(_MONTHS)})")

ALPHABET = "аәбвгғдеёжзийкқлмнңоөпрстуұүфхһцчшщъыіьэюя"


def negotiate(accepted: LanguageAccept) -> str:
    """The first language that the reader accepts with q > 0 (RFC 9110, section 12.5.4), else Kazakh.

    By hand: ``best_match`` gives Russian for ``kk-KZ,ru;q=0.8``.
    """
    for tag, quality in accepted:
        code = tag.lower().split("-")[0]
        if quality > 0 and code in LANGUAGES:
            return code
    return DEFAULT


def of_path(path: str) -> str | None:
    """The language that an address names, were there such a page or not."""
    first = path.split("/", 2)[1:2]
    code = first[0] if first else ""
    return code if code in LANGUAGES else None


def of_words(words: str, default: str) -> str:
    """Guess a language by letters alone: ``default``, unless it cannot be written with them."""
    letters = set(words.lower())
    if not letters.isdisjoint(KAZAKH_LETTERS):
        return KAZAKH
    return RUSSIAN if default == ENGLISH and not letters.isdisjoint(ALPHABET) else default


def in_order(language: str) -> tuple[str, ...]:
    """A reader's languages: their own, then the stand-ins, nearest first."""
    return (language, *LANGUAGES[language].fallbacks)


class Said(NamedTuple):
    """Words, and the language that they are in."""

    language: str
    words: str


def nearest(words: Mapping[str, str], language: str) -> Said | None:
    """Return the words in the language, or in the nearest in which there are any."""
    return next((Said(code, words[code]) for code in in_order(language) if words.get(code)), None)


def alphabetical(word: str) -> list[int]:
    """Sort key over the 42 Kazakh letters; code points would put ә behind я."""
    return [ALPHABET.find(letter) if letter in ALPHABET else ord(letter) - 0x10000 for letter in word.lower()]


def local(moment: datetime) -> datetime:
    """In Karaganda's time, with its offset."""
    return moment.astimezone(ZONE)


def from_local(typed: datetime) -> datetime:
    """Karaganda's time as somebody typed it, made aware."""
    return ZONE.localize(typed)


def month_bounds(year: int, month: int) -> tuple[datetime, datetime]:
    """From the first moment of the month in Karaganda up to the first of the next."""
    following = (year + month // 12, month % 12 + 1)
    return ZONE.localize(datetime(year, month, 1)), ZONE.localize(datetime(*following, 1))  # noqa: DTZ001


def month_of(moment: datetime) -> date:
    """The first day of its month in Karaganda."""
    return local(moment).date().replace(day=1)


def format_day(moment: datetime, language: str) -> str:
    return _day(local(moment).date(), language)


@lru_cache(maxsize=1024)
def _day(day: date, language: str) -> str:
    return format_date(day, "long", LANGUAGES[language].locale)


def format_moment(moment: datetime, language: str) -> str:
    """``29 June 2021, 12:44``: CLDR's long date; its short forms are wrong or unreadable in Kazakh."""
    return f"{format_day(moment, language)}, {local(moment):%H:%M}"


def with_unbroken_dates(text: str) -> str:
    """Return text in which no line ends between a day and its month."""
    return _DAY_AND_MONTH.sub("\u00a0", text)


def format_month(year: int, month: int, language: str) -> str:
    """Return ``июнь 2021 г.`` as within a sentence, because only English and labels have a capital letter."""
    return format_skeleton("yMMMM", date(year, month, 1), locale=LANGUAGES[language].locale)


def format_size(size: int, language: str) -> str:
    """Return ``1.2 MB`` or ``340 KB`` of so many bytes, in units of a thousand."""
    known, is_large = LANGUAGES[language], size >= MEGABYTE
    number = round(size / MEGABYTE, 1) if is_large else max(1, round(size / 1000))
    unit = known.units[1 if is_large else 0]
    return f"{format_decimal(number, locale=known.locale)}\u00a0{unit}"
