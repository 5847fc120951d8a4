"""A credential for a player of content, for a registration of the caller's own."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import current_app, make_response

from app import api, registrations
from app.models import Person
from xapi import schemas
from xapi.service import players

blueprint = api.Blueprint("players", __name__, description="Players of content")


@blueprint.post("/registrations/<uuid:registration_id>/credential")
@blueprint.arguments(schemas.NewPlayer)
@blueprint.response(201, schemas.Player)
@api.needs("learn")
def issue(asked: dict[str, Any], registration_id: UUID, person: Person) -> Any:
    """A short-lived credential for /xapi, with which a player of content tells what the caller
    does in this registration, and moves her progress in activities of a kind that players tell
    of. Its secret is shown this once."""
    issued = players.issue(
        registrations.get(person, registration_id),
        iris=asked["activities"],
        hours=current_app.config["PLAYER_HOURS"],
        app_key=current_app.config["SECRET_KEY"],
    )
    made = issued.credential
    body = schemas.Player().dump(
        {
            "endpoint": f"{current_app.config['URL']}/xapi/",
            "key": made.key,
            "secret": issued.secret,
            "actor": issued.actor,
            "registration": made.registration_id,
            "activities": made.activities,
            "expires_at": made.expires_at,
        }
    )
    return make_response(body, 201, {"Cache-Control": "no-store"})
