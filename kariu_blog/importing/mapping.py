"""Which categories and bylines of the old site are which ones here: a file that is written first and can be edited."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import select

from kariu_blog.database import db
from kariu_blog.importing.source import Archive, Term
from kariu_blog.posts.items import by_language, write
from kariu_blog.posts.taxonomy import Author, Category
from kariu_blog.text import slugify

HEAD = """\
# Categories and authors of the old site (left) and their slugs here (right).
# What is not here yet is added with the name that it had there.
"""
UNCATEGORIZED = "uncategorized"
"""WordPress's category of posts that have none."""
Model = type[Category] | type[Author]


@dataclass(frozen=True)
class Chosen:
    """Ids here by slug there; the empty string stands for any other."""

    categories: Mapping[str, int]
    authors: Mapping[str, int]


def write_file(file: Path, archive: Archive) -> None:
    """Write what would be chosen without the file."""
    parts = [HEAD]
    for heading, model, terms in (("categories", Category, archive.categories), ("authors", Author, archive.authors)):
        parts.append(f"[{heading}]\n")
        for slug, term in sorted(terms.items()):
            if slug == UNCATEGORIZED:
                continue
            names = " / ".join(dict.fromkeys(term.names.values()))
            parts.append(f'{_quoted(slug)} = "{_chosen(model, term)}"  # {names}\n')
        parts.append("\n")
    file.write_text("".join(parts), encoding="utf-8")


def read_file(file: Path, archive: Archive) -> Chosen:
    """Return what the file says, and add what is not here yet.  Raises TOMLDecodeError; the caller commits."""
    chosen = tomllib.loads(file.read_text(encoding="utf-8"))
    found = {}
    for heading, model, terms in (("categories", Category, archive.categories), ("authors", Author, archive.authors)):
        table = {slug: _chosen(model, term) for slug, term in terms.items() if slug != UNCATEGORIZED} | chosen.get(
            heading, {}
        )
        ids = {there: _id(model, here, terms.get(there)) for there, here in table.items()}
        found[heading] = ids | {"": _any(model)}
    return Chosen(**found)


def _chosen(model: Model, term: Term) -> str:
    """Return the slug here of a term: one of the same slug or name, else its own."""
    own = slugify(term.slug) or f"{model.__tablename__}-{term.id}"
    rows: Any = db.session.scalars(select(model).where(model.merged_into_id.is_(None)).order_by(model.id)).all()
    for row in rows:
        if row.slug == own:
            return str(row.slug)
    names = {f"{code}-name": name.casefold() for code, name in term.names.items()}
    for row in rows:
        if any(row.fields.get(key, "").casefold() == name for key, name in names.items()):
            return str(row.slug)
    return own


def _id(model: Model, slug: str, term: Term | None) -> int:
    row: Any = db.session.scalars(select(model).where(model.slug == slug)).one_or_none()
    if row is None:
        row = model(slug=slug)
        write(row, by_language(name=dict(term.names) if term else {}))
    return int(row.merged_into_id or row.id)


def _any(model: Model) -> int:
    """Return what a post gets that has none, or none that is known: the first one here."""
    found = db.session.scalar(select(model.id).where(model.merged_into_id.is_(None)).order_by(model.id).limit(1))
    return found or _id(model, "news" if model is Category else "editors", None)


def _quoted(slug: str) -> str:
    return '"' + slug.replace("\\", "\\\\").replace('"', '\\"') + '"'
