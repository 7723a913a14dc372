"""Counts of requests over all workers."""

import mmap

PLACES = 256
NUMBERS = 3


class Tally:
    """Counts of requests: ``pages`` got a public page, for ``built`` of them it was made anew; ``others`` got the rest.

    Each worker has its own counts, without a lock, and copies them into shared memory whenever it asks the
    application.  So the totals may lack the pages that another worker has answered from memory since then.
    """

    __slots__ = ("_place", "_shared", "built", "others", "pages")

    def __init__(self) -> None:
        self._shared = memoryview(mmap.mmap(-1, PLACES * NUMBERS * 8)).cast("Q")  # no file: its disk could be full
        self._place = 0
        self.begin()

    def next_place(self) -> None:
        """Choose the place in shared memory of the worker to be forked next.  A dead worker's counts stay in theirs."""
        self._place = (self._place + NUMBERS) % len(self._shared)

    def begin(self) -> None:
        """Continue the counts of the chosen place."""
        self.pages, self.built, self.others = self._shared[self._place : self._place + NUMBERS]

    def share(self) -> None:
        for place, number in enumerate((self.pages, self.built, self.others), self._place):
            self._shared[place] = number

    def totals(self) -> tuple[int, int, int]:
        self.share()
        pages, built, others = (sum(self._shared[number::NUMBERS]) for number in range(NUMBERS))
        return pages, built, others
