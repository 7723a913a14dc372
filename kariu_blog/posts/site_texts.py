"""What the site says of the university and its rector."""

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from kariu_blog.database import Base
from kariu_blog.media.models import Picture
from kariu_blog.posts.taxonomy import Category, OnEveryPage, by_language, is_language


class Site(OnEveryPage, Base):
    """The quotation on the front page, and the rector.  The table has one row."""

    __tablename__ = "site"

    id: Mapped[int] = mapped_column(primary_key=True)
    rector_category_id: Mapped[int] = mapped_column(ForeignKey("category.id"))
    portrait_id: Mapped[int | None] = mapped_column(ForeignKey("picture.id"), index=True)
    rector_category: Mapped[Category] = relationship(lazy="joined")
    portrait: Mapped[Picture | None] = relationship(lazy="joined")
    texts: Mapped[dict[str, "SiteText"]] = by_language("SiteText")


class SiteText(OnEveryPage, Base):
    __tablename__ = "site_text"
    __table_args__ = (is_language(),)

    site_id: Mapped[int] = mapped_column(ForeignKey("site.id", ondelete="CASCADE"), primary_key=True)
    language: Mapped[str] = mapped_column(String(2), primary_key=True)
    quotation: Mapped[str] = mapped_column(Text)
    attribution: Mapped[str] = mapped_column(String(120))
    rector: Mapped[str] = mapped_column(String(120))
    position: Mapped[str] = mapped_column(String(200))
    teaser: Mapped[str] = mapped_column(Text)
    greeting: Mapped[str] = mapped_column(Text)
    biography: Mapped[str] = mapped_column(Text)
