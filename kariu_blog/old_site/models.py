"""What is known of the old site: what came from where, its files, and its addresses."""

from datetime import datetime

from sqlalchemy import JSON, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from kariu_blog.database import Base, now
from kariu_blog.posts.post import Post

KEY_LENGTH = 500
URL_LENGTH = 1000
GONE = "gone"
"""``target`` of an address whose page the old site had deleted."""


class ImportedItem(Base):
    """A post or page of the old site, with what its import left to do."""

    __tablename__ = "imported_item"

    source: Mapped[str] = mapped_column(String(100), primary_key=True)
    """Its id there, such as ``post:102``."""
    group: Mapped[str] = mapped_column(String(100), default="", index=True)
    """What translations that were posts of their own there have in common."""
    digest: Mapped[str] = mapped_column(String(16))
    """Fingerprint of what was read, which tells whether a later export has changed."""
    left_as: Mapped[str] = mapped_column(String(16), default="")
    """Fingerprint of what was written, which tells whether somebody has edited it here."""
    post_id: Mapped[int | None] = mapped_column(ForeignKey("post.id", ondelete="SET NULL"), index=True)
    title: Mapped[str] = mapped_column(String(200), default="")
    language: Mapped[str | None] = mapped_column(String(2))
    """Language of ``title``."""
    cover: Mapped[str] = mapped_column(String(KEY_LENGTH), default="")
    """Path of its cover, until the post has it."""
    is_unfinished: Mapped[bool] = mapped_column(default=False, index=True)
    """True while its texts have pictures, files or links of the old site."""
    notes: Mapped[list[list[str]]] = mapped_column(JSON, default=list)
    """Pairs of a kind and a detail, for the report."""

    post: Mapped[Post | None] = relationship()


class OldMedia(Base):
    """A file of the old site that posts show or link to."""

    __tablename__ = "old_media"

    path: Mapped[str] = mapped_column(String(KEY_LENGTH), primary_key=True)
    """Below ``wp-content/uploads/``."""
    url: Mapped[str] = mapped_column(String(URL_LENGTH), default="")
    address: Mapped[str] = mapped_column(String(200), default="")
    """Its address here, once it is stored."""
    alts: Mapped[dict[str, str]] = mapped_column(JSON, default=dict)
    """Alt texts by language."""
    error: Mapped[str] = mapped_column(String(100), default="")
    """Why it could not be stored at the last try."""


class OldAddress(Base):
    """An address of the old site, or one that staff lead on, and where it leads."""

    __tablename__ = "old_address"

    key: Mapped[str] = mapped_column(String(KEY_LENGTH), primary_key=True)
    """As ``addresses.Asked`` spells it."""
    target: Mapped[str] = mapped_column(String(KEY_LENGTH))
    """``post:7``, ``category:3``, ``author:2``, ``page:5``, ``search:word``, ``file:2013/02/x.jpg``, ``gone``, or a
    path of this site."""
    language: Mapped[str | None] = mapped_column(String(2))
    """Language of the page there, if it had only one."""
    is_by_hand: Mapped[bool] = mapped_column(default=False)
    """True if staff added it."""


class MissedAddress(Base):
    """An address that was asked for in vain, and how often."""

    __tablename__ = "missed_address"

    path: Mapped[str] = mapped_column(String(KEY_LENGTH), primary_key=True)
    count: Mapped[int] = mapped_column(default=0, index=True)
    last_at: Mapped[datetime] = mapped_column(default=now)
