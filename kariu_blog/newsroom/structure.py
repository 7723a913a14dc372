"""The structure of a text, which a translation into another language begins with."""

from flask import abort
from flask.typing import ResponseReturnValue
from flask_security import current_user
from lxml.html import HTMLParser, fragment_fromstring, tostring

from kariu_blog.accounts.signin import csrf
from kariu_blog.languages import in_order
from kariu_blog.newsroom.desk import TRANSLATION, blueprint, sent_form
from kariu_blog.newsroom.posts import show_form

KEPT = {"h2", "h3", "h4", "table", "figure", "hr"}


@blueprint.post(f"{TRANSLATION}/structure")
def structure(post_id: int, text_language: str) -> ResponseReturnValue:
    """Show the form with headings, tables and pictures of another language in an empty body.  Nothing is saved."""
    form = sent_form(post_id)
    if not form.csrf_token.validate(form):
        return show_form(form, 400)
    pane, texts = form.panes[text_language], form.post.translations if form.post else {}
    other = next((texts[code] for code in in_order(text_language) if code in texts and code != text_language), None)
    if pane.is_locked or other is None:
        abort(404)
    if not pane.body.data:
        pane.body.data = skeleton(other.latest.body)
        pane.bind(form.post, text_language, current_user)
    return show_form(form)


csrf.exempt(structure)  # the form checks the token, so that a refusal shows what was typed


def skeleton(body: str) -> str:
    """Return headings, tables and pictures of a body; the pictures without their description, which has a language."""
    root = fragment_fromstring(body, create_parent="div", parser=HTMLParser(huge_tree=True))
    kept = [child for child in root if child.tag in KEPT or child.find(".//img") is not None]
    for child in kept:
        child.tail = ""
        for picture in child.iter("img"):
            picture.set("alt", "")
    return "".join(tostring(child, encoding="unicode") for child in kept)
