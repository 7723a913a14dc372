"""Searching as people type: on another keyboard, in Latin letters, with a slip of the finger, with a word too many."""

from collections.abc import Iterator, Sequence
from itertools import takewhile
from operator import itemgetter
from typing import Any

from sqlalchemy import ColumnElement, and_, or_, select

from kariu_blog.database import db
from kariu_blog.languages import ALPHABET
from kariu_blog.search.finding import Answer, find, frequency, partial
from kariu_blog.search.index import SearchForms
from kariu_blog.search.kazakh import folded
from kariu_blog.search.keys import form, keys, words
from kariu_blog.search.query import Query, begun, queries
from kariu_blog.search.typed import readings

SHORTEST = 4
"""A shorter word is one slip away from too many others."""
WORDS_MAX = 4
"""How many words are corrected."""
KEYS_MAX = 1500
"""How many keys that begin like a word are read, in each language."""
CANDIDATES_MAX = 8
_LETTERS = {True: "abcdefghijklmnopqrstuvwxyz", False: "".join(dict.fromkeys(folded(ALPHABET)))}


def search(
    line: str,
    languages: Sequence[str],
    *conditions: ColumnElement[bool],
    by_date: bool = False,
    as_typed: bool = False,
) -> Answer:
    """Return what a line finds: as it stands, else as it may have been meant, else in part.

    A line that finds nothing in the first of the languages is read in other ways too.  The line of the answer's query
    is what was looked for.
    """
    (typed,) = queries([line])
    own = find(typed, languages, *conditions, by_date=by_date)
    is_sure = all(term.is_known for term in typed.required)
    if as_typed or not typed.terms:
        return own if own.hits else _in_part(typed, languages, *conditions, by_date=by_date)
    if is_sure and _is_in(own, languages[0]):
        return own
    others = [find(other, languages, *conditions, by_date=by_date) for other in queries(readings(line))]
    found = [answer for answer in (own, *others) if answer.hits]
    best = next((answer for answer in found if _is_in(answer, languages[0])), *found[:1]) if found else None
    if best and (is_sure or best is not own):
        return best
    for attempt in (None if best else begun(typed), _corrected(typed, languages, *conditions)):
        if attempt and (answer := find(attempt, languages, *conditions, by_date=by_date)).hits:
            return answer
    return best or _most_words(typed, languages, *conditions, by_date=by_date)


def _in_part(query: Query, languages: Sequence[str], *conditions: ColumnElement[bool], by_date: bool) -> Answer:
    begins = find(begun(query), languages, *conditions, by_date=by_date) if query.terms else Answer(query)
    return begins if begins.hits else _most_words(query, languages, *conditions, by_date=by_date)


def _most_words(query: Query, languages: Sequence[str], *conditions: ColumnElement[bool], by_date: bool) -> Answer:
    several = len(query.required) > 1
    return find(partial(query), languages, *conditions, by_date=by_date) if several else Answer(query)


def _is_in(answer: Answer, language: str) -> bool:
    return any(hit.language == language for hit in answer.hits)


def _corrected(query: Query, languages: Sequence[str], *conditions: ColumnElement[bool]) -> Query | None:
    """Return the query with words that do stand in texts, in the first language that has some for all of them."""
    unknown = {term.word for term in query.terms if not term.is_known and len(form(term.word)) >= SHORTEST}
    for language in languages if 0 < len(unknown) <= WORDS_MAX else ():
        near = ((word, _meant(word, language, *conditions)) for word in unknown)
        meant = dict(takewhile(itemgetter(1), near))
        if len(meant) == len(unknown):
            line = query.line
            for match in reversed(list(words(line))):
                line = line[: match.start()] + meant.get(match[0], match[0]) + line[match.end() :]
            return queries([line])[0]
    return None


def _meant(word: str, language: str, *conditions: ColumnElement[bool]) -> str:
    """Return the form in texts that is nearest to a word, the more frequent of two; empty if there is none."""
    typed = form(word)
    stems = {key.removeprefix(language) for key in keys(word, language)}
    near: dict[str, int] = {}
    for key, forms in _keys_near(typed, stems, language):
        stem = key.removeprefix(language)
        is_near = _is_near(stem, folded(typed), stems)
        for each in forms.split():
            if _is_one_slip(folded(typed), folded(each)):
                near[each] = 0
            elif is_near:
                near.setdefault(each, 1 + max(0, len(typed) - len(stem)))
    best = sorted(near, key=lambda each: (near[each], each))[:CANDIDATES_MAX]
    counts = {each: frequency(each, language, *conditions) for each in best if near[each] == near[best[0]]}
    counts = counts if any(counts.values()) else {each: frequency(each, language, *conditions) for each in best}
    found = max(counts, key=lambda each: counts[each], default="")
    return found if counts.get(found) else ""


def _is_near(key: str, typed: str, stems: set[str]) -> bool:
    """Whether a slip makes a stem of the key, or the beginning of what was typed."""
    beginnings = (typed[: len(key) + more] for more in (-1, 0, 1)) if len(key) > SHORTEST else ()
    return any(_is_one_slip(key, other) for other in (*stems, *beginnings))


def _keys_near(typed: str, stems: set[str], language: str) -> Sequence[Any]:
    """Return keys that begin as the word does, and those that a slip in its beginning spoilt, with their forms."""
    start = folded(typed)[: max(2, min(4, len(typed) // 2))]
    begins_alike = and_(SearchForms.key >= f"{language}{start}", SearchForms.key < f"{language}{start}\uffff")
    slips = {f"{language}{slip}" for stem in stems for slip in _slips(stem, len(start))}
    found = select(SearchForms.key, SearchForms.forms).where(or_(begins_alike, SearchForms.key.in_(slips)))
    return db.session.connection().execute(found.limit(KEYS_MAX)).all()


def _slips(stem: str, length: int) -> Iterator[str]:
    """Yield a stem with one letter of its beginning left out, put in, struck wrongly, or two changed round."""
    letters = _LETTERS[stem.isascii()]
    for place in range(min(length, len(stem)) + 1):
        start, rest = stem[:place], stem[place:]
        yield start + rest[1:]
        yield start + rest[1:2] + rest[:1] + rest[2:]
        for letter in letters:
            yield from (start + letter + rest, start + letter + rest[1:])


def _is_one_slip(one: str, other: str) -> bool:
    """Whether one letter too many, too few or wrong, or two changed round, make one word of the other."""
    if abs(len(one) - len(other)) > 1 or one == other:
        return False
    place = next(
        (place for place, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other))
    )
    a, b = one[place:], other[place:]
    return a[1:] in (b, b[1:]) or a == b[1:] or (a[2:] == b[2:] and a[:2] == b[1::-1])
