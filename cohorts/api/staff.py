"""What an edition asks, its staff, and a copy of it, through the API."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask.views import MethodView

from app import api, passage, web
from app.models import Person
from cohorts.api.door import blueprint
from cohorts.models import Edition
from cohorts.schemas import editions as edition_schemas
from cohorts.schemas import programme as schemas
from cohorts.service import copying, editions, requiring, staffing
from cohorts.service.overview import overview


@blueprint.route("/editions/<slug>/rule")
class Rule(MethodView):
    @blueprint.response(200, schemas.Rule)
    @api.needs("staff")
    def get(self, slug: str, person: Person) -> Any:
        """What completing an edition asks."""
        return _rule(editions.get_as_staff(person, slug))

    @blueprint.arguments(edition_schemas.Asks)
    @blueprint.response(200, schemas.Rule)
    @api.needs("staff")
    def put(self, asked: dict[str, Any], slug: str, person: Person) -> Any:
        """Let completing an edition ask this from now on; who meets it completes at once."""
        edition = _mine(slug, person)
        requiring.change(edition, asked, by=person)
        return _rule(edition)


def _mine(slug: str, person: Person) -> Edition:
    return editions.get_as_staff(person, slug, "editions.write")


def _rule(edition: Edition) -> dict[str, Any]:
    words = passage.requirement(edition.activity, language=web.language())
    return {"asks": edition.asks, "rule": words}


@blueprint.post("/editions/<slug>/rule/preview")
@blueprint.arguments(edition_schemas.Asks)
@blueprint.response(200, schemas.Foreseen)
@api.needs("staff")
def preview(asked: dict[str, Any], slug: str, person: Person) -> Any:
    """What another rule would do, and to whom; nothing is changed."""
    return requiring.foresee(_mine(slug, person), asked, by=person, language=web.language())


@blueprint.post("/editions/<slug>/copy")
@blueprint.arguments(schemas.Copy)
@blueprint.response(201, edition_schemas.Overview)
@api.needs("staff")
def copy(asked: dict[str, Any], slug: str, person: Person) -> Any:
    """Open an edition like this one, as a draft: dates shifted, programme kept, nobody in it."""
    made = copying.copy(_mine(slug, person), asked, by=person)
    return overview(person, made.slug, language=web.language())


@blueprint.route("/editions/<slug>/staff")
class Staff(MethodView):
    @blueprint.response(200, api.list_of(schemas.Staff))
    @api.needs("staff")
    def get(self, slug: str, person: Person) -> Any:
        """Who looks after an edition."""
        edition = editions.get_as_staff(person, slug)
        return {"items": staffing.staff(edition, by=person), "next": None}

    @blueprint.arguments(schemas.NewStaff)
    @blueprint.response(201, schemas.Staff)
    @api.needs("staff")
    def post(self, asked: dict[str, str], slug: str, person: Person) -> Any:
        """Give somebody a role for an edition; giving it twice is giving it once."""
        edition = editions.get_as_staff(person, slug)
        given = staffing.give(edition, asked["email"], asked["role"], by=person)
        return staffing.Looks(given, here=True)


@blueprint.delete("/editions/<slug>/staff/<uuid:grant_id>")
@blueprint.response(204)
@api.needs("staff")
def take(slug: str, grant_id: UUID, person: Person) -> None:
    """Remove a role for an edition."""
    staffing.take(editions.get_as_staff(person, slug), grant_id, by=person)
