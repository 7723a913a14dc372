"""Changes of public texts that readers have not seen yet; which revisions translations follow"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0015"
branch_labels = None
depends_on = None

AUTOINCREMENT = {"sqlite_autoincrement": True}
"""Ids of deleted posts are never given again."""


def upgrade() -> None:
    with op.batch_alter_table("post_translation") as batch_op:
        batch_op.add_column(sa.Column("revision_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("unseen_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("update_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("update_is_correction", sa.Boolean(), nullable=False, server_default=sa.false()))
    with op.batch_alter_table("post_translation") as batch_op:
        batch_op.alter_column("update_is_correction", existing_type=sa.Boolean(), server_default=None)
        batch_op.create_index(op.f("ix_post_translation_update_at"), ["update_at"])
    op.execute(
        "UPDATE post_translation SET revision_id ="
        " (SELECT max(r.id) FROM revision r WHERE r.translation_id = post_translation.id)"
    )
    with op.batch_alter_table("post", table_kwargs=AUTOINCREMENT) as batch_op:
        batch_op.add_column(sa.Column("saved_by_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("saved_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("trashed_at", sa.DateTime(timezone=True), nullable=True))
    op.execute(
        "UPDATE post SET (saved_at, saved_by_id) ="
        " (SELECT r.written_at, r.written_by_id FROM revision r JOIN post_translation t ON t.id = r.translation_id"
        " WHERE t.post_id = post.id ORDER BY r.id DESC LIMIT 1)"
    )
    op.execute("UPDATE post SET saved_at = created_at WHERE saved_at IS NULL")
    with op.batch_alter_table("post", table_kwargs=AUTOINCREMENT) as batch_op:
        batch_op.alter_column("saved_at", existing_type=sa.DateTime(timezone=True), nullable=False)
        batch_op.create_foreign_key(
            op.f("fk_post_saved_by_id_staff"), "staff", ["saved_by_id"], ["id"], ondelete="SET NULL"
        )
        batch_op.create_index(op.f("ix_post_saved_at_id"), ["saved_at", "id"])
        batch_op.create_index(op.f("ix_post_trashed_at"), ["trashed_at"])
    op.create_table(
        "translation_source",
        sa.Column("translation_id", sa.Integer(), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("revision_id", sa.Integer(), nullable=False),
        sa.CheckConstraint("language IN ('kk', 'ru', 'en')", name=op.f("ck_translation_source_language")),
        sa.ForeignKeyConstraint(
            ["translation_id"],
            ["post_translation.id"],
            name=op.f("fk_translation_source_translation_id_post_translation"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["revision_id"],
            ["revision.id"],
            name=op.f("fk_translation_source_revision_id_revision"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("translation_id", "language", name=op.f("pk_translation_source")),
    )
    op.execute(
        "INSERT INTO translation_source (translation_id, language, revision_id)"
        " SELECT t.id, other.language, other.revision_id FROM post_translation t"
        " JOIN post_translation other ON other.post_id = t.post_id AND other.id <> t.id"
        " WHERE other.revision_id IS NOT NULL"
    )


def downgrade() -> None:
    """Changes that readers have not seen stay in the history; posts in the trash become withdrawn ones."""
    op.drop_table("translation_source")
    with op.batch_alter_table("post", table_kwargs=AUTOINCREMENT) as batch_op:
        batch_op.drop_index(op.f("ix_post_trashed_at"))
        batch_op.drop_column("trashed_at")
        batch_op.drop_index(op.f("ix_post_saved_at_id"))
        batch_op.drop_constraint(op.f("fk_post_saved_by_id_staff"), type_="foreignkey")
        batch_op.drop_column("saved_at")
        batch_op.drop_column("saved_by_id")
    with op.batch_alter_table("post_translation") as batch_op:
        batch_op.drop_index(op.f("ix_post_translation_update_at"))
        for column in ("update_is_correction", "update_at", "unseen_id", "revision_id"):
            batch_op.drop_column(column)
