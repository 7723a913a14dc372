"""Items of the site with their history: categories, bylines, quotations and so on; merges; pins and ends of posts"""

import json
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

LANGUAGES = ("kk", "ru", "en")
QUOTATION = {"text": "quotation", "attribution": "attribution"}
RECTOR = {name: name for name in ("position", "teaser", "greeting", "biography")} | {"name": "rector"}
NAMED = {"category": "category_label", "author": "author_name"}
INDEXES = {
    column: [*([column] if column else []), "first_published_at", "id", "listed_at"]
    for column in ("", "category_id", "author_id")
}
Fields = dict[str, str]


def upgrade() -> None:
    op.create_table(
        "site_item",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("slug", sa.String(length=80), nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_site_item")),
        sa.UniqueConstraint("slug", name=op.f("uq_site_item_slug")),
    )
    op.create_index(op.f("ix_site_item_kind"), "site_item", ["kind"])
    op.create_table(
        "item_revision",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("item", sa.String(length=40), nullable=False),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.Column("written_by_id", sa.Integer(), nullable=True),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["written_by_id"], ["staff.id"], name=op.f("fk_item_revision_written_by_id_staff"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_item_revision")),
    )
    op.create_index(op.f("ix_item_revision_item"), "item_revision", ["item"])
    op.create_table(
        "merged_post",
        sa.Column("source", sa.String(length=40), nullable=False),
        sa.Column("post_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["post_id"], ["post.id"], name=op.f("fk_merged_post_post_id_post"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("source", "post_id", name=op.f("pk_merged_post")),
    )
    op.create_index(op.f("ix_merged_post_post_id"), "merged_post", ["post_id"])
    for table, names in NAMED.items():
        _give_fields(table, names)
    for kind, fields in _site().items():
        _insert("site_item", kind=kind, position=0, fields=fields, version=1)
        key = _rows("SELECT max(id) AS id FROM site_item")[0]["id"]
        _insert("item_revision", item=f"{kind}:{key}", fields=fields, written_at=datetime.now(UTC))
    op.drop_table("site_text")
    op.drop_table("site")
    with op.batch_alter_table("feed_entry") as batch_op:
        batch_op.add_column(sa.Column("is_merged", sa.Boolean(), nullable=False, server_default=sa.false()))
    with op.batch_alter_table("feed_entry") as batch_op:
        batch_op.alter_column("is_merged", existing_type=sa.Boolean(), server_default=None)
    with op.batch_alter_table("post", table_kwargs={"sqlite_autoincrement": True}) as batch_op:
        batch_op.add_column(sa.Column("pinned_until", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.create_index(op.f("ix_post_pinned_until"), ["pinned_until"])
        batch_op.create_index(op.f("ix_post_category_id_pinned_until"), ["category_id", "pinned_until"])
        for columns in INDEXES.values():
            batch_op.drop_index(op.f(f"ix_post_{'_'.join(columns)}"))
            batch_op.create_index(op.f(f"ix_post_{'_'.join(columns)}_ends_at"), [*columns, "ends_at"])


def _give_fields(table: str, names: str) -> None:
    """Bring the names of categories or bylines into their own rows, with a first revision."""
    with op.batch_alter_table(table) as batch_op:
        if table == "author":
            batch_op.add_column(sa.Column("position", sa.Integer(), nullable=False, server_default="0"))
        batch_op.add_column(sa.Column("fields", sa.JSON(), nullable=False, server_default="{}"))
        batch_op.add_column(sa.Column("version", sa.Integer(), nullable=False, server_default="1"))
        batch_op.add_column(sa.Column("merged_into_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("merged_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.create_foreign_key(op.f(f"fk_{table}_merged_into_id_{table}"), table, ["merged_into_id"], ["id"])
    with op.batch_alter_table(table) as batch_op:
        batch_op.alter_column("position", existing_type=sa.Integer(), existing_nullable=False, server_default=None)
        batch_op.alter_column("fields", existing_type=sa.JSON(), existing_nullable=False, server_default=None)
        batch_op.alter_column("version", existing_type=sa.Integer(), existing_nullable=False, server_default=None)
    found: dict[int, Fields] = {}
    for row in _rows(f"SELECT {table}_id AS id, language, name FROM {names}"):  # noqa: S608  # a constant
        found.setdefault(row["id"], {})[f"{row['language']}-name"] = row["name"]
    for key, fields in found.items():
        rows = sa.table(table, sa.column("id"), sa.column("fields", sa.JSON()))
        op.execute(rows.update().where(rows.c.id == key).values(fields=fields))
        _insert("item_revision", item=f"{table}:{key}", fields=fields, written_at=datetime.now(UTC))
    op.drop_table(names)


def _site() -> dict[str, Fields]:
    """Return the quotation and the rector, if the site has them."""
    texts = {row["language"]: row for row in _rows("SELECT * FROM site_text ORDER BY site_id DESC")}
    if not texts:
        return {}
    items = {
        kind: {f"{code}-{new}": text[old] for code, text in texts.items() for new, old in names.items() if text[old]}
        for kind, names in (("quotation", QUOTATION), ("rector", RECTOR))
    }
    for row in _rows("SELECT digest, width, height, suffix FROM picture JOIN site ON picture.id = site.portrait_id"):
        items["rector"]["portrait"] = "/media/{digest}-{width}x{height}.{suffix}".format(**row)
    return items


def _rows(statement: str) -> list[Any]:
    return list(op.get_bind().execute(sa.text(statement)).mappings())


def _insert(table: str, **values: Any) -> None:
    kinds: dict[str, Any] = {"fields": sa.JSON(), "written_at": sa.DateTime(timezone=True)}
    columns: list[Any] = [sa.column(name, kinds.get(name)) for name in values]
    op.execute(sa.table(table, *columns).insert().values(values))


def downgrade() -> None:
    """Keep the names of categories and bylines, the newest quotation, and the newest rector."""
    with op.batch_alter_table("post", table_kwargs={"sqlite_autoincrement": True}) as batch_op:
        for columns in INDEXES.values():
            batch_op.drop_index(op.f(f"ix_post_{'_'.join(columns)}_ends_at"))
            batch_op.create_index(op.f(f"ix_post_{'_'.join(columns)}"), columns)
        batch_op.drop_index(op.f("ix_post_category_id_pinned_until"))
        batch_op.drop_index(op.f("ix_post_pinned_until"))
        batch_op.drop_column("ends_at")
        batch_op.drop_column("pinned_until")
    with op.batch_alter_table("feed_entry") as batch_op:
        batch_op.drop_column("is_merged")
    op.create_table(
        "site",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("rector_category_id", sa.Integer(), nullable=False),
        sa.Column("portrait_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["rector_category_id"], ["category.id"], name=op.f("fk_site_rector_category_id_category")
        ),
        sa.ForeignKeyConstraint(["portrait_id"], ["picture.id"], name=op.f("fk_site_portrait_id_picture")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_site")),
    )
    op.create_index(op.f("ix_site_portrait_id"), "site", ["portrait_id"])
    old = [*QUOTATION.values(), *RECTOR.values()]
    op.create_table(
        "site_text",
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        *(sa.Column(name, _text_type(name), nullable=False) for name in old),
        sa.CheckConstraint("language IN ('kk', 'ru', 'en')", name=op.f("ck_site_text_language")),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_site_text_site_id_site"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("site_id", "language", name=op.f("pk_site_text")),
    )
    _take_site_back()
    for table, names in NAMED.items():
        _take_fields(table, names)
    for table in ("merged_post", "item_revision", "site_item"):
        op.drop_table(table)


def _text_type(name: str) -> Any:
    return sa.String({"position": 200}.get(name, 120)) if name in ("attribution", "rector", "position") else sa.Text()


def _take_site_back() -> None:
    newest = {row["kind"]: _fields(row) for row in _rows("SELECT kind, fields FROM site_item ORDER BY id")}
    category = _rows("SELECT id FROM category WHERE slug = 'rector'")
    if "rector" not in newest or not category:
        return
    _insert("site", id=1, rector_category_id=category[0]["id"])
    both = ((newest.get("quotation", {}), QUOTATION), (newest["rector"], RECTOR))
    for code in LANGUAGES:
        words = {old: fields.get(f"{code}-{new}", "") for fields, names in both for new, old in names.items()}
        _insert("site_text", site_id=1, language=code, **words)
    digest = newest["rector"].get("portrait", "").removeprefix("/media/")[:20]
    op.execute(sa.text("UPDATE site SET portrait_id = (SELECT id FROM picture WHERE digest = :d)").bindparams(d=digest))


def _take_fields(table: str, names: str) -> None:
    op.create_table(
        names,
        sa.Column(f"{table}_id", sa.Integer(), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("name", sa.String(length=80 if table == "category" else 120), nullable=False),
        sa.CheckConstraint("language IN ('kk', 'ru', 'en')", name=op.f(f"ck_{names}_language")),
        sa.ForeignKeyConstraint(
            [f"{table}_id"], [f"{table}.id"], name=op.f(f"fk_{names}_{table}_id_{table}"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint(f"{table}_id", "language", name=op.f(f"pk_{names}")),
    )
    for row in _rows(f"SELECT id, fields FROM {table}"):  # noqa: S608  # a constant
        words = {code: _fields(row).get(f"{code}-name") for code in LANGUAGES}
        for code in filter(words.get, LANGUAGES):
            _insert(names, **{f"{table}_id": row["id"]}, language=code, name=words[code])
    with op.batch_alter_table(table) as batch_op:
        batch_op.drop_constraint(op.f(f"fk_{table}_merged_into_id_{table}"), type_="foreignkey")
        for column in ("merged_at", "merged_into_id", "version", "fields"):
            batch_op.drop_column(column)
        if table == "author":
            batch_op.drop_column("position")


def _fields(row: Any) -> Fields:
    given = row["fields"]
    return dict(json.loads(given)) if isinstance(given, str) else dict(given)
