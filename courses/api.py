"""The catalogue, registrations and lessons through the API."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import current_app

from app import api, paging, registrations, web
from app.models import Person
from courses import offers, openings, schema_org, schemas, wording
from courses.offers import Offer
from courses.service import catalogue, learning, ways

blueprint = api.Blueprint("courses", __name__)


@blueprint.get("/courses")
@blueprint.arguments(schemas.Facets, location="query")
@blueprint.response(200, schemas.Catalogue)
def courses(asked: dict[str, Any]) -> Any:
    """What is offered, narrowed down by type, language and place; at most 200 at once. Public."""
    cursor, limit = asked.pop("cursor"), asked.pop("limit")
    return {**_page(asked, cursor, limit), "facets": catalogue.counts(asked)}


def _page(asked: offers.Wanted, cursor: str | None, limit: int) -> dict[str, Any]:
    page = catalogue.page(asked, cursor=cursor, limit=limit)
    return {
        "items": [wording.as_json(offer, web.language()) for offer in page.offers],
        "next": paging.cursor(page.next) if page.next else None,
    }


@blueprint.get("/courses/<slug>")
@blueprint.response(200, schemas.OfferDetail)
def course(slug: str) -> Any:
    """One annual course, module or training on request. Public."""
    return _detail(catalogue.get(slug))


@blueprint.get("/modules")
@blueprint.arguments(api.Page, location="query")
@blueprint.response(200, api.list_of(schemas.Offer))
def modules(page: dict[str, Any]) -> Any:
    """The e-learning modules, also those in preparation. Public."""
    return _page({"type": ["module"]}, **page)


@blueprint.get("/modules/<slug>")
@blueprint.response(200, schemas.ModuleDetail)
def module(slug: str) -> Any:
    """A module: its facts, its stations, and what completes it. Public."""
    offer = catalogue.get_module(slug)
    way = ways.way(None, offer, language=web.language())
    return {**_detail(offer), "stations": way.stations, "rule": way.rule}


def _detail(offer: Offer) -> dict[str, Any]:
    language = web.language()
    page = f"{current_app.config['URL']}/{language}{offer.url}"
    return {
        **wording.as_json(offer, language),
        "facts": offer.facts,
        "words": offer.said(language),
        "structured": schema_org.course(offer, language, url=page),
    }


@blueprint.post("/modules/<slug>/registrations")
@blueprint.response(201, schemas.Registration)
@api.needs("learn")
def begin(slug: str, person: Person) -> Any:
    """Begin a module. Beginning twice is beginning once: the open registration comes back."""
    offer = catalogue.get_module(slug)
    return _way(learning.begin(person, offer, language=web.language()).id, person)


@blueprint.get("/registrations")
@blueprint.arguments(api.Page, location="query")
@blueprint.response(200, api.list_of(schemas.Registration))
@api.needs("read")
def mine(asked: dict[str, Any], person: Person) -> Any:
    """The caller's registrations, the newest first."""
    rows, following = registrations.page_of(person, **asked)
    found = [ways.way_of(one, language=web.language()) for one in rows]
    return {"items": found, "next": following}


@blueprint.get("/registrations/<uuid:registration_id>")
@blueprint.response(200, schemas.Registration)
@api.needs("read")
def registration(registration_id: UUID, person: Person) -> Any:
    """How far the caller is: the way, what is done, what is missing and why."""
    return _way(registration_id, person)


@blueprint.put("/registrations/<uuid:registration_id>/place")
@blueprint.arguments(schemas.Place)
@blueprint.response(200, schemas.Registration)
@api.needs("learn")
def place(asked: dict[str, str], registration_id: UUID, person: Person) -> Any:
    """Keep the place where the caller stopped, for any device."""
    learning.stop_at(registrations.get(person, registration_id), asked["activity"])
    return _way(registration_id, person)


@blueprint.get("/registrations/<uuid:registration_id>/lessons/<lesson>")
@blueprint.response(200, schemas.Lesson)
@api.needs("read")
def lesson(registration_id: UUID, lesson: str, person: Person) -> Any:
    """A lesson in the caller's language, as Markdown and as HTML."""
    standing = registrations.get(person, registration_id)
    activity = catalogue.lesson_inside(standing.activity, lesson)
    text = catalogue.text(activity, web.language())
    return {
        "language": text.language,
        "markdown": text.source,
        "html": text.html,
        "objectives": text.objectives,
        "cites": text.cites,
        "words": text.word_count,
        "minutes": text.minutes,
        "review": text.review,
        "activity": activity.key,
        "title": wording.title(activity, web.language()),
        "done": learning.is_done(standing, activity),
        "opening": openings.sign(_secret(), standing.id, activity.key),
    }


@blueprint.post("/registrations/<uuid:registration_id>/lessons/<lesson>/completion")
@blueprint.arguments(schemas.Completion)
@blueprint.response(200, schemas.Registration)
@api.needs("learn")
def complete(
    asked: dict[str, str | None], registration_id: UUID, lesson: str, person: Person
) -> Any:
    """Done with a lesson. Completing twice is completing once."""
    standing = registrations.get(person, registration_id)
    activity = catalogue.lesson_inside(standing.activity, lesson)
    seconds = openings.seconds(_secret(), asked["opening"], standing.id, activity.key)
    learning.complete(standing, activity, language=web.language(), seconds=seconds)
    return _way(registration_id, person)


def _way(registration_id: UUID, person: Person) -> ways.Way:
    return ways.way_of(registrations.get(person, registration_id), language=web.language())


def _secret() -> str:
    return str(current_app.config["SECRET_KEY"])
