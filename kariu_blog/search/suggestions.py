""" "Did you mean": words of texts that differ from what was typed by one slip of the finger, or by the keyboard."""

import string
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import ColumnElement

from kariu_blog.languages import ALPHABET, KAZAKH
from kariu_blog.search import index
from kariu_blog.search.index import Query
from kariu_blog.search.kazakh import folded, stem
from kariu_blog.search.keys import beginning, keys, words

SHORTEST = 4
"""A shorter word is one slip away from too many others."""
WORDS_MAX = 4
TEXTS_MAX = 20
_LETTERS = {True: string.ascii_lowercase, False: "".join(dict.fromkeys(folded(ALPHABET)))}
_RUSSIAN, _ENGLISH = "йцукенгшщзхъфывапролджэячсмитьбюё", "qwertyuiop[]asdfghjkl;'zxcvbnm,.`"
_OTHER_KEYBOARD = str.maketrans(_RUSSIAN + _ENGLISH, _ENGLISH + _RUSSIAN)


@dataclass(frozen=True)
class Suggestion:
    words: str
    language: str


def suggestion(query: Query, languages: Iterable[str], *conditions: ColumnElement[bool]) -> Suggestion | None:
    """The query with words that do stand in texts, in the first language that has such ones."""
    typed = query.words[:WORDS_MAX]
    for language in languages:
        meant = [_meant(word, language, *conditions) for word in typed]
        if all(meant) and index.find(Query(tuple(meant)), [language], *conditions, limit=1):
            return Suggestion(" ".join(meant), language)
    return None


def _meant(word: str, language: str, *conditions: ColumnElement[bool]) -> str:
    """The word itself if a text has it, or the most frequent of those near to it, or none."""
    if index.find(Query((word,)), [language], *conditions, limit=1):
        return word
    near = set(keys(word.lower().translate(_OTHER_KEYBOARD), language))
    near |= {language + slip for key in keys(word, language) for slip in _slips(key.removeprefix(language))}
    if language == KAZAKH:  # a slip may make or spoil an ending
        near |= {language + stem(slip) for slip in _slips(beginning(word, language).removeprefix(language))}
    forms: Counter[str] = Counter()
    for found in index.texts(index.find_any(near, *conditions, limit=TEXTS_MAX), language):
        for source, groups in ((found.teaser.title, found.title_keys), (found.text, found.text_keys)):
            for form, group in zip(words(source), groups.split(" "), strict=False):
                if not near.isdisjoint(group.split(",")):
                    forms[form[0].lower()] += 1
    return min(forms, key=lambda form: (len(form), -forms[form]), default="")


def _slips(key: str) -> set[str]:
    """One letter left out, put in, struck wrongly, or two changed round."""
    if len(key) < SHORTEST:
        return set()
    letters = _LETTERS[key.isascii()]
    parts = [(key[:place], key[place:]) for place in range(len(key) + 1)]
    return {
        *(start + rest[1:] for start, rest in parts if rest),
        *(start + rest[1] + rest[0] + rest[2:] for start, rest in parts if len(rest) > 1),
        *(start + letter + rest[1:] for start, rest in parts if rest for letter in letters),
        *(start + letter + rest for start, rest in parts for letter in letters),
    }
