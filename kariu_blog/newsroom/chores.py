"""What becomes due in the newsroom by itself: updates at a time, and the end of what is in the trash."""

import logging
import threading
import time
from pathlib import Path

from flask import Flask
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from kariu_blog.database import db
from kariu_blog.locks import exclusive_lock
from kariu_blog.newsroom.trash import delete_for_good
from kariu_blog.posts.post import PostTranslation

PAUSE_SECONDS = 1.0
log = logging.getLogger(__name__)


def start(app: Flask) -> None:
    """Begin in the background, in one process of each machine: the others wait until it is gone."""
    threading.Thread(target=_run, args=[app], name="chores", daemon=True).start()


def do_chores(session: Session) -> None:
    """Do what is due, and commit after each post."""
    due = select(PostTranslation.id).where(PostTranslation.is_update_due)
    for key in session.scalars(due).all():
        text = session.get(PostTranslation, key, with_for_update={"skip_locked": True, "of": PostTranslation})
        if text is not None and text.is_update_due:
            text.update(is_correction=text.update_is_correction)
        session.commit()
    delete_for_good(session)


def _run(app: Flask) -> None:
    with exclusive_lock(Path(app.instance_path) / "chores.lock"):
        while True:
            try:
                with app.app_context():
                    do_chores(db.session())
            except (OSError, SQLAlchemyError) as error:
                log.warning("What is due in the newsroom cannot be done now (%s).", error)
            time.sleep(PAUSE_SECONDS)
