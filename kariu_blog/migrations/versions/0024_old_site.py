"""What is known of the old site: what came from where, its files, its addresses, and those asked for in vain"""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "imported_item",
        sa.Column("source", sa.String(length=100), nullable=False),
        sa.Column("group", sa.String(length=100), nullable=False),
        sa.Column("digest", sa.String(length=16), nullable=False),
        sa.Column("left_as", sa.String(length=16), nullable=False),
        sa.Column("post_id", sa.Integer(), nullable=True),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=True),
        sa.Column("cover", sa.String(length=500), nullable=False),
        sa.Column("is_unfinished", sa.Boolean(), nullable=False),
        sa.Column("notes", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["post_id"], ["post.id"], name=op.f("fk_imported_item_post_id_post"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("source", name=op.f("pk_imported_item")),
    )
    for column in ("group", "post_id", "is_unfinished"):
        op.create_index(op.f(f"ix_imported_item_{column}"), "imported_item", [column])
    op.create_table(
        "old_media",
        sa.Column("path", sa.String(length=500), nullable=False),
        sa.Column("url", sa.String(length=1000), nullable=False),
        sa.Column("address", sa.String(length=200), nullable=False),
        sa.Column("alts", sa.JSON(), nullable=False),
        sa.Column("error", sa.String(length=100), nullable=False),
        sa.PrimaryKeyConstraint("path", name=op.f("pk_old_media")),
    )
    op.create_table(
        "old_address",
        sa.Column("key", sa.String(length=500), nullable=False),
        sa.Column("target", sa.String(length=500), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=True),
        sa.Column("is_by_hand", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_old_address")),
    )
    op.create_table(
        "missed_address",
        sa.Column("path", sa.String(length=500), nullable=False),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("path", name=op.f("pk_missed_address")),
    )
    op.create_index(op.f("ix_missed_address_count"), "missed_address", ["count"])


def downgrade() -> None:
    for name in ("missed_address", "old_address", "old_media", "imported_item"):
        op.drop_table(name)
