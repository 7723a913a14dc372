"""A lock among the processes of one machine."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def exclusive_lock(file: Path) -> Iterator[None]:
    """Hold ``file`` alone, and wait for whoever holds it.  The folder is made if it is missing.

    The kernel releases the lock when the process ends (flock(2)).
    """
    file.parent.mkdir(exist_ok=True)
    with file.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
