"""Cache tags instead of page versions, with invalidations in the future; the outbox"""

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

SECOND = 1_000_000
SCHEDULED = (
    "SELECT p.id, p.category_id, p.author_id, t.published_at FROM post_translation t JOIN post p ON p.id = t.post_id"
    " WHERE t.published_at > :present AND t.withdrawn_at IS NULL"
)
LANGUAGES = ("kk", "ru", "en")


def upgrade() -> None:
    op.rename_table("page_version", "cache_tag")
    with op.batch_alter_table("cache_tag") as batch_op:
        batch_op.drop_index("ix_page_version_number")
        batch_op.alter_column("scope", new_column_name="tag")
        batch_op.alter_column("number", new_column_name="changed_at")
        batch_op.drop_column("date")
    op.create_index(op.f("ix_cache_tag_changed_at"), "cache_tag", ["changed_at"])
    due_tag = op.create_table(
        "due_tag",
        sa.Column("source", sa.String(length=40), nullable=False),
        sa.Column("due_at", sa.BigInteger(), nullable=False),
        sa.Column("tag", sa.String(length=100), nullable=False),
        sa.PrimaryKeyConstraint("source", "due_at", "tag", name=op.f("pk_due_tag")),
    )
    op.create_index(op.f("ix_due_tag_due_at"), "due_tag", ["due_at"])
    op.create_table(
        "outbox",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("payload", sa.Text(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
        sa.UniqueConstraint("kind", "payload", name=op.f("uq_outbox_kind_payload")),
    )
    op.create_index(op.f("ix_outbox_due_at"), "outbox", ["due_at"])
    op.execute("DELETE FROM feed_push WHERE scope = 'clock'")
    op.execute("DELETE FROM cache_tag WHERE tag = 'schedule'")
    rows = {(f"post:{post}", due_at, tag) for post, due_at, tags in _scheduled() for tag in tags}
    if rows:
        op.bulk_insert(due_tag, [dict(zip(("source", "due_at", "tag"), row, strict=True)) for row in sorted(rows)])


def _scheduled() -> list[tuple[int, int, list[str]]]:
    """Each scheduled post with a moment, in microseconds since 1970, and the tags that fall due then."""
    query = sa.text(SCHEDULED).bindparams(sa.bindparam("present", datetime.now(UTC), sa.DateTime(timezone=True)))
    rows = op.get_bind().execute(query.columns(published_at=sa.DateTime(timezone=True)))
    found = []
    for post, category, author, published_at in rows:
        at = published_at.replace(tzinfo=UTC) if published_at.tzinfo is None else published_at
        lists = ["posts", f"category:{category}", f"author:{author}"]
        feeds = [f"{name}:{language}" for name in (*lists, "any") for language in LANGUAGES]
        found.append((post, int(at.timestamp() * SECOND), [f"post:{post}", f"order:{category}", *lists, *feeds]))
    return found


def downgrade() -> None:
    op.drop_table("outbox")
    op.drop_table("due_tag")
    op.rename_table("cache_tag", "page_version")
    with op.batch_alter_table("page_version") as batch_op:
        batch_op.drop_index("ix_cache_tag_changed_at")
        batch_op.alter_column("tag", new_column_name="scope")
        batch_op.alter_column("changed_at", new_column_name="number")
        batch_op.add_column(sa.Column("date", sa.BigInteger()))
    op.create_index(op.f("ix_page_version_number"), "page_version", ["number"])
