"""Editions through the API: listed, opened, changed, published and closed."""

from __future__ import annotations

from typing import Any

from flask.views import MethodView

from app import api, web
from app.models import Person
from cohorts.api.door import blueprint
from cohorts.schemas import editions as schemas
from cohorts.service import changing, deleting, editions, listing
from cohorts.service.overview import overview


@blueprint.route("/editions")
class Editions(MethodView):
    @blueprint.arguments(schemas.Wanted, location="query")
    @blueprint.response(200, api.list_of(schemas.Edition))
    @api.needs("staff")
    def get(self, asked: dict[str, Any], person: Person) -> Any:
        """The editions that the caller looks after, the latest first."""
        paging = {"cursor": asked.pop("cursor"), "limit": asked.pop("limit")}
        return schemas.items(listing.find_page(listing.Wanted(**asked), by=person, **paging))

    @blueprint.arguments(schemas.NewEdition)
    @blueprint.response(201, schemas.Overview)
    @api.needs("staff")
    def post(self, asked: dict[str, Any], person: Person) -> Any:
        """Open an edition of a course, as a draft."""
        course = listing.course_for(person, asked.pop("course"))
        made = editions.open_edition(course, asked, by=person)
        return _overview(made.slug, person)


@blueprint.get("/editions/<slug>/overview")
@blueprint.response(200, schemas.Overview)
@api.needs("staff")
def get(slug: str, person: Person) -> Any:
    """All that staff see of an edition."""
    return _overview(slug, person)


@blueprint.route("/editions/<slug>")
class Edition(MethodView):
    @blueprint.arguments(schemas.Facts)
    @blueprint.response(200, schemas.Overview)
    @api.needs("staff")
    def patch(self, asked: dict[str, Any], slug: str, person: Person) -> Any:
        """Change the facts of an edition. In another zone the sessions keep their wall clocks."""
        edition = editions.get_as_staff(person, slug, "editions.write")
        changing.change(edition, asked, by=person)
        return _overview(slug, person)

    @blueprint.response(204)
    @api.needs("staff")
    def delete(self, slug: str, person: Person) -> None:
        """Delete a draft with its sessions and its staff's roles; 409, with the reasons, where it
        was published, or somebody is or was enrolled, invited, or in one of its cohorts."""
        edition = editions.get_as_staff(person, slug, "editions.write")
        deleting.remove(edition, by=person)


@blueprint.route("/editions/<slug>/state", methods=["PUT"])
@blueprint.arguments(schemas.NewState)
@blueprint.response(200, schemas.Overview)
@api.needs("staff")
def state(asked: dict[str, str], slug: str, person: Person) -> Any:
    """Publish an edition, close it, cancel it, or open it again; 409 where that cannot be."""
    edition = editions.get_as_staff(person, slug, "editions.write")
    changing.set_state(edition, asked["state"], by=person)
    return _overview(slug, person)


def _overview(slug: str, person: Person) -> Any:
    return overview(person, slug, language=web.language())
