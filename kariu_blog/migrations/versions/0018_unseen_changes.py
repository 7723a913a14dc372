"""Changes of public texts that readers have not seen yet; which revisions translations follow"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("post_translation") as batch_op:
        batch_op.add_column(sa.Column("revision_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("unseen_id", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("update_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("update_is_correction", sa.Boolean(), nullable=False, server_default=sa.false()))
    with op.batch_alter_table("post_translation") as batch_op:
        batch_op.alter_column("update_is_correction", existing_type=sa.Boolean(), server_default=None)
    op.execute(
        "UPDATE post_translation SET revision_id ="
        " (SELECT max(r.id) FROM revision r WHERE r.translation_id = post_translation.id)"
    )
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
    """Changes that readers have not seen stay in the history."""
    op.drop_table("translation_source")
    with op.batch_alter_table("post_translation") as batch_op:
        for column in ("update_is_correction", "update_at", "unseen_id", "revision_id"):
            batch_op.drop_column(column)
