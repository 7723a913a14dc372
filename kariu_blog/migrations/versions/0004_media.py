"""Pictures, what is said of them, covers of posts, and which texts show which picture"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "picture",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=20), nullable=False),
        sa.Column("suffix", sa.String(length=4), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("bytes", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("focus_x", sa.Integer(), nullable=False),
        sa.Column("focus_y", sa.Integer(), nullable=False),
        sa.Column("uploaded_by_id", sa.Integer(), nullable=True),
        sa.Column("uploaded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.CheckConstraint("focus_x BETWEEN 0 AND 100", name=op.f("ck_picture_focus_x")),
        sa.CheckConstraint("focus_y BETWEEN 0 AND 100", name=op.f("ck_picture_focus_y")),
        sa.ForeignKeyConstraint(
            ["uploaded_by_id"], ["staff.id"], name=op.f("fk_picture_uploaded_by_id_staff"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_picture")),
        sa.UniqueConstraint("digest", name=op.f("uq_picture_digest")),
    )
    op.create_index(op.f("ix_picture_uploaded_by_id"), "picture", ["uploaded_by_id"])
    op.create_table(
        "picture_alt",
        sa.Column("picture_id", sa.Integer(), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("text", sa.String(length=300), nullable=False),
        sa.CheckConstraint("language IN ('kk', 'ru', 'en')", name=op.f("ck_picture_alt_language")),
        sa.ForeignKeyConstraint(
            ["picture_id"], ["picture.id"], name=op.f("fk_picture_alt_picture_id_picture"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("picture_id", "language", name=op.f("pk_picture_alt")),
    )
    op.create_table(
        "text_picture",
        sa.Column("translation_id", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=20), nullable=False),
        sa.ForeignKeyConstraint(
            ["translation_id"],
            ["post_translation.id"],
            name=op.f("fk_text_picture_translation_id_post_translation"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("translation_id", "digest", name=op.f("pk_text_picture")),
    )
    op.create_index(op.f("ix_text_picture_digest"), "text_picture", ["digest"])
    with op.batch_alter_table("post", schema=None, table_kwargs={"sqlite_autoincrement": True}) as batch_op:
        batch_op.add_column(sa.Column("cover_id", sa.Integer(), nullable=True))
        batch_op.create_index(batch_op.f("ix_post_cover_id"), ["cover_id"])
        batch_op.create_foreign_key(batch_op.f("fk_post_cover_id_picture"), "picture", ["cover_id"], ["id"])


def downgrade() -> None:
    with op.batch_alter_table("post", schema=None, table_kwargs={"sqlite_autoincrement": True}) as batch_op:
        batch_op.drop_constraint(batch_op.f("fk_post_cover_id_picture"), type_="foreignkey")
        batch_op.drop_index(batch_op.f("ix_post_cover_id"))
        batch_op.drop_column("cover_id")
    op.drop_table("text_picture")
    op.drop_table("picture_alt")
    op.drop_table("picture")
