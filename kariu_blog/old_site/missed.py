"""Addresses asked for in vain: counted in memory, added up in the database each minute, without who asked."""

import re
import threading
import time
from collections import Counter
from collections.abc import Callable
from contextlib import suppress

from sqlalchemy import delete, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from kariu_blog.database import insert_into, now
from kariu_blog.old_site.models import KEY_LENGTH, MissedAddress

FOLD_SECONDS = 60.0
IN_MEMORY_MAX = 2000
STORED_MAX = 5000
"""Ten times what the newsroom lists, so that an address that is asked for more and more can rise."""
PROBES = re.compile(r"^/\.|\.(?:php\d?|asp|aspx|jsp|cgi|env|sql|bak)$|/wp-(?:admin|json|includes)(?:/|$)", re.I)
"""What programs ask for that look for weak sites."""


class Missed:
    """``session`` opens a database session of its own."""

    def __init__(self, session: Callable[[], Session]) -> None:
        self._session, self._counts = session, Counter[str]()
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._fold_regularly, name="missed", daemon=True)

    def add(self, path: str) -> None:
        """Count one request.  Further addresses are not counted while memory has its fill of them."""
        if PROBES.search(path) or len(path) > KEY_LENGTH or not path.isprintable():
            return
        with self._lock:
            if path in self._counts or len(self._counts) < IN_MEMORY_MAX:
                self._counts[path] += 1
            if self._thread.ident is None:  # at the first one, and so in the worker
                with suppress(RuntimeError):  # no thread can be started
                    self._thread.start()

    def fold(self) -> None:
        """Add up what this worker has counted.  Raises SQLAlchemyError, and then forgets it."""
        with self._lock:
            counts, self._counts = self._counts, Counter()
        if not counts:
            return
        rows = [{"path": path, "count": counts[path], "last_at": now()} for path in sorted(counts)]
        with self._session() as session:
            insert = insert_into(MissedAddress, session.get_bind().dialect.name)
            more = {"count": MissedAddress.count + insert.excluded.count, "last_at": insert.excluded.last_at}
            session.execute(insert.on_conflict_do_update(index_elements=["path"], set_=more), rows)
            most = select(MissedAddress.path).order_by(MissedAddress.count.desc(), MissedAddress.last_at.desc())
            session.execute(delete(MissedAddress).where(MissedAddress.path.in_(most.offset(STORED_MAX))))
            session.commit()

    def _fold_regularly(self) -> None:
        while True:
            time.sleep(FOLD_SECONDS)
            with suppress(SQLAlchemyError):
                self.fold()
