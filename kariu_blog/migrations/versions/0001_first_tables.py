"""First tables"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "author",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("slug", sa.String(length=80), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_author")),
        sa.UniqueConstraint("slug", name=op.f("uq_author_slug")),
    )
    op.create_table(
        "category",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("slug", sa.String(length=80), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_category")),
        sa.UniqueConstraint("slug", name=op.f("uq_category_slug")),
    )
    op.create_table(
        "page_version",
        sa.Column("scope", sa.String(length=100), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("scope", name=op.f("pk_page_version")),
    )
    with op.batch_alter_table("page_version", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_page_version_number"), ["number"], unique=False)

    op.create_table(
        "staff",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("username", sa.String(length=64), nullable=False),
        sa.Column("password", sa.String(length=255), nullable=False),
        sa.Column("role", sa.String(length=16), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("fs_uniquifier", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff")),
        sa.UniqueConstraint("fs_uniquifier", name=op.f("uq_staff_fs_uniquifier")),
        sa.UniqueConstraint("username", name=op.f("uq_staff_username")),
    )
    op.create_table(
        "view_count",
        sa.Column("key", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("views", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_view_count")),
    )
    op.create_table(
        "view_file",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("folded", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_view_file")),
    )
    op.create_table(
        "author_name",
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.CheckConstraint("language IN ('kk', 'ru', 'en')", name=op.f("ck_author_name_language")),
        sa.ForeignKeyConstraint(
            ["author_id"], ["author.id"], name=op.f("fk_author_name_author_id_author"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("author_id", "language", name=op.f("pk_author_name")),
    )
    op.create_table(
        "category_label",
        sa.Column("category_id", sa.Integer(), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("name", sa.String(length=80), nullable=False),
        sa.CheckConstraint("language IN ('kk', 'ru', 'en')", name=op.f("ck_category_label_language")),
        sa.ForeignKeyConstraint(
            ["category_id"], ["category.id"], name=op.f("fk_category_label_category_id_category"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("category_id", "language", name=op.f("pk_category_label")),
    )
    op.create_table(
        "post",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("category_id", sa.Integer(), nullable=False),
        sa.Column("author_id", sa.Integer(), nullable=False),
        sa.Column("created_by_id", sa.Integer(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("first_published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("listed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("earlier_views", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["author_id"], ["author.id"], name=op.f("fk_post_author_id_author")),
        sa.ForeignKeyConstraint(["category_id"], ["category.id"], name=op.f("fk_post_category_id_category")),
        sa.ForeignKeyConstraint(
            ["created_by_id"], ["staff.id"], name=op.f("fk_post_created_by_id_staff"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_post")),
    )
    with op.batch_alter_table("post", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_post_author_id_first_published_at_id_listed_at"),
            ["author_id", "first_published_at", "id", "listed_at"],
            unique=False,
        )
        batch_op.create_index(
            batch_op.f("ix_post_category_id_first_published_at_id_listed_at"),
            ["category_id", "first_published_at", "id", "listed_at"],
            unique=False,
        )
        batch_op.create_index(batch_op.f("ix_post_created_by_id"), ["created_by_id"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_post_first_published_at_id_listed_at"),
            ["first_published_at", "id", "listed_at"],
            unique=False,
        )

    op.create_table(
        "site",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("rector_category_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["rector_category_id"], ["category.id"], name=op.f("fk_site_rector_category_id_category")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_site")),
    )
    op.create_table(
        "post_address",
        sa.Column("slug", sa.String(length=100), nullable=False),
        sa.Column("post_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["post_id"], ["post.id"], name=op.f("fk_post_address_post_id_post"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("slug", name=op.f("pk_post_address")),
    )
    with op.batch_alter_table("post_address", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_post_address_post_id"), ["post_id"], unique=False)

    op.create_table(
        "post_translation",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("post_id", sa.Integer(), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("slug", sa.String(length=100), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("summary", sa.String(length=500), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("updated_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("feed_id", sa.String(length=100), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.CheckConstraint("language IN ('kk', 'ru', 'en')", name=op.f("ck_post_translation_language")),
        sa.ForeignKeyConstraint(
            ["post_id"], ["post.id"], name=op.f("fk_post_translation_post_id_post"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_post_translation")),
        sa.UniqueConstraint("feed_id", name=op.f("uq_post_translation_feed_id")),
        sa.UniqueConstraint("language", "slug", name=op.f("uq_post_translation_language_slug")),
        sa.UniqueConstraint("post_id", "language", name=op.f("uq_post_translation_post_id_language")),
    )
    with op.batch_alter_table("post_translation", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_post_translation_language_published_at"), ["language", "published_at"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_post_translation_published_at"), ["published_at"], unique=False)

    op.create_table(
        "site_text",
        sa.Column("site_id", sa.Integer(), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("quotation", sa.Text(), nullable=False),
        sa.Column("attribution", sa.String(length=120), nullable=False),
        sa.Column("rector", sa.String(length=120), nullable=False),
        sa.Column("position", sa.String(length=200), nullable=False),
        sa.Column("teaser", sa.Text(), nullable=False),
        sa.Column("greeting", sa.Text(), nullable=False),
        sa.Column("biography", sa.Text(), nullable=False),
        sa.CheckConstraint("language IN ('kk', 'ru', 'en')", name=op.f("ck_site_text_language")),
        sa.ForeignKeyConstraint(["site_id"], ["site.id"], name=op.f("fk_site_text_site_id_site"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("site_id", "language", name=op.f("pk_site_text")),
    )


def downgrade() -> None:
    op.drop_table("site_text")
    with op.batch_alter_table("post_translation", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_post_translation_published_at"))
        batch_op.drop_index(batch_op.f("ix_post_translation_language_published_at"))

    op.drop_table("post_translation")
    with op.batch_alter_table("post_address", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_post_address_post_id"))

    op.drop_table("post_address")
    op.drop_table("site")
    with op.batch_alter_table("post", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_post_first_published_at_id_listed_at"))
        batch_op.drop_index(batch_op.f("ix_post_created_by_id"))
        batch_op.drop_index(batch_op.f("ix_post_category_id_first_published_at_id_listed_at"))
        batch_op.drop_index(batch_op.f("ix_post_author_id_first_published_at_id_listed_at"))

    op.drop_table("post")
    op.drop_table("category_label")
    op.drop_table("author_name")
    op.drop_table("view_file")
    op.drop_table("view_count")
    op.drop_table("staff")
    with op.batch_alter_table("page_version", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_page_version_number"))

    op.drop_table("page_version")
    op.drop_table("category")
    op.drop_table("author")
