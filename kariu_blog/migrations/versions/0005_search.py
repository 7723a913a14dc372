"""The search index: each text's keys, and what the database searches in, which it makes of them by itself"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

SQLITE = (
    # The tokens are made already: whatever is no ASCII sign belongs to them.
    "CREATE VIRTUAL TABLE search_index USING fts5"
    " (title, body, content='search_text', content_rowid='text_id', tokenize='ascii')",
    "CREATE TRIGGER search_text_comes AFTER INSERT ON search_text BEGIN"
    " INSERT INTO search_index (rowid, title, body) VALUES (new.text_id, new.title, new.body); END",
    "CREATE TRIGGER search_text_goes AFTER DELETE ON search_text BEGIN"
    " INSERT INTO search_index (search_index, rowid, title, body)"
    " VALUES ('delete', old.text_id, old.title, old.body); END",
)
POSTGRESQL = (
    "ALTER TABLE search_text ADD COLUMN search_index tsvector GENERATED ALWAYS AS"
    " (setweight(to_tsvector('simple', title), 'A') || to_tsvector('simple', body)) STORED",
    "CREATE INDEX search_index ON search_text USING gin (search_index)",
)


def upgrade() -> None:
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
    for statement in SQLITE if op.get_bind().dialect.name == "sqlite" else POSTGRESQL:
        op.execute(statement)


def downgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        op.execute("DROP TABLE search_index")
    op.drop_table("search_text")
