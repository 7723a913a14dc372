"""Counts of requests over all workers."""

import mmap

WORKERS = 256
"""Number of workers with a place of their own; a later one continues the counts of the first."""
PAGES, BUILT, OTHERS = range(3)
"""Kinds of responses: public pages, those of them that were built, and everything else."""


class Tally:
    """Counts in shared memory, without a lock because each worker has a place of its own."""

    def __init__(self) -> None:
        self._counts = memoryview(mmap.mmap(-1, WORKERS * 3 * 8)).cast("Q")  # no file: its disk could be full
        self._place = 0

    def next_place(self) -> None:
        """Choose the place of the worker to be forked next.  The counts of a dead worker stay in theirs."""
        self._place = (self._place + 3) % len(self._counts)

    def add(self, kind: int) -> None:
        self._counts[self._place + kind] += 1

    def totals(self) -> tuple[int, int, int]:
        """Return the number of responses of each kind."""
        pages, built, others = (sum(self._counts[kind::3]) for kind in (PAGES, BUILT, OTHERS))
        return pages, built, others
