"""What waits for a person: one definition for the number in the menu, the list of posts and the mail."""

from datetime import timedelta

from flask import g
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_babel import ngettext
from flask_security import current_user
from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select
from sqlalchemy.orm import Session

from kariu_blog import outbox
from kariu_blog.accounts import mail
from kariu_blog.accounts.models import Staff
from kariu_blog.database import db, now
from kariu_blog.languages import LANGUAGES
from kariu_blog.newsroom.desk import blueprint
from kariu_blog.newsroom.models import Reminder
from kariu_blog.posts.post import Post, PostTranslation, Revision
from kariu_blog.posts.rights import may_edit_sql
from kariu_blog.posts.sources import is_outdated_sql
from kariu_blog.routing import absolute

ONE_MAIL_EVERY = timedelta(days=1)
MISSING_DAYS = 90
"""Days after its first publication in which a post waits for its other languages."""
REASONS = {
    "review": _l("Waiting for review"),
    "given_back": _l("Given back"),
    "missing": _l("Without one of your languages"),
    "outdated": _l("Outdated"),
}


def reasons(staff: Staff) -> dict[str, ColumnElement[bool]]:
    """Return the conditions on ``Post`` under which a post waits for this person, by the names of ``REASONS``."""
    mine = [code for code in LANGUAGES if staff.writes_in(code)]
    wrote = exists().where(Revision.translation_id == PostTranslation.id, Revision.written_by_id == staff.id)
    if staff.may_publish:
        found = {"review": _any_text(mine, PostTranslation.review_asked_at.is_not(None))}
    else:
        is_theirs = or_(Post.created_by_id == staff.id, wrote)
        found = {"given_back": _any_text(mine, PostTranslation.review_note != "", is_theirs)}
    is_recent = Post.first_published_at > now() - timedelta(days=MISSING_DAYS)
    found["missing"] = and_(Post.is_in_lists, is_recent, or_(*map(lacks, mine)))
    found["outdated"] = _any_text(mine, is_outdated_sql())
    return found


def waits_for(staff: Staff) -> ColumnElement[bool]:
    """Return the condition on ``Post`` that it waits for this person, for whatever reason."""
    return and_(may_edit_sql(staff), or_(*reasons(staff).values()))


def lacks(language: str) -> ColumnElement[bool]:
    """Return the condition on ``Post`` that it has no text in this language."""
    return ~Post.translations.any(PostTranslation.language == language)


def waiting_query(staff: Staff) -> Select[int]:
    """Return the query for how many posts wait for a person."""
    return select(func.count()).select_from(Post).where(waits_for(staff))


def waiting_count() -> int:
    """Return how many posts wait for whoever is signed in, counted once for a page."""
    if "waiting_count" not in g:
        g.waiting_count = db.session.scalar(waiting_query(current_user)) or 0
    count: int = g.waiting_count
    return count


def remind(session: Session) -> None:
    """Put a mail into the outbox for everybody for whom something new waits, at most one a day.  Does not commit."""
    wanting = Staff.active & Staff.wants_reminders & Staff.email.is_not(None)
    for person, reminder in session.execute(select(Staff, Reminder).outerjoin(Reminder).where(wanting)):
        found = {f"{reason} {key}" for reason, keys in _waiting(session, person).items() for key in keys}
        if reminder is None:
            session.add(reminder := Reminder(staff_id=person.id, known=[]))
        is_new = bool(found.difference(reminder.known))
        if is_new and (reminder.sent_at is None or reminder.sent_at <= now() - ONE_MAIL_EVERY):
            outbox.enqueue(session, mail.REMINDER, [str(person.id)])
            reminder.known, reminder.sent_at = sorted(found), now()
        elif not found.issuperset(reminder.known):  # what waits again is new again
            reminder.known = sorted(found.intersection(reminder.known))


def send(payload: str) -> None:
    """Send the mail to one person, unless nothing waits by now.  Raises OSError to be called again."""
    with Session(db.engine) as session:
        person = session.get(Staff, int(payload))
        if person is None or not (person.active and person.email and person.wants_reminders):
            return
        if found := {reason: len(keys) for reason, keys in _waiting(session, person).items() if keys}:
            number = session.scalar(waiting_query(person)) or 0
            mail.transmit(person, lambda language: _words(person.name(language), language, number, found))


blueprint.app_context_processor(lambda: {"waiting_count": waiting_count})


def _any_text(languages: list[str], *conditions: ColumnElement[bool]) -> ColumnElement[bool]:
    return Post.translations.any(and_(PostTranslation.language.in_(languages), *conditions))


def _waiting(session: Session, person: Staff) -> dict[str, list[int]]:
    """Return the ids of the posts that wait for a person, by reason."""
    posts = select(Post.id).where(may_edit_sql(person)).order_by(Post.id)
    return {reason: list(session.scalars(posts.where(each))) for reason, each in reasons(person).items()}


def _words(name: str, language: str, number: int, found: dict[str, int]) -> tuple[str, str]:
    """Return subject and text; no title of a post, because most of them are not public."""
    subject = ngettext("%(num)d post is waiting for you", "%(num)d posts are waiting for you", number)
    return subject, _(
        "%(name)s,\n\n"
        "this is waiting for you in the newsroom:\n\n"
        "%(lines)s\n\n"
        "%(address)s\n\n"
        "This mail comes at most once a day. You can turn it off on the page of your account:\n"
        "%(account)s\n",
        name=name,
        lines="\n".join(f"{REASONS[reason]}: {count}" for reason, count in found.items()),
        address=absolute(f"/{language}/staff/?state=waiting"),
        account=absolute(f"/{language}/staff/account"),
    )
