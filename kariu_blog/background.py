"""Work that is done in the background, by one process of each machine."""

import logging
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path

from flask import Flask
from sqlalchemy.exc import SQLAlchemyError

from kariu_blog.locks import exclusive_lock

SECONDS_AFTER_ERROR = 1.0
Work = Mapping[Callable[[], None], float]
"""What is done again and again, each with the pause in seconds that follows."""
log = logging.getLogger(__name__)


def start(app: Flask, name: str, work: Work) -> None:
    """Begin the work in a thread of its own; other processes wait for a lock until this one has ended."""
    if work:
        threading.Thread(target=_run, args=[app, name, work], name=name, daemon=True).start()


def _run(app: Flask, name: str, work: Work) -> None:
    with exclusive_lock(Path(app.instance_path) / f"{name}.lock"):
        due = dict.fromkeys(work, 0.0)
        while True:
            for each, pause in work.items():
                if time.monotonic() >= due[each]:
                    is_done = _attempt(app, name, each)
                    due[each] = time.monotonic() + (pause if is_done else max(pause, SECONDS_AFTER_ERROR))
            time.sleep(min(work.values()))


def _attempt(app: Flask, name: str, work: Callable[[], None]) -> bool:
    try:
        with app.app_context():
            work()
    except (OSError, SQLAlchemyError) as error:
        log.warning("The background work “%s” failed, and is tried again (%s).", name, error)
        return False
    return True
