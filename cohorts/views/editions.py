"""Pages of editions for their staff: the list, a new one, the overview, facts and state."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from werkzeug.wrappers import Response

from app import permissions, web
from app.errors import Invalid
from app.models import Activity, Person
from app.vocabulary import say
from cohorts import wording
from cohorts.forms.editions import Facts, NewFacts
from cohorts.models import Edition
from cohorts.service import changing, deleting, editions, listing
from cohorts.service.overview import overview as overview_of
from cohorts.views.door import pages, staff_page


@pages.get("/admin/editions")
def editions_list() -> Any:
    person = web.signed_in()
    asked = {name: request.args.get(name) or None for name in ("course", "state", "when")}
    rows, further = listing.find_page(
        listing.Wanted(**asked), by=person, cursor=request.args.get("cursor")
    )
    return render_template(
        "cohorts/list.html",
        rows=rows,
        further=further,
        asked=asked,
        courses=listing.courses(person, "editions.read"),
        opens=listing.courses(person),
        wording=wording,
    )


@pages.route("/admin/editions/new", methods=["GET", "POST"])
def new() -> Any:
    person = web.signed_in()
    if not request.args.get("course"):
        return _choose(person)
    course = listing.course_for(person, request.args["course"])
    form = NewFacts()
    if form.validate_on_submit():
        try:
            made = editions.open_edition(course, form.values(), by=person)
        except Invalid as invalid:
            form.refuse(invalid)
        else:
            return back(made, _("The edition is a draft. Plan its sessions, then publish it."))
    title = say(course.titles, web.language())
    return render_template("cohorts/new.html", form=form, course=title), form.status


def _choose(person: Person) -> str:
    return render_template("cohorts/choose.html", courses=_demanded(listing.courses(person)))


def _demanded(courses: Any) -> Any:
    """The courses, of which there must be one. Raises Forbidden."""
    if not courses:
        permissions.demand(None, "editions.write")
    return courses


def back(edition: Edition, sentence: str, endpoint: str = "cohorts.overview") -> Response:
    """To a page of the edition, with what happened."""
    flash(sentence, "success")
    return redirect(url_for(endpoint, slug=edition.slug), 303)


@pages.get("/admin/editions/<slug>")
def overview(slug: str) -> Any:
    person = web.signed_in()
    shown = overview_of(person, slug, language=web.language())
    return staff_page(
        "cohorts/overview.html",
        shown.edition,
        person,
        shown=shown,
        wording=wording,
        course=_course(shown.course),
        writes=permissions.may(person, "editions.write", shown.edition.activity),
        copies=permissions.may(person, "editions.write", shown.course),
        deletes=shown.edition.state == "draft" and deleting.may(shown.edition, by=person),
        panels=web.panels("staff", person, shown.edition.activity),
    )


def _course(course: Activity) -> str:
    return say(course.titles, web.language())


@pages.route("/admin/editions/<slug>/facts", methods=["GET", "POST"])
def facts(slug: str) -> Any:
    person = web.signed_in()
    edition = editions.get_as_staff(person, slug, "editions.write")
    form = Facts(facts=changing.facts_of(edition))
    if form.validate_on_submit():
        try:
            changing.change(edition, form.values(), by=person)
        except Invalid as invalid:
            form.refuse(invalid)
        else:
            return back(edition, _("The facts are changed."))
    return staff_page("cohorts/facts.html", edition, person, form=form), form.status


@pages.get("/admin/editions/<slug>/cancel")
def cancel(slug: str) -> Any:
    person = web.signed_in()
    edition = editions.get_as_staff(person, slug, "editions.write")
    taken = listing.row(edition).taken
    return staff_page("cohorts/cancel.html", edition, person, taken=taken)


@pages.post("/admin/editions/<slug>/state")
def state(slug: str) -> Any:
    person = web.signed_in()
    edition = editions.get_as_staff(person, slug, "editions.write")
    changing.set_state(edition, request.form.get("state", ""), by=person)
    return back(edition, _("The edition is: %(state)s.", state=wording.STATES[edition.state]))


@pages.route("/admin/editions/<slug>/delete", methods=["GET", "POST"])
def delete(slug: str) -> Any:
    person = web.signed_in()
    edition = editions.get_as_staff(person, slug, "editions.write")
    if request.method == "POST":
        deleting.remove(edition, by=person)
        flash(_("The draft is deleted."), "success")
        return redirect(url_for("cohorts.editions_list"), 303)
    hindrances = deleting.hindrances(edition, by=person)
    return staff_page("cohorts/delete.html", edition, person, hindrances=hindrances)
