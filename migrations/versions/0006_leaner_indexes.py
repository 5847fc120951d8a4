"""leaner indexes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_INDEXES = {
    "ix_xapi_statement_person": ["person_id", "timestamp"],
    "ix_xapi_statement_target": ["target_id"],
}


def upgrade() -> None:
    for name, columns in _INDEXES.items():
        there = sa.text(f"{columns[0]} IS NOT NULL")
        op.drop_index(name, table_name="xapi_statement")
        op.create_index(name, "xapi_statement", columns, sqlite_where=there, postgresql_where=there)


def downgrade() -> None:
    for name, columns in _INDEXES.items():
        op.drop_index(name, table_name="xapi_statement")
        op.create_index(name, "xapi_statement", columns)
