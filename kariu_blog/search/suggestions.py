"""Searching as people type: on another keyboard, in Latin letters, with a slip of the finger, with a word too many."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from typing import Any

from sqlalchemy import ColumnElement, and_, or_, select

from kariu_blog.database import db
from kariu_blog.languages import ALPHABET
from kariu_blog.search.finding import Answer, find, frequency, partial
from kariu_blog.search.index import SearchForms
from kariu_blog.search.kazakh import folded
from kariu_blog.search.keys import form, keys, respelt
from kariu_blog.search.query import Query, begun, queries
from kariu_blog.search.typed import readings

SHORTEST = 4
"""A shorter word is one slip away from too many others."""
WORDS_MAX = 4
"""How many words are corrected."""
STEMS_MAX = 4
"""How many readings of a word are corrected in their beginning, the longest."""
KEYS_MAX = 1500
"""How many keys that begin like a word are read, in each language."""
CANDIDATES_MAX = 8
BEGINS, FAR = 2, 99
"""How far a form is whose beginning is a slip away, and one that is no slip away."""
_LETTERS = {True: "abcdefghijklmnopqrstuvwxyz", False: "".join(dict.fromkeys(folded(ALPHABET)))}


def search(
    line: str,
    languages: Sequence[str],
    *conditions: ColumnElement[bool],
    years: Iterable[int] = (),
    by_date: bool = False,
    as_typed: bool = False,
) -> Answer:
    """Return what a line finds: as it stands, else as it may have been meant, else in part.

    A line that finds nothing in the first of the languages is read in other ways too.  The line of the answer's query
    is what was looked for.
    """

    def look(query: Query) -> Answer:
        return find(query, languages, *conditions, years=years, by_date=by_date)

    (typed,) = queries([line])
    own = look(typed)
    others = [] if as_typed or _is_in(own, languages[0]) else queries(readings(line))
    found = [answer for answer in (own, *map(look, others)) if answer.hits]
    attempts = () if found else map(look, _attempts(typed, languages, *conditions, as_typed=as_typed))
    found.sort(key=lambda answer: not _is_in(answer, languages[0]))
    return next((answer for answer in chain(found, attempts) if answer.hits), own)


def _is_in(answer: Answer, language: str) -> bool:
    return any(hit.language == language for hit in answer.hits)


def _attempts(
    typed: Query, languages: Sequence[str], *conditions: ColumnElement[bool], as_typed: bool
) -> Iterator[Query]:
    """Yield what to look for instead of a query that finds nothing."""
    if typed.terms:
        yield begun(typed)
    if not as_typed and (meant := _corrected(typed, languages, *conditions)):
        yield meant
    if len(typed.required) > 1:
        yield partial(typed)


def _corrected(query: Query, languages: Sequence[str], *conditions: ColumnElement[bool]) -> Query | None:
    """Return the query with words that do stand in texts, in the first language that has some for all of them."""
    found = {term.word for term in query.terms if any(len(each) > 1 for each in term.forms)}  # more than its initial
    unknown = [term.word for term in query.terms if term.word not in found and len(form(term.word)) >= SHORTEST]
    for language in languages if 0 < len(unknown) <= WORDS_MAX else ():
        meant = {word: _meant(word, language, *conditions) for word in unknown}
        if all(meant.values()):
            return queries([respelt(query.line, meant)])[0]
    return None


def _meant(word: str, language: str, *conditions: ColumnElement[bool]) -> str:
    """Return the form in texts that is nearest to a word, the more frequent of two; empty if there is none."""
    typed, stems = folded(form(word)), {key[len(language) :] for key in keys(word.lower(), language)}
    parts = {*stems, *(typed[:size] for size in range(SHORTEST, len(typed) + 1))}
    near: dict[str, int] = {}
    for key, forms in _keys_near(typed, stems, language):
        same = max((len(part) for part in parts if _is_one_slip(key[len(language) :], part)), default=0)
        for each in map(str, forms.split()):
            begins = any(_is_one_slip(typed, folded(each)[: len(typed) + more]) for more in (0, 1))
            by_key = 1 + len(typed) - min(same, len(typed)) if same else BEGINS if begins else FAR
            near[each] = min(near.get(each, FAR), 0 if _is_one_slip(typed, folded(each)) else by_key)
    best = sorted((each for each in near if near[each] < FAR), key=lambda each: (near[each], each))[:CANDIDATES_MAX]
    counts = {each: count for each in best if (count := frequency(each, language, *conditions))}
    return min(counts, key=lambda each: (near[each], -counts[each]), default="")


def _keys_near(typed: str, stems: set[str], language: str) -> Sequence[Any]:
    """Return keys that begin as the word does, and those that a slip in its beginning spoilt, with their forms."""
    start = typed[: min(3, len(typed) // 2)]
    begins_alike = and_(SearchForms.key >= f"{language}{start}", SearchForms.key < f"{language}{start}\uffff")
    slips = {f"{language}{slip}" for stem in sorted(stems, key=len)[-STEMS_MAX:] for slip in _slips(stem, len(start))}
    found = select(SearchForms.key, SearchForms.forms).where(or_(begins_alike, SearchForms.key.in_(slips)))
    return db.session.connection().execute(found.limit(KEYS_MAX)).all()


def _slips(stem: str, length: int) -> Iterator[str]:
    """Yield a stem with one letter of its beginning left out, put in, struck wrongly, or two changed round."""
    for place in range(min(length, len(stem)) + 1):
        start, rest = stem[:place], stem[place:]
        yield from (start + rest[1:], start + rest[1:2] + rest[:1] + rest[2:])
        for letter in _LETTERS[stem.isascii()]:
            yield from (start + letter + rest, start + letter + rest[1:])


def _is_one_slip(one: str, other: str) -> bool:
    """Whether one letter too many, too few or wrong, or two changed round, make one word of the other."""
    if abs(len(one) - len(other)) > 1 or one == other:
        return False
    place = next((at for at, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    a, b = one[place:], other[place:]
    return a[1:] in (b, b[1:]) or a == b[1:] or (a[2:] == b[2:] and a[:2] == b[1::-1])
