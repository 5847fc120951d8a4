"""Tables of cohorts: editions and their sessions, seats, groups of people, and attendance."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import (
    Connection,
    ForeignKey,
    Index,
    String,
    UniqueConstraint,
    event,
    update,
)
from sqlalchemy.orm import Mapped, Mapper, attributes, mapped_column, relationship

from app.db import Base, now
from app.models import Activity, Person, Registration


class Edition(Base):
    """One holding of a course. Its activity stands inside the course's, and carries its titles
    and its completion rule.

    `slug` stands in its address. `state` is "draft" (staff alone see it), "open", "closed" or
    "cancelled". Days are those of `timezone` (IANA). `mode` is "in_person" or "online"; `link` is
    for who is enrolled alone. `seats` None: as many as come. `asks` is what completing it asks
    (see rules.py), of which the activity's rule is made.
    """

    __tablename__ = "cohorts_edition"

    activity_id: Mapped[UUID] = mapped_column(ForeignKey("activity.id"), primary_key=True)
    copied_from: Mapped[UUID | None] = mapped_column(ForeignKey("cohorts_edition.activity_id"))
    slug: Mapped[str] = mapped_column(String(120), unique=True)
    state: Mapped[str] = mapped_column(String(16), default="draft", index=True)
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    timezone: Mapped[str] = mapped_column(String(64))
    mode: Mapped[str] = mapped_column(String(16))
    place: Mapped[str | None] = mapped_column(String(200))
    link: Mapped[str | None] = mapped_column(String(500))
    languages: Mapped[list[Any]]
    seats: Mapped[int | None]
    asks: Mapped[dict[str, Any]]
    created_at: Mapped[datetime] = mapped_column(default=now)
    updated_at: Mapped[datetime] = mapped_column(default=now, onupdate=now)

    activity: Mapped[Activity] = relationship()


class Session(Base):
    """A part of an edition's programme that is attended, half a day as a rule.

    Its activity stands inside the edition's; one that was removed from the programme is retired
    there, and its attendance is kept.
    """

    __tablename__ = "cohorts_session"
    __table_args__ = (Index("ix_cohorts_session_programme", "edition_id", "starts_at"),)

    activity_id: Mapped[UUID] = mapped_column(ForeignKey("activity.id"), primary_key=True)
    edition_id: Mapped[UUID] = mapped_column(ForeignKey("cohorts_edition.activity_id"))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]

    activity: Mapped[Activity] = relationship()
    edition: Mapped[Edition] = relationship()


NEVER = datetime(1970, 1, 1, tzinfo=UTC)
"""Before anything could be seen."""


class Enrolment(Base):
    """A person's seat in an edition, and the registration that it opened.

    `state` is "enrolled" or "withdrawn" (the registration is closed, what she did is kept);
    `source` says how she came: "staff", "import" or "invitation"; `told_at` when the mail about
    it was written.

    What follows is kept for the roster, so that a page of it costs the same however long it is:
    `folded` is Person.folded and follows it by itself; `standing` ("enrolled", "at_risk",
    "completed" or "lapsed": completed, and the rule is met no more), `share` (0-1 of what is
    asked) and `seen_at` (her last statement that counts here, or NEVER) follow what happens: see
    service/standings.py.
    """

    __tablename__ = "cohorts_enrolment"
    __table_args__ = (
        UniqueConstraint("edition_id", "person_id"),
        Index("ix_cohorts_enrolment_name", "edition_id", "state", "folded", "id"),
        Index("ix_cohorts_enrolment_standing", "edition_id", "state", "standing", "folded", "id"),
        Index("ix_cohorts_enrolment_seen", "edition_id", "state", "seen_at", "id"),
        Index("ix_cohorts_enrolment_share", "edition_id", "state", "share", "id"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    edition_id: Mapped[UUID] = mapped_column(ForeignKey("cohorts_edition.activity_id"))
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), index=True)
    registration_id: Mapped[UUID] = mapped_column(ForeignKey("registration.id"), unique=True)
    state: Mapped[str] = mapped_column(String(16), default="enrolled")
    source: Mapped[str] = mapped_column(String(16), default="staff")
    enrolled_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    enrolled_at: Mapped[datetime] = mapped_column(default=now)
    told_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]
    folded: Mapped[str] = mapped_column(String(500), default="")
    standing: Mapped[str] = mapped_column(String(16), default="enrolled")
    share: Mapped[float] = mapped_column(default=0.0)
    seen_at: Mapped[datetime] = mapped_column(default=NEVER)

    edition: Mapped[Edition] = relationship()
    person: Mapped[Person] = relationship(foreign_keys=[person_id])
    registration: Mapped[Registration] = relationship()


@event.listens_for(Person, "after_update")
def _follow_name(mapper: Mapper[Person], connection: Connection, person: Person) -> None:
    if attributes.get_history(person, "folded").has_changes():
        hers = update(Enrolment).where(Enrolment.person_id == person.id)
        connection.execute(hers.values(folded=person.folded))


ANSWERED_WITHIN = timedelta(days=30)
"""How long after its edition an invitation waits for an answer."""


class Invitation(Base):
    """A seat kept for an address that no confirmed account has yet.

    It becomes an enrolment of `person_id` when the address is confirmed (`bound_at`), and is
    erased where that has not happened by `expires_on`. `email` is
    kept in small letters; `name` and `language` are what staff said, for the mail alone, which is
    `mail_id` of the outbox.
    """

    __tablename__ = "cohorts_invitation"
    __table_args__ = (UniqueConstraint("edition_id", "email"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    edition_id: Mapped[UUID] = mapped_column(ForeignKey("cohorts_edition.activity_id"))
    person_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"), index=True)
    mail_id: Mapped[int | None] = mapped_column(
        ForeignKey("outbox.id", ondelete="SET NULL"), index=True
    )
    email: Mapped[str] = mapped_column(String(254), index=True)
    name: Mapped[str] = mapped_column(String(200), default="")
    language: Mapped[str] = mapped_column(String(2), default="en")
    invited_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[datetime] = mapped_column(default=now)
    mailed_at: Mapped[datetime | None]
    bound_at: Mapped[datetime | None]
    withdrawn_at: Mapped[datetime | None]

    edition: Mapped[Edition] = relationship()

    @property
    def expires_on(self) -> date:
        """The last day on which it is answered: counted from the edition's last day, or from
        when it was sent where that is later."""
        sent = (self.mailed_at or self.created_at).date()
        return max(self.edition.ends_on, sent) + ANSWERED_WITHIN


class Cohort(Base):
    """A group of people that is looked after together: a ministry, a sponsor, a country.

    `activity_id` says where it lives: inside an edition, or across the editions of a course;
    whose staff see it. None: everywhere, for staff of the whole house.
    """

    __tablename__ = "cohorts_cohort"
    __table_args__ = (UniqueConstraint("activity_id", "name"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    activity_id: Mapped[UUID | None] = mapped_column(ForeignKey("activity.id"))
    name: Mapped[str] = mapped_column(String(200))
    created_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    created_at: Mapped[datetime] = mapped_column(default=now)

    activity: Mapped[Activity | None] = relationship()


class Member(Base):
    """A person in a cohort."""

    __tablename__ = "cohorts_member"

    cohort_id: Mapped[UUID] = mapped_column(ForeignKey("cohorts_cohort.id"), primary_key=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"), primary_key=True, index=True)
    added_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    added_at: Mapped[datetime] = mapped_column(default=now)


class Expected(Base):
    """A cohort that an invited address will be in."""

    __tablename__ = "cohorts_expected"

    invitation_id: Mapped[UUID] = mapped_column(
        ForeignKey("cohorts_invitation.id", ondelete="CASCADE"), primary_key=True
    )
    cohort_id: Mapped[UUID] = mapped_column(
        ForeignKey("cohorts_cohort.id", ondelete="CASCADE"), primary_key=True, index=True
    )


class Import(Base):
    """A file of people for an edition: checked first, then, at a word of staff, enrolled.

    The file itself is not kept: its rows are, until the import is purged. `source` is whose
    headers it wears (see rosters.py); `header` its columns; `notes` what is to be known of the
    reading ({"encoding": "cp1252", "unknown": [...]}). `state` is "checked", "running" or
    "finished"; `cohort_id` a cohort that everybody in it joins; `moved_at` the last step of a run.
    """

    __tablename__ = "cohorts_import"
    __table_args__ = (Index("ix_cohorts_import_newest", "edition_id", "created_at", "id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    edition_id: Mapped[UUID] = mapped_column(ForeignKey("cohorts_edition.activity_id"))
    cohort_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("cohorts_cohort.id", ondelete="SET NULL")
    )
    uploaded_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    started_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    name: Mapped[str] = mapped_column(String(200))
    source: Mapped[str] = mapped_column(String(16))
    header: Mapped[list[Any]]
    notes: Mapped[dict[str, Any]]
    state: Mapped[str] = mapped_column(String(16), default="checked")
    total: Mapped[int]
    created_at: Mapped[datetime] = mapped_column(default=now)
    started_at: Mapped[datetime | None]
    moved_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]

    edition: Mapped[Edition] = relationship()
    cohort: Mapped[Cohort | None] = relationship()
    uploader: Mapped[Person | None] = relationship(foreign_keys=[uploaded_by])


class ImportRow(Base):
    """A row of an import: its cells as they stood in the file, what was read in them, and the
    verdict (see verdicts.py) of the check or, once `done_at` is set, of the run.

    `detail` belongs to the verdict: the row that this one repeats, or why it cannot be read.
    """

    __tablename__ = "cohorts_import_row"
    __table_args__ = (Index("ix_cohorts_import_row_verdict", "import_id", "verdict"),)

    import_id: Mapped[UUID] = mapped_column(
        ForeignKey("cohorts_import.id", ondelete="CASCADE"), primary_key=True
    )
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    person_id: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"), index=True)
    email: Mapped[str | None] = mapped_column(String(254), index=True)
    values: Mapped[list[Any]]
    entry: Mapped[dict[str, Any]]
    verdict: Mapped[str] = mapped_column(String(24))
    detail: Mapped[str | None] = mapped_column(String(200))
    done_at: Mapped[datetime | None]

    @property
    def seated(self) -> UUID | None:
        """Who has a seat by it. Whose address it is otherwise is nobody's business."""
        here = self.verdict == "already_enrolled" or (self.verdict == "enrols" and self.done_at)
        return self.person_id if here else None


class Attendance(Base):
    """What was marked of one person in one session: "present", "late", "excused" or "absent".

    The first two count. `statement_id` is the `attended` event that stands for it now, None
    where it does not count; `taken_back` counts corrections of it.
    """

    __tablename__ = "cohorts_attendance"
    __table_args__ = (Index("ix_cohorts_attendance_counts", "session_id", "mark"),)

    session_id: Mapped[UUID] = mapped_column(
        ForeignKey("cohorts_session.activity_id"), primary_key=True
    )
    registration_id: Mapped[UUID] = mapped_column(
        ForeignKey("registration.id"), primary_key=True, index=True
    )
    mark: Mapped[str] = mapped_column(String(16))
    statement_id: Mapped[UUID | None]
    taken_back: Mapped[int] = mapped_column(default=0)
    marked_by: Mapped[UUID | None] = mapped_column(ForeignKey("person.id"))
    marked_at: Mapped[datetime] = mapped_column(default=now)
