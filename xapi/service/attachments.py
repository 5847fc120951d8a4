"""Contents that come with statements: one file each, and a row that says whose they are."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from sqlalchemy import delete, select

from app import db, files, jobs
from xapi.attachments import File
from xapi.models import Attachment

SHELF = "xapi"


def lay_down(found: Iterable[File]) -> None:
    """Put files into the store before anything is written; meanwhile nobody is held up."""
    some = list(found)
    if some:
        with db.reading():
            for one in some:
                files.lay_down(SHELF, one.name, one.pieces)


def keep(found: Mapping[int, Sequence[File]]) -> None:
    """Say which new statements, by seq, name which files; those are kept with them."""
    rows = [_row(seq, one) for seq, some in found.items() for one in some]
    if not rows:
        return
    for one in {one.name: one for some in found.values() for one in some}.values():
        files.hold(SHELF, one.name, one.pieces)
    db.session().connection().execute(db.insert_new(Attachment, "seq"), rows)


def drop(seqs: Collection[int]) -> None:
    """Statements that are taken away name nothing any more; their files are swept later."""
    db.session().execute(delete(Attachment).where(Attachment.seq.in_(seqs)))


def keep_only(seq: int, hashes: Collection[str]) -> None:
    """Of what came with a statement no more than these (in lower case) is named any more."""
    gone = Attachment.sha2.not_in(hashes)
    db.session().execute(delete(Attachment).where(Attachment.seq == seq, gone))


def of(seqs: Collection[int]) -> list[File]:
    """What came with these statements, each of its hashes once."""
    if not seqs:
        return []
    rows = select(Attachment).where(Attachment.seq.in_(seqs))
    rows = rows.order_by(Attachment.seq, Attachment.sha2)
    found = {one.sha2: _file(one) for one in db.session().scalars(rows)}
    return list(found.values())


def sweep() -> None:
    """Remove the files of acts that were undone, and of statements that are gone."""
    files.sweep(SHELF, _named)


jobs.chores["attachments.swept"] = jobs.hourly(sweep)


def _named(names: Collection[str]) -> Collection[str]:
    rows = select(Attachment.name).where(Attachment.name.in_(names)).distinct()
    return db.session().scalars(rows).all()


def _row(seq: int, one: File) -> dict[str, object]:
    return {
        "seq": seq,
        "sha2": one.sha2,
        "name": one.name,
        "length": one.length,
        "type": one.type,
    }


def _file(row: Attachment) -> File:
    return File(row.sha2, row.name, row.length, row.type, files.reading(SHELF, row.name))
