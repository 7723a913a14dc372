"""Feeds of all posts, of each category and of each author as RSS, Atom and JSON, and the page that lists them."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import product
from typing import Any, cast

from flask import Blueprint, Flask, Response, abort, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from markupsafe import escape
from sqlalchemy.orm import Session

from kariu_blog.cache.policy import cacheable
from kariu_blog.database import db
from kariu_blog.feeds import builder
from kariu_blog.feeds.builder import FORMATS, Cover, Head, Link, Outline, Row
from kariu_blog.feeds.push import Push, Topic
from kariu_blog.languages import DEFAULT, LANGUAGES, alphabetical, format_day, nearest
from kariu_blog.media.library import Library, library_of
from kariu_blog.media.markup import described
from kariu_blog.posts.feed_entries import OPEN
from kariu_blog.posts.navigation import (
    addresses_in_every_language,
    author_of,
    author_or_404,
    authors,
    categories,
    category_of,
    category_or_404,
    site_name,
    to_readers_language,
    university,
    url_of,
)
from kariu_blog.posts.post import FEED_AUTHORITY, PostTranslation
from kariu_blog.posts.queries import feeds as queries
from kariu_blog.posts.queries.feeds import FeedText, FeedTexts
from kariu_blog.posts.tags import ANY, LAYOUT, POSTS, archive_tag, feed_tag
from kariu_blog.routing import absolute, page_language
from kariu_blog.templating import asset, in_language

FOLDERS = {
    "all_posts": "",
    "any_language": "/all",
    "category": "/categories/<slug:slug>",
    "author": "/authors/<slug:slug>",
}
"""Folder of the addresses of each kind of feed.  The kinds are the endpoints."""
FILE = f"feed.<any({', '.join(FORMATS)}):format>"
PART = f"feed-<int(min=1,max={OPEN - 1}):part>.<any({', '.join(FORMATS)}):format>"
REST = PART.replace("part>.", "part>-after-<int(min=1,max=2147483647):after>.")
"""File with the entries of an archive page after one of them."""
OLD_PART_MAX = 99_999_999
"""Largest number of an archive page in earlier versions, whose archive pages were never closed."""
HOUR, LIVE = "public, max-age=3600", "public, max-age=300"
STALE = f"{LIVE}, stale-while-revalidate=3600"
"""Cache-Control without a hub, because a hub would fetch a stale feed."""
ALIASES = {"feed": "rss", "rss": "rss", "rss.xml": "rss", "feed.xml": "rss", "index.xml": "rss", "atom.xml": "atom"}
"""Paths where feed readers and people look for the feed of all posts, each with its format."""
ALIAS = f"<any({', '.join(map(repr, ALIASES))}):alias>/"
BEFORE_ANY_POST = datetime(2021, 1, 1, tzinfo=UTC)
"""Date of a feed without entries, which never changes (RFC 4287, section 4.2.15)."""

blueprint = Blueprint("feeds", __name__, url_prefix="/<language:lang>")
whole_site = Blueprint("all_feeds", __name__)
blueprint.app_context_processor(lambda: {"feed_formats": FORMATS.values()})


@dataclass(frozen=True)
class Subject:
    """The subject of a feed: everything, a category or an author; ``kind`` is one of ``FOLDERS``."""

    kind: str
    name: str
    tag: str
    slug: str = ""

    @property
    def feed(self) -> str:
        return feed_tag(self.tag, page_language())

    @property
    def takes_any_language(self) -> bool:
        return self.tag == ANY

    @property
    def title(self) -> str:
        return " · ".join([self.name, site_name()]) if self.tag != POSTS else site_name()

    @property
    def page(self) -> str:
        return absolute(url_for(f"posts.{self.kind}", slug=self.slug) if self.slug else url_for("posts.front"))

    def id(self, part: int | None) -> str:
        path = {"all_posts": "all", "any_language": "any-language", "author": f"author/{self.slug}"}
        history = f"/{part}" if part else ""
        return f"tag:{FEED_AUTHORITY}:feed/{page_language()}/{path.get(self.kind, self.slug)}{history}"

    def feed_url(self, format: str, part: int | None = None, after: int | None = None) -> str:
        values: dict[str, Any] = {"slug": self.slug} if self.slug else {}
        return absolute(url_for(f"feeds.{self.kind}", format=format, part=part, after=after, **values))


@blueprint.get("/feeds/")
def index() -> ResponseReturnValue:
    subjects = _subjects()
    groups = {
        _("Everything"): [subject for subject in subjects if not subject.slug],
        _("By category"): [subject for subject in subjects if subject.kind == "category"],
        _("By author"): [subject for subject in subjects if subject.kind == "author"],
    }
    newest: dict[str, list[Any]] = {}
    for entry in queries.newest_entries([subject.feed for subject in subjects], page_language()):
        newest.setdefault(entry.feed, []).append(entry)
    page = render_template("feeds/index.html", groups=groups, newest=newest, **addresses_in_every_language())
    return cacheable(page, [LAYOUT, *(subject.feed for subject in subjects)])


@blueprint.get("/feeds.opml")
def opml() -> ResponseReturnValue:
    return _opml([page_language()])


@whole_site.get("/feeds.opml", endpoint="opml")
def opml_in_every_language() -> ResponseReturnValue:
    with in_language(DEFAULT):
        return _opml(LANGUAGES)


def _opml(codes: Iterable[str]) -> Response:
    """List the feeds of the categories alone, because they have every post once."""
    found = []
    for code in codes:
        with in_language(code):
            subjects = [_subject("category", category.slug) for category in categories()]
            group = " · ".join([site_name(), LANGUAGES[code].name])
            found += [Outline(group, each.title, code, each.feed_url("atom"), each.page) for each in subjects]
    return cacheable(Response(builder.opml(site_name(), found), content_type="text/x-opml; charset=utf-8"), [LAYOUT])


@blueprint.after_request
@whole_site.after_request
def _open_to_scripts(response: Response) -> Response:
    """Let feed readers that are web pages read feeds, lists of feeds and the redirects to them (Fetch, CORS)."""
    if request.endpoint != "feeds.index":
        response.headers["Access-Control-Allow-Origin"] = "*"
    return response


@blueprint.get(f"/{ALIAS}", strict_slashes=False)
def all_posts_by_alias(alias: str) -> ResponseReturnValue:
    return redirect(url_for(".all_posts", format=ALIASES[alias]), 301)


@whole_site.get(f"/{ALIAS}", strict_slashes=False)
@whole_site.get(f"/{FILE}")
def all_posts_in_readers_language(alias: str = "", format: str = "") -> ResponseReturnValue:
    return to_readers_language("feeds.all_posts", format=format or ALIASES[alias])


def _document(format: str, slug: str = "", part: int | None = None, after: int | None = None) -> ResponseReturnValue:
    subject = _subject(str(request.endpoint).removeprefix("feeds."), slug)
    if part is None:
        return _answer(subject, format, queries.feed_texts(subject.feed, page_language()))
    if part <= OLD_PART_MAX:
        return redirect(subject.feed_url(format), 301)
    found = queries.archived_feed_texts(subject.feed, page_language(), part, after)
    return _answer(subject, format, found or abort(404), part, after)


for _kind, _folder in FOLDERS.items():
    for _file in (FILE, PART, REST):
        blueprint.add_url_rule(f"{_folder}/{_file}", _kind, _document)


def push_of(app: Flask) -> Push:
    """Return what notifies the configured WebSub hub of changed feeds."""
    with app.app_context():
        engine = db.engine

    def topics() -> list[Topic]:
        found = []
        with app.test_request_context():
            for code in LANGUAGES:
                with in_language(code):
                    for subject, format in product(_subjects(), FORMATS):
                        found.append(Topic(f"{subject.feed}.{format}", subject.feed, subject.feed_url(format)))
        return found

    return Push(app.config["WEBSUB_HUB"], app.extensions["cache"].versions, lambda: Session(engine), topics)


def _subjects() -> list[Subject]:
    """Return every feed in the page's language."""
    by_name = sorted(authors(), key=lambda author: alphabetical(author.name(page_language())))
    named = [("category", category.slug) for category in categories()] + [("author", each.slug) for each in by_name]
    return [_subject("all_posts"), _subject("any_language"), *(_subject(*each) for each in named)]


