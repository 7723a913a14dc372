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

NEAR = 3
"""How many words further another one may stand and is near."""
RANKED_MAX = 20
"""How many texts PostgreSQL ranks, the nearest and of them the newest."""
COUNT = """(SELECT -count(*) FROM search_text, unnest(search_words(search_text.title || ' ' || search_text.body)) word
    WHERE search_text.id = found AND word = ANY(:sought))"""
Order = ColumnElement[Any]
Forms = Sequence[str]


class SQLite:
    """Full-text queries of FTS5 (sqlite.org/fts5.html, section 3)."""

    table, row = "search_index", "search_index.rowid"

    def matches(self, groups: Iterable[Forms], quoted: Iterable[tuple[Forms, Forms]], is_partial: bool) -> Any:
        """Return whether a text has a form of each group, or of any, and the pairs ``quoted`` beside each other."""
        sought = [*map(_phrases, groups), *(_phrases(map(" ".join, product(*pair))) for pair in quoted)]
        return _sql("search_index MATCH :sought", (" OR " if is_partial else " AND ").join(sought))

    def with_index(self, rows: Any) -> Any:
        """Join rows of ``search_text`` with what is searched."""
        return rows.join(table(self.table), text("search_index.rowid = search_text.id"))

    def has(self, forms: Forms) -> Any:
        """Return whether a text that was found has one of these forms."""
        return self._in(_phrases(forms))

    def in_title(self, forms: Forms) -> Any:
        return self._in(f"title : {_phrases(forms)}")

    def beside(self, forms: Forms, following: Forms) -> Any:
        return self._in(_phrases(map(" ".join, product(forms, following))))

    def near(self, forms: Forms, others: Forms) -> Any:
        return self._in(" OR ".join(f'NEAR("{one}" "{other}", {NEAR - 1})' for one, other in product(forms, others)))

    def ranked(self, found: Select[Any], _forms: Forms, order: Sequence[Order], newest: Sequence[Order]) -> Select[Any]:
        """Order texts, and those that are equal in ``order`` by how much they say of what is looked for."""
        found = found.where(text("search_index.rank MATCH 'bm25(8.0, 1.0)'"))  # a word in the title weighs more
        return found.order_by(*order, text("search_index.rank"), *newest)

    def _in(self, sought: str) -> Any:
        rows = _sql("SELECT rowid FROM search_index WHERE search_index MATCH :sought", sought)
        return literal_column(self.row).in_(rows)


class PostgreSQL:
    """Operators of arrays, for which there are GIN indexes, and regular expressions for the few texts found by them.

    Words and titles are written as in the migration that makes the indexes.
    """

    table, row = "search_text", "search_text.id"

    def matches(self, groups: Iterable[Forms], quoted: Iterable[tuple[Forms, Forms]], is_partial: bool) -> Any:
        words = "search_words(search_text.title || ' ' || search_text.body) && :sought"
        sought = [*(_sql(words, forms) for forms in groups), *(self.beside(*pair) for pair in quoted)]
        return (or_ if is_partial else and_)(*sought)

    def with_index(self, rows: Any) -> Any:
        return rows

    def has(self, forms: Forms) -> Any:
        rows = _sql("SELECT id FROM search_text WHERE search_words(title || ' ' || body) && :sought", forms)
        return literal_column(self.row).in_(rows)  # by the index, without unpacking the text

    def in_title(self, forms: Forms) -> Any:
        rows = _sql("SELECT id FROM search_text WHERE search_words(title) && :sought", forms)
        return literal_column(self.row).in_(rows)

    def beside(self, forms: Forms, following: Forms) -> Any:
        return self._says(f"({'|'.join(forms)}) ({'|'.join(following)})")

    def near(self, forms: Forms, others: Forms) -> Any:
        one, other, between = "|".join(forms), "|".join(others), f" ([^ \n]+ ){{0,{NEAR - 1}}}"
        return self._says(f"({one}){between}({other})|({other}){between}({one})")

    def ranked(self, found: Select[Any], forms: Forms, order: Sequence[Order], newest: Sequence[Order]) -> Select[Any]:
        """Count the words that are looked for, in the first texts alone because it unpacks them."""
        tiers = [each.label(f"tier{place}") for place, each in enumerate(order)]
        chosen = found.add_columns(literal_column(self.row).label("found"), *tiers).order_by(*tiers, *newest).subquery()
        place: Order = literal_column("row_number() OVER ()")
        count = case((place <= RANKED_MAX, _sql(COUNT, forms)))
        in_order = (*(literal_column(tier.name) for tier in tiers), count, place)
        wanted: list[Order] = [literal_column(str(each.key)) for each in found.selected_columns]
        return select(*wanted).select_from(chosen).order_by(*in_order)

    def _says(self, pattern: str) -> Any:
        sought = f"(^|[ \n])({pattern})($|[ \n])"
        return _sql(r"search_text.title || E'\n' || search_text.body ~ :sought", sought)


Syntax = SQLite | PostgreSQL


def of_database() -> Syntax:
    """Return the syntax of the database in use."""
    return SQLite() if db.session.get_bind().dialect.name == "sqlite" else PostgreSQL()


def matching(syntax: Syntax, wanted: Select[Any], matches: Any) -> Select[Any]:
    """Restrict a select of translations to those that have what is looked for."""
    languages = " ".join(f"WHEN {known.number} THEN '{code}'" for code, known in LANGUAGES.items())
    language: Order = literal_column(f"CASE {syntax.row} & 15 {languages} END")
    of_row = and_(PostTranslation.post_id == literal_column(f"{syntax.row} / 16"), PostTranslation.language == language)
    return wanted.select_from(table(syntax.table)).join(PostTranslation, of_row).where(matches)


def _phrases(phrases: Iterable[str]) -> str:
    return "(" + " OR ".join(f'"{phrase}"' for phrase in phrases) + ")"


def _sql(condition: str, sought: str | Forms) -> Any:
    sought = sought if isinstance(sought, str) else list(sought)  # an array in PostgreSQL
    return text(condition).bindparams(bindparam("sought", sought, unique=True))
