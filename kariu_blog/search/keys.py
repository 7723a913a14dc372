"""Words and their keys: every form of a word has the same key, and a key is for matching only."""

import re
import unicodedata
from collections.abc import Iterator
from functools import cache, lru_cache
from typing import Any

import snowballstemmer
from pymorphy3 import MorphAnalyzer

from kariu_blog.languages import ENGLISH, KAZAKH, RUSSIAN
from kariu_blog.search import kazakh

RULES = 2
"""Higher whenever the same word gets another key: texts indexed under older rules are then indexed anew."""
STEMMED = {KAZAKH, RUSSIAN, ENGLISH}
"""Languages that have rules below."""
KEY_BYTES = 60
# Apostrophes, stress marks, soft hyphens and zero-width characters stand inside a word.
_JOINERS = "'’ʼ\u00ad\u0300\u0301\u200b\u200c\u200d\u2060\ufeff"
_WORD = re.compile(rf"[^\W_]+(?:[{_JOINERS}]+[^\W_]+)*")
_CYRILLIC = re.compile("[\u0400-\u052f]")
_LATIN = re.compile("[a-z]")
_WITHOUT_JOINERS = {ord(joiner): None for joiner in _JOINERS}
# Latin letters that are typed for Cyrillic ones, above all i and h on a keyboard without Kazakh.
_LOOK_ALIKES = str.maketrans("aceopxyihkmtb", "асеорхуіһкмтв")


def words(text: str) -> Iterator[re.Match[str]]:
    """The words of a text with their places; hyphens part words."""
    return _WORD.finditer(text)


@lru_cache(maxsize=8192)
def keys(word: str, language: str) -> tuple[str, ...]:
    """The keys of one word in a text of this language, which they name: several for a form of several words.

    Two words match when they share a key.  A key is letters and digits alone; a character that looks like a
    letter and has none in it gives no key.
    """
    return tuple(f"{language}{_cut(letters)}" for key in _stems(_plain(word), language) if (letters := _letters(key)))


def beginning(word: str, language: str) -> str:
    """What the key of a word begins with of which only the beginning was typed; empty if that is no word."""
    letters = _letters(_plain(word))
    return f"{language}{_cut(kazakh.folded(letters))}" if letters else ""


def _plain(word: str) -> str:
    plain = unicodedata.normalize("NFKC", word).lower().replace("’", "'")
    return plain.translate(_WITHOUT_JOINERS).translate(_LOOK_ALIKES) if _CYRILLIC.search(plain) else plain


def _stems(word: str, language: str) -> list[str]:
    if not _CYRILLIC.search(word):
        # An own one each time: it keeps the word in itself, and threads would share that.
        return [snowballstemmer.stemmer("english").stemWord(word)] if _LATIN.search(word) else [word]
    if language == KAZAKH:
        return [kazakh.stem(word)]
    if language == RUSSIAN and _CYRILLIC.sub("", word) == "":  # pymorphy3 raises on letters without a name
        return sorted({kazakh.folded(_dictionary_form(reading)) for reading in _russian().parse(word)})
    return [kazakh.folded(word)]


def _letters(key: str) -> str:
    return "".join(filter(str.isalnum, key))


def _dictionary_form(reading: Any) -> str:
    """Of a participle its verb's with what kind it is: «обучающиеся» are sought as a word of their own."""
    tag, form = reading.tag, str(reading.normal_form)
    return f"{form}{tag.tense}{tag.voice}" if tag.POS in ("PRTF", "PRTS") else form


@cache
def _russian() -> MorphAnalyzer:
    """All readings of a word are wanted, so what tells how probable each is need not be loaded."""
    return MorphAnalyzer(lang="ru", probability_estimator_cls=None)


def _cut(key: str) -> str:
    return key.encode()[:KEY_BYTES].decode(errors="ignore")
