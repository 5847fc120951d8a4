"""The roster of an edition through the API."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any
from uuid import UUID

from flask.views import MethodView

from app import api, passage, revising, web
from app.models import Person
from app.vocabulary import say
from cohorts import saying
from cohorts.api.door import blueprint
from cohorts.models import Edition
from cohorts.schemas import roster as schemas
from cohorts.service import editions, roster, somebody


@blueprint.get("/editions/<slug>/roster")
@blueprint.arguments(schemas.Wanted, location="query")
@blueprint.response(200, api.list_of(schemas.Seat))
@api.needs("staff")
def roster_of(asked: dict[str, Any], slug: str, person: Person) -> Any:
    """Who has a seat, how far each came, and what is missing."""
    place = {"cursor": asked.pop("cursor"), "limit": asked.pop("limit")}
    edition = editions.get_as_staff(person, slug)
    rows, following = roster.find_page(edition, roster.Wanted(**asked), by=person, **place)
    items = [{**asdict(one), "missing": saying.missing(one.missing)} for one in rows]
    return {"items": items, "next": following}


@blueprint.get("/editions/<slug>/roster/<uuid:registration>")
@blueprint.response(200, schemas.PersonInEdition)
@api.needs("staff")
def person_in(slug: str, registration: UUID, person: Person) -> Any:
    """One person in an edition: facts, marks, results, and the explained rule."""
    return _look(editions.get_as_staff(person, slug), registration, person)


@blueprint.route("/editions/<slug>/roster/<uuid:registration>/revocation")
class Revocation(MethodView):
    @blueprint.arguments(schemas.CompletionRevoked)
    @blueprint.response(200, schemas.PersonInEdition)
    @api.needs("staff")
    def put(self, asked: dict[str, str], slug: str, registration: UUID, person: Person) -> Any:
        """Revoke a completion; what was done is kept, and no rule gives it again."""
        edition = editions.get_as_staff(person, slug)
        seat = somebody.get(edition, registration, by=person)
        revising.revoke(seat.registration, by=person, **asked)
        return _look(edition, registration, person)

    @blueprint.response(200, schemas.PersonInEdition)
    @api.needs("staff")
    def delete(self, slug: str, registration: UUID, person: Person) -> Any:
        """Lift a revocation: the rule speaks again; 409 where it is not met now."""
        edition = editions.get_as_staff(person, slug)
        seat = somebody.get(edition, registration, by=person)
        revising.lift(seat.registration, by=person)
        return _look(edition, registration, person)


def _look(edition: Edition, registration: UUID, by: Person) -> dict[str, Any]:
    found = somebody.look(edition, registration, by=by)
    language = web.language()
    told = passage.explain(found.seat.registration, language=language)

    def titled(one: Any) -> dict[str, Any]:
        return {**asdict(one), "title": say(one.titles, language)}

    return {
        "registration": registration,
        "person": found.person.id,
        "name": found.person.name,
        "email": found.person.email,
        "country": found.person.country,
        "organisation": found.person.organisation,
        "status": found.status,
        "enrolled_at": found.seat.enrolled_at,
        "completed_at": found.completed_at,
        "revoked": found.revoked,
        "seen_at": found.seen_at,
        "sessions": [titled(one) for one in found.sessions],
        "results": [titled(one) for one in found.results],
        "cohorts": found.cohorts,
        "rule": told,
    }
