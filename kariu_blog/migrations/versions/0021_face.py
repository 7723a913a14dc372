"""Drawn cards of posts; announcements by their ends"""

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0019"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(op.f("ix_post_ends_at"), "post", ["ends_at"])
    op.add_column("post_translation", sa.Column("card", sa.String(60), nullable=True))
    op.create_index(op.f("ix_post_translation_card"), "post_translation", ["card"])


def downgrade() -> None:
    op.drop_index(op.f("ix_post_translation_card"), "post_translation")
    op.drop_column("post_translation", "card")
    op.drop_index(op.f("ix_post_ends_at"), "post")
