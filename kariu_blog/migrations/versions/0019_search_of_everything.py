"""The search index: the words of everything that can be found, and the forms that share a key"""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

DELETED = "INSERT INTO search_index (search_index, rowid, title, body) VALUES ('delete', old.id, old.title, old.body);"
INSERTED = "INSERT INTO search_index (rowid, title, body) VALUES (new.id, new.title, new.body);"
SQLITE = (
    # The tokens are made already: whatever is no ASCII sign belongs to them.
    "CREATE VIRTUAL TABLE search_index USING fts5"
    " (title, body, content='search_text', content_rowid='id', tokenize='ascii')",
    f"CREATE TRIGGER search_text_inserted AFTER INSERT ON search_text BEGIN {INSERTED} END",
    f"CREATE TRIGGER search_text_deleted AFTER DELETE ON search_text BEGIN {DELETED} END",
    f"CREATE TRIGGER search_text_updated AFTER UPDATE OF title, body ON search_text BEGIN {DELETED} {INSERTED} END",
)
PUBLIC = ["post_id", "language", "published_at", "withdrawn_at"]
"""What says whether a translation is public, to be read without the text."""
POSTGRESQL = (
    "ALTER TABLE search_text ADD COLUMN search_index tsvector GENERATED ALWAYS AS"
    " (setweight(to_tsvector('simple', title), 'A') || to_tsvector('simple', body)) STORED",
    "CREATE INDEX search_index ON search_text USING gin (search_index)",
)


def upgrade() -> None:
    """Begin with an empty index; the site fills it when it starts."""
    is_sqlite = _drop()
    op.create_table(
        "search_text",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("rules", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_search_text")),
        sa.UniqueConstraint("kind", "item_id", "language", name=op.f("uq_search_text_kind_item_id_language")),
    )
    op.create_table(
        "search_forms",
        sa.Column("key", sa.String(collation=None if is_sqlite else "C"), nullable=False),
        sa.Column("rules", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("forms", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key", "rules", name=op.f("pk_search_forms")),
        sqlite_with_rowid=False,
    )
    op.create_index(f"ix_post_translation_{'_'.join(PUBLIC)}", "post_translation", PUBLIC)
    for statement in SQLITE if is_sqlite else POSTGRESQL:
        op.execute(statement)


def downgrade() -> None:
    is_sqlite = _drop()
    op.drop_index(f"ix_post_translation_{'_'.join(PUBLIC)}", "post_translation")
    op.drop_table("search_forms")
    op.create_table(
        "search_text",
        sa.Column("text_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("rules", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["text_id"],
            ["post_translation.id"],
            name=op.f("fk_search_text_text_id_post_translation"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("text_id", name=op.f("pk_search_text")),
    )
    if is_sqlite:
        op.execute(SQLITE[0].replace("content_rowid='id'", "content_rowid='text_id'"))
        for name, act in (("comes AFTER INSERT", INSERTED), ("goes AFTER DELETE", DELETED)):
            act = act.replace("new.id", "new.text_id").replace("old.id", "old.text_id")
            op.execute(f"CREATE TRIGGER search_text_{name} ON search_text BEGIN {act} END")
    else:
        for statement in POSTGRESQL:
            op.execute(statement)


def _drop() -> bool:
    """Drop the index, and return whether this is SQLite."""
    is_sqlite = op.get_bind().dialect.name == "sqlite"
    if is_sqlite:
        op.execute("DROP TABLE search_index")
    op.drop_table("search_text")
    return is_sqlite
