"""Addresses without a language: the root, sitemaps, robots.txt, icons."""

import json
from collections.abc import Iterable
from typing import Any

from flask import Blueprint, Response, abort, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from kariu_blog.cache.policy import cacheable
from kariu_blog.languages import LANGUAGES, NEW_CODE, OLD_CODE
from kariu_blog.media.files import APP_ICONS, ICON, TOUCH_ICON
from kariu_blog.media.models import Picture
from kariu_blog.posts.navigation import icon, post_url, site_name, to_readers_language
from kariu_blog.posts.post import Post
from kariu_blog.posts.queries.lists import months
from kariu_blog.posts.queries.navigation import layout
from kariu_blog.posts.queries.sitemap import sitemap_parts, sitemap_pictures, sitemap_posts
from kariu_blog.posts.tags import LAYOUT, POSTS
from kariu_blog.routing import absolute, page_language
from kariu_blog.templating import asset

ICON_SECONDS = 30 * 24 * 60 * 60
Group = tuple[dict[str, str], Post | None]
"""Address of a page in each of its languages, and its post if it is one."""

blueprint = Blueprint("site", __name__)


@blueprint.get("/")
def root() -> ResponseReturnValue:
    response = to_readers_language("posts.front")
    response.vary.add("Cookie")
    return response


@blueprint.get(f"/{OLD_CODE}/", defaults={"rest": ""})
@blueprint.get(f"/{OLD_CODE}/<path:rest>")
def old_code(rest: str) -> ResponseReturnValue:
    query = f"?{request.query_string.decode('ascii', 'ignore')}" if request.query_string else ""
    return redirect(f"{url_for('posts.front', lang=NEW_CODE)}{rest}{query}", 301)


@blueprint.get("/sitemap.xml")
def sitemap() -> ResponseReturnValue:
    """Show every address, or on a large site the index of several files (sitemaps.org, Sitemap index)."""
    parts = sitemap_parts()
    if len(parts) > 1:
        return _xml("posts/sitemap_index.xml", parts=parts)
    return _addresses(_lists(), *parts)


@blueprint.get("/sitemap-lists.xml")
def sitemap_of_lists() -> ResponseReturnValue:
    return _addresses(_lists())


@blueprint.get("/sitemap-<int(min=1,max=2000000):part>.xml")
def sitemap_of_posts(part: int) -> ResponseReturnValue:
    return _addresses([], part)


def _lists() -> list[Group]:
    found = layout()
    pages: list[tuple[str, dict[str, Any]]] = [("posts.front", {}), ("feeds.index", {}), ("posts.counting", {})]
    pages += [("posts.rector", {})] if found.rector or found.former_rectors else []
    pages += [(f"posts.{kind}", {"slug": each.slug}) for kind in ("category", "author") for each in found.living(kind)]
    pages += [("posts.archive", {"year": month.year, "month": month.month}) for month in months()]
    groups = [_group(LANGUAGES, name, **values) for name, values in pages]
    return groups + [_group(page.languages("body"), "posts.page", slug=page.slug) for page in found.pages]


def _group(languages: Iterable[str], endpoint: str, **values: Any) -> Group:
    return {code: absolute(url_for(endpoint, lang=code, **values)) for code in languages}, None


def _addresses(groups: list[Group], *parts: int) -> Response:
    pictures: dict[int, list[Picture]] = {}
    for part in parts:
        posts = sitemap_posts(part)
        groups += [({code: post_url(text) for code, text in post.public_translations.items()}, post) for post in posts]
        pictures |= sitemap_pictures(part)
    return _xml("posts/sitemap.xml", groups=groups or abort(404), pictures=pictures)


def _xml(template: str, **values: Any) -> Response:
    xml = render_template(template, **values)
    return cacheable(Response(xml, content_type="application/xml; charset=utf-8"), [LAYOUT, POSTS])


@blueprint.get("/robots.txt")
def robots() -> ResponseReturnValue:
    lines = ["User-agent: *", "Disallow: /*/staff/", f"Sitemap: {absolute(url_for('.sitemap'))}", ""]
    return Response("\n".join(lines), content_type="text/plain; charset=utf-8")


@blueprint.get('/<any("favicon.ico", "apple-touch-icon.png"):name>')
def site_icon(name: str) -> ResponseReturnValue:
    """Send an icon from the address where browsers look without a link."""
    own = icon(ICON if name == "favicon.ico" else TOUCH_ICON)
    if own:
        return redirect(own)
    response = current_app.send_static_file(name)
    response.headers["Cache-Control"] = f"public, max-age={ICON_SECONDS}"
    return cacheable(response, [LAYOUT])


@blueprint.get("/<language:lang>/site.webmanifest")
def manifest() -> ResponseReturnValue:
    """Describe the site for home screens (W3C, Web Application Manifest)."""
    known = [{"src": icon(size) or asset("logo.png"), "sizes": f"{size}x{size}"} for size in APP_ICONS]
    about = {
        "name": site_name(),
        "lang": page_language(),
        "start_url": url_for("posts.front"),
        "display": "browser",
        "icons": known if icon(ICON) else known[1:],
    }
    return cacheable(Response(json.dumps(about, ensure_ascii=False), mimetype="application/manifest+json"), [LAYOUT])
