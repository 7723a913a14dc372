"""The entries of each feed and their archive pages; the correction note of each revision"""

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

PAGE_ENTRIES = 30
OPEN = 2**62
OWN = (
    "SELECT {feed} || ':' || t.language, t.published_at, p.id FROM post_translation t JOIN post p ON p.id = t.post_id"
    " WHERE t.published_at IS NOT NULL AND t.withdrawn_at IS NULL"
)
MIXED = "SELECT 'any:{language}', p.listed_at, p.id FROM post p WHERE p.listed_at IS NOT NULL"
FEEDS = [
    *(OWN.format(feed=feed) for feed in ("'posts'", "'category:' || p.category_id", "'author:' || p.author_id")),
    *(MIXED.format(language=language) for language in ("kk", "ru", "en")),
]

ENTER = (
    "WITH found (feed, since, post_id) AS ({found}), ranked AS (SELECT feed, since, post_id,"
    " (row_number() OVER (PARTITION BY feed ORDER BY since, post_id) - 1) / :size AS page,"
    " sum(CASE WHEN since <= :present THEN 1 ELSE 0 END) OVER (PARTITION BY feed) / :size AS pages FROM found)"
    " INSERT INTO feed_entry (feed, part, entered_at, shown_at, post_id)"
    " SELECT feed, CASE WHEN page < pages THEN :first + page ELSE :open END, since, since, post_id"
    " FROM ranked ORDER BY feed, since, post_id"
)


def upgrade() -> None:
    op.create_table(
        "feed_entry",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("feed", sa.String(length=100), nullable=False),
        sa.Column("part", sa.BigInteger(), nullable=False),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("shown_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("post_id", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(["post_id"], ["post.id"], name=op.f("fk_feed_entry_post_id_post"), ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_feed_entry")),
        sa.UniqueConstraint("post_id", "feed", name=op.f("uq_feed_entry_post_id_feed")),
    )
    _enter_what_is_published()
    op.create_index(op.f("ix_feed_entry_feed_part_entered_at_id"), "feed_entry", ["feed", "part", "entered_at", "id"])
    with op.batch_alter_table("revision") as batch_op:
        batch_op.add_column(sa.Column("correction_note", sa.String(length=500), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("corrected_at", sa.DateTime(timezone=True), nullable=True))
    with op.batch_alter_table("revision") as batch_op:
        batch_op.alter_column("correction_note", existing_type=sa.String(length=500), server_default=None)
    op.execute(
        "UPDATE revision SET (correction_note, corrected_at) ="
        " (SELECT t.correction_note, t.corrected_at FROM post_translation t WHERE t.id = revision.translation_id)"
        " WHERE id IN (SELECT max(id) FROM revision GROUP BY translation_id)"
    )


def _enter_what_is_published() -> None:
    """Nobody knows when a text entered a feed, so its date counts; every full archive page is closed now."""
    present = datetime.now(UTC)
    due = sa.text(ENTER.format(found=" UNION ALL ".join(FEEDS)))
    due = due.bindparams(sa.bindparam("present", present, sa.DateTime(timezone=True)))
    values = {"size": PAGE_ENTRIES, "first": int(present.timestamp() * 1_000_000), "open": OPEN}
    op.get_bind().execute(due, values)


def downgrade() -> None:
    with op.batch_alter_table("revision") as batch_op:
        batch_op.drop_column("corrected_at")
        batch_op.drop_column("correction_note")
    op.drop_table("feed_entry")
