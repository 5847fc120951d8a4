"""multipart/mixed: a request taken apart as it comes, an answer put together (RFC 2046, 5.1).

The statements stand in memory, for they are read as a whole; what is attached goes to one
temporary file, which is on the disk as soon as it is larger than a few pages.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from tempfile import SpooledTemporaryFile
from typing import IO, Any

PIECE = 64 * 1024
MOST = 1_000
"""Parts of one request."""
_LONGEST_LINE = 8_000
_MOST_LINES = 20
_BREAK = b"\r\n"

HASH = "x-experience-api-hash"
ENCODING = "content-transfer-encoding"
_ALGORITHMS = {56: "sha224", 64: "sha256", 96: "sha384", 128: "sha512"}
"""The members of the SHA-2 family, by the digits of their hashes."""


class Malformed(ValueError):
    """No multipart/mixed; the message says what is wrong with it."""


class TooLarge(ValueError):
    """More than is allowed; the message says of what, and how much is."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Bytes: of the first part, and of each further one."""

    first: int
    further: int


@dataclass(frozen=True, slots=True)
class Part:
    """What is attached: its headers (names in lower case), and where it stands in the file.

    `digest` is of the algorithm that its own header speaks of, and "" where that is none.
    """

    headers: Mapping[str, str]
    start: int
    length: int
    digest: str
    sha256: str


@dataclass(slots=True)
class Sent:
    """What a request brought: the first part, its headers, and what is attached to it."""

    text: bytes
    headers: Mapping[str, str] = field(default_factory=dict)
    parts: list[Part] = field(default_factory=list)
    by_digest: dict[str, Part] = field(default_factory=dict)
    file: IO[bytes] | None = None

    def pieces(self, part: Part) -> Iterator[bytes]:
        """The contents of a part. One is read at a time."""
        assert self.file is not None  # noqa: S101  (a part stands somewhere)
        self.file.seek(part.start)
        left = part.length
        while left and (piece := self.file.read(min(PIECE, left))):
            left -= len(piece)
            yield piece


def read(stream: Any, boundary: str, limits: Limits) -> Sent:
    """Take a request apart. Raises Malformed, TooLarge."""
    if not 0 < len(boundary) <= 70 or not boundary.isascii():
        raise Malformed("its Content-Type names no boundary of 1 to 70 characters")
    coming = _Coming(stream, boundary.encode())
    for _ in coming.until_boundary():
        pass  # what stands before the first boundary means nothing
    if not coming.another():
        raise Malformed("it has no part")
    headers = coming.headers()
    sent = Sent(_first(coming, limits.first), headers)
    while coming.another():
        if len(sent.parts) == MOST:
            raise TooLarge(f"A request has at most {MOST} attachments.")
        if sent.file is None:
            sent.file = SpooledTemporaryFile(max_size=PIECE)  # noqa: SIM115  (as long as the request)
        part = _further(coming, sent.file, limits.further)
        sent.parts.append(part)
        sent.by_digest[part.digest] = part
    return sent


def _first(coming: _Coming, most: int) -> bytes:
    text = bytearray()
    for piece in coming.until_boundary():
        text += piece
        if len(text) > most:
            raise TooLarge(f"The statements of a request have at most {most} bytes.")
    return bytes(text)


def _further(coming: _Coming, file: IO[bytes], most: int) -> Part:
    headers, start = coming.headers(), file.tell()
    named = _ALGORITHMS.get(len(headers.get(HASH, "")))
    sha256 = hashlib.sha256()
    other = hashlib.new(named) if named and named != "sha256" else sha256
    for piece in coming.until_boundary():
        sha256.update(piece)
        if other is not sha256:
            other.update(piece)
        file.write(piece)
        if file.tell() - start > most:
            raise TooLarge(f"An attachment has at most {most} bytes.")
    digest = other.hexdigest() if named else ""
    return Part(headers, start, file.tell() - start, digest, sha256.hexdigest())


class _Coming:
    """The bytes of a request as they come, of which little more than a piece is held."""

    def __init__(self, stream: Any, boundary: bytes) -> None:
        self._stream = stream
        self._boundary = _BREAK + b"--" + boundary
        self._held = _BREAK  # the first boundary may stand at the very beginning

    def until_boundary(self) -> Iterator[bytes]:
        """All that comes before the next boundary."""
        return self._until(self._boundary)

    def another(self) -> bool:
        """Right after a boundary: whether a part follows. After the last, the rest is read away."""
        while len(self._held) < 2 and self._more():
            pass
        if self._held.startswith(b"--"):
            while self._stream.read(PIECE):
                pass
            return False
        if self._line().strip(b" \t"):
            raise Malformed("a line with the boundary goes on after it")
        return True

    def headers(self) -> dict[str, str]:
        """The headers of a part, by their names in lower case."""
        found: dict[str, str] = {}
        while line := self._line():
            name, colon, value = line.decode("utf-8", "replace").partition(":")
            if not colon or not name.strip() or name[0].isspace():
                raise Malformed("a part begins with headers and an empty line")
            if len(found) == _MOST_LINES:
                raise Malformed(f"a part has at most {_MOST_LINES} headers")
            found[name.strip().lower()] = value.strip()
        return found

    def _line(self) -> bytes:
        line = bytearray()
        for piece in self._until(_BREAK):
            line += piece
            if len(line) > _LONGEST_LINE:
                raise Malformed(f"a header has at most {_LONGEST_LINE} bytes")
        return bytes(line)

    def _until(self, mark: bytes) -> Iterator[bytes]:
        while (at := self._held.find(mark)) < 0:
            sure = len(self._held) - len(mark) + 1
            if sure > 0:
                yield self._held[:sure]
                self._held = self._held[sure:]
            if not self._more():
                raise Malformed("it ends before its last boundary")
        yield self._held[:at]
        self._held = self._held[at + len(mark) :]

    def _more(self) -> bool:
        piece = self._stream.read(PIECE)
        self._held += piece
        return bool(piece)


@dataclass(frozen=True, slots=True)
class Written:
    """A part of an answer: its headers, how long it is, and where its pieces come from."""

    headers: Mapping[str, str]
    length: int
    pieces: Callable[[], Iterable[bytes]]


def write(written: Sequence[Written], boundary: str) -> Iterator[bytes]:
    """An answer, piece by piece."""
    for one in written:
        yield _head(one, boundary)
        yield from one.pieces()
        yield _BREAK
    yield _end(boundary)


def length(written: Sequence[Written], boundary: str) -> int:
    """How long that will be."""
    parts = sum(len(_head(one, boundary)) + one.length + len(_BREAK) for one in written)
    return parts + len(_end(boundary))


def _head(one: Written, boundary: str) -> bytes:
    lines = [f"--{boundary}", *(f"{name}: {value}" for name, value in one.headers.items()), "", ""]
    return "\r\n".join(lines).encode()


def _end(boundary: str) -> bytes:
    return f"--{boundary}--\r\n".encode()
