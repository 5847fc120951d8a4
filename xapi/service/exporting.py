"""Taking a whole store out, in pieces: what was stored up to a settled moment, never past it.

Beside the file that is being written stands a note of how far it is safe; whoever begins again
goes on from there. Each piece is its own member of a gzip file, so that it can end anywhere.
"""

from __future__ import annotations

import gzip
import os
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import msgspec
from msgspec import Raw
from sqlalchemy import func, select

from app import activities, db, files
from app.errors import Conflict
from app.models import Activity, Registration
from xapi import lines
from xapi.models import Attachment, Document, Spoken, Statement
from xapi.service import attachments

PIECE = 1000
_FEW = 20
"""Documents and activities of one piece: a document may have 2 MB."""


class Note(msgspec.Struct):
    """How far a file is written: so many bytes, up to this key of this kind."""

    since: datetime | None
    until: datetime
    bytes: int = 0
    kind: str = "house"
    after: Any = None
    counts: dict[str, int] = {}


def total(since: datetime | None, until: datetime | None) -> int:
    """About how many statements it will be."""
    rows = select(func.count()).select_from(Statement)
    if since is not None:
        rows = rows.where(Statement.stored > since)
    if until is not None:
        rows = rows.where(Statement.stored <= until)
    return db.session().scalar(rows) or 0


def export(
    file: Path,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    told: Callable[[int], None] = lambda _: None,
) -> dict[str, int]:
    """Write everything stored after `since` and not after `until` into this file; how many lines
    of each kind. Tells how many statements are written. An export of the same that was interrupted
    goes on. Raises Conflict where the file is there already."""
    if file.exists():
        raise Conflict(f"{file} is there already: nothing was written over it.")
    settled = db.settled()
    part, beside = file.with_name(f"{file.name}.part"), file.with_name(f"{file.name}.part.json")
    fresh = Note(since, min(until or settled, settled))
    note = _resumed(part, beside, fresh, until) or fresh
    with _private(part).open("r+b") as out:
        out.truncate(note.bytes)
        out.seek(note.bytes)
        for kind, after, written in _pieces(note):
            text = b"".join(written)
            out.write(gzip.compress(text, 5) if file.suffix == ".gz" else text)
            out.flush()
            os.fsync(out.fileno())
            note.bytes, note.kind, note.after = out.tell(), kind, after
            _remember(beside, note)
            told(note.counts.get("statement", 0))
    part.rename(file)
    beside.unlink(missing_ok=True)
    return note.counts


def _resumed(part: Path, beside: Path, fresh: Note, until: datetime | None) -> Note | None:
    """What was written of the same export before; None to begin anew."""
    try:
        note = msgspec.json.decode(beside.read_bytes(), type=Note)
    except (OSError, msgspec.DecodeError):
        return None
    same = note.since == fresh.since and (until is None or note.until == fresh.until)
    return note if same and part.exists() and part.stat().st_size >= note.bytes else None


def _private(part: Path) -> Path:
    """What people did is nobody else's to read."""
    os.close(os.open(part, os.O_WRONLY | os.O_CREAT, 0o600))
    return part


def _remember(beside: Path, note: Note) -> None:
    new = beside.with_name(f"{beside.name}.new")
    new.write_bytes(msgspec.json.encode(note))
    new.rename(beside)


def _pieces(note: Note) -> Iterator[tuple[str, Any, list[bytes]]]:
    """Lines, with the kind and the key of the last of them; counts them in the note."""
    if note.kind == "house" and note.bytes == 0:
        house = lines.House(lines.FORMAT, activities.site(), note.until, note.since)
        yield "house", None, [lines.write(house)]
    kinds = [*_READ]
    going = kinds.index(note.kind) if note.kind in kinds else 0
    for kind in kinds[going:] if note.kind != "end" else ():
        after = note.after if note.kind == kind else None
        while some := _READ[kind](note, after):
            after = some[-1][0]
            note.counts[kind] = note.counts.get(kind, 0) + len(some)
            yield kind, after, [line for _, line in some]
            db.session().rollback()  # each piece is read for itself: none keeps an old state
    if note.kind != "end":
        yield "end", None, [lines.write(lines.End(note.counts))]


