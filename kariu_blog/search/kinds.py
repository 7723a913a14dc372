"""What can be found: for each kind of content its words, what changes them, and how a result is shown.

A new kind is one entry of ``KINDS``.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import url_for
from sqlalchemy import ColumnElement, Select, and_, inspect, literal, select
from sqlalchemy.orm import InstrumentedAttribute

from kariu_blog.database import Base
from kariu_blog.media.models import PictureAlt
from kariu_blog.posts.navigation import authors, categories, site
from kariu_blog.posts.post import Post, PostTranslation
from kariu_blog.posts.site_texts import SiteText
from kariu_blog.posts.taxonomy import AuthorName, CategoryLabel, Named
from kariu_blog.routing import page_language

POST = "post"


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

    def is_changed(self, row: Base) -> bool:
        """Whether an update concerns words."""
        return any(inspect(row).attrs[name].history.has_changes() for name in self.words)


@dataclass(frozen=True)
class Place:
    """A page other than a post's, in the language of the request."""

    name: str
    url: str


@dataclass(frozen=True)
class Kind:
    name: str
    number: int
    """Stands for it in ids of rows: never given to another."""
    rows: Select[*tuple[Any, ...]]
    """Id, language, title, summary, body (HTML) and description of each thing in each language that it has."""
    sources: tuple[Source, ...]
    """The model of its rows, then others on which their words depend."""
    place: Callable[[int], Place | None] = lambda _id: None
    """Return how the thing with this id is shown; None if it is a post or gone."""

    @property
    def model(self) -> type[Base]:
        return self.sources[0].model

    def identity(self, row: Any) -> tuple[int, str]:
        """Return the item and the language of a row of the model."""
        return getattr(row, str(self.item_id.key)), row.language

    @property
    def item_id(self) -> ColumnElement[int]:
        return self.rows.selected_columns[0]

    @property
    def language(self) -> ColumnElement[str]:
        return self.rows.selected_columns[1]


def _category(category_id: int) -> Place | None:
    return _named("posts.category", categories(), category_id)


def _author(author_id: int) -> Place | None:
    return _named("posts.author", authors(), author_id)


def _named(endpoint: str, named: Any, item_id: int) -> Place | None:
    known: Named | None = next((each for each in named if each.id == item_id), None)
    return Place(known.name(page_language()), url_for(endpoint, slug=known.slug)) if known else None


def _rector(_id: int) -> Place | None:
    about = site()
    return Place(about.texts[page_language()]["rector"], url_for("posts.rector")) if about else None


NOTHING = literal("")
_POSTS = (
    select(PostTranslation.post_id, PostTranslation.language, PostTranslation.title, PostTranslation.summary)
    .add_columns(PostTranslation.body, PictureAlt.text)
    .select_from(PostTranslation)
    .join(Post, Post.id == PostTranslation.post_id)
    .outerjoin(
        PictureAlt,
        and_(PictureAlt.picture_id == Post.cover_id, PictureAlt.language == PostTranslation.language),
    )
)
_RECTOR = select(
    SiteText.site_id,
    SiteText.language,
    SiteText.rector,
    SiteText.position + " " + SiteText.teaser,
    SiteText.greeting + " " + SiteText.biography,
    NOTHING,
)
KINDS = (
    Kind(
        POST,
        0,
        _POSTS,
        (
            Source(PostTranslation, "id", PostTranslation.id, ("title", "summary", "body")),
            Source(Post, "id", Post.id, ("cover_id",)),
            Source(PictureAlt, "picture_id", Post.cover_id, ("text",)),
        ),
    ),
    Kind(
        "category",
        1,
        select(CategoryLabel.category_id, CategoryLabel.language, CategoryLabel.name, NOTHING, NOTHING, NOTHING),
        (Source(CategoryLabel, "category_id", CategoryLabel.category_id, ("name",)),),
        _category,
    ),
    Kind(
        "author",
        2,
        select(AuthorName.author_id, AuthorName.language, AuthorName.name, NOTHING, NOTHING, NOTHING),
        (Source(AuthorName, "author_id", AuthorName.author_id, ("name",)),),
        _author,
    ),
    Kind(
        "rector",
        3,
        _RECTOR,
        (
            Source(
                SiteText,
                "site_id",
                SiteText.site_id,
                ("rector", "position", "teaser", "greeting", "biography"),
            ),
        ),
        _rector,
    ),
)
NAMED = {kind.name: kind for kind in KINDS}
