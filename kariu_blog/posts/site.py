"""The addresses that belong to no language."""

from flask import Blueprint, Response, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import text

from kariu_blog.database import db
from kariu_blog.languages import NEW_CODE, OLD_CODE, negotiate
from kariu_blog.pages.layer import public
from kariu_blog.posts import queries
from kariu_blog.posts.scopes import LAYOUT, POSTS
from kariu_blog.posts.views import post_url
from kariu_blog.routing import absolute

SITEMAP_POSTS = 16_000  # three addresses each: the protocol allows 50,000

blueprint = Blueprint("site", __name__)


@blueprint.get("/")
def root() -> ResponseReturnValue:
    response = redirect(url_for("posts.front", lang=negotiate(request.accept_languages)))
    response.headers["Vary"] = "Accept-Language, Cookie"
    return response


@blueprint.get(f"/{OLD_CODE}/", defaults={"rest": ""})
@blueprint.get(f"/{OLD_CODE}/<path:rest>")
def old_code(rest: str) -> ResponseReturnValue:
    query = f"?{request.query_string.decode('ascii', 'ignore')}" if request.query_string else ""
    return redirect(f"{url_for('posts.front', lang=NEW_CODE)}{rest}{query}", 301)


@blueprint.get("/sitemap.xml")
def sitemap() -> ResponseReturnValue:
    groups = [
        {code: (post_url(text), text) for code, text in post.public_translations.items()}
        for post in queries.sitemap_posts(SITEMAP_POSTS)
    ]
    xml = render_template("posts/sitemap.xml", groups=groups, categories=queries.categories())
    return public(Response(xml, content_type="application/xml; charset=utf-8"), [LAYOUT, POSTS])


@blueprint.get("/robots.txt")
def robots() -> ResponseReturnValue:
    lines = ["User-agent: *", "Disallow: /*/staff/", f"Sitemap: {absolute(url_for('.sitemap'))}", ""]
    return Response("\n".join(lines), content_type="text/plain; charset=utf-8")


@blueprint.get("/healthz")
def healthz() -> ResponseReturnValue:
    db.session.execute(text("SELECT 1"))
    response = make_response("ok\n")
    response.content_type = "text/plain; charset=utf-8"
    response.headers["Cache-Control"] = "no-store"
    return response
