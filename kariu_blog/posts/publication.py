"""Publication: the dates of a translation and of its post, and what follows from them, in Python and in SQL.

Nothing else compares these dates with the clock.
"""

from collections.abc import Iterable
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, SQLColumnExpression, String, and_, case, not_, or_
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import Mapped, mapped_column

from kariu_blog.database import NOW, now
from kariu_blog.posts.content import NOTE_LENGTH, text_digest
from kariu_blog.text import clean_line

OLD = timedelta(days=2 * 365)


class State(StrEnum):
    """How far the publication of a translation is."""

    DRAFT = "draft"
    REVIEW = "review"
    SCHEDULED = "scheduled"
    PUBLIC = "public"
    WITHDRAWN = "withdrawn"


def has_come(at: datetime | None, within: timedelta = timedelta()) -> bool:
    """Return whether a date is past, or will be ``within`` some time; False without a date."""
    return at is not None and at <= now() + within


def has_come_sql(at: SQLColumnExpression[Any]) -> ColumnElement[bool]:
    """Return the condition that the date in a column is past."""
    return at <= NOW


def is_public_by(published_at: datetime | None, withdrawn_at: datetime | None, within: timedelta = timedelta()) -> bool:
    """Return whether these dates make a translation public, now or ``within`` some time."""
    return withdrawn_at is None and has_come(published_at, within)


def first_seen_at(published_at: datetime) -> datetime:
    """Return when readers see what is published now under this date, which may be an old one."""
    return max(published_at, now())


class Publication:
    """The publication of a translation: a mixin."""

    published_at: Mapped[datetime | None]
    """None: a draft; in the future: scheduled."""
    withdrawn_at: Mapped[datetime | None]
    update_at: Mapped[datetime | None]
    """When readers see a change of it that they have not seen yet."""
    update_is_correction: Mapped[bool] = mapped_column(default=False)
    review_asked_at: Mapped[datetime | None]
    """Since when it, or the change that readers have not seen, waits for an editor; None: it is being written."""
    review_note: Mapped[str] = mapped_column(String(NOTE_LENGTH), default="")
    """What the editor who gave it back wants changed."""

    @hybrid_property
    def is_public(self) -> bool:
        """The one meaning of "public", for pages, feeds, sitemap and search."""
        return is_public_by(self.published_at, self.withdrawn_at)

    @is_public.inplace.expression
    @classmethod
    def _is_public_sql(cls) -> ColumnElement[bool]:
        return and_(has_come_sql(cls.published_at), cls.withdrawn_at.is_(None))

    @hybrid_property
    def state(self) -> str:
        """One of ``State``."""
        if self.published_at is not None and self.withdrawn_at is None:
            return State.PUBLIC if has_come(self.published_at) else State.SCHEDULED
        if self.review_asked_at is not None:
            return State.REVIEW
        return State.DRAFT if self.withdrawn_at is None else State.WITHDRAWN

    @state.inplace.expression
    @classmethod
    def _state_sql(cls) -> ColumnElement[str]:
        is_live_or_scheduled = and_(cls.published_at.is_not(None), cls.withdrawn_at.is_(None))
        return case(
            (and_(is_live_or_scheduled, has_come_sql(cls.published_at)), State.PUBLIC.value),
            (is_live_or_scheduled, State.SCHEDULED.value),
            (cls.review_asked_at.is_not(None), State.REVIEW.value),
            (cls.withdrawn_at.is_not(None), State.WITHDRAWN.value),
            else_=State.DRAFT.value,
        )

    @hybrid_property
    def is_update_due(self) -> bool:
        """True if readers are to see a change now that they have not seen yet."""
        return self.withdrawn_at is None and has_come(self.update_at)

    @is_update_due.inplace.expression
    @classmethod
    def _is_update_due_sql(cls) -> ColumnElement[bool]:
        return and_(cls.withdrawn_at.is_(None), has_come_sql(cls.update_at))

    @property
    def due_at(self) -> datetime | None:
        """Time at which a scheduled translation becomes public."""
        return None if self.withdrawn_at is not None or has_come(self.published_at) else self.published_at

    @property
    def is_live_or_scheduled(self) -> bool:
        """True if readers see the translation, now or at the scheduled time."""
        return self.state in (State.PUBLIC, State.SCHEDULED)

    @hybrid_property
    def was_published(self) -> bool:
        """True if readers have seen the translation, whether or not it was withdrawn since."""
        return has_come(self.published_at)

    @was_published.inplace.expression
    @classmethod
    def _was_published_sql(cls) -> ColumnElement[bool]:
        return has_come_sql(cls.published_at)

    @property
    def is_old(self) -> bool:
        """True if it was published so long ago that readers should be told."""
        return self.published_at is not None and has_come(self.published_at + OLD)

    @property
    def state_token(self) -> str:
        """Fingerprint of the publication state.  Unchanged when a scheduled time passes."""
        dates = (self.published_at, self.withdrawn_at, self.review_asked_at, self.update_at)
        return text_digest(*(str(at or "") for at in dates))

    def ask_for_review(self) -> None:
        """Submit the translation, or the change that readers have not seen, to the editors."""
        self.review_asked_at, self.review_note = now(), ""

    def give_back(self, note: str = "") -> None:
        """End a review; ``note`` tells the author what to change."""
        if self.review_asked_at is not None:
            self.review_asked_at, self.review_note = None, clean_line(note)

    def schedule_update(self, at: datetime, *, is_correction: bool = False) -> None:
        """Have readers see the change at a time."""
        self.drop_request()
        self.update_at, self.update_is_correction = at, is_correction

    def miss(self, since: datetime) -> None:
        """Become a draft again if it was to be published between that time and now."""
        if self.published_at is not None and since < self.published_at <= now():
            self.published_at = None
        self.update_at = None

    def drop_request(self) -> None:
        """Forget that a review or an update was asked for."""
        self.review_asked_at = self.update_at = None
        self.review_note = ""

    def publish(self, at: datetime | None = None) -> None:
        """Publish at a time, or now; without a time, a translation published before has its former date."""
        self.published_at = at or (self.published_at if self.was_published else now())
        self.withdrawn_at = None
        self.drop_request()

    def withdraw(self) -> None:
        if self.is_public:
            self.withdrawn_at = now()
        elif self.withdrawn_at is None:
            self.published_at = None


