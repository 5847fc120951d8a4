"""Revising: what another rule would change, and changes; a completion revoked, and that lifted.

Acts of staff upon many or one. An earned completion stays unless staff revoke it, and then no
rule gives it again until they lift that.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import msgspec
from flask_babel import lazy_gettext as _l

from app import (
    audit,
    completion,
    db,
    events,
    jobs,
    judging,
    people,
    permissions,
    plugins,
    registrations,
)
from app.errors import Conflict, Invalid
from app.events import LearningEvent, Selection
from app.judging import Standing
from app.models import Activity, Person, Registration


@dataclass(frozen=True, slots=True)
class Preview:
    """What another rule would change for whoever is on the way: people (ids) who would complete at
    once, people who have completed and would not by it (they keep it), and how many stay as they
    are."""

    gaining: tuple[UUID, ...]
    keeping: tuple[UUID, ...]
    staying: int


def preview(activity: Activity, rule: Mapping[str, Any] | None) -> Preview:
    """Judge every open registration of an activity by a proposed rule; nothing is changed.

    Two queries for each thousand people. Raises ValueError when it is no rule.
    """
    rules = {activity.id: completion.parse(rule)} if rule else {}
    gaining: list[UUID] = []
    keeping: list[UUID] = []
    count = 0
    for piece in _pieces(activity, size=1000):
        count += len(piece)
        for one, verdict in judging.judge(piece, rules):
            if one.may_complete and verdict.met:
                gaining.append(one.person_id)
            elif one.status in completion.DONE and not verdict.met:
                keeping.append(one.person_id)
    return Preview(tuple(gaining), tuple(keeping), count - len(gaining) - len(keeping))


def _pieces(activity: Activity, *, size: int) -> Iterator[list[Standing]]:
    after = None
    while piece := _piece(activity, after, size):
        yield piece
        after = piece[-1].registration_id


def _piece(activity: Activity, after: UUID | None, size: int) -> list[Standing]:
    """Some open registrations of an activity in the order of their ids, after this one."""
    rows = judging.standing().where(
        Registration.activity_id == activity.id, Registration.closed_at.is_(None)
    )
    if after is not None:
        rows = rows.where(Registration.id > after)
    found = db.session().execute(rows.order_by(Registration.id).limit(size))
    return [Standing(*row) for row in found]


PIECE = 50
"""People whom one transaction re-evaluates: a tenth of a second."""


def reevaluate(activity: Activity, *, by: Person | None, language: str | None = None) -> None:
    """After its rule was changed: say to every open registration what it requires now, and let
    those complete who meet it. An earned completion stays.

    The first people within this act, the others by a job, each piece an act of its own.
    """
    following = _reevaluate(activity, None, by.id if by else None, language)
    if following is not None:
        said = {"activity": activity.id, "after": following, "by": by.id if by else None}
        payload = msgspec.to_builtins({**said, "language": language})
        jobs.enqueue("progress.reevaluate", payload)


def reevaluate_rest(payload: dict[str, Any]) -> None:
    """The job that re-evaluates whoever is left. Doing it twice is doing it once."""
    following: UUID | None = UUID(payload["after"])
    by = UUID(payload["by"]) if payload["by"] else None
    while following is not None:
        with db.transaction() as session:
            activity = session.get_one(Activity, UUID(payload["activity"]))
            following = _reevaluate(activity, following, by, payload["language"])


def _reevaluate(
    activity: Activity, after: UUID | None, by: UUID | None, language: str | None
) -> UUID | None:
    """Re-evaluate a piece; the last registration of it, or None when nobody is left."""
    db.session().flush()
    people.lock(*(one.person_id for one in _piece(activity, after, PIECE)))
    piece = _piece(activity, after, PIECE)
    _settle(piece, activity, by, language)
    return piece[-1].registration_id if len(piece) == PIECE else None


def opened(some: Sequence[Registration], activity: Activity, *, by: Person | None) -> None:
    """These registrations of an activity were opened, perhaps again: say what they require now,
    and let those complete who meet its rule by what they did before. Their people are locked."""
    if not some or not activity.rule:
        return
    db.session().flush()
    rows = judging.standing().where(Registration.id.in_([one.id for one in some]))
    found = db.session().execute(rows.order_by(Registration.id))
    _settle([Standing(*row) for row in found], activity, by.id if by else None, None)


def _settle(
    piece: Sequence[Standing], activity: Activity, by: UUID | None, language: str | None
) -> None:
    required = registrations.required(activity)
    events.publish(
        *(
            _updated(one, activity, required, by, language)
            for one in piece
            if one.required != list(required)
        )
    )
    waiting = [one for one in piece if one.may_complete]
    languages = {one.registration_id: language for one in piece}
    events.publish(*judging.completions(waiting, languages=languages))


def _updated(
    one: Standing,
    activity: Activity,
    required: tuple[str, ...],
    by: UUID | None,
    language: str | None,
) -> LearningEvent:
    return LearningEvent(
        id=events.new_id(),
        verb="updated",
        person_id=one.person_id,
        activity=activity.iri,
        registration_id=one.registration_id,
        time=db.now(),
        language=language,
        by=by,
        required=required,
    )


def revoke(registration: Registration, *, by: Person, reason: str) -> None:
    """Revoke a completion: what was done stays, and no rule gives it again until it is lifted.

    Raises Forbidden, Invalid without a reason, Conflict where nothing was completed. Revoking
    twice is revoking once.
    """
    permissions.demand(by, "completions.write", registration.activity)
    reason = reason.strip()
    if not reason or len(reason) > 1000:
        raise Invalid({"reason": _l("Write the reason, in at most 1,000 characters.")})
    people.lock(registration.person_id)
    completed = _completed(registration)
    if not completed and _own(registration).taken_back:
        return
    if not completed:
        raise Conflict(_l("This was not completed: there is nothing to revoke."))
    _note("completion.revoked", registration, by=by, reason=reason)
    time = db.now()
    events.publish(
        *(
            events.happened(
                "voided", registration, language=None, takes_back=one.id, by=by, time=time
            )
            for one in completed
        )
    )


def lift(registration: Registration, *, by: Person) -> None:
    """End a revocation: the rule speaks again, at once. Lifting twice is lifting once.

    Raises Forbidden, and Conflict where nothing was revoked or the rule is not met now.
    """
    permissions.demand(by, "completions.write", registration.activity)
    people.lock(registration.person_id)
    own = _own(registration)
    if not own.taken_back:
        raise Conflict(_l("This completion was not revoked."))
    if own.status in completion.DONE:
        return
    again = judging.completions([own], languages={}, by=by.id)
    if not again:
        raise Conflict(_l("What is asked for is not met now: the revocation cannot be lifted."))
    _note("completion.lifted", registration, by=by)
    events.publish(*again)


def _own(registration: Registration) -> Standing:
    """How a registration stands now. Raises Conflict where nothing is known of it."""
    db.session().flush()
    row = db.session().execute(judging.standing().where(Registration.id == registration.id)).first()
    if row is None:
        raise Conflict(_l("Nothing is recorded yet."))
    return Standing(*row)


def _completed(registration: Registration) -> list[LearningEvent]:
    """The events that say that a registration's own activity is completed, and still stand."""
    selection = Selection(
        registrations=(registration.id,), activities=(registration.activity.iri,), moving=True
    )
    told = list(plugins.ring().stored_events(selection=selection) or ())
    gone = {one.takes_back for one in told}
    return [one for one in told if one.verb == "completed" and one.id not in gone]


def _note(action: str, registration: Registration, *, by: Person, **after: str) -> None:
    audit.record(
        action,
        f"registration:{registration.id}",
        actor=by,
        person=registration.person,
        after={"activity": registration.activity.key, **after},
    )
