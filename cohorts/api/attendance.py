"""Attendance through the API."""

from __future__ import annotations

from typing import Any

from flask.views import MethodView

from app import api
from app.models import Person
from cohorts.api.door import blueprint
from cohorts.models import Session
from cohorts.schemas import attendance as schemas
from cohorts.service import attending, editions, rolls


@blueprint.route("/editions/<slug>/sessions/<session>/attendance")
class SessionAttendance(MethodView):
    @blueprint.arguments(schemas.Asked, location="query")
    @blueprint.response(200, api.list_of(schemas.Attendance))
    @api.needs("staff")
    def get(self, asked: dict[str, Any], slug: str, session: str, person: Person) -> Any:
        """Those who are enrolled with their marks in a session, by name."""
        items, following = rolls.page(_session(person, slug, session), by=person, **asked)
        return {"items": items, "next": following}

    @blueprint.arguments(schemas.Marks)
    @blueprint.response(200, schemas.Marked)
    @api.needs("staff")
    def put(self, asked: dict[str, Any], slug: str, session: str, person: Person) -> Any:
        """Mark who was there: all of it or nothing, with an error for each row that is wrong.

        409 earlier than an hour before the session, and where it or its edition is called off.
        """
        return attending.mark(_session(person, slug, session), by=person, **asked)


def _session(person: Person, slug: str, name: str) -> Session:
    return rolls.get_session(editions.get_as_staff(person, slug), name)
