"""Cohorts of people through the API."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask.views import MethodView

from app import activities, api
from app.models import Person
from cohorts.api.door import blueprint
from cohorts.schemas import enrolling as schemas
from cohorts.service import editions, groups


@blueprint.route("/cohorts")
class Cohorts(MethodView):
    @blueprint.arguments(schemas.WantedCohorts, location="query")
    @blueprint.response(200, api.list_of(schemas.Cohort))
    @api.needs("staff")
    def get(self, asked: dict[str, Any], person: Person) -> Any:
        """The cohorts that the caller looks after, by name."""
        key = asked.pop("activity")
        activity = activities.get(key) if key else None
        pairs, following = groups.page_of(by=person, activity=activity, **asked)
        return {"items": [schemas.cohort(*pair) for pair in pairs], "next": following}

    @blueprint.arguments(schemas.NewCohort)
    @blueprint.response(201, schemas.Cohort)
    @api.needs("staff")
    def post(self, asked: dict[str, Any], person: Person) -> Any:
        """Make a cohort inside an edition, or across the editions of a course."""
        activity = activities.get(asked["activity"]) if asked["activity"] else None
        return schemas.cohort(groups.make(asked["name"], activity, by=person), 0)


@blueprint.route("/cohorts/<uuid:cohort_id>")
class Cohort(MethodView):
    @blueprint.response(200, schemas.Cohort)
    @api.needs("staff")
    def get(self, cohort_id: UUID, person: Person) -> Any:
        """One cohort."""
        return schemas.cohort(groups.get(cohort_id, by=person))

    @blueprint.arguments(schemas.Renamed)
    @blueprint.response(200, schemas.Cohort)
    @api.needs("staff")
    def patch(self, asked: dict[str, Any], cohort_id: UUID, person: Person) -> Any:
        """Rename a cohort."""
        found = groups.get(cohort_id, by=person)
        groups.rename(found, asked["name"], by=person)
        return schemas.cohort(found)

    @blueprint.response(204)
    @api.needs("staff")
    def delete(self, cohort_id: UUID, person: Person) -> None:
        """Delete a cohort. Its people keep their seats."""
        groups.remove(groups.get(cohort_id, by=person), by=person)


@blueprint.route("/cohorts/<uuid:cohort_id>/members")
class Members(MethodView):
    @blueprint.arguments(api.Page, location="query")
    @blueprint.response(200, api.list_of(schemas.Enrolled))
    @api.needs("staff")
    def get(self, asked: dict[str, Any], cohort_id: UUID, person: Person) -> Any:
        """The people of a cohort, by address."""
        members, following = groups.members(groups.get(cohort_id, by=person), by=person, **asked)
        return {"items": members, "next": following}

    @blueprint.arguments(schemas.Address)
    @blueprint.response(201, schemas.Enrolled)
    @api.needs("staff")
    def post(self, asked: dict[str, Any], cohort_id: UUID, person: Person) -> Any:
        """Put the owner of a confirmed address into a cohort."""
        return groups.add(groups.get(cohort_id, by=person), asked["email"], by=person)


@blueprint.route("/cohorts/<uuid:cohort_id>/members/<uuid:person_id>", methods=["DELETE"])
@blueprint.response(204)
@api.needs("staff")
def leave(cohort_id: UUID, person_id: UUID, person: Person) -> None:
    """Remove somebody from a cohort. Her seats stay."""
    groups.leave(groups.get(cohort_id, by=person), person_id, by=person)


@blueprint.post("/cohorts/<uuid:cohort_id>/enrolments")
@blueprint.arguments(schemas.Into)
@blueprint.response(200, schemas.Count)
@api.needs("staff")
def enrol(asked: dict[str, Any], cohort_id: UUID, person: Person) -> Any:
    """Enrol everybody in a cohort into an edition, all or none; how many are new."""
    found = groups.get(cohort_id, by=person)
    edition = editions.get_as_staff(person, asked["edition"], "enrolments.write")
    return {"enrolled": len(groups.enrol_into(found, edition, by=person))}
