"""What can be found: for each kind of content its words, what changes them, and how a result is shown.

A new kind is one entry of ``KINDS``.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, NamedTuple

from flask import url_for
from sqlalchemy import ColumnElement, Select, inspect, literal, select
from sqlalchemy.orm import InstrumentedAttribute

from kariu_blog.database import Base
from kariu_blog.languages import DEFAULT, LANGUAGES
from kariu_blog.media.models import PictureAlt
from kariu_blog.posts.items import Item, SiteItem
from kariu_blog.posts.navigation import authors, categories, layout
from kariu_blog.posts.post import Post, PostTranslation
from kariu_blog.posts.taxonomy import Author, Category
from kariu_blog.routing import page_language

PAGE, POST = "page", "post"
Text = tuple[int, str, str, str, str, str | None]
"""Id and language of a thing; its title, summary, body (HTML) and descriptions in this language."""


@dataclass(frozen=True)
class Source:
    """A model whose changes change words of a kind."""

    model: type[Base]
    key: str
    """Attribute whose value says which rows of the kind are concerned."""
    concerns: InstrumentedAttribute[Any]
    """Column of the kind's ``rows`` that has this value."""
    words: tuple[str, ...]
    """Attributes with words, or that choose them."""
    moments: tuple[str, ...] = ("after_insert", "after_update", "after_delete")
    """Names of the mapper events at which it does."""

    def is_changed(self, row: Base) -> bool:
        """Whether an update concerns words."""
        return any(inspect(row).attrs[name].history.has_changes() for name in self.words)


class Place(NamedTuple):
    """A page other than a post's, in the language of the request."""

    name: str
    url: str


@dataclass(frozen=True)
class Kind:
    name: str
    number: int
    """Stands for it in ids of rows: never given to another."""
    rows: Select[*tuple[Any, ...]]
    """Id, language and whatever ``texts`` needs; of a thing without rows for each language, the default one."""
    texts: Callable[..., Iterable[Any]]
    """Returns the texts of a row, each a ``Text``."""
    sources: tuple[Source, ...]
    """The model of its rows, then others on which their words depend."""
    place: Callable[[int], Place | None] = lambda _id: None
    """Returns how the thing with this id is shown; None if it is a post, or not shown."""

    @property
    def model(self) -> type[Base]:
        return self.sources[0].model

    @property
    def identity(self) -> tuple[ColumnElement[Any], ColumnElement[Any]]:
        """Id and language of its rows."""
        item_id, language, *_rest = self.rows.selected_columns
        return item_id, language

    def row_ids(self, row: Any) -> list[int]:
        """Return the ids in the index of what a row of the model stands for."""
        if self.name == POST:
            return [self.row_id(row.post_id, row.language)]
        return [self.row_id(row.id, language) for language in LANGUAGES]

    def row_id(self, item_id: int, language: str) -> int:
        number = LANGUAGES[language].number
        return item_id * 16 + number if self.name == POST else -((item_id * 16 + self.number) * 16 + number)


def _of_item(item_id: int, _language: str, fields: dict[str, str]) -> Iterator[Text]:
    """Yield a text for each language, also empty ones, so that an item without words counts as indexed."""
    for code in LANGUAGES:
        name = f"{code}-name"
        words = " ".join(text for field, text in fields.items() if field.startswith(f"{code}-") and field != name)
        yield item_id, code, fields.get(name, ""), "", words, ""


def _items(kind: str, number: int, model: Any, place: Callable[[int], Place | None]) -> Kind:
    """Return a kind of items, whose ``fields`` are texts by language and name."""
    rows = select(model.id, literal(DEFAULT), model.fields)
    rows = rows.where(SiteItem.kind == kind) if model is SiteItem else rows
    return Kind(kind, number, rows, _of_item, (Source(model, "id", model.id, ("fields",)),), place)


def _place(endpoint: str, found: Iterable[Item | None], item_id: int) -> Place | None:
    item = next((each for each in found if each and each.id == item_id), None)
    return Place(item.name(page_language()), url_for(endpoint, slug=item.slug or None)) if item else None


_POSTS = (
    select(PostTranslation.post_id, PostTranslation.language, PostTranslation.title, PostTranslation.summary)
    .add_columns(PostTranslation.body, PictureAlt.text)
    .join(Post, Post.id == PostTranslation.post_id)
    .outerjoin(PictureAlt, (PictureAlt.picture_id == Post.cover_id) & (PictureAlt.language == PostTranslation.language))
)
_OF_POSTS = (
    Source(PostTranslation, "id", PostTranslation.id, ("title", "summary", "body")),
    Source(Post, "id", Post.id, ("cover_id",), ("after_update",)),  # its texts come and go with it
    Source(PictureAlt, "picture_id", Post.cover_id, ("text",)),
)
KINDS = (
    Kind(POST, 0, _POSTS, lambda *text: (text,), _OF_POSTS),
    _items("category", 1, Category, lambda key: _place("posts.category", categories(), key)),
    _items("author", 2, Author, lambda key: _place("posts.author", authors(), key)),
    _items("rector", 3, SiteItem, lambda key: _place("posts.rector", [layout().rector], key)),
    _items(PAGE, 4, SiteItem, lambda key: _place("posts.page", layout().pages, key)),
)
NAMED = {kind.name: kind for kind in KINDS}
