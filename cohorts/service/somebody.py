"""Somebody in an edition: her facts, what she did there, who marked it, and what is missing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from flask_babel import lazy_gettext as _l
from sqlalchemy import select
from sqlalchemy.orm import aliased, joinedload

from app import activities, completion, db, judging, permissions
from app.errors import NotFound
from app.models import Activity, Person, Progress
from app.vocabulary import Words
from cohorts import paths
from cohorts.models import Attendance, Cohort, Edition, Enrolment, Member, Session
from cohorts.service import roster


@dataclass(frozen=True, slots=True)
class Attended:
    """A session of the programme, or one with a mark of hers; `mark` None: not marked."""

    titles: Words
    starts_at: datetime
    ends_at: datetime
    mark: str | None
    marked_at: datetime | None
    marked_by: str | None
    """The name of the member of staff."""


@dataclass(frozen=True, slots=True)
class Result:
    """How she stands with something that the rule asks for besides sessions; `score` 0-1."""

    titles: Words
    status: str
    score: float | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Somebody:
    """One seat with all that staff see of it. `revoked`: staff took the completion back, and no
    rule gives it again until that is lifted."""

    seat: Enrolment
    status: str
    completed_at: datetime | None
    revoked: bool
    seen_at: datetime | None
    sessions: Sequence[Attended]
    results: Sequence[Result]
    cohorts: Sequence[str]

    @property
    def person(self) -> Person:
        return self.seat.person


def get(edition: Edition, registration_id: UUID, *, by: Person) -> Enrolment:
    """A seat of an edition by its registration. Raises Forbidden, NotFound."""
    permissions.demand(by, "editions.read", edition.activity)
    rows = select(Enrolment).where(
        Enrolment.edition_id == edition.activity_id, Enrolment.registration_id == registration_id
    )
    rows = rows.options(joinedload(Enrolment.person), joinedload(Enrolment.registration))
    found = db.session().scalar(rows)
    if found is None:
        raise NotFound(_l("There is no such person in this edition."))
    return found


def look(edition: Edition, registration_id: UUID, *, by: Person) -> Somebody:
    """The same with all that staff see of it."""
    seat = get(edition, registration_id, by=by)
    own = db.session().get(Progress, (registration_id, edition.activity_id))
    done = own is not None and own.status in completion.DONE
    return Somebody(
        seat=seat,
        status=seat.standing if seat.state == "enrolled" else seat.state,
        completed_at=own.done_at if own is not None and done else None,
        revoked=own is not None and bool(own.taken_back) and not done,
        seen_at=roster.seen(seat.seen_at),
        sessions=_sessions(edition, registration_id),
        results=_results(edition, seat.person_id),
        cohorts=_cohorts(edition, seat.person_id, by),
    )


def _sessions(edition: Edition, registration_id: UUID) -> list[Attended]:
    staff = aliased(Person)
    here = (Attendance.session_id == Session.activity_id) & (
        Attendance.registration_id == registration_id
    )
    rows = (
        select(
            Activity.titles,
            Session.starts_at,
            Session.ends_at,
            Attendance.mark,
            Attendance.marked_at,
            staff.name,
        )
        .select_from(Session)
        .join(Activity, Activity.id == Session.activity_id)
        .outerjoin(Attendance, here)
        .outerjoin(staff, staff.id == Attendance.marked_by)
        .where(
            Session.edition_id == edition.activity_id,
            Activity.retired_at.is_(None) | Attendance.mark.is_not(None),
        )
        .order_by(Session.starts_at, Session.activity_id)
    )
    return [Attended(*one) for one in db.session().execute(rows)]


def _results(edition: Edition, person_id: UUID) -> list[Result]:
    """What the rule asks for besides sessions, where she began it: the best of all her
    registrations."""
    if not edition.activity.rule:
        return []
    asked = [
        one
        for one in completion.mentions(completion.parse(edition.activity.rule))
        if not paths.is_session(one)
    ]
    best: dict[str, completion.Fact] = {}
    for fact in judging.facts_of([person_id], asked).get(person_id, []):
        if fact.activity not in best or _rank(fact) > _rank(best[fact.activity]):
            best[fact.activity] = fact
    names = activities.names(asked)
    return [
        Result(_titles(names.get(one)), best[one].status, best[one].score, best[one].at)
        for one in asked
        if one in best
    ]


def _titles(name: activities.Known | None) -> Words:
    return name.titles if name else {}


def _rank(fact: completion.Fact) -> tuple[bool, float]:
    return (fact.status in completion.DONE, fact.score or 0.0)


def _cohorts(edition: Edition, person_id: UUID, by: Person) -> Sequence[str]:
    rows = (
        select(Cohort.name)
        .join(Member, Member.cohort_id == Cohort.id)
        .where(Member.person_id == person_id, roster.visible(edition, by))
    )
    return db.session().scalars(rows.order_by(Cohort.name)).all()
