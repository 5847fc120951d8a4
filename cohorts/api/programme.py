"""The programme of an edition through the API: all of it, or one session."""

from __future__ import annotations

from typing import Any

from flask.views import MethodView

from app import api, web
from app.models import Person
from cohorts.api.door import blueprint
from cohorts.models import Edition, Session
from cohorts.schemas import programme as schemas
from cohorts.service import editions
from cohorts.service import programme as planning


def _edition(slug: str, person: Person) -> Edition:
    return editions.get_as_staff(person, slug, "editions.write")


def _session(slug: str, session_id: str, person: Person) -> Session:
    return planning.get(_edition(slug, person), session_id)


def _all(edition: Edition) -> Any:
    return {"items": editions.programme(edition), "next": None}


@blueprint.route("/editions/<slug>/sessions")
class Programme(MethodView):
    @blueprint.response(200, api.list_of(schemas.Session))
    def get(self, slug: str) -> Any:
        """The programme of an edition. Public once it is published."""
        return _all(editions.get_for(api.reader("read"), slug))

    @blueprint.arguments(schemas.NewSession)
    @blueprint.response(201, schemas.Session)
    @api.needs("staff")
    def post(self, asked: dict[str, Any], slug: str, person: Person) -> Any:
        """Plan a session."""
        return planning.add(_edition(slug, person), asked, by=person)

    @blueprint.arguments(schemas.WholeProgramme)
    @blueprint.response(200, api.list_of(schemas.Session))
    @api.needs("staff")
    def put(self, asked: dict[str, Any], slug: str, person: Person) -> Any:
        """Let the programme be this and nothing else: all of it, or, where an entry is refused,
        nothing."""
        edition = _edition(slug, person)
        planning.replace(edition, asked["items"], by=person)
        return _all(edition)


@blueprint.post("/editions/<slug>/sessions/half-days")
@blueprint.response(201, api.list_of(schemas.Session))
@api.needs("staff")
def fill(slug: str, person: Person) -> Any:
    """Plan a morning and an afternoon for each working day on which nothing is planned then."""
    edition = _edition(slug, person)
    planning.fill(edition, by=person)
    return _all(edition)


@blueprint.route("/editions/<slug>/sessions/<session_id>")
class OneSession(MethodView):
    @blueprint.response(200, schemas.Session)
    def get(self, slug: str, session_id: str) -> Any:
        """A session of the programme. Public once the edition is published."""
        return planning.get(editions.get_for(api.reader("read"), slug), session_id)

    @blueprint.arguments(schemas.SessionChange)
    @blueprint.response(200, schemas.Session)
    @api.needs("staff")
    def patch(self, asked: dict[str, Any], slug: str, session_id: str, person: Person) -> Any:
        """Move a session, or call it otherwise."""
        found = _session(slug, session_id, person)
        planning.change(found, asked, by=person)
        return found

    @blueprint.response(204)
    @api.needs("staff")
    def delete(self, slug: str, session_id: str, person: Person) -> None:
        """Remove a session from the programme; its attendance is kept."""
        planning.remove(_session(slug, session_id, person), by=person)


@blueprint.get("/editions/<slug>/sessions/<session_id>/removal")
@blueprint.response(200, schemas.Removal)
@api.needs("staff")
def removal(slug: str, session_id: str, person: Person) -> Any:
    """What taking a session out would do, and to whom; nothing is changed."""
    found = _session(slug, session_id, person)
    return planning.removal(found, by=person, language=web.language())
