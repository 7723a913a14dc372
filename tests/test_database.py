"""The database: migrations, times, SQLite's settings."""

import sqlite3
from datetime import datetime
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from flask import Flask
from flask_migrate import downgrade, upgrade
from sqlalchemy import event, text
from sqlalchemy.exc import IntegrityError, StatementError

from kariu_blog.database import db
from kariu_blog.posts.post import Post, PostTranslation
from kariu_blog.posts.taxonomy import Category
from kariu_blog.search.index import is_described
from tests.support.browsing import Browser
from tests.support.cast import LONG_AGO
from tests.support.old_database import OLDEST_POST


def test_migrations_make_the_tables_that_the_models_describe(app: Flask) -> None:
    with app.app_context(), db.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "include_object": is_described})
        assert compare_metadata(context, db.metadata) == []


def test_migrations_go_down_and_up_again(app: Flask) -> None:
    with app.app_context():
        downgrade(revision="base")
        upgrade()
        assert db.session.query(Post).count() == 0


def test_an_upgrade_keeps_what_is_there(app: Flask) -> None:
    """In the oldest tables: from there every later migration is gone through."""
    with app.app_context():
        downgrade(revision="base")
        upgrade(revision="0001")
        for statement in OLDEST_POST:
            db.session.execute(text(statement))
        db.session.commit()
        upgrade()
        assert db.session.query(Post).one().translations["kk"].title == "Тақырып"
        assert db.session.query(Category).one().name("kk") == "Жаңалықтар"
    assert "Тақырып" in Browser(app).get("/kk/posts/taqyryp").text()


def test_times_are_aware_on_the_way_in_and_out(app: Flask) -> None:
    with app.app_context():
        post = Post(category_id=1, author_id=1, first_published_at=LONG_AGO)
        db.session.add(post)
        db.session.commit()
        db.session.refresh(post)
        assert post.first_published_at == LONG_AGO
        assert post.first_published_at is not None
        assert post.first_published_at.utcoffset() is not None
        post.first_published_at = datetime(2021, 6, 29)  # noqa: DTZ001
        with pytest.raises(StatementError, match="naive datetime"):
            db.session.commit()


def test_a_language_that_is_none_of_the_three_cannot_be_stored(app: Flask) -> None:
    with app.app_context():
        post = Post(category_id=1, author_id=1)
        post.translations["kz"] = PostTranslation(language="kz", title="Х", slug="x")
        db.session.add(post)
        with pytest.raises(IntegrityError):
            db.session.commit()


@pytest.mark.sqlite
def test_a_save_that_waits_too_long_gives_the_words_back(app: Flask, browse: Browser) -> None:
    page = browse.sign_in("editor")
    page = browse.get("/en/staff/posts/new")

    def impatient(connection: Any, _record: Any) -> None:
        connection.execute("PRAGMA busy_timeout = 50")

    with app.app_context():
        db.engine.dispose()
        engine = db.engine
    event.listen(engine, "connect", impatient)
    writer = sqlite3.connect(app.config["SQLALCHEMY_DATABASE_URI"].removeprefix("sqlite:///"))
    writer.execute("BEGIN IMMEDIATE")
    page = browse.submit(page, "Save", {"category": "2", "author": "2", "en-title": "Patience"}, 503)
    writer.close()
    event.remove(engine, "connect", impatient)
    assert "Send the form again in a minute" in page.text()
    assert "Patience" in [area.text for area in page.all("textarea")]


@pytest.mark.sqlite
def test_sqlite_writes_ahead_checks_references_and_waits(app: Flask) -> None:
    with app.app_context(), db.engine.connect() as connection:
        for pragma, value in (
            ("journal_mode", "wal"),
            ("foreign_keys", 1),
            ("busy_timeout", 10000),
            ("synchronous", 2),
        ):
            assert connection.exec_driver_sql(f"PRAGMA {pragma}").scalar() == value
