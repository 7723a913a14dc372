"""Posts in up to three languages, their revisions and addresses."""

import uuid
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ColumnElement, ForeignKey, Index, String, UniqueConstraint, func
from sqlalchemy.ext.hybrid import hybrid_property
from sqlalchemy.orm import (
    Mapped,
    WriteOnlyMapped,
    attribute_keyed_dict,
    mapped_column,
    query_expression,
    relationship,
    validates,
)
from sqlalchemy.orm.attributes import set_committed_value

from kariu_blog.accounts.models import Staff
from kariu_blog.cache.versions import Schedule, Tagged
from kariu_blog.database import Base, now
from kariu_blog.languages import LANGUAGES, in_order
from kariu_blog.media.models import Picture
from kariu_blog.posts import invalidation
from kariu_blog.posts.addresses import DeletedAddress, PostAddress
from kariu_blog.posts.content import CONTENT_FIELDS, Content, ContentColumns
from kariu_blog.posts.feed_entries import FeedEntry
from kariu_blog.posts.items import moment_of, typed_moment
from kariu_blog.posts.publication import Listing, Publication
from kariu_blog.posts.references import TextFile, TextPicture, TranslationSource, note
from kariu_blog.posts.tags import ANY, feed_tag, post_tag
from kariu_blog.posts.taxonomy import Author, Category, is_language
from kariu_blog.text import excerpt, files_in, pictures_in, plain

LETTERS_A_MINUTE = 1000
STANDING = ("published_at", "withdrawn_at", "review_asked_at", "revision_id", "unseen_id", "review_note")
FEED_AUTHORITY = "kariu.kz,2021"
"""Authority of the ``tag:`` ids (RFC 4151), which stays when the site moves to another host."""


def _new_feed_id() -> str:
    return f"tag:{FEED_AUTHORITY}:post/{uuid.uuid4()}"


