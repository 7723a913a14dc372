"""Words, the forms under which they are indexed, and their keys: forms of the same word share a key."""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from functools import cache, lru_cache
from typing import Any

import snowballstemmer
from pymorphy3 import MorphAnalyzer

from kariu_blog.languages import ENGLISH, KAZAKH, RUSSIAN
from kariu_blog.search import kazakh

RULES = 3
"""Higher whenever a word gets another form or key: texts indexed under older rules are then indexed anew."""
STEMMED = {KAZAKH, RUSSIAN, ENGLISH}
"""Languages that have rules below."""
FORM_BYTES = 60
FUNCTION_WORDS = frozenset(
    kazakh.folded(
        "және мен бен пен да де та те үшін туралы бойынша бұл осы сол не мен ол бір"
        " и в во на с со к ко о об от до по из за у для при про не но а же бы ли или это как что"
        " the a an of in on at to for and or by with from is are as it"
    ).split()
)
"""Words that a text need not have if a query has others."""
# Apostrophes, stress marks, soft hyphens, zero-width characters and marks of direction stand inside a word.
_JOINERS = "'’ʼ\u00ad\u0300\u0301\u200b-\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff"
_LETTER = r"[^\W_]"
_PART = rf"{_LETTER}+(?:[{_JOINERS}]+{_LETTER}+)*"
_GROUPED = rf"(?<!{_LETTER})\d{{1,3}}(?:[ \u00a0\u202f]\d{{3}})+(?!\d)"
_HYPHEN = "[-\u2010\u2011]"
_CAPITAL = "0-9A-Za-zА-ЯЁӘҒҚҢӨҰҮҺІ"
_RUSSIAN_ENDINGS = "го|му|м|х|ми|й|е|я|ю|ый|ой|ая|ое|ые|ых|ым|ого|ому|ом|ов|ам|ами|ах"
_AFTER_HYPHEN = f"{'|'.join(kazakh.ENDINGS)}|{_RUSSIAN_ENDINGS}".translate(
    {ord(folded): f"[{letters}]" for folded, letters in {"а": "аә", "г": "гғ", "к": "кқ", "и": "иі"}.items()}
)
"""Endings that are written with a hyphen behind capitals, digits and Latin letters: ЖОО-ның, COVID-19-дан, 5-го."""
_PARTICLES = "[ае][қк]|ау|м[ыі]с"
_ENDED = rf"(?<=[{_CAPITAL}]{_HYPHEN})(?:{_AFTER_HYPHEN})"
_WORD = re.compile(f"(?:{_GROUPED}|{_PART})(?:{_HYPHEN}(?:{_PARTICLES}|{_ENDED})(?!{_LETTER}))?")
_WITH_ENDING = re.compile(f"(.+){_HYPHEN}{_ENDED}")
_CYRILLIC = re.compile("[\u0400-\u052f]")
_LATIN = re.compile("[a-z]")
_ONE_LETTER = str.maketrans("əɵӊӈҡ", "әөңңқ")
_LOOK_ALIKES = str.maketrans("aceopxyihkmtb", "асеорхуіһкмтв")
"""Latin letters that are typed for Cyrillic ones, above all i and h on a keyboard without Kazakh."""
_CODE = re.compile("(?=.*[0-9])[0-9aceopxyihkmtb]+")
_NAME_ENDINGS = "[аеуиы]|ым|[ео]м|о[йю]|[иы]х|[иы]ми|и[йм]|[ео]го|[ео]му|ая|ую|о"
_NAME = re.compile(
    "(.{2,}?(?:[ое]в|[иы]н|[сц]к|енк|[ое]вич|[ое]вн|[иы]чн))"
    rf"(?:а?(?:{'|'.join(map(kazakh.folded, kazakh.ENDINGS))})|{_NAME_ENDINGS})?"
)
"""A surname or patronymic without its Kazakh or Russian endings."""
_GIVEN_NAME = re.compile("(.{3,}?)(?:[аеиыуьюя]|[ое]м|[ое]й)?")
_PATRONYMIC = re.compile(".{3,}(?:[ое]вич|[ое]вн|улы|кызы).*")
_SIGNS = str.maketrans("", "", "ьъ")
_NARROW = str.maketrans("юяэ", "уае", "ьъыий")
"""Letters in which Kazakh and Russian spellings of a name differ."""


