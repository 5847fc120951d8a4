"""Players of content: a short-lived credential for one registration, and what comes with it.

What such a player says of an activity of a foreign kind (vocabulary.Kind) is told to the house, and
moves the progress of its learner: the one way in which a statement from outside does. Everything
else is kept as what any other system sends.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import ColumnElement, Table, bindparam, delete, select, update
from sqlalchemy.orm import joinedload

from app import activities, db, jobs, paging, people, permissions
from app.errors import Conflict, Forbidden, Invalid
from app.events import LearningEvent
from app.models import Activity, Person, Registration, activity_id
from xapi import agents, credentials
from xapi.documents import AGENT, STATE, Context
from xapi.models import Credential, Statement
from xapi.service import access, house, inbox
from xapi.service.inbox import Received
from xapi.service.matching import Reach
from xapi.shapes import Reference

SCOPES = ("state", "statements/read/mine", "statements/write")
PIECE = 200
"""Credentials that are erased in one transaction."""


@dataclass(frozen=True, slots=True)
class Issued:
    """A credential with its secret, which is nowhere else; `actor` is who its statements are
    about."""

    credential: Credential
    secret: str
    actor: dict[str, Any]


def issue(
    registration: Registration,
    *,
    hours: float,
    app_key: str,
    iris: Collection[str] | None = None,
) -> Issued:
    """A credential for a player in somebody's passage, for so many hours. `iris` are the activities
    that it may move: those of a foreign kind among what the registration is for and what stands
    inside, or some of them.

    Raises Conflict where the passage is closed, Invalid for activities that are not of it.
    """
    if access.has_ended(registration):
        raise Conflict(_("This registration is closed."))
    secret = secrets.token_urlsafe(32)
    made = Credential(
        key=f"player-{secrets.token_urlsafe(12)}",
        digest=credentials.digest(secret, app_key),
        label=registration.activity.key[:200],
        authority=_authority(registration.id),
        scopes=list(SCOPES),
        registration=registration,
        activities=_movable(registration, iris),
        expires_at=db.now() + timedelta(hours=hours),
    )
    db.session().add(made)
    db.session().flush()
    account = {"homePage": activities.site(), "name": str(registration.person_id)}
    return Issued(made, secret, {"objectType": "Agent", "account": account})


def _authority(registration: UUID) -> str:
    """Who stands for what a player says in this passage: a name that no system can be given (see
    access), the same for all its credentials."""
    return f"registration:{registration}"


def _movable(registration: Registration, iris: Collection[str] | None) -> list[str]:
    rows = select(Activity.iri, Activity.kind).where(
        Activity.id.in_(activities.inside([registration.activity_id]))
    )
    found = {iri for iri, kind in db.session().execute(rows) if _is_foreign(kind)}
    if iris is not None and not set(iris) <= found:
        raise Invalid(
            {
                "activities": _(
                    "Choose among the activities of this registration that a player may tell of."
                )
            }
        )
    return sorted(found if iris is None else set(iris))


def _is_foreign(kind: str) -> bool:
    found = activities.kind(kind)
    return found.foreign and found.tracked


def page(
    by: Person, *, cursor: str | None = None, limit: int = 50
) -> tuple[list[Credential], str | None]:
    """Some of the players' credentials, the newest first, and the cursor of what follows. Raises
    Forbidden."""
    permissions.demand(by, access.MAY)
    newest = (Credential.created_at, Credential.id)
    rows = select(Credential).where(Credential.registration_id.is_not(None))
    place = paging.place(cursor, datetime, UUID)
    if place is not None:
        rows = rows.where(paging.below(newest, place))
    rows = rows.options(joinedload(Credential.registration).joinedload(Registration.person))
    ordered = rows.order_by(*(one.desc() for one in newest)).limit(limit + 1)
    found = db.session().scalars(ordered).all()
    return paging.page(found, limit, lambda one: (one.created_at, one.id))


def told_of(person: Person) -> list[dict[str, Any]]:
    """What was issued for her and is kept still, as JSON values, without what opens a door."""
    rows = select(Credential).where(_hers(person)).order_by(Credential.created_at)
    return [
        {
            "key": one.key,
            "registration": str(one.registration_id),
            "activities": one.activities,
            "created": one.created_at.isoformat(),
            "expires": one.expires_at.isoformat() if one.expires_at else None,
            "last_used": one.last_used_at.isoformat() if one.last_used_at else None,
        }
        for one in db.session().scalars(rows)
    ]


def forget(person: Person) -> None:
    """End, and erase, what was issued for her."""
    db.session().execute(delete(Credential).where(_hers(person)))


def _hers(person: Person) -> ColumnElement[bool]:
    passages = select(Registration.id).where(Registration.person_id == person.id)
    return Credential.registration_id.in_(passages)


def erase_expired() -> None:
    """Erase the players' credentials that have run out, piece by piece."""
    while True:
        with db.transaction() as session:
            old = (
                select(Credential.id)
                .where(Credential.registration_id.is_not(None), Credential.expires_at <= db.now())
                .limit(PIECE)
            )
            gone = session.scalars(old).all()
            session.execute(delete(Credential).where(Credential.id.in_(gone)))
        if len(gone) < PIECE:
            return


