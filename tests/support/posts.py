"""Posts in the database, past every form: their states, and changes."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from flask import Flask

from kariu_blog.database import db, now
from kariu_blog.newsroom.chores import update_texts
from kariu_blog.newsroom.trash import delete_for_good
from kariu_blog.posts.content import Content
from kariu_blog.posts.post import Post, PostTranslation
from tests.support.cast import LONG_AGO, PassTime

STATES = ("draft", "review", "scheduled", "public", "withdrawn")
CHANGES = ("changed", "submitted", "timed")
"""Standings of a public text with a change that readers have not seen: saved, in review, with a time."""


def change(app: Flask, post: int, act: Callable[[Post], object]) -> None:
    with app.app_context():
        act(db.session.get_one(Post, post))
        db.session.commit()


def rewrite(post: Post, language: str, content: Content, *, is_correction: bool = False) -> None:
    """Save content and, if the text is public, show it to readers."""
    post.write(language, content).update(is_correction=is_correction)


def correct(text: PostTranslation, note: str) -> None:
    rewrite(text.post, text.language, replace(text.content, correction_note=note))


def text_of(app: Flask, language: str = "en") -> PostTranslation:
    """Return the text with what readers see of it."""
    with app.app_context():
        return db.session.query(PostTranslation).filter_by(language=language).one()


def latest(app: Flask, language: str = "en") -> Content:
    """Return what was last saved of the text."""
    with app.app_context():
        return db.session.query(PostTranslation).filter_by(language=language).one().latest


def bring_into(app: Flask, post: int, state: str) -> None:
    with app.app_context():
        text = db.session.get_one(Post, post).translations["en"]
        if state in ("public", "withdrawn", *CHANGES):
            text.publish(LONG_AGO)
        if state in CHANGES:
            text.write(replace(text.content, body="<p>Changed.</p>"))
        if state == "withdrawn":
            text.withdraw()
        if state == "scheduled":
            text.publish(now() + timedelta(days=9))
        if state == "timed":
            text.schedule_update(now() + timedelta(days=9))
        if state in ("review", "submitted"):
            text.ask_for_review()
        db.session.commit()


def standing_of(app: Flask, post: int, language: str = "en") -> str:
    """Return the state of a text, or what is to become of a change that readers have not seen."""
    with app.app_context():
        text = db.session.get_one(Post, post).translations[language]
        if not text.is_live_or_scheduled:
            return text.state
        waits = "timed" if text.update_at else "submitted" if text.review_asked_at else ""
        return waits or ("changed" if text.unseen else text.state)


def state_of(app: Flask, post: int, language: str = "en") -> str:
    with app.app_context():
        return db.session.get_one(Post, post).translations[language].state


def do_what_is_due(app: Flask) -> None:
    """Do what the server does each second."""
    with app.app_context():
        update_texts()
        delete_for_good()


def empty_trash(app: Flask, pass_time: PassTime) -> None:
    """Let a month pass, and what is due then be done."""
    pass_time(31 * 24 * 3600)
    do_what_is_due(app)
