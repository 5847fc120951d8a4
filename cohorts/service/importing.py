"""Importing: a file of people is read and checked, its verdicts are looked at, and purged."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from flask_babel import lazy_gettext as _l
from sqlalchemy import Select, delete, func, insert, select
from sqlalchemy.orm import Session, joinedload

from app import accounts, audit, db, exports, identity, jobs, paging, permissions
from app.errors import Conflict, Invalid, NotFound
from app.models import Person
from cohorts import rosters, verdicts
from cohorts.models import Cohort, Edition, Enrolment, Import, ImportRow, Invitation
from cohorts.rosters import Entry
from cohorts.service import enrolling, groups
from cohorts.sheets import Unreadable
from cohorts.verdicts import Account, Row, World

MAY = "enrolments.write"
KEPT = timedelta(days=90)
"""How long the rows of an import can be looked at."""


def check(
    edition: Edition,
    content: bytes | None,
    *,
    name: str | None,
    cohort: Cohort | None = None,
    by: Person,
) -> Import:
    """Read a file, and say of each row what would become of it. Nobody is enrolled by it, and
    nobody waits meanwhile (see db.reading).

    Raises Forbidden, Conflict when the edition is over, Invalid (field `file`) for a file in
    which nothing can be read.
    """
    permissions.demand(by, MAY, edition.activity)
    if enrolling.is_over(edition):
        raise Conflict(_l("This edition is over: nobody can be enrolled."))
    if cohort is not None:
        groups.demand_fits(cohort, edition)
    with db.reading():
        roster = _roster(content or b"")
        judged = _judge(edition, roster.entries)
    made = Import(
        id=uuid4(),
        edition_id=edition.activity_id,
        cohort_id=cohort.id if cohort else None,
        uploaded_by=by.id,
        name=_file_name(name),
        source=roster.source,
        header=roster.header,
        notes={"encoding": roster.encoding, "unknown": roster.unknown},
        total=len(judged),
    )
    session = db.session()
    session.add(made)
    session.flush()
    rows = zip(roster.entries, judged, strict=True)
    session.execute(insert(ImportRow), [_as_row(made, *pair) for pair in rows])
    jobs.enqueue("cohorts.purge_import", {"import": str(made.id)}, due_at=db.now() + KEPT)
    audit.record("roster.checked", edition.activity.key, actor=by, after={"rows": len(judged)})
    return made


def _roster(content: bytes) -> rosters.Roster:
    try:
        found = rosters.read(content)
        if not found.entries:
            raise Unreadable("empty")
    except Unreadable as wrong:
        raise Invalid({"file": verdicts.unreadable(wrong.reason, wrong.facts)}) from wrong
    return found


def _file_name(text: str | None) -> str:
    try:
        return identity.line((text or "")[-200:]) or "–"
    except identity.Refused:
        return "–"


def _judge(edition: Edition, entries: Sequence[Entry]) -> list[Row]:
    rows = _of_file(entries)
    addresses = list(dict.fromkeys(one.email for one in rows if one.email))
    return verdicts.decide(rows, world(edition, addresses))


def _of_file(entries: Iterable[Entry]) -> list[Row]:
    """What the file alone decides: broken rows, no addresses, addresses that come twice."""
    first: dict[str, int] = {}
    rows = []
    for one in entries:
        verdict, detail, email = "", None, None
        if one.broken:
            verdict, detail, email = "broken", one.broken, _somewhere(one.values)
        elif one.skip:
            verdict, detail, email = "skipped", one.skip, _address(one.email)
        elif not one.email:
            verdict = "no_address"
        else:
            email = _address(one.email)
            seen = first.setdefault(email, one.number) if email else 0
            if email is None:
                verdict = "bad_address"
            elif seen != one.number:
                verdict, detail = "duplicate", str(seen)
        rows.append(Row(one.number, email, verdict, detail))
    return rows


def _somewhere(cells: Sequence[str]) -> str | None:
    """An address in a row that cannot be read: who is erased is erased there too."""
    return next(
        (found for one in cells if "@" in one and (found := _address(one.strip("\"'")))), None
    )


def _address(text: str) -> str | None:
    try:
        return accounts.address(text)
    except identity.Refused:
        return None


def world(edition: Edition, addresses: Sequence[str]) -> World:
    """What decides over these addresses now: three queries for each thousand of them."""
    found = World({}, set(), set(), enrolling.seats_left(edition), enrolling.is_over(edition))
    known: dict[str, Account] = {}
    session = db.session()
    for place in range(0, len(addresses), 1000):
        some = addresses[place : place + 1000]
        people = select(Person.email, Person.id, Person.confirmed_at, Person.active)
        for email, key, confirmed, active in session.execute(people.where(Person.email.in_(some))):
            known[str(email)] = Account(key, confirmed is not None, active)
        seated = select(Enrolment.person_id).join(Person, Person.id == Enrolment.person_id)
        seated = seated.where(Enrolment.edition_id == edition.activity_id, Person.email.in_(some))
        found.enrolled |= set(session.scalars(seated.where(Enrolment.state == "enrolled")))
        invited = select(Invitation.email).where(
            Invitation.edition_id == edition.activity_id,
            Invitation.email.in_(some),
            Invitation.bound_at.is_(None),
            Invitation.withdrawn_at.is_(None),
        )
        found.invited |= set(session.scalars(invited))
    found.accounts = known
    return found


def _as_row(made: Import, entry: Entry, row: Row) -> dict[str, Any]:
    return {
        "import_id": made.id,
        "number": row.number,
        "person_id": row.person_id,
        "email": row.email,
        "values": entry.values,
        "entry": {"name": entry.name, "language": entry.language, "cohorts": entry.cohorts},
        "verdict": row.verdict,
        "detail": row.detail,
    }


def file(one: Import) -> Iterator[bytes]:
    """The verdicts as a CSV file, in pieces from one query of a session of its own: the columns
    of the original, then row, verdict and reason, in the language of who asks."""
    header = [*(exports.cell(name) for name in one.header), "row", "verdict", "reason"]
    say = verdicts.sayer(one.state)
    rows = select(ImportRow.values, ImportRow.number, ImportRow.verdict, ImportRow.detail)
    rows = rows.where(ImportRow.import_id == one.id).order_by(ImportRow.number)
    return _written(db.reader(), rows, header, say)


def _written(
    reader: Session, rows: Select[Any], header: list[str], say: Callable[[str, str | None], str]
) -> Iterator[bytes]:
    try:
        found = reader.execute(rows.execution_options(yield_per=500))
        cells = ([*said, number, name, say(name, why)] for said, number, name, why in found)
        yield from (piece.encode() for piece in exports.as_csv(header, cells))
    finally:
        reader.close()


def counts(one: Import) -> dict[str, int]:
    """How many rows have which verdict, in the order of verdicts.ORDER."""
    rows = select(ImportRow.verdict, func.count()).where(ImportRow.import_id == one.id)
    said = db.session().execute(rows.group_by(ImportRow.verdict)).all()
    found = {row[0]: row[1] for row in said}
    return {name: found[name] for name in verdicts.ORDER if name in found}


def done(one: Import) -> int:
    """How many rows are decided for good."""
    rows = select(func.count()).where(ImportRow.import_id == one.id, ImportRow.done_at.is_not(None))
    return db.session().scalar(rows) or 0


def get(edition: Edition, import_id: UUID, *, by: Person) -> Import:
    """An import into an edition. Raises Forbidden, NotFound."""
    permissions.demand(by, MAY, edition.activity)
    found = db.session().get(Import, import_id)
    if found is None or found.edition_id != edition.activity_id:
        raise NotFound(_l("There is no such import. Imports are kept for 90 days."))
    return found


def get_any(import_id: UUID, *, by: Person) -> Import:
    """The same without its edition; a stranger's is as none. Raises NotFound."""
    found = db.session().get(Import, import_id)
    if found is None or not permissions.may(by, MAY, found.edition.activity):
        raise NotFound(_l("There is no such import. Imports are kept for 90 days."))
    return found


