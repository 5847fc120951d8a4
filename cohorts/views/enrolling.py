"""The page on which people get seats in an edition, one by one, and give them up."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import flash, redirect, request, url_for
from flask_babel import gettext as _

from app import web
from app.errors import Conflict, Invalid
from app.models import Person
from cohorts.forms.enrolling import Enrol
from cohorts.models import Edition
from cohorts.service import editions, enrolling, expiring, groups, inviting
from cohorts.views.door import pages, staff_page

MAY = "enrolments.write"


@pages.route("/admin/editions/<slug>/enrol", methods=["GET", "POST"])
def enrol(slug: str) -> Any:
    person = web.signed_in()
    edition = editions.get_as_staff(person, slug, MAY)
    form = Enrol(cohorts=groups.offered(edition, by=person))
    if form.validate_on_submit():
        said = form.values()
        try:
            found = groups.find(said.pop("cohort", None), by=person)
            given = inviting.offer(edition, **said, cohort=found, by=person)
            return _back(edition, _WORDS[type(given).__name__]())
        except Invalid as invalid:
            form.refuse(invalid)
        except Conflict as conflict:
            form.refuse(Invalid({"": conflict.sentence}))
    return _page(edition, person, form), form.status


_WORDS = {
    "Enrolment": lambda: _("Enrolled. A mail says so."),
    "Invitation": lambda: _("Invited. The seat is kept until the address is confirmed."),
}


def _page(edition: Edition, person: Person, form: Enrol) -> str:
    invited, more_invited = inviting.page_of(edition, by=person, cursor=request.args.get("invited"))
    seated, more_seated = enrolling.page_of(edition, by=person, cursor=request.args.get("enrolled"))
    return staff_page(
        "cohorts/enrol.html",
        edition,
        person,
        form=form,
        invited=invited,
        more_invited=more_invited,
        seated=seated,
        more_seated=more_seated,
        taken=enrolling.seats_taken(edition),
        left=enrolling.seats_left(edition),
        over=enrolling.is_over(edition),
        within=expiring.DAYS,
    )


def _back(edition: Edition, sentence: str) -> Any:
    flash(sentence, "success")
    return redirect(url_for("cohorts.enrol", slug=edition.slug), 303)


@pages.route("/admin/editions/<slug>/enrolments/<uuid:enrolment_id>", methods=["GET", "POST"])
def withdraw(slug: str, enrolment_id: UUID) -> Any:
    person = web.signed_in()
    edition = editions.get_as_staff(person, slug, MAY)
    seat = enrolling.get(edition, enrolment_id, by=person)
    if request.method == "POST":
        enrolling.withdraw(seat, by=person)
        return _back(edition, _("Withdrawn. The seat is free again; what was done is kept."))
    return staff_page("cohorts/withdraw.html", edition, person, seat=seat)


@pages.post("/admin/editions/<slug>/invitations/<uuid:invitation_id>/withdraw")
def withdraw_invitation(slug: str, invitation_id: UUID) -> Any:
    person = web.signed_in()
    edition = editions.get_as_staff(person, slug, MAY)
    inviting.withdraw(inviting.get(edition, invitation_id, by=person), by=person)
    return _back(edition, _("The invitation is withdrawn. The seat is free again."))
