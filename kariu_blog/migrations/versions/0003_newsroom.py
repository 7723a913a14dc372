"""Revisions, unsaved drafts, review, corrections, preview links"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # An id is never given twice, not even after a deletion: a form that is still open would write into another post.
    with op.batch_alter_table("post", schema=None, table_kwargs={"sqlite_autoincrement": True}) as batch_op:
        batch_op.add_column(sa.Column("form_key", sa.String(length=40), nullable=True))
        batch_op.create_unique_constraint(batch_op.f("uq_post_form_key"), ["form_key"])
    with op.batch_alter_table("post_translation", schema=None) as batch_op:
        batch_op.add_column(sa.Column("review_asked_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("review_note", sa.String(length=500), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("correction_note", sa.String(length=500), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("corrected_at", sa.DateTime(timezone=True), nullable=True))
    with op.batch_alter_table("post_translation", schema=None) as batch_op:
        batch_op.alter_column("review_note", existing_type=sa.String(length=500), server_default=None)
        batch_op.alter_column("correction_note", existing_type=sa.String(length=500), server_default=None)
    op.create_table(
        "revision",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("translation_id", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("summary", sa.String(length=500), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("slug", sa.String(length=100), nullable=False),
        sa.Column("written_by_id", sa.Integer(), nullable=True),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["translation_id"],
            ["post_translation.id"],
            name=op.f("fk_revision_translation_id_post_translation"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["written_by_id"], ["staff.id"], name=op.f("fk_revision_written_by_id_staff"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_revision")),
    )
    op.create_index(op.f("ix_revision_translation_id"), "revision", ["translation_id"])
    op.execute(  # what is there is where each history begins
        "INSERT INTO revision (translation_id, title, summary, body, slug, written_at) "
        "SELECT id, title, summary, body, slug, updated_at FROM post_translation"
    )
    op.create_table(
        "draft",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("form_key", sa.String(length=40), nullable=False),
        sa.Column("post_id", sa.Integer(), nullable=True),
        sa.Column("typed", sa.Text(), nullable=False),
        sa.Column("languages", sa.String(length=20), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["staff_id"], ["staff.id"], name=op.f("fk_draft_staff_id_staff"), ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["post_id"], ["post.id"], name=op.f("fk_draft_post_id_post"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_draft")),
        sa.UniqueConstraint("staff_id", "form_key", name=op.f("uq_draft_staff_id_form_key")),
    )
    op.create_index(op.f("ix_draft_post_id"), "draft", ["post_id"])
    op.create_table(
        "preview_link",
        sa.Column("token", sa.String(length=64), nullable=False),
        sa.Column("translation_id", sa.Integer(), nullable=False),
        sa.Column("made_by_id", sa.Integer(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["translation_id"],
            ["post_translation.id"],
            name=op.f("fk_preview_link_translation_id_post_translation"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["made_by_id"], ["staff.id"], name=op.f("fk_preview_link_made_by_id_staff"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("token", name=op.f("pk_preview_link")),
    )
    op.create_index(op.f("ix_preview_link_translation_id"), "preview_link", ["translation_id"])


def downgrade() -> None:
    op.drop_table("preview_link")
    op.drop_table("draft")
    op.drop_table("revision")
    with op.batch_alter_table("post_translation", schema=None) as batch_op:
        for column in ("corrected_at", "correction_note", "review_note", "review_asked_at"):
            batch_op.drop_column(column)
    with op.batch_alter_table("post", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("uq_post_form_key"), type_="unique")
        batch_op.drop_column("form_key")
