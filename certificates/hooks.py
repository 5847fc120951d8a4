"""Where certificates meets the engine: every @hookimpl, nothing else."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from flask import Blueprint
from flask_babel import lazy_gettext as _l
from flask_smorest import Blueprint as ApiBlueprint

from app.events import LearningEvent
from app.exports import Column
from app.hookspecs import hookimpl, only
from app.models import Activity, Person, Registration
from app.passage import Station
from app.permissions import Permission
from app.web import Panel, Tab
from certificates import api
from certificates.service import awarding, duty, finding, releasing
from certificates.views import awards, pages
from certificates.views import panels as shown


@hookimpl
def blueprints() -> list[Blueprint]:
    return [pages.pages, awards.pages]


@hookimpl
def api_blueprints() -> list[ApiBlueprint]:
    return [api.blueprint]


@hookimpl
def permissions() -> list[Permission]:
    staff = frozenset({"course_admin"})
    return [
        Permission("certificates.award", staff, scoped=True),
        Permission("certificates.revoke", staff, scoped=True),
    ]


@hookimpl
def columns() -> list[Column]:
    return finding.columns()


@hookimpl
def panels(place: str, person: Person | None, activity: Activity | None) -> list[Panel]:
    return shown.panels(place, person, activity)


@hookimpl
def tabs(person: Person, activity: Activity) -> list[Tab]:
    return shown.tabs(person, activity)


@hookimpl
def acts() -> Mapping[str, Any]:
    return {
        "certificates.released": _l("Certificates awarded from a list"),
        "certificate.awarded": _l("Certificate awarded"),
        "certificate.corrected": _l("Certificate corrected"),
        "certificate.revoked": _l("Certificate revoked"),
        "certificate.given_back": _l("Revocation lifted"),
    }


@hookimpl
def tasks() -> Mapping[str, Callable[[dict[str, Any]], None]]:
    return {"certificates.release": releasing.carry_out}


@hookimpl
def stations(activity: Activity, registration: Registration | None) -> list[Station]:
    return finding.stations(activity, registration)


@hookimpl
def learning_events(events: Sequence[LearningEvent]) -> None:
    for event in events:
        awarding.award(event)


@hookimpl
@only("earned")
def learning_event_kept(event: LearningEvent) -> None:
    awarding.tell(event)


@hookimpl
def export_person(person: Person) -> Mapping[str, Any]:
    return duty.export(person)


@hookimpl
def forget_person(person: Person) -> None:
    duty.forget(person)
