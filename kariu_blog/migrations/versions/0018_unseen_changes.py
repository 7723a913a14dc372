"""Changes of public texts that readers have not seen yet"""

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


def downgrade() -> None:
    """Changes that readers have not seen stay in the history."""
    with op.batch_alter_table("post_translation") as batch_op:
        for column in ("update_is_correction", "update_at", "unseen_id", "revision_id"):
            batch_op.drop_column(column)
