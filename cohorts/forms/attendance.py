"""The list of a session as it is sent: a mark for each person, and what the page showed of her."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import UUID

from flask_babel import lazy_gettext as _l

from app.errors import Invalid

Marks = dict[UUID, str]
Shown = dict[UUID, str | None]


def read(form: Mapping[str, str]) -> tuple[Marks, Shown]:
    """The fields `mark-<registration>` and `was-<registration>`; "rest" fills what is left open.

    Raises Invalid for a name of no form of ours.
    """
    try:
        marks = {UUID(name[5:]): mark for name, mark in form.items() if name.startswith("mark-")}
        shown = {
            UUID(name[4:]): mark or None for name, mark in form.items() if name.startswith("was-")
        }
    except ValueError as wrong:
        raise Invalid({"marks": _l("This is not a list of this session.")}) from wrong
    if form.get("go") == "rest":
        marks |= {one: "present" for one, was in shown.items() if was is None and one not in marks}
    return marks, shown
