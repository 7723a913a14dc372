""" "Did you mean": words of texts that differ from what was typed by one slip of the finger, or by the keyboard."""

import string
from collections import Counter
from collections.abc import Iterable, Iterator
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
TEXTS_MAX = 5
KEYS_MAX = 1500
"""How many keys are looked up for one query, at some 8 µs each."""
_LETTERS = {True: string.ascii_lowercase, False: "".join(dict.fromkeys(folded(ALPHABET)))}
_RUSSIAN, _ENGLISH = "йцукенгшщзхъфывапролджэячсмитьбюё", "qwertyuiop[]asdfghjkl;'zxcvbnm,.`"
_OTHER_KEYBOARD = str.maketrans(_RUSSIAN + _ENGLISH, _ENGLISH + _RUSSIAN)


@dataclass(frozen=True)
class Suggestion:
    words: str
    language: str


def suggestion(query: Query, languages: Iterable[str], *conditions: ColumnElement[bool]) -> Suggestion | None:
    """Return the query with words that do stand in texts, in the first language that has some for all of them.

    Later words and languages are left out once ``KEYS_MAX`` keys have been looked up.
    """
    left, typed = KEYS_MAX, query.words[:WORDS_MAX]
    for language in languages:
        meant: list[str] = []
        for word in typed:
            if index.is_found(word, language, *conditions):
                meant.append(word)
                continue
            near = _near(word, language, left)
            left -= len(near)
            meant.append(_most_frequent(near, language, *conditions))
            if not meant[-1]:
                break
        if all(meant) and index.find(Query(tuple(meant)), [language], *conditions, limit=1):
            return Suggestion(" ".join(meant), language)
    return None


def _near(word: str, language: str, limit: int) -> set[str]:
    near: set[str] = set()
    for key in _one_slip_away(word, language):
        if len(near) == limit:
            break
        near.add(key)
    return near


def _one_slip_away(word: str, language: str) -> Iterator[str]:
    """Yield keys, the likeliest first."""
    yield from keys(word.lower().translate(_OTHER_KEYBOARD), language)
    for key in sorted(keys(word, language), key=len):
        yield from (language + slip for slip in _slips(key.removeprefix(language)))
    if language == KAZAKH:  # a slip may make or spoil an ending
        yield from (language + stem(slip) for slip in _slips(beginning(word, language).removeprefix(language)))


def _most_frequent(near: set[str], language: str, *conditions: ColumnElement[bool]) -> str:
    """Return the shortest word with one of these keys, the more frequent of two; empty if there is none."""
    forms = Counter[str]()
    for found in index.texts(index.find_any(near, *conditions, limit=TEXTS_MAX), language):
        for source, groups in ((found.teaser.title, found.title_keys), (found.text, found.text_keys)):
            for form, group in zip(words(source), groups.split(" "), strict=False):
                if not near.isdisjoint(group.split(",")):
                    forms[form[0].lower()] += 1
    return min(forms, key=lambda form: (len(form), -forms[form]), default="")


def _slips(key: str) -> list[str]:
    """One letter left out, put in, struck wrongly, or two changed round."""
    if len(key) < SHORTEST:
        return []
    letters = _LETTERS[key.isascii()]
    parts = [(key[:place], key[place:]) for place in range(len(key) + 1)]
    return [
        *(start + rest[1:] for start, rest in parts if rest),
        *(start + rest[1] + rest[0] + rest[2:] for start, rest in parts if len(rest) > 1),
        *(start + letter + rest[1:] for start, rest in parts if rest for letter in letters),
        *(start + letter + rest for start, rest in parts for letter in letters),
    ]
