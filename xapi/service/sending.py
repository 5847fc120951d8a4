"""Forwarding: what other stores are to have is sent in the order of arrival, as it is kept.

The cursor of a target never passes what is settled (service/selecting.py), so nothing is lost and
nothing needs a row of its own but what was refused. One job of the outbox for each target sends
for a few seconds and then lets others go on; the sweeper's chore lets it be done again while
something waits. Requests are made outside transactions, and each is followed by a short one.
"""

from __future__ import annotations

import base64
import secrets
import time
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import and_, delete, or_, select, update

from app import audit, db, jobs, mail, outside, people, sealing, web
from app.models import Outbox
from xapi import attachments, parts, wording
from xapi.models import DeadLetter, Statement, Target
from xapi.parts import Written
from xapi.service import attachments as contents
from xapi.service import search, selecting
from xapi.service.selecting import Load, Parcel

TASK = "xapi.forward"

SLICE = 5.0
"""Seconds after which a job of ours lets others go on."""

PATIENCE = timedelta(days=1)
"""How long a store that cannot be reached is tried again."""

SHORTEST, LONGEST = timedelta(seconds=30), timedelta(hours=1)
"""The first pause after a failure, which doubles each time, and the longest."""

REFUSED = frozenset({400, 409, 413, 422})
"""What a store says of the statements themselves; everything else is said of the line."""

IN_A_ROW = 200
"""So many statements refused without one accepted say that the target is wrong, not they."""

_JSON = "application/json"

KEPT = 500
"""Characters of an answer that are kept beside a dead letter."""


def wake() -> None:
    """Let each target be served that something waits for: the sweeper's chore."""
    found = _with_work()
    db.session().rollback()
    if not found:
        return
    with db.transaction() as session:
        for target_id in found:
            target = session.get(Target, target_id, with_for_update={"skip_locked": True})
            if target is not None and _is_due(target):
                _let_it_be_done(target)


def _with_work() -> list[UUID]:
    due = or_(Target.due_at.is_(None), Target.due_at <= db.now())
    rows = select(Target).where(Target.active, Target.stopped_at.is_(None), due)
    targets = db.session().scalars(rows).all()
    if not targets:
        return []
    settled = search.through()
    return [one.id for one in targets if _letters(one.id) or selecting.any_follows(one, settled)]


def _is_due(target: Target) -> bool:
    waits = target.due_at is not None and target.due_at > db.now()
    return target.active and target.stopped_at is None and not waits


def _let_it_be_done(target: Target) -> None:
    job = db.session().get(Outbox, target.job_id) if target.job_id else None
    if job is None:
        made = jobs.enqueue(TASK, {"target": str(target.id)})
        db.session().flush()
        target.job_id = made.id
    elif job.done_at is None and job.attempts >= jobs.PATIENCE:
        jobs.replay(job.id)
        _stop(target, job.error or "")
    else:
        jobs.renew(job.id)


jobs.chores["statements.forwarded"] = wake


def forward(payload: dict[str, Any]) -> None:
    """The job: send what waits to one target, for a while."""
    target_id = UUID(payload["target"])
    until = time.monotonic() + SLICE
    target = _target(target_id)
    if target is None:
        return
    try:
        with _line(target) as line:
            while time.monotonic() < until:
                load = _next(target_id)
                if load is None:
                    return
                _deliver(line, target_id, load, until)
    except outside.Unreachable as wrong:
        _note_failure(target_id, str(wrong))
    except sealing.Unreadable:
        with db.transaction() as session:
            locked = session.get(Target, target_id, with_for_update=True)
            if locked is not None:
                _stop(locked, wording.UNREADABLE)
    else:
        jobs.wake()


def _target(target_id: UUID) -> Target | None:
    """The target as it is now, if it is to be served."""
    db.session().rollback()
    found = db.session().get(Target, target_id, populate_existing=True)
    return found if found is not None and _is_due(found) else None


def _line(target: Target) -> outside.Line:
    word = f"{target.key}:{sealing.unseal(target.secret)}".encode()
    return outside.Line(
        f"{target.endpoint}/statements",
        {
            "Authorization": "Basic " + base64.b64encode(word).decode(),
            "X-Experience-API-Version": target.version,
            "User-Agent": "Passage",
        },
    )


def _next(target_id: UUID) -> Load | None:
    """What is sent next: dead letters that are to be tried again, then what follows."""
    target = _target(target_id)
    if target is None:
        return None
    try:
        letters = _letters(target_id)
        return Load(letters, None) if letters else selecting.following(target)
    finally:
        db.session().rollback()  # nothing is held while the network is waited for


def _letters(target_id: UUID) -> list[Parcel]:
    rows = select(DeadLetter.statement_id, Statement.body, Statement.seq, DeadLetter.id)
    rows = rows.join(Statement, Statement.statement_id == DeadLetter.statement_id)
    rows = rows.where(DeadLetter.target_id == target_id, DeadLetter.again)
    found = db.session().execute(rows.order_by(DeadLetter.id).limit(selecting.BATCH))
    return [Parcel(row.statement_id, row.body, row.seq, letter=row.id) for row in found]


