"""The index: the words of everything that can be found, written in the transaction that saves them.

A row holds the words of one thing in one language, as ``keys.form`` gives them, in their order.  From it the database
derives what it searches: SQLite an FTS5 table, by triggers; PostgreSQL two GIN indexes, of all words and of titles.
A second table knows which forms share a key.  Every text is indexed, whatever its state; each search carries the
condition of who may see it.
"""

import html
import re
import time
from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import partial
from itertools import chain, islice
from typing import Any

import sqlalchemy as sa
from sqlalchemy import ColumnElement, Connection, Select, String, Text, delete, event, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column, object_session

from kariu_blog.database import Base, db, insert_into
from kariu_blog.search.keys import RULES, form, keys, words
from kariu_blog.search.kinds import KINDS, Kind, Source
from kariu_blog.text import plain

NAME = "search_index"
WORDS_MAX = 15_000
"""Of one text."""
KEYS_MAX = 100
"""Asked for in one statement: of a SQLite connection 128 are cached, each with memory for its parameters."""
BATCH, PAUSE_SECONDS = 100, 0.1
"""Between two batches others may write; SQLite's busy handler tries that often."""
NOTED = "search: noted"
"""Key of what a session's flush has to index."""
DESCRIPTION = re.compile(r'<img [^>]*?\balt="([^"]+)"')


class SearchText(Base):
    """The words of one thing in one language: a row of the index."""

    __tablename__ = "search_text"
    __table_args__ = (sa.UniqueConstraint("kind", "item_id", "language"),)

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    """Made of kind, item and language, so that posts are joined without this table; negative for all other kinds."""
    kind: Mapped[str] = mapped_column(String(10))
    item_id: Mapped[int]
    language: Mapped[str] = mapped_column(String(2))
    title: Mapped[str] = mapped_column(Text)
    """Forms of words, separated by spaces."""
    body: Mapped[str] = mapped_column(Text)
    rules: Mapped[int]
    """Under which RULES the forms were made."""


class SearchForms(Base):
    """The forms with one key that texts have, or had once."""

    __tablename__ = "search_forms"
    __table_args__ = ({"sqlite_with_rowid": False},)

    key: Mapped[str] = mapped_column(String().with_variant(String(collation="C"), "postgresql"), primary_key=True)
    rules: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    forms: Mapped[str] = mapped_column(Text)
    """Separated by spaces."""


def is_described(_object: Any, name: str | None, *_rest: Any) -> bool:
    """For Alembic: what each database searches in stands in the migrations alone."""
    return not (name or "").startswith(NAME)


def searched(summary: str, body: str, description: str | None) -> str:
    """Return what of a text is searched beside its title: its words, then the descriptions of its pictures."""
    descriptions = map(html.unescape, DESCRIPTION.findall(body))
    return " ".join(filter(None, [summary, plain(body), *descriptions, description]))


def out_of_date() -> int:
    """Return how many texts are not in the index, or under older rules than the present."""
    return sum(db.session.scalar(_not_indexed(kind).with_only_columns(sa.func.count())) or 0 for kind in KINDS)


def bring_up_to_date() -> Iterator[int]:
    """Index what is out of date, and commit, a batch at a time; yield the number done so far after each.

    Texts are read behind a lock, so that whoever saves one meanwhile comes before or after: the empty update takes
    SQLite's lock for writing, in PostgreSQL the rows are locked, and another machine takes other ones.
    """
    done = 0
    for kind in KINDS:
        while indexed := _index_batch(kind):
            done += indexed
            yield done
            time.sleep(PAUSE_SECONDS)
    db.session.execute(delete(SearchForms).where(SearchForms.rules != RULES))
    db.session.commit()


def _index_batch(kind: Kind) -> int:
    missing = _not_indexed(kind).limit(BATCH)
    db.session.execute(update(SearchText).where(sa.false()).values(rules=0))
    found = db.session.execute(missing.with_for_update(of=kind.model, skip_locked=True)).all()
    indexed = _write(db.session.connection(), kind, sa.tuple_(*kind.identity).in_(found)) if found else 0
    db.session.commit()
    return indexed


def begin_anew() -> None:
    """Have every text indexed again, the present index being searched meanwhile.  Does not commit."""
    db.session.execute(update(SearchText).values(rules=0))


