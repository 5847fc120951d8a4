"""Seats in editions through the API: given, kept for addresses, and given up."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask.views import MethodView

from app import api
from app.models import Person
from cohorts.api.door import blueprint
from cohorts.schemas import enrolling as schemas
from cohorts.service import editions, enrolling, groups, inviting

MAY = "enrolments.write"


def _list(page: tuple[Any, str | None]) -> dict[str, Any]:
    return {"items": page[0], "next": page[1]}


@blueprint.route("/editions/<slug>/enrolments")
class Enrolments(MethodView):
    @blueprint.arguments(api.Page, location="query")
    @blueprint.response(200, api.list_of(schemas.Enrolment))
    @api.needs("staff")
    def get(self, asked: dict[str, Any], slug: str, person: Person) -> Any:
        """Who is enrolled, the latest first."""
        edition = editions.get_as_staff(person, slug, MAY)
        return _list(enrolling.page_of(edition, by=person, **asked))

    @blueprint.arguments(schemas.SeatOffer)
    @blueprint.response(201, schemas.Given)
    @api.needs("staff")
    def post(self, asked: dict[str, Any], slug: str, person: Person) -> Any:
        """Enrol whose address this is, or invite the address. Twice is once."""
        edition = editions.get_as_staff(person, slug, MAY)
        asked["cohort"] = groups.find(asked["cohort"], by=person)
        return schemas.given(inviting.offer(edition, **asked, by=person))


@blueprint.route("/editions/<slug>/enrolments/<uuid:enrolment_id>", methods=["DELETE"])
@blueprint.response(204)
@api.needs("staff")
def withdraw(slug: str, enrolment_id: UUID, person: Person) -> None:
    """Withdraw somebody: the seat is free again, what she did is kept."""
    edition = editions.get_as_staff(person, slug, MAY)
    enrolling.withdraw(enrolling.get(edition, enrolment_id, by=person), by=person)


@blueprint.get("/editions/<slug>/invitations")
@blueprint.arguments(api.Page, location="query")
@blueprint.response(200, api.list_of(schemas.Invitation))
@api.needs("staff")
def invitations(asked: dict[str, Any], slug: str, person: Person) -> Any:
    """Open invitations, each keeping a seat, by address."""
    edition = editions.get_as_staff(person, slug, MAY)
    return _list(inviting.page_of(edition, by=person, **asked))


@blueprint.route("/editions/<slug>/invitations/<uuid:invitation_id>", methods=["DELETE"])
@blueprint.response(204)
@api.needs("staff")
def withdraw_invitation(slug: str, invitation_id: UUID, person: Person) -> None:
    """Withdraw an invitation: its seat is free again."""
    edition = editions.get_as_staff(person, slug, MAY)
    inviting.withdraw(inviting.get(edition, invitation_id, by=person), by=person)
