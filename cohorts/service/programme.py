"""The programme of an edition: its sessions are planned, moved and removed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time
from itertools import pairwise
from typing import Any
from uuid import uuid4

from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select

from app import activities, audit, db, identity, permissions, revising
from app.errors import Conflict, Invalid, NotFound
from app.identity import Refused
from app.models import Activity, Person
from cohorts import calendar, rules, wording
from cohorts.calendar import NoSuchTime, Slot
from cohorts.models import Attendance, Edition, Session
from cohorts.service import changing, editions, enrolling, requiring
from cohorts.service.requiring import Foreseen

MOST = 200
"""Sessions of one edition."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A session as it is to be."""

    when: Slot
    titles: Mapping[str, str]


def entry_of(session: Session) -> dict[str, Any]:
    """A session as `add` and `change` take it: day, begins and ends of the place, titles."""
    begins = calendar.wall(session.starts_at, session.edition.timezone)
    ends = calendar.wall(session.ends_at, session.edition.timezone)
    return {
        "day": begins.date(),
        "begins": begins.time(),
        "ends": ends.time(),
        "titles": session.activity.titles,
    }


def read(edition: Edition, entered: Mapping[str, Any], number: int) -> Entry:
    """A session from what was entered: see entry_of. Without titles it is "Session 3".

    Raises Invalid by field.
    """
    checks = identity.Checks()
    day = checks.take("day", _day, edition, entered.get("day"))
    begins, ends = entered.get("begins"), entered.get("ends")
    first = checks.take("begins", _moment, day, begins, edition.timezone)
    last = checks.take("ends", _moment, day, ends, edition.timezone)
    said, usual = entered.get("titles") or {}, wording.session_titles(number)
    titles = checks.take("titles", editions.titles, said, usual)
    if first and last and not calendar.LONGEST >= last - first > calendar.LONGEST * 0:
        checks.wrong["ends"] = _l("A session ends after it begins, within 12 hours.")
    checks.done()
    return Entry(Slot(first, last), titles)


def _day(edition: Edition, day: date | None) -> date:
    if day is None:
        raise Refused(_l("Enter the day."))
    if not edition.starts_on <= day <= edition.ends_on:
        days = wording.days(edition.starts_on, edition.ends_on)
        raise Refused(_l("This day is outside the edition (%(days)s).", days=days))
    return day


def _moment(day: date | None, clock: time | None, zone: str) -> Any:
    if clock is None:
        raise Refused(_l("Enter a time, such as 09:00."))
    try:
        return calendar.moment(day, clock.replace(second=0, microsecond=0), zone) if day else None
    except NoSuchTime:
        raise Refused(_l("On this day the clocks skip this time. Choose another.")) from None


def plan(edition: Edition, when: Slot, titles: Mapping[str, str], *, by: Person) -> Session:
    """Add a session. Raises Forbidden, Invalid when it overlaps another."""
    planned = _open(edition, by)
    _demand_few(len(planned) + 1)
    _demand_apart(Entry(when, titles), planned)
    return _change(edition, by, lambda: [_define(edition, Entry(when, titles), by=by)])[0]


def add(edition: Edition, entered: Mapping[str, Any], *, by: Person) -> Session:
    """Add a session: see entry_of. Raises Forbidden, Invalid by field."""
    planned = _open(edition, by)
    _demand_few(len(planned) + 1)
    entry = read(edition, entered, len(planned) + 1)
    _demand_apart(entry, planned)
    return _change(edition, by, lambda: [_define(edition, entry, by=by)])[0]


def change(session: Session, entered: Mapping[str, Any], *, by: Person) -> None:
    """Move a session or call it otherwise; what is not entered stays.

    Raises Forbidden, Invalid by field.
    """
    edition = session.edition
    planned = _open(edition, by)
    entry = read(edition, {**entry_of(session), **entered}, len(planned))
    _demand_apart(entry, [one for one in planned if one is not session])
    _change(edition, by, lambda: _alter(session, entry, by=by))


