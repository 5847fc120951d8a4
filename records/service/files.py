"""Completion records as a file: CSV, a spreadsheet or JSON Lines, and the trace that it leaves."""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from tempfile import TemporaryFile
from typing import IO, Any
from uuid import UUID

from flask_babel import lazy_gettext as _l

from app import audit, db, exports, jobs, workbook
from app.errors import Invalid
from app.exports import Part
from app.models import Person
from records.service import reading, table
from records.service.asking import Asked

Told = Callable[[int], None]
"""Hears now and then how many records were written."""

_PIECE = 64 * 1024


@dataclass(frozen=True, slots=True)
class File:
    """A file to be sent: its name, its media type, and its body in pieces."""

    name: str
    mimetype: str
    body: Iterator[bytes]


def export(
    asked: Asked, form: str, *, by: Person | None, language: str, told: Told | None = None
) -> File:
    """The records as a file of one of exports.FORMATS, streamed from one query; a trace of it is
    written when it was sent.

    A spreadsheet is written to a temporary file first, outside any transaction that writes, and
    sent from there. Raises Invalid (field `format`) for more rows than a spreadsheet can have.
    """
    if form not in exports.FORMATS:
        raise Invalid({"format": _l("There is no such format.")})
    if form == "xlsx" and table.count(asked, workbook.MOST_ROWS + 1) > workbook.MOST_ROWS:
        raise Invalid({"format": _l("A spreadsheet holds 1,048,575 rows. Filter, or take CSV.")})
    counted = _Counting(reading.stream(asked, language), told)
    body = _FORMS[form](table.header(asked), counted)
    trace = {"format": form, **_traced(asked)}
    return File(
        f"completions-{_slug(asked.subject)}.{form}",
        exports.FORMATS[form],
        _leaving(body, counted, trace, by.id if by else None),
    )


class _Counting:
    """Passes parts on and counts their rows."""

    def __init__(self, parts: Iterable[Part], told: Told | None) -> None:
        self._parts = parts
        self._told = told
        self.count = 0

    def __iter__(self) -> Iterator[Part]:
        for part in self._parts:
            self.count += len(part[0])
            yield part
            if self._told:
                self._told(self.count)


def _csv(header: list[str], parts: Iterable[Part]) -> Iterator[bytes]:
    return (piece.encode() for piece in exports.columns_as_csv(header, parts))


def _xlsx(header: list[str], parts: Iterable[Part]) -> Iterator[bytes]:
    """Made now, sent from the temporary file, which is gone when it is closed."""
    file = TemporaryFile()  # noqa: SIM115  (closed when it was sent)
    try:
        exports.write_xlsx(file, header, parts)
        file.seek(0)
    except BaseException:
        file.close()
        raise
    return _sent(file)


def _sent(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        while piece := file.read(_PIECE):
            yield piece


_FORMS: dict[str, Callable[[list[str], Iterable[Part]], Iterator[bytes]]] = {
    "csv": _csv,
    "xlsx": _xlsx,
    "jsonl": exports.columns_as_jsonl,
}


def _slug(key: str | None) -> str:
    return re.sub(r"[^A-Za-z0-9.]+", "-", key or "all").strip("-")


# The trace: a download is a GET, which writes nothing, so what is known of it waits in memory.

_waiting: deque[tuple[UUID | None, dict[str, Any]]] = deque()


def _traced(asked: Asked) -> dict[str, Any]:
    """What was asked for, without words that may be somebody's name."""
    return {name: "…" if name == "words" else value for name, value in asked.given.items()}


def _leaving(
    body: Iterator[bytes], counted: _Counting, trace: dict[str, Any], actor: UUID | None
) -> Iterator[bytes]:
    """The same pieces; at their end, also of a file that was broken off, a trace is left."""
    try:
        yield from body
    finally:
        _waiting.append((actor, {**trace, "rows": counted.count}))


def write_traces() -> None:
    """Write down which files were taken; the sweeper calls this between its jobs."""
    if not _waiting:
        return
    with db.transaction() as session:
        while _waiting:
            actor, after = _waiting.popleft()
            audit.record(
                "completions.exported",
                "completions",
                actor=session.get(Person, actor) if actor else None,
                after=after,
            )


jobs.chores["completions.exported"] = write_traces
