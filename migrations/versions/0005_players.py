"""players: credentials for one registration, and limits for each."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app import db

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:

    with op.batch_alter_table("xapi_credential", schema=None) as batch_op:
        batch_op.add_column(sa.Column("registration_id", sa.Uuid(), nullable=True))
        batch_op.add_column(sa.Column("activities", db.Json, nullable=True))
        batch_op.add_column(sa.Column("rate_limit", sa.String(length=60), nullable=True))
        batch_op.create_foreign_key(
            batch_op.f("fk_xapi_credential_registration_id_registration"),
            "registration",
            ["registration_id"],
            ["id"],
        )
        batch_op.create_index(
            "ix_xapi_credential_player",
            ["registration_id", "created_at"],
            unique=False,
            sqlite_where=sa.text("registration_id IS NOT NULL"),
            postgresql_where=sa.text("registration_id IS NOT NULL"),
        )


def downgrade() -> None:

    with op.batch_alter_table("xapi_credential", schema=None) as batch_op:
        batch_op.drop_index("ix_xapi_credential_player")
        batch_op.drop_constraint(
            batch_op.f("fk_xapi_credential_registration_id_registration"), type_="foreignkey"
        )
        batch_op.drop_column("rate_limit")
        batch_op.drop_column("activities")
        batch_op.drop_column("registration_id")
