"""Bringing a whole store in: in pieces, each kept at once, so that a second call goes on.

What is there already is left as it is, so a second import changes nothing. A line that is wrong
stops no other. What says that it moves progress does so in a file that is trusted, and in no other.
"""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import msgspec
from sqlalchemy import select

from app import activities, audit, db
from app.errors import Problem
from app.models import Activity, AuditEntry, Person, Registration, activity_id
from xapi import documents, lines
from xapi.models import Document
from xapi.service import arriving, known, unpacking
from xapi.service.arriving import Numbered, Refused, Report

PIECE = 500


def bring(file: Path, *, trusted: bool, told: Callable[[int], None] = lambda _: None) -> Report:
    """Keep what this file holds; tells how many lines are read. `trusted`: what it says moves
    progress does, once progress is rebuilt.

    The audit says, with each piece, how far it came. Raises OSError; Problem where the file is
    none, or that of a house with another address.
    """
    report = Report()
    entry: int | None = None
    read = _lines(file, report)
    _check_house(next(read, None))
    read = unpacking.lay_down(read, report)
    while piece := list(islice(read, PIECE)):
        with db.transaction():
            _keep(piece, report, trusted)
            entry = _audited(entry, file, report, trusted)
        told(piece[-1][0])
    with db.transaction():
        _audited(entry, file, report, trusted)
    return report


def _lines(file: Path, report: Report) -> Iterator[tuple[int, Any]]:
    """Lines with their numbers, read one at a time; those that are none are refused."""
    opened: Any = gzip.open if file.suffix == ".gz" else open
    number = 0
    with opened(file, "rb") as source:
        try:
            for number, line in enumerate(source, start=1):
                try:
                    yield number, lines.read(line)
                except (ValueError, RecursionError) as wrong:
                    report.refuse(number, wrong)
        except (EOFError, gzip.BadGzipFile, zlib.error) as wrong:
            report.refuse(number + 1, f"the file breaks off: {wrong}")


def _check_house(first: tuple[int, Any] | None) -> None:
    house = first[1] if first else None
    if not isinstance(house, lines.House) or house.format != lines.FORMAT:
        raise Problem("This is no export of a statement store.")
    if house.site != activities.site():
        raise Problem(f"This is the store of {house.site}: set PASSAGE_SITE to that address.")


def _audited(entry: int | None, file: Path, report: Report, trusted: bool) -> int:
    """One entry for each import, brought up to date with each piece."""
    said = {"file": file.name, "trusted": trusted, **report.in_short()}
    if entry is None:
        made = audit.record("statements.imported", "xapi", actor=None, after=said)
        db.session().flush()
        return made.id
    db.session().get_one(AuditEntry, entry).after = said
    return entry


def _keep(piece: Numbered, report: Report, trusted: bool) -> None:
    def of(kind: type) -> Numbered:
        return [(number, line) for number, line in piece if isinstance(line, kind)]

    if trusted:
        _registrations(of(lines.Registration), report)
    arriving.keep(of(lines.Statement), report, trusted)
    _activities(of(lines.Activity), report)
    _documents(of(lines.Document), report)
    report.whole = report.whole or bool(of(lines.End))


def _registrations(told: Numbered, report: Report) -> None:
    """Passages through activities of this house; who is not known is a person without a name."""
    if not told:
        return
    about = {activity_id(line.activity) for _, line in told}
    there = set(db.session().scalars(select(Activity.id).where(Activity.id.in_(about))))
    ids = [line.id for _, line in told]
    standing = arriving.passages(ids)
    wanted = [
        (number, line)
        for number, line in told
        if line.id not in standing and activity_id(line.activity) in there
    ]
    _people({line.person for _, line in wanted})
    writer = db.session().connection()
    rows = [
        {
            "id": line.id,
            "person_id": line.person,
            "activity_id": activity_id(line.activity),
            "opened_at": line.opened,
            "closed_at": line.closed,
        }
        for _, line in wanted
    ]
    made = set(writer.execute(db.insert_new(Registration, "id"), rows).scalars()) if rows else set()
    report.add("registration", len(made))
    for number, line in told:
        if line.id in standing:
            if standing[line.id] != line.person:
                report.refuse(number, "a registration of somebody else has this id")
            else:
                report.known += 1
        elif activity_id(line.activity) not in there:
            report.refuse(number, f"this house has no activity {line.activity}: load it first")
        elif line.id not in made:
            report.refuse(number, "this person has another open registration for the activity")


def _people(ids: set[UUID]) -> None:
    """Of whom only the id is known, is what an erased person is: nobody's account."""
    time = db.now()
    rows = [
        {
            "id": one,
            "name": "",
            "folded": "",
            "language": "en",
            "timezone": "UTC",
            "active": False,
            "fs_uniquifier": uuid4().hex,
            "created_at": time,
            "erased_at": time,
        }
        for one in sorted(ids)
    ]
    if rows:
        db.session().connection().execute(db.insert_new(Person, "id"), rows).all()


def _activities(told: Numbered, report: Report) -> None:
    ours = f"{activities.site()}/activities/"
    said: dict[str, dict[str, Any]] = {}
    for number, line in told:
        try:
            definition = msgspec.json.decode(line.definition, type=dict[str, Any])
            if "\0" in line.id or line.id.startswith(ours):
                raise Refused("only this house says what its activities are")
            said[line.id] = definition
        except (ValueError, RecursionError) as wrong:
            report.refuse(number, wrong)
    known.add(said)
    report.add("activity", len(said))


_RESOURCES = {one.name: one for one in (documents.STATE, documents.AGENT, documents.ACTIVITY)}


def _documents(told: Numbered, report: Report) -> None:
    """Where one of this name stands, the one that was changed last is kept."""
    for number, line in told:
        resource = _RESOURCES.get(line.resource)
        words = f"{line.name}{line.type}{line.activity}{line.agent}"
        if resource is None or "\0" in words or len(line.content) > documents.LARGEST:
            report.refuse(number, "no document that a store keeps")
            continue
        context = documents.Context(resource, line.activity, line.agent, line.registration)
        standing = db.session().get(Document, context.key_of(line.name))
        if standing is not None and standing.updated_at >= line.updated:
            report.known += 1
            continue
        db.session().merge(
            Document(
                key=context.key_of(line.name),
                context=context.key,
                resource=line.resource,
                activity=line.activity,
                agent_key=line.agent,
                registration_id=line.registration,
                name=line.name,
                type=line.type,
                etag=documents.etag(line.content),
                updated_at=line.updated,
                content=line.content,
            )
        )
        db.session().flush()
        report.add("document")
