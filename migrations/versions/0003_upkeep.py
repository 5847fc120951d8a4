"""upkeep."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:

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


def downgrade() -> None:

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
