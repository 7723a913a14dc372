"""What is looked for, as SQLite's FTS5 and PostgreSQL write it.

Forms are letters and digits alone, so that quotes around them are all the care they need.
"""

from collections.abc import Iterable, Sequence
from itertools import product
from typing import Any

from sqlalchemy import ColumnElement, Integer, Select, and_, case, column, func, literal_column, select, table

from kariu_blog.database import db
from kariu_blog.languages import LANGUAGES
from kariu_blog.posts.post import PostTranslation
from kariu_blog.search.index import NAME, SearchText
from kariu_blog.search.kinds import POST

RANK = "bm25(8.0, 1.0)"
"""A word in the title weighs more; PostgreSQL weighs it ten times one in the body."""
NEAR = 3
"""How many words further another one may stand and is near."""
Wanted = Select[*tuple[Any, ...]]


class SQLite:
    """Full-text query syntax of FTS5 (sqlite.org/fts5.html, section 3)."""

    either, both = " OR ", " AND "
    index = table(NAME, column("rowid", Integer), column("rank"), column(NAME))
    row: ColumnElement[int] = index.c.rowid

    def any_of(self, forms: Iterable[str]) -> str:
        return _grouped(self.either, (f'"{form}"' for form in forms))

    def in_title(self, forms: Sequence[str]) -> str:
        return f"(title : {self.any_of(forms)})"

    def beside(self, forms: Sequence[str], following: Sequence[str]) -> str:
        return self.any_of(map(" ".join, product(forms, following)))

    def near(self, forms: Sequence[str], others: Sequence[str]) -> str:
        pairs = product(forms, others)
        return _grouped(self.either, (f'NEAR("{one}" "{other}", {NEAR - 1})' for one, other in pairs))

    def has(self, expression: str) -> ColumnElement[bool]:
        return self.index.c[NAME].op("MATCH")(expression)

    def matching(self, wanted: Wanted, expression: str) -> tuple[Wanted, ColumnElement[Any]]:
        """Restrict a select of translations to those that have what is looked for; return it and its order."""
        language = case({known.number: code for code, known in LANGUAGES.items()}, value=self.row % 16)
        of_row = and_(PostTranslation.post_id == self.row // 16, PostTranslation.language == language)
        found = wanted.select_from(self.index).join(PostTranslation, of_row)
        return found.where(self.has(expression), self.index.c.rank.op("MATCH")(RANK)), self.index.c.rank


class PostgreSQL:
    """Syntax of a ``tsquery`` (postgresql.org/docs, section 8.11.2)."""

    either, both = " | ", " & "
    vector: ColumnElement[Any] = literal_column(NAME)
    row: ColumnElement[int] = SearchText.__table__.c.id

    def any_of(self, forms: Iterable[str], mark: str = "") -> str:
        return _grouped(self.either, (f"'{form}'{mark}" for form in forms))

    def in_title(self, forms: Sequence[str]) -> str:
        return self.any_of(forms, ":A")

    def beside(self, forms: Sequence[str], following: Sequence[str]) -> str:
        return f"({self.any_of(forms)} <-> {self.any_of(following)})"

    def near(self, forms: Sequence[str], others: Sequence[str]) -> str:
        one, other = self.any_of(forms), self.any_of(others)
        apart = range(1, NEAR + 1)
        return _grouped(self.either, (f"{one} <{far}> {other} | {other} <{far}> {one}" for far in apart))

    def has(self, expression: str) -> ColumnElement[bool]:
        return self.vector.op("@@")(func.to_tsquery("simple", expression))

    def matching(self, wanted: Wanted, expression: str) -> tuple[Wanted, ColumnElement[Any]]:
        of_row = and_(PostTranslation.post_id == SearchText.item_id, PostTranslation.language == SearchText.language)
        found = wanted.select_from(SearchText).join(PostTranslation, of_row).where(SearchText.kind == POST)
        rank = func.ts_rank(self.vector, func.to_tsquery("simple", expression))
        return found.where(self.has(expression)), rank.desc()


Syntax = SQLite | PostgreSQL


def of_database() -> Syntax:
    """Return the syntax of the database in use."""
    return SQLite() if db.session.get_bind().dialect.name == "sqlite" else PostgreSQL()


def prefer_index() -> None:
    """Keep PostgreSQL, until the transaction ends, from reading every text and compiling statements that run once.

    It would do so because its estimates leave out what it costs to unpack a text.
    """
    if isinstance(of_database(), PostgreSQL):
        settings = (func.set_config(name, "off", True) for name in ("enable_seqscan", "jit"))
        db.session.execute(select(*settings))


def _grouped(operator: str, expressions: Iterable[str]) -> str:
    return f"({operator.join(expressions)})"
