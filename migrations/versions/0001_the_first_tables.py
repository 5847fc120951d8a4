"""the first tables."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from app import db

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:

    op.create_table(
        "activity",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("iri", sa.String(length=500), nullable=False),
        sa.Column("key", sa.String(length=300), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("parent_id", sa.Uuid(), nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("titles", db.Json, nullable=False),
        sa.Column("rule", db.Json, nullable=True),
        sa.Column("definition", db.Json, nullable=True),
        sa.Column("created_at", db.Moment(), nullable=False),
        sa.Column("updated_at", db.Moment(), nullable=False),
        sa.Column("retired_at", db.Moment(), nullable=True),
        sa.ForeignKeyConstraint(
            ["parent_id"], ["activity.id"], name=op.f("fk_activity_parent_id_activity")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_activity")),
        sa.UniqueConstraint("iri", name=op.f("uq_activity_iri")),
        sa.UniqueConstraint("key", name=op.f("uq_activity_key")),
    )
    with op.batch_alter_table("activity", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_activity_kind"), ["kind"], unique=False)
        batch_op.create_index(batch_op.f("ix_activity_parent_id"), ["parent_id"], unique=False)

    op.create_table(
        "certificates_number",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("given_at", db.Moment(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_certificates_number")),
    )
    op.create_table(
        "person",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("email", sa.String(length=254), nullable=True),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("certificate_name", sa.String(length=200), nullable=True),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("timezone", sa.String(length=64), nullable=False),
        sa.Column("country", sa.String(length=2), nullable=True),
        sa.Column("organisation", sa.String(length=200), nullable=True),
        sa.Column("password", sa.String(length=255), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("fs_uniquifier", sa.String(length=64), nullable=False),
        sa.Column("confirmed_at", db.Moment(), nullable=True),
        sa.Column("folded", sa.String(length=500), nullable=False),
        sa.Column("created_at", db.Moment(), nullable=False),
        sa.Column("erased_at", db.Moment(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person")),
        sa.UniqueConstraint("email", name=op.f("uq_person_email")),
        sa.UniqueConstraint("fs_uniquifier", name=op.f("uq_person_fs_uniquifier")),
    )
    with op.batch_alter_table("person", schema=None) as batch_op:
        batch_op.create_index("ix_person_newest", ["created_at", "id"], unique=False)

    op.create_table(
        "setting",
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_setting")),
    )
    op.create_table(
        "xapi_credential",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("key", sa.String(length=100), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("label", sa.String(length=200), nullable=False),
        sa.Column("authority", sa.String(length=100), nullable=False),
        sa.Column("scopes", db.Json, nullable=False),
        sa.Column("created_at", db.Moment(), nullable=False),
        sa.Column("expires_at", db.Moment(), nullable=True),
        sa.Column("last_used_at", db.Moment(), nullable=True),
        sa.Column("revoked_at", db.Moment(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_xapi_credential")),
        sa.UniqueConstraint("key", name=op.f("uq_xapi_credential_key")),
    )
    op.create_table(
        "xapi_statement",
        sa.Column(
            "seq",
            sa.BigInteger().with_variant(sa.Integer(), "sqlite"),
            autoincrement=True,
            nullable=False,
        ),
        sa.Column("statement_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("registration_id", sa.Uuid(), nullable=True),
        sa.Column("activity_id", sa.Uuid(), nullable=True),
        sa.Column("target_id", sa.Uuid(), nullable=True),
        sa.Column("agent_key", sa.Text(), nullable=False),
        sa.Column("verb", sa.Text(), nullable=False),
        sa.Column("moves", sa.Boolean(), nullable=False),
        sa.Column("voided_by", sa.Uuid(), nullable=True),
        sa.Column("authority", sa.String(length=100), nullable=True),
        sa.Column("version", sa.String(length=16), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("timestamp", db.Moment(), nullable=False),
        sa.Column("stored", db.Moment(), nullable=False),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_xapi_statement")),
        sa.UniqueConstraint("statement_id", name=op.f("uq_xapi_statement_statement_id")),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("xapi_statement", schema=None) as batch_op:
        batch_op.create_index("ix_xapi_statement_activity", ["activity_id", "seq"], unique=False)
        batch_op.create_index("ix_xapi_statement_agent", ["agent_key", "seq"], unique=False)
        batch_op.create_index("ix_xapi_statement_person", ["person_id", "timestamp"], unique=False)
        batch_op.create_index(
            "ix_xapi_statement_registration", ["registration_id", "seq"], unique=False
        )
        batch_op.create_index("ix_xapi_statement_stored", ["stored"], unique=False)
        batch_op.create_index("ix_xapi_statement_target", ["target_id"], unique=False)
        batch_op.create_index(
            "ix_xapi_statement_verb", ["verb", "activity_id", "seq"], unique=False
        )

    op.create_table(
        "audit_entry",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("actor_id", sa.Uuid(), nullable=True),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("action", sa.String(length=64), nullable=False),
        sa.Column("subject", sa.String(length=200), nullable=False),
        sa.Column("before", db.Json, nullable=True),
        sa.Column("after", db.Json, nullable=True),
        sa.Column("at", db.Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["actor_id"], ["person.id"], name=op.f("fk_audit_entry_actor_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_audit_entry_person_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_entry")),
    )
    with op.batch_alter_table("audit_entry", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_audit_entry_action"), ["action"], unique=False)
        batch_op.create_index(batch_op.f("ix_audit_entry_actor_id"), ["actor_id"], unique=False)
        batch_op.create_index(batch_op.f("ix_audit_entry_at"), ["at"], unique=False)
        batch_op.create_index(batch_op.f("ix_audit_entry_person_id"), ["person_id"], unique=False)

    op.create_table(
        "courses_course",
        sa.Column("activity_id", sa.Uuid(), nullable=False),
        sa.Column("slug", sa.String(length=120), nullable=False),
        sa.Column("facts", db.Json, nullable=False),
        sa.Column("words", db.Json, nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("updated_at", db.Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["activity_id"], ["activity.id"], name=op.f("fk_courses_course_activity_id_activity")
        ),
        sa.PrimaryKeyConstraint("activity_id", name=op.f("pk_courses_course")),
        sa.UniqueConstraint("slug", name=op.f("uq_courses_course_slug")),
    )
    op.create_table(
        "courses_lesson",
        sa.Column("activity_id", sa.Uuid(), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("html", sa.Text(), nullable=False),
        sa.Column("objectives", db.Json, nullable=False),
        sa.Column("cites", db.Json, nullable=False),
        sa.Column("word_count", sa.Integer(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("review", sa.String(length=32), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("updated_at", db.Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["activity_id"], ["activity.id"], name=op.f("fk_courses_lesson_activity_id_activity")
        ),
        sa.PrimaryKeyConstraint("activity_id", "language", name=op.f("pk_courses_lesson")),
    )
    op.create_table(
        "grant_",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("role", sa.String(length=32), nullable=False),
        sa.Column("activity_id", sa.Uuid(), nullable=True),
        sa.Column("granted_by", sa.Uuid(), nullable=True),
        sa.Column("created_at", db.Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["activity_id"], ["activity.id"], name=op.f("fk_grant__activity_id_activity")
        ),
        sa.ForeignKeyConstraint(
            ["granted_by"], ["person.id"], name=op.f("fk_grant__granted_by_person")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_grant__person_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_grant_")),
        sa.UniqueConstraint("person_id", "role", "activity_id", name=op.f("uq_grant__person_id")),
    )
    with op.batch_alter_table("grant_", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_grant__person_id"), ["person_id"], unique=False)

    op.create_table(
        "outbox",
        sa.Column("id", sa.Integer(), autoincrement=True, nullable=False),
        sa.Column("task", sa.String(length=100), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("payload", db.Json, nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("created_at", db.Moment(), nullable=False),
        sa.Column("due_at", db.Moment(), nullable=False),
        sa.Column("done_at", db.Moment(), nullable=True),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_outbox_person_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
    )
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.create_index(
            "ix_outbox_due",
            ["due_at"],
            unique=False,
            sqlite_where=sa.text("done_at IS NULL"),
            postgresql_where=sa.text("done_at IS NULL"),
        )
        batch_op.create_index(
            "ix_outbox_failed",
            ["id"],
            unique=False,
            sqlite_where=sa.text("error IS NOT NULL"),
            postgresql_where=sa.text("error IS NOT NULL"),
        )
        batch_op.create_index(batch_op.f("ix_outbox_person_id"), ["person_id"], unique=False)
        batch_op.create_index("ix_outbox_task", ["task", "id"], unique=False)

    op.create_table(
        "quizzes_quiz",
        sa.Column("activity_id", sa.Uuid(), nullable=False),
        sa.Column("pass_mark", sa.Double(), nullable=False),
        sa.Column("introduction", db.Json, nullable=False),
        sa.Column("settings", db.Json, nullable=False),
        sa.Column("created_at", db.Moment(), nullable=False),
        sa.Column("updated_at", db.Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["activity_id"], ["activity.id"], name=op.f("fk_quizzes_quiz_activity_id_activity")
        ),
        sa.PrimaryKeyConstraint("activity_id", name=op.f("pk_quizzes_quiz")),
    )
    op.create_table(
        "registration",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("activity_id", sa.Uuid(), nullable=False),
        sa.Column("resume", sa.String(length=300), nullable=True),
        sa.Column("opened_at", db.Moment(), nullable=False),
        sa.Column("closed_at", db.Moment(), nullable=True),
        sa.ForeignKeyConstraint(
            ["activity_id"], ["activity.id"], name=op.f("fk_registration_activity_id_activity")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_registration_person_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_registration")),
    )
    with op.batch_alter_table("registration", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_registration_activity_id"), ["activity_id"], unique=False
        )
        batch_op.create_index(
            "uq_registration_open",
            ["person_id", "activity_id"],
            unique=True,
            sqlite_where=sa.text("closed_at IS NULL"),
            postgresql_where=sa.text("closed_at IS NULL"),
        )

    op.create_table(
        "rule_mention",
        sa.Column("activity_id", sa.Uuid(), nullable=False),
        sa.Column("mentioned_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["activity_id"], ["activity.id"], name=op.f("fk_rule_mention_activity_id_activity")
        ),
        sa.PrimaryKeyConstraint("activity_id", "mentioned_id", name=op.f("pk_rule_mention")),
    )
    with op.batch_alter_table("rule_mention", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_rule_mention_mentioned_id"), ["mentioned_id"], unique=False
        )

    op.create_table(
        "token",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=100), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("scopes", db.Json, nullable=False),
        sa.Column("created_at", db.Moment(), nullable=False),
        sa.Column("expires_at", db.Moment(), nullable=False),
        sa.Column("last_used_at", db.Moment(), nullable=True),
        sa.Column("revoked_at", db.Moment(), nullable=True),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_token_person_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_token")),
        sa.UniqueConstraint("digest", name=op.f("uq_token_digest")),
    )
    with op.batch_alter_table("token", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_token_person_id"), ["person_id"], unique=False)

    op.create_table(
        "certificates_certificate",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("public_id", sa.String(length=12), nullable=False),
        sa.Column("number", sa.String(length=32), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("activity_id", sa.Uuid(), nullable=False),
        sa.Column("registration_id", sa.Uuid(), nullable=False),
        sa.Column("earned_id", sa.Uuid(), nullable=False),
        sa.Column("evidence_id", sa.Uuid(), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("titles", db.Json, nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=True),
        sa.Column("taken_back", sa.Integer(), nullable=False),
        sa.Column("revoked_by", sa.Uuid(), nullable=True),
        sa.Column("revocation_reason", sa.Text(), nullable=True),
        sa.Column("awarded_at", db.Moment(), nullable=False),
        sa.Column("corrected_at", db.Moment(), nullable=True),
        sa.Column("mailed_at", db.Moment(), nullable=True),
        sa.Column("revoked_at", db.Moment(), nullable=True),
        sa.ForeignKeyConstraint(
            ["activity_id"],
            ["activity.id"],
            name=op.f("fk_certificates_certificate_activity_id_activity"),
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_certificates_certificate_person_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["registration_id"],
            ["registration.id"],
            name=op.f("fk_certificates_certificate_registration_id_registration"),
        ),
        sa.ForeignKeyConstraint(
            ["revoked_by"],
            ["person.id"],
            name=op.f("fk_certificates_certificate_revoked_by_person"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_certificates_certificate")),
        sa.UniqueConstraint("number", name=op.f("uq_certificates_certificate_number")),
        sa.UniqueConstraint(
            "person_id",
            "activity_id",
            "registration_id",
            name=op.f("uq_certificates_certificate_person_id"),
        ),
        sa.UniqueConstraint("public_id", name=op.f("uq_certificates_certificate_public_id")),
    )
    with op.batch_alter_table("certificates_certificate", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_certificates_certificate_activity_id"), ["activity_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_certificates_certificate_earned_id"), ["earned_id"], unique=False
        )
        batch_op.create_index(
            batch_op.f("ix_certificates_certificate_registration_id"),
            ["registration_id"],
            unique=False,
        )

    op.create_table(
        "progress",
        sa.Column("registration_id", sa.Uuid(), nullable=False),
        sa.Column("activity_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("score", sa.Double(), nullable=True),
        sa.Column("share", sa.Double(), nullable=True),
        sa.Column("seconds", sa.Double(), nullable=False),
        sa.Column("taken_back", sa.Integer(), nullable=False),
        sa.Column("required", db.Json, nullable=True),
        sa.Column("statement_id", sa.Uuid(), nullable=False),
        sa.Column("first_at", db.Moment(), nullable=False),
        sa.Column("last_at", db.Moment(), nullable=False),
        sa.Column("done_at", db.Moment(), nullable=True),
        sa.ForeignKeyConstraint(
            ["activity_id"], ["activity.id"], name=op.f("fk_progress_activity_id_activity")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_progress_person_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["registration_id"],
            ["registration.id"],
            name=op.f("fk_progress_registration_id_registration"),
        ),
        sa.PrimaryKeyConstraint("registration_id", "activity_id", name=op.f("pk_progress")),
    )
    with op.batch_alter_table("progress", schema=None) as batch_op:
        batch_op.create_index(
            "ix_progress_activity_first",
            ["activity_id", "first_at", "registration_id"],
            unique=False,
        )
        batch_op.create_index(
            "ix_progress_activity_person", ["activity_id", "person_id"], unique=False
        )
        batch_op.create_index(batch_op.f("ix_progress_person_id"), ["person_id"], unique=False)

    op.create_table(
        "quizzes_attempt",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=False),
        sa.Column("registration_id", sa.Uuid(), nullable=False),
        sa.Column("quiz_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("seed", sa.Integer(), nullable=False),
        sa.Column("drawn", db.Json, nullable=False),
        sa.Column("pass_mark", sa.Double(), nullable=False),
        sa.Column("score", sa.Double(), nullable=True),
        sa.Column("passed", sa.Boolean(), nullable=True),
        sa.Column("seconds", sa.Double(), nullable=False),
        sa.Column("started_at", db.Moment(), nullable=False),
        sa.Column("touched_at", db.Moment(), nullable=False),
        sa.Column("handed_in_at", db.Moment(), nullable=True),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_quizzes_attempt_person_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["quiz_id"],
            ["quizzes_quiz.activity_id"],
            name=op.f("fk_quizzes_attempt_quiz_id_quizzes_quiz"),
        ),
        sa.ForeignKeyConstraint(
            ["registration_id"],
            ["registration.id"],
            name=op.f("fk_quizzes_attempt_registration_id_registration"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quizzes_attempt")),
        sa.UniqueConstraint(
            "person_id", "quiz_id", "number", name=op.f("uq_quizzes_attempt_person_id")
        ),
    )
    with op.batch_alter_table("quizzes_attempt", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_quizzes_attempt_quiz_id"), ["quiz_id"], unique=False)
        batch_op.create_index(
            "uq_quizzes_attempt_open",
            ["registration_id", "quiz_id"],
            unique=True,
            sqlite_where=sa.text("handed_in_at IS NULL"),
            postgresql_where=sa.text("handed_in_at IS NULL"),
        )

    op.create_table(
        "quizzes_question",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("quiz_id", sa.Uuid(), nullable=False),
        sa.Column("activity_id", sa.Uuid(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("type", sa.String(length=16), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("shown", db.Json, nullable=False),
        sa.Column("created_at", db.Moment(), nullable=False),
        sa.Column("retired_at", db.Moment(), nullable=True),
        sa.ForeignKeyConstraint(
            ["activity_id"], ["activity.id"], name=op.f("fk_quizzes_question_activity_id_activity")
        ),
        sa.ForeignKeyConstraint(
            ["quiz_id"],
            ["quizzes_quiz.activity_id"],
            name=op.f("fk_quizzes_question_quiz_id_quizzes_quiz"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_quizzes_question")),
        sa.UniqueConstraint("activity_id", "version", name=op.f("uq_quizzes_question_activity_id")),
    )
    with op.batch_alter_table("quizzes_question", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_quizzes_question_quiz_id"), ["quiz_id"], unique=False)

    op.create_table(
        "quizzes_answer",
        sa.Column("attempt_id", sa.Uuid(), nullable=False),
        sa.Column("question_id", sa.Uuid(), nullable=False),
        sa.Column("given", db.Json, nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("mark", sa.Double(), nullable=True),
        sa.Column("saved_at", db.Moment(), nullable=False),
        sa.ForeignKeyConstraint(
            ["attempt_id"],
            ["quizzes_attempt.id"],
            name=op.f("fk_quizzes_answer_attempt_id_quizzes_attempt"),
        ),
        sa.ForeignKeyConstraint(
            ["question_id"],
            ["quizzes_question.id"],
            name=op.f("fk_quizzes_answer_question_id_quizzes_question"),
        ),
        sa.PrimaryKeyConstraint("attempt_id", "question_id", name=op.f("pk_quizzes_answer")),
    )
    op.create_table(
        "quizzes_key",
        sa.Column("question_id", sa.Uuid(), nullable=False),
        sa.Column("right", db.Json, nullable=False),
        sa.Column("feedback", db.Json, nullable=False),
        sa.Column("cites", db.Json, nullable=False),
        sa.ForeignKeyConstraint(
            ["question_id"],
            ["quizzes_question.id"],
            name=op.f("fk_quizzes_key_question_id_quizzes_question"),
        ),
        sa.PrimaryKeyConstraint("question_id", name=op.f("pk_quizzes_key")),
    )


def downgrade() -> None:

    op.drop_table("quizzes_key")
    op.drop_table("quizzes_answer")
    with op.batch_alter_table("quizzes_question", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_quizzes_question_quiz_id"))

    op.drop_table("quizzes_question")
    with op.batch_alter_table("quizzes_attempt", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_quizzes_attempt_open",
            sqlite_where=sa.text("handed_in_at IS NULL"),
            postgresql_where=sa.text("handed_in_at IS NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_quizzes_attempt_quiz_id"))

    op.drop_table("quizzes_attempt")
    with op.batch_alter_table("progress", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_progress_person_id"))
        batch_op.drop_index("ix_progress_activity_person")
        batch_op.drop_index("ix_progress_activity_first")

    op.drop_table("progress")
    with op.batch_alter_table("certificates_certificate", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_certificates_certificate_registration_id"))
        batch_op.drop_index(batch_op.f("ix_certificates_certificate_earned_id"))
        batch_op.drop_index(batch_op.f("ix_certificates_certificate_activity_id"))

    op.drop_table("certificates_certificate")
    with op.batch_alter_table("token", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_token_person_id"))

    op.drop_table("token")
    with op.batch_alter_table("rule_mention", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_rule_mention_mentioned_id"))

    op.drop_table("rule_mention")
    with op.batch_alter_table("registration", schema=None) as batch_op:
        batch_op.drop_index(
            "uq_registration_open",
            sqlite_where=sa.text("closed_at IS NULL"),
            postgresql_where=sa.text("closed_at IS NULL"),
        )
        batch_op.drop_index(batch_op.f("ix_registration_activity_id"))

    op.drop_table("registration")
    op.drop_table("quizzes_quiz")
    with op.batch_alter_table("outbox", schema=None) as batch_op:
        batch_op.drop_index("ix_outbox_task")
        batch_op.drop_index(batch_op.f("ix_outbox_person_id"))
        batch_op.drop_index(
            "ix_outbox_failed",
            sqlite_where=sa.text("error IS NOT NULL"),
            postgresql_where=sa.text("error IS NOT NULL"),
        )
        batch_op.drop_index(
            "ix_outbox_due",
            sqlite_where=sa.text("done_at IS NULL"),
            postgresql_where=sa.text("done_at IS NULL"),
        )

    op.drop_table("outbox")
    with op.batch_alter_table("grant_", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_grant__person_id"))

    op.drop_table("grant_")
    op.drop_table("courses_lesson")
    op.drop_table("courses_course")
    with op.batch_alter_table("audit_entry", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_audit_entry_person_id"))
        batch_op.drop_index(batch_op.f("ix_audit_entry_at"))
        batch_op.drop_index(batch_op.f("ix_audit_entry_actor_id"))
        batch_op.drop_index(batch_op.f("ix_audit_entry_action"))

    op.drop_table("audit_entry")
    with op.batch_alter_table("xapi_statement", schema=None) as batch_op:
        batch_op.drop_index("ix_xapi_statement_verb")
        batch_op.drop_index("ix_xapi_statement_target")
        batch_op.drop_index("ix_xapi_statement_stored")
        batch_op.drop_index("ix_xapi_statement_registration")
        batch_op.drop_index("ix_xapi_statement_person")
        batch_op.drop_index("ix_xapi_statement_agent")
        batch_op.drop_index("ix_xapi_statement_activity")

    op.drop_table("xapi_statement")
    op.drop_table("xapi_credential")
    op.drop_table("setting")
    with op.batch_alter_table("person", schema=None) as batch_op:
        batch_op.drop_index("ix_person_newest")

    op.drop_table("person")
    op.drop_table("certificates_number")
    with op.batch_alter_table("activity", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_activity_parent_id"))
        batch_op.drop_index(batch_op.f("ix_activity_kind"))

    op.drop_table("activity")