class Post(Tagged, Listing, Base):
    """A publication: what its translations share."""

    __tablename__ = "post"
    __table_args__ = (
        Index(None, "first_published_at", "id", "listed_at", "ends_at"),
        Index(None, "category_id", "first_published_at", "id", "listed_at", "ends_at"),
        Index(None, "category_id", "pinned_until"),
        Index(None, "ends_at"),
        Index(None, "saved_at", "id"),
        Index(None, "author_id", "first_published_at", "id", "listed_at", "ends_at"),
        {"sqlite_autoincrement": True},
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    category_id: Mapped[int] = mapped_column(ForeignKey("category.id"))
    author_id: Mapped[int] = mapped_column(ForeignKey("author.id"))
    cover_id: Mapped[int | None] = mapped_column(ForeignKey("picture.id"), index=True)
    created_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id", ondelete="SET NULL"), index=True)
    created_at: Mapped[datetime] = mapped_column(default=now)
    saved_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id", ondelete="SET NULL"))
    saved_at: Mapped[datetime] = mapped_column(default=now)
    """When somebody last changed anything of it."""
    trashed_at: Mapped[datetime | None] = mapped_column(index=True)
    earlier_views: Mapped[int] = mapped_column(default=0)
    """Number of views that the old site counted."""
    related: Mapped[list[int] | None] = mapped_column(JSON(none_as_null=True))
    """Ids of the posts that share words with it, the nearest first; None: not known yet."""
    feed_id: Mapped[str] = mapped_column(String(100), unique=True, default=_new_feed_id)
    """Id of its entry in feeds of all languages.  Never changes."""
    form_key: Mapped[str | None] = mapped_column(String(40), unique=True)
    """Key of the form that it came from, because a form sent twice makes one post."""
    version: Mapped[int] = mapped_column()

    category: Mapped[Category] = relationship()
    author: Mapped[Author] = relationship(lazy="joined")
    cover: Mapped[Picture | None] = relationship(back_populates="covered", lazy="joined")
    created_by: Mapped[Staff | None] = relationship(foreign_keys=created_by_id)
    saved_by: Mapped[Staff | None] = relationship(foreign_keys=saved_by_id)
    translations: Mapped[dict[str, "PostTranslation"]] = relationship(
        back_populates="post", collection_class=attribute_keyed_dict("language"), cascade="all, delete-orphan"
    )
    addresses: Mapped[dict[str, "PostAddress"]] = relationship(
        collection_class=attribute_keyed_dict("slug"), cascade="all, delete-orphan"
    )
    feed_entries: Mapped[list[FeedEntry]] = relationship()

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012

    @validates("cover", "category")
    def _draw_cards_anew(self, name: str, value: Any) -> Any:
        for text in self.translations.values() if value is not getattr(self, name) else ():
            text.card = None
        return value

    @property
    def tag(self) -> str:
        return post_tag(self.id)

    @property
    def post_in_feeds(self) -> "Post":
        return self

    def invalidated_tags(self) -> set[str]:
        return invalidation.changed_by_post(self)

    def schedule(self) -> Schedule:
        return invalidation.schedule_of(self)

    @property
    def fields(self) -> dict[str, str]:
        """Its pin and its end, as the fields of their form."""
        typed = {name: typed_moment(getattr(self, name)) for name in ("pinned_until", "ends_at")}
        return {name: text for name, text in typed.items() if text}

    @fields.setter
    def fields(self, fields: Mapping[str, str]) -> None:
        self.pinned_until, self.ends_at = moment_of(fields.get("pinned_until")), moment_of(fields.get("ends_at"))

    def tags_of_cover(self, *languages: str) -> set[str]:
        """Return the tags of the pages that show its cover, and of its feeds in these languages."""
        return invalidation.showing_cover(self, languages)

    def note_change(self, by: Staff) -> None:
        """Note who changed the post, and that it was now."""
        self.saved_by_id, self.saved_at = by.id, now()

    def addresses_left(self) -> list["DeletedAddress"]:
        """Return the addresses that answer 410 once the post is deleted: those that readers may know."""
        if not any(text.was_published for text in self.translations.values()):
            return []
        return [DeletedAddress(slug=slug) for slug in self.addresses]

    @property
    def public_translations(self) -> dict[str, "PostTranslation"]:
        """Its public translations, in the usual order of languages."""
        return {code: self.translations[code] for code in LANGUAGES if self._is_public_in(code)}

    def _is_public_in(self, language: str) -> bool:
        return language in self.translations and self.translations[language].is_public

    def shown_in(self, language: str) -> "PostTranslation | None":
        """Return the translation that a reader of ``language`` sees: the one in it, or the nearest stand-in."""
        return next((self.translations[code] for code in in_order(language) if self._is_public_in(code)), None)

    def known_by(self, language: str) -> "PostTranslation":
        """Return the translation by whose title staff know it, whatever its state: in ``language``, or the nearest."""
        return next(self.translations[code] for code in in_order(language) if code in self.translations)

    def write(self, language: str, content: Content, **further: Any) -> "PostTranslation":
        """Save the content of a translation, a new one if there is none; ``further`` is as in its ``write``."""
        translation = self.translations.get(language)
        if translation is None:
            translation = self.translations[language] = PostTranslation(language=language)
        translation.write(content, **further)
        return translation

    def move(self, translation: "PostTranslation", slug: str) -> None:
        """Give a translation a new address; the former one goes on leading here if readers may know it."""
        old, translation.slug = translation.slug, slug
        in_use = {text.slug for text in self.translations.values()}
        if old in self.addresses and old not in in_use and not translation.was_published:
            del self.addresses[old]
        self.claim(slug)

    def claim(self, slug: str) -> None:
        """Have an address lead here, and to no other post."""
        if slug not in self.addresses:
            self.addresses[slug] = PostAddress(slug=slug)

    def trash(self) -> None:
        """Hide the post from readers and from the lists of staff, until it is restored or deleted for good."""
        shown, self.trashed_at = self.shown(), now()
        for text in self.translations.values():
            text.withdrawn_at = text.withdrawn_at or self.trashed_at
        self.set_dates(shown)

    def restore(self) -> None:
        """Undo ``trash``.  What should have been published meanwhile is a draft, because nobody sees it coming."""
        shown, trashed_at, self.trashed_at = self.shown(), self.trashed_at, None
        for text in self.translations.values():
            if trashed_at and text.withdrawn_at == trashed_at:
                text.withdrawn_at = None
                text.miss(trashed_at)
        self.set_dates(shown)

    def set_dates(self, shown_before: Mapping[str, "PostTranslation | None"]) -> None:
        """Bring the dates up to date, and note in mixed feeds where another language is shown than before."""
        self.gather_dates(self.translations.values())
        switched = [code for code, text in shown_before.items() if self.shown_in(code) is not text]
        mixed = {feed_tag(ANY, code) for code in switched}
        for entry in self.feed_entries if mixed else ():
            if entry.feed in mixed:
                entry.shown_at = now()

    def shown(self) -> dict[str, "PostTranslation | None"]:
        """Return what a reader of each language sees."""
        return {code: self.shown_in(code) for code in LANGUAGES}


class PostTranslation(Tagged, ContentColumns, Publication, Base):
    """A post in one language, with an address and a publication of its own."""

    __tablename__ = "post_translation"
    __table_args__ = (
        UniqueConstraint("post_id", "language"),
        UniqueConstraint("language", "slug"),
        is_language(),
        Index(None, "language", "published_at"),
        Index(None, "published_at"),
        Index(None, "post_id", "language", "published_at", "withdrawn_at"),
        Index(None, "update_at"),
        # All that lists of staff ask about, because SQLite reads what stands behind a body by way of the whole body.
        Index("ix_post_translation_board", "post_id", "language", *STANDING),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    post_id: Mapped[int] = mapped_column(ForeignKey("post.id", ondelete="CASCADE"))
    language: Mapped[str] = mapped_column(String(2))
    updated_at: Mapped[datetime] = mapped_column(default=now)
    feed_id: Mapped[str] = mapped_column(String(100), unique=True, default=_new_feed_id)
    """Id of its entry in feeds of its language.  Never changes."""
    version: Mapped[int] = mapped_column()
    revision_id: Mapped[int | None]
    """The revision of its content.  No foreign key, because revisions have one that points here."""
    unseen_id: Mapped[int | None]
    """The revision that an update will show to readers; None where they see the latest."""
    card: Mapped[str | None] = mapped_column(String(60), index=True)
    """Address of the picture drawn for links to it; empty if there is none, None if it is to be drawn."""

    post: Mapped[Post] = relationship(back_populates="translations")
    revision: Mapped["Revision | None"] = relationship(
        primaryjoin="foreign(PostTranslation.revision_id) == Revision.id", post_update=True
    )
    unseen: Mapped["Revision | None"] = relationship(
        primaryjoin="foreign(PostTranslation.unseen_id) == Revision.id", post_update=True
    )
    revisions: WriteOnlyMapped["Revision"] = relationship(
        back_populates="translation", cascade="all, delete-orphan", passive_deletes=True
    )
    is_outdated: Mapped[bool | None] = query_expression()
    """Loaded for lists alone: whether another translation has changed since this one followed it."""
    sources: Mapped[dict[str, TranslationSource]] = relationship(
        collection_class=attribute_keyed_dict("language"), cascade="all, delete-orphan"
    )
    pictures: Mapped[dict[str, TextPicture]] = relationship(
        collection_class=attribute_keyed_dict("digest"), cascade="all, delete-orphan"
    )
    files: Mapped[dict[str, TextFile]] = relationship(
        collection_class=attribute_keyed_dict("key"), cascade="all, delete-orphan"
    )

    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012

    @property
    def post_in_feeds(self) -> Post:
        return self.post

    def invalidated_tags(self) -> set[str]:
        return invalidation.changed_by_translation(self)

    def tags_of_body(self) -> set[str]:
        """Return the tags of the pages and feeds that show what its body refers to."""
        return invalidation.showing(self)

    def schedule(self) -> Schedule:
        return invalidation.schedule_of(self.post)

    @property
    def lead(self) -> str:
        """The summary, or the first words where nobody wrote one."""
        return self.summary or excerpt(self.body)

    @property
    def reading_minutes(self) -> int:
        """Minutes it takes to read, by letters because Kazakh words are longer than English ones."""
        return max(1, round(len(plain(self.body)) / LETTERS_A_MINUTE))

    @property
    def changed_at(self) -> datetime:
        """Time of the last change that readers could see."""
        return max(self.updated_at, self.published_at or self.updated_at)

    @hybrid_property
    def latest_id(self) -> int | None:
        """The revision that was saved last."""
        return self.unseen_id or self.revision_id

    @latest_id.inplace.expression
    @classmethod
    def _latest_id_sql(cls) -> ColumnElement[int | None]:
        return func.coalesce(cls.unseen_id, cls.revision_id)

    @property
    def latest(self) -> Content:
        """The content as it was last saved, which readers may not see yet."""
        return self.unseen.content if self.unseen else self.content

    def show_latest(self) -> None:
        """Have this object show what was last saved, for a preview: nothing of it is ever written."""
        if self.unseen is None:
            return
        for name in CONTENT_FIELDS:
            set_committed_value(self, name, getattr(self.unseen, name))
        set_committed_value(self, "corrected_at", self.unseen.corrected_at or now())

    def write(self, content: Content, *, corrected_at: datetime | None = None, by_id: int | None = None) -> None:
        """Save content, cleaned, with a revision of it, if it differs from the latest; its slug must be free.

        Readers of a public text see nothing of it before ``update``.  ``corrected_at`` is the date
        of an earlier correction note.  Raises TooManyTagsError.
        """
        content, before = content.cleaned(), self.latest
        if content == before:
            return
        if corrected_at is None and content.correction_note == before.correction_note:
            corrected_at = self.unseen.corrected_at if self.unseen else self.corrected_at
        revision = Revision(content=content, corrected_at=corrected_at, written_by_id=by_id)
        self.revisions.add(revision)
        if not self.is_public:
            self._show(revision)
            self.unseen = None
        elif content == self.content:
            self.discard()
        else:
            self.unseen = revision
            self.post.claim(content.slug)

    def update(self, *, is_correction: bool = False) -> None:
        """Show readers what they have not seen yet.  A small correction is no update for feed readers."""
        if self.unseen is not None:
            self._show(self.unseen, is_correction)
            self.discard()

    def ask_for_review(self) -> None:
        """Submit the translation to the editors, unless readers see all of it, now or at a time that is set."""
        if not self.update_at and (self.unseen or not self.is_live_or_scheduled):
            super().ask_for_review()

    def discard(self) -> None:
        """Go back to what readers see.  What they have not seen stays in the history."""
        self.unseen = None
        self.drop_request()

    def _show(self, revision: "Revision", is_correction: bool = False) -> None:
        content, before = revision.content, self.content
        if content.correction_note and not revision.corrected_at:
            revision.corrected_at = now()
        self.corrected_at = revision.corrected_at if content.correction_note else None
        self.content = replace(content, slug=before.slug)
        if content.title != before.title:
            self.card = None
        if self.content != before:
            self.updated_at = (is_correction and self.updated_at) or now()
        if content.title != before.title:
            self.post.related = None
        self.post.move(self, content.slug)
        note(self.pictures, pictures_in(self.body), lambda digest: TextPicture(digest=digest))
        note(self.files, files_in(self.body), lambda key: TextFile(key=key))
        self.revision = revision

    def publish(self, at: datetime | None = None) -> None:
        shown = self.post.shown()
        if self.was_published:
            self.updated_at = self.changed_at  # an earlier date takes nothing back
        super().publish(at)
        self.post.related = None
        self.post.set_dates(shown)

    def withdraw(self) -> None:
        """Hide the translation from readers; one that was only scheduled becomes a draft again.

        A change that readers have not seen stays one.
        """
        shown = self.post.shown()
        if self.is_public:
            self.drop_request()
        super().withdraw()
        self.post.set_dates(shown)


class Revision(ContentColumns, Base):
    """A content as it was once saved.  Never changes."""

    __tablename__ = "revision"

    id: Mapped[int] = mapped_column(primary_key=True)
    translation_id: Mapped[int] = mapped_column(ForeignKey("post_translation.id", ondelete="CASCADE"), index=True)
    written_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id", ondelete="SET NULL"))
    written_at: Mapped[datetime] = mapped_column(default=now)

    translation: Mapped[PostTranslation] = relationship(back_populates="revisions")
    written_by: Mapped[Staff | None] = relationship()