def page_of(
    edition: Edition, *, by: Person, cursor: str | None = None, limit: int = 50
) -> tuple[list[Import], str | None]:
    """Some imports into an edition, the latest first, and the cursor of the rest."""
    permissions.demand(by, MAY, edition.activity)
    newest = (Import.created_at, Import.id)
    rows = select(Import).where(Import.edition_id == edition.activity_id)
    place = paging.place(cursor, type(db.now()), UUID)
    if place:
        rows = rows.where(paging.below(newest, place))
    rows = rows.options(joinedload(Import.uploader))
    rows = rows.order_by(*(one.desc() for one in newest)).limit(limit + 1)
    return paging.page(
        db.session().scalars(rows).all(), limit, lambda one: (one.created_at, one.id)
    )


def rows_of(
    one: Import, *, verdict: str | None = None, cursor: str | None = None, limit: int = 50
) -> tuple[list[ImportRow], str | None]:
    """Some rows in the order of the file, of one verdict or of all, and the cursor of the rest."""
    rows = select(ImportRow).where(ImportRow.import_id == one.id)
    if verdict:
        rows = rows.where(ImportRow.verdict == verdict)
    place = paging.place(cursor, int)
    if place:
        rows = rows.where(ImportRow.number > place[0])
    found = db.session().scalars(rows.order_by(ImportRow.number).limit(limit + 1)).all()
    return paging.page(found, limit, lambda row: (row.number,))


def purge(payload: dict[str, Any]) -> None:
    """The job that deletes an import with its rows, when nobody needs to look at it any more."""
    with db.transaction() as session:
        one = session.get(Import, UUID(payload["import"]))
        if one is not None:
            session.execute(delete(ImportRow).where(ImportRow.import_id == one.id))
            session.delete(one)
