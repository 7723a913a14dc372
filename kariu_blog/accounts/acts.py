"""The log of acts: who did what, and when.  Triggers in the database refuse to change or delete an act."""

from datetime import datetime, timedelta

from sqlalchemy import ForeignKey, String, delete, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, mapped_column, relationship

from kariu_blog.accounts.models import Staff
from kariu_blog.database import Base, db, now

ADDRESSES_LAST = timedelta(days=90)
SUBJECT_LENGTH = 300


class Act(Base):
    __tablename__ = "act"

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(default=now, index=True)
    kind: Mapped[str] = mapped_column(String(40), index=True)
    """Subject and verb, such as ``post.published`` or ``category.merged``."""
    staff_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id", ondelete="SET NULL"), index=True)
    """None for an act of the command line, and for a failed sign-in under a name that nobody has."""
    staff_name: Mapped[str] = mapped_column(String(64), default="")
    """User name at that time."""
    post_id: Mapped[int | None] = mapped_column(index=True)
    """No foreign key, because the act outlives the post."""
    subject: Mapped[str] = mapped_column(String(SUBJECT_LENGTH), default="")
    """What was acted on, in words: a title, a name.  Never a text, a password or a token."""
    language: Mapped[str | None] = mapped_column(String(2))
    """Language of ``subject`` where it is a title."""

    staff: Mapped[Staff | None] = relationship()
    address: Mapped["ActAddress | None"] = relationship(lazy="joined")
    failures: Mapped["FailedSignIns | None"] = relationship(lazy="joined")


class ActAddress(Base):
    """The client's network address of an act.  A table of its own, because addresses are deleted and acts are not."""

    __tablename__ = "act_address"

    act_id: Mapped[int] = mapped_column(ForeignKey("act.id"), primary_key=True)
    at: Mapped[datetime] = mapped_column(default=now, index=True)
    address: Mapped[str] = mapped_column(String(64))


class FailedSignIns(Base):
    """How often signing in to an account failed within one hour.  The act is the first of these failures."""

    __tablename__ = "failed_sign_ins"

    staff_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    """0 for all names that nobody has."""
    hour: Mapped[datetime] = mapped_column(primary_key=True)
    act_id: Mapped[int | None] = mapped_column(ForeignKey("act.id"), index=True)
    count: Mapped[int]


def record(
    kind: str,
    staff: Staff | None,
    subject: str = "",
    *,
    post_id: int | None = None,
    language: str | None = None,
    address: str = "",
) -> Act:
    """Log an act in the present transaction."""
    act = Act(kind=kind, staff_id=staff and staff.id, staff_name=staff.username if staff else "", post_id=post_id)
    act.subject, act.language = subject[:SUBJECT_LENGTH], language
    if address:
        act.address = ActAddress(address=address)
    db.session.add(act)
    return act


def record_failed_sign_in(person: Staff | None, address: str) -> None:
    """Count a failed sign-in, and log the first of an hour."""
    insert = (sqlite if db.engine.dialect.name == "sqlite" else postgresql).insert(FailedSignIns)
    key = {"staff_id": person.id if person else 0, "hour": now().replace(minute=0, second=0, microsecond=0)}
    added = insert.values(**key, count=1).on_conflict_do_update(
        index_elements=list(key), set_={"count": FailedSignIns.count + 1}
    )
    if db.session.scalar(added.returning(FailedSignIns.count)) == 1:
        act = record("account.sign_in_failed", person, address=address)
        db.session.flush()
        db.session.execute(update(FailedSignIns).filter_by(**key).values(act_id=act.id))


def delete_old_addresses() -> None:
    db.session.execute(delete(ActAddress).where(ActAddress.at <= now() - ADDRESSES_LAST))
