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
from kariu_blog.posts.items import ItemRevision
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


SITE_OF_0013 = (
    "INSERT INTO category (id, slug, position) VALUES (7, 'rector', 3), (9, 'news', 1)",
    "INSERT INTO category_label (category_id, language, name) VALUES (7, 'kk', 'Ректор блогы'), (7, 'ru', 'Блог'),"
    " (7, 'en', 'Blog'), (9, 'kk', 'Жаңалықтар'), (9, 'ru', 'Новости'), (9, 'en', 'News')",
    "INSERT INTO author (id, slug) VALUES (5, 'office')",
    "INSERT INTO author_name (author_id, language, name) VALUES (5, 'kk', 'Кеңсе'), (5, 'ru', 'Канцелярия'),"
    " (5, 'en', 'Office')",
    "INSERT INTO picture (id, digest, suffix, width, height, bytes, name, focus_x, focus_y, uploaded_at, words) VALUES"
    " (3, '0123456789abcdef0123', 'jpg', 800, 600, 1, 'x', 50, 50, '2021-06-29 06:44:21', '')",
    "INSERT INTO site (id, rector_category_id, portrait_id) VALUES (1, 7, 3)",
    *(
        f"INSERT INTO site_text VALUES (1, '{code}', 'Quoted {number}', 'By {number}', 'Name {number}', 'Position"
        f" {number}', 'Teaser {number}', '<p>Greeting {number}</p>', '<p>Life {number}</p>')"
        for number, code in enumerate(("kk", "ru", "en"))
    ),
)
TABLES_OF_0013 = ("category", "category_label", "author", "author_name", "site", "site_text")


def test_what_the_site_said_is_there_after_the_upgrade_with_a_history_and_after_a_downgrade(app: Flask) -> None:
    def rows() -> list[Any]:
        queries = (text(f"SELECT * FROM {table} ORDER BY 1, 2") for table in TABLES_OF_0013)
        return [[dict(row) for row in db.session.execute(query).mappings()] for query in queries]

    with app.app_context():
        downgrade(revision="base")
        upgrade(revision="0013")
        for statement in SITE_OF_0013:
            db.session.execute(text(statement))
        db.session.commit()
        before = rows()
        db.session.remove()
        upgrade()
        front, rector = (Browser(app).get(f"/ru/{path}") for path in ("", "rector/"))
        assert "Quoted 1" in front.text(front.one("figure", class_="quotation"))
        assert "By 1" in front.text(front.one("figcaption"))
        assert [a.text for a in front.one("nav", class_="sections").iter("a")] == ["Новости", "Блог"]
        assert rector.text(rector.one("h1")) == "Name 1"
        assert {"Greeting 1", "Life 1", "Position 1"} <= {rector.text(p) for p in rector.all("p")}
        assert "0123456789abcdef0123" in rector.one("img", class_="monogram").get("src")
        assert "Канцелярия" in Browser(app).get("/ru/authors/office/").text()
        assert {revision.item for revision in db.session.query(ItemRevision)} == {
            "category:7",
            "category:9",
            "author:5",
            "quotation:1",
            "rector:2",
        }
        db.session.remove()
        downgrade(revision="0013")
        assert rows() == before
