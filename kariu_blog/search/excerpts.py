"""Texts with the words that were looked for marked: pieces, each with whether it was found."""

import re
from bisect import bisect_left
from collections.abc import Iterable, Set
from itertools import islice, takewhile

from kariu_blog.search.keys import words

LENGTH = 220
WINDOW = 25
"""About as many words."""
LEAD = 50
"""How many characters stand before the first found word, so that it is read in its sentence."""
LEAD_WORDS = 12
FOUND_MAX = 200
"""Of a text that has the word everywhere, the first part is as good as any."""

Pieces = list[tuple[str, bool]]


def marked(text: str, hits: Set[int]) -> Pieces:
    """Return the whole text; ``hits`` says which of its words were found, counted from 0."""
    return _pieces(text, 0, len(text), (word for place, word in enumerate(words(text)) if place in hits))


def excerpt(text: str, hits: Set[int]) -> Pieces:
    """Return about LENGTH characters where the most found words stand together, cut between words."""
    places = sorted(hits)[:FOUND_MAX]
    best = max(places, key=lambda one: bisect_left(places, one + WINDOW) - bisect_left(places, one), default=0)
    begin = max(0, best - LEAD_WORDS)
    rest = islice(words(text), begin, None)
    lead = list(islice(rest, best - begin + 1))
    if not lead:
        return [(text[:LENGTH], False)] if text else []
    start = lead[-1].start()
    near = dict(enumerate([*lead, *takewhile(lambda word: word.end() <= start + LENGTH, rest)], begin))
    first = next(word.start() for word in near.values() if word.start() >= start - LEAD) if start > LEAD else 0
    last = max((word.end() for word in near.values() if word.end() <= first + LENGTH), default=first + LENGTH)
    last = len(text) if len(text) <= first + LENGTH else max(last, start + 1)
    found = (word for place, word in near.items() if place in hits and first <= word.start() and word.end() <= last)
    return [("…", False)] * (first > 0) + _pieces(text, first, last, found) + [("…", False)] * (last < len(text))


def _pieces(text: str, first: int, last: int, found: Iterable[re.Match[str]]) -> Pieces:
    pieces: Pieces = []
    end = first
    for word in found:
        pieces += [(text[end : word.start()], False), (word[0], True)]
        end = word.end()
    return [piece for piece in [*pieces, (text[end:last], False)] if piece[0]]
