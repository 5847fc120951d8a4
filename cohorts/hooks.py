"""Where cohorts meets the engine: every @hookimpl, nothing else."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import click
from flask import Blueprint
from flask_babel import lazy_gettext as _l
from flask_smorest import Blueprint as ApiBlueprint

from app.events import LearningEvent
from app.exports import Filter
from app.hookspecs import hookimpl
from app.models import Activity, Person, Registration
from app.passage import Station
from app.permissions import Permission
from app.vocabulary import Asking, Kind
from app.web import Link, Panel, Tab
from cohorts import api, attendance, cli, saying, views, wording
from cohorts.service import (
    demonstrating,
    duty,
    editions,
    enrolling,
    importing,
    inviting,
    listing,
    narrowing,
    passing,
    running,
    standings,
)

KINDS = [
    Kind(
        "edition",
        "http://adlnet.gov/expapi/activities/course",
        {"en": "edition", "fr": "session de formation", "es": "edición"},
        enterable=True,
        award="on_release",
    ),
    Kind(
        "session",
        "http://adlnet.gov/expapi/activities/meeting",
        {"en": "session", "fr": "séance", "es": "sesión"},
        asking=Asking(saying.attend, saying.attend_several, saying.more_sessions),
    ),
]


@hookimpl
def blueprints() -> list[Blueprint]:
    return [views.pages]


@hookimpl
def api_blueprints() -> list[ApiBlueprint]:
    return [api.blueprint]


@hookimpl
def commands() -> list[click.Command]:
    return [cli.cohorts]


@hookimpl
def activity_kinds() -> list[Kind]:
    return KINDS


@hookimpl
def permissions() -> list[Permission]:
    staff, admins = frozenset({"instructor", "course_admin"}), frozenset({"course_admin"})
    return [
        Permission("editions.read", staff, scoped=True),
        Permission("editions.write", admins, scoped=True),
        Permission("enrolments.write", admins, scoped=True),
        Permission("attendance.write", staff, scoped=True),
    ]


@hookimpl
def acts() -> Mapping[str, Any]:
    return {
        **wording.ACTS,
        **attendance.ACTS,
        "enrolment.given": _l("Enrolled"),
        "enrolment.withdrawn": _l("Withdrawn"),
        "invitation.made": _l("Invited"),
        "invitation.withdrawn": _l("Invitation withdrawn"),
        "invitation.expired": _l("Unanswered invitations erased"),
        "cohort.made": _l("Cohort made"),
        "cohort.renamed": _l("Cohort renamed"),
        "cohort.removed": _l("Cohort deleted"),
        "cohort.joined": _l("Put into a cohort"),
        "cohort.left": _l("Removed from a cohort"),
        "roster.checked": _l("File of people checked"),
        "roster.imported": _l("People imported"),
    }


@hookimpl
def tasks() -> Mapping[str, Callable[[dict[str, Any]], None]]:
    return {
        "cohorts.tell_seat": enrolling.tell,
        "cohorts.invite": inviting.send,
        "cohorts.tell_waiting": inviting.tell_waiting,
        "cohorts.import": running.run,
        "cohorts.purge_import": importing.purge,
        "cohorts.restand": standings.refresh_rest,
    }


@hookimpl
def filters() -> list[Filter]:
    return [Filter("cohort", _l("Cohort"), narrowing.choices, narrowing.among, order=30)]


@hookimpl
def navigation(person: Person | None) -> list[Link]:
    if person is None or not listing.looks_after_any(person):
        return []
    return [Link(_l("Editions"), "cohorts.editions_list", 30), *views.groups.navigation(person)]


@hookimpl
def panels(place: str, person: Person | None, activity: Activity | None) -> list[Panel]:
    return views.public.panels(place, person, activity)


@hookimpl
def stations(activity: Activity, registration: Registration | None) -> list[Station]:
    return passing.stations(activity, registration)


@hookimpl
def activity_url(activity: Activity) -> str | None:
    return editions.url(activity)


@hookimpl
def address_confirmed(person: Person) -> None:
    inviting.bind(person)


@hookimpl
def tabs(person: Person, activity: Activity) -> list[Tab]:
    return views.tabs(person, activity)


@hookimpl
def may_learn(person: Person, activity: Activity) -> str | None:
    return editions.refusal(person, activity)


@hookimpl
def export_person(person: Person) -> Mapping[str, Any]:
    return {"cohorts": duty.export(person)}


@hookimpl
def forget_person(person: Person) -> None:
    duty.forget(person)


@hookimpl
def learning_events(events: Sequence[LearningEvent]) -> None:
    standings.follow(events)


@hookimpl
def demonstration() -> str | None:
    return demonstrating.make()
