"""cohorts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:

    with op.batch_alter_table("xapi_statement", schema=None) as batch_op:
        batch_op.create_index(
            "ix_xapi_statement_passage",
            ["registration_id", "activity_id"],
            unique=False,
            sqlite_where=sa.text("moves IS 1"),
            postgresql_where=sa.text("moves IS true"),
        )


def downgrade() -> None:

    with op.batch_alter_table("xapi_statement", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_xapi_statement_passage",
            sqlite_where=sa.text("moves IS 1"),
            postgresql_where=sa.text("moves IS true"),
        )
