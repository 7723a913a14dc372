"""What pages of every package name and link to: the menu, categories and bylines, and addresses of posts."""

from collections.abc import Sequence
from typing import Any

from flask import Response, abort, make_response, redirect, request, url_for

from kariu_blog.cache.policy import memoize
from kariu_blog.languages import LANGUAGES, negotiate
from kariu_blog.posts.post import Post, PostTranslation
from kariu_blog.posts.queries import navigation as queries
from kariu_blog.posts.tags import LAYOUT
from kariu_blog.posts.taxonomy import Named
from kariu_blog.routing import absolute, page_language


def navigation() -> dict[str, Any]:
    """Return what templates need for the menu."""
    return {"categories": categories}


def categories() -> Sequence[Named]:
    return memoize(LAYOUT, queries.categories)


def authors() -> Sequence[Named]:
    return memoize(LAYOUT, queries.authors)


def site() -> queries.About | None:
    return memoize(LAYOUT, queries.site)


def category_of(post: Post) -> Named:
    return next((known for known in categories() if known.id == post.category_id), None) or Named.of(post.category)


def author_of(post: Post) -> Named:
    return next((known for known in authors() if known.id == post.author_id), None) or Named.of(post.author)


def category_or_404(slug: str) -> Named:
    return next((category for category in categories() if category.slug == slug), None) or abort(404)


def author_or_404(slug: str) -> Named:
    return next((author for author in authors() if author.slug == slug), None) or abort(404)


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