Some = list[tuple[Any, bytes]]


def _registrations(_: Note, after: str | None) -> Some:
    rows = select(Registration, Activity.iri).join(Activity, Registration.activity)
    if after is not None:
        rows = rows.where(Registration.id > UUID(str(after)))
    found = db.session().execute(rows.order_by(Registration.id).limit(PIECE)).all()
    return [
        (
            str(one.id),
            lines.write(
                lines.Registration(one.id, one.person_id, iri, one.opened_at, one.closed_at)
            ),
        )
        for one, iri in found
    ]


def _statements(note: Note, after: int | None) -> Some:
    """In the order of their arrival, each with what is attached to it."""
    rows = select(
        Statement.seq,
        Statement.body,
        Statement.moves,
        Statement.voided_by,
        Statement.authority,
    ).where(Statement.seq > (after or 0), Statement.stored <= note.until)
    if note.since is not None:
        rows = rows.where(Statement.stored > note.since)
    found = db.session().execute(rows.order_by(Statement.seq).limit(PIECE)).all()
    beside = _attached([one.seq for one in found])
    return [
        (
            one.seq,
            lines.of_statement(
                one.body, one.moves, one.voided_by, one.authority, beside.get(one.seq, [])
            ),
        )
        for one in found
    ]


def _attached(seqs: Sequence[int]) -> dict[int, list[lines.File]]:
    rows = select(Attachment).where(Attachment.seq.in_(seqs))
    found: dict[int, list[lines.File]] = {}
    for one in db.session().scalars(rows.order_by(Attachment.seq, Attachment.sha2)):
        told = lines.File(one.sha2, one.name, one.length, one.type)
        found.setdefault(one.seq, []).append(told)
    return found


def _contents(note: Note, after: list[Any] | None) -> Some:
    """The next piece of the contents that statements name, by their names; each once."""
    name, start = after or ("", 0)
    while True:
        if start == 0 and (name := _next_name(note, name)) is None:
            return []
        try:
            piece, ends = files.part(attachments.SHELF, name, start=start, length=_BYTES)
        except FileNotFoundError:  # a store that has lost it has nothing to move
            start = 0
            continue
        line = lines.write(lines.Content(name, start, piece, ends))
        return [([name, 0 if ends else start + len(piece)], line)]


_BYTES = 1_000_000


def _next_name(note: Note, after: str) -> Any:
    rows = select(func.min(Attachment.name)).join(Statement, Statement.seq == Attachment.seq)
    rows = rows.where(Attachment.name > after, Statement.stored <= note.until)
    if note.since is not None:
        rows = rows.where(Statement.stored > note.since)
    return db.session().scalar(rows)


def _activities(_: Note, after: str | None) -> Some:
    rows = select(Spoken.id, Spoken.iri, Spoken.definition)
    if after is not None:
        rows = rows.where(Spoken.id > UUID(str(after)))
    found = db.session().execute(rows.order_by(Spoken.id).limit(_FEW))
    return [
        (str(key), lines.write(lines.Activity(iri, Raw(definition.encode()))))
        for key, iri, definition in found
    ]


def _documents(note: Note, after: str | None) -> Some:
    rows = select(Document)
    if after is not None:
        rows = rows.where(Document.key > UUID(str(after)))
    if note.since is not None:
        rows = rows.where(Document.updated_at > note.since)
    found = db.session().scalars(rows.order_by(Document.key).limit(_FEW))
    return [
        (
            str(one.key),
            lines.write(
                lines.Document(
                    resource=one.resource,
                    name=one.name,
                    type=one.type,
                    updated=one.updated_at,
                    content=one.content,
                    activity=one.activity,
                    agent=one.agent_key,
                    registration=one.registration_id,
                )
            ),
        )
        for one in found
    ]


_READ: dict[str, Callable[[Note, Any], Some]] = {
    "registration": _registrations,
    "content": _contents,
    "statement": _statements,
    "activity": _activities,
    "document": _documents,
}
