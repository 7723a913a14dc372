"""Pages for readers."""

from functools import partial
from typing import Any

from flask import Blueprint, Response, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from kariu_blog.cache.policy import cacheable
from kariu_blog.languages import LANGUAGES, format_month, in_order, local, month_name
from kariu_blog.media.library import library_of
from kariu_blog.media.models import LIBRARY
from kariu_blog.posts import structured
from kariu_blog.posts.navigation import (
    addresses_in_every_language,
    addresses_of,
    author_of,
    author_or_404,
    category_of,
    category_or_404,
    layout,
    navigation,
    post_url,
)
from kariu_blog.posts.queries import lists
from kariu_blog.posts.queries.front import front_page
from kariu_blog.posts.queries.lists import Page, PostFilter
from kariu_blog.posts.queries.post import is_deleted, nearby, public_post
from kariu_blog.posts.queries.teasers import Teaser
from kariu_blog.posts.tags import LAYOUT, POSTS, order_tag, post_tag
from kariu_blog.routing import page_language, page_number
from kariu_blog.templating import in_language

VIEWS_SECONDS = 300.0
"""Age in seconds that the number of views on a page may have."""
MOST_READ_SECONDS = 3600.0

blueprint = Blueprint("posts", __name__, url_prefix="/<language:lang>")
blueprint.app_context_processor(navigation)


@blueprint.get("/")
def front() -> ResponseReturnValue:
    language, number, found = page_language(), page_number(), layout()
    if number > 1:
        page = lists.pinned_page(language, number, {}) or abort(404)
        html = render_template("posts/more.html", page=page, **addresses_in_every_language(number))
        return cacheable(html, [LAYOUT, POSTS], ["page"])
    blog = found.rector_category if found.rector else None
    bands = front_page(language, [each.id for each in found.shown("category")], blog.id if blog else None)
    html = render_template(
        "posts/front.html",
        front=bands,
        quotation=found.current("quotation", "text", language),
        rector=found.rector if blog else None,
        blog=blog,
        most_read=lists.most_read(language),
        structured=structured.site(),
        format_month=format_month,
        **addresses_in_every_language(),
    )
    return cacheable(html, [LAYOUT, POSTS], ["page"], max_age=MOST_READ_SECONDS)


@blueprint.get("/posts/<slug:slug>")
def post(slug: str) -> ResponseReturnValue:
    language = page_language()
    post, views = public_post(slug) or abort(410 if is_deleted(slug) else 404)
    text = post.shown_in(language) or abort(404)
    if text.slug != slug:  # for good into the language asked for; a stand-in may yet be replaced
        return redirect(url_for(".post", slug=text.slug), 301 if text.language == language else 302)
    words = ngettext("%(num)d view", "%(num)d views", views)
    neighbours = nearby(post, language)
    category, author, library = category_of(post), author_of(post), library_of(text.body)
    with in_language(text.language):
        about = structured.article(text, category, author, post_url(text), library)
    html = render_template(
        "posts/post.html",
        text=text,
        category=category,
        author=author,
        library=library,
        views=words if views else "",
        nearby=neighbours,
        old_from=local(text.published_at).year if text.is_old and text.published_at else None,
        structured=about,
        **addresses_of(text),
    )
    shown = [LAYOUT, post.tag, order_tag(post.category_id), *(teaser.tag for teaser in neighbours.all)]
    shown += map(post_tag, post.related or ())  # one that is withdrawn now may come back
    counter = post.id, LANGUAGES[text.language].number
    fragment = f"<span>{words}</span>" if views else ""
    return cacheable(html, shown, view_counter=counter, volatile_fragment=fragment, max_age=VIEWS_SECONDS)


@blueprint.get("/categories/<slug:slug>/")
def category(slug: str) -> ResponseReturnValue:
    category, language = category_or_404(slug), page_language()
    page = lists.pinned_page(language, page_number(), lists.in_category(category)) or abort(404)
    rector = layout().rector if category == layout().rector_category else None
    return _list("posts/category.html", [category.tag], category.name(language), page, category=category, rector=rector)


@blueprint.get("/authors/<slug:slug>/")
def author(slug: str) -> ResponseReturnValue:
    author = author_or_404(slug)
    page, name = _page(lists.by_author(author)), author.name(page_language())
    return _list("posts/author.html", [author.tag, LIBRARY], name, page, author=author)


@blueprint.get("/rector/")
def rector() -> ResponseReturnValue:
    """Show the current rector with the blog, and those before."""
    language, found = page_language(), layout()
    category = found.rector_category
    if category is None or not (found.rector or found.former_rectors):
        abort(404)
    page, name = _page(lists.in_category(category)), (found.rector or category).name(language)
    values = {"rector": found.rector, "former": found.former_rectors, "category": category}
    return _list("posts/rector.html", [category.tag, LIBRARY], name, page, **values)


@blueprint.get("/pages/<slug:slug>")
def page(slug: str) -> ResponseReturnValue:
    """Show a page, or redirect to it in the nearest language that it is written in."""
    language = page_language()
    found = next((page for page in layout().pages if page.slug == slug), None) or abort(404)
    written = found.languages("body")
    if language not in written:
        nearest = next((code for code in in_order(language) if code in written), None) or abort(404)
        return redirect(url_for(".page", lang=nearest, slug=slug))
    addresses = addresses_in_every_language(slug=slug)
    addresses["alternates"] = {code: addresses["alternates"][code] for code in written}
    about = structured.breadcrumbs(found.name(language), request.path)
    return cacheable(render_template("posts/page.html", item=found, structured=about, **addresses), [LAYOUT, LIBRARY])


@blueprint.get("/counting")
def counting() -> ResponseReturnValue:
    """Tell how views are counted."""
    about = structured.breadcrumbs(_("How readers are counted"), request.path)
    html = render_template("posts/counting.html", structured=about, **addresses_in_every_language())
    return cacheable(html, [LAYOUT])


@blueprint.get("/archive/")
def newest_archive() -> ResponseReturnValue:
    """Show the years and months that have posts, and how many."""
    html = render_template(
        "posts/archives.html",
        years=lists.posts_by_month(),
        month_name=partial(month_name, language=page_language()),
        structured=structured.breadcrumbs(_("Archive"), request.path),
        **addresses_in_every_language(),
    )
    return cacheable(html, [LAYOUT, POSTS])


@blueprint.get("/archive/<int(fixed_digits=4,min=1900,max=2999):year>/<int(fixed_digits=2,min=1,max=12):month>/")
def archive(year: int, month: int) -> ResponseReturnValue:
    page = _page(lists.in_month(year, month))
    earlier, later = lists.neighbouring_months(year, month)
    if not page.posts and not (earlier and later):
        abort(404)
    name = format_month(year, month, page_language())
    words = {"heading": _("Archive: %(month)s", month=name), "name": name.capitalize(), "format_month": format_month}
    return _list("posts/archive.html", [POSTS], name.capitalize(), page, earlier=earlier, later=later, **words)


def _page(chosen: PostFilter) -> Page[Teaser]:
    return lists.public_page(page_language(), page_number(), chosen) or abort(404)


def _list(template: str, tags: list[str], breadcrumb: str, page: Page[Teaser], **values: Any) -> Response:
    """Answer with a page of a list; ``tags`` are its cache tags."""
    about, address = structured.breadcrumbs(breadcrumb, request.path), request.view_args or {}
    addresses = addresses_in_every_language(page.number, **address)
    return cacheable(
        render_template(template, page=page, structured=about, **values, **addresses), [LAYOUT, *tags], ["page"]
    )
