"""Pages of the roster: everybody in an edition, and one person of it."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any
from uuid import UUID

from flask import (
    current_app,
    flash,
    get_template_attribute,
    redirect,
    request,
    url_for,
)
from flask_babel import gettext as _
from markupsafe import Markup

from app import passage, permissions, places, revising, templating, web
from app.errors import Invalid
from app.models import Person
from app.passage import Station
from app.vocabulary import say
from cohorts import attendance, saying
from cohorts.forms.roster import Filter, Revoke
from cohorts.models import Edition
from cohorts.service import editions, roster, somebody
from cohorts.service.roster import Row
from cohorts.views.attendance import when
from cohorts.views.door import pages, staff_page


@pages.get("/admin/editions/<slug>/roster")
def roster_of(slug: str) -> Any:
    person = web.signed_in()
    edition = editions.get_as_staff(person, slug)
    form = Filter(request.args, cohorts=roster.cohorts(edition, by=person))
    asked = form.asked()
    cursor = request.args.get("cursor")
    rows, further = (
        roster.invited_page(edition, by=person, cursor=cursor)
        if asked.get("status") == "invited"
        else roster.find_page(edition, form.wanted(), by=person, cursor=cursor)
    )
    return staff_page(
        "cohorts/roster.html",
        edition,
        person,
        form=form,
        asked=asked,
        rows=rows,
        further=further,
        later=bool(cursor),
        counts=roster.counts(edition),
        countries=dict(places.countries(web.language())),
        country_options=_country_options(web.language(), asked.get("country")),
        drawn=_drawing(),
        missing=cache(saying.missing),
        day=templating.medium_day,
        wording=saying,
        completions=_completions(edition, person),
    )


def _drawing() -> Callable[[Row], Markup]:
    """What draws the path of somebody in small, with its end; of people who came equally far it
    is drawn once."""
    draw = get_template_attribute("parts.html", "passage_small")

    @cache
    def drawn(completed: bool, *stops: tuple[str, str]) -> Markup:
        way = [Station(title="", kind=kind, state=state) for kind, state in stops]
        end = "done" if completed else "ahead"
        return Markup(draw([*way, Station(_("Completed"), "certificate", end)]))  # noqa: S704  (the output of a macro, which escapes its words)

    def of(one: Row) -> Markup:
        completed = one.status in ("completed", "lapsed")
        return drawn(completed, *((stop.kind, stop.state) for stop in one.path))

    return of


def _country_options(language: str, chosen: str | None) -> Markup:
    every = _every_country(language)
    if chosen not in dict(places.countries(language)):
        return every
    value = Markup('value="{}"').format(chosen)
    return every.replace(value, value + Markup(" selected"))


@cache
def _every_country(language: str) -> Markup:
    option = Markup('<option value="{}">{}</option>')
    return Markup("").join(option.format(*one) for one in places.countries(language))


def _completions(edition: Edition, person: Person) -> str | None:
    """The completion records of this edition, where the house has them and she may read them."""
    if "records.completions" not in current_app.view_functions:
        return None
    if not permissions.may(person, "records.read", edition.activity):
        return None
    return url_for("records.completions", activity=edition.activity.key)


@pages.get("/admin/editions/<slug>/roster/<uuid:registration_id>")
def person_in(slug: str, registration_id: UUID) -> Any:
    return _person(slug, registration_id, Revoke())


@pages.post("/admin/editions/<slug>/roster/<uuid:registration_id>/revoke")
def revoke_completion(slug: str, registration_id: UUID) -> Any:
    person = web.signed_in()
    seat = somebody.get(editions.get_as_staff(person, slug), registration_id, by=person)
    form = Revoke()
    try:
        revising.revoke(seat.registration, by=person, reason=form.reason.data or "")
    except Invalid as invalid:
        form.refuse(invalid)
        return _person(slug, registration_id, form), 422
    flash(_("The completion is revoked."), "success")
    if form.session.data:
        return redirect(url_for(".attendance_of", slug=slug, name=form.session.data), 303)
    return redirect(url_for(".person_in", slug=slug, registration_id=registration_id), 303)


@pages.post("/admin/editions/<slug>/roster/<uuid:registration_id>/lift")
def lift_revocation(slug: str, registration_id: UUID) -> Any:
    person = web.signed_in()
    seat = somebody.get(editions.get_as_staff(person, slug), registration_id, by=person)
    revising.lift(seat.registration, by=person)
    flash(_("The completion stands again."), "success")
    return redirect(url_for(".person_in", slug=slug, registration_id=registration_id), 303)


def _person(slug: str, registration_id: UUID, form: Revoke) -> str:
    person = web.signed_in()
    edition = editions.get_as_staff(person, slug)
    found = somebody.look(edition, registration_id, by=person)
    return staff_page(
        "cohorts/person.html",
        edition,
        person,
        form=form,
        found=found,
        verdict=passage.explain(found.seat.registration, language=web.language()),
        country=dict(places.countries(web.language())).get(found.person.country or ""),
        marks=attendance.WORDS,
        when=when,
        say_status=saying.STATUSES,
        wording=saying,
        revokes=permissions.may(person, "completions.write", edition.activity),
        withdraws=permissions.may(person, "enrolments.write", edition.activity),
        accounts=permissions.may(person, "people.read"),
        title_of=lambda titles: say(titles, web.language()),
    )
