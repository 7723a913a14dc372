"""The date of a version, where it is not its number's"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("page_version") as page_version:
        page_version.add_column(sa.Column("date", sa.BigInteger(), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table("page_version") as page_version:
        page_version.drop_column("date")
