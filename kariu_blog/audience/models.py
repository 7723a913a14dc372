"""Numbers of views, in all and by month."""

from datetime import date

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from kariu_blog.database import Base


class ViewCount(Base):
    __tablename__ = "view_count"

    key: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    views: Mapped[int]


class ViewMonth(Base):
    """Views of one month, by kind."""

    __tablename__ = "view_month"
    __table_args__ = (Index(None, "kind", "month", "views", "key"),)

    key: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    kind: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    month: Mapped[date] = mapped_column(primary_key=True)
    """First day of the month."""
    views: Mapped[int]


class ViewFile(Base):
    """Length of a file whose records have been added up and not been removed yet."""

    __tablename__ = "view_file"

    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    folded: Mapped[int]
