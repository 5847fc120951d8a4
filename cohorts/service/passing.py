"""Passing: an edition as its readers see it, and how far somebody who is in it has come."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import contains_eager, joinedload

from app import activities, completion, db, judging, passage, permissions, registrations
from app.models import Activity, Person, Registration
from app.passage import Explanation, Station
from cohorts import rules, wording
from cohorts.models import Edition, Enrolment, Session
from cohorts.service import editions, enrolling

NEAR = timedelta(days=30)
"""How long before its first day an edition is told of on the home page."""

MOST = 20
"""How many of her editions are shown together."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """How far somebody is in an edition: its sessions and what it asks besides, the rule
    explained, when it was completed, and the session that comes next."""

    edition: Edition
    registration: Registration
    stations: Sequence[Station]
    rule: Explanation | None
    share: float | None
    done_at: datetime | None
    following: Session | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """An edition as somebody reads it. `left` are the seats that are free, None where they are
    not limited; `link` is there for who is enrolled and for staff; `mine` for who is enrolled."""

    edition: Edition
    course: Activity
    programme: Sequence[Session]
    rule: Explanation | None
    left: int | None
    link: str | None
    is_staff: bool
    mine: Way | None


def see(person: Person | None, slug: str, *, language: str) -> Seen:
    """The edition at an address. Raises NotFound, also for a draft of which she is no staff."""
    edition = editions.get_for(person, slug)
    planned = editions.programme(edition)
    seat = _seat(person, edition)
    is_staff = permissions.may(person, "editions.read", edition.activity)
    return Seen(
        edition=edition,
        course=db.session().get_one(Activity, edition.activity.parent_id),
        programme=planned,
        rule=passage.requirement(edition.activity, language=language),
        left=_left(edition),
        link=edition.link if seat or is_staff else None,
        is_staff=is_staff,
        mine=way(seat, planned, language=language) if seat else None,
    )


def _seat(person: Person | None, edition: Edition) -> Enrolment | None:
    if person is None:
        return None
    rows = select(Enrolment).where(
        Enrolment.edition_id == edition.activity_id,
        Enrolment.person_id == person.id,
        Enrolment.state == "enrolled",
    )
    return db.session().scalar(rows.options(joinedload(Enrolment.registration)))


def _left(edition: Edition) -> int | None:
    if edition.seats is None:
        return None
    return max(0, edition.seats - enrolling.seats_taken(edition))


def way(seat: Enrolment, planned: Sequence[Session], *, language: str) -> Way:
    """How far she is. Sessions say their times, at the place and hers."""
    return _ways([seat], {seat.edition_id: planned}, language=language)[0]


def ways(person: Person, *, language: str) -> list[Way]:
    """The editions that she is in, the latest first; no drafts."""
    seats = db.session().scalars(_WAYS, {"person": person.id}).all()
    planned = editions.programmes([one.edition_id for one in seats])
    return _ways(seats, planned, language=language)


def _ways(
    seats: Sequence[Enrolment], planned: Mapping[UUID, Sequence[Session]], *, language: str
) -> list[Way]:
    hers = [one.registration for one in seats]
    rows = registrations.progress_of_all(hers)
    said = passage.explain_all(hers, language=language)
    return [
        _way(one, planned[one.edition_id], rows[one.registration_id],
             said.get(one.registration_id), language=language)
        for one in seats
    ]  # fmt: skip


def _way(
    seat: Enrolment,
    planned: Sequence[Session],
    rows: Mapping[UUID, Any],
    rule: Explanation | None,
    *,
    language: str,
) -> Way:
    edition, registration = seat.edition, seat.registration
    own = rows.get(edition.activity_id)
    stations = passage.stations(edition.activity, registration, language=language, rows=rows)
    whens = {one.activity.key: wording.slot(one) for one in planned}
    now = db.now()
    return Way(
        edition=edition,
        registration=registration,
        stations=[
            replace(
                one,
                note=wording.times(whens[one.key], edition.timezone, seat.person.timezone),
                url=None,
            )
            if one.key in whens
            else one
            for one in stations
        ],
        rule=rule,
        share=own.share if own else None,
        done_at=own.done_at if own else None,
        following=next((one for one in planned if one.ends_at > now), None),
    )


def near(person: Person) -> list[tuple[Edition, Session | None]]:
    """The open editions of hers that are running or begin soon, each with its next session."""
    today = db.now().date()
    asked = {
        "person": person.id,
        "since": today - timedelta(days=1),
        "until": today + NEAR,
    }
    seats = db.session().scalars(_NEAR, asked).all()
    following = _following([one.edition_id for one in seats])
    return [(one.edition, following.get(one.edition_id)) for one in seats]


_HERS = (
    select(Enrolment)
    .join(Enrolment.edition)
    .where(
        Enrolment.person_id == bindparam("person"),
        Enrolment.state == "enrolled",
        Edition.state != "draft",
    )
    .options(
        contains_eager(Enrolment.edition).joinedload(Edition.activity),
        joinedload(Enrolment.registration).joinedload(Registration.activity),
        joinedload(Enrolment.person),
    )
)
_WAYS = _HERS.order_by(Edition.starts_on.desc(), Edition.activity_id).limit(MOST)
_NEAR = (
    _HERS.where(
        Edition.state == "open",
        Edition.ends_on >= bindparam("since"),
        Edition.starts_on <= bindparam("until"),
    )
    .order_by(Edition.starts_on)
    .limit(3)
)


def _following(ids: Sequence[UUID]) -> dict[UUID, Session]:
    """Of each edition the session that is on or comes next: one query."""
    if not ids:
        return {}
    ahead = (
        select(Session.edition_id, func.min(Session.starts_at).label("starts_at"))
        .join(Session.activity)
        .where(
            Session.edition_id.in_(ids),
            Session.ends_at > db.now(),
            Activity.retired_at.is_(None),
        )
        .group_by(Session.edition_id)
        .subquery()
    )
    rows = (
        select(Session)
        .join(Session.activity)
        .where(Activity.retired_at.is_(None))
        .join(
            ahead,
            (ahead.c.edition_id == Session.edition_id) & (ahead.c.starts_at == Session.starts_at),
        )
        .options(joinedload(Session.activity))
    )
    return {one.edition_id: one for one in db.session().scalars(rows)}


def stations(activity: Activity, registration: Registration | None) -> list[Station]:
    """What an edition asks besides its sessions, at the end of the way through it."""
    edition = editions.of_activity(activity) if activity.kind == "edition" else None
    if edition is None:
        return []
    quiz, keys = edition.asks.get("quiz"), rules.besides(edition.asks)
    known = {one.key: one for one in activities.names(map(activities.iri, keys)).values()}
    met = _met(registration)
    return [
        Station(
            title=wording.title(known[key].titles),
            kind=known[key].kind,
            state="done" if known[key].iri in met else "ahead",
            url=known[key].url,
            note=_least(edition) if key == quiz else None,
        )
        for key in keys
        if key in known
    ]


def _least(edition: Edition) -> str:
    least = edition.asks.get("minimum") or rules.MINIMUM
    return _("at least %(percent)s %%", percent=round(least * 100))


def _met(registration: Registration | None) -> set[str]:
    """The IRIs of the conditions that are met."""
    verdict = judging.verdict_of(registration) if registration else None
    if verdict is None:
        return set()
    return {
        leaf.rule.activity
        for leaf in completion.leaves(verdict)
        if leaf.met and isinstance(leaf.rule, (completion.Completed, completion.Score))
    }


def url(activity: Activity) -> str | None:
    """The page of any activity, without its language."""
    return activities.url(activity)