jobs.chores["players.expired"] = jobs.hourly(erase_expired)


def reach(registration: Registration) -> Reach:
    """What a player may read: what is told of its learner in this passage."""
    return Reach(registration=registration.id, person=registration.person_id)


def open_documents(registration: Registration, context: Context, *, reads: bool) -> None:
    """A player keeps the states of its learner in this passage, and reads what is kept of her for
    all (cmi5, 11: learner preferences). Raises Forbidden."""
    learner = agents.key(agents.of_account(registration.person_id, activities.site()))
    if context.resource is STATE:
        if context.registration != registration.id:
            raise Forbidden(
                "registration: this credential opens the states of one registration alone; name "
                "the registration that it was issued for (xAPI Communication, 2.3)."
            )
    elif context.resource is not AGENT or not reads:
        raise Forbidden("This credential opens the states of its registration alone.")
    if context.agent != learner:
        raise Forbidden(
            "agent: this credential opens what is kept of one learner; name the account that it "
            f"was issued for (xAPI Communication, {context.resource.section})."
        )


def take(received: Sequence[Received], credential: Credential, *, version: str) -> None:
    """Keep what a player sends within its passage, all of it or none. Raises Conflict, and
    Forbidden for what it may not say."""
    registration = credential.registration
    if registration is None:
        raise ValueError("this credential is no player's")
    learner = agents.key(agents.of_account(registration.person_id, activities.site()))
    for one in received:
        _check(one, learner, registration.id)
    people.lock(registration.person_id)
    db.session().refresh(registration, ["closed_at"])
    if registration.closed_at is not None:
        raise Forbidden("The registration of this credential is closed.")
    _check_targets(received, credential.authority)
    inbox.store(received, authority=credential.authority, version=version)
    house.tell(_moved({one.id for one in received}, credential))


def _check(one: Received, learner: str, registration: UUID) -> None:
    told = one.checked.statement
    if told.actor.objectType != "Agent" or agents.key(told.actor) != learner:
        raise Forbidden(
            "actor: this credential speaks of one learner; the actor is the account that it was "
            "issued for (xAPI Data, 2.4.2)."
        )
    said = told.context.registration if told.context else None
    if not said or UUID(said) != registration:
        raise Forbidden(
            "context.registration: this credential speaks of one registration; every statement "
            "names the registration that it was issued for (xAPI Data, 2.4.6.1; cmi5, 9.6.1)."
        )


def _check_targets(received: Sequence[Received], authority: str) -> None:
    """Only what was said in this passage, by this or another player of it, is taken back."""
    targets = {
        UUID(one.checked.object.id)
        for one in received
        if one.checked.voids and isinstance(one.checked.object, Reference)
    }
    targets -= {one.id for one in received}
    if not targets:
        return
    own = select(Statement.statement_id).where(
        Statement.statement_id.in_(targets), Statement.authority == authority
    )
    if targets - set(db.session().scalars(own)):
        raise Forbidden(
            "object.id: this credential takes back only what was stored with it, or with another "
            "for the same registration (xAPI Data, 2.3.2)."
        )


def _moved(ids: Collection[UUID], credential: Credential) -> list[LearningEvent]:
    """What the house has not heard yet of these kept statements, and may: marked as moving."""
    rows = select(Statement.statement_id, Statement.body, Statement.seq).where(
        Statement.statement_id.in_(ids),
        Statement.authority == credential.authority,
        Statement.moves.is_(False),
    )
    site = activities.site()
    bodies = db.session().execute(rows.order_by(Statement.seq)).all()
    told = [event for row in bodies if (event := house.of_player(row.body, site))]
    events = _allowed(told, credential)
    if events:
        db.session().connection().execute(
            _MOVES,
            [{"one": event.id, "about": event.activity_id, "at": event.time} for event in events],
        )
    return events


_MOVES = (
    update(cast(Table, Statement.__table__))
    .where(Statement.statement_id == bindparam("one"))
    .values(moves=True, activity_id=bindparam("about"), timestamp=bindparam("at"))
)


def _allowed(told: Iterable[LearningEvent], credential: Credential) -> list[LearningEvent]:
    """Those about what the credential was issued for, where it is of a foreign kind; and what takes
    one of them back. An id that can be guessed moves nothing: it may be that of a derived event."""
    told = [one for one in told if one.id.version != house.DERIVED]
    known = activities.known({one.activity_id for one in told})
    foreign = {one for one, about in known.items() if _is_foreign(about.kind)}
    mine = {activity_id(iri) for iri in credential.activities or ()} & foreign
    said = {one.id for one in told if not one.takes_back and one.activity_id in mine}
    back = {one.takes_back for one in told if one.takes_back and one.takes_back not in said}
    said |= _moving(back) if back else set()
    return [one for one in told if one.id in said or one.takes_back in said]


def _moving(ids: Collection[UUID]) -> set[UUID]:
    rows = select(Statement.statement_id).where(
        Statement.statement_id.in_(ids), Statement.moves.is_(True)
    )
    return set(db.session().scalars(rows))
