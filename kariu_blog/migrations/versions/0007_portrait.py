"""The rector's portrait"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("site") as site:
        site.add_column(sa.Column("portrait_id", sa.Integer(), nullable=True))
        site.create_foreign_key(op.f("fk_site_portrait_id_picture"), "picture", ["portrait_id"], ["id"])
        site.create_index(op.f("ix_site_portrait_id"), ["portrait_id"])


def downgrade() -> None:
    with op.batch_alter_table("site") as site:
        site.drop_index(op.f("ix_site_portrait_id"))
        site.drop_constraint(op.f("fk_site_portrait_id_picture"), type_="foreignkey")
        site.drop_column("portrait_id")