def fill(edition: Edition, *, by: Person) -> int:
    """A morning and an afternoon for each working day of the edition, where nothing is planned
    yet; how many were added. Raises Forbidden, Conflict for too many."""
    planned = _open(edition, by)
    taken = [_slot(one) for one in planned]
    halves = calendar.half_days(edition.starts_on, edition.ends_on, edition.timezone)
    entries = [
        Entry(when, wording.half_day_titles(place // 2 + 1, afternoon=bool(place % 2)))
        for place, when in enumerate(halves)
        if not calendar.overlapping([*taken, when])
    ]
    _demand_few(len(planned) + len(entries))
    _change(edition, by, lambda: [_define(edition, one, by=by) for one in entries])
    return len(entries)


def remove(session: Session, *, by: Person) -> None:
    """Remove a session from the programme; its attendance is kept. Raises Forbidden, Conflict."""
    edition = session.edition
    _demand_sessions(edition, [one for one in _open(edition, by) if one is not session])
    _change(edition, by, lambda: _retire(session, by=by))


def replace(edition: Edition, entries: Sequence[Mapping[str, Any]], *, by: Person) -> None:
    """Let the programme be this and nothing else, all of it or nothing. An entry with the `id` of
    a session changes it; sessions that no entry names are removed.

    Raises Forbidden, Conflict, Invalid by the place of the entry and its field.
    """
    planned = {id_of(one): one for one in _open(edition, by)}
    _demand_few(len(entries))
    _demand_sessions(edition, entries)
    wanted = _read_all(edition, entries, planned)
    kept = [one.get("id") for one in entries]

    def write() -> None:
        for gone in planned.keys() - set(kept):
            _retire(planned[gone], by=by)
        for one, entry in zip(kept, wanted, strict=True):
            if one:
                _alter(planned[one], entry, by=by)
            else:
                _define(edition, entry, by=by)

    _change(edition, by, write)


def _read_all(
    edition: Edition, entries: Sequence[Mapping[str, Any]], planned: Mapping[str, Session]
) -> list[Entry]:
    wrong: dict[int, Mapping[str, Any]] = {}
    found: dict[int, Entry] = {}
    named: set[str] = set()
    for place, entered in enumerate(entries):
        one = entered.get("id")
        if one and (one not in planned or one in named):
            wrong[place] = {"id": _l("There is no such session.")}
            continue
        named |= {one} if one else set()
        before = entry_of(planned[one]) if one else {}
        try:
            found[place] = read(edition, {**before, **entered}, place + 1)
        except Invalid as invalid:
            wrong[place] = invalid.fields
    by_time = sorted(found.items(), key=lambda item: item[1].when)
    for (_, one_before), (place, after) in pairwise(by_time):
        if after.when.starts_at < one_before.when.ends_at:
            zone = edition.timezone
            words = wording.overlaps(one_before.titles, one_before.when, zone)
            wrong[place] = {"begins": words}
    if wrong:
        raise Invalid({"items": wrong})
    return [found[place] for place in range(len(entries))]


def get(edition: Edition, session_id: str) -> Session:
    """A planned session of an edition. Raises NotFound."""
    found = activities.find(f"{edition.activity.key}/sessions/{session_id}")
    session = db.session().get(Session, found.id) if found else None
    if session is None or found is None or found.retired_at is not None:
        raise NotFound(_l("There is no such session."))
    return session


def id_of(session: Session) -> str:
    """The last part of its key, which stands in addresses."""
    return session.activity.key.rpartition("/")[2]


@dataclass(frozen=True, slots=True)
class Removal:
    """What removing a session would do: so many marks are kept, and who would complete."""

    marked: int
    foreseen: Foreseen


def removal(session: Session, *, by: Person, language: str) -> Removal:
    """The same; nothing is changed. Raises Forbidden, Conflict where it cannot be removed."""
    edition = session.edition
    permissions.demand(by, "editions.write", edition.activity)
    left = [one for one in editions.programme(edition) if one is not session]
    _demand_sessions(edition, left)
    rule = rules.rule(edition.asks, [one.activity.iri for one in left], activities.iri)
    marks = select(func.count()).where(Attendance.session_id == session.activity_id)
    return Removal(
        db.session().scalar(marks) or 0, requiring.of_rule(edition, rule, language=language)
    )


def _open(edition: Edition, by: Person) -> Sequence[Session]:
    """What is planned, held until the end of the act."""
    permissions.demand(by, "editions.write", edition.activity)
    enrolling.hold(edition)
    return editions.programme(edition)


def _change(edition: Edition, by: Person, write: Callable[[], Any]) -> Any:
    """Write, and let everybody's completion follow where the rule is another one now."""
    rule = edition.activity.rule
    done = write()
    db.session().flush()
    editions.settle(edition)
    if edition.activity.rule != rule:
        revising.reevaluate(edition.activity, by=by)
    return done


def _demand_few(count: int) -> None:
    if count > MOST:
        raise Conflict(_l("An edition has at most %(count)s sessions.", count=MOST))


def _demand_sessions(edition: Edition, planned: Sequence[Any]) -> None:
    if edition.state == "open":
        changing.demand_sessions(edition.asks, planned)


def _demand_apart(entry: Entry, others: Iterable[Session]) -> None:
    for one in others:
        if calendar.overlapping([_slot(one), entry.when]):
            words = wording.overlaps(one.activity.titles, _slot(one), one.edition.timezone)
            raise Invalid({"begins": words})


def _slot(session: Session) -> Slot:
    return Slot(session.starts_at, session.ends_at)


def _define(edition: Edition, entry: Entry, *, by: Person | None) -> Session:
    key = f"{edition.activity.key}/sessions/{uuid4().hex[:12]}"
    activity = _activity(key, edition, entry)
    when = entry.when
    session = Session(
        activity=activity, edition=edition, starts_at=when.starts_at, ends_at=when.ends_at
    )
    db.session().add(session)
    if by is not None:
        audit.record("session.planned", activity.key, actor=by, after=in_audit(session))
    return session


def carry(edition: Edition, entries: Iterable[Entry]) -> None:
    """Plan what another edition had; one entry of the audit stands for all of it."""
    for entry in entries:
        _define(edition, entry, by=None)
    editions.settle(edition)


def _alter(session: Session, entry: Entry, *, by: Person) -> None:
    before = in_audit(session)
    session.starts_at, session.ends_at = entry.when.starts_at, entry.when.ends_at
    _activity(session.activity.key, session.edition, entry)
    if (after := in_audit(session)) != before:
        key = session.activity.key
        audit.record("session.changed", key, actor=by, before=before, after=after)


def _activity(key: str, edition: Edition, entry: Entry) -> Activity:
    return activities.define(
        key,
        "session",
        dict(entry.titles),
        parent=edition.activity,
        position=int(entry.when.starts_at.timestamp()) // 60,
    )


def _retire(session: Session, *, by: Person) -> None:
    activities.retire(session.activity)
    audit.record("session.removed", session.activity.key, actor=by, before=in_audit(session))


def in_audit(session: Session) -> dict[str, Any]:
    return {
        "starts_at": session.starts_at.isoformat(),
        "ends_at": session.ends_at.isoformat(),
        "titles": session.activity.titles,
    }
