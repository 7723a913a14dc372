"""Categories and bylines, which have a name in each language, and what becomes of one that is merged into another."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from kariu_blog.database import Base
from kariu_blog.languages import LANGUAGES
from kariu_blog.posts.items import Item, ItemColumns

RECTOR = "rector"
"""Slug of the rector's own category and byline."""


def is_language() -> CheckConstraint:
    """Return the constraint of a column named ``language``."""
    return CheckConstraint(f"language IN {tuple(LANGUAGES)}", name="language")


class Category(ItemColumns, Base):
    __tablename__ = "category"

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(String(80), unique=True)
    """Last part of its address in every language, which stays when its name changes."""
    merged_into_id: Mapped[int | None] = mapped_column(ForeignKey("category.id"))
    merged_at: Mapped[datetime | None]

    @property
    def item(self) -> Item:
        return Item("category", self.id, self.slug, self.position, self.fields, self.merged_into_id)


class Author(ItemColumns, Base):
    """A byline: a person or an office, named in each language."""

    __tablename__ = "author"

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(String(80), unique=True)
    merged_into_id: Mapped[int | None] = mapped_column(ForeignKey("author.id"))
    merged_at: Mapped[datetime | None]

    @property
    def item(self) -> Item:
        return Item("author", self.id, self.slug, self.position, self.fields, self.merged_into_id)
