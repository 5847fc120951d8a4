"""multipart/mixed taken apart and put together, without a house."""

from __future__ import annotations

import hashlib
import re
from contextlib import suppress
from functools import partial
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xapi import parts
from xapi.parts import Limits, Written

LIMITS = Limits(first=1_000, further=200_000)


class Slowly:
    """A line on which a few bytes come at a time."""

    def __init__(self, sent: bytes, most: int) -> None:
        self._sent, self._most = BytesIO(sent), most

    def read(self, wanted: int) -> bytes:
        return self._sent.read(min(wanted, self._most))


def read(
    sent: bytes, boundary: str = "b", most: int = 65_536, limits: Limits = LIMITS
) -> parts.Sent:
    return parts.read(Slowly(sent, most), boundary, limits)


def _hashed(contents: bytes) -> dict[str, str]:
    return {"X-Experience-API-Hash": hashlib.sha512(contents).hexdigest()}


@given(
    st.lists(st.binary(max_size=300) | st.just(b"x" * 150_000), max_size=4),
    st.sampled_from([1, 2, 3, 7, 65_536]),
)
def test_what_is_written_is_read_again(contents: list[bytes], most: int) -> None:
    """Whatever stands in it, and however it arrives."""
    boundary = "a-boundary-that-nobody-writes"
    if most < 4:
        contents = [one[:300] for one in contents]
    told = [b"{}", *contents]
    written = [Written(_hashed(one), len(one), partial(iter, [one])) for one in told]
    raw = b"".join(parts.write(written, boundary))
    assert len(raw) == parts.length(written, boundary)
    sent = read(raw, boundary, most)
    assert sent.text == b"{}"
    assert [b"".join(sent.pieces(part)) for part in sent.parts] == contents
    assert [part.sha256 for part in sent.parts] == [
        hashlib.sha256(one).hexdigest() for one in contents
    ]
    assert all(part.digest == part.headers[parts.HASH] for part in sent.parts)


@pytest.mark.parametrize("algorithm", ["sha224", "sha256", "sha384", "sha512"])
def test_the_hash_that_is_told_is_the_one_that_is_made(algorithm: str) -> None:
    told = hashlib.new(algorithm, b"essay").hexdigest()
    sent = read(
        f"--b\r\n\r\n{{}}\r\n--b\r\nX-Experience-API-Hash: {told}\r\n\r\nessay\r\n--b--".encode()
    )
    assert sent.parts[0].digest == told


def test_what_stands_around_the_parts_means_nothing() -> None:
    sent = read(b"for old mail programs\r\n--b \t\r\nA: b\r\n\r\n[]\r\n--b--\r\nand after")
    assert (sent.text, sent.headers, sent.parts) == (b"[]", {"a": "b"}, [])


def test_a_line_that_begins_like_the_boundary_belongs_to_the_part() -> None:
    assert read(b"--b\r\n\r\n\r\n-\r\n--\r\n--a\r\n--b--").text == b"\r\n-\r\n--\r\n--a"


@pytest.mark.parametrize(
    ("sent", "sentence"),
    [
        pytest.param(b"", "ends before its last boundary", id="XAPI-00131 nothing"),
        pytest.param(b"{}", "ends before its last boundary", id="XAPI-00131 no boundary"),
        pytest.param(b"--b\r\n\r\n{}", "ends before its last boundary", id="XAPI-00131 cut off"),
        pytest.param(b"--b\r\n\r\n{}\r\n--b", "ends before", id="XAPI-00131 cut off at the last"),
        pytest.param(b"--b--", "has no part", id="XAPI-00131 empty"),
        pytest.param(b"--bb\r\n\r\n{}\r\n--bb--", "goes on after it", id="XAPI-00131 a longer one"),
        pytest.param(b"--b\r\n{}\r\n\r\n--b--", "begins with headers", id="XAPI-00131 no headers"),
        pytest.param(b"--b\r\n" + b"A: b\r\n" * 9 + b" c: d\r\n\r\n", "begins with", id="folded"),
        pytest.param(
            b"--b\r\n" + b"".join(b"A%d: b\r\n" % one for one in range(30)), "at most", id="headers"
        ),
        pytest.param(b"--b\r\nA: " + b"b" * 9_000, "at most 8000 bytes", id="a long header"),
    ],
)
def test_what_is_no_multipart_is_said(sent: bytes, sentence: str) -> None:
    with pytest.raises(parts.Malformed, match=sentence):
        read(sent)


@pytest.mark.parametrize("boundary", ["", "b" * 71, "é"])
def test_a_boundary_has_1_to_70_characters(boundary: str) -> None:
    """XAPI-00130: it stands in the Content-Type."""
    with pytest.raises(parts.Malformed, match="boundary of 1 to 70 characters"):
        read(b"--b--", boundary)


def test_what_is_too_large_is_not_read_to_its_end() -> None:
    piece = b"x" * 500
    for limits, what in ((Limits(499, 999), "statements"), (Limits(500, 499), "attachment")):
        coming = BytesIO(b"--b\r\n\r\n" + piece + b"\r\n--b\r\n\r\n" + piece + b"\r\n--b--")
        with pytest.raises(parts.TooLarge, match=f"{what}.* at most 499 bytes"):
            parts.read(coming, "b", limits)
    many = b"--b\r\n\r\n\r\n" * (parts.MOST + 2)
    with pytest.raises(parts.TooLarge, match=re.escape(f"at most {parts.MOST} attachments")):
        read(many)


words = st.sampled_from(
    [b"--b", b"--b--", b"--", b"\r\n", b"\r", b"\n", b"A: b", b":", b" ", b"{}"]
)


@given(st.lists(words | st.binary(max_size=5)).map(b"".join), st.sampled_from([1, 5, 65_536]))
def test_nothing_that_is_sent_breaks_the_reader(sent: bytes, most: int) -> None:
    with suppress(parts.Malformed, parts.TooLarge):
        found = read(sent, most=most)
        assert len(found.text) + sum(part.length for part in found.parts) <= len(sent)
