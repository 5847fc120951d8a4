"""Spreadsheets: one sheet of many rows as XLSX, written ten times faster than cell by cell.

XlsxWriter makes the book with its header; the rows are put into its sheet as text of the format
(ECMA-376, part 1, 18.3: `row`, `c`, `is`), which is all that a table of plain values needs.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from io import BytesIO
from typing import IO, Any
from xml.sax.saxutils import escape
from zipfile import ZIP_DEFLATED, ZipFile

from xlsxwriter import Workbook

MIMETYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"

MOST_ROWS = 1_048_575
"""Rows that a sheet can have below its header."""

MOST_SIGNS = 32_767
"""Characters that a cell can have; the rest is cut off."""

_SHEET = "xl/worksheets/sheet1.xml"
_HARMLESS = re.compile("[^\x00-\x08\x0b-\x1f&<>_\ud800-\udfff\ufffe\uffff]*")
_UNSAID = re.compile("[\x00-\x08\x0b-\x1f\ufffe\uffff]|_x[0-9A-Fa-f]{4}_")
_LONE = re.compile("[\ud800-\udfff]")


def write(
    file: IO[bytes],
    header: Sequence[str],
    rows: Iterable[Iterable[Any]],
    *,
    runs: Callable[[str], bool],
    name: str = "Sheet1",
) -> None:
    """Write a sheet to a file: numbers as numbers, text as text, nothing for None.

    The header stays in sight and can be filtered by. A text that `runs` is marked so that it
    stays a text when somebody edits its cell.
    """
    book, sheet, quoted = _envelope(header, name)
    head, tail = sheet.split("</sheetData>")
    with ZipFile(file, "w", ZIP_DEFLATED, compresslevel=4) as made:
        for part in book.infolist():
            if part.filename != _SHEET:
                made.writestr(part, book.read(part))
        with made.open(_SHEET, "w", force_zip64=True) as out:
            out.write(head.encode())
            for piece in _pieces(rows, runs, quoted):
                out.write(piece.encode())
            out.write(f"</sheetData>{tail}".encode())


def _envelope(header: Sequence[str], name: str) -> tuple[ZipFile, str, str]:
    """A book with its header alone: its parts, its sheet, and the style of a quoted text."""
    file = BytesIO()
    book = Workbook(file, {"in_memory": True})
    bold = book.add_format({"bold": True})
    quoted = book.add_format({"quote_prefix": True})
    sheet = book.add_worksheet(name)
    sheet.write_row(0, 0, header, bold)
    sheet.write_blank(1, 0, None, quoted)
    sheet.freeze_panes(1, 0)
    sheet.autofilter(0, 0, MOST_ROWS, len(header) - 1)
    sheet.set_column(0, len(header) - 1, 18)
    book.close()
    parts = ZipFile(file)
    text = parts.read(_SHEET).decode()
    row = re.search(r'<row r="2".*?<c r="A2" s="(\d+)"/></row>', text)
    if row is None:
        raise RuntimeError("XlsxWriter no longer writes a blank cell that has a format")
    text = re.sub(r'<dimension ref="[^"]*"/>', "", text.replace(row[0], ""))
    return parts, text, row[1]


def _pieces(
    rows: Iterable[Iterable[Any]], runs: Callable[[str], bool], quoted: str
) -> Iterable[str]:
    def cell(value: Any) -> str:
        if value is None or value == "":
            return "<c/>"
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            return f"<c><v>{value!r}</v></c>"
        text = str(value)
        style = f' s="{quoted}"' if runs(text) else ""
        return f'<c{style} t="inlineStr"><is><t xml:space="preserve">{_said(text)}</t></is></c>'

    lines: list[str] = []
    for row in rows:
        lines.append(f"<row>{''.join([cell(value) for value in row])}</row>")
        if len(lines) == 100:
            yield "".join(lines)
            lines.clear()
    yield "".join(lines)


def _said(text: str) -> str:
    """A text as the format says it: signs that XML has not are written _x0007_ (22.4.2.4)."""
    text = text[:MOST_SIGNS]
    if _HARMLESS.fullmatch(text):  # nearly every one: a fifth of the time goes here
        return text
    if _UNSAID.search(text):
        text = _UNSAID.sub(_spelt, text)
    return _LONE.sub("\ufffd", escape(text))


def _spelt(found: re.Match[str]) -> str:
    one = found[0]
    return f"_x{ord(one):04X}_" if len(one) == 1 else f"_x005F{one}"
