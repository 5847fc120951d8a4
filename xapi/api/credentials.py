"""Credentials through our own API: what the administrators' pages do."""

from __future__ import annotations

from typing import Any

from flask import current_app, make_response
from flask.views import MethodView

from app import api
from app.models import Person
from xapi import schemas
from xapi.service import access, players

blueprint = api.Blueprint("credentials", __name__, description="Credentials of /xapi")


@blueprint.route("/xapi/credentials")
class Credentials(MethodView):
    @api.needs("staff")
    @blueprint.arguments(schemas.Credentials, location="query")
    @blueprint.response(200, api.list_of(schemas.Credential))
    def get(self, asked: dict[str, Any], person: Person) -> Any:
        """All credentials of other systems, by key, without their secrets; or those of players of
        content. For administrators."""
        page = players.page if asked.pop("players") else access.page
        rows, following = page(person, **asked)
        return {"items": rows, "next": following}

    @api.needs("staff")
    @blueprint.arguments(schemas.NewCredential)
    @blueprint.response(201, schemas.MadeCredential)
    def post(self, wanted: dict[str, Any], person: Person) -> Any:
        """Make a credential. Its secret is shown this once."""
        made, secret = access.make(person, **wanted, app_key=current_app.config["SECRET_KEY"])
        body = schemas.MadeCredential().dump(made) | {"secret": secret}
        return make_response(body, 201, {"Cache-Control": "no-store"})


@blueprint.route("/xapi/credentials/<key>")
class Credential(MethodView):
    @api.needs("staff")
    @blueprint.response(204)
    def delete(self, key: str, person: Person) -> None:
        """Revoke a credential at once; a second time changes nothing."""
        access.revoke(key, by=person)
