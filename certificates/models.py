"""Tables of certificates: what was awarded, the numbers that were given out, releases by staff."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from app.db import Base, Json, now
from app.models import Activity, Person, Registration
from certificates import marks


class Certificate(Base):
    """What one person earned in one registration: one of each sort at most.

    `sort` is one of marks.SORTS.

    `public_id` stands in the public address, `number` on paper; neither ever changes. `name` and
    `titles` are what is printed: as awarded, whatever the account or the activity are called
    later. `earned_id` is the statement that stands for it now, `evidence_id` the completion or
    attendance that proves it; `taken_back` counts revocations. `minutes` is the planned time of
    study; `occasion` where and when it took place (`place`, `starts`, `ends`: ISO dates there),
    None for what is learned at any time. `printable`: whether our fonts have every letter of the
    name, as far as is known. `release` is the act of staff that awarded it; None: at once.
    """

    __tablename__ = "certificates_certificate"
    __table_args__ = (
        UniqueConstraint(
            "person_id",
            "activity_id",
            "registration_id",
            "sort",
            name="uq_certificates_certificate_sort",
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    public_id: Mapped[str] = mapped_column(String(12), unique=True)
    number: Mapped[str] = mapped_column(String(32), unique=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    activity_id: Mapped[UUID] = mapped_column(ForeignKey("activity.id"), index=True)
    registration_id: Mapped[UUID] = mapped_column(ForeignKey("registration.id"), index=True)
    release_id: Mapped[UUID | None] = mapped_column(ForeignKey("certificates_release.id"))
    earned_id: Mapped[UUID] = mapped_column(index=True)
    evidence_id: Mapped[UUID]
    sort: Mapped[str] = mapped_column(
        String(16), default=marks.COMPLETION, server_default="completion"
    )
    name: Mapped[str] = mapped_column(String(200))
    printable: Mapped[bool] = mapped_column(default=True, server_default="1")
    language: Mapped[str] = mapped_column(String(2))
    titles: Mapped[dict[str, Any]]
    minutes: Mapped[int | None]
    occasion: Mapped[dict[str, Any] | None] = mapped_column(Json)
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


class Release(Base):
    """Certificates of one sort that staff award together: first a preview of exactly these
    people, then, once confirmed, theirs; `done_at` once each of them was looked at again."""

    __tablename__ = "certificates_release"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    activity_id: Mapped[UUID] = mapped_column(ForeignKey("activity.id"), index=True)
    sort: Mapped[str] = mapped_column(String(16))
    prepared_by: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    confirmed_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    prepared_at: Mapped[datetime] = mapped_column(default=now)
    confirmed_at: Mapped[datetime | None]
    done_at: Mapped[datetime | None]

    activity: Mapped[Activity] = relationship()


class Candidate(Base):
    """Somebody on the list of a release, by name at its `position`. `wanted`: the preview showed
    her among those who get one. `outcome` is None as long as she waits for it, "awarded", or why
    she is left out (one of marks.REASONS)."""

    __tablename__ = "certificates_candidate"
    __table_args__ = (
        Index(
            "ix_certificates_candidate_waiting",
            "release_id",
            "position",
            sqlite_where=text("outcome IS NULL"),
            postgresql_where=text("outcome IS NULL"),
        ),
    )

    release_id: Mapped[UUID] = mapped_column(
        ForeignKey("certificates_release.id"), primary_key=True
    )
    position: Mapped[int] = mapped_column(primary_key=True)
    registration_id: Mapped[UUID] = mapped_column(ForeignKey("registration.id"))
    wanted: Mapped[bool]
    outcome: Mapped[str | None] = mapped_column(String(16))

    registration: Mapped[Registration] = relationship()
