"""Cards: the pictures that links to a post without a cover show elsewhere, drawn once its text is published."""

import logging
from pathlib import Path

from flask import current_app
from sqlalchemy import select, update

from kariu_blog.cache.versions import invalidate
from kariu_blog.database import db
from kariu_blog.media import storage
from kariu_blog.media.files import Files
from kariu_blog.media.kinds import RefusedError
from kariu_blog.media.views import folder
from kariu_blog.posts.navigation import contacts, site_name
from kariu_blog.posts.post import PostTranslation
from kariu_blog.posts.tags import post_tag

AT_ONCE = 3
"""So many that updates, which the same thread does, come within the second."""
GROUND, LIGHT = "#0b3349", "#e6b653"
HUES = {
    "blue": ("#14305c", "#93bdf5"),
    "teal": ("#0a3f3f", "#6fd0c6"),
    "green": ("#1c3f20", "#8ecf8f"),
    "olive": ("#38390f", "#c9c86a"),
    "orange": ("#4f2709", "#f0ae6c"),
    "red": ("#541814", "#ff9d92"),
    "plum": ("#481537", "#f09cc8"),
    "violet": ("#2f1f57", "#c3aef5"),
}
"""Ground and light colour of a card, by the colour of its category; those of the style sheet, at least 7:1."""
log = logging.getLogger(__name__)


def draw_cards() -> None:
    """Draw the cards that are missing, some of them at a time, and commit after each."""
    is_missing = PostTranslation.card.is_(None), PostTranslation.published_at.is_not(None)
    due = select(PostTranslation.id).where(*is_missing, PostTranslation.withdrawn_at.is_(None)).limit(AT_ONCE)
    for key in db.session.scalars(due).all():
        text = db.session.get_one(PostTranslation, key)
        card, title, tag = "" if text.post.cover else _drawn(text), text.title, post_tag(text.post_id)
        db.session.rollback()  # drawing takes too long to keep others from writing
        # In a statement, which gives the row no new version: whoever saves the text meanwhile is in nobody's way.
        drawn = update(PostTranslation).where(PostTranslation.id == key, PostTranslation.title == title)
        db.session.execute(drawn.values(card=card), execution_options={"synchronize_session": False})
        invalidate(db.session(), [tag] if card else ())
        db.session.commit()


def _drawn(text: PostTranslation) -> str:
    """Return the address of a new card, or an empty string if it cannot be drawn."""
    ground, light = HUES.get(text.post.category.item.fields.get("colour", ""), (GROUND, LIGHT))
    words = {"title": text.title, "category": text.post.category.name(text.language)}
    with current_app.test_request_context(f"/{text.language}/"):
        words |= {"site": site_name(), "mark": str(_mark())}
    try:
        with storage.lock(folder()):
            return storage.draw_card(folder(), ground=ground, light=light, **words)
    except (RefusedError, OSError) as error:
        log.warning("The card of “%s” cannot be drawn (%s).", text.title, error)
        return ""


def _mark() -> Path:
    own = Files.of(contacts().get("mark", ""))
    path = own and storage.path_of(folder() / storage.DRAWN, own.icon(192))
    return path if path and path.is_file() else Path(str(current_app.static_folder)) / "logo.png"
