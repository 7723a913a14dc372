"""The log of acts for administrators: filtered pages, and the same as a table to download."""

import re
from datetime import date, timedelta
from typing import Any

from flask import abort, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l

from kariu_blog.accounts.acts import Act
from kariu_blog.database import db
from kariu_blog.languages import format_month, month_bounds, month_of, of_words
from kariu_blog.newsroom import queries, site_kinds
from kariu_blog.newsroom.desk import admins_only, blueprint
from kariu_blog.newsroom.spreadsheet import as_csv
from kariu_blog.routing import page_language, page_number
from kariu_blog.templating import iso

KINDS = {
    "account.signed_in": _l("Signed in"),
    "account.signed_out": _l("Signed out"),
    "account.sign_in_failed": _l("Sign-in failed"),
    "account.sessions_ended": _l("Other sessions ended"),
    "account.password_changed": _l("Password changed"),
    "account.password_chosen": _l("Password chosen by a link"),
    "account.email_changed": _l("E-mail address changed"),
    "account.second_factor_set_up": _l("Second factor set up"),
    "account.second_factor_removed": _l("Second factor removed"),
    "account.recovery_codes_made": _l("Recovery codes made"),
    "account.recovery_code_used": _l("Signed in with a recovery code"),
    "account.invited": _l("Account: invited"),
    "account.added": _l("Account: added"),
    "account.reset": _l("Account: link or password given"),
    "account.role_changed": _l("Account: role changed"),
    "account.limits_changed": _l("Account: limits changed"),
    "account.disabled": _l("Account: closed"),
    "account.enabled": _l("Account: opened again"),
    "post.submitted": _l("Post: submitted for review"),
    "file.replaced": _l("File: replaced"),
    "file.deleted": _l("File: deleted"),
    "post.published": _l("Post: published"),
    "post.scheduled": _l("Post: scheduled"),
    "post.unscheduled": _l("Post: no longer scheduled"),
    "post.withdrawn": _l("Post: withdrawn"),
    "post.category_changed": _l("Post: moved to another category"),
    "post.byline_changed": _l("Post: given another byline"),
    "post.address_changed": _l("Post: given another address"),
    "post.restored": _l("Post: an earlier text restored"),
    "post.updated": _l("Post: a change shown to readers"),
    "post.update_scheduled": _l("Post: a change scheduled"),
    "post.deleted": _l("Post: deleted"),
    "post.undeleted": _l("Post: taken out of the trash"),
    "menu.changed": _l("Order of the menu and the footer"),
    "site.imported": _l("Old site: imported"),
    "address.led": _l("Old address: led on"),
    "address.dropped": _l("Old address: no longer led on"),
}
"""What people read of each kind of act."""
for _kind in site_kinds.KINDS.values():
    KINDS[f"{_kind.act}.created"] = _l("%(what)s: added", what=_kind.plural)
    KINDS[f"{_kind.act}.changed"] = _l("%(what)s: changed", what=_kind.plural)
    KINDS[f"{_kind.act}.restored"] = _l("%(what)s: an earlier version restored", what=_kind.plural)
for _kind in (site_kinds.CategoryForm, site_kinds.BylineForm):
    KINDS[f"{_kind.act}.merged"] = _l("%(what)s: merged", what=_kind.plural)
    KINDS[f"{_kind.act}.separated"] = _l("%(what)s: a merge taken back", what=_kind.plural)
FILTERS = ("person", "kind", "post", "month")


@blueprint.get("/people/acts")
def acts() -> ResponseReturnValue:
    admins_only()
    language = page_language()
    people = [(person.id, person.name(language)) for person in queries.people()]
    return render_template(
        "newsroom/people/acts.html",
        page=queries.acts_page(page_number(), **_chosen()) or abort(404),
        asked={name: request.args[name] for name in FILTERS if request.args.get(name)},
        labels=KINDS,
        names=[(f"{key}", name, of_words(name, language)) for key, name in people],
        kinds=[(kind, label, "") for kind, label in KINDS.items()],
        months=[(f"{month:%Y-%m}", format_month(month.year, month.month, language), "") for month in _months()],
    )


@blueprint.get("/people/acts.csv")
def acts_table() -> ResponseReturnValue:
    admins_only()
    found = db.session.scalars(queries.acts(**_chosen()), execution_options={"yield_per": 500})
    return as_csv("acts", map(_cells, found))


def _chosen() -> dict[str, Any]:
    """Return the filters of the query string, without those that are none."""
    month = request.args.get("month", "")
    return {
        "person": _id("person"),
        "kind": request.args.get("kind", ""),
        "post": _id("post"),
        "month": next((month_bounds(each.year, each.month) for each in _months() if f"{each:%Y-%m}" == month), None),
    }


def _id(name: str) -> int | None:
    typed = request.args.get(name, "")
    return int(typed) if re.fullmatch("[0-9]{1,9}", typed) else None


def _months() -> list[date]:
    """Return the months from the first act to the last, the newest first."""
    first, last = queries.times_of_acts()
    months = [month_of(last)] if last else []
    while first and months[-1] > month_of(first):
        months.append((months[-1] - timedelta(days=1)).replace(day=1))
    return months


def _cells(act: Act) -> list[str]:
    kind, count = str(KINDS.get(act.kind, act.kind)), f"{act.failures.count}" if act.failures else ""
    address = act.address.address if act.address else ""
    return [iso(act.at), act.staff_name, kind, act.subject, str(act.post_id or ""), count, address]
