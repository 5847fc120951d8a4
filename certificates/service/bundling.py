"""Bundling: the certificates of an activity as one ZIP, drawn one after the other as it is sent.

What is to be drawn is read first; no transaction is open while it is drawn and sent, and no more
than one file of the ZIP is in memory.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import func, select
from sqlalchemy.orm import joinedload

from app import db, exports, permissions
from app.errors import Invalid, NotFound
from app.models import Activity, Person
from certificates import drawing, marks
from certificates.drawing import Sheet
from certificates.models import Certificate
from certificates.service import finding, printing

PART = 1000
"""So many certificates are in one ZIP at most: some seconds of drawing."""

HEADER = ("number", "name", "sort", "awarded", "file", "address", "problem")

_UNSAFE = re.compile(r'[<>:"/\\|?*\x00-\x1f\x7f]')
"""What Windows, macOS or Linux forbid in the name of a file."""


@dataclass(frozen=True, slots=True)
class Sheaf:
    """A certificate to draw, as plain values."""

    sheet: Sheet | None
    number: str
    name: str
    sort: str
    awarded_at: datetime
    address: str
    problem: str | None


def parts(activity: Activity, sort: str | None = None) -> int:
    """How many ZIPs all certificates of an activity fill; 0 without any."""
    number = select(func.count()).where(Certificate.activity_id == activity.id)
    if sort:
        number = number.where(Certificate.sort == sort)
    return -(-(db.session().scalar(number) or 0) // PART)


def gather(
    activity: Activity, *, by: Person, sort: str | None = None, part: int = 1
) -> list[Sheaf]:
    """The valid certificates of an activity for one ZIP, by number; of a sort, or all.

    Parts are counted with the revoked ones, so that a revocation moves nobody to another part.
    Raises Forbidden, Invalid for an unknown sort, NotFound for a part beyond the last.
    """
    permissions.demand(by, "certificates.award", activity)
    if sort and sort not in marks.SORTS:
        raise Invalid({"sort": _l("There is no such sort of certificate.")})
    rows = select(Certificate).where(Certificate.activity_id == activity.id)
    if sort:
        rows = rows.where(Certificate.sort == sort)
    rows = rows.options(joinedload(Certificate.activity))
    rows = rows.order_by(Certificate.number).offset((part - 1) * PART).limit(PART)
    found = db.session().scalars(rows).all()
    valid = [one for one in found if one.revoked_at is None]
    if not valid:
        raise NotFound(_l("There are no valid certificates here."))
    return _sheaves(valid)


def _sheaves(certificates: Sequence[Certificate]) -> list[Sheaf]:
    nameless = _("The account was erased; the name is no longer kept.")
    return [
        Sheaf(
            sheet=sheet if one.name else None,
            number=one.number,
            name=one.name,
            sort=one.sort,
            awarded_at=one.awarded_at,
            address=finding.public_url(one),
            problem=None if one.name else nameless,
        )
        for one, sheet in zip(certificates, printing.sheets(certificates), strict=True)
    ]


def zipped(sheaves: Sequence[Sheaf]) -> Iterator[bytes]:
    """The ZIP in pieces: each certificate, then index.csv, which also names what is missing and
    why. Asks nothing of the database."""
    unprintable = _("No font has all letters of this name.")
    return _zipped(sheaves, unprintable)


def _zipped(sheaves: Sequence[Sheaf], unprintable: str) -> Iterator[bytes]:
    page = _Page()
    index = []
    with zipfile.ZipFile(page, "w") as made:
        for one in sheaves:
            name, problem = file_name(one.number, one.name), one.problem
            if one.sheet is not None:
                try:
                    _write(made, name, drawing.pdf(one.sheet), one.awarded_at)
                except drawing.Unprintable:
                    problem = unprintable
            index.append(
                (
                    one.number,
                    one.name,
                    one.sort,
                    one.awarded_at,
                    None if problem else name,
                    one.address,
                    problem,
                )
            )
            yield page.torn()
        told = "".join(exports.as_csv(HEADER, index)).encode()
        _write(made, "index.csv", told, max(one.awarded_at for one in sheaves))
    yield page.torn()


def _write(made: zipfile.ZipFile, name: str, body: bytes, at: datetime) -> None:
    entry = zipfile.ZipInfo(name, at.timetuple()[:6])
    entry.compress_type = zipfile.ZIP_STORED if name.endswith(".pdf") else zipfile.ZIP_DEFLATED
    entry.external_attr = 0o644 << 16
    made.writestr(entry, body)


def file_name(number: str, name: str) -> str:
    """What a file in the ZIP is called: "IML-2027-000123 Aïcha Ndiaye.pdf", on any system. The
    number makes it unlike every other."""
    words = _UNSAFE.sub("-", f"{number} {name}").strip()
    return words.encode()[:150].decode(errors="ignore").rstrip(" .") + ".pdf"


class _Page(io.RawIOBase):
    """Where a ZIP is written to be sent on: it cannot be turned back, and keeps nothing."""

    def __init__(self) -> None:
        self._written = bytearray()

    def writable(self) -> bool:
        return True

    def write(self, piece: bytes) -> int:  # type: ignore[override]  # of all buffers, bytes alone come here
        self._written += piece
        return len(piece)

    def torn(self) -> bytes:
        """What was written since this was last asked."""
        piece = bytes(self._written)
        self._written.clear()
        return piece
