"""What becomes due in the newsroom by itself: updates at a time, related posts, cards, the end of what is in the trash,
mails."""

from sqlalchemy import select

from kariu_blog import outbox
from kariu_blog.accounts import acts, mail
from kariu_blog.background import Work
from kariu_blog.database import db
from kariu_blog.newsroom import waiting
from kariu_blog.newsroom.cards import draw_cards
from kariu_blog.newsroom.related import relate
from kariu_blog.newsroom.trash import delete_for_good
from kariu_blog.posts.post import PostTranslation


def update_texts() -> None:
    """Show readers the changes that are due, and commit after each."""
    due = select(PostTranslation.id).where(PostTranslation.is_update_due)
    for key in db.session.scalars(due).all():
        locked = {"skip_locked": True, "of": PostTranslation}
        text = db.session.get(PostTranslation, key, with_for_update=locked)
        if text is not None and text.is_update_due:
            text.update(is_correction=text.update_is_correction)
        db.session.commit()


def remind() -> None:
    if mail.is_configured():
        waiting.remind(db.session())
        db.session.commit()


def forget_addresses() -> None:
    acts.delete_old_addresses()
    db.session.commit()


def deliver_mails() -> None:
    """Send the mails that are due."""
    if mail.is_configured():
        senders = {mail.KIND: mail.send, mail.REMINDER: waiting.send}
        outbox.deliver(db.session(), senders, mail.RETRY_SECONDS_MAX)


CHORES: Work = {
    update_texts: 1.0,
    draw_cards: 1.0,
    relate: 5.0,
    delete_for_good: 60.0,
    remind: 300.0,
    forget_addresses: 3600.0,
}
MAILS: Work = {deliver_mails: 1.0}
"""Apart, because a mail server that does not answer must not delay an update."""
