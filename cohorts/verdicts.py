"""Verdicts: what becomes of each row of an imported file, and how that is said."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from flask_babel import lazy_gettext as _l
from flask_babel import lazy_pgettext as _lp

ORDER = (
    "enrols", "invites", "already_enrolled", "already_invited", "no_seat", "over", "duplicate",
    "inactive", "bad_address", "no_address", "skipped", "broken",
)  # fmt: skip
"""Every verdict, in the order in which they are counted for a reader."""

OPEN = frozenset(ORDER[:6]) | {"inactive"}
"""Verdicts that depend on who is in the house: decided anew when the import runs."""

WILL = {
    "enrols": _l("Will be enrolled"),
    "invites": _l("Will be invited"),
    "already_enrolled": _l("Enrolled already"),
    "already_invited": _l("Invited already"),
    "no_seat": _l("No seat left"),
    "over": _l("The edition is over"),
    "duplicate": _l("Twice in this file"),
    "inactive": _l("The account is closed"),
    "bad_address": _l("Not an e-mail address"),
    "no_address": _l("No e-mail address"),
    "skipped": _l("Passed over"),
    "broken": _l("Cannot be read"),
}
DONE = {
    **WILL,
    "enrols": _lp("of a row", "Enrolled"),
    "invites": _lp("of a row", "Invited"),
}
"""The same once it is done."""

TONES = {
    "enrols": "good", "invites": "good", "no_seat": "bad", "over": "bad", "bad_address": "bad",
    "no_address": "bad", "broken": "bad", "inactive": "bad", "duplicate": "open", "skipped": "open",
}  # fmt: skip
"""How parts.tag colours a verdict."""

_WHY = {
    "status": _l("The file says that this person is not active."),
    "role": _l("The file says that this person teaches or observes."),
    "fields": _l("The row does not have as many cells as the header."),
    "quotes": _l("A quotation mark is not closed, or stands where none may."),
    "long": _l("A cell is longer than 1,000 characters."),
    "signs": _l("The row has characters that cannot be read."),
}

_AGAIN = _l("The same address as in row %(number)s.")

UNREADABLE = {
    "bytes": _l("A file has at most %(megabytes)s MB. Split it, or save it as CSV."),
    "rows": _l("A file has at most %(count)s rows. Split it."),
    "columns": _l("A file has at most %(count)s columns."),
    "unpacked": _l("This workbook is larger than %(megabytes)s MB once it is unpacked."),
    "empty": _l("There is nothing in this file."),
    "no_table": _l("This file is no table. Save the list as CSV or XLSX, and upload that."),
    "no_workbook": _l("This is no XLSX file, whatever it is called. Save the list as CSV or XLSX."),
    "old": _l("This is an old Excel file (XLS). Save it as XLSX or CSV."),
    "encrypted": _l("This file is protected by a password. Save it without one."),
    "no_address": _l(
        "No column has e-mail addresses (the first row says: %(columns)s). Name it e-mail."
    ),
}
"""Why a whole file is refused, by the reason of sheets.Unreadable."""


@dataclass(frozen=True, slots=True)
class Account:
    """What counts of the account that an address has."""

    id: UUID
    confirmed: bool
    active: bool


@dataclass(frozen=True, slots=True)
class Row:
    """A row before and after its verdict. `email` is the address as it is kept."""

    number: int
    email: str | None
    verdict: str = ""
    detail: str | None = None
    person_id: UUID | None = None


@dataclass(slots=True)
class World:
    """What decides over rows: accounts by address, whose seats are taken, which addresses are
    invited, and how many seats are left (None: as many as come like)."""

    accounts: Mapping[str, Account]
    enrolled: set[UUID]
    invited: set[str]
    left: int | None
    over: bool = False


def decide(rows: Iterable[Row], world: World) -> list[Row]:
    """The verdicts in the order of the file: who comes first gets the seat. Rows whose verdict
    depends on the file alone keep it; seats that are given are counted in `world`."""
    return [
        _known(one, world) if one.verdict and one.verdict not in OPEN else _judged(one, world)
        for one in rows
    ]


def _known(row: Row, world: World) -> Row:
    """A row with whose address it is, so that it goes when she is erased."""
    account = world.accounts.get(row.email or "")
    return replace(row, person_id=account.id if account else None)


def _judged(row: Row, world: World) -> Row:
    account = world.accounts.get(row.email or "")
    found = replace(_known(row, world), detail=None)
    if account and not account.active:
        return replace(found, verdict="inactive")
    if account and account.id in world.enrolled:
        return replace(found, verdict="already_enrolled")
    binds = account is not None and account.confirmed
    if not binds and row.email in world.invited:
        return replace(found, verdict="already_invited")
    if world.over:
        return replace(found, verdict="over")
    if world.left is not None and row.email not in world.invited:
        if world.left < 1:
            return replace(found, verdict="no_seat")
        world.left -= 1
    return replace(found, verdict="enrols" if binds else "invites")


def why(verdict: str, detail: str | None) -> str:
    """What there is to say of a verdict besides its name; "" for nothing."""
    if verdict == "duplicate":
        return str(_AGAIN) % {"number": detail}
    return str(_WHY.get(detail or "", ""))


def sayer(state: str) -> Callable[[str, str | None], str]:
    """Says verdicts with their reasons in the language of this moment, also afterwards, when a
    file is streamed and nobody's language is known any more."""
    names = {name: str(said) for name, said in words(state).items()}
    reasons = {name: str(said) for name, said in _WHY.items()}
    again = str(_AGAIN)

    def say(verdict: str, detail: str | None) -> str:
        more = again % {"number": detail} if verdict == "duplicate" else reasons.get(detail or "")
        return f"{names[verdict]}. {more}" if more else names[verdict]

    return say


def words(state: str) -> Mapping[str, Any]:
    """What verdicts are called of an import in this state."""
    return DONE if state == "finished" else WILL


def unreadable(reason: str, facts: Mapping[str, Any]) -> str:
    """Why a whole file is refused, in the reader's language."""
    return str(UNREADABLE[reason]) % facts