class Listing:
    """The dates of a post, gathered from its translations so that lists read one table: a mixin."""

    first_published_at: Mapped[datetime | None]
    """The earliest date of its translations, also while that one is withdrawn: the order of every list."""
    listed_at: Mapped[datetime | None]
    """When the first of its translations becomes, or became, public."""
    pinned_until: Mapped[datetime | None] = mapped_column(index=True)
    """Until when it comes first on the front page and in its category."""
    ends_at: Mapped[datetime | None]
    """When what it announces is over."""

    @hybrid_property
    def is_listed(self) -> bool:
        """True if any of its translations is public."""
        return has_come(self.listed_at)

    @is_listed.inplace.expression
    @classmethod
    def _is_listed_sql(cls) -> ColumnElement[bool]:
        return has_come_sql(cls.listed_at)

    @hybrid_property
    def is_in_lists(self) -> bool:
        """True if it is listed, and what it announces is not over."""
        return self.is_listed and not self.is_over

    @is_in_lists.inplace.expression
    @classmethod
    def _is_in_lists_sql(cls) -> ColumnElement[bool]:
        return and_(has_come_sql(cls.listed_at), or_(cls.ends_at.is_(None), not_(has_come_sql(cls.ends_at))))

    @property
    def is_over(self) -> bool:
        return has_come(self.ends_at)

    @classmethod
    def is_ahead_sql(cls) -> ColumnElement[bool]:
        """Return the condition that it announces something, which is not over."""
        return and_(has_come_sql(cls.listed_at), not_(has_come_sql(cls.ends_at)))

    @classmethod
    def is_pinned_sql(cls) -> ColumnElement[bool]:
        return not_(has_come_sql(cls.pinned_until))

    def gather_dates(self, translations: Iterable[Publication]) -> None:
        dated = [(each.published_at, each.withdrawn_at) for each in translations if each.published_at]
        self.first_published_at = min((at for at, _withdrawn in dated), default=None)
        self.listed_at = min((at for at, withdrawn in dated if withdrawn is None), default=None)
