"""What every page of cohorts begins with: the blueprint, and an edition in its staff's frame."""

from __future__ import annotations

from typing import Any

from flask import url_for
from flask_babel import lazy_gettext as _l

from app import permissions, web
from app.models import Activity, Person
from app.web import Tab
from cohorts.models import Edition
from cohorts.service import editions

pages = web.Pages("cohorts", __name__, template_folder="../templates")

TABS = (
    ("cohorts.overview", _l("Overview"), "editions.read"),
    ("cohorts.programme", _l("Programme"), "editions.read"),
    ("cohorts.roster_of", _l("Roster"), "editions.read"),
    ("cohorts.attendances", _l("Attendance"), "editions.read"),
    ("cohorts.enrol", _l("Enrol"), "enrolments.write"),
    ("cohorts.imports", _l("Imports"), "enrolments.write"),
    ("cohorts.rule", _l("Completion rule"), "editions.write"),
    ("cohorts.staff", _l("Staff"), "editions.read"),
)
"""The pages on which an edition is looked after: endpoint, words, and who may open it."""


def tabs(person: Person, activity: Activity) -> list[Tab]:
    """Of an edition, those that she may open."""
    if activity.kind != "edition":
        return []
    asked = {permission for _, _, permission in TABS}
    held = {name for name in asked if permissions.may(person, name, activity)}
    slug = activity.key.removeprefix(editions.key(""))
    return [
        Tab(words, url_for(endpoint, slug=slug), position)
        for position, (endpoint, words, permission) in enumerate(TABS)
        if permission in held
    ]


def staff_page(template: str, edition: Edition, person: Person, **values: Any) -> str:
    """A page of an edition's staff."""
    return web.staff_page(template, edition.activity, person, edition=edition, **values)
