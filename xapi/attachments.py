"""Attachments: which contents belong to which statement (xAPI Data, 2.4.11; Communication, 1.5)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from uuid import UUID

from msgspec import UNSET

from app.errors import Problem
from xapi import parts, signatures
from xapi.parts import Part, Sent, Written
from xapi.rules import Broken, Checked
from xapi.shapes import Attachment, SubStatement

_SECTION = "xAPI Communication, 1.5.2"


@dataclass(frozen=True, slots=True)
class File:
    """Contents that came with a statement. `sha2` is how the statement names them, in lower case;
    `name` how the file store does."""

    sha2: str
    name: str
    length: int
    type: str
    pieces: Callable[[], Iterable[bytes]] = field(compare=False, repr=False)


def written(one: File) -> Written:
    """A file as the part of an answer or of a request."""
    headers = {
        "Content-Type": one.type,
        "Content-Length": str(one.length),
        "Content-Transfer-Encoding": "binary",
        "X-Experience-API-Hash": one.sha2,
    }
    return Written(headers, one.length, one.pieces)


NOTHING = Sent(b"")
"""What comes with statements that are sent alone."""


def told(checked: Checked) -> Iterator[tuple[str, Attachment]]:
    """The attachments of a statement and of a SubStatement in it, each with its place."""
    for place, one in enumerate(checked.statement.attachments or ()):
        yield f"attachments[{place}]", one
    if isinstance(checked.object, SubStatement):
        for place, one in enumerate(checked.object.attachments or ()):
            yield f"object.attachments[{place}]", one


def check_parts(sent: Sent) -> None:
    """Each part is what its headers say. Raises Problem."""
    for place, part in enumerate(sent.parts, 2):
        named = part.headers.get(parts.HASH)
        if not named:
            raise _wrong(place, "X-Experience-API-Hash is missing")
        if not part.digest:
            raise _wrong(place, "X-Experience-API-Hash is a hash of the SHA-2 family")
        if named.lower() != part.digest:
            raise _wrong(place, "its contents have another hash than X-Experience-API-Hash says")
        if part.headers.get(parts.ENCODING, "binary").lower() != "binary":
            raise _wrong(place, "Content-Transfer-Encoding is binary")
        said = part.headers.get("content-length")
        if said is not None and said != str(part.length):
            raise _wrong(place, f"it has {part.length} bytes, and Content-Length says another")


def check_named(sent: Sent, statements: Iterable[Checked]) -> None:
    """Each part is named by one of all these statements. Raises Problem."""
    named = {one.sha2.lower() for checked in statements for _, one in told(checked)}
    for place, part in enumerate(sent.parts, 2):
        if part.digest not in named:
            raise _wrong(place, "no attachment of a statement has this X-Experience-API-Hash")


def _wrong(place: int, sentence: str) -> Problem:
    return Problem(f"Part {place} of the request: {sentence} ({_SECTION}).")


def match(checked: Checked, sent: Sent, *, text: str, statement_id: UUID) -> tuple[File, ...]:
    """The contents that came with a statement, each once; a signature of it is looked into. Raises
    Broken where some are missing, or are others than is told."""
    found: dict[str, File] = {}
    for place, one in told(checked):
        part = sent.by_digest.get(one.sha2.lower())
        if part is None:
            _demand_address(place, one, sent)
        else:
            _demand_same(place, one, part)
            found[part.digest] = _file(one, part, sent)
        if one.usageType == signatures.USAGE and not place.startswith("object"):
            _check_signature(place, one, part)
            _judge(place, b"".join(found[one.sha2.lower()].pieces()), text, statement_id)
    return tuple(found.values())


def _demand_address(place: str, one: Attachment, sent: Sent) -> None:
    if one.fileUrl is not UNSET:
        return
    if not sent.parts:
        rule = "sent without its contents, an attachment needs an address"
        raise Broken(f"{place}.fileUrl", rule)
    rule = f"no part of the request has this hash, and there is no fileUrl ({_SECTION})"
    raise Broken(f"{place}.sha2", rule)


def _demand_same(place: str, one: Attachment, part: Part) -> None:
    """What a part says of itself (Content-Length, Content-Type) is what the statement says of it.

    Where a part says no length, none is counted: contents are matched by their hash and in no
    other way (Communication, 1.5.2), and ADL’s suite sends another (XAPI-00127, its issue 273).
    """
    said = part.headers.get("content-length")
    if said is not None and one.length != part.length:
        raise Broken(f"{place}.length", f"its part of the request has {part.length} bytes")
    said = part.headers.get("content-type")
    if said is not None and _media(said) != _media(one.contentType):
        raise Broken(f"{place}.contentType", "its part of the request says another Content-Type")


def _media(told: str) -> str:
    """A media type without its parameters: the specification's own example leaves them out."""
    return re.split(r"[;\s]", told.strip(), maxsplit=1)[0].lower()


def _file(one: Attachment, part: Part, sent: Sent) -> File:
    return File(part.digest, part.sha256, part.length, one.contentType, lambda: sent.pieces(part))


def _check_signature(place: str, one: Attachment, part: Part | None) -> None:
    if one.contentType != "application/octet-stream":
        raise Broken(f"{place}.contentType", "a signature is application/octet-stream (Data, 2.6)")
    if part is None:
        raise Broken(place, "a signature is sent along with its statement (Data, 2.6)")
    if part.length > signatures.LONGEST:
        raise Broken(place, f"a signature has at most {signatures.LONGEST} bytes")


def _judge(place: str, signed: bytes, text: str, statement_id: UUID) -> None:
    try:
        signatures.check(signed, text, statement_id)
    except signatures.Unsound as unsound:
        raise Broken(place, f"{unsound} (Data, 2.6)") from unsound
