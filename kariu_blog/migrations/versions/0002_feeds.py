"""What feeds need: an id of each post in any language, deleted posts' addresses, what the hub was told"""

import uuid

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "deleted_address",
        sa.Column("slug", sa.String(length=100), nullable=False),
        sa.PrimaryKeyConstraint("slug", name=op.f("pk_deleted_address")),
    )
    op.create_table(
        "feed_push",
        sa.Column("scope", sa.String(length=100), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("scope", name=op.f("pk_feed_push")),
    )
    with op.batch_alter_table("post", schema=None) as batch_op:
        batch_op.add_column(sa.Column("feed_id", sa.String(length=100), nullable=True))
    post = sa.table("post", sa.column("id", sa.Integer), sa.column("feed_id", sa.String))
    connection = op.get_bind()
    for key in connection.execute(sa.select(post.c.id)).scalars().all():
        feed_id = f"tag:kariu.kz,2021:post/{uuid.uuid4()}"
        connection.execute(post.update().where(post.c.id == key).values(feed_id=feed_id))
    with op.batch_alter_table("post", schema=None) as batch_op:
        batch_op.alter_column("feed_id", existing_type=sa.String(length=100), nullable=False)
        batch_op.create_unique_constraint(batch_op.f("uq_post_feed_id"), ["feed_id"])


def downgrade() -> None:
    with op.batch_alter_table("post", schema=None) as batch_op:
        batch_op.drop_constraint(batch_op.f("uq_post_feed_id"), type_="unique")
        batch_op.drop_column("feed_id")
    op.drop_table("feed_push")
    op.drop_table("deleted_address")
