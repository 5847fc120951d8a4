"""Pages of the catalogue and of lessons."""

from __future__ import annotations

from typing import Any

from flask import current_app, redirect, render_template, request, url_for
from flask_babel import ngettext

from app import registrations, web
from app.models import Activity, Person, Registration
from app.passage import Station
from app.web import Link, Panel
from courses import offers, openings, schema_org, wording
from courses.forms import DoneForm
from courses.offers import FACETS, Offer
from courses.service import catalogue, learning, ways

pages = web.Pages("courses", __name__)


@pages.get("/courses")
def courses() -> Any:
    shelf = catalogue.shelf()
    wanted = offers.known(shelf, {facet: request.args.getlist(facet) for facet in FACETS})
    after = request.args.get("after", "")
    place = after if after in shelf.by_slug else ""  # what was withdrawn: from the beginning
    query = {**wanted, "after": [place] if place else []}
    return web.same_for_all(lambda: _catalogue(shelf, wanted, place), query)


PAGE = 60
"""Offers on a page of the catalogue."""


def _catalogue(shelf: offers.Shelf, wanted: offers.Wanted, after: str) -> str:
    page = offers.page(shelf, wanted, after=after, limit=PAGE)
    counts = catalogue.counts(wanted)
    return render_template(
        "courses/catalogue.html",
        count=page.count,
        filtered=sum(map(len, wanted.values())),
        groups=wording.groups(page.offers, web.language()),
        facets=wording.facets(shelf, counts, wanted, web.language()),
        page={
            "previous_url": _page_url(wanted, page.previous),
            "next_url": _page_url(wanted, page.next),
            "words": ngettext("%(num)d offer", "%(num)d offers", len(page.offers)),
        },
    )


def _page_url(wanted: offers.Wanted, after: str | None) -> str | None:
    if after is None:
        return None
    asked: dict[str, Any] = {**wanted, "after": after or None}
    return url_for("courses.courses", **asked)


@pages.get("/courses/<slug>")
def course(slug: str) -> Any:
    offer = catalogue.get(slug)
    return web.same_for_all(lambda: _PAGES[offer.kind](offer, web.reader()), {})


def _course(offer: Offer, person: Person | None) -> str:
    panels = web.panels("activity", person, catalogue.activity_of(offer))
    return render_template("courses/course.html", **_shown(offer), panels=panels)


def _module(offer: Offer, person: Person | None) -> str:
    language = web.language()
    way = ways.way(person, offer, language=language)
    return render_template(
        "courses/module.html",
        **_shown(offer),
        way=way,
        stations=with_addresses(way.stations),
        resume=web.address(way.resume),
        panels=web.panels("activity", person, way.activity) if way.registration else [],
        outline=wording.outline(offer, language),
    )


_PAGES = {"course": _course, "service": _course, "module": _module}


def _shown(offer: Offer) -> dict[str, Any]:
    language = web.language()
    page = f"{current_app.config['URL']}{web.address(offer.url)}"
    return {
        "offer": offer,
        "title": offer.title(language),
        "said": offer.said(language),
        "description": offer.description(language),
        "facts": wording.facts(offer, language),
        "reliability": wording.RELIABILITY,
        "structured": schema_org.course(offer, language, url=page),
    }


def with_addresses(stations: Any) -> list[dict[str, Any]]:
    """The stations with addresses in the reader's language, as parts.passage shows them."""
    return [_station(one) for one in stations]


def _station(one: Station) -> dict[str, Any]:
    return {
        "title": one.title,
        "kind": one.kind,
        "state": one.state,
        "url": web.address(one.url),
        "note": one.note,
    }


@pages.post("/courses/<slug>")
def begin(slug: str) -> Any:
    person = web.signed_in()
    offer = catalogue.get_module(slug)
    registration = learning.begin(person, offer, language=web.language())
    return redirect(_where_to_go_on(registration, offer))


def _where_to_go_on(registration: Registration, offer: Offer) -> str:
    way = ways.way_of(registration, language=web.language())
    return web.address(way.resume or offer.url) or "/"


