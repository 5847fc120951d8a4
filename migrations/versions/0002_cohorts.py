"""cohorts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app import db

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:

    op.create_table(
        "certificates_release",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("activity_id", sa.Uuid(), nullable=False),
        sa.Column("sort", sa.String(length=16), nullable=False),
        sa.Column("prepared_by", sa.Uuid(), nullable=False),
        sa.Column("confirmed_by", sa.Uuid(), nullable=True),
        sa.Column("prepared_at", db.Moment(), nullable=False),
        sa.Column("confirmed_at", db.Moment(), nullable=True),
        sa.Column("done_at", db.Moment(), nullable=True),
        sa.ForeignKeyConstraint(
            ["activity_id"],
            ["activity.id"],
            name=op.f("fk_certificates_release_activity_id_activity"),
        ),
        sa.ForeignKeyConstraint(
            ["confirmed_by"],
            ["person.id"],
            name=op.f("fk_certificates_release_confirmed_by_person"),
        ),
        sa.ForeignKeyConstraint(
            ["prepared_by"], ["person.id"], name=op.f("fk_certificates_release_prepared_by_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_certificates_release")),
    )
    with op.batch_alter_table("certificates_release", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_certificates_release_activity_id"), ["activity_id"], unique=False
        )

    op.create_table(
        "cohorts_cohort",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("activity_id", sa.Uuid(), nullable=True),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("created_by", sa.Uuid(), nullable=True),
        sa.Column("created_at", db.Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["activity_id"], ["activity.id"], name=op.f("fk_cohorts_cohort_activity_id_activity")
        ),
        sa.ForeignKeyConstraint(
            ["created_by"], ["person.id"], name=op.f("fk_cohorts_cohort_created_by_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cohorts_cohort")),
        sa.UniqueConstraint("activity_id", "name", name=op.f("uq_cohorts_cohort_activity_id")),
    )
    op.create_table(
        "cohorts_edition",
        sa.Column("activity_id", sa.Uuid(), nullable=False),
        sa.Column("copied_from", sa.Uuid(), nullable=True),
        sa.Column("slug", sa.String(length=120), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("timezone", sa.String(length=64), nullable=False),
        sa.Column("mode", sa.String(length=16), nullable=False),
        sa.Column("place", sa.String(length=200), nullable=True),
        sa.Column("link", sa.String(length=500), nullable=True),
        sa.Column("languages", db.Json, nullable=False),
        sa.Column("seats", sa.Integer(), nullable=True),
        sa.Column("asks", db.Json, nullable=False),
        sa.Column("created_at", db.Moment(), nullable=False),
        sa.Column("updated_at", db.Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["activity_id"], ["activity.id"], name=op.f("fk_cohorts_edition_activity_id_activity")
        ),
        sa.ForeignKeyConstraint(
            ["copied_from"],
            ["cohorts_edition.activity_id"],
            name=op.f("fk_cohorts_edition_copied_from_cohorts_edition"),
        ),
        sa.PrimaryKeyConstraint("activity_id", name=op.f("pk_cohorts_edition")),
        sa.UniqueConstraint("slug", name=op.f("uq_cohorts_edition_slug")),
    )
    with op.batch_alter_table("cohorts_edition", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_cohorts_edition_state"), ["state"], unique=False)

    op.create_table(
        "records_view",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("columns", db.Json, nullable=False),
        sa.Column("filters", db.Json, nullable=False),
        sa.Column("sort", sa.String(length=16), nullable=False),
        sa.Column("created_at", db.Moment(), nullable=False),
        sa.Column("changed_at", db.Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_records_view_person_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_records_view")),
        sa.UniqueConstraint("person_id", "name", name=op.f("uq_records_view_person_id")),
    )
    op.create_table(
        "certificates_candidate",
        sa.Column("release_id", sa.Uuid(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("registration_id", sa.Uuid(), nullable=False),
        sa.Column("wanted", sa.Boolean(), nullable=False),
        sa.Column("outcome", sa.String(length=16), nullable=True),
        sa.ForeignKeyConstraint(
            ["registration_id"],
            ["registration.id"],
            name=op.f("fk_certificates_candidate_registration_id_registration"),
        ),
        sa.ForeignKeyConstraint(
            ["release_id"],
            ["certificates_release.id"],
            name=op.f("fk_certificates_candidate_release_id_certificates_release"),
        ),
        sa.PrimaryKeyConstraint("release_id", "position", name=op.f("pk_certificates_candidate")),
    )
    with op.batch_alter_table("certificates_candidate", schema=None) as batch_op:
        batch_op.create_index(
            "ix_certificates_candidate_waiting",
            ["release_id", "position"],
            unique=False,
            sqlite_where=sa.text("outcome IS NULL"),
            postgresql_where=sa.text("outcome IS NULL"),
        )

    op.create_table(
        "cohorts_enrolment",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("edition_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("registration_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("source", sa.String(length=16), nullable=False),
        sa.Column("enrolled_by", sa.Uuid(), nullable=True),
        sa.Column("enrolled_at", db.Moment(), nullable=False),
        sa.Column("told_at", db.Moment(), nullable=True),
        sa.Column("withdrawn_at", db.Moment(), nullable=True),
        sa.Column("folded", sa.String(length=500), nullable=False),
        sa.Column("standing", sa.String(length=16), nullable=False),
        sa.Column("share", sa.Double(), nullable=False),
        sa.Column("seen_at", db.Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["edition_id"],
            ["cohorts_edition.activity_id"],
            name=op.f("fk_cohorts_enrolment_edition_id_cohorts_edition"),
        ),
        sa.ForeignKeyConstraint(
            ["enrolled_by"], ["person.id"], name=op.f("fk_cohorts_enrolment_enrolled_by_person")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_cohorts_enrolment_person_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["registration_id"],
            ["registration.id"],
            name=op.f("fk_cohorts_enrolment_registration_id_registration"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cohorts_enrolment")),
        sa.UniqueConstraint(
            "edition_id", "person_id", name=op.f("uq_cohorts_enrolment_edition_id")
        ),
        sa.UniqueConstraint("registration_id", name=op.f("uq_cohorts_enrolment_registration_id")),
    )
    with op.batch_alter_table("cohorts_enrolment", schema=None) as batch_op:
        batch_op.create_index(
            "ix_cohorts_enrolment_name", ["edition_id", "state", "folded", "id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_cohorts_enrolment_person_id"), ["person_id"], unique=False
        )
        batch_op.create_index(
            "ix_cohorts_enrolment_seen", ["edition_id", "state", "seen_at", "id"], unique=False
        )
        batch_op.create_index(
            "ix_cohorts_enrolment_share", ["edition_id", "state", "share", "id"], unique=False
        )
        batch_op.create_index(
            "ix_cohorts_enrolment_standing",
            ["edition_id", "state", "standing", "folded", "id"],
            unique=False,
        )

    op.create_table(
        "cohorts_import",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("edition_id", sa.Uuid(), nullable=False),
        sa.Column("cohort_id", sa.Uuid(), nullable=True),
        sa.Column("uploaded_by", sa.Uuid(), nullable=True),
        sa.Column("started_by", sa.Uuid(), nullable=True),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("source", sa.String(length=16), nullable=False),
        sa.Column("header", db.Json, nullable=False),
        sa.Column("notes", db.Json, nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("created_at", db.Moment(), nullable=False),
        sa.Column("started_at", db.Moment(), nullable=True),
        sa.Column("moved_at", db.Moment(), nullable=True),
        sa.Column("finished_at", db.Moment(), nullable=True),
        sa.ForeignKeyConstraint(
            ["cohort_id"],
            ["cohorts_cohort.id"],
            name=op.f("fk_cohorts_import_cohort_id_cohorts_cohort"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["edition_id"],
            ["cohorts_edition.activity_id"],
            name=op.f("fk_cohorts_import_edition_id_cohorts_edition"),
        ),
        sa.ForeignKeyConstraint(
            ["started_by"], ["person.id"], name=op.f("fk_cohorts_import_started_by_person")
        ),
        sa.ForeignKeyConstraint(
            ["uploaded_by"], ["person.id"], name=op.f("fk_cohorts_import_uploaded_by_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cohorts_import")),
    )
    with op.batch_alter_table("cohorts_import", schema=None) as batch_op:
        batch_op.create_index(
            "ix_cohorts_import_newest", ["edition_id", "created_at", "id"], unique=False
        )

    op.create_table(
        "cohorts_invitation",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("edition_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("mail_id", sa.Integer(), nullable=True),
        sa.Column("email", sa.String(length=254), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("invited_by", sa.Uuid(), nullable=True),
        sa.Column("created_at", db.Moment(), nullable=False),
        sa.Column("mailed_at", db.Moment(), nullable=True),
        sa.Column("bound_at", db.Moment(), nullable=True),
        sa.Column("withdrawn_at", db.Moment(), nullable=True),
        sa.ForeignKeyConstraint(
            ["edition_id"],
            ["cohorts_edition.activity_id"],
            name=op.f("fk_cohorts_invitation_edition_id_cohorts_edition"),
        ),
        sa.ForeignKeyConstraint(
            ["invited_by"], ["person.id"], name=op.f("fk_cohorts_invitation_invited_by_person")
        ),
        sa.ForeignKeyConstraint(
            ["mail_id"], ["outbox.id"], name=op.f("fk_cohorts_invitation_mail_id_outbox")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_cohorts_invitation_person_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_cohorts_invitation")),
        sa.UniqueConstraint("edition_id", "email", name=op.f("uq_cohorts_invitation_edition_id")),
    )
    with op.batch_alter_table("cohorts_invitation", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_cohorts_invitation_email"), ["email"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_cohorts_invitation_person_id"), ["person_id"], unique=False
        )

    op.create_table(
        "cohorts_member",
        sa.Column("cohort_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("added_by", sa.Uuid(), nullable=True),
        sa.Column("added_at", db.Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["added_by"], ["person.id"], name=op.f("fk_cohorts_member_added_by_person")
        ),
        sa.ForeignKeyConstraint(
            ["cohort_id"],
            ["cohorts_cohort.id"],
            name=op.f("fk_cohorts_member_cohort_id_cohorts_cohort"),
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_cohorts_member_person_id_person")
        ),
        sa.PrimaryKeyConstraint("cohort_id", "person_id", name=op.f("pk_cohorts_member")),
    )
    with op.batch_alter_table("cohorts_member", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_cohorts_member_person_id"), ["person_id"], unique=False
        )

    op.create_table(
        "cohorts_session",
        sa.Column("activity_id", sa.Uuid(), nullable=False),
        sa.Column("edition_id", sa.Uuid(), nullable=False),
        sa.Column("starts_at", db.Moment(), nullable=False),
        sa.Column("ends_at", db.Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["activity_id"], ["activity.id"], name=op.f("fk_cohorts_session_activity_id_activity")
        ),
        sa.ForeignKeyConstraint(
            ["edition_id"],
            ["cohorts_edition.activity_id"],
            name=op.f("fk_cohorts_session_edition_id_cohorts_edition"),
        ),
        sa.PrimaryKeyConstraint("activity_id", name=op.f("pk_cohorts_session")),
    )
    with op.batch_alter_table("cohorts_session", schema=None) as batch_op:
        batch_op.create_index(
            "ix_cohorts_session_programme", ["edition_id", "starts_at"], unique=False
        )

    op.create_table(
        "cohorts_attendance",
        sa.Column("session_id", sa.Uuid(), nullable=False),
        sa.Column("registration_id", sa.Uuid(), nullable=False),
        sa.Column("mark", sa.String(length=16), nullable=False),
        sa.Column("statement_id", sa.Uuid(), nullable=True),
        sa.Column("taken_back", sa.Integer(), nullable=False),
        sa.Column("marked_by", sa.Uuid(), nullable=True),
        sa.Column("marked_at", db.Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["marked_by"], ["person.id"], name=op.f("fk_cohorts_attendance_marked_by_person")
        ),
        sa.ForeignKeyConstraint(
            ["registration_id"],
            ["registration.id"],
            name=op.f("fk_cohorts_attendance_registration_id_registration"),
        ),
        sa.ForeignKeyConstraint(
            ["session_id"],
            ["cohorts_session.activity_id"],
            name=op.f("fk_cohorts_attendance_session_id_cohorts_session"),
        ),
        sa.PrimaryKeyConstraint(
            "session_id", "registration_id", name=op.f("pk_cohorts_attendance")
        ),
    )
    with op.batch_alter_table("cohorts_attendance", schema=None) as batch_op:
        batch_op.create_index("ix_cohorts_attendance_counts", ["session_id", "mark"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_cohorts_attendance_registration_id"), ["registration_id"], unique=False
        )

    op.create_table(
        "cohorts_expected",
        sa.Column("invitation_id", sa.Uuid(), nullable=False),
        sa.Column("cohort_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["cohort_id"],
            ["cohorts_cohort.id"],
            name=op.f("fk_cohorts_expected_cohort_id_cohorts_cohort"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["invitation_id"],
            ["cohorts_invitation.id"],
            name=op.f("fk_cohorts_expected_invitation_id_cohorts_invitation"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("invitation_id", "cohort_id", name=op.f("pk_cohorts_expected")),
    )
    with op.batch_alter_table("cohorts_expected", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_cohorts_expected_cohort_id"), ["cohort_id"], unique=False
        )

    op.create_table(
        "cohorts_import_row",
        sa.Column("import_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("email", sa.String(length=254), nullable=True),
        sa.Column("values", db.Json, nullable=False),
        sa.Column("entry", db.Json, nullable=False),
        sa.Column("verdict", sa.String(length=24), nullable=False),
        sa.Column("detail", sa.String(length=200), nullable=True),
        sa.Column("done_at", db.Moment(), nullable=True),
        sa.ForeignKeyConstraint(
            ["import_id"],
            ["cohorts_import.id"],
            name=op.f("fk_cohorts_import_row_import_id_cohorts_import"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_cohorts_import_row_person_id_person")
        ),
        sa.PrimaryKeyConstraint("import_id", "number", name=op.f("pk_cohorts_import_row")),
    )
    with op.batch_alter_table("cohorts_import_row", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_cohorts_import_row_email"), ["email"], unique=False)
        batch_op.create_index(
            batch_op.f("ix_cohorts_import_row_person_id"), ["person_id"], unique=False
        )
        batch_op.create_index(
            "ix_cohorts_import_row_verdict", ["import_id", "verdict"], unique=False
        )

    with op.batch_alter_table("certificates_certificate", schema=None) as batch_op:
        batch_op.add_column(sa.Column("release_id", sa.Uuid(), nullable=True))
        batch_op.add_column(
            sa.Column("sort", sa.String(length=16), server_default="completion", nullable=False)
        )
        batch_op.add_column(
            sa.Column("printable", sa.Boolean(), server_default="1", nullable=False)
        )
        batch_op.add_column(sa.Column("occasion", db.Json, nullable=True))
        batch_op.drop_constraint(
            batch_op.f("uq_certificates_certificate_person_id"), type_="unique"
        )
        batch_op.create_unique_constraint(
            "uq_certificates_certificate_sort",
            ["person_id", "activity_id", "registration_id", "sort"],
        )
        batch_op.create_foreign_key(
            batch_op.f("fk_certificates_certificate_release_id_certificates_release"),
            "certificates_release",
            ["release_id"],
            ["id"],
        )

    with op.batch_alter_table("progress", schema=None) as batch_op:
        batch_op.create_index(
            "ix_progress_newest", ["first_at", "registration_id", "activity_id"], unique=False
        )

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

    with op.batch_alter_table("progress", schema=None) as batch_op:
        batch_op.drop_index("ix_progress_newest")

    with op.batch_alter_table("certificates_certificate", schema=None) as batch_op:
        batch_op.drop_constraint(
            batch_op.f("fk_certificates_certificate_release_id_certificates_release"),
            type_="foreignkey",
        )
        batch_op.drop_constraint("uq_certificates_certificate_sort", type_="unique")
        batch_op.create_unique_constraint(
            batch_op.f("uq_certificates_certificate_person_id"),
            ["person_id", "activity_id", "registration_id"],
        )
        batch_op.drop_column("occasion")
        batch_op.drop_column("printable")
        batch_op.drop_column("sort")
        batch_op.drop_column("release_id")

    with op.batch_alter_table("cohorts_import_row", schema=None) as batch_op:
        batch_op.drop_index("ix_cohorts_import_row_verdict")
        batch_op.drop_index(batch_op.f("ix_cohorts_import_row_person_id"))
        batch_op.drop_index(batch_op.f("ix_cohorts_import_row_email"))

    op.drop_table("cohorts_import_row")
    with op.batch_alter_table("cohorts_expected", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_cohorts_expected_cohort_id"))

    op.drop_table("cohorts_expected")
    with op.batch_alter_table("cohorts_attendance", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_cohorts_attendance_registration_id"))
        batch_op.drop_index("ix_cohorts_attendance_counts")

    op.drop_table("cohorts_attendance")
    with op.batch_alter_table("cohorts_session", schema=None) as batch_op:
        batch_op.drop_index("ix_cohorts_session_programme")

    op.drop_table("cohorts_session")
    with op.batch_alter_table("cohorts_member", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_cohorts_member_person_id"))

    op.drop_table("cohorts_member")
    with op.batch_alter_table("cohorts_invitation", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_cohorts_invitation_person_id"))
        batch_op.drop_index(batch_op.f("ix_cohorts_invitation_email"))

    op.drop_table("cohorts_invitation")
    with op.batch_alter_table("cohorts_import", schema=None) as batch_op:
        batch_op.drop_index("ix_cohorts_import_newest")

    op.drop_table("cohorts_import")
    with op.batch_alter_table("cohorts_enrolment", schema=None) as batch_op:
        batch_op.drop_index("ix_cohorts_enrolment_standing")
        batch_op.drop_index("ix_cohorts_enrolment_share")
        batch_op.drop_index("ix_cohorts_enrolment_seen")
        batch_op.drop_index(batch_op.f("ix_cohorts_enrolment_person_id"))
        batch_op.drop_index("ix_cohorts_enrolment_name")

    op.drop_table("cohorts_enrolment")
    with op.batch_alter_table("certificates_candidate", schema=None) as batch_op:
        batch_op.drop_index(
            "ix_certificates_candidate_waiting",
            sqlite_where=sa.text("outcome IS NULL"),
            postgresql_where=sa.text("outcome IS NULL"),
        )

    op.drop_table("certificates_candidate")
    op.drop_table("records_view")
    with op.batch_alter_table("cohorts_edition", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_cohorts_edition_state"))

    op.drop_table("cohorts_edition")
    op.drop_table("cohorts_cohort")
    with op.batch_alter_table("certificates_release", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_certificates_release_activity_id"))

    op.drop_table("certificates_release")
