"""Reports: how full each language is, and what people read.  Pages that can be printed, and the same as CSV."""

from datetime import date, timedelta

from babel.numbers import format_percent
from flask import render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from kariu_blog.database import now
from kariu_blog.languages import LANGUAGES, format_month, local
from kariu_blog.newsroom import figures
from kariu_blog.newsroom.desk import blueprint, publishers_only
from kariu_blog.newsroom.parity import Report
from kariu_blog.newsroom.spreadsheet import as_csv
from kariu_blog.posts.navigation import categories
from kariu_blog.posts.queries.lists import years
from kariu_blog.routing import page_language

REPORTS = "/reports"


@blueprint.get(REPORTS)
def reports() -> ResponseReturnValue:
    publishers_only()
    year = _year()
    return render_template(
        "newsroom/reports/languages.html",
        year=year,
        years=_years(year),
        report=Report.of(figures.published_in(year)),
        lists=figures.lacking_in(year),
        outdated=figures.outdated_in(year),
        names=_category_names(),
        month_name=_month_name,
        span=span,
        percent=lambda part: format_percent(part, locale=LANGUAGES[page_language()].locale),
    )


@blueprint.get(f"{REPORTS}/languages/<int(fixed_digits=4,min=1900,max=2999):year>/csv")
def language_figures(year: int) -> ResponseReturnValue:
    publishers_only()
    names, report = _category_names(), Report.of(figures.published_in(year))
    rows = [
        [f"{month:%Y-%m}", names.get(category, ""), row.posts]
        + [row.texts[code] for code in LANGUAGES]
        + [f"{row.share(code):.3f}" for code in LANGUAGES]
        + [_hours(row.delays[code]) for code in LANGUAGES]
        + ["" if row.kazakh_to_russian is None else f"{row.kazakh_to_russian:.3f}"]
        for (month, category), row in report.rows.items()
    ]
    head = ["month", "category", "posts", *(f"texts_{code}" for code in LANGUAGES)]
    head += [*(f"share_{code}" for code in LANGUAGES), *(f"median_delay_hours_{code}" for code in LANGUAGES)]
    return as_csv(f"languages-{year}", [[*head, "letters_kk_to_ru"], *rows])


@blueprint.get(f"{REPORTS}/readers")
def readers() -> ResponseReturnValue:
    publishers_only()
    year = _year()
    return render_template(
        "newsroom/reports/readers.html",
        year=year,
        years=_years(year),
        by_month=figures.views_by_month(year),
        by_category=figures.views_by_category(year),
        most_read=figures.most_read_in(year, page_language()),
        names=_category_names(),
        month_name=_month_name,
    )


@blueprint.get(f"{REPORTS}/readers/<int(fixed_digits=4,min=1900,max=2999):year>/csv")
def reader_figures(year: int) -> ResponseReturnValue:
    publishers_only()
    names = _category_names()
    rows = [
        [f"{month:%Y-%m}", post, names.get(category, ""), code, title, views]
        for month, post, category, code, title, views in figures.views_of_posts(year)
    ]
    return as_csv(f"readers-{year}", [["month", "post", "category", "language", "title", "views"], *rows])


def span(time: timedelta | None) -> str:
    """Return ``3 days`` or ``5 hours``, as far as it matters."""
    if time is None:
        return "—"
    hours = round(time.total_seconds() / 3600)
    if not hours:
        return str(_("less than an hour"))
    days = round(hours / 24)
    words = (
        ngettext("%(num)d hour", "%(num)d hours", hours) if days < 2 else ngettext("%(num)d day", "%(num)d days", days)
    )
    return str(words)


def _hours(time: timedelta | None) -> str:
    return "" if time is None else f"{time.total_seconds() / 3600:.1f}"


def _year() -> int:
    present = local(now()).year
    asked = request.args.get("year", "")
    return int(asked) if asked.isascii() and asked.isdigit() and 1900 <= int(asked[:5]) < 3000 else present


def _years(shown: int) -> list[int]:
    return sorted({shown, local(now()).year, *years()}, reverse=True)


def _month_name(month: date) -> str:
    return format_month(month.year, month.month, page_language())


def _category_names() -> dict[int, str]:
    return {category.id: category.name(page_language()) for category in categories()}
