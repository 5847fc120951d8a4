"""The lines of a file in which a whole store moves: what stands in each, and how it is read.

One JSON object a line, its kind said by its first member: `house` (the first line), then
`registration`, `content`, `statement`, `activity`, `document` in this order, and `end`. The text of
a statement stands there as it is kept, or as a string (`text`) where a line break is in it.
Credentials are never among them.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from msgspec import Raw

FORMAT = 1

_encode = msgspec.json.Encoder().encode


class House(msgspec.Struct, tag_field="line", tag="house"):
    """Whose store it is; the bounds of the time of storing (`since` exclusive)."""

    format: int
    site: str
    until: datetime
    since: datetime | None = None


class Registration(msgspec.Struct, tag_field="line", tag="registration"):
    """That a person, who has no name here, entered an activity."""

    id: UUID
    person: UUID
    activity: str
    opened: datetime
    closed: datetime | None = None


class Content(msgspec.Struct, tag_field="line", tag="content", omit_defaults=True):
    """A piece of what is attached to statements (base64), from this byte on; `name` is the SHA-256
    of the whole, which ends with the piece that says so."""

    name: str
    start: int
    piece: bytes
    ends: bool = False


class File(msgspec.Struct):
    """That a statement names contents by a hash (models.Attachment)."""

    sha2: str
    name: str
    length: int
    type: str


class Statement(msgspec.Struct, tag_field="line", tag="statement", omit_defaults=True):
    """A statement, and what the store knows that it does not say: whether it may move progress,
    what voided it, who stands for it (None: the house), and which contents came with it."""

    moves: bool = False
    voided_by: UUID | None = None
    authority: str | None = None
    files: list[File] = []
    body: Raw = Raw()
    text: str | None = None

    @property
    def told(self) -> str:
        """The text as it was kept. Raises ValueError where there is none."""
        told = bytes(self.body).decode() or self.text
        if not told:
            raise ValueError("a line of a statement without its text")
        return told


class Activity(msgspec.Struct, tag_field="line", tag="activity"):
    """What strangers say of an activity."""

    id: str
    definition: Raw


class Document(msgspec.Struct, tag_field="line", tag="document"):
    """A state or a profile; `content` is base64."""

    resource: str
    name: str
    type: str
    updated: datetime
    content: bytes
    activity: str | None = None
    agent: str | None = None
    registration: UUID | None = None


class End(msgspec.Struct, tag_field="line", tag="end"):
    """That nothing is missing: how many lines there are of each kind."""

    counts: dict[str, int]


Line = House | Registration | Content | Statement | Activity | Document | End

_decoder = msgspec.json.Decoder(Line)


def read(line: bytes) -> Any:
    """One line. Raises ValueError that says what is wrong with it."""
    line.decode()  # msgspec reads past the inside of a Raw
    return _decoder.decode(line)


def write(line: Line) -> bytes:
    return bytes(_encode(line)) + b"\n"


def of_statement(
    body: str,
    moves: bool,
    voided_by: UUID | None,
    authority: str | None,
    files: list[File],
) -> bytes:
    line = Statement(moves, voided_by, authority, files)
    if "\n" in body or "\r" in body:
        line.text = body
    else:
        line.body = Raw(body.encode())
    return write(line)
