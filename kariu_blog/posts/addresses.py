"""Addresses of posts: present and former slugs, and those of deleted posts."""

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from kariu_blog.database import Base
from kariu_blog.text import slugify


class PostAddress(Base):
    """A present or former slug of a post, in every language.

    A slug belongs to one post for good, so that ``/ru/posts/x`` and ``/kk/posts/x`` cannot be two publications.
    """

    __tablename__ = "post_address"

    slug: Mapped[str] = mapped_column(String(100), primary_key=True)
    post_id: Mapped[int] = mapped_column(ForeignKey("post.id", ondelete="CASCADE"), index=True)


class DeletedAddress(Base):
    """A slug of a deleted post, which is never given to another one."""

    __tablename__ = "deleted_address"

    slug: Mapped[str] = mapped_column(String(100), primary_key=True)


def new_slug(title: str, taken: set[str]) -> str:
    """Return a slug that is not taken: ``open-day``, then ``open-day-2``, …"""
    base = slugify(title) or "post"
    candidates = (base if n == 1 else f"{base}-{n}" for n in range(1, len(taken) + 2))
    return next(slug for slug in candidates if slug not in taken)
