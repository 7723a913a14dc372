"""Finding: which posts have the words of a query, and in which order.

Both databases find the same and order it in the same tiers: by language, by how near the forms in a text are to what
was typed, by title and body, by how near the words stand to each other.  Within a tier each has its own measure.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import pairwise
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, and_, bindparam, case, func, literal, literal_column, null, select
from sqlalchemy.orm import aliased

from kariu_blog.database import db
from kariu_blog.languages import LANGUAGES, month_bounds
from kariu_blog.media.models import PictureAlt
from kariu_blog.posts.post import Post, PostTranslation
from kariu_blog.posts.queries.teasers import Teaser, nearest, teasers
from kariu_blog.search.index import SearchText, searched
from kariu_blog.search.keys import form
from kariu_blog.search.kinds import PAGE, POST
from kariu_blog.search.query import Query
from kariu_blog.search.syntax import Syntax, matching, of_database

FOUND_MAX = 1000
"""Whoever reads further than these looks for something else; a page costs as much as all before it."""
PLACES_MAX = 5
NEAR_FORMS_MAX = 6
QUOTED_FORMS_MAX = 20
"""How many forms of each of two words are looked for side by side, the nearest."""


class Hit(NamedTuple):
    """A text that has the words of a query."""

    text_id: int
    post_id: int
    language: str
    category_id: int
    year: int | None
    """When its post was first published, in Karaganda's time; None if it was not."""
    missing: int
    """How many of the words it lacks."""


@dataclass(frozen=True)
class Answer:
    """The texts that a query finds, at most ``FOUND_MAX``."""

    query: Query
    hits: Sequence[Hit] = ()
    is_cut: bool = False
    """Whether there are more."""


@dataclass(frozen=True)
class Found:
    """A text in which words were found."""

    teaser: Teaser
    text: str
    """What of it is searched beside its title."""
    title_forms: str
    text_forms: str
    """As in its SearchText."""
    is_shown: bool
    """Whether it is what the reader sees of its post."""


def find(
    query: Query,
    languages: Sequence[str],
    *conditions: ColumnElement[bool],
    years: Iterable[int] = (),
    by_date: bool = False,
) -> Answer:
    """Return the texts that have the words of a query.

    They are ordered language after language, in each the best first, or all by date.  ``conditions`` are on
    PostTranslation and Post, and say first of all who may see what.  ``years`` are those that hits may be of.
    """
    if not query.is_possible:
        return Answer(query)
    if len(languages) < len(LANGUAGES):
        conditions += (PostTranslation.language.in_(languages),)
    statement = _matching(query, languages, *conditions, years=years, by_date=by_date)
    hits = list(map(Hit._make, db.session.connection().execute(statement).all()))  # faster than as of the session
    if query.is_partial:
        least = min((hit.missing for hit in hits), default=0)
        hits = [hit for hit in hits if hit.missing == least]
    return Answer(query, hits[:FOUND_MAX], len(hits) > FOUND_MAX)


def posts(hits: Iterable[Hit]) -> list[Hit]:
    """Return the first hit of each post."""
    found: dict[int, Hit] = {}
    for hit in hits:
        found.setdefault(hit.post_id, hit)
    return list(found.values())


def partial(query: Query) -> Query:
    """Return the query for texts that have most of its words."""
    return replace(query, terms=tuple(term for term in query.required if term.levels), is_partial=True)


def places(query: Query) -> list[tuple[str, int]]:
    """Return kind and id of what is no post and has the words in its title, and then of pages with them in the text."""
    if not query.is_possible:
        return []
    syntax, wanted = of_database(), [term.forms for term in query.required]
    rows = syntax.with_index(select(SearchText.kind, SearchText.item_id, SearchText.title).select_from(SearchText))
    rows = rows.where(literal_column(syntax.row) < 0, syntax.matches(wanted, [], is_partial=False))
    found = db.session.connection().execute(rows.order_by(SearchText.id.desc())).all()
    named = [(kind, key) for kind, key, title in found if not any(set(title.split()).isdisjoint(f) for f in wanted)]
    return list(dict.fromkeys([*named, *((kind, key) for kind, key, _title in found if kind == PAGE)]))[:PLACES_MAX]


