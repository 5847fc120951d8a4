"""Sheets: the bytes of an uploaded CSV or XLSX file in, its rows of cells out. No database here.

Nothing is believed: what the file is called does not count, what it holds does; each row that
cannot be read is one broken row, and stops no other.
"""

from __future__ import annotations

import codecs
import csv
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from io import BytesIO
from typing import Any

import openpyxl

MOST_ROWS = 20_000
MOST_COLUMNS = 100
LONGEST_CELL = 1_000
"""Characters."""
MOST_BYTES = 5_000_000
MOST_UNPACKED = 30_000_000
"""Bytes of a workbook once it is unpacked: a second of work each million."""
MOST_BESIDES = 3_000_000
"""Bytes of what is read of it besides its sheets and their words: fonts, borders, colours."""

_ABOVE = 10
"""Rows in which the header is looked for: titles may stand above it."""
_JOINED = 10
"""Lines that one row of a CSV file may take, where a cell has several."""
_GAP = 1_000
"""Empty rows after which a sheet is over: some say that they have a million."""


class Unreadable(ValueError):
    """No table of people is in this file; `reason` is a name of wording.UNREADABLE."""

    def __init__(self, reason: str, **facts: Any) -> None:
        super().__init__(reason)
        self.reason, self.facts = reason, facts


@dataclass(frozen=True, slots=True)
class Line:
    """A row of the file: where it begins (the first row is 1), its cells, and why it is broken:
    "fields", "quotes", "long" or "signs"; None for a whole one."""

    number: int
    cells: list[str]
    broken: str | None = None


@dataclass(frozen=True, slots=True)
class Sheet:
    """The columns and the rows below them; `encoding` where it was guessed."""

    header: list[str]
    lines: list[Line] = field(default_factory=list)
    encoding: str | None = None


def read(content: bytes, is_header: Callable[[Sequence[str]], bool]) -> Sheet:
    """The table in a file. The header is the first of the top rows that `is_header` knows, else
    the first row that is not empty. Raises Unreadable."""
    if len(content) > MOST_BYTES:
        raise Unreadable("bytes", megabytes=MOST_BYTES // 1_000_000)
    if content.startswith(b"PK\x03\x04"):
        return _below_header(_workbook(content, is_header), is_header, None)
    if content.startswith(b"\xd0\xcf\x11\xe0"):
        hidden = "EncryptedPackage".encode("utf-16-le") in content
        raise Unreadable("encrypted" if hidden else "old")
    text, encoding = _decoded(content)
    if not text.strip():
        raise Unreadable("empty")
    if text.lstrip()[:1] == "<" or text.startswith(("%PDF", "{\\rtf")):
        raise Unreadable("no_table")
    lines = re.split(r"\r\n|\r|\n", text)
    separator, lines = _separator(lines, is_header)
    return _below_header(_rows(lines, separator), is_header, encoding)


def _decoded(content: bytes) -> tuple[str, str | None]:
    """The text, and the encoding where it was guessed. Raises Unreadable for what is no text."""
    for mark, name in ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"),
                       (codecs.BOM_UTF16_BE, "utf-16-be")):  # fmt: skip
        if content.startswith(mark):
            return content[len(mark) :].decode(name, "replace"), None
    text = content.decode(errors="replace")
    lost = text.count("\ufffd")
    if lost * 2 <= sum(sign > "\x7f" for sign in text) and lost < len(text):
        return text, None  # a byte here and there is a broken row, not another encoding
    if content.count(0) > len(content) // 20:
        raise Unreadable("no_table")
    try:
        return content.decode("cp1252"), "Windows-1252"
    except UnicodeDecodeError:
        return content.decode("latin-1"), "Latin-1"


