"""Views of each month, by language: what is read most"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "view_month",
        sa.Column("key", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("month", sa.Date(), nullable=False),
        sa.Column("views", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("key", "kind", "month", name=op.f("pk_view_month")),
    )
    op.create_index(op.f("ix_view_month_kind_month_views_key"), "view_month", ["kind", "month", "views", "key"])


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("LOCK TABLE view_file")  # as a server does that is adding up views: in the same order
    op.drop_table("view_month")