def tidy() -> None:
    """Make what the database searches in anew from the words, in one piece.  Does not commit."""
    if db.session.get_bind().dialect.name == "sqlite":
        db.session.execute(sa.insert(sa.table(NAME, sa.column(NAME))).values({NAME: "rebuild"}))


def _note(kind: Kind, source: Source, moment: str, _mapper: Any, _connection: Connection, row: Any) -> None:
    """Note what a flush has to index, and what to delete from the index."""
    session = object_session(row)
    if session and (moment != "after_update" or source.is_changed(row)):
        noted = session.info.setdefault(NOTED, defaultdict(set))
        noted[kind, source].add(getattr(row, source.key))
        if moment == "after_delete" and isinstance(row, kind.model):
            noted[kind, None].update(kind.row_ids(row))


for _kind in KINDS:
    for _source in _kind.sources:
        for _moment in _source.moments:
            event.listen(_source.model, _moment, partial(_note, _kind, _source, _moment))


@event.listens_for(Session, "after_flush")
def index_changes(session: Session, _context: Any) -> None:
    """Index what a flush has written, and delete from the index what it has deleted."""
    for (kind, source), noted in session.info.pop(NOTED, {}).items():
        if source:
            _write(session.connection(), kind, source.concerns.in_(noted))
        else:
            session.execute(delete(SearchText).where(SearchText.id.in_(noted)))


def _write(connection: Connection, kind: Kind, condition: ColumnElement[bool]) -> int:
    """Index the texts of a kind that meet a condition; return their number."""
    rows, forms = [], defaultdict[str, set[str]](set)
    found = connection.execute(kind.rows.where(condition)).all()
    for item_id, language, title, *texts in chain.from_iterable(kind.texts(*row) for row in found):
        of_title, of_body = _forms(title, language, forms), _forms(searched(*texts), language, forms)
        values = (kind.row_id(item_id, language), kind.name, item_id, language, of_title, of_body, RULES)
        rows.append(dict(zip(SearchText.__table__.columns.keys(), values, strict=True)))
    if rows:
        upsert = insert_into(SearchText, connection.dialect.name)
        new = {name: upsert.excluded[name] for name in ("title", "body", "rules")}
        connection.execute(upsert.on_conflict_do_update(index_elements=["id"], set_=new), rows)
        _remember(connection, forms)
    return len(found)


def _forms(text: str, language: str, seen: dict[str, set[str]]) -> str:
    """Return the forms of the words of a text; add them to those ``seen`` under their keys."""
    found = [match[0] for match in islice(words(text), WORDS_MAX)]
    for word in set(found):
        indexed = form(word)
        for key in keys(word, language):
            seen[key].add(indexed)
    return " ".join(map(form, found))


def _remember(connection: Connection, forms: Mapping[str, set[str]]) -> None:
    """Add forms to those of their keys, in the order of keys so that two transactions cannot wait for each other."""
    of_keys = select(SearchForms.key, SearchForms.forms).where(SearchForms.rules == RULES)
    in_order, rows = sorted(forms), list[dict[str, Any]]()
    for start in range(0, len(in_order), KEYS_MAX):
        some = in_order[start : start + KEYS_MAX]
        known = dict(connection.execute(of_keys.where(SearchForms.key.in_(some))).all())
        new = {key: forms[key].difference(known.get(key, "").split()) for key in some}
        rows += [{"key": key, "rules": RULES, "forms": " ".join(sorted(more))} for key, more in new.items() if more]
    if rows:
        upsert = insert_into(SearchForms, connection.dialect.name)
        more = {"forms": SearchForms.forms + " " + upsert.excluded.forms}
        connection.execute(upsert.on_conflict_do_update(index_elements=["key", "rules"], set_=more), rows)


def _not_indexed(kind: Kind) -> Select[Any]:
    """Select id and language of what is missing in the index, or in it under older rules."""
    item_id, language = kind.identity
    same = (SearchText.kind == kind.name) & (SearchText.item_id == item_id) & (SearchText.language == language)
    missing = SearchText.id.is_(None) | (SearchText.rules != RULES)
    of_kind = sa.true() if kind.rows.whereclause is None else kind.rows.whereclause
    return select(item_id, language).outerjoin(SearchText, same).where(missing, of_kind)
