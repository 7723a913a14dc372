"""The search page and its description for browsers."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, abort, make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext
from markupsafe import Markup
from sqlalchemy import ColumnElement

from kariu_blog.cache.policy import cacheable
from kariu_blog.languages import LANGUAGES, in_order, of_words
from kariu_blog.posts.navigation import addresses_in_every_language, categories
from kariu_blog.posts.queries import lists
from kariu_blog.posts.queries.lists import PAGE_SIZE, Page
from kariu_blog.posts.queries.teasers import Teaser
from kariu_blog.posts.tags import LAYOUT
from kariu_blog.routing import page_language, page_number
from kariu_blog.search import index
from kariu_blog.search.excerpts import Pieces, excerpt, marked
from kariu_blog.search.suggestions import Suggestion, suggestion
from kariu_blog.text import clean_line

BY_DATE = "date"
YEAR = re.compile("(?:19|2[0-9])[0-9]{2}")

blueprint = Blueprint("search", __name__, url_prefix="/<language:lang>")


@dataclass(frozen=True)
class Filters:
    """What narrows a search; what is not known is as if it were not there."""

    category: str | None
    language: str | None
    year: int | None
    sort: str | None

    @property
    def conditions(self) -> list[ColumnElement[bool]]:
        """Beginning with the one that keeps from readers what is not public."""
        chosen = [lists.in_category(known) for known in categories() if known.slug == self.category]
        chosen += [lists.in_year(self.year)] if self.year else []
        return [lists.public_text(), *(condition for within in chosen for condition in lists.conditions(within))]

    @property
    def narrow(self) -> bool:
        return bool(self.category or self.language or self.year)

    @property
    def languages(self) -> tuple[str, ...]:
        return (self.language,) if self.language else in_order(page_language())


@dataclass(frozen=True)
class Result:
    teaser: Teaser
    url: str
    title: Pieces
    excerpt: Pieces


@dataclass(frozen=True)
class Results:
    """One page of them; ``number`` counts from 1."""

    found: Sequence[Result]
    number: int
    has_older: bool
    is_begun: bool
    """Whether the last word was taken for the beginning of one."""
    total: int
    """Number of posts found, or one more than ``index.FOUND_MAX``."""

    @property
    def how_much(self) -> Any:
        if self.total > index.FOUND_MAX:
            return _("More than %(number)d posts found", number=index.FOUND_MAX)
        return ngettext("%(num)d post found", "%(num)d posts found", self.total)


@blueprint.get("/search")
def results() -> ResponseReturnValue:
    typed, filters, number = clean_line(request.args.get("q", "")), _filters(), page_number()
    query = index.query_of(typed)
    page = _results(query, filters, number) or abort(404)
    parameters = {"q": typed or None, **vars(filters)}
    html = render_template(
        "search/results.html",
        typed=typed,
        typed_in=(typed_in := of_words(typed, page_language())),
        typed_marked=Markup('<bdi lang="{}">{}</bdi>').format(typed_in, typed),
        query=query,
        filters=filters,
        parameters=parameters,
        page=page,
        category_options=[(known.slug, known.name(page_language()), None) for known in categories()],
        language_options=[(code, known.name, code) for code, known in LANGUAGES.items()],
        year_options=[(year, year, None) for year in lists.years()],
        suggestion=_suggestion(query, filters) if query.words and not page.found else None,
        **addresses_in_every_language(number, **parameters),
    )
    response = make_response(html)
    response.headers["Cache-Control"] = "private, no-cache"  # no end of queries: kept, they would push real pages out
    return response


@blueprint.get("/opensearch.xml")
def description() -> ResponseReturnValue:
    xml = render_template("search/opensearch.xml")
    return cacheable(Response(xml, content_type="application/opensearchdescription+xml; charset=utf-8"), [LAYOUT])


def _filters() -> Filters:
    category, language, year, sort = (request.args.get(name, "") for name in ("category", "language", "year", "sort"))
    return Filters(
        category=category if any(known.slug == category for known in categories()) else None,
        language=language if language in LANGUAGES else None,
        year=int(year) if YEAR.fullmatch(year) else None,
        sort=sort if sort == BY_DATE else None,
    )


def _results(query: index.Query, filters: Filters, number: int) -> Results | None:
    """Return a page of results, None if there is no such page."""
    last = number * PAGE_SIZE
    query, found = index.find_generously(
        query, filters.languages, *filters.conditions, by_date=filters.sort == BY_DATE, limit=last + 1
    )
    page = Page.of(list(found)[last - PAGE_SIZE :], number, PAGE_SIZE)
    if page is None:
        return None
    shown = [_result(query, text) for text in index.texts(page.posts, page_language())]
    total = index.count(query, filters.languages, *filters.conditions) if page.has_older else len(found)
    return Results(shown, number, page.has_older, query.may_go_on, total)


def _result(query: index.Query, found: index.Found) -> Result:
    """It leads to where the text is read in which the words were found: as a stand-in, if it is one here."""
    teaser = found.teaser
    return Result(
        teaser,
        url_for("posts.post", lang=page_language() if found.is_shown else teaser.language, slug=teaser.slug),
        marked(teaser.title, query.hits(found.title_keys, teaser.language)),
        excerpt(found.text, query.hits(found.text_keys, teaser.language)),
    )


def _suggestion(query: index.Query, filters: Filters) -> Suggestion | None:
    return suggestion(query, filters.languages, *filters.conditions)
