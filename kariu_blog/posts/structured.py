"""Structured data for search engines (schema.org, as JSON-LD), in the language of the request.

The content security policy allows these blocks, because browsers do not run them.
"""

from datetime import datetime
from typing import Any, cast

from flask import url_for
from jinja2.utils import htmlsafe_json_dumps
from markupsafe import Markup

from kariu_blog.languages import nearest
from kariu_blog.media.files import Files
from kariu_blog.media.library import Library
from kariu_blog.posts.items import Item
from kariu_blog.posts.navigation import contacts, icon, site_name, university
from kariu_blog.posts.post import PostTranslation
from kariu_blog.routing import absolute, page_language
from kariu_blog.templating import asset, iso
from kariu_blog.text import addresses_in

Thing = dict[str, Any]


def site() -> Markup:
    """Return the data of the publisher and of the search."""
    search = absolute(url_for("search.results")) + "?q={search_term_string}"
    return _block(
        _publisher(),
        {
            "@type": "WebSite",
            "name": site_name(),
            "url": absolute(url_for("posts.front")),
            "inLanguage": page_language(),
            "potentialAction": {
                "@type": "SearchAction",
                "target": {"@type": "EntryPoint", "urlTemplate": search},
                "query-input": "required name=search_term_string",
            },
        },
    )


def breadcrumbs(name: str, address: str) -> Markup:
    """Return the breadcrumbs of a page below the front page."""
    return _block(_breadcrumbs((name, absolute(address))))


def article(text: PostTranslation, category: Item, author: Item, url: str, library: Library) -> Markup:
    """Return the data of a translation; ``url`` is its canonical address."""
    language = text.language
    section = category.name(language)
    return _block(
        {
            "@type": "NewsArticle",
            "headline": text.title,
            "description": text.lead,
            "inLanguage": language,
            "datePublished": iso(cast(datetime, text.published_at)),  # public translations have a date
            "dateModified": iso(text.changed_at),
            "author": {
                "@type": "Person" if author.fields.get("is_person") else "Organization",
                "name": author.name(language),
                "url": absolute(url_for("posts.author", slug=author.slug)),
            },
            "publisher": _publisher(),
            "mainEntityOfPage": url,
            "articleSection": section,
        }
        | _pictures_of(text, library),
        _breadcrumbs((section, absolute(url_for("posts.category", slug=category.slug))), (text.title, url)),
    )


def _pictures_of(text: PostTranslation, library: Library) -> Thing:
    """Return the cover, or the drawn card, and the credited pictures of the body."""
    language, cover = text.language, text.post.cover
    images = [_image(cover.files.address, cover.width, cover.height)] if cover else []
    if cover:
        said = {"caption": cover.caption(language), "creditText": cover.credit(language)}
        images[0] |= {name: each.words for name, each in said.items() if each}
    elif text.card:
        images = [_image(text.card, 1200, 630)]
    for files in map(Files.of, addresses_in(text.body)):
        credit = nearest(library.credits.get(files.digest, {}), language) if files else None
        if files and credit:
            images.append({**_image(files.address, files.width, files.height), "creditText": credit.words})
    return {"image": images if len(images) > 1 else images[0]} if images else {}


def _publisher() -> Thing:
    said, front = contacts(), absolute(url_for("posts.front"))
    about = {
        "url": said.get("website") or front,
        "address": said.get(f"{page_language()}-address"),
        "telephone": said.get("telephones", "").split("\n")[0],
        "email": said.get("email"),
        "sameAs": said.get("channels", "").split(),
    }
    logo = _image(icon(512) or asset("logo.png"), 512, 512)
    known = {name: value for name, value in about.items() if value}
    return {"@type": "CollegeOrUniversity", "name": university(), **known, "logo": logo}


def _image(address: str, width: int, height: int) -> Thing:
    return {"@type": "ImageObject", "url": absolute(address), "width": width, "height": height}


def _breadcrumbs(*steps: tuple[str, str]) -> Thing:
    every = [(site_name(), absolute(url_for("posts.front"))), *steps]
    items = [
        {"@type": "ListItem", "position": place, "name": name, "item": address}
        for place, (name, address) in enumerate(every, 1)
    ]
    return {"@type": "BreadcrumbList", "itemListElement": items}


def _block(*things: Thing) -> Markup:
    graph = {"@context": "https://schema.org", "@graph": things}
    return htmlsafe_json_dumps(graph, ensure_ascii=False, separators=(",", ":"))
