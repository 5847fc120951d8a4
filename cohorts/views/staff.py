"""Pages of what an edition asks, of its staff, and of a copy."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import request
from flask_babel import gettext as _

from app import passage, permissions, web
from app.errors import Invalid
from cohorts.forms.asking import Asks, GiveRole
from cohorts.forms.programme import Copy
from cohorts.service import copying, editions, requiring, staffing
from cohorts.views.door import pages, staff_page
from cohorts.views.editions import back


@pages.route("/admin/editions/<slug>/rule", methods=["GET", "POST"])
def rule(slug: str) -> Any:
    """The form; sent in, what it would do; sent in with `confirmed`, it is done."""
    person = web.signed_in()
    edition = editions.get_as_staff(person, slug, "editions.write")
    form = Asks(asks=edition.asks)
    if form.validate_on_submit():
        try:
            if request.form.get("confirmed"):
                requiring.change(edition, form.values(), by=person)
                return back(edition, _("What completing it asks is changed."))
            if not request.form.get("again"):
                language = web.language()
                seen = requiring.foresee(edition, form.values(), by=person, language=language)
                return staff_page("cohorts/foreseen.html", edition, person, form=form, seen=seen)
        except Invalid as invalid:
            form.refuse(invalid)
    now = passage.requirement(edition.activity, language=web.language())
    return staff_page("cohorts/rule.html", edition, person, form=form, rule=now), form.status


@pages.route("/admin/editions/<slug>/copy", methods=["GET", "POST"])
def copy(slug: str) -> Any:
    person = web.signed_in()
    edition = editions.get_as_staff(person, slug, "editions.write")
    form = Copy(data=copying.proposal(edition, by=person))
    if form.validate_on_submit():
        try:
            made = copying.copy(edition, form.values(), by=person)
            return back(made, _("The copy is a draft. Look at it, then publish it."))
        except Invalid as invalid:
            form.refuse(invalid)
    return staff_page("cohorts/copy.html", edition, person, form=form), form.status


@pages.route("/admin/editions/<slug>/staff", methods=["GET", "POST"])
def staff(slug: str) -> Any:
    person = web.signed_in()
    edition = editions.get_as_staff(person, slug)
    form = GiveRole()
    if form.validate_on_submit():
        try:
            staffing.give(edition, form.email.data, form.role.data, by=person)
            return back(edition, _("The role is given."), "cohorts.staff")
        except Invalid as invalid:
            form.refuse(invalid)
    return staff_page(
        "cohorts/staff.html",
        edition,
        person,
        form=form,
        looks=staffing.staff(edition, by=person),
        roles=permissions.ROLE_WORDS,
        writes=permissions.may(person, "staff.write", edition.activity),
    ), form.status


@pages.post("/admin/editions/<slug>/staff/<uuid:grant_id>/take")
def take(slug: str, grant_id: UUID) -> Any:
    person = web.signed_in()
    edition = editions.get_as_staff(person, slug)
    staffing.take(edition, grant_id, by=person)
    return back(edition, _("The role is removed."), "cohorts.staff")
