"""Dead letters: statements that another store refused, as administrators see and replay them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask_babel import gettext as _
from sqlalchemy import func, or_, select, update

from app import audit, db, paging, permissions
from app.errors import NotFound
from app.models import Person
from xapi.models import DeadLetter, Target
from xapi.service.targets import MAY


@dataclass(frozen=True, slots=True)
class Letter:
    """One of them with the target that refused it."""

    letter: DeadLetter
    target: Target


def page(
    by: Person,
    *,
    target: UUID | None = None,
    status: int | None = None,
    statement: UUID | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> tuple[list[Letter], str | None]:
    """Some of them, the newest first, and the cursor of the older ones; of a target, with a status
    of HTTP, or of a statement, where these are asked for. Raises Forbidden."""
    permissions.demand(by, MAY)
    rows = select(DeadLetter, Target).join(Target, Target.id == DeadLetter.target_id)
    for column, wanted in (
        (DeadLetter.target_id, target),
        (DeadLetter.status, status),
        (DeadLetter.statement_id, statement),
    ):
        if wanted is not None:
            rows = rows.where(column == wanted)
    place = paging.place(cursor, int)
    if place is not None:
        rows = rows.where(DeadLetter.id < place[0])
    found = db.session().execute(rows.order_by(DeadLetter.id.desc()).limit(limit + 1)).all()
    letters = [Letter(*row) for row in found]
    return paging.page(letters, limit, lambda one: (one.letter.id,))


def get(letter_id: int, *, by: Person) -> DeadLetter:
    """One of them. Raises Forbidden, NotFound."""
    permissions.demand(by, MAY)
    found = db.session().get(DeadLetter, letter_id) if letter_id < 2**31 else None
    if found is None:
        raise NotFound(_("There is no such statement among those refused."))
    return found


def replay(letter: DeadLetter, *, by: Person) -> None:
    """Send it once more, with the next that is sent. Raises Forbidden."""
    permissions.demand(by, MAY)
    letter.again = True
    _record("forwarding.replayed", letter, by)


def replay_all(target: Target, *, by: Person) -> int:
    """Send all that a target refused once more; how many. Raises Forbidden."""
    permissions.demand(by, MAY)
    count = _count(target)
    session = db.session()
    session.execute(update(DeadLetter).where(DeadLetter.target_id == target.id).values(again=True))
    subject = f"forwarding:{target.id}"
    audit.record("forwarding.replayed", subject, actor=by, after={"count": count})
    return count


def _count(target: Target) -> int:
    rows = select(func.count()).where(DeadLetter.target_id == target.id)
    return db.session().scalar(rows) or 0


def drop(letter: DeadLetter, *, by: Person) -> None:
    """Give it up: it is not sent there. Raises Forbidden."""
    permissions.demand(by, MAY)
    _record("forwarding.given_up", letter, by)
    db.session().delete(letter)
    db.session().flush()


def _record(action: str, letter: DeadLetter, by: Person) -> None:
    told: dict[str, Any] = {"statement": str(letter.statement_id), "status": letter.status}
    audit.record(action, f"forwarding:{letter.target_id}", actor=by, before=told)


def forget(person: Person) -> None:
    """Blank the answers in which she is named: another store may repeat what it refuses."""
    for word in filter(None, (person.email, person.name)):
        told = DeadLetter.answer.contains(word, autoescape=True)
        in_capitals = func.lower(DeadLetter.answer).contains(word.lower(), autoescape=True)
        db.session().execute(update(DeadLetter).where(or_(told, in_capitals)).values(answer=""))
