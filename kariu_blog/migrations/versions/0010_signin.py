"""Sessions that end on the server, failed sign-ins, passwords that do not depend on the secret key"""

import hashlib
from datetime import UTC, datetime, timedelta

import sqlalchemy as sa
from alembic import op
from flask import current_app

revision = "0010"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("staff", sa.Column("password_hmac_key", sa.Text(), nullable=True))
    op.create_table(
        "staff_session",
        sa.Column("token_digest", sa.String(length=64), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("network_digest", sa.String(length=64), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff.id"], name=op.f("fk_staff_session_staff_id_staff"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("token_digest", name=op.f("pk_staff_session")),
    )
    op.create_index(op.f("ix_staff_session_staff_id"), "staff_session", ["staff_id"])
    op.create_table(
        "sign_in_failures",
        sa.Column("key", sa.String(length=64), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_sign_in_failures")),
    )
    op.create_index(op.f("ix_sign_in_failures_expires_at"), "sign_in_failures", ["expires_at"])
    _keep_passwords_and_sessions()


def _keep_passwords_and_sessions() -> None:
    """So far a hash was made of an HMAC under the secret key, and a cookie held the fs_uniquifier of its person."""
    key = current_app.config["SECRET_KEY"]
    hmac_key = (key if isinstance(key, bytes) else key.encode()).hex()
    connection = op.get_bind()
    connection.execute(sa.text("UPDATE staff SET password_hmac_key = :key"), {"key": hmac_key})
    session = sa.Table("staff_session", sa.MetaData(), autoload_with=connection)
    present = datetime.now(UTC)
    times = {"created_at": present, "seen_at": present, "expires_at": present + timedelta(days=14)}
    for person in connection.execute(sa.text("SELECT id, fs_uniquifier FROM staff")).all():
        digest = hashlib.sha256(person.fs_uniquifier.encode()).hexdigest()
        connection.execute(session.insert().values(token_digest=digest, staff_id=person.id, network_digest="", **times))


def downgrade() -> None:
    """Whoever has signed in since the upgrade needs a new password afterwards."""
    op.drop_table("sign_in_failures")
    op.drop_table("staff_session")
    with op.batch_alter_table("staff") as staff:
        staff.drop_column("password_hmac_key")
