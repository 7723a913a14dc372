"""What pages of every package name and link to: menu and footer, categories and bylines, addresses of posts."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from flask import Response, abort, g, make_response, redirect, request, url_for
from flask_babel import gettext as _

from kariu_blog.cache.policy import memoize
from kariu_blog.languages import LANGUAGES, negotiate
from kariu_blog.media.files import Files
from kariu_blog.posts.items import Item
from kariu_blog.posts.post import Post, PostTranslation
from kariu_blog.posts.queries import navigation as queries
from kariu_blog.posts.queries.feeds import FeedText
from kariu_blog.posts.queries.navigation import Layout
from kariu_blog.posts.queries.teasers import Teaser
from kariu_blog.posts.tags import LAYOUT
from kariu_blog.routing import absolute, page_language
from kariu_blog.text import MEDIA


class Entry(NamedTuple):
    """A link of the menu or of the footer."""

    address: str
    name: str


def navigation() -> dict[str, Any]:
    """Return what templates need for the masthead, the menu and the footer."""
    return {
        "author_of": author_of,
        "category_of": category_of,
        "contacts": contacts,
        "entries": entries,
        "icon": icon,
        "notice": notice,
        "site_name": site_name,
        "university": university,
    }


def layout() -> Layout:
    known: Layout = g.layout if "layout" in g else memoize(LAYOUT, queries.layout)
    return known


def do_without_database() -> None:
    """Make the page that is being made show no items, because the database cannot be asked for them."""
    g.layout = Layout()


def categories() -> Sequence[Item]:
    return layout().living("category")


def authors() -> Sequence[Item]:
    return layout().living("author")


def entries(place: str) -> list[Entry]:
    """Return the entries of the menu or of the footer, in their order."""
    language, found = page_language(), layout()
    named = [item for kind in ("page", "link") for item in found.shown(kind) if item.fields.get("place") == place]
    if place == "menu":
        named += found.shown("category")
    named.sort(key=lambda item: (item.position, item.kind, item.id))
    return [Entry(_address(item), item.name(language)) for item in named if item.word("name", language)]


def _address(item: Item) -> str:
    if item.kind == "link":
        return item.fields["address"]
    return url_for("posts.category" if item.kind == "category" else "posts.page", slug=item.slug)


def notice() -> Item | None:
    """Return the notice on top of every page."""
    return layout().current("notice", "text", page_language())


def contacts() -> Mapping[str, str]:
    return layout().contacts


def icon(size: int) -> str:
    """Return the address of an icon of the mark that staff chose, empty without one."""
    mark = Files.of(contacts().get("mark", ""))
    return MEDIA + mark.icon(size) if mark else ""


def site_name() -> str:
    return contacts().get(f"{page_language()}-site_name") or _("KarIU Blog")


def university() -> str:
    return contacts().get(f"{page_language()}-university") or _("Karaganda Industrial University")


def category_of(post: Post | Teaser | FeedText) -> Item:
    return _known("category", post.category_id)


def author_of(post: Post | FeedText) -> Item:
    return _known("author", post.author_id)


def _known(kind: str, key: int) -> Item:
    """Return a category or byline, also one that was made after the layout had been read."""
    found = layout().find(kind, key) or queries.layout().find(kind, key)
    assert found is not None  # noqa: S101  # a foreign key
    return found


def category_or_404(slug: str) -> Item:
    return _found("category", slug)


def author_or_404(slug: str) -> Item:
    return _found("author", slug)


def _found(kind: str, slug: str) -> Item:
    """Return what has this slug; redirect the same address of a merged one, a page or a feed, to what it became."""
    found = layout().at(kind, slug) or abort(404)
    if found.slug != slug:
        values = {**(request.view_args or {}), "slug": found.slug}
        abort(redirect(url_for(str(request.endpoint), **values), 301))
    return found


def addresses_of(text: PostTranslation) -> dict[str, Any]:
    """Return the canonical address of a post, those of its public translations, and the links of the language switcher.

    The canonical address of a stand-in is that of the original, and no hreflang names it.
    """
    here = page_language()
    public = text.post.public_translations
    return {
        "canonical": post_url(text),
        "alternates": {code: post_url(other) for code, other in public.items()} if text.language == here else {},
        "switch": {code: _path_in(code, text) for code in LANGUAGES},
    }


def _path_in(language: str, text: PostTranslation) -> str:
    shown = text.post.shown_in(language) or text
    return url_for("posts.post", lang=language, slug=shown.slug)


def post_url(text: PostTranslation) -> str:
    return url_of(text.language, text.slug)


def url_of(language: str, slug: str) -> str:
    return absolute(url_for("posts.post", lang=language, slug=slug))


def addresses_in_every_language(number: int = 1, **values: Any) -> dict[str, Any]:
    """Return the addresses of a page that exists in each language."""
    page = number if number > 1 else None
    paths = {code: url_for(str(request.endpoint), lang=code, page=page, **values) for code in LANGUAGES}
    return {
        "canonical": absolute(paths[page_language()]),
        "alternates": {code: absolute(path) for code, path in paths.items()},
        "switch": paths,
    }


def to_readers_language(endpoint: str, **values: Any) -> Response:
    """Redirect to this page in the first language that the reader accepts."""
    response = make_response(redirect(url_for(endpoint, lang=negotiate(request.accept_languages), **values)))
    response.vary.add("Accept-Language")
    response.headers["Cache-Control"] = "no-store"
    return response
