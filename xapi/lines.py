"""The lines of a file in which a whole store moves: what stands in each, and how it is read.

One JSON object a line, its kind said by its first member: `house` (the first line), then
`registration`, `statement`, `activity`, `document` in this order, and `end`. The text of a
statement stands there as it is kept, or as a string (`text`) where a line break is in it.
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


class Statement(msgspec.Struct, tag_field="line", tag="statement", omit_defaults=True):
    """A statement, and what the store knows that it does not say: whether it may move progress,
    what voided it, who stands for it (None: the house)."""

    moves: bool = False
    voided_by: UUID | None = None
    authority: str | None = None
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


Line = House | Registration | Statement | Activity | Document | End

_decoder = msgspec.json.Decoder(Line)


def read(line: bytes) -> Any:
    """One line. Raises ValueError that says what is wrong with it."""
    line.decode()  # msgspec reads past the inside of a Raw
    return _decoder.decode(line)


def write(line: Line) -> bytes:
    return bytes(_encode(line)) + b"\n"


def of_statement(body: str, moves: bool, voided_by: UUID | None, authority: str | None) -> bytes:
    if "\n" in body or "\r" in body:
        return write(Statement(moves, voided_by, authority, text=body))
    return write(Statement(moves, voided_by, authority, body=Raw(body.encode())))
