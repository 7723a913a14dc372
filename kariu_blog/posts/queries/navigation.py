"""Names on every page: categories, bylines and what the site says of the rector."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import lazyload

from kariu_blog.database import db
from kariu_blog.media.files import Files
from kariu_blog.media.models import Picture
from kariu_blog.posts.site_texts import Site
from kariu_blog.posts.taxonomy import Author, Category, Named

ABOUT_WORDS = ("quotation", "attribution", "rector", "position", "teaser", "greeting", "biography")


@dataclass(frozen=True)
class About:
    """What the site says of the rector and the university."""

    rector_category: Named
    portrait: Files | None
    texts: Mapping[str, Mapping[str, str]]
    """Each of ``ABOUT_WORDS``, by language."""


def categories() -> tuple[Named, ...]:
    """Return all categories in the order of the menu."""
    return tuple(map(Named.of, db.session.scalars(_CATEGORIES).unique()))


def authors() -> tuple[Named, ...]:
    return tuple(map(Named.of, db.session.scalars(select(Author).order_by(Author.id)).unique()))


def site() -> About | None:
    """Return what the site says of the rector and the university, if anything."""
    row = db.session.scalars(_SITE).unique().first()
    if row is None:
        return None
    words = {code: {name: getattr(text, name) for name in ABOUT_WORDS} for code, text in row.texts.items()}
    return About(Named.of(row.rector_category), row.portrait.files if row.portrait else None, words)


_CATEGORIES = select(Category).order_by(Category.position, Category.id)
_SITE = select(Site).options(lazyload(Site.portrait, Picture.alts))
