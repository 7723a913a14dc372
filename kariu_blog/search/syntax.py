"""What is looked for, as SQLite's FTS5 and PostgreSQL write it.

Forms are letters and digits alone, so that quotes around them are all the care they need.  It is written as SQL where
SQLAlchemy would spend more time on a search than the database.
"""

from collections.abc import Iterable, Sequence
from itertools import product
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, bindparam, case, literal_column, or_, select, table, text

from kariu_blog.database import db
from kariu_blog.languages import LANGUAGES
from kariu_blog.posts.post import PostTranslation
from kariu_blog.search.index import NAME

RANK = "bm25(8.0, 1.0)"
"""A word in the title weighs more."""
NEAR = 3
"""How many words further another one may stand and is near."""
RANKED_MAX = 20
"""How many texts PostgreSQL ranks, the nearest and of them the newest."""
COUNT = """(SELECT -count(*) FROM search_text, unnest(search_words(search_text.title || ' ' || search_text.body)) word
    WHERE search_text.id = found AND word = ANY(:sought))"""
HIT = ("text_id", "post_id", "language", "category_id", "year", "missing")
"""Names of what is wanted of a text that is found."""
Wanted = Select[*tuple[Any, ...]]
Order = ColumnElement[Any]
Expression = Any
"""What is looked for: in SQLite a string, in PostgreSQL a condition."""


class SQLite:
    """Full-text queries of FTS5 (sqlite.org/fts5.html, section 3)."""

    name, row = NAME, f"{NAME}.rowid"

    def either(self, expressions: Iterable[str]) -> Expression:
        return f"({' OR '.join(expressions)})"

    def both(self, expressions: Iterable[str]) -> Expression:
        return " AND ".join(expressions)

    def any_of(self, forms: Iterable[str]) -> Expression:
        return self.either(f'"{form}"' for form in forms)

    def in_title(self, forms: Iterable[str]) -> Expression:
        return f"(title : {self.any_of(forms)})"

    def beside(self, forms: Sequence[str], following: Sequence[str]) -> Expression:
        return self.any_of(map(" ".join, product(forms, following)))

    def near(self, forms: Sequence[str], others: Sequence[str]) -> Expression:
        return self.either(f'NEAR("{one}" "{other}", {NEAR - 1})' for one, other in product(forms, others))

    def matches(self, expression: Expression) -> Any:
        return _sql(f"{NAME} MATCH :sought", expression)

    def has(self, expression: Expression, row: str = row) -> Any:
        """Return whether a text that was found has these words, too."""
        rows = _sql("(SELECT rowid FROM search_index WHERE search_index MATCH :sought)", expression)
        return literal_column(row).in_(rows)

    def stands(self, expression: Expression) -> Any:
        """Return whether words in it stand ``beside`` or ``near`` each other."""
        return self.has(expression)

    def ranked(self, found: Wanted, _forms: list[str], order: Sequence[Order], newest: Sequence[Order]) -> Wanted:
        """Order texts, and those that are equal in ``order`` by how much they say of what is looked for."""
        return found.where(text(f"{NAME}.rank MATCH '{RANK}'")).order_by(
            *order, literal_column(f"{NAME}.rank"), *newest
        )


class PostgreSQL:
    """Operators of arrays, for which there is a GIN index, and regular expressions for the few texts found by them."""

    name, row = "search_text", "search_text.id"
    words = "search_words(search_text.title || ' ' || search_text.body)"
    title = "search_words(search_text.title)"
    """Both as in the migration that makes the indexes."""

    def either(self, expressions: Iterable[Expression]) -> Expression:
        return or_(*expressions)

    def both(self, expressions: Iterable[Expression]) -> Expression:
        return and_(*expressions)

    def any_of(self, forms: Iterable[str]) -> Expression:
        return _sql(f"{self.words} && :sought", list(forms))

    def in_title(self, forms: Iterable[str]) -> Expression:
        return _sql(f"{self.title} && :sought", list(forms))

    def beside(self, forms: Sequence[str], following: Sequence[str]) -> Expression:
        return self._says(f"{_any(forms)} {_any(following)}")

    def near(self, forms: Sequence[str], others: Sequence[str]) -> Expression:
        one, other, between = _any(forms), _any(others), f" (?:[^ \n]+ ){{0,{NEAR - 1}}}"
        return self._says(f"{one}{between}{other}|{other}{between}{one}")

    def _says(self, pattern: str) -> Expression:
        pattern = f"(?:^|[ \n])(?:{pattern})(?:$|[ \n])"
        return _sql(r"search_text.title || E'\n' || search_text.body ~ :sought", pattern)

    def matches(self, expression: Expression) -> Any:
        return expression

    def has(self, expression: Expression, row: str = row) -> Any:
        ids: Expression = select(literal_column(self.row)).select_from(table(self.name)).where(expression)
        return literal_column(row).in_(ids)  # by the index, without unpacking the text

    def stands(self, expression: Expression) -> Any:
        return expression

    def ranked(self, found: Wanted, forms: list[str], order: Sequence[Order], newest: Sequence[Order]) -> Wanted:
        """Count the words that are looked for, in the first texts alone because it unpacks them."""
        tiers = [each.label(f"tier{place}") for place, each in enumerate(order)]
        chosen = found.add_columns(literal_column(self.row).label("found"), *tiers).order_by(*tiers, *newest).subquery()
        place: Order = literal_column("row_number() OVER ()")
        count = case((place <= RANKED_MAX, _sql(COUNT, forms)))
        in_order = (*(literal_column(tier.name) for tier in tiers), count, place)
        return select(*map(literal_column, HIT)).select_from(chosen).order_by(*in_order)


Syntax = SQLite | PostgreSQL


def of_database() -> Syntax:
    """Return the syntax of the database in use."""
    return SQLite() if db.session.get_bind().dialect.name == "sqlite" else PostgreSQL()


def matching(syntax: Syntax, wanted: Wanted, expression: Expression) -> Wanted:
    """Restrict a select of translations to those that have what is looked for."""
    languages = " ".join(f"WHEN {known.number} THEN '{code}'" for code, known in LANGUAGES.items())
    language: Order = literal_column(f"CASE {syntax.row} & 15 {languages} END")
    of_row = and_(PostTranslation.post_id == literal_column(f"{syntax.row} / 16"), PostTranslation.language == language)
    found = wanted.select_from(table(syntax.name)).join(PostTranslation, of_row)
    return found.where(syntax.matches(expression))


def _any(forms: Iterable[str]) -> str:
    return f"(?:{'|'.join(forms)})"


def _sql(condition: str, sought: Any) -> Any:
    return text(condition).bindparams(bindparam("sought", sought, unique=True))
