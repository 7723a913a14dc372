"""Imported posts written into the database, one transaction for each."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from html import escape
from typing import Any

from flask import current_app
from flask_babel import force_locale
from flask_babel import gettext as _
from sqlalchemy import select
from sqlalchemy.orm import selectinload

from kariu_blog.accounts.acts import record
from kariu_blog.database import db, now
from kariu_blog.importing.mapping import Chosen
from kariu_blog.importing.multilingual import EVERY, guessed
from kariu_blog.importing.source import Archive, ImportedPost, ImportedText
from kariu_blog.languages import LANGUAGES
from kariu_blog.newsroom.queries import new_item, taken_slugs
from kariu_blog.old_site.addresses import key_of
from kariu_blog.old_site.models import GONE, KEY_LENGTH, URL_LENGTH, ImportedItem, OldAddress, OldMedia
from kariu_blog.posts.addresses import DeletedAddress, PostAddress, new_slug
from kariu_blog.posts.content import BODY_LENGTH, SUMMARY_LENGTH, TITLE_LENGTH, Content, text_digest
from kariu_blog.posts.feed_entries import IMPORTING, archive
from kariu_blog.posts.items import SiteItem, write
from kariu_blog.posts.post import Post, PostTranslation
from kariu_blog.text import TooManyTagsError, body_from_typed, clean_line, excerpt, plain, slugify

PINNED = timedelta(days=90)
"""For how long a post stays pinned that the old site had pinned for good."""
PUBLISHED = ("publish", "future")
TRASHED = ["trash", ""]
ARCHIVED_AT_ONCE = 100
WITHOUT_BODIES = selectinload(Post.translations).defer(PostTranslation.body)


class Outcome(StrEnum):
    NEW = "new"
    CHANGED = "changed"
    SAME = "the same as before"
    EDITED = "edited here since, and left as they are"
    TRASH = "in the trash of the old site"


@dataclass(frozen=True)
class Target:
    """Where an import writes."""

    archive: Archive
    chosen: Chosen
    outcomes: dict[Outcome, int] = field(default_factory=lambda: dict.fromkeys(Outcome, 0))


def load(post: ImportedPost, target: Target) -> None:
    """Write a post unless it is here already or has been edited here, and commit."""
    row = db.session.get(ImportedItem, post.source)
    if row is not None and row.digest == post.digest:
        target.outcomes[Outcome.SAME] += 1
        return
    row = row or ImportedItem(source=post.source, notes=[])
    outcome = _WRITERS[post.kind](post, row, target)
    target.outcomes[outcome] += 1
    if outcome is Outcome.EDITED:
        db.session.rollback()
        return
    row.digest, row.group = post.digest, post.group
    row.notes = [list(note) for note in dict.fromkeys([*post.notes, *map(tuple, row.notes or ())])]
    db.session.add(row)
    _note_media(post, target.archive)
    commit()


def commit() -> None:
    """Commit without the hub hearing of it."""
    current_app.extensions["push"].pass_over(db.session)
    db.session.commit()


def begin(archive: Archive, chosen: Chosen) -> None:
    """Have the addresses of lists, and of the pages of files, lead on."""
    db.session.info[IMPORTING] = True
    for kind, terms, ids in (
        ("category", archive.categories, chosen.categories),
        ("author", archive.authors, chosen.authors),
    ):
        for slug, term in terms.items():
            _lead(f"/{kind}/{slug}", f"{kind}:{ids.get(slug, ids[''])}")
            if term.id:
                _lead(f"?{'cat' if kind == 'category' else kind}={term.id}", f"{kind}:{ids.get(slug, ids[''])}")
    for each in archive.attachments.values():
        for address in filter(None, (each.link, f"/?p={each.id}")):
            _lead(key_of(address), f"file:{each.path}")
    for slug, name in archive.tags.items():
        _lead(f"/tag/{slug}", f"search:{name}")
    commit()


def finish(target: Target) -> None:
    """Put the posts into the archives of the feeds, and log the import."""
    keys = select(ImportedItem.post_id).join(ImportedItem.post).where(Post.listed_at.is_not(None))
    found = list(dict.fromkeys(db.session.scalars(keys.order_by(Post.first_published_at, Post.id))))
    for first in range(0, len(found), ARCHIVED_AT_ONCE):
        some = select(Post).where(Post.id.in_(found[first : first + ARCHIVED_AT_ONCE])).options(WITHOUT_BODIES)
        archive(db.session(), db.session.scalars(some.order_by(Post.first_published_at, Post.id)).unique().all())
        commit()
        db.session.expunge_all()
    if sum(target.outcomes[each] for each in (Outcome.NEW, Outcome.CHANGED)):
        record("site.imported", None, str(target.outcomes[Outcome.NEW]))
        commit()


def fingerprint(post: Post) -> str:
    """Return what an edit of the post would change."""
    texts = sorted((text.language, text.latest.digest, text.state_token) for text in post.translations.values())
    return text_digest(repr(texts), str(post.trashed_at or ""))


def _write_post(post: ImportedPost, row: ImportedItem, target: Target) -> Outcome:
    found, is_new = row.post, not row.digest or (row.post_id is None and TRASHED in row.notes)
    if not is_new and (found is None or fingerprint(found) != row.left_as):  # deleted here, or edited
        return Outcome.EDITED
    found = found or _translated_already(post) or _new_post(post, target.chosen)
    notes: list[list[str]] = []
    for language, text in post.texts.items():
        _write_text(found, language, text, post, notes)
    db.session.add(found)
    db.session.flush()
    row.post_id, row.left_as, row.notes = found.id, fingerprint(found), notes
    _update_group(post, found)
    row.title, row.language = _title_of(post)
    row.cover = post.cover if found.cover_id is None else ""
    row.is_unfinished = _is_unfinished(post)
    only = next(iter(post.texts), None) if post.group else None
    _lead_all(post, f"post:{found.id}", only)
    return Outcome.NEW if is_new else Outcome.CHANGED


def _is_unfinished(post: ImportedPost) -> bool:
    return bool(post.media) or any('href="/' in text.body for text in post.texts.values())


def _new_post(post: ImportedPost, chosen: Chosen) -> Post:
    named = [slug for slug in post.categories if slug in chosen.categories]
    category = chosen.categories[named[0] if named else ""]
    author = chosen.authors.get(post.author, chosen.authors[""])
    at = post.published_at if post.published_at and post.published_at <= now() else now()
    made = Post(category_id=category, author_id=author, earlier_views=post.views, created_at=at, saved_at=at)
    if post.is_sticky:
        made.pinned_until = now() + PINNED
    return made


def _translated_already(post: ImportedPost) -> Post | None:
    """Return the post of which this one is a translation."""
    if not post.group:
        return None
    row = db.session.scalars(select(ImportedItem).where(ImportedItem.group == post.group)).first()
    return row.post if row else None


def _update_group(post: ImportedPost, found: Post) -> None:
    """Have the rows of its other translations know that this import has changed the post, and nobody else."""
    if post.group:
        for row in db.session.scalars(select(ImportedItem).where(ImportedItem.group == post.group)):
            row.left_as = fingerprint(found)


def _write_text(found: Post, language: str, text: ImportedText, post: ImportedPost, notes: list[list[str]]) -> None:
    present = found.translations.get(language)
    slug = present.slug if present else _free_slug(found, text.title)
    written = found.write(language, _content(text, slug, notes))
    at = post.published_at
    if post.state in PUBLISHED and at is not None:
        written.update(is_correction=True)
        if present is None or not present.is_live_or_scheduled:
            written.publish(at)
        written.updated_at = min(at, now())
    elif present is None:
        written.review_note = _state_in(language, post.state)
        notes += [note for note in [["draft", post.state]] if note not in notes]


def _content(text: ImportedText, slug: str, notes: list[list[str]]) -> Content:
    title, body = clean_line(text.title), text.body
    if len(title) > TITLE_LENGTH:
        notes.append(["title cut", title])
        title = excerpt(escape(title), TITLE_LENGTH)
    try:
        body = body_from_typed(body)
    except TooManyTagsError:
        notes.append(["too many tags", ""])
        body = f"<p>{escape(plain(body))}</p>"
    if len(body) > BODY_LENGTH:
        notes.append(["too long", str(len(body))])
    return Content(title, text.summary[:SUMMARY_LENGTH], body, slug)


def _free_slug(found: Post, title: str) -> str:
    base = slugify(title) or "post"
    with db.session.no_autoflush:
        if db.session.get(PostAddress, base) is None and db.session.get(DeletedAddress, base) is None:
            return base  # without reading every address that begins like it
        return new_slug(title, taken_slugs(base, found if found.id else None))


def _state_in(language: str, state: str) -> str:
    """Return what marks a draft, in the language of its text."""
    with force_locale(LANGUAGES[language].locale):
        words = {
            "private": _("On the old site this was private."),
            "protected": _("On the old site this was protected by a password."),
            "pending": _("On the old site this waited for an editor."),
        }
        return str(words.get(state, _("On the old site this was a draft.")))


def _write_page(post: ImportedPost, row: ImportedItem, _target: Target) -> Outcome:
    """Write a page of the site; one that was not public there is shown nowhere."""
    place = "address" if post.state == "publish" else ""
    fields, notes = {"place": place}, list[list[str]]()
    for language, text in post.texts.items():
        content = _content(text, "", notes)
        fields |= {f"{language}-name": content.title[:120], f"{language}-body": content.body}
    item = next(_item_of(post), None)
    if row.digest and (item is None or text_digest(repr(sorted(item.fields.items()))) != row.left_as):
        return Outcome.EDITED
    outcome = Outcome.CHANGED if item else Outcome.NEW
    row.title, row.language = _title_of(post)
    item = item or new_item("page", SiteItem, slugify(row.title) or "page")
    write(item, fields)
    row.left_as, row.notes = text_digest(repr(sorted(item.fields.items()))), notes
    row.is_unfinished = _is_unfinished(post)
    _lead_all(post, f"page:{item.id}")
    return outcome


def _item_of(post: ImportedPost) -> Iterator[SiteItem]:
    row = db.session.get(OldAddress, f"?p={post.source.partition(':')[2]}")
    item = (
        db.session.get(SiteItem, int(row.target.removeprefix("page:")))
        if row and row.target.startswith("page:")
        else None
    )
    if item is not None:
        yield item


def _write_trash(post: ImportedPost, row: ImportedItem, _target: Target) -> Outcome:
    if row.post_id is None:
        _lead_all(post, GONE)
    row.notes = [TRASHED]
    return Outcome.TRASH


_WRITERS: Mapping[str, Any] = {"post": _write_post, "page": _write_page, "trash": _write_trash}


def _title_of(post: ImportedPost) -> tuple[str, str | None]:
    code = next((code for code in LANGUAGES if code in post.texts), None)
    return (clean_line(post.texts[code].title)[:TITLE_LENGTH], code) if code else ("", None)


def _lead_all(post: ImportedPost, target: str, language: str | None = None) -> None:
    """Have the old addresses lead here; the slug alone only where no other post has it."""
    keys = [key for address in post.addresses if (key := key_of(address))]
    for key in keys:
        _lead(key, target, language)
    for key in keys:
        if key.startswith("/"):
            _lead(f"/{key.rpartition('/')[2]}", target, language, is_weak=True)


def _lead(key: str, target: str, language: str | None = None, *, is_weak: bool = False) -> None:
    key = key_of(key) if key.startswith("/") and not is_weak else key
    if not key or len(key) > KEY_LENGTH:
        return
    row = db.session.get(OldAddress, key)
    if row is None:
        db.session.add(OldAddress(key=key, target=target[:KEY_LENGTH], language=language))
    elif not (row.is_by_hand or is_weak or target == GONE):
        row.target, row.language = target[:KEY_LENGTH], language


def _note_media(post: ImportedPost, archive: Archive) -> None:
    for path, url in post.media.items():
        if len(path) <= KEY_LENGTH and db.session.get(OldMedia, path) is None:
            known = archive.by_path.get(path)
            alts = dict(known.alts) if known else {}
            if alt := alts.pop(EVERY, ""):
                alts[guessed(alt)[0]] = alt
            db.session.add(OldMedia(path=path, url=url[:URL_LENGTH], alts=alts))
