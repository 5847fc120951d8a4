"""forwarding."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app import db

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:

    op.create_table(
        "xapi_target",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("job_id", sa.Integer(), nullable=True),
        sa.Column("label", sa.String(length=200), nullable=False),
        sa.Column("endpoint", sa.Text(), nullable=False),
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("secret", sa.Text(), nullable=False),
        sa.Column("version", sa.String(length=16), nullable=False),
        sa.Column("verbs", db.Json, nullable=False),
        sa.Column("activities", db.Json, nullable=False),
        sa.Column("authorities", db.Json, nullable=False),
        sa.Column("sends_as", sa.String(length=100), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("cursor_stored", db.Moment(), nullable=False),
        sa.Column("cursor_seq", sa.BigInteger(), nullable=False),
        sa.Column("sent", sa.BigInteger(), nullable=False),
        sa.Column("refusals", sa.Integer(), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("created_at", db.Moment(), nullable=False),
        sa.Column("sent_at", db.Moment(), nullable=True),
        sa.Column("failing_since", db.Moment(), nullable=True),
        sa.Column("due_at", db.Moment(), nullable=True),
        sa.Column("stopped_at", db.Moment(), nullable=True),
        sa.ForeignKeyConstraint(
            ["job_id"],
            ["outbox.id"],
            name=op.f("fk_xapi_target_job_id_outbox"),
            ondelete="SET NULL",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_xapi_target")),
    )
    op.create_table(
        "xapi_dead_letter",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("target_id", sa.Uuid(), nullable=False),
        sa.Column("statement_id", sa.Uuid(), nullable=False),
        sa.Column("status", sa.Integer(), nullable=False),
        sa.Column("answer", sa.Text(), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.Column("again", sa.Boolean(), nullable=False),
        sa.Column("refused_at", db.Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["target_id"],
            ["xapi_target.id"],
            name=op.f("fk_xapi_dead_letter_target_id_xapi_target"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_xapi_dead_letter")),
        sa.UniqueConstraint(
            "target_id", "statement_id", name=op.f("uq_xapi_dead_letter_target_id")
        ),
    )
    with op.batch_alter_table("xapi_dead_letter", schema=None) as batch_op:
        batch_op.create_index(
            "ix_xapi_dead_letter_again", ["target_id", "again", "id"], unique=False
        )


def downgrade() -> None:

    with op.batch_alter_table("xapi_dead_letter", schema=None) as batch_op:
        batch_op.drop_index("ix_xapi_dead_letter_again")

    op.drop_table("xapi_dead_letter")
    op.drop_table("xapi_target")
