"""Tables of certificates: what was awarded, and the numbers that were given out."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.db import Base, now
from app.models import Activity, Person, Registration


class Certificate(Base):
    """What one person earned in one registration, once.

    `public_id` stands in the public address, `number` on paper; neither ever changes. `name` and
    `titles` are what is printed: as awarded, whatever the account or the activity are called
    later. `earned_id` is the statement that stands for it now, `evidence_id` the completion that
    proves it; `taken_back` counts revocations. `minutes` is the planned time of study.
    """

    __tablename__ = "certificates_certificate"
    __table_args__ = (UniqueConstraint("person_id", "activity_id", "registration_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    public_id: Mapped[str] = mapped_column(String(12), unique=True)
    number: Mapped[str] = mapped_column(String(32), unique=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    activity_id: Mapped[UUID] = mapped_column(ForeignKey("activity.id"), index=True)
    registration_id: Mapped[UUID] = mapped_column(ForeignKey("registration.id"), index=True)
    earned_id: Mapped[UUID] = mapped_column(index=True)
    evidence_id: Mapped[UUID]
    name: Mapped[str] = mapped_column(String(200))
    language: Mapped[str] = mapped_column(String(2))
    titles: Mapped[dict[str, Any]]
    minutes: Mapped[int | None]
    taken_back: Mapped[int] = mapped_column(default=0)
    revoked_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    revocation_reason: Mapped[str | None] = mapped_column(Text)
    awarded_at: Mapped[datetime]
    corrected_at: Mapped[datetime | None]
    mailed_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]

    person: Mapped[Person] = relationship(foreign_keys=[person_id])
    activity: Mapped[Activity] = relationship()
    registration: Mapped[Registration] = relationship()


class Number(Base):
    """A number that was given out. The database counts, so parallel awards never share one; a
    row is never deleted, so none comes twice. An award that failed leaves a gap."""

    __tablename__ = "certificates_number"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=True)
    given_at: Mapped[datetime] = mapped_column(default=now)
