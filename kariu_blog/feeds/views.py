"""Feeds as documents: the same data gives the same bytes, conditional requests as RFC 9110 says."""

from datetime import UTC, datetime

from flask import Blueprint, Response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from kariu_blog.feeds import builder
from kariu_blog.feeds.builder import Head, Row
from kariu_blog.pages.layer import public
from kariu_blog.posts import queries
from kariu_blog.posts.models import FEED_AUTHORITY, LAYOUT, POSTS, Category, PostTranslation
from kariu_blog.posts.views import addresses_in_every_language, categories, category_or_404, navigation, post_url
from kariu_blog.routing import absolute, page_language

FORMATS = {
    "rss": (builder.rss, "application/rss+xml; charset=utf-8"),
    "atom": (builder.atom, "application/atom+xml; charset=utf-8"),
}
FORMAT = f"<any({', '.join(FORMATS)}):format>"
BEFORE_ANY_POST = datetime(2021, 1, 1, tzinfo=UTC)
"""When a feed without entries was last changed: a date is required and must not move."""

blueprint = Blueprint("feeds", __name__, url_prefix="/<language:lang>")
blueprint.context_processor(navigation)


@blueprint.get("/feeds/")
def index() -> ResponseReturnValue:
    return public(render_template("feeds/index.html", **addresses_in_every_language()), [LAYOUT])


@blueprint.get(f"/feed.{FORMAT}")
def all_posts(format: str) -> ResponseReturnValue:
    return _document(format, None)


@blueprint.get(f"/categories/<slug:slug>/feed.{FORMAT}")
def category(slug: str, format: str) -> ResponseReturnValue:
    return _document(format, category_or_404(slug))


def _document(format: str, category: Category | None) -> Response:
    scope = [queries.in_category(category)] if category else []
    texts = queries.feed_texts(page_language(), builder.ENTRIES_MAX, *scope)
    categories()  # all in one statement, before each entry asks for its own
    build, content_type = FORMATS[format]
    head = _head(category, texts)
    body = build(head, [_row(text) for text in texts], absolute(request.path))
    response = Response(body, content_type=content_type)
    response.last_modified = head.updated
    response.headers["Cache-Control"] = "public, max-age=300, stale-while-revalidate=3600"
    return public(response, [LAYOUT, category.scope if category else POSTS])


def _head(category: Category | None, texts: queries.Texts) -> Head:
    language = page_language()
    site = _("KarIU Blog")
    return Head(
        id=f"tag:{FEED_AUTHORITY}:feed/{language}/{category.slug if category else 'all'}",
        title=f"{category.name(language)} · {site}" if category else site,
        subtitle=_("The rector's blog and news of Karaganda Industrial University"),
        language=language,
        url=absolute(url_for("posts.category", slug=category.slug) if category else url_for("posts.front")),
        author=_("Karaganda Industrial University"),
        updated=max((text.changed_at for text in texts), default=BEFORE_ANY_POST),
    )


def _row(text: PostTranslation) -> Row:
    post, language = text.post, text.language
    assert text.published_at is not None  # noqa: S101  # public texts have a date
    return Row(
        id=text.feed_id,
        url=post_url(text),
        language=language,
        title=text.title,
        summary=text.lead,
        body=text.body,
        author=post.author.name(language),
        category=post.category.slug,
        category_label=post.category.name(language),
        category_url=absolute(url_for("posts.category", slug=post.category.slug)),
        published=text.published_at,
        updated=text.changed_at,
        translations=[(code, post_url(other)) for code, other in post.public_translations.items() if code != language],
    )
