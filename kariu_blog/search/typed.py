"""What else a typed line may mean: typed on the other keyboard, or Kazakh and Russian in Latin letters."""

import re
import unicodedata
from collections.abc import Iterator
from itertools import islice, product

READINGS_MAX = 8
_RUSSIAN, _ENGLISH = "йцукенгшщзхъфывапролджэячсмитьбюё", "qwertyuiop[]asdfghjkl;'zxcvbnm,.`"
_TO_RUSSIAN, _TO_ENGLISH = str.maketrans(_ENGLISH + '{}:"<>~', _RUSSIAN + "хъжэбюё"), str.maketrans(_RUSSIAN, _ENGLISH)
_KAZAKH_ROW = str.maketrans("2345890-=", "әіңғүұқөһ")
"""The row of digits of a Kazakh keyboard."""
_CYRILLIC, _LATIN = re.compile("[\u0400-\u052f]"), re.compile(r"[^\W\d_\u0400-\u052f]")
_SEVERAL = (
    "shch щ|sch щ|ştş щ|tsh тш|tş ч|iya ия|iia ия|sia ция сия|zh ж|kh х|sh ш|s' ш|ch ч|c' ч|ts ц тс|gh г|yo ё|ya я|yu ю"
    "|ye е ые|io ио ё|ia ия иа|iu ю иу|ş ш|ç ч|ı ы и|y ы й|i и й|c ц к|x кс х|w у в"
)
_ONE = zip("abdefghjklmnopqrstuvzğñäöüūáǵńóúý", "абдефгхжклмнопкрстувзгнаоууагноуу", strict=True)
_SPELLINGS = {latin: letters.split() for latin, _, letters in (row.partition(" ") for row in _SEVERAL.split("|"))}
_SPELLINGS |= {latin: [letter] for latin, letter in _ONE}
"""Of Kazakh in the Latin letters of 2021, of 2018 and of passports, and of Russian; Kazakh letters as folded."""
_SPELLING = re.compile("|".join(sorted(map(re.escape, _SPELLINGS), key=len, reverse=True)))
_VOWELS = "aeoäöáó"
_OPEN = "uüúūiyı"


def readings(line: str) -> list[str]:
    """Return other lines that may have been meant, the likeliest first."""
    return list(dict.fromkeys(islice(_readings(line.lower()), READINGS_MAX)))


def _readings(line: str) -> Iterator[str]:
    if not _CYRILLIC.search(line):
        yield from (line.translate(_TO_RUSSIAN), line.translate({**_TO_RUSSIAN, **_KAZAKH_ROW}))
    else:
        yield from (line.translate(_KAZAKH_ROW), line.translate(_TO_ENGLISH))
    if _LATIN.search(line):
        yield from _in_cyrillic(unicodedata.normalize("NFC", line))


def _in_cyrillic(line: str) -> Iterator[str]:
    """Yield the line in Cyrillic letters, for each way to read the letters that stand for several."""
    parts: list[list[str]] = []
    end = 0
    for match in _SPELLING.finditer(line):
        parts += [[line[end : match.start()]], _choices(line, match)]
        end = match.end()
    yield from map("".join, product(*parts, [line[end:]]))


def _choices(line: str, match: re.Match[str]) -> list[str]:
    """Return what Latin letters stand for where they stand: й behind a vowel, else ы or и."""
    choices = _SPELLINGS[match[0]]
    if match[0] not in "yi":
        return choices
    before, behind = line[: match.start()][-1:], line[match.end() :][:1]
    if before and before in _VOWELS:
        return choices[::-1]
    is_open = before and before != match[0] and before in _OPEN
    return choices if is_open or (match[0] == "y" and not behind.isalpha()) else choices[:1]
