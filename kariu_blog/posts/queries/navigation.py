"""What any page may show beside posts: all items, in one statement."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from sqlalchemy import func, literal, null, select, union_all

from kariu_blog.database import db
from kariu_blog.languages import DEFAULT
from kariu_blog.posts.items import Item, SiteItem
from kariu_blog.posts.taxonomy import RECTOR, Author, Category


@dataclass(frozen=True)
class Layout:
    """All items, immutable, because threads share them."""

    items: tuple[Item, ...] = ()

    @cached_property
    def _by_kind(self) -> Mapping[str, tuple[Item, ...]]:
        kinds = {item.kind for item in self.items}
        return {kind: tuple(item for item in self.items if item.kind == kind) for kind in kinds}

    def every(self, kind: str) -> tuple[Item, ...]:
        """Return all items of a kind in their order, also hidden and merged ones."""
        return self._by_kind.get(kind, ())

    def shown(self, kind: str) -> tuple[Item, ...]:
        """Return the items that staff do not hide, for menus and forms without archived categories and bylines."""
        return tuple(item for item in self.living(kind) if not item.is_hidden)

    def living(self, kind: str) -> tuple[Item, ...]:
        """Return the categories or bylines that have pages and feeds: all but merged ones."""
        return tuple(item for item in self.every(kind) if item.merged_into_id is None)

    def find(self, kind: str, key: int | None) -> Item | None:
        """Return the item with this id, or what it was merged into."""
        found = next((item for item in self.every(kind) if item.id == key), None)
        return found if found is None or found.merged_into_id is None else self.find(kind, found.merged_into_id)

    def at(self, kind: str, slug: str) -> Item | None:
        """Return the item with this slug, or what it was merged into."""
        return next((self.find(kind, item.id) for item in self.every(kind) if item.slug == slug), None)

    def current(self, kind: str, field: str, language: str) -> Item | None:
        """Return, of the items that are current and have this text in the language, the one that began last."""
        found = [item for item in self.shown(kind) if item.is_current and item.word(field, language)]
        return max(found, key=lambda item: item.began, default=None)

    def mentioning(self, name: str) -> list[Item]:
        """Return all items that show the picture, or link to the file, of this name."""
        return [item for item in self.items if any(name in words for words in item.fields.values())]

    @property
    def pages(self) -> tuple[Item, ...]:
        """Return the pages that readers may open."""
        return tuple(item for item in self.shown("page") if item.fields.get("place"))

    @property
    def rector(self) -> Item | None:
        return self.current("rector", "name", DEFAULT)

    @property
    def former_rectors(self) -> list[Item]:
        """Return those who have begun and are not the rector, the latest first."""
        found = [item for item in self.shown("rector") if item.has_begun and item != self.rector]
        return sorted(found, key=lambda item: item.began, reverse=True)

    @property
    def contacts(self) -> Mapping[str, str]:
        return next((item.fields for item in self.every("contacts")), {})

    @property
    def rector_category(self) -> Item | None:
        return self.at("category", RECTOR)


def layout() -> Layout:
    """Return all items.  One statement."""
    return Layout(tuple(Item(*row) for row in db.session.execute(_ITEMS)))


_PARTS = union_all(
    select(SiteItem.kind, SiteItem.id, func.coalesce(SiteItem.slug, ""), SiteItem.position, SiteItem.fields, null()),
    *(
        select(literal(kind), model.id, model.slug, model.position, model.fields, model.merged_into_id)
        for kind, model in (("category", Category), ("author", Author))
    ),
).subquery()
_ITEMS = select(_PARTS).order_by(_PARTS.c.position, _PARTS.c.id)
