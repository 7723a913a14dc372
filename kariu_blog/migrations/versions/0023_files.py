"""Captions and credits of pictures; files that texts link to"""

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("picture_alt") as table:
        for name, length in (("caption", 300), ("credit", 150)):
            table.add_column(sa.Column(name, sa.String(length=length), nullable=False, server_default=""))
    with op.batch_alter_table("picture_alt") as table:
        for name in ("caption", "credit"):
            table.alter_column(name, server_default=None)
    op.create_table(
        "file",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=20), nullable=False),
        sa.Column("uploaded_by_id", sa.Integer(), nullable=True),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("titles", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["uploaded_by_id"], ["staff.id"], name="fk_file_uploaded_by_id_staff", ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_file"),
        sa.UniqueConstraint("key", name="uq_file_key"),
    )
    op.create_index("ix_file_uploaded_by_id", "file", ["uploaded_by_id"])
    op.create_table(
        "file_version",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("file_id", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=20), nullable=False),
        sa.Column("suffix", sa.String(length=4), nullable=False),
        sa.Column("bytes", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("uploaded_by_id", sa.Integer(), nullable=True),
        sa.Column("uploaded_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["file_id"], ["file.id"], name="fk_file_version_file_id_file", ondelete="CASCADE"),
        sa.ForeignKeyConstraint(
            ["uploaded_by_id"], ["staff.id"], name="fk_file_version_uploaded_by_id_staff", ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_file_version"),
    )
    for column in ("digest", "file_id", "uploaded_by_id"):
        op.create_index(f"ix_file_version_{column}", "file_version", [column])
    op.create_table(
        "text_file",
        sa.Column("translation_id", sa.Integer(), nullable=False),
        sa.Column("key", sa.String(length=20), nullable=False),
        sa.ForeignKeyConstraint(
            ["translation_id"],
            ["post_translation.id"],
            name="fk_text_file_translation_id_post_translation",
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("translation_id", "key", name="pk_text_file"),
    )
    op.create_index("ix_text_file_key", "text_file", ["key"])


def downgrade() -> None:
    for name in ("text_file", "file_version", "file"):
        op.drop_table(name)
    with op.batch_alter_table("picture_alt") as table:
        table.drop_column("credit")
        table.drop_column("caption")
