"""Contents of attachments in a file of a whole store: put into the file store before the statements
that name them are read."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from tempfile import TemporaryFile
from typing import IO, Any

from app import files
from xapi import lines
from xapi.service.arriving import Report
from xapi.service.attachments import SHELF


def lay_down(read: Iterator[tuple[int, Any]], report: Report) -> Iterator[tuple[int, Any]]:
    """All other lines; what is attached to statements is laid down on the way, a piece at a time,
    outside of any transaction. What does not have the hash that it says is refused."""
    with TemporaryFile() as waiting:
        name, size = "", 0
        for number, line in read:
            if not isinstance(line, lines.Content):
                yield number, line
                continue
            if line.start == 0:
                waiting.truncate(0)
                waiting.seek(0)
                name, size = line.name, 0
            if (line.name, line.start) != (name, size):
                report.refuse(number, "a piece of contents without those before it")
                continue
            size += waiting.write(line.piece)
            if line.ends:
                _keep(waiting, line.name, number, report)


def _keep(waiting: IO[bytes], name: str, number: int, report: Report) -> None:
    if files.is_there(SHELF, name):
        report.known += 1
        return
    digest = hashlib.sha256()
    for piece in _pieces(waiting):
        digest.update(piece)
    if digest.hexdigest() != name:
        report.refuse(number, "contents that have another hash")
        return
    files.lay_down(SHELF, name, lambda: _pieces(waiting))
    report.add("content")


def _pieces(waiting: IO[bytes]) -> Iterator[bytes]:
    waiting.seek(0)
    while piece := waiting.read(files.PIECE):
        yield piece
    waiting.seek(0, 2)
