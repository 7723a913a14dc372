"""Categories and bylines, which have a name in each language."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, attribute_keyed_dict, mapped_column, relationship

from kariu_blog.cache.versions import Tagged
from kariu_blog.database import Base
from kariu_blog.languages import LANGUAGES
from kariu_blog.posts.tags import LAYOUT, author_tag, category_tag

RECTOR = "rector"
"""Slug of the rector's own category and byline."""


def is_language() -> CheckConstraint:
    """Return the constraint of a column named ``language``."""
    return CheckConstraint(f"language IN {tuple(LANGUAGES)}", name="language")


def by_language(target: str) -> Any:
    """Return a relationship to one row for each language, loaded with its owner."""
    return relationship(
        target, collection_class=attribute_keyed_dict("language"), cascade="all, delete-orphan", lazy="joined"
    )


class OnEveryPage(Tagged):
    """Content that any page may show."""

    def invalidated_tags(self) -> set[str]:
        return {LAYOUT}


class Category(OnEveryPage, Base):
    __tablename__ = "category"

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(String(80), unique=True)
    """Last part of its address in every language, which stays when its name changes."""
    position: Mapped[int] = mapped_column(default=0)
    labels: Mapped[dict[str, "CategoryLabel"]] = by_language("CategoryLabel")

    @property
    def tag(self) -> str:
        return category_tag(self.id)

    def name(self, language: str) -> str:
        return self.labels[language].name


class CategoryLabel(OnEveryPage, Base):
    __tablename__ = "category_label"
    __table_args__ = (is_language(),)

    category_id: Mapped[int] = mapped_column(ForeignKey("category.id", ondelete="CASCADE"), primary_key=True)
    language: Mapped[str] = mapped_column(String(2), primary_key=True)
    name: Mapped[str] = mapped_column(String(80))


class Author(OnEveryPage, Base):
    """A byline: a person or an office, named in each language."""

    __tablename__ = "author"

    id: Mapped[int] = mapped_column(primary_key=True)
    slug: Mapped[str] = mapped_column(String(80), unique=True)
    names: Mapped[dict[str, "AuthorName"]] = by_language("AuthorName")

    @property
    def tag(self) -> str:
        return author_tag(self.id)

    def name(self, language: str) -> str:
        return self.names[language].name


class AuthorName(OnEveryPage, Base):
    __tablename__ = "author_name"
    __table_args__ = (is_language(),)

    author_id: Mapped[int] = mapped_column(ForeignKey("author.id", ondelete="CASCADE"), primary_key=True)
    language: Mapped[str] = mapped_column(String(2), primary_key=True)
    name: Mapped[str] = mapped_column(String(120))


@dataclass(frozen=True)
class Named:
    """A category or a byline as pages name it."""

    id: int
    slug: str
    tag: str
    names: Mapping[str, str]
    """Name in each language."""

    @classmethod
    def of(cls, row: Category | Author) -> "Named":
        labels = row.labels if isinstance(row, Category) else row.names
        return cls(row.id, row.slug, row.tag, {code: label.name for code, label in labels.items()})

    def name(self, language: str) -> str:
        return self.names[language]