def _deliver(line: outside.Line, target_id: UUID, load: Load, until: float) -> None:
    """Send a load, in ever smaller parts where it is refused, and note each part that is through.
    What is left when the time is over is sent again with the next. Raises Unreachable."""
    rest: list[Sequence[Parcel]] = [load.parcels] if load.parcels else []
    while rest:
        some = rest.pop()
        answer = _post(line, some)
        if 200 <= answer.status < 300:
            _note_sent(target_id, some)
        elif answer.status not in REFUSED:
            raise outside.Unreachable(f"HTTP {answer.status}")
        elif len(some) == 1:
            if _note_refused(target_id, some[0], answer):
                return
        else:
            middle = len(some) // 2
            rest += [some[middle:], some[:middle]]
        if rest and time.monotonic() > until:
            return
    if load.end is not None:
        with db.transaction():
            _move(target_id, *load.end)


def _post(line: outside.Line, parcels: Sequence[Parcel]) -> outside.Answer:
    """Send these, with the files that came with them (xAPI Communication, 1.5.2)."""
    raw = joined(parcels)
    files = contents.of([one.seq for one in parcels])
    db.session().rollback()  # nothing is held while the network is waited for
    if not files:
        return line.post(raw, Content_Type=_JSON)
    written = [Written({"Content-Type": _JSON}, len(raw), lambda: (raw,))]
    written += [attachments.written(one) for one in files]
    boundary = secrets.token_hex(20)
    return line.post(
        parts.write(written, boundary),
        Content_Type=f"multipart/mixed; boundary={boundary}",
        Content_Length=str(parts.length(written, boundary)),
    )


def joined(parcels: Sequence[Parcel]) -> bytes:
    """The bytes of a request: each statement as it is kept."""
    return b"[" + b",".join(one.body.encode() for one in parcels) + b"]"


def _note_sent(target_id: UUID, parcels: Sequence[Parcel]) -> None:
    with db.transaction() as session:
        session.execute(
            update(Target)
            .where(Target.id == target_id)
            .values(
                sent=Target.sent + len(parcels),
                sent_at=db.now(),
                refusals=0,
                failures=0,
                error=None,
                failing_since=None,
                due_at=None,
            )
        )
        letters = [one.letter for one in parcels if one.letter is not None]
        session.execute(delete(DeadLetter).where(DeadLetter.id.in_(letters)))
        _pass(target_id, parcels[-1])


def _pass(target_id: UUID, parcel: Parcel) -> None:
    if parcel.stored is not None:
        _move(target_id, parcel.seq, parcel.stored)


def _move(target_id: UUID, seq: int, stored: datetime) -> None:
    """Onwards only, whoever else may serve this target."""
    before = or_(
        Target.cursor_stored < stored,
        and_(Target.cursor_stored == stored, Target.cursor_seq < seq),
    )
    db.session().execute(
        update(Target)
        .where(Target.id == target_id, before)
        .values(cursor_seq=seq, cursor_stored=stored)
    )


def _note_refused(target_id: UUID, parcel: Parcel, answer: outside.Answer) -> bool:
    """Lay it among the dead letters; where everything is refused, stop. Whether that is so."""
    said: dict[str, Any] = {
        "status": answer.status,
        "answer": answer.text[:KEPT],
        "refused_at": db.now(),
    }
    with db.transaction() as session:
        target = session.get(Target, target_id, with_for_update=True, populate_existing=True)
        if target is None:
            return True
        rows = select(DeadLetter).where(
            DeadLetter.target_id == target_id, DeadLetter.statement_id == parcel.statement_id
        )
        letter = session.scalar(rows)
        if letter is None:
            session.add(DeadLetter(target_id=target_id, statement_id=parcel.statement_id, **said))
        else:
            letter.times += 1
            letter.again = False
            for name, value in said.items():
                setattr(letter, name, value)
        target.failures, target.error = 0, None
        target.failing_since = target.due_at = None
        target.refusals += 1
        session.flush()
        _pass(target_id, parcel)
        if target.refusals >= IN_A_ROW:
            target.refusals = 0
            _stop(target, f"{wording.REFUSED} {IN_A_ROW} {answer.status}")
        return target.stopped_at is not None


def _note_failure(target_id: UUID, error: str) -> None:
    """Try again after a pause; after a day, stop."""
    with db.transaction() as session:
        target = session.get(Target, target_id, with_for_update=True, populate_existing=True)
        if target is None:
            return
        now = db.now()
        target.failures += 1
        target.failing_since = target.failing_since or now
        target.error = error
        target.due_at = now + pause(target.failures)
        if now - target.failing_since >= PATIENCE:
            _stop(target, error)


def pause(failures: int) -> timedelta:
    """How long to wait after so many failures in a row."""
    return min(SHORTEST * 2 ** min(failures - 1, 20), LONGEST)


def _stop(target: Target, error: str) -> None:
    """Send no more until an administrator starts it again, and tell all of them."""
    if target.stopped_at is not None:
        return
    target.stopped_at, target.error, target.due_at = db.now(), error[:2000], None
    audit.record(
        "forwarding.stopped", f"forwarding:{target.id}", actor=None, after={"error": error[:2000]}
    )
    for reader in people.administrators():
        mail.write(
            reader,
            "xapi/stopped",
            label=target.label,
            endpoint=target.endpoint,
            error=wording.fault(error),
            url=web.public_address(f"/{reader.language}/admin/forwarding"),
        )
