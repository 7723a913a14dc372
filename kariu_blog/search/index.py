"""The index: each text's words as keys, written in the transaction that saves the text, and asked from here alone.

A row holds the keys in the order of the words.  From it the database makes by itself what it searches in:
SQLite an FTS5 table, by triggers; PostgreSQL a ``tsvector`` with a GIN index.  Both are called ``search_index``.
Every text is indexed, whatever its state; who may see it is decided by the condition that each search carries.
"""

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import islice
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    ForeignKey,
    Select,
    Text,
    bindparam,
    column,
    delete,
    false,
    func,
    insert,
    inspect,
    literal_column,
    select,
    table,
    union,
    update,
)
from sqlalchemy import event as events
from sqlalchemy.orm import Mapped, mapped_column

from kariu_blog.database import Base, db
from kariu_blog.posts.post import Post, PostTranslation
from kariu_blog.posts.queries.teasers import Teaser, nearest, teasers
from kariu_blog.search.keys import RULES, beginning, keys, words
from kariu_blog.text import plain

NAME = "search_index"
WORDS_MAX = 15_000
"""Of one text; with KEY_BYTES it keeps a tsvector below PostgreSQL's megabyte."""
QUERY_WORDS_MAX = 12
QUERY_WORD_LENGTH_MAX = 60
RANK = "bm25(8.0, 1.0)"
"""A word in the title weighs more; PostgreSQL weighs it ten times one in the body."""
FOUND_MAX = 1000
"""Whoever reads further than these looks for something else; a page costs as much as all before it."""
BATCH = 100
PAUSE_SECONDS = 0.1
"""Between two batches, in which others may write; SQLite's busy handler tries that often."""
INDEXED = ("title", "summary", "body")


