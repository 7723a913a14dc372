"""Pictures: what is known of each, and what is said of it to those who cannot see it."""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from itertools import chain
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, String, Text, inspect
from sqlalchemy.orm import Mapped, attribute_keyed_dict, mapped_column, object_session, relationship

from kariu_blog.accounts.models import Staff
from kariu_blog.cache.versions import Tagged
from kariu_blog.database import Base, now
from kariu_blog.languages import LANGUAGES, Said, nearest
from kariu_blog.media.files import Files
from kariu_blog.text import clean_line

ALT_LENGTH = CAPTION_LENGTH = 300
CREDIT_LENGTH = 150
NAME_LENGTH = 200
LIBRARY = "library"
"""Cache tag of pages whose texts are not those of posts: credits of pictures, versions of files."""


class Picture(Tagged, Base):
    __tablename__ = "picture"
    __table_args__ = (
        CheckConstraint("focus_x BETWEEN 0 AND 100", name="focus_x"),
        CheckConstraint("focus_y BETWEEN 0 AND 100", name="focus_y"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    digest: Mapped[str] = mapped_column(String(20), unique=True)
    """Of the largest file's content: the same picture is there once."""
    suffix: Mapped[str] = mapped_column(String(4))
    width: Mapped[int]
    height: Mapped[int]
    bytes: Mapped[int]
    """Of the largest file."""
    name: Mapped[str] = mapped_column(String(NAME_LENGTH))
    """What the file was called that somebody sent in."""
    focus_x: Mapped[int] = mapped_column(default=50)
    focus_y: Mapped[int] = mapped_column(default=50)
    """The point that stays in sight when the picture is cut, in per cent from the left and from the top."""
    uploaded_by_id: Mapped[int | None] = mapped_column(ForeignKey("staff.id", ondelete="SET NULL"), index=True)
    uploaded_at: Mapped[datetime] = mapped_column(default=now)
    words: Mapped[str] = mapped_column(Text)
    """Name and alt texts in small letters, for the library's search."""

    uploaded_by: Mapped[Staff | None] = relationship()
    alts: Mapped[dict[str, "PictureAlt"]] = relationship(
        back_populates="picture",
        collection_class=attribute_keyed_dict("language"),
        cascade="all, delete-orphan",
        lazy="joined",
    )
    covered: Mapped[list[Any]] = relationship("Post", back_populates="cover", passive_deletes="all")
    """The posts that it is the cover of; while there are any, the database keeps it."""
    texts: Mapped[list[Any]] = relationship(
        "PostTranslation",
        secondary="text_picture",
        primaryjoin="Picture.digest == foreign(text_picture.c.digest)",
        secondaryjoin="foreign(text_picture.c.translation_id) == PostTranslation.id",
        viewonly=True,
    )
    """The translations whose bodies show it."""

    def invalidated_tags(self) -> set[str]:
        """Of the posts whose cover would be cut differently; feeds show it whole."""
        state = inspect(self).attrs
        if not (state.focus_x.history.has_changes() or state.focus_y.history.has_changes()):
            return set()
        return {tag for post in self.covered for tag in post.tags_of_cover()}

    @classmethod
    def of(cls, files: Files, size: int, name: str, staff: Staff | None) -> "Picture":
        """A picture that has just been stored; ``size``: of its largest file, in bytes."""
        picture = cls(
            digest=files.digest,
            suffix=files.suffix,
            width=files.width,
            height=files.height,
            bytes=size,
            name=clean_line(name)[:NAME_LENGTH],
            uploaded_by=staff,
        )
        picture.describe({})
        return picture

    @property
    def files(self) -> Files:
        return Files(self.digest, self.width, self.height, self.suffix)

    @property
    def focus(self) -> str:
        """The classes that cut it there, in tenths of its size; none for the middle."""
        tenths = {"fx": round(self.focus_x / 10), "fy": round(self.focus_y / 10)}
        return "".join(f" {axis}{tenth}" for axis, tenth in tenths.items() if tenth != 5)

    @property
    def description(self) -> str:
        """A name for what people said of it: a form carries it to tell whether that moved on meanwhile."""
        said: list[object] = [self.focus_x, self.focus_y]
        said += [(alt.language, alt.text, alt.caption, alt.credit) for _code, alt in sorted(self.alts.items())]
        return hashlib.sha256(repr(said).encode()).hexdigest()[:16]

    def alt(self, language: str) -> str:
        return self.alts[language].text if language in self.alts else ""

    def missing_alts(self) -> list[str]:
        """The languages in which nothing is said of it."""
        return [code for code in LANGUAGES if not self.alt(code)]

    @property
    def is_described(self) -> bool:
        return not self.missing_alts()

    def caption(self, language: str) -> Said | None:
        return nearest({code: alt.caption for code, alt in self.alts.items()}, language)

    def credit(self, language: str) -> Said | None:
        return nearest({code: alt.credit for code, alt in self.alts.items()}, language)

    def describe(self, words: Mapping[str, str], column: str = "text") -> None:
        """Set what is said of it in some languages; ``column``: ``text``, ``caption`` or ``credit``."""
        for language, said in ((code, clean_line(said)) for code, said in words.items()):
            if said and language not in self.alts:
                self.alts[language] = PictureAlt(language=language, text="", caption="", credit="")
            if alt := self.alts.get(language):
                setattr(alt, column, said)
                if not (alt.text or alt.caption or alt.credit):
                    del self.alts[language]
        said_of_it = [(alt.text, alt.caption, alt.credit) for alt in self.alts.values()]
        self.words = " ".join([self.name, *filter(None, chain.from_iterable(said_of_it))]).casefold()


class PictureAlt(Tagged, Base):
    __tablename__ = "picture_alt"
    __table_args__ = (CheckConstraint(f"language IN {tuple(LANGUAGES)}", name="language"),)

    picture_id: Mapped[int] = mapped_column(ForeignKey("picture.id", ondelete="CASCADE"), primary_key=True)
    language: Mapped[str] = mapped_column(String(2), primary_key=True)
    text: Mapped[str] = mapped_column(String(ALT_LENGTH))
    caption: Mapped[str] = mapped_column(String(CAPTION_LENGTH), default="")
    credit: Mapped[str] = mapped_column(String(CREDIT_LENGTH), default="")
    """Who made it, as readers see it."""

    picture: Mapped[Picture] = relationship(back_populates="alts")

    def invalidated_tags(self) -> set[str]:
        """Return the tags of the posts whose cover it describes, and of their feeds.

        An alt text is fed in its own language alone; caption and credit stand in for other languages, also in bodies.
        """
        session = object_session(self)
        picture = session and session.get(Picture, self.picture_id)  # one that is taken away has lost its picture
        if not picture:
            return set()
        changes = (inspect(self).attrs[name].history for name in ("caption", "credit"))
        if not any(words for change in changes for words in (*change.added, *change.deleted)):
            return {tag for post in picture.covered for tag in post.tags_of_cover(self.language)}
        tags = {tag for post in picture.covered for tag in post.tags_of_cover(*LANGUAGES)}
        return {LIBRARY}.union(tags, *(text.tags_of_body() for text in picture.texts))