def _separator(
    lines: list[str], is_header: Callable[[Sequence[str]], bool]
) -> tuple[str, list[str]]:
    """What stands between the cells: what the file says itself ("sep=;"), else what makes a
    header, else the most frequent one in the first row that is not empty."""
    said = re.fullmatch(r'"?sep=([,;\t|])"?', lines[0].strip(" "))
    if said:
        return said[1], ["", *lines[1:]]
    for sign in ",;\t":
        if any(is_header(_cells(line, sign)) for line in lines[:_ABOVE]):
            return sign, lines
    first = next(line for line in lines if line.strip())
    return max(",;\t", key=first.count), lines


def _cells(text: str, separator: str) -> list[str]:
    """The cells of a row, however it is quoted."""
    try:
        found = next(csv.reader([text], delimiter=separator, strict=True), [])
    except csv.Error:
        found = text.split(separator)
    return [cell.strip() for cell in found]


def _rows(lines: list[str], separator: str) -> Iterator[Line]:
    place, nothing = 0, f"{separator} \t"
    while place < len(lines):
        if not lines[place].strip(nothing):  # some files end in a million of these
            place += 1
            continue
        cells, taken, broken = _row(lines, place, separator)
        if any(cells):
            yield Line(place + 1, cells, broken)
        place += taken


def _row(lines: list[str], place: int, separator: str) -> tuple[list[str], int, str | None]:
    """The row that begins at a line: its cells, how many lines it takes, and what is wrong."""
    if not _closes(lines[place], separator):
        for taken in range(2, _JOINED + 1):
            whole = "\n".join(lines[place : place + taken])
            if place + taken > len(lines) or len(whole) > LONGEST_CELL * _JOINED:
                break
            if _closes(whole, separator):
                return _cells(whole, separator), taken, None
        return lines[place].split(separator), 1, "quotes"
    return _cells(lines[place], separator), 1, None


def _closes(text: str, separator: str) -> bool:
    """Whether every quote of a row is closed, and stands where it may."""
    if '"' not in text:
        return True
    try:
        next(csv.reader([text], delimiter=separator, strict=True), [])
    except csv.Error:
        return False
    return True


def _workbook(content: bytes, is_header: Callable[[Sequence[str]], bool]) -> Iterator[Line]:
    """The rows of the first sheet that has a header. Raises Unreadable."""
    packed = _opened(content)
    names = {one.filename for one in packed.infolist()}
    if "users.csv" in names:  # OneRoster comes as several files in one
        yield from _users(packed, is_header)
        return
    if "[Content_Types].xml" not in names or not any(one.startswith("xl/") for one in names):
        raise Unreadable("no_workbook")
    try:
        yield from _first_with_header(content, is_header)
    except Unreadable:
        raise
    except Exception as wrong:  # whatever openpyxl meets in a file that only looks like a workbook
        raise Unreadable("no_workbook") from wrong


def _first_with_header(
    content: bytes, is_header: Callable[[Sequence[str]], bool]
) -> Sequence[Line]:
    book = openpyxl.load_workbook(
        BytesIO(content), read_only=True, data_only=True, keep_links=False
    )
    fallback: Sequence[Line] = []
    for sheet in book.worksheets[:_ABOVE]:
        rows = list(_sheet_rows(sheet))
        if any(is_header(line.cells) for line in rows[:_ABOVE]):
            return rows
        fallback = fallback or rows
    return fallback


