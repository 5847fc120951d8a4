"""What every page of cohorts begins with: the blueprint, and an edition in its staff's frame."""

from __future__ import annotations

from typing import Any

from flask import render_template
from flask_babel import lazy_gettext as _l

from app import permissions, web
from app.models import Person
from app.vocabulary import say
from cohorts.models import Edition

pages = web.Pages("cohorts", __name__, template_folder="../templates")

TABS = (
    ("cohorts.overview", _l("Overview"), "editions.read"),
    ("cohorts.programme", _l("Programme"), "editions.read"),
    ("cohorts.roster_of", _l("Roster"), "editions.read"),
    ("cohorts.attendances", _l("Attendance"), "editions.read"),
    ("cohorts.enrol", _l("Enrol"), "enrolments.write"),
    ("cohorts.imports", _l("Imports"), "enrolments.write"),
    ("cohorts.rule", _l("Completion"), "editions.write"),
    ("cohorts.staff", _l("Staff"), "editions.read"),
)
"""The pages on which an edition is looked after: endpoint, words, and who may open it."""


def staff_page(template: str, edition: Edition, person: Person, **values: Any) -> str:
    """A page of an edition's staff: `cohorts/frame.html` with the tabs that she may open."""
    asked = {permission for _, _, permission in TABS}
    held = {name for name in asked if permissions.may(person, name, edition.activity)}
    tabs = [(endpoint, words) for endpoint, words, permission in TABS if permission in held]
    title = say(edition.activity.titles, web.language())
    return render_template(template, edition=edition, title=title, tabs=tabs, **values)
