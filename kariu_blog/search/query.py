"""Queries: the words of a line that somebody typed, each with those of its forms that texts have."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import groupby, islice, zip_longest
from operator import eq

from sqlalchemy import ColumnElement, and_, or_, select

from kariu_blog.database import db
from kariu_blog.languages import LANGUAGES
from kariu_blog.search.index import SearchForms
from kariu_blog.search.kazakh import folded
from kariu_blog.search.keys import form, is_given_name, is_optional, is_surname, keys, words

WORDS_MAX = 12
WORD_LENGTH_MAX = 60
FORMS_MAX = 300
"""Of one word, the nearest."""
LEVELS_MAX = 4
KEYS_MAX = 1000
"""How many keys are read of those that begin alike."""
_OF_KEYS = select(SearchForms.key, SearchForms.forms)
QUOTED = re.compile('["«„“”]([^"«»„“”]+)["»“”]')


@dataclass(frozen=True)
class Term:
    """A word of a query."""

    word: str
    levels: tuple[tuple[str, ...], ...] = ()
    """Its forms that texts have, the nearest to the word first, in groups that are equally near."""
    is_optional: bool = False
    is_followed: bool = False
    """Whether the next term must follow directly, because both are in quotation marks."""

    @property
    def forms(self) -> list[str]:
        return [each for level in self.levels for each in level]


@dataclass(frozen=True)
class Query:
    line: str
    terms: tuple[Term, ...] = ()
    is_begun: bool = False
    """Whether the last word was taken for the beginning of one."""
    is_partial: bool = False
    """Whether texts need only have most of the words."""

    @property
    def required(self) -> Sequence[Term]:
        """The terms that a text must have."""
        return [term for term in self.terms if not term.is_optional] or self.terms

    @property
    def optional(self) -> Sequence[Term]:
        required = self.required
        return [term for term in self.terms if term not in required]

    @property
    def is_possible(self) -> bool:
        """Whether there is a text for each word that a text must have."""
        return bool(self.terms) and all(term.levels for term in self.required)

    def hits(self, forms: str) -> set[int]:
        """Return which words of a text were looked for, counted from 0; ``forms`` is a column of its SearchText."""
        return {place for place, each in enumerate(forms.split(" ")) if each in self._wanted}

    @cached_property
    def _wanted(self) -> set[str]:
        return {each for term in self.terms for each in term.forms}


def queries(lines: Iterable[str]) -> list[Query]:
    """Return the queries of lines, with one statement for all."""
    parsed = [(line, list(_parts(line))) for line in lines]
    keys_of = {part: _keys(part) for _line, parts in parsed for part, _is_followed in parts}
    forms = _forms(SearchForms.key.in_({key for some in keys_of.values() for key in some}))
    return [Query(line, _terms(parts, keys_of, forms)) for line, parts in parsed]


def begun(query: Query) -> Query:
    """Return the query with its last word taken for the beginning of one."""
    *first, last = query.terms
    start = folded(form(last.word))
    shortest = start[: min(5, max(3, len(start) - 2))]
    ranges = [(f"{code}{shortest}", f"{code}{shortest}\uffff") for code in LANGUAGES]
    begins_alike = or_(*(and_(SearchForms.key >= low, SearchForms.key < high) for low, high in ranges))
    found = {each for forms in _forms(begins_alike).values() for each in forms if folded(each).startswith(start)}
    levels = _levels(last.word, found.union(last.forms)) if start else ()
    return replace(query, terms=(*first, replace(last, levels=levels, is_optional=False)), is_begun=True)


def _parts(line: str) -> Iterator[tuple[str, bool]]:
    """Yield the words of a line, each with whether the next must follow directly."""
    quoted = [match.span() for match in QUOTED.finditer(line)]
    found = list(islice(words(line), WORDS_MAX))
    for word, following in zip_longest(found, found[1:]):
        is_followed = following and any(start < word.start() and following.end() <= end for start, end in quoted)
        yield word[0][:WORD_LENGTH_MAX], bool(is_followed)


def _keys(word: str) -> set[str]:
    """Return the keys of a typed word in every language.  It may be a name, whatever its first letter."""
    return {key for code in LANGUAGES for key in keys(word[0].upper() + word[1:], code)}


def _forms(condition: ColumnElement[bool]) -> dict[str, list[str]]:
    rows = db.session.connection().execute(_OF_KEYS.where(condition).limit(KEYS_MAX))
    found: dict[str, list[str]] = {}
    for key, forms in rows:
        found.setdefault(key, []).extend(forms.split())
    return found


def _terms(
    parts: list[tuple[str, bool]], keys_of: dict[str, set[str]], forms: dict[str, list[str]]
) -> tuple[Term, ...]:
    has_surname = len(parts) > 1 and any(is_surname(word) for word, _is_followed in parts)
    terms: list[Term] = []
    for word, is_followed in parts:
        found = {each for key in keys_of[word] for each in forms.get(key, ())}
        if has_surname and is_given_name(word) and not is_surname(word):
            found.add(form(word)[:1])  # texts may have the initial alone
        is_quoted = is_followed or (terms and terms[-1].is_followed)
        terms.append(Term(word, _levels(word, found), is_optional(word) and not is_quoted, is_followed))
    return tuple(terms)


def _levels(word: str, forms: Iterable[str]) -> tuple[tuple[str, ...], ...]:
    """Group forms by how near they are to the word."""
    typed = form(word)
    nearest = sorted(((_closeness(typed, each), each == typed, each) for each in forms), reverse=True)[:FORMS_MAX]
    levels = [tuple(each for *_order, each in level) for _, level in groupby(nearest, key=lambda one: one[0])]
    rest = tuple(each for level in levels[LEVELS_MAX - 1 :] for each in level)
    return tuple(level for level in (*levels[: LEVELS_MAX - 1], rest) if level)


def _closeness(typed: str, other: str) -> tuple[int, int]:
    """Return how many letters both begin with alike, as typed on a Russian keyboard, and how many are the same."""
    pairs = zip(folded(typed), folded(other), strict=False)
    length = next((place for place, (a, b) in enumerate(pairs) if a != b), min(len(typed), len(other)))
    return length, sum(map(eq, typed[:length], other[:length]))
