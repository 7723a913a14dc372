"""The search page and its description for browsers."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Any, NamedTuple

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
from kariu_blog.search.excerpts import Pieces, excerpt, marked
from kariu_blog.search.finding import FOUND_MAX, Answer, Found, Hit, find, places, posts, texts
from kariu_blog.search.keys import form, respelt, words
from kariu_blog.search.kinds import NAMED, Place
from kariu_blog.search.query import Query
from kariu_blog.search.suggestions import search
from kariu_blog.text import clean_line

BY_DATE = "date"
FACETS = {"category": attrgetter("category_id"), "language": attrgetter("language"), "year": attrgetter("year")}
"""What a hit has of each filter."""
YEAR = re.compile("(?:19|2[0-9])[0-9]{2}")

blueprint = Blueprint("search", __name__, url_prefix="/<language:lang>")


@dataclass(frozen=True)
class Filters:
    """What narrows a search; a value that does not exist is ignored."""

    category: str | None
    language: str | None
    year: int | None
    sort: str | None

    @classmethod
    def of_request(cls) -> "Filters":
        asked = request.args.get
        category, language, year = asked("category", ""), asked("language", ""), asked("year", "")
        return cls(
            category if category in _category_ids() else None,
            language if language in LANGUAGES else None,
            int(year) if YEAR.fullmatch(year) else None,
            BY_DATE if asked("sort") == BY_DATE else None,
        )

    @property
    def conditions(self) -> list[ColumnElement[bool]]:
        """The conditions of category and year, after the one that hides from readers what is not public."""
        chosen = [lists.in_category(known) for known in categories() if known.slug == self.category]
        chosen += [lists.in_year(self.year)] if self.year else []
        return [lists.public_text(), *(condition for within in chosen for condition in lists.conditions(within))]

    @property
    def narrow(self) -> bool:
        return bool(self.category or self.language or self.year)

    @property
    def languages(self) -> tuple[str, ...]:
        return (self.language,) if self.language else in_order(page_language())

    def meet(self, hits: Iterable[Hit], leaving_out: str = "") -> Iterable[Hit]:
        """Return the hits that meet all filters but the one left out."""
        for name, of_hit in FACETS.items():
            chosen = getattr(self, name)
            if chosen and name != leaving_out:
                hits = [hit for hit in hits if of_hit(hit) == _category_ids().get(chosen, chosen)]
        return hits


class Result(NamedTuple):
    teaser: Teaser
    url: str
    title: Pieces
    excerpt: Pieces


@blueprint.get("/search")
def results() -> ResponseReturnValue:
    typed, filters, number = clean_line(request.args.get("q", "")), Filters.of_request(), page_number()
    by_date, as_typed, language = filters.sort == BY_DATE, "typed" in request.args, page_language()
    years, languages, conditions = lists.years(), in_order(language), (lists.public_text(),)
    answer = search(typed, languages, *conditions, years=years, by_date=by_date, as_typed=as_typed)
    hits, is_cut = answer.hits, answer.is_cut and not filters.narrow
    if answer.is_cut and filters.narrow:
        hits = find(answer.query, filters.languages, *filters.conditions, years=years, by_date=by_date).hits
    chosen = posts(filters.meet(hits))
    shown = [hit.text_id for hit in chosen[(number - 1) * PAGE_SIZE : number * PAGE_SIZE + 1]]
    page = Page.of(shown, number, PAGE_SIZE) or abort(404)
    found = texts(page.posts, language)
    total = _("More than %(number)d posts found", number=FOUND_MAX)
    parameters = {"q": typed or None, **vars(filters), "typed": 1 if as_typed else None}
    html = render_template(
        "search/results.html",
        typed=typed,
        typed_in=of_words(typed, language),
        typed_marked=_marked(typed),
        meant=_marked(_as_in_texts(answer.query, found) if answer.query.line != typed else ""),
        query=answer.query,
        places=[] if filters.narrow or number > 1 else _places(answer.query),
        found=[_result(answer.query, text) for text in found],
        total=total if is_cut else ngettext("%(num)d post found", "%(num)d posts found", len(chosen)),
        page=page,
        filters=filters,
        parameters=parameters,
        options=_options(answer, filters, years),
        has_posts=bool(years),
        **addresses_in_every_language(number, **parameters),
    )
    response = make_response(html)
    response.headers["Cache-Control"] = "private, no-cache"  # there is no end of queries: cached, they evict real pages
    return response


@blueprint.get("/opensearch.xml")
def description() -> ResponseReturnValue:
    xml = render_template("search/opensearch.xml")
    return cacheable(Response(xml, content_type="application/opensearchdescription+xml; charset=utf-8"), [LAYOUT])


def _marked(line: str) -> Markup:
    """Return a line that somebody typed or meant, with its language."""
    return Markup('<bdi lang="{}">{}</bdi>').format(of_words(line, page_language()), line) if line else Markup()


def _as_in_texts(query: Query, found: Sequence[Found]) -> str:
    """Return the line of a query with its words spelt as in texts: with capitals, hyphens and Kazakh letters."""
    spelt: dict[str, Counter[str]] = defaultdict(Counter)
    for text in found:
        for word in (match[0] for source in (text.teaser.title, text.text) for match in words(source)):
            spelt[form(word)][word] += 1
    usual: dict[str, str] = {}
    for term in query.terms:
        near = next((spelt[each] for each in term.forms if each in spelt), Counter({term.word: 1}))
        usual[term.word] = min(near, key=lambda word: (not word.islower(), -near[word]))
    return respelt(query.line, usual)


def _places(query: Query) -> list[Place]:
    return [place for kind, item_id in places(query) if (place := NAMED[kind].place(item_id))]


def _result(query: Query, found: Found) -> Result:
    """Return a result that leads to where the words were found: to a stand-in, if the text is one here."""
    teaser = found.teaser
    return Result(
        teaser,
        url_for("posts.post", lang=page_language() if found.is_shown else teaser.language, slug=teaser.slug),
        marked(teaser.title, query.hits(found.title_forms)),
        excerpt(found.text, query.hits(found.text_forms)),
    )


def _options(answer: Answer, filters: Filters, years: Iterable[int]) -> dict[str, list[tuple[Any, str, str | None]]]:
    """Return the options of each filter, with the number of posts that each would leave."""
    every: dict[str, list[tuple[Any, str, str | None]]] = {
        "category": [(known.slug, known.name(page_language()), None) for known in categories()],
        "language": [(code, known.name, code) for code, known in LANGUAGES.items()],
        "year": [(year, str(year), None) for year in years],
    }
    if not answer.hits or answer.is_cut:
        return every
    for name, of_hit in FACETS.items():
        met = filters.meet(answer.hits, leaving_out=name)
        left = Counter(map(of_hit, met if name == "language" else posts(met)))
        numbers = {value: left[_category_ids().get(value, value)] for value, _label, _language in every[name]}
        every[name] = [
            (value, f"{label} ({numbers[value]})", language)
            for value, label, language in every[name]
            if numbers[value] or value == getattr(filters, name)
        ]
    return every


def _category_ids() -> dict[Any, Any]:
    return {known.slug: known.id for known in categories()}