def words(text: str) -> Iterator[re.Match[str]]:
    """Yield the words of a text with their places; a hyphen parts words, but for an ending or a particle behind it."""
    return _WORD.finditer(text)


def respelt(text: str, spellings: Mapping[str, str]) -> str:
    """Return the text with other spellings of some of its words."""
    return _WORD.sub(lambda word: spellings.get(word[0], word[0]), text)


@lru_cache(maxsize=4096)
def form(word: str) -> str:
    """Return the small letters and digits of a word, as they are indexed."""
    return "".join(filter(str.isalnum, _plain(word))).encode()[:FORM_BYTES].decode(errors="ignore")


@lru_cache(maxsize=4096)
def keys(word: str, language: str) -> frozenset[str]:
    """Return the keys of a word in a text of this language, which they name: several for a form of several words."""
    ended = _WITH_ENDING.fullmatch(word)
    plain = form(ended[1] if ended else word)
    stems = _stems(plain, language) if plain else set()
    if word[:1].isupper() and _CYRILLIC.search(plain):
        stems |= _names(plain, language)
    return frozenset(f"{language}{stem}" for stem in stems)


def is_optional(word: str) -> bool:
    """Whether a text need not have the word if a query has others: a function word, an initial, a patronymic."""
    plain = kazakh.folded(form(word))
    return plain in FUNCTION_WORDS or (len(plain) == 1 and plain.isalpha()) or bool(_PATRONYMIC.fullmatch(plain))


def is_surname(word: str) -> bool:
    return _NAME.fullmatch(kazakh.folded(form(word))) is not None


def is_given_name(word: str) -> bool:
    """Whether a word beside a surname may be a given name: by its capital, or because it is no other Russian word."""
    plain = form(word)
    return plain.isalpha() and _CYRILLIC.search(plain) is not None and (word[0].isupper() or _may_be_name(plain))


def _plain(word: str) -> str:
    plain = unicodedata.normalize("NFKC", word).lower().translate(_ONE_LETTER)
    letters = "".join(filter(str.isalnum, plain))
    return plain.translate(_LOOK_ALIKES) if _CYRILLIC.search(plain) or _CODE.fullmatch(letters) else plain


def _stems(word: str, language: str) -> set[str]:
    if not _CYRILLIC.search(word):
        # One for each call, because it stores the word in itself and threads would share that.
        return {snowballstemmer.stemmer("english").stemWord(word)} if _LATIN.search(word) else {word}
    if language == KAZAKH:
        return set(kazakh.stems(word))
    if language == RUSSIAN and _is_russian(word):
        return {kazakh.folded(_dictionary_form(reading)) for reading in _russian().parse(word)}
    return {kazakh.folded(word)}


def _is_russian(word: str) -> bool:
    """Whether pymorphy3 can read a word: it raises on letters without a name."""
    return _CYRILLIC.sub("", word) == ""


def _names(word: str, language: str) -> set[str]:
    """Return the keys of a word that may be a name; they are capital letters so as to be no other word's."""
    folded = kazakh.folded(word)
    name = _NAME.fullmatch(folded)
    if name and language == KAZAKH and name[1][-2:] in ("ин", "ын"):  # «вакцинаны» is no surname
        return set()
    if not name and language == RUSSIAN and _may_be_name(word):
        name = _GIVEN_NAME.fullmatch(folded)
    return {name[1].translate(_NARROW).upper()} if name else set()


def _may_be_name(word: str) -> bool:
    if not _is_russian(word) or not _russian().word_is_known(word):
        return True
    return any({"Name", "Surn", "Patr"} & reading.tag.grammemes for reading in _russian().parse(word))


def _dictionary_form(reading: Any) -> str:
    """Return the lemma; for a participle the verb's with tense and voice, so that «обучающиеся» is not «обучать».

    A noun's is without soft and hard signs, which Latin letters lack.
    """
    tag, lemma = reading.tag, str(reading.normal_form)
    lemma = lemma.translate(_SIGNS) if tag.POS == "NOUN" else lemma
    return f"{lemma}{tag.tense}{tag.voice}" if tag.POS in ("PRTF", "PRTS") else lemma


@cache
def _russian() -> MorphAnalyzer:
    """Return the dictionary without probabilities, because all readings of a word are wanted."""
    return MorphAnalyzer(lang="ru", probability_estimator_cls=None)