def _opened(content: bytes) -> zipfile.ZipFile:
    try:
        packed = zipfile.ZipFile(BytesIO(content))
        entries = packed.infolist()
    except (zipfile.BadZipFile, ValueError, OSError, EOFError, NotImplementedError) as wrong:
        raise Unreadable("no_workbook") from wrong
    if any(one.flag_bits & 1 for one in entries):
        raise Unreadable("encrypted")
    if len(entries) > 1_000 or sum(one.file_size for one in entries) > MOST_UNPACKED:
        raise Unreadable("unpacked", megabytes=MOST_UNPACKED // 1_000_000)
    besides = (one.file_size for one in entries if _is_read_besides(one.filename))
    if sum(besides) > MOST_BESIDES:
        raise Unreadable("unpacked", megabytes=MOST_BESIDES // 1_000_000)
    return packed


def _is_read_besides(name: str) -> bool:
    """Whether a part of a workbook may be read whole though no row stands in it."""
    if not name.lower().endswith((".xml", ".rels")) or name == "xl/sharedStrings.xml":
        return False
    return not name.startswith(
        ("xl/worksheets/sheet", "xl/pivotCache/", "xl/drawings/", "xl/charts/")
    )


def _users(packed: zipfile.ZipFile, is_header: Callable[[Sequence[str]], bool]) -> Iterator[Line]:
    try:
        text, _encoding = _decoded(packed.read("users.csv"))
    except (zipfile.BadZipFile, zlib.error, NotImplementedError, EOFError) as wrong:
        raise Unreadable("no_workbook") from wrong
    if not text.strip():
        raise Unreadable("empty")
    separator, lines = _separator(re.split(r"\r\n|\r|\n", text), is_header)
    yield from _rows(lines, separator)


def _sheet_rows(sheet: Any) -> Iterator[Line]:
    empty = found = 0
    rows = sheet.iter_rows(values_only=True, max_col=MOST_COLUMNS + 1)
    for number, values in enumerate(rows, start=1):
        cells = [_said(value) for value in values]
        if not any(cells):
            empty += 1
            if empty > _GAP:
                return
            continue
        empty, found = 0, found + 1
        if found > MOST_ROWS + _ABOVE:
            raise Unreadable("rows", count=MOST_ROWS)
        yield Line(number, cells)


def _said(value: Any) -> str:
    """What a cell shows, more or less."""
    match value:
        case None:
            return ""
        case bool():
            return str(value).upper()
        case float() if value.is_integer():
            return str(int(value))
        case datetime() | date():
            return value.isoformat()
        case _:
            return str(value).strip()


def _below_header(
    rows: Iterator[Line], is_header: Callable[[Sequence[str]], bool], encoding: str | None
) -> Sheet:
    top: list[Line] = []
    for line in rows:
        top.append(line)
        if is_header(line.cells) or len(top) == _ABOVE:
            break
    if not top:
        raise Unreadable("empty")
    place = next((n for n, line in enumerate(top) if is_header(line.cells)), 0)
    header = _without_empty_end(top[place].cells)
    if len(header) > MOST_COLUMNS:
        raise Unreadable("columns", count=MOST_COLUMNS)
    sheet = Sheet([one[:LONGEST_CELL].replace("\0", "") for one in header], encoding=encoding)
    for line in _chain(top[place + 1 :], rows):
        if len(sheet.lines) == MOST_ROWS:
            raise Unreadable("rows", count=MOST_ROWS)
        sheet.lines.append(_checked(line, len(header)))
    return sheet


def _chain(first: Sequence[Line], others: Iterator[Line]) -> Iterator[Line]:
    yield from first
    yield from others


def _without_empty_end(cells: Sequence[str]) -> list[str]:
    last = max((place for place, cell in enumerate(cells, start=1) if cell), default=0)
    return list(cells[:last])


def _checked(line: Line, columns: int) -> Line:
    """A row as wide as the header, or broken; of a broken one a piece is kept to be shown."""
    cells, broken = list(line.cells), line.broken
    if any("\0" in cell or "\ufffd" in cell for cell in cells):
        broken = broken or "signs"
    if any(len(cell) > LONGEST_CELL for cell in cells):
        broken = broken or "long"
    if len(cells) < columns and not broken:
        broken = "fields"
    if any(cells[columns:]):
        broken = broken or "fields"
    kept = [cell[:LONGEST_CELL].replace("\0", "\ufffd") for cell in cells[:columns]]
    return Line(line.number, kept + [""] * (columns - len(kept)), broken)
