"""Narrowing: completion records of the people of one cohort."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask_babel import lazy_gettext as _l
from sqlalchemy import ColumnElement, or_, select

from app import db, permissions
from app.errors import Invalid
from app.models import Activity, Person, Progress
from cohorts.models import Cohort, Member
from cohorts.service import groups


def choices(person: Person | None, activity_id: UUID | None) -> list[tuple[str, Any]]:
    """The cohorts that completion records can be filtered by: those of an activity and of what is
    around it, or all; the first fifty by name."""
    rows = select(Cohort.id, Cohort.name)
    if person is not None:
        rows = rows.where(groups.visible(person))
    if activity_id is not None:
        here = Activity.id == activity_id
        around = select(Activity.parent_id).where(here)
        inside = select(Activity.id).where(or_(here, Activity.parent_id == activity_id))
        rows = rows.where(or_(Cohort.activity_id.in_(around), Cohort.activity_id.in_(inside)))
    found = db.session().execute(rows.order_by(Cohort.name, Cohort.id).limit(50))
    return [(str(key), name) for key, name in found]


def among(value: str, person: Person | None) -> ColumnElement[bool]:
    """Completion records of the people of a cohort. Raises Invalid for none of hers."""
    try:
        key = UUID(value)
    except ValueError:
        key = None
    found = db.session().get(Cohort, key) if key else None
    if found is None or (
        person is not None and not permissions.may(person, groups.MAY, found.activity)
    ):
        raise Invalid({"cohort": _l("There is no such cohort.")})
    return Progress.person_id.in_(select(Member.person_id).where(Member.cohort_id == found.id))