class SearchText(Base):
    __tablename__ = "search_text"

    text_id: Mapped[int] = mapped_column(
        ForeignKey("post_translation.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    title: Mapped[str] = mapped_column(Text)
    """A group of keys for each word, parted by spaces; keys of one word are parted by commas."""
    body: Mapped[str] = mapped_column(Text)
    rules: Mapped[int]
    """Under which RULES the keys were made."""


@dataclass(frozen=True)
class Query:
    """What somebody looks for: texts with every one of these words."""

    words: tuple[str, ...]
    may_go_on: bool = False
    """Whether only the beginning of the last word was typed."""

    def choices(self, language: str) -> list[list[tuple[str, bool]]]:
        """For each word the keys that will do, each with whether a longer one will do as well."""
        found = [[(key, False) for key in keys(word, language)] for word in self.words]
        if self.may_go_on and (key := beginning(self.words[-1], language)):
            found[-1].append((key, True))
        return [choice for choice in found if choice]

    def hits(self, groups: str, language: str) -> set[int]:
        """Which words of a text were looked for, counted from 0; ``groups`` is a column of its SearchText."""
        choices = [key for choice in self.choices(language) for key in choice]
        whole = {key for key, goes_on in choices if not goes_on}
        begun = tuple(key for key, goes_on in choices if goes_on)

        return {
            place
            for place, group in enumerate(groups.split(" "))
            if group in whole
            or ("," in group and not whole.isdisjoint(group.split(",")))
            or (begun and any(key.startswith(begun) for key in group.split(",")))
        }


@dataclass(frozen=True)
class Found:
    """A text in which words were found."""

    teaser: Teaser
    text: str
    """What of it is searched beside its title."""
    title_keys: str
    text_keys: str
    """Groups of keys, as in its SearchText."""
    is_shown: bool
    """Whether it is what the reader sees of its post."""


def query_of(typed: str) -> Query:
    return Query(tuple(match[0][:QUERY_WORD_LENGTH_MAX] for match in islice(words(typed), QUERY_WORDS_MAX)))


def find(
    query: Query, languages: Iterable[str], *conditions: ColumnElement[bool], by_date: bool = False, limit: int
) -> dict[int, int]:
    """The first ``limit`` texts, each with its post: language after language, in each the best or newest first.

    A post is found once, in the first of the languages in which it has the words.  ``conditions`` are on
    PostTranslation and Post, and say first of all who may see what.
    """
    found: dict[int, int] = {}
    limit = min(limit, FOUND_MAX)
    for language in languages:
        if len(found) < limit and (choices := query.choices(language)):
            statement = _matching(choices, by_date).where(*conditions)
            statement = statement.where(PostTranslation.post_id.not_in(list(found.values())))
            found.update(db.session.execute(statement.limit(limit - len(found))).all())
    return found


def find_generously(
    query: Query, languages: Sequence[str], *conditions: ColumnElement[bool], by_date: bool = False, limit: int
) -> tuple[Query, dict[int, int]]:
    """The same; where no text has all words, the last is taken for the beginning of one.  With the query that found."""
    found = find(query, languages, *conditions, by_date=by_date, limit=limit)
    if found or not query.words:
        return query, found
    begun = replace(query, may_go_on=True)
    return begun, find(begun, languages, *conditions, by_date=by_date, limit=limit)


def count(query: Query, languages: Iterable[str], *conditions: ColumnElement[bool]) -> int:
    """Return the number of posts that ``find`` could find, or ``FOUND_MAX + 1`` for more."""
    found = [
        _matching(choices, by_date=False).order_by(None).where(*conditions).limit(FOUND_MAX + 1).subquery()
        for language in languages
        if (choices := query.choices(language))
    ]
    posts = union(*(select(texts.c.post_id) for texts in found)).limit(FOUND_MAX + 1).subquery()
    return db.session.scalar(select(func.count()).select_from(posts)) or 0


def is_found(word: str, language: str, *conditions: ColumnElement[bool]) -> bool:
    """Whether a text has this word."""
    return bool(find_any(keys(word, language), *conditions, limit=1))


def find_any(some: Iterable[str], *conditions: ColumnElement[bool], limit: int) -> Sequence[int]:
    """Texts with any of these keys, in no order, because ranking them would take longer than finding them."""
    choice = [(key, False) for key in some]
    statement = _matching([choice], by_date=False).order_by(None).where(*conditions).limit(limit)
    return list(db.session.scalars(statement)) if choice else []


def texts(text_ids: Sequence[int], language: str) -> list[Found]:
    """Those of these texts that are public, in this order, for a reader of this language."""
    rows = db.session.execute(_texts(language), {"texts": text_ids})
    found = {
        key: Found(teaser := Teaser(*parts), _searched(teaser.summary, body), title_keys, text_keys, is_shown)
        for *parts, key, body, title_keys, text_keys, is_shown in rows
    }
    return [found[text_id] for text_id in text_ids if text_id in found]


def is_described(_object: Any, name: str | None, *_rest: Any) -> bool:
    """For Alembic: what each database searches in stands in the migrations alone."""
    return not (name or "").startswith(NAME)


def out_of_date() -> int:
    """How many texts are not in the index, or under older rules than the present."""
    return db.session.scalar(_not_indexed().with_only_columns(func.count())) or 0


def bring_up_to_date() -> Iterator[int]:
    """Index what is out of date, and commit, a batch at a time; yield the number done so far after each.

    Texts are read behind a lock, so that whoever saves one meanwhile comes before or after: the empty update takes
    SQLite's lock for writing, in PostgreSQL the rows are locked, and another machine takes other ones.
    """
    done, unlocked = 0, _not_indexed().limit(BATCH).with_for_update(of=PostTranslation, skip_locked=True)
    while True:
        db.session.execute(update(SearchText).where(false()).values(rules=0))
        if texts := db.session.scalars(unlocked).all():
            _write(db.session.connection(), texts)
        db.session.commit()
        if not texts:
            return
        done += len(texts)
        yield done
        time.sleep(PAUSE_SECONDS)


def begin_anew() -> None:
    """Have every text indexed again, the present index being searched meanwhile.  Does not commit."""
    db.session.execute(update(SearchText).values(rules=0))


def tidy() -> None:
    """Make what the database searches in anew from the keys, in one piece.  Does not commit."""
    if db.session.get_bind().dialect.name == "sqlite":
        db.session.execute(insert(table(NAME, column(NAME))).values({NAME: "rebuild"}))


@events.listens_for(PostTranslation, "after_insert")
def index_new(_mapper: Any, connection: Connection, text: PostTranslation) -> None:
    _write(connection, [text])


@events.listens_for(PostTranslation, "after_update")
def index_changed(_mapper: Any, connection: Connection, text: PostTranslation) -> None:
    if any(inspect(text).attrs[name].history.has_changes() for name in INDEXED):
        _write(connection, [text])


def _write(connection: Connection, texts: Sequence[PostTranslation]) -> None:
    """Deleting needs no such care: the row of a text goes with it."""
    connection.execute(delete(SearchText).where(SearchText.text_id.in_([text.id for text in texts])))
    rows = [
        {
            "text_id": text.id,
            "title": _grouped(text.title, text.language),
            "body": _grouped(_searched(text.summary, text.body), text.language),
            "rules": RULES,
        }
        for text in texts
    ]
    connection.execute(insert(SearchText), rows)


def _searched(summary: str, body: str) -> str:
    return f"{summary} {plain(body)}"


def _grouped(text: str, language: str) -> str:
    return " ".join(",".join(keys(match[0], language)) for match in islice(words(text), WORDS_MAX))


@cache
def _texts(language: str) -> Select[Any]:
    wanted = (PostTranslation.id, PostTranslation.body, SearchText.title, SearchText.body)
    found = teasers(language).join(SearchText, SearchText.text_id == PostTranslation.id).add_columns(*wanted)
    found = found.add_columns(PostTranslation.id == nearest(language))
    return found.where(PostTranslation.id.in_(bindparam("texts", expanding=True)), PostTranslation.is_public)


def _not_indexed() -> Select[PostTranslation]:
    missing = SearchText.text_id.is_(None) | (SearchText.rules != RULES)
    return select(PostTranslation).outerjoin(SearchText, SearchText.text_id == PostTranslation.id).where(missing)


def _matching(choices: list[list[tuple[str, bool]]], by_date: bool) -> Select[int, int]:
    """Texts and their posts.  Keys are letters and digits, so that quotes around them are all the care they need."""
    newest = (Post.first_published_at.desc(), Post.id.desc())
    texts = select(PostTranslation.id, PostTranslation.post_id)
    if db.session.get_bind().dialect.name == "sqlite":
        index = table(NAME, column("rowid"), column("rank"), column(NAME))
        wanted = _expression(choices, '"', "*", " OR ", " AND ")
        texts = texts.select_from(index).join(PostTranslation, PostTranslation.id == index.c.rowid).join(Post)
        texts = texts.where(index.c[NAME].op("MATCH")(wanted), index.c.rank.op("MATCH")(RANK))
        return texts.order_by(*(newest if by_date else (index.c.rank,)))
    vector: ColumnElement[Any] = literal_column(NAME)
    asked = func.to_tsquery("simple", _expression(choices, "'", ":*", " | ", " & "))
    texts = texts.join(SearchText, SearchText.text_id == PostTranslation.id).join(Post)
    texts = texts.where(vector.op("@@")(asked))
    return texts.order_by(*(newest if by_date else (func.ts_rank(vector, asked).desc(), *newest)))


def _expression(choices: list[list[tuple[str, bool]]], quote: str, longer: str, either: str, both: str) -> str:
    return both.join(
        "(" + either.join(f"{quote}{key}{quote}{longer if goes_on else ''}" for key, goes_on in choice) + ")"
        for choice in choices
    )
