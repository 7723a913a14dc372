"""Reminders by mail of what is waiting; an index for the board; posts that are related by words"""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

STANDING = ("published_at", "withdrawn_at", "review_asked_at", "revision_id", "unseen_id", "review_note")


def upgrade() -> None:
    op.add_column("staff", sa.Column("wants_reminders", sa.Boolean(), nullable=False, server_default=sa.true()))
    with op.batch_alter_table("staff") as batch_op:
        batch_op.alter_column("wants_reminders", existing_type=sa.Boolean(), server_default=None)
    op.create_table(
        "reminder",
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("known", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff.id"], name=op.f("fk_reminder_staff_id_staff"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("staff_id", name=op.f("pk_reminder")),
    )
    op.create_index("ix_post_translation_board", "post_translation", ["post_id", "language", *STANDING])
    op.add_column("post", sa.Column("related", sa.JSON(), nullable=True))


def downgrade() -> None:
    op.drop_column("post", "related")
    op.drop_index("ix_post_translation_board", "post_translation")
    op.drop_table("reminder")
    op.drop_column("staff", "wants_reminders")
