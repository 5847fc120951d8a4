"""Pages of cohorts of people: a ministry, a sponsor, a country."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response

from app import activities, permissions, web
from app.errors import Conflict, Forbidden, Invalid
from app.models import Person
from app.web import Link
from cohorts.forms.enrolling import Add, EnrolGroup, Group, Rename
from cohorts.models import Cohort
from cohorts.service import editions, groups
from cohorts.views.door import pages


def navigation(person: Person | None) -> list[Link]:
    """A way to the cohorts for who looks after some; in the account menu for who has no other."""
    if not groups.is_keeper(person):
        return []
    links = [Link(_l("Cohorts"), "cohorts.groups", 35, "admin")]
    if not permissions.may(person, "people.read"):
        links.append(Link(_l("Cohorts"), "cohorts.groups", 75, "account"))
    return links


def _keeper() -> Person:
    person = web.signed_in()
    if not groups.is_keeper(person):
        raise Forbidden(_("You do not have the right to do this."))
    return person


@pages.route("/admin/cohorts", methods=["GET", "POST"], endpoint="groups")
def index() -> Any:
    person = _keeper()
    form = Group(places=groups.places(by=person))
    if form.validate_on_submit():
        try:
            made = groups.make(form.name.data, activities.get(form.activity.data), by=person)
            return _to(made, _("The cohort is made."))
        except (Invalid, Conflict) as wrong:
            _refuse(form, wrong)
    found, further = groups.page_of(by=person, cursor=request.args.get("cursor"))
    page = render_template("cohorts/groups.html", form=form, groups=found, further=further)
    return page, form.status


def _refuse(form: Any, wrong: Invalid | Conflict) -> None:
    form.refuse(wrong if isinstance(wrong, Invalid) else Invalid({"": wrong.sentence}))


def _to(group: Cohort, sentence: str) -> Response:
    flash(sentence, "success")
    return redirect(url_for("cohorts.group", cohort_id=group.id), 303)


@pages.get("/admin/cohorts/<uuid:cohort_id>")
def group(cohort_id: UUID) -> Any:
    person = _keeper()
    return _page(groups.get(cohort_id, by=person), person)


def _page(
    found: Cohort,
    person: Person,
    *,
    rename: Rename | None = None,
    add: Add | None = None,
    enrol: EnrolGroup | None = None,
) -> Any:
    members, further = groups.members(found, by=person, cursor=request.args.get("cursor"))
    offered = groups.editions_for(found, by=person)
    forms = {
        "rename": rename or Rename(formdata=None, name=found.name, prefix="rename-"),
        "add": add or Add(formdata=None, prefix="add-"),
        "enrol": enrol or EnrolGroup(formdata=None, editions=offered, prefix="enrol-"),
    }
    wrong = next((one for one in (rename, add, enrol) if one is not None), None)
    page = render_template(
        "cohorts/group.html",
        group=found,
        members=members,
        further=further,
        offered=offered,
        wrong=wrong,
        forms=forms,
    )
    return page, wrong.status if wrong else 200


@pages.post("/admin/cohorts/<uuid:cohort_id>/rename")
def rename_group(cohort_id: UUID) -> Any:
    person = _keeper()
    found = groups.get(cohort_id, by=person)
    form = Rename(prefix="rename-")
    if form.validate():
        try:
            groups.rename(found, form.name.data, by=person)
            return _to(found, _("The cohort is renamed."))
        except (Invalid, Conflict) as wrong:
            _refuse(form, wrong)
    return _page(found, person, rename=form)


@pages.post("/admin/cohorts/<uuid:cohort_id>/remove")
def remove_group(cohort_id: UUID) -> Any:
    person = _keeper()
    groups.remove(groups.get(cohort_id, by=person), by=person)
    flash(_("The cohort is deleted. Its people keep their seats."), "success")
    return redirect(url_for("cohorts.groups"), 303)


@pages.post("/admin/cohorts/<uuid:cohort_id>/members")
def add_member(cohort_id: UUID) -> Any:
    person = _keeper()
    found = groups.get(cohort_id, by=person)
    form = Add(prefix="add-")
    if form.validate():
        try:
            groups.add(found, form.email.data, by=person)
            return _to(found, _("Added to the cohort."))
        except Invalid as wrong:
            _refuse(form, wrong)
    return _page(found, person, add=form)


@pages.post("/admin/cohorts/<uuid:cohort_id>/members/<uuid:person_id>/remove")
def remove_member(cohort_id: UUID, person_id: UUID) -> Any:
    person = _keeper()
    found = groups.get(cohort_id, by=person)
    groups.leave(found, person_id, by=person)
    return _to(found, _("Removed from the cohort."))


@pages.post("/admin/cohorts/<uuid:cohort_id>/enrol")
def enrol_group(cohort_id: UUID) -> Any:
    person = _keeper()
    found = groups.get(cohort_id, by=person)
    form = EnrolGroup(editions=groups.editions_for(found, by=person), prefix="enrol-")
    if form.validate():
        try:
            edition = editions.get_as_staff(person, form.edition.data, "enrolments.write")
            given = groups.enrol_into(found, edition, by=person)
            return _to(found, _("Newly enrolled: %(count)s.", count=len(given)))
        except (Invalid, Conflict) as wrong:
            _refuse(form, wrong)
    return _page(found, person, enrol=form)
