"""The engine's tables: people, activities, registrations, progress, and what keeps them honest."""

from __future__ import annotations

from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import NAMESPACE_URL, UUID, uuid4, uuid5

from flask_security.core import RoleMixin, UserMixin
from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint, event, text
from sqlalchemy.orm import Mapped, mapped_column, relationship, synonym

from app.db import Base, Json, now
from app.folding import fold


@lru_cache(16_384)
def activity_id(iri: str) -> UUID:
    """The key of an activity follows from its IRI, so that no look-up is needed to find it."""
    return uuid5(NAMESPACE_URL, iri)


class Person(UserMixin, Base):
    """Someone who learns or runs courses. Her id is the xAPI account name, and nothing else is.

    `folded` is her name and address as searches compare them; it follows them by itself. An
    erased person is a row of which the id and the times are left (see erasure.py).
    """

    __tablename__ = "person"
    __table_args__ = (Index("ix_person_newest", "created_at", "id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    email: Mapped[str | None] = mapped_column(String(254), unique=True)
    name: Mapped[str] = mapped_column(String(200), default="")
    certificate_name: Mapped[str | None] = mapped_column(String(200))
    language: Mapped[str] = mapped_column(String(2), default="en")
    timezone: Mapped[str] = mapped_column(String(64), default="UTC")
    country: Mapped[str | None] = mapped_column(String(2))
    organisation: Mapped[str | None] = mapped_column(String(200))
    password: Mapped[str | None] = mapped_column(String(255))
    active: Mapped[bool] = mapped_column(default=True)
    fs_uniquifier: Mapped[str] = mapped_column(String(64), unique=True)
    confirmed_at: Mapped[datetime | None]
    folded: Mapped[str] = mapped_column(String(500), default="")
    created_at: Mapped[datetime] = mapped_column(default=now)
    erased_at: Mapped[datetime | None]

    grants: Mapped[list[Grant]] = relationship(
        back_populates="person", foreign_keys="Grant.person_id", cascade="all, delete-orphan"
    )
    roles = synonym("grants")  # the name by which Flask-Security asks for them

    @property
    def name_on_certificates(self) -> str:
        return self.certificate_name or self.name


@event.listens_for(Person, "before_insert")
@event.listens_for(Person, "before_update")
def _fold(mapper: object, connection: object, person: Person) -> None:
    person.folded = fold(f"{person.name or ''} {person.email or ''}")[:500]


class Grant(RoleMixin, Base):
    """A role held by a person: everywhere, or for one activity and what is inside it."""

    __tablename__ = "grant_"
    __table_args__ = (UniqueConstraint("person_id", "role", "activity_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), index=True)
    role: Mapped[str] = mapped_column(String(32))
    activity_id: Mapped[UUID | None] = mapped_column(ForeignKey("activity.id"))
    granted_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[datetime] = mapped_column(default=now)

    person: Mapped[Person] = relationship(back_populates="grants", foreign_keys=[person_id])
    activity: Mapped[Activity | None] = relationship()

    @property
    def name(self) -> str:
        """The role, as Flask-Security asks for it."""
        return self.role


class Token(Base):
    """A personal API token: scoped, expiring, revocable; only its hash is kept."""

    __tablename__ = "token"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), index=True)
    name: Mapped[str] = mapped_column(String(100))
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    scopes: Mapped[list[Any]]
    created_at: Mapped[datetime] = mapped_column(default=now)
    expires_at: Mapped[datetime]
    last_used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


class Activity(Base):
    """Anything that can be learned, answered, attended or passed.

    `key` is the path below the site ("modules/m1/l2") and stands in addresses; `rule` is a
    completion rule (see completion.py) or None; `definition` holds further members of the xAPI
    activity definition (interactionType, choices), never an answer key; `facts` is what its
    plugin shows of it. Retired activities keep their progress and are not offered.
    """

    __tablename__ = "activity"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    iri: Mapped[str] = mapped_column(String(500), unique=True)
    key: Mapped[str] = mapped_column(String(300), unique=True)
    kind: Mapped[str] = mapped_column(String(32), index=True)
    parent_id: Mapped[UUID | None] = mapped_column(ForeignKey("activity.id"), index=True)
    position: Mapped[int] = mapped_column(default=0)
    titles: Mapped[dict[str, Any]]
    rule: Mapped[dict[str, Any] | None] = mapped_column(Json)
    definition: Mapped[dict[str, Any] | None] = mapped_column(Json)
    created_at: Mapped[datetime] = mapped_column(default=now)
    updated_at: Mapped[datetime] = mapped_column(default=now, onupdate=now)
    retired_at: Mapped[datetime | None]

    parent: Mapped[Activity | None] = relationship(remote_side=[id])


class RuleMention(Base):
    """Which activities a rule speaks of, so that an event finds the rules that it may move.

    `mentioned_id` is no foreign key: a rule may speak of what another plugin makes later.
    """

    __tablename__ = "rule_mention"

    activity_id: Mapped[UUID] = mapped_column(ForeignKey("activity.id"), primary_key=True)
    mentioned_id: Mapped[UUID] = mapped_column(primary_key=True, index=True)


class Registration(Base):
    """One person's passage through one activity; its id is the xAPI registration.

    `resume` is where she stopped: the key of an activity inside.
    """

    __tablename__ = "registration"
    __table_args__ = (
        Index(
            "uq_registration_open",
            "person_id",
            "activity_id",
            unique=True,
            sqlite_where=text("closed_at IS NULL"),
            postgresql_where=text("closed_at IS NULL"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), index=True)
    activity_id: Mapped[UUID] = mapped_column(ForeignKey("activity.id"), index=True)
    resume: Mapped[str | None] = mapped_column(String(300))
    opened_at: Mapped[datetime] = mapped_column(default=now)
    closed_at: Mapped[datetime | None]

    activity: Mapped[Activity] = relationship()
    person: Mapped[Person] = relationship()


class Progress(Base):
    """What the events of one person, activity and registration amount to. Derived: only
    progress.py writes here.

    `score` is 0-1 (scaled), `share` 0-1 of what was required, `seconds` spent; `statement_id`
    proves the status; `required` (IRIs, perhaps none) stands on the registration's own activity,
    and on that alone.
    """

    __tablename__ = "progress"
    __table_args__ = (
        Index("ix_progress_activity_person", "activity_id", "person_id"),
        Index("ix_progress_activity_first", "activity_id", "first_at", "registration_id"),
        # What was entered by itself, one row in about ten: the completion records of all.
        Index(
            "ix_progress_entered",
            "first_at",
            "registration_id",
            "activity_id",
            sqlite_where=text("required IS NOT NULL"),
            postgresql_where=text("required IS NOT NULL"),
        ),
    )

    registration_id: Mapped[UUID] = mapped_column(ForeignKey("registration.id"), primary_key=True)
    activity_id: Mapped[UUID] = mapped_column(ForeignKey("activity.id"), primary_key=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), index=True)
    status: Mapped[str] = mapped_column(String(16))
    score: Mapped[float | None]
    share: Mapped[float | None]
    seconds: Mapped[float] = mapped_column(default=0.0)
    taken_back: Mapped[int] = mapped_column(default=0)
    required: Mapped[list[Any] | None] = mapped_column(Json)
    statement_id: Mapped[UUID]
    first_at: Mapped[datetime]
    last_at: Mapped[datetime]
    done_at: Mapped[datetime | None]


class AuditEntry(Base):
    """An act of staff, or a change of rights or of an account: who, what, before, after."""

    __tablename__ = "audit_entry"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    actor_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"), index=True)
    person_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"), index=True)
    action: Mapped[str] = mapped_column(String(64), index=True)
    subject: Mapped[str] = mapped_column(String(200))
    before: Mapped[dict[str, Any] | None] = mapped_column(Json)
    after: Mapped[dict[str, Any] | None] = mapped_column(Json)
    at: Mapped[datetime] = mapped_column(default=now, index=True)

    actor: Mapped[Person | None] = relationship(foreign_keys=[actor_id])
    person: Mapped[Person | None] = relationship(foreign_keys=[person_id])


class Outbox(Base):
    """What must not be lost after a commit, written within it: the job queue of the house."""

    __tablename__ = "outbox"
    __table_args__ = (
        Index(
            "ix_outbox_due",
            "due_at",
            sqlite_where=text("done_at IS NULL"),
            postgresql_where=text("done_at IS NULL"),
        ),
        Index("ix_outbox_task", "task", "id"),
        Index(
            "ix_outbox_failed",
            "id",
            sqlite_where=text("error IS NOT NULL"),
            postgresql_where=text("error IS NOT NULL"),
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    task: Mapped[str] = mapped_column(String(100))
    person_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"), index=True)
    payload: Mapped[dict[str, Any]]
    attempts: Mapped[int] = mapped_column(default=0)
    error: Mapped[str | None] = mapped_column(Text)
    created_at: Mapped[datetime] = mapped_column(default=now)
    due_at: Mapped[datetime] = mapped_column(default=now)
    done_at: Mapped[datetime | None]

    person: Mapped[Person | None] = relationship()


class Setting(Base):
    """What the house remembers of itself: its own IRI since the first start, content version."""

    __tablename__ = "setting"

    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    value: Mapped[str] = mapped_column(Text)
