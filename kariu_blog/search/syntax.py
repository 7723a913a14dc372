"""What is looked for, as SQLite's FTS5 and PostgreSQL write it.

Forms are letters and digits alone, so that quotes around them are all the care they need.
"""

from collections.abc import Iterable, Sequence
from itertools import product
from typing import Any, cast

from sqlalchemy import (
    ColumnElement,
    Integer,
    Select,
    Text,
    and_,
    any_,
    case,
    column,
    func,
    literal,
    literal_column,
    or_,
    select,
    table,
)
from sqlalchemy.dialects.postgresql import ARRAY

from kariu_blog.database import db
from kariu_blog.languages import LANGUAGES
from kariu_blog.posts.post import PostTranslation
from kariu_blog.search.index import NAME, SearchText

RANK = "bm25(8.0, 1.0)"
"""A word in the title weighs more; PostgreSQL weighs it ten times one in the body."""
NEAR = 3
"""How many words further another one may stand and is near."""
RANKED_MAX = 30
"""How many texts PostgreSQL ranks, the nearest and of them the newest."""
Wanted = Select[*tuple[Any, ...]]
Expression = Any
"""What is looked for: in SQLite a string, in PostgreSQL a condition."""
Order = ColumnElement[Any]


class SQLite:
    """Full-text queries of FTS5 (sqlite.org/fts5.html, section 3)."""

    index = table(NAME, column("rowid", Integer), column("rank"), column(NAME))
    row: ColumnElement[int] = index.c.rowid

    def either(self, expressions: Iterable[Expression]) -> Expression:
        return f"({' OR '.join(expressions)})"

    def both(self, expressions: Iterable[Expression]) -> Expression:
        return " AND ".join(expressions)

    def any_of(self, forms: Iterable[str]) -> Expression:
        return self.either(f'"{form}"' for form in forms)

    def in_title(self, forms: Sequence[str]) -> Expression:
        return f"(title : {self.any_of(forms)})"

    def beside(self, forms: Sequence[str], following: Sequence[str]) -> Expression:
        return self.any_of(map(" ".join, product(forms, following)))

    def near(self, forms: Sequence[str], others: Sequence[str]) -> Expression:
        return self.either(f'NEAR("{one}" "{other}", {NEAR - 1})' for one, other in product(forms, others))

    def ids(self, expression: Expression) -> Select[int]:
        return select(self.row).where(self._match(expression))

    def has(self, expression: Expression) -> ColumnElement[bool]:
        """Return whether a text that was found has these words, too."""
        return self.row.in_(self.ids(expression))

    def stands(self, expression: Expression) -> ColumnElement[bool]:
        """Return whether words in it stand ``beside`` or ``near`` each other."""
        return self.has(expression)

    def _match(self, expression: Expression) -> ColumnElement[bool]:
        return self.index.c[NAME].op("MATCH")(expression)

    def matching(self, wanted: Wanted, expression: Expression) -> Wanted:
        """Restrict a select of translations to those that have what is looked for."""
        return wanted.select_from(self.index).join(PostTranslation, _is_of_row(self.row)).where(self._match(expression))

    def ranked(self, wanted: Wanted, _forms: Sequence[str], *order: Order, newest: Sequence[Order]) -> Wanted:
        """Order texts, those that are equal in ``order`` by how much they say of what is looked for."""
        return wanted.where(self.index.c.rank.op("MATCH")(RANK)).order_by(*order, self.index.c.rank, *newest)


class PostgreSQL:
    """Operators of arrays, for which there is a GIN index, and regular expressions for the few texts found by them."""

    row: ColumnElement[int] = SearchText.__table__.c.id
    words: ColumnElement[Any] = func.search_words(
        SearchText.title + literal_column("' '") + SearchText.body, type_=ARRAY(Text)
    )
    title: ColumnElement[Any] = func.search_words(SearchText.title, type_=ARRAY(Text))
    """Both as in the migration that makes the indexes."""
    text: ColumnElement[str] = SearchText.title + "\n" + SearchText.body

    def either(self, expressions: Iterable[Expression]) -> Expression:
        return or_(*expressions)

    def both(self, expressions: Iterable[Expression]) -> Expression:
        return and_(*expressions)

    def any_of(self, forms: Iterable[str]) -> Expression:
        return self.words.overlap(list(forms))

    def in_title(self, forms: Sequence[str]) -> Expression:
        return self.title.overlap(list(forms))

    def beside(self, forms: Sequence[str], following: Sequence[str]) -> Expression:
        return self._says(f"{_any(forms)} {_any(following)}")

    def near(self, forms: Sequence[str], others: Sequence[str]) -> Expression:
        one, other, between = _any(forms), _any(others), f" (?:[^ \n]+ ){{0,{NEAR - 1}}}"
        return self._says(f"{one}{between}{other}|{other}{between}{one}")

    def _says(self, pattern: str) -> Expression:
        return self.text.regexp_match(f"(?:^|[ \n])(?:{pattern})(?:$|[ \n])")

    def ids(self, expression: Expression) -> Select[int]:
        return select(self.row).where(expression)

    def has(self, expression: Expression) -> ColumnElement[bool]:
        return self.row.in_(self.ids(expression))  # by the index, without unpacking the text

    def stands(self, expression: Expression) -> ColumnElement[bool]:
        return cast(ColumnElement[bool], expression)

    def matching(self, wanted: Wanted, expression: Expression) -> Wanted:
        found = wanted.select_from(SearchText).join(PostTranslation, _is_of_row(self.row))
        return found.where(expression)

    def ranked(self, wanted: Wanted, forms: Sequence[str], *order: Order, newest: Sequence[Order]) -> Wanted:
        """Count the words that are looked for, in the first texts alone because it unpacks them."""
        word = func.unnest(self.words).column_valued("word")
        count = select(-func.count()).where(word == any_(literal(list(forms), ARRAY(Text)))).scalar_subquery()
        place = func.row_number().over(order_by=[*order, *newest])
        return wanted.order_by(*order, case((place <= RANKED_MAX, count)), *newest)


Syntax = SQLite | PostgreSQL


def of_database() -> Syntax:
    """Return the syntax of the database in use."""
    return SQLite() if db.session.get_bind().dialect.name == "sqlite" else PostgreSQL()


def _is_of_row(row: ColumnElement[int]) -> ColumnElement[bool]:
    """Return whether a translation is the one that a row of the index, known by its id, has the words of."""
    language = case({known.number: code for code, known in LANGUAGES.items()}, value=row % 16)
    return and_(PostTranslation.post_id == row // 16, PostTranslation.language == language)


def _any(forms: Iterable[str]) -> str:
    return f"(?:{'|'.join(forms)})"