@pages.get("/courses/<slug>/<lesson>")
def lesson(slug: str, lesson: str) -> Any:
    person = web.signed_in()
    offer = catalogue.get_module(slug)
    activity = catalogue.lesson_of(offer, lesson)
    registration = registrations.around(person, activity)
    if registration is None:
        return _not_begun(offer, activity), 403
    return _lesson(offer, activity, registration)


def _not_begun(offer: Offer, activity: Activity) -> str:
    title = offer.title(web.language())
    return render_template("courses/not_begun.html", offer=offer, title=title)


def _lesson(offer: Offer, activity: Activity, registration: Registration) -> str:
    language = web.language()
    reading = ways.reading(registration, activity, language=language)
    text = catalogue.text(activity, language)
    secret = current_app.config["SECRET_KEY"]
    return render_template(
        "courses/lesson.html",
        offer=offer,
        lesson=activity.key.rpartition("/")[2],
        title=wording.title(activity, language),
        module=offer.title(language),
        text=text,
        review=wording.REVIEW[text.review],
        length=wording.minutes(text.minutes),
        written_in=None if text.language == language else wording.languages([text.language]),
        reading=reading,
        stations=with_addresses(reading.stations),
        before=_station(reading.before) if reading.before else None,
        form=DoneForm(opened=openings.sign(secret, registration.id, activity.key)),
    )


@pages.post("/courses/<slug>/<lesson>")
def done(slug: str, lesson: str) -> Any:
    offer, activity, registration = _begun(slug, lesson)
    opened = DoneForm().opened.data
    secret = current_app.config["SECRET_KEY"]
    seconds = openings.seconds(secret, opened, registration.id, activity.key)
    following = learning.complete(registration, activity, language=web.language(), seconds=seconds)
    target = catalogue.url_of(following) if following else None
    return redirect(web.address(target or offer.url) or "/")


@pages.post("/courses/<slug>/<lesson>/place")
def place(slug: str, lesson: str) -> Any:
    """The page tells by itself that this lesson is open now (app/static/place.js)."""
    _, activity, registration = _begun(slug, lesson)
    learning.stop_at(registration, activity.key)
    return "", 204


def _begun(slug: str, lesson: str) -> tuple[Offer, Activity, Registration]:
    person = web.signed_in()
    offer = catalogue.get_module(slug)
    activity = catalogue.lesson_of(offer, lesson)
    return offer, activity, learning.standing(person, activity)


def navigation() -> list[Link]:
    return [Link(wording.COURSES, "courses.courses", 10)]


def panels(where: str, person: Person | None) -> list[Panel]:
    """Home: where she stopped, what is offered. My learning: every registration of hers."""
    if where == "home":
        return [*_stopped(person), Panel("courses/offered.html", _offered(), 20)]
    if where == "my" and person is not None:
        return [Panel("courses/my.html", {"ways": _ways(person)}, 10)]
    return []


def _stopped(person: Person | None) -> list[Panel]:
    language = web.language()
    way = ways.newest(person, language=language) if person else None
    if way is None:
        return [Panel("courses/first_steps.html", {"signed_in": person is not None}, 5)]
    return [Panel("courses/stopped.html", _shown_way(way), 5)]


def _ways(person: Person) -> list[dict[str, Any]]:
    return [_shown_way(way) for way in ways.ways_of(person, language=web.language())]


def _shown_way(way: ways.Way) -> dict[str, Any]:
    return {
        "way": way,
        "title": wording.title(way.activity, web.language()),
        "url": web.address(catalogue.url(way.activity)),
        "resume": web.address(way.resume),
        "stations": with_addresses(way.stations),
    }


AT_HOME = 12
"""Offers of each sort on the first page."""


def _offered() -> dict[str, Any]:
    language, shelf = web.language(), catalogue.shelf()
    modules = shelf.by_kind["module"]
    ready = [one for one in modules if not one.in_preparation][:AT_HOME]
    coming = [one for one in modules if one.in_preparation][:AT_HOME]
    return {
        "groups": wording.groups([*shelf.by_kind["course"][:AT_HOME], *ready], language),
        "coming": [wording.card(one, language) for one in coming],
    }
