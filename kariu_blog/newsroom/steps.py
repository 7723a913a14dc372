"""The first steps of a new site, on the newsroom's first page until each is done or skipped."""

from typing import Any, NamedTuple

from flask import abort, redirect, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l
from flask_security import current_user
from sqlalchemy import func, select

from kariu_blog.accounts.models import Role, Staff
from kariu_blog.database import db
from kariu_blog.newsroom import queries
from kariu_blog.newsroom.desk import admins_only, blueprint
from kariu_blog.newsroom.site import SITE
from kariu_blog.posts.items import SiteItem
from kariu_blog.posts.navigation import layout
from kariu_blog.posts.post import Post

KIND = "steps"
"""Kind of the item that a first start without demonstration makes: the steps that were skipped."""
STEPS = {
    "contacts": _l("Enter name and contacts of the university"),
    "rector": _l("Enter the rector"),
    "quotation": _l("Enter a quotation"),
    "colleague": _l("Invite the first colleague"),
    "post": _l("Write the first post"),
}


class Step(NamedTuple):
    name: str
    words: Any
    address: str
    """Empty where this cannot be done in the newsroom."""
    is_done: bool


@blueprint.context_processor
def _offer_steps() -> dict[str, Any]:
    return {"first_steps": first_steps}


def first_steps() -> list[Step]:
    """Return what an administrator has to do or has done, nothing once all is done or skipped."""
    item = next(iter(layout().every(KIND)), None)
    if item is None or current_user.role != Role.ADMIN:
        return []
    skipped, done = item.fields.get("skipped", "").split(), _done()
    steps = [Step(name, words, _address(name), name in done) for name, words in STEPS.items() if name not in skipped]
    return [] if all(step.is_done for step in steps) else steps


@blueprint.post(f"{SITE}/steps/<any({', '.join(STEPS)}):step>/skipped")
def skip_step(step: str) -> ResponseReturnValue:
    admins_only()
    row = next(iter(queries.items(KIND, SiteItem)), None) or abort(404)
    row.fields = {"skipped": f"{row.fields.get('skipped', '')} {step}"}
    db.session.commit()
    return redirect(url_for(".posts"), 303)


def _done() -> set[str]:
    kinds = {item.kind for item in layout().items}
    people, posts = (db.session.scalar(select(func.count()).select_from(model)) or 0 for model in (Staff, Post))
    return kinds | ({"colleague"} if people > 1 else set()) | ({"post"} if posts else set())


def _address(step: str) -> str:
    if step == "colleague":
        return url_for("newsroom.new_person")
    if step == "post":
        return url_for(".new_post")
    return url_for(".new_item", kind="contacts" if step == "contacts" else f"{step}s")