def _subject(kind: str, slug: str = "") -> Subject:
    """Return the subject of a feed.  Abort with 404 if there is no such category or author."""
    if kind == "all_posts":
        return Subject(kind, _("All posts"), POSTS)
    if kind == "any_language":
        return Subject(kind, _("Every post, whatever its language"), ANY)
    named = category_or_404(slug) if kind == "category" else author_or_404(slug)
    return Subject(kind, named.name(page_language()), named.tag, slug)


def _answer(
    subject: Subject, format: str, found: FeedTexts, part: int | None = None, after: int | None = None
) -> Response:
    head = _head(subject, format, found, part)
    body = FORMATS[format].build(head, _rows(found.texts, subject), subject.feed_url(format, part, after))
    response = Response(body, content_type=f"{FORMATS[format].content_type}; charset=utf-8")
    response.last_modified = head.updated
    response.headers["Cache-Control"] = HOUR if part else LIVE if current_app.config["WEBSUB_HUB"] else STALE
    response.headers.extend(
        [("Link", f'<{link.href}>; rel="{link.rel}"') for link in _discovery(subject, format, part)]
    )
    return cacheable(response, [LAYOUT, archive_tag(subject.feed, part) if part else subject.feed])


def _discovery(subject: Subject, format: str, part: int | None) -> list[Link]:
    """Return the links to the hub and to the topic (WebSub, section 4); an archive page is no topic."""
    hub = current_app.config["WEBSUB_HUB"]
    if not hub or part:
        return []
    return [Link("hub", hub, ""), Link("self", subject.feed_url(format), FORMATS[format].content_type)]


