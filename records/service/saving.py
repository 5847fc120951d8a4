"""Views that are kept: somebody's own choice of columns, filters and order, under a name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from flask_babel import lazy_gettext as _l
from sqlalchemy import delete, func, select

from app import audit, db, exports, people
from app.errors import Conflict, Forbidden, Invalid, NotFound
from app.models import Person
from records.models import View
from records.service import asking

MOST = 50
"""Views that one person keeps."""

KEPT = tuple(name for name in asking.OWN if name != "words")
"""Filters of ours that a view keeps: words that look for somebody are her name, and go."""


def of_person(person: Person) -> Sequence[View]:
    """Her views by name: MOST at most."""
    rows = select(View).where(View.person_id == person.id)
    return db.session().scalars(rows.order_by(func.lower(View.name), View.id)).all()


def get(view_id: UUID, *, by: Person) -> View:
    """A view of her own. Raises NotFound, also for somebody else's."""
    found = db.session().get(View, view_id)
    if found is None or found.person_id != by.id:
        raise NotFound(_l("There is no such view."))
    return found


def find(text: str | None, *, by: Person) -> View | None:
    """The view that an address names, or None where it names none. Raises NotFound."""
    if not text:
        return None
    try:
        return get(UUID(text), by=by)
    except ValueError as wrong:
        raise NotFound(_l("There is no such view.")) from wrong


def filters_of(asked: asking.Asked) -> dict[str, str]:
    """The filters of what is asked for that a view keeps."""
    names = _kept()
    return {name: value for name, value in asked.given.items() if name in names}


def named(name: str, *, of: str | None) -> View:
    """Somebody's view by its name and her address, for a command. Raises NotFound, Invalid."""
    if not of:
        raise Invalid({"of": _l("Say whose view it is.")})
    rows = select(View).join(Person, Person.id == View.person_id)
    rows = rows.where(View.name == name, func.lower(Person.email) == of.lower())
    found = db.session().scalar(rows)
    if found is None:
        raise NotFound(_l("There is no such view."))
    return found


def keep(
    by: Person,
    *,
    name: str,
    columns: Sequence[str],
    filters: Mapping[str, str | None] | None = None,
    sort: str = "newest",
    view: View | None = None,
) -> View:
    """Keep a new view, or change this one of hers.

    Raises Invalid (fields `name`, `columns` and those of the filters), Conflict when she has too
    many, Forbidden.
    """
    if not asking.is_reader(by):
        raise Forbidden(_l("You do not have the right to do this."))
    people.lock(by.id)
    wanted = {name: value for name, value in (filters or {}).items() if value}
    wishes = {
        "name": _name(by, name, view),
        "columns": _columns(columns, view),
        "filters": _filters(by, wanted, sort),
        "sort": sort,
    }
    if view is None and _count(by) >= MOST:
        raise Conflict(_l("You keep too many views. Delete one first."))
    before = values(view) if view else None
    kept = view or View(person_id=by.id)
    for field, value in wishes.items():
        setattr(kept, field, value)
    db.session().add(kept)
    db.session().flush()
    _record("view.kept", kept, by=by, before=before, after=values(kept))
    return kept


def values(view: View) -> dict[str, Any]:
    """A view as plain values, as `keep` takes them."""
    return {
        "name": view.name,
        "columns": list(view.columns),
        "filters": dict(view.filters),
        "sort": view.sort,
    }


def drop(view: View, *, by: Person) -> None:
    """Delete a view of hers."""
    _record("view.deleted", view, by=by, before=values(view))
    db.session().delete(view)
    db.session().flush()


def export(person: Person) -> Mapping[str, Any]:
    """Her views, as plain values."""
    views = [values(one) for one in of_person(person)]
    return {"records": {"views": views}}


def forget(person: Person) -> None:
    db.session().execute(delete(View).where(View.person_id == person.id))


def _name(by: Person, name: str, view: View | None) -> str:
    clean = " ".join("".join(one for one in name if one.isprintable()).split())
    if not clean:
        raise Invalid({"name": _l("Please give the view a name.")})
    if len(clean) > 100:
        raise Invalid({"name": _l("At most %(most)s characters.", most=100)})
    same = select(View.id).where(View.person_id == by.id, View.name == clean)
    if view is not None:
        same = same.where(View.id != view.id)
    if db.session().scalar(same):
        raise Invalid({"name": _l("You have a view of this name already.")})
    return clean


def _columns(columns: Sequence[str], view: View | None) -> list[str]:
    """The names without doubles. A view may go on naming what a plugin that is switched off
    brought."""
    known = {one.name for one in exports.columns()} | set(view.columns if view else ())
    wanted = list(dict.fromkeys(columns))
    if not wanted:
        raise Invalid({"columns": _l("Please choose a column.")})
    if unknown := [one for one in wanted if one not in known]:
        raise Invalid({"columns": _l("There is no column “%(name)s”.", name=unknown[0][:100])})
    return wanted


def _filters(by: Person, wanted: Mapping[str, Any], sort: str) -> dict[str, str]:
    if unknown := wanted.keys() - _kept():
        raise Invalid({one: _l("A view does not keep this filter.") for one in unknown})
    return filters_of(asking.ask(by, sort=sort, **wanted))


def _kept() -> set[str]:
    return {*KEPT, *(one.name for one in exports.filters())}


def _count(by: Person) -> int:
    rows = select(func.count()).select_from(View).where(View.person_id == by.id)
    return db.session().scalar(rows) or 0


def _record(action: str, view: View, *, by: Person, **said: Any) -> None:
    audit.record(action, f"view:{view.id}", actor=by, person=by, **said)
