"""upkeep."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app import db

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:

    op.create_table(
        "xapi_activity",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("iri", sa.Text(), nullable=False),
        sa.Column("definition", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_xapi_activity")),
    )
    op.create_table(
        "xapi_document",
        sa.Column("key", sa.Uuid(), nullable=False),
        sa.Column("context", sa.Uuid(), nullable=False),
        sa.Column("resource", sa.String(length=20), nullable=False),
        sa.Column("activity", sa.Text(), nullable=True),
        sa.Column("agent_key", sa.Text(), nullable=True),
        sa.Column("registration_id", sa.Uuid(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("etag", sa.String(length=40), nullable=False),
        sa.Column("updated_at", db.Moment(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_xapi_document")),
    )
    with op.batch_alter_table("xapi_document", schema=None) as batch_op:
        batch_op.create_index("ix_xapi_document_context", ["context", "updated_at"], unique=False)

    op.create_table(
        "xapi_mention",
        sa.Column("key", sa.LargeBinary(length=16), nullable=False),
        sa.Column(
            "seq",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=False,
            nullable=False,
        ),
        sa.PrimaryKeyConstraint("key", "seq", name=op.f("pk_xapi_mention")),
        sqlite_with_rowid=False,
    )
    with op.batch_alter_table("cohorts_invitation", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_cohorts_invitation_mail_id"), ["mail_id"], unique=False
        )
        batch_op.drop_constraint(
            batch_op.f("fk_cohorts_invitation_mail_id_outbox"), type_="foreignkey"
        )
        batch_op.create_foreign_key(
            batch_op.f("fk_cohorts_invitation_mail_id_outbox"),
            "outbox",
            ["mail_id"],
            ["id"],
            ondelete="SET NULL",
        )

    with op.batch_alter_table("progress", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_progress_newest"))
        batch_op.create_index(
            "ix_progress_entered",
            ["first_at", "registration_id", "activity_id"],
            unique=False,
            sqlite_where=sa.text("required IS NOT NULL"),
            postgresql_where=sa.text("required IS NOT NULL"),
        )

    with op.batch_alter_table("registration", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_registration_person_id"), ["person_id"], unique=False)

    with op.batch_alter_table("xapi_statement", schema=None) as batch_op:
        batch_op.create_index("ix_xapi_statement_authority", ["authority", "seq"], unique=False)


def downgrade() -> None:

    with op.batch_alter_table("xapi_statement", schema=None) as batch_op:
        batch_op.drop_index("ix_xapi_statement_authority")

    with op.batch_alter_table("registration", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_registration_person_id"))

    with op.batch_alter_table("progress", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_progress_entered",
            sqlite_where=sa.text("required IS NOT NULL"),
            postgresql_where=sa.text("required IS NOT NULL"),
        )
        batch_op.create_index(
            batch_op.f("ix_progress_newest"),
            ["first_at", "registration_id", "activity_id"],
            unique=False,
        )

    with op.batch_alter_table("cohorts_invitation", schema=None) as batch_op:
        batch_op.drop_constraint(
            batch_op.f("fk_cohorts_invitation_mail_id_outbox"), type_="foreignkey"
        )
        batch_op.create_foreign_key(
            batch_op.f("fk_cohorts_invitation_mail_id_outbox"), "outbox", ["mail_id"], ["id"]
        )
        batch_op.drop_index(batch_op.f("ix_cohorts_invitation_mail_id"))

    op.drop_table("xapi_mention")
    with op.batch_alter_table("xapi_document", schema=None) as batch_op:
        batch_op.drop_index("ix_xapi_document_context")

    op.drop_table("xapi_document")
    op.drop_table("xapi_activity")
