"""Items: what the site says beside its posts, such as categories, quotations, pages and contacts.

The ``fields`` of an item are what staff type into its form: texts by the names of the form's fields, such as ``colour``
or ``kk-name``.  Forms, history, digests and differences of all kinds of items need to know no more.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, String
from sqlalchemy.orm import Mapped, declared_attr, mapped_column, relationship

from kariu_blog.accounts.models import Staff
from kariu_blog.cache.versions import SECOND, Schedule, Tagged
from kariu_blog.database import Base, db, now
from kariu_blog.languages import LANGUAGES, from_local, in_order, local
from kariu_blog.media.files import Files
from kariu_blog.posts.publication import has_come
from kariu_blog.posts.tags import LAYOUT

EARLIEST = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True)
class Item:
    """An item as pages show it."""

    kind: str
    id: int
    slug: str
    """Empty where it has no page."""
    position: int
    fields: Mapping[str, str]
    merged_into_id: int | None = None
    """Category or byline that this one became a part of."""

    @property
    def tag(self) -> str:
        return f"{self.kind}:{self.id}"

    def word(self, field: str, language: str) -> str:
        """Return a text in this language, empty if there is none."""
        return self.fields.get(f"{language}-{field}", "")

    def languages(self, field: str) -> list[str]:
        """Return the languages in which it has this text."""
        return [code for code in LANGUAGES if self.word(field, code)]

    def name(self, language: str) -> str:
        """Return the name in this language, or in the nearest that has one."""
        return next(filter(None, (self.word("name", code) for code in in_order(language))), self.slug)

    @property
    def is_hidden(self) -> bool:
        """True for a category or byline that is archived, and for anything else that staff hide."""
        return bool(self.fields.get("hidden"))

    @property
    def starts_at(self) -> datetime | None:
        return moment_of(self.fields.get("starts_at"))

    @property
    def ends_at(self) -> datetime | None:
        return moment_of(self.fields.get("ends_at"))

    @property
    def has_begun(self) -> bool:
        return self.starts_at is None or has_come(self.starts_at)

    @property
    def is_current(self) -> bool:
        """True from its beginning, if it has one, until its end, if it has one."""
        return self.has_begun and not has_come(self.ends_at)

    @property
    def is_shown(self) -> bool:
        """True if readers can see it now, or could if no newer one of its kind were shown."""
        is_placed = self.kind != "page" or bool(self.fields.get("place"))
        return is_placed and not self.is_hidden and (self.has_begun if self.kind == "rector" else self.is_current)

    @property
    def is_public(self) -> bool:
        """True if readers can open what it says; the pages of archived categories and bylines stay."""
        return self.is_shown or (self.kind in ("category", "author") and self.merged_into_id is None)

    @property
    def began(self) -> tuple[datetime, int]:
        """Key of the order in which items began.  The newest current one is shown."""
        return self.starts_at or EARLIEST, self.id

    @property
    def portrait(self) -> Files | None:
        return Files.of(self.fields.get("portrait", ""))


class ItemColumns(Tagged):
    """The columns of an item: a mixin."""

    position: Mapped[int] = mapped_column(default=0)
    """Place in the menu, in the footer and in lists."""
    fields: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    """Texts that are not empty."""
    version: Mapped[int] = mapped_column()

    @declared_attr.directive
    def __mapper_args__(cls) -> dict[str, Any]:  # noqa: N805  # SQLAlchemy gives the class
        return {"version_id_col": cls.version}

    @property
    def item(self) -> Item:
        raise NotImplementedError

    @property
    def tag(self) -> str:
        return self.item.tag

    def name(self, language: str) -> str:
        return self.item.name(language)

    def invalidated_tags(self) -> set[str]:
        return {LAYOUT}

    def schedule(self) -> Schedule:
        """Return when the item begins and ends, because any page may show it."""
        moments = (self.item.starts_at, self.item.ends_at)
        due = {(int(at.timestamp() * SECOND), LAYOUT) for at in moments if at and not has_come(at)}
        return Schedule(self.tag, frozenset(due))


class SiteItem(ItemColumns, Base):
    """An item of any kind but a category or a byline."""

    __tablename__ = "site_item"

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(20), index=True)
    slug: Mapped[str | None] = mapped_column(String(80), unique=True)
    """Last part of the address of a page."""

    @property
    def item(self) -> Item:
        return Item(self.kind, self.id, self.slug or "", self.position, self.fields)


class ItemRevision(Base):
    """The fields of an item as they were once saved.  Never changes."""

    __tablename__ = "item_revision"

    id: Mapped[int] = mapped_column(primary_key=True)
    item: Mapped[str] = mapped_column(String(40), index=True)
    """Its tag, or that of a post whose pin or end was changed."""
    fields: Mapped[dict[str, str]] = mapped_column(JSON)
    written_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id", ondelete="SET NULL"))
    written_at: Mapped[datetime] = mapped_column(default=now)

    written_by: Mapped[Staff | None] = relationship()


def write(row: Any, fields: Mapping[str, str], by_id: int | None = None) -> None:
    """Save the fields of an item, or of anything else with ``fields`` and a ``tag``, with a revision of them."""
    row.fields = {name: text for name, text in fields.items() if text}
    db.session.add(row)
    db.session.flush()  # a new row has no id before
    db.session.add(ItemRevision(item=row.tag, fields=row.fields, written_by_id=by_id))


def by_language(**words: Mapping[str, str]) -> dict[str, str]:
    """Return fields of texts by language: ``by_language(name={"en": "News"})`` is ``{"en-name": "News"}``."""
    return {f"{code}-{name}": texts[code] for name, texts in words.items() for code in LANGUAGES if code in texts}


def moment_of(typed: str | None) -> datetime | None:
    """Return the moment that a field names in Karaganda's time."""
    return from_local(datetime.fromisoformat(typed)) if typed else None


def typed_moment(at: datetime | None) -> str:
    """Return a moment as a field names it."""
    return f"{local(at):%Y-%m-%dT%H:%M}" if at else ""
