"""Texts with the words that were looked for marked: pieces, each with whether it was found."""

from bisect import bisect_left
from collections.abc import Set
from itertools import islice

from kariu_blog.search.keys import words

LENGTH = 220
LEAD = 50
"""How many characters stand before the first found word, so that it is read in its sentence."""
FOUND_MAX = 200
"""Of a text that has the word everywhere, the first part is as good as any."""

Pieces = list[tuple[str, bool]]


def marked(text: str, hits: Set[int]) -> Pieces:
    """``hits``: which of the words were found, counted from 0."""
    pieces: Pieces = []
    end = 0
    for place, word in enumerate(words(text)):
        if place in hits:
            pieces += [(text[end : word.start()], False), (word[0], True)]
            end = word.end()
    return [piece for piece in [*pieces, (text[end:], False)] if piece[0]]


def excerpt(text: str, hits: Set[int]) -> Pieces:
    """About LENGTH characters where the most found words stand together, cut between words."""
    places = sorted(hits)[:FOUND_MAX]
    starts = [word.start() for word in islice(words(text), places[-1] + 1 if places else 0)]
    found = [starts[place] for place in places if place < len(starts)]
    best = max(found, key=lambda one: sum(one <= other < one + LENGTH - LEAD for other in found), default=0)
    first = text.find(" ", best - LEAD, best) + 1 if best > LEAD else 0
    last = text.rfind(" ", best, first + LENGTH) if first + LENGTH < len(text) else len(text)
    last = last if last > best else first + LENGTH  # one word without end
    earlier = bisect_left(starts, first)
    shown = text[first:last].rstrip(" ,.;:–—-") if last < len(text) else text[first:last]
    pieces = marked(shown, {place - earlier for place in hits})
    return [("…", False)] * (first > 0) + pieces + [("…", False)] * (last < len(text))
