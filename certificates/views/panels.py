"""What certificates shows on pages of others: hers, somebody's for staff, an activity's awards."""

from __future__ import annotations

from flask import url_for
from flask_babel import lazy_gettext as _l

from app import permissions, web
from app.models import Activity, Person
from app.web import Panel, Tab
from certificates.service import finding, roster
from certificates.views import pages


def panels(place: str, person: Person | None, activity: Activity | None) -> list[Panel]:
    """Hers on "my learning" and on an activity's page; somebody's for staff who may revoke them;
    how far the awards of an activity are for staff who may award them."""
    reader = web.reader()
    if person is None or reader is None:
        return []
    if place == "activity" and activity is not None:
        valid = [one for one in finding.of_person(person, activity) if one.revoked_at is None]
        rows = [pages.said(one) for one in valid]
        return [Panel("certificates/panel_activity.html", {"rows": rows})] if rows else []
    if place == "my":
        rows = [pages.said(one) for one in finding.of_person(person)]
        return [Panel("certificates/panel_my.html", {"rows": rows}, 60)]
    if place == "person":
        rows = [pages.said(one) for one in finding.revocable(reader, person)]
        return [Panel("certificates/panel_person.html", {"rows": rows}, 60)] if rows else []
    if place == "staff" and activity is not None:
        return _staff(reader, activity)
    return []


def tabs(person: Person, activity: Activity) -> list[Tab]:
    """The awards of an activity, for staff who may award them."""
    if not _awards(person, activity):
        return []
    return [Tab(_l("Certificates"), url_for("awards.index", key=activity.key), 60)]


def _awards(person: Person, activity: Activity) -> bool:
    return roster.is_released(activity) and permissions.may(person, "certificates.award", activity)


def _staff(reader: Person, activity: Activity) -> list[Panel]:
    if not _awards(reader, activity):
        return []
    values = {"key": activity.key, "counts": roster.counts(activity)}
    return [Panel("certificates/panel_staff.html", values, 60)]
