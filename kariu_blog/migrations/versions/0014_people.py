"""Names, limits and the second factor of staff; account links; acts that cannot be changed"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

FILLED: dict[str, tuple[Any, Any]] = {
    "must_change_password": (sa.Boolean(), sa.false()),
    "names": (sa.JSON(), "{}"),
    "languages": (sa.JSON(), "[]"),
    "categories": (sa.JSON(), "[]"),
    "bylines": (sa.JSON(), "[]"),
}
"""Type and first value of each new column of staff that is never NULL."""
OPTIONAL: dict[str, Any] = {
    "email": sa.String(length=254),
    "language": sa.String(length=2),
    "tf_primary_method": sa.String(length=20),
    "tf_totp_secret": sa.Text(),
    "tf_last_counter": sa.Integer(),
    "mf_recovery_codes": sa.JSON(),
}
REFUSALS = {
    "sqlite": [
        f"CREATE TRIGGER act_is_final_{event.lower()} BEFORE {event} ON act"
        " BEGIN SELECT RAISE(ABORT, 'an act is never changed or deleted'); END"
        for event in ("UPDATE", "DELETE")
    ],
    "postgresql": [
        "CREATE FUNCTION act_is_final() RETURNS trigger LANGUAGE plpgsql AS"
        " $$ BEGIN RAISE EXCEPTION 'an act is never changed or deleted'; END $$",
        "CREATE TRIGGER act_is_final BEFORE UPDATE OR DELETE ON act FOR EACH ROW EXECUTE FUNCTION act_is_final()",
    ],
}
"""A batch operation on SQLite replaces the table, so a later one has to create the triggers again."""


def upgrade() -> None:
    with op.batch_alter_table("staff") as staff:
        for name, (kind, value) in FILLED.items():
            staff.add_column(sa.Column(name, kind, nullable=False, server_default=value))
        for name, kind in OPTIONAL.items():
            staff.add_column(sa.Column(name, kind, nullable=True))
        staff.create_unique_constraint(staff.f("uq_staff_email"), ["email"])
    with op.batch_alter_table("staff") as staff:
        for name, (kind, _value) in FILLED.items():
            staff.alter_column(name, existing_type=kind, server_default=None)
    with op.batch_alter_table("staff_session") as session:
        session.add_column(sa.Column("device", sa.String(length=60), nullable=False, server_default=""))
    with op.batch_alter_table("staff_session") as session:
        session.alter_column("device", existing_type=sa.String(length=60), server_default=None)
    _create_account_links()
    op.add_column("act", sa.Column("language", sa.String(length=2), nullable=True))
    _create_tables_beside_acts()
    for statement in REFUSALS[op.get_bind().dialect.name]:
        op.execute(statement)


def _create_account_links() -> None:
    op.create_table(
        "account_link",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("staff_id", sa.Integer(), nullable=False),
        sa.Column("purpose", sa.String(length=16), nullable=False),
        sa.Column("token_digest", sa.String(length=64), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("mailed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("mail_fault", sa.String(length=16), nullable=False),
        sa.ForeignKeyConstraint(
            ["staff_id"], ["staff.id"], name=op.f("fk_account_link_staff_id_staff"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account_link")),
        sa.UniqueConstraint("token_digest", name=op.f("uq_account_link_token_digest")),
    )
    op.create_index(op.f("ix_account_link_staff_id"), "account_link", ["staff_id"])


def _create_tables_beside_acts() -> None:
    op.create_table(
        "act_address",
        sa.Column("act_id", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("address", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["act_id"], ["act.id"], name=op.f("fk_act_address_act_id_act")),
        sa.PrimaryKeyConstraint("act_id", name=op.f("pk_act_address")),
    )
    op.create_index(op.f("ix_act_address_at"), "act_address", ["at"])
    op.create_table(
        "failed_sign_ins",
        sa.Column("staff_id", sa.Integer(), nullable=False, autoincrement=False),
        sa.Column("hour", sa.DateTime(timezone=True), nullable=False),
        sa.Column("act_id", sa.Integer(), nullable=True),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["act_id"], ["act.id"], name=op.f("fk_failed_sign_ins_act_id_act")),
        sa.PrimaryKeyConstraint("staff_id", "hour", name=op.f("pk_failed_sign_ins")),
    )
    op.create_index(op.f("ix_failed_sign_ins_act_id"), "failed_sign_ins", ["act_id"])


def downgrade() -> None:
    """Translators become authors.  Limits, invitations and second factors are gone."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP TRIGGER act_is_final ON act")
        op.execute("DROP FUNCTION act_is_final()")
    else:
        op.execute("DROP TRIGGER act_is_final_update")
        op.execute("DROP TRIGGER act_is_final_delete")
    for table in ("failed_sign_ins", "act_address", "account_link"):
        op.drop_table(table)
    op.execute("UPDATE staff SET role = 'author' WHERE role = 'translator'")
    with op.batch_alter_table("act") as act:
        act.drop_column("language")
    with op.batch_alter_table("staff_session") as session:
        session.drop_column("device")
    with op.batch_alter_table("staff") as staff:
        staff.drop_constraint(staff.f("uq_staff_email"), type_="unique")
        for name in (*FILLED, *OPTIONAL):
            staff.drop_column(name)
