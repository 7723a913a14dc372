"""Content of a first start: categories, bylines, and the demonstration."""

import tomllib
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from kariu_blog.audience.models import ViewMonth
from kariu_blog.database import db, now
from kariu_blog.languages import LANGUAGES, local, month_of
from kariu_blog.media import storage
from kariu_blog.media.models import Picture
from kariu_blog.media.views import folder
from kariu_blog.posts.content import Content
from kariu_blog.posts.items import SiteItem, by_language, write
from kariu_blog.posts.post import Post, PostTranslation
from kariu_blog.posts.taxonomy import Author, Category
from kariu_blog.text import slugify

HERE = Path(__file__).parent


def load_basics() -> None:
    """Add categories and authors, without which nobody can write a post.  The caller commits."""
    basics = _read("basics.toml")
    for position, (slug, names) in enumerate(basics["categories"].items()):
        write(Category(slug=slug, position=position), by_language(name=names) | {"colour": names["colour"]})
    for slug, names in basics["authors"].items():
        write(Author(slug=slug), by_language(name=names))


def load_demo() -> None:
    """Add the quotation, the rector, a page and some posts.  The caller commits."""
    for kind, item in _read("site.toml").items():
        words = by_language(**item.pop("words"))
        write(SiteItem(kind=kind, slug=item.pop("slug", None)), words | item)
    categories = {category.slug: category for category in db.session.query(Category)}
    authors = {author.slug: author for author in db.session.query(Author)}
    pictures = _pictures()
    for path in sorted((HERE / "posts").glob("*.toml")):
        document = _read(f"posts/{path.name}")
        post = Post(
            cover=_described(pictures, **document.pop("cover", {})),
            category=categories[document.pop("category")],
            author=authors[document.pop("author")],
            earlier_views=document.pop("earlier_views", 0),
            pinned_until=_in_days(document.pop("pinned_in_days", None)),
            ends_at=document.pop("ended", None) or _in_days(document.pop("ends_in_days", None)),
        )
        views = document.pop("read_this_month", 0)
        is_of_last_year = document.pop("is_of_last_year", False)
        for language, text in document.items():
            _write(post, language, **text, pictures=pictures)
            at = _moment(**text)
            if at is not None:
                _publish(post.translations[language], _last(at) if is_of_last_year else at)
        db.session.add(post)
        db.session.flush()
        db.session.add_all(
            ViewMonth(key=post.id, kind=LANGUAGES[code].number, month=month_of(now()), views=views)
            for code in (post.public_translations if views else ())
        )


def _pictures() -> dict[str, Picture]:
    """Store the demonstration's pictures like uploaded ones."""
    files = sorted((HERE / "pictures").glob("*.jpg"))
    with storage.lock(folder()):
        stored = {file.stem: storage.store(folder(), file.read_bytes()) for file in files}
    return {name: Picture.of(each.files, each.bytes, f"{name}.jpg", None) for name, each in stored.items()}


def _described(
    pictures: dict[str, Picture], picture: str = "", focus: tuple[int, int] = (50, 50), **alts: str
) -> Picture | None:
    found = pictures.get(picture)
    if found is not None:
        found.focus_x, found.focus_y = focus
        found.describe(alts)
    return found


def _write(
    post: Post, language: str, title: str, summary: str, body: str, pictures: dict[str, Picture], **_when: Any
) -> None:
    for name, picture in pictures.items():
        body = body.replace(f"picture:{name}", picture.files.address)
    post.write(language, Content(title, summary, body, slugify(title)))


def _publish(text: PostTranslation, at: datetime) -> None:
    text.publish(at)
    text.updated_at = min(at, now())


def _moment(published: datetime | None = None, published_in_days: int | None = None, **_text: Any) -> datetime | None:
    return published or _in_days(published_in_days)


def _in_days(days: int | None) -> datetime | None:
    """Return nine o'clock of that day, counted from the first start."""
    if days is None:
        return None
    return local(now() + timedelta(days=days)).replace(hour=9, minute=0, second=0, microsecond=0)


def _last(at: datetime) -> datetime:
    """Return the last time that the day of the year came before the first start."""
    this_year = at.replace(year=now().year)
    return this_year if this_year < now() else at.replace(year=now().year - 1)


def _read(name: str) -> dict[str, Any]:
    return tomllib.loads((HERE / name).read_text(encoding="utf-8"))
