"""The languages of the site.  No other file spells them.

Codes are BCP 47 primary subtags as they stand in addresses and in ``lang`` attributes; locales
are the CLDR names that format dates and choose catalogues.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time
from functools import cache, lru_cache
from typing import NamedTuple

import pytz
from babel.dates import format_date, format_skeleton, get_month_names
from babel.numbers import format_decimal
from werkzeug.datastructures import LanguageAccept


def _(message: str) -> str:
    """Mark a message for the catalogues; it is translated where it is shown."""
    return message


@dataclass(frozen=True)
class Language:
    code: str
    number: int
    """Number of the language where views are counted.  Never given to another language."""
    locale: str
    """CLDR name; ru_RU because the sign-in library has its Russian catalogue under that name."""
    open_graph: str
    name: str
    """Name of the language in the language itself."""
    fallbacks: tuple[str, ...]
    """All other languages, in the order in which they stand in for a missing translation."""
    mark: str
    """Message id of the mark beside the title of a stand-in."""
    stand_in: str
    """Message id of the note above a stand-in."""
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
KAZAKH, RUSSIAN, ENGLISH = "kk", "ru", "en"
DEFAULT = KAZAKH
MEGABYTE = 1_000_000
OLD_CODE, NEW_CODE = "kz", "kk"
"""The country's code, which old addresses used for the language."""

ZONE = pytz.timezone("Asia/Almaty")
"""Karaganda's zone: +06:00 until the end of February 2024, +05:00 since."""

KAZAKH_LETTERS = frozenset("әғқңөұүһі")
"""The letters of Kazakh that Russian has not."""
LETTERS_TO_GUESS = 100
KAZAKH_SHARE = 0.04
"""Part of the letters of a text that only Kazakh has: about 0.15 in Kazakh, next to none in Russian."""
ALPHABET = "аәбвгғдеёжзийкқлмнңоөпрстуұүфхһцчшщъыіьэюя"


def negotiate(accepted: LanguageAccept) -> str:
    """Return the first language that the reader accepts with q > 0 (RFC 9110, section 12.5.4), else Kazakh.

    Werkzeug's ``best_match`` would give Russian for ``kk-KZ,ru;q=0.8``.
    """
    for tag, quality in accepted:
        code = tag.lower().split("-")[0]
        if quality > 0 and code in LANGUAGES:
            return code
    return DEFAULT


def of_path(path: str) -> str | None:
    """Return the language in an address, whether or not there is such a page."""
    first = path.split("/", 2)[1:2]
    code = first[0] if first else ""
    return code if code in LANGUAGES else None


def of_words(words: str, default: str) -> str:
    """Guess a language by letters alone: ``default``, unless it cannot be written with them."""
    letters = set(words.lower())
    if not letters.isdisjoint(KAZAKH_LETTERS):
        return KAZAKH
    return RUSSIAN if default == ENGLISH and not letters.isdisjoint(ALPHABET) else default


def guess(words: str) -> str | None:
    """Return the language of a text by its letters, None if they are too few to tell."""
    letters = [letter for letter in words.lower() if letter.isalpha()]
    cyrillic = sum(letter in ALPHABET for letter in letters)
    if len(letters) < LETTERS_TO_GUESS:
        return None
    if cyrillic < len(letters) / 2:
        return ENGLISH
    kazakh = sum(letter in KAZAKH_LETTERS for letter in letters)
    return KAZAKH if kazakh > cyrillic * KAZAKH_SHARE else RUSSIAN


def in_order(language: str) -> tuple[str, ...]:
    """Return the reader's language and, nearest first, those that stand in for it."""
    return (language, *LANGUAGES[language].fallbacks)


class Said(NamedTuple):
    """Words, and the language that they are in."""

    language: str
    words: str


def nearest(words: Mapping[str, str], language: str) -> Said | None:
    """Return the words in the language, or in the nearest in which there are any."""
    return next((Said(code, words[code]) for code in in_order(language) if words.get(code)), None)


def alphabetical(word: str) -> list[int]:
    """Return a sort key over the 42 Kazakh letters, because code points put ә behind я."""
    return [ALPHABET.find(letter) if letter in ALPHABET else ord(letter) - 0x10000 for letter in word.lower()]


def local(at: datetime) -> datetime:
    """Return a time in Karaganda's time zone."""
    return at.astimezone(ZONE)


def from_local(typed: datetime) -> datetime:
    """Return a naive time of Karaganda as an aware one."""
    return ZONE.localize(typed)


def month_bounds(year: int, month: int) -> tuple[datetime, datetime]:
    """Return when the month begins and ends in Karaganda."""
    firsts = date(year, month, 1), date(year + month // 12, month % 12 + 1, 1)
    begin, end = (from_local(datetime.combine(first, time.min)) for first in firsts)
    return begin, end


def month_of(at: datetime) -> date:
    """Return the first day of the month in Karaganda."""
    return local(at).date().replace(day=1)


def format_day(at: datetime, language: str) -> str:
    return _day(local(at).date(), language)


@lru_cache(maxsize=1024)
def _day(day: date, language: str) -> str:
    return format_date(day, "long", LANGUAGES[language].locale)


def format_moment(at: datetime, language: str) -> str:
    """Return ``29 June 2021, 12:44``: CLDR's long date, because its short forms are wrong or unreadable in Kazakh."""
    return f"{format_day(at, language)}, {local(at):%H:%M}"


def day_and_month(at: datetime, language: str) -> list[str]:
    """Return ``["29", "June"]``, in the order of the language; the month is inflected as after a day."""
    return format_date(local(at).date(), "d MMMM", LANGUAGES[language].locale).split()


def with_unbroken_dates(text: str) -> str:
    """Return text in which no line ends between a day and its month."""
    return _before_month().sub("\u00a0", text)


@cache
def _before_month() -> re.Pattern[str]:
    months = {name for language in LANGUAGES.values() for name in get_month_names(locale=language.locale).values()}
    return re.compile(rf"(?<=\d) (?={'|'.join(sorted(months))})")


def format_month(year: int, month: int, language: str) -> str:
    """Return ``июнь 2021 г.`` as within a sentence, because only English and labels have a capital letter."""
    return format_skeleton("yMMMM", date(year, month, 1), locale=LANGUAGES[language].locale)


def month_name(month: int, language: str) -> str:
    """Return ``июнь``, as it stands alone."""
    return str(get_month_names("wide", "stand-alone", LANGUAGES[language].locale)[month])


def format_size(size: int, language: str) -> str:
    """Return ``1.2 MB`` or ``340 KB`` of so many bytes, in units of a thousand."""
    known, is_large = LANGUAGES[language], size >= MEGABYTE
    number = round(size / MEGABYTE, 1) if is_large else max(1, round(size / 1000))
    unit = known.units[1 if is_large else 0]
    return f"{format_decimal(number, locale=known.locale)}\u00a0{unit}"