def texts(text_ids: Sequence[int], language: str) -> list[Found]:
    """Return those of these texts that are public, in this order, for a reader of this language."""
    if not text_ids:
        return []
    rows = db.session.execute(_texts(language), {"texts": text_ids})
    found = {
        key: Found(teaser := Teaser(*parts), searched(teaser.summary, body, alt), title, forms, is_shown)
        for *parts, key, body, alt, title, forms, is_shown in rows
    }
    return [found[text_id] for text_id in text_ids if text_id in found]


@cache
def _texts(language: str) -> Select[Any]:
    alt, of_post = aliased(PictureAlt), SearchText.item_id == PostTranslation.post_id
    of_cover = (alt.picture_id == Post.cover_id) & (alt.language == PostTranslation.language)
    of_row = (SearchText.kind == POST) & of_post & (SearchText.language == PostTranslation.language)
    wanted = (PostTranslation.id, PostTranslation.body, alt.text, SearchText.title, SearchText.body)
    found = teasers(language).join(SearchText, of_row).outerjoin(alt, of_cover)
    found = found.add_columns(*wanted, PostTranslation.id == nearest(language))
    return found.where(PostTranslation.id.in_(bindparam("texts", expanding=True)), PostTranslation.is_public)


def frequency(form: str, language: str, *conditions: ColumnElement[bool]) -> int:
    """Return how many texts in a language have a form, at most ``FOUND_MAX``."""
    syntax = of_database()
    found = matching(syntax, select(PostTranslation.id), syntax.matches([[form]], [], is_partial=False))
    found = found.join(Post).where(*conditions, PostTranslation.language == language).limit(FOUND_MAX)
    return db.session.scalar(select(func.count()).select_from(found.subquery())) or 0


def _matching(
    query: Query, languages: Sequence[str], *conditions: ColumnElement[bool], years: Iterable[int], by_date: bool
) -> Select[Any]:
    """Select what makes a Hit, in order."""
    syntax = of_database()
    missing: ColumnElement[int] = literal(0)
    if query.is_partial:
        missing = sum((_tier(syntax.has(term.forms)) for term in query.required), missing)
    pairs = [(one.forms, other.forms) for one, other in pairwise(query.terms) if one.is_followed]
    quoted = [(one[:QUOTED_FORMS_MAX], other[:QUOTED_FORMS_MAX]) for one, other in pairs]
    matches = syntax.matches([term.forms for term in query.required], quoted, query.is_partial)
    # By the first moments of years, because databases know other zones than the site.
    starts: list[Any] = [(Post.first_published_at >= month_bounds(year, 1)[0], year) for year in years]
    year = case(*starts) if starts else null()
    columns = (PostTranslation.id, PostTranslation.post_id, PostTranslation.language, Post.category_id, year, missing)
    chosen = select(*(each.label(name) for each, name in zip(columns, Hit._fields, strict=True)))
    found = matching(syntax, chosen, matches).join(Post).where(*conditions).limit(FOUND_MAX + 1)
    in_order = case({code: place for place, code in enumerate(languages)}, value=PostTranslation.language)
    newest = (Post.first_published_at.desc(), Post.id.desc())
    if by_date:
        return found.order_by(*newest, in_order)
    order = [*([missing] if query.is_partial else []), in_order, *_tiers(query, syntax)]
    return syntax.ranked(found, [form for term in query.required for form in term.forms], order, newest)


def _tiers(query: Query, syntax: Syntax) -> Iterator[ColumnElement[int]]:
    """Yield what orders the texts of a language: nearness of forms, title or body, nearness of words to each other."""
    terms = query.required
    levels = [_tier(*map(syntax.has, term.levels[:-1])) for term in terms if len(term.levels) > 1]
    levels += [_tier(syntax.has(term.levels[0])) for term in query.optional if term.levels]
    yield from [sum(levels[1:], levels[0])] if levels else []
    if not query.is_partial:
        yield _tier(and_(*(syntax.in_title(term.forms) for term in terms)))
    if len(terms) == 1 and len(terms[0].levels[0]) > 1:
        yield _tier(syntax.has([form(terms[0].word)]))
    elif len(terms) > 1:
        pairs = list(pairwise(term.forms[:NEAR_FORMS_MAX] for term in terms))
        near, beside = (and_(*(how(*pair) for pair in pairs)) for how in (syntax.near, syntax.beside))
        yield case((near, _tier(beside)), else_=2)


def _tier(*conditions: ColumnElement[bool]) -> ColumnElement[int]:
    """Return the place of the first of the conditions that a text meets, or the number of them."""
    return case(*((has, place) for place, has in enumerate(conditions)), else_=len(conditions))