def _head(subject: Subject, format: str, found: FeedTexts, part: int | None) -> Head:
    type = FORMATS[format].content_type
    links = []
    if format == "json" and found.following:  # pages of JSON Feed 1.1 follow each other, those of RFC 5005 overlap
        links.append(Link("next", subject.feed_url(format, *found.following), type))
    elif found.earlier:  # and no "next-archive": a part would change when the one after it begins
        links.append(Link("prev-archive", subject.feed_url(format, found.earlier), type))
    links += _discovery(subject, format, part)[:1]
    if part:
        links.append(Link("current", subject.feed_url(format), type))
    return Head(
        id=subject.id(part),
        title=subject.title,
        subtitle=_("The rector's blog and news of Karaganda Industrial University"),
        language=page_language(),
        url=subject.page,
        author=university(),
        updated=max((_updated(entry, subject) for entry in found.texts), default=BEFORE_ANY_POST),
        icon=absolute(asset("logo.png")),
        image=absolute(asset("feed.png")),
        logo=absolute(asset("share.png")),
        links=links,
        is_archive=part is not None,
    )


def _rows(entries: Sequence[FeedText], subject: Subject) -> list[Row]:
    """Make rows of entries, building each address once, because a hundred of them take a tenth of the time."""
    starts = {code: url_of(code, "x").removesuffix("x") for code in LANGUAGES}
    starts |= {kind: absolute(url_for(f"posts.{kind}", slug="x")).removesuffix("x/") for kind in ("author", "category")}
    covers = (entry.cover.digest for entry in entries if entry.cover)
    library = library_of(*(entry.text.body for entry in entries), covers=covers)
    rows = [_row(entry, subject, starts, library) for entry in entries]
    return sorted(rows, key=lambda row: row.published, reverse=True)


def _row(entry: FeedText, subject: Subject, starts: Mapping[str, str], library: Library) -> Row:
    """Make a row; ``starts`` has what stands before the slug in addresses of posts, bylines and categories."""
    text, here = entry.text, page_language()
    category, author = category_of(entry), author_of(entry)
    published = entry.first_published_at if subject.takes_any_language else text.published_at
    return Row(
        id=f"{entry.post_feed_id}/{here}" if subject.takes_any_language else text.feed_id,
        url=starts[text.language] + text.slug,
        language=text.language,
        title=text.title,
        summary=text.lead,
        body=described(_body(text), library, text.language),
        author=author.name(here),
        author_url=f"{starts['author']}{author.slug}/",
        category=category.slug,
        category_label=category.name(here),
        category_url=f"{starts['category']}{category.slug}/",
        published=cast(datetime, published),  # public translations have a date
        updated=_updated(entry, subject),
        translations=[(code, starts[code] + slug) for code, slug in entry.slugs.items() if code != text.language],
        cover=_cover(entry, library),
        note=_(LANGUAGES[text.language].stand_in) if text.language != here else "",
    )


def _updated(entry: FeedText, subject: Subject) -> datetime:
    """Return the date of the last change, in a feed of all languages also that of a change of language."""
    changed_at = entry.text.changed_at
    return max(changed_at, entry.entry.shown_at) if subject.takes_any_language else changed_at


def _body(text: PostTranslation) -> str:
    """Return the body and, as on the page, the correction below it."""
    if text.corrected_at is None:
        return text.body
    with in_language(text.language):
        label = _("Correction of %(day)s:", day=format_day(text.corrected_at, text.language))
    return f"{text.body}\n<p><strong>{escape(label)}</strong> {escape(text.correction_note)}</p>"


def _cover(entry: FeedText, library: Library) -> Cover | None:
    picture = entry.cover
    if picture is None:
        return None
    known = (words.get(picture.digest, {}) for words in (library.captions, library.credits))
    said = [nearest(words, entry.text.language) for words in known]
    return Cover(absolute(picture.files.address), picture.files, picture.bytes, entry.cover_alt or "", *said)
