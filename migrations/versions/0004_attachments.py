"""attachments."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:

    op.create_table(
        "xapi_attachment",
        sa.Column(
            "seq",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.Column("sha2", sa.String(length=128), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("length", sa.BigInteger(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("seq", "sha2", name=op.f("pk_xapi_attachment")),
    )
    with op.batch_alter_table("xapi_attachment", schema=None) as batch_op:
        batch_op.create_index("ix_xapi_attachment_name", ["name"], unique=False)


def downgrade() -> None:

    with op.batch_alter_table("xapi_attachment", schema=None) as batch_op:
        batch_op.drop_index("ix_xapi_attachment_name")

    op.drop_table("xapi_attachment")
