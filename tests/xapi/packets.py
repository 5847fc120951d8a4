"""Requests with attachments, put together by hand, and answers with attachments, taken apart."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

from werkzeug.test import TestResponse

from tests.xapi.senders import Sender

BOUNDARY = "abcABC0123'()+_,-./:=?"
MIXED = f'multipart/mixed; boundary="{BOUNDARY}"'
JSON = {"Content-Type": "application/json"}

Piece = tuple[Mapping[str, str], bytes]


def sha2(contents: bytes, algorithm: str = "sha256") -> str:
    return hashlib.new(algorithm, contents).hexdigest()


def attachment(contents: bytes, **more: Any) -> dict[str, Any]:
    """What a statement says of contents that come with it."""
    return {
        "usageType": "https://elsewhere.example/usage/essay",
        "display": {"en": "An essay"},
        "contentType": "text/plain; charset=utf-8",
        "length": len(contents),
        "sha2": sha2(contents),
        **more,
    }


def piece(contents: bytes, **headers: str | None) -> Piece:
    """A part with contents; a header of None is left out."""
    said = {
        "Content-Type": "text/plain",
        "Content-Transfer-Encoding": "binary",
        "X-Experience-API-Hash": sha2(contents),
    }
    changed = {name.replace("_", "-"): value for name, value in headers.items()}
    return {name: one for name, one in {**said, **changed}.items() if one is not None}, contents


def packet(statements: Any, *pieces: Piece, first: Mapping[str, str] = JSON) -> bytes:
    written = b""
    for headers, contents in ((first, json.dumps(statements).encode()), *pieces):
        lines = [f"--{BOUNDARY}", *(f"{name}: {one}" for name, one in headers.items())]
        written += "\r\n".join(lines).encode() + b"\r\n\r\n" + contents + b"\r\n"
    return written + f"--{BOUNDARY}--\r\n".encode()


def send(sender: Sender, statements: Any, *pieces: Piece, **options: Any) -> TestResponse:
    return sender.post(packet(statements, *pieces, **options), **{"Content-Type": MIXED})


def opened(answer: TestResponse) -> tuple[Any, list[tuple[dict[str, str], bytes]]]:
    """The JSON of an answer in parts, and the further parts with their headers."""
    assert answer.status_code == 200, answer.text
    assert answer.mimetype == "multipart/mixed"
    boundary = answer.mimetype_params["boundary"].encode()
    assert answer.content_length == len(answer.data)
    before, *parts, end = (b"\r\n" + answer.data).split(b"\r\n--" + boundary)
    assert (before, end) == (b"", b"--\r\n")
    found = []
    for part in parts:
        head, _, contents = part.removeprefix(b"\r\n").partition(b"\r\n\r\n")
        lines = (line.partition(": ") for line in head.decode().split("\r\n"))
        found.append(({name: value for name, _, value in lines}, contents))
    assert found[0][0] == JSON
    return json.loads(found[0][1]), found[1:]


def contents(answer: TestResponse) -> Sequence[bytes]:
    return [one for _, one in opened(answer)[1]]
