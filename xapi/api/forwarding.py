"""Forwarding to other stores through our own API: what the administrators' pages do."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask.views import MethodView

from app import api
from app.models import Person
from xapi import schemas
from xapi.service import letters, targets

blueprint = api.Blueprint("forwarding", __name__, description="Forwarding to other stores")


def _shown(target: Any) -> dict[str, Any]:
    return schemas.store(targets.shown([target])[0])


@blueprint.route("/xapi/forwarding")
class Stores(MethodView):
    @api.needs("staff")
    @blueprint.arguments(api.Page, location="query")
    @blueprint.response(200, api.list_of(schemas.Store))
    def get(self, asked: dict[str, Any], person: Person) -> Any:
        """The stores that statements are forwarded to, by name; for administrators."""
        rows, following = targets.page(person, **asked)
        return {"items": [schemas.store(one) for one in rows], "next": following}

    @api.needs("staff")
    @blueprint.arguments(schemas.NewStore)
    @blueprint.response(201, schemas.Store)
    def post(self, wanted: dict[str, Any], person: Person) -> Any:
        """Forward to another store. Its secret is never told again."""
        return _shown(targets.make(person, **wanted))


@blueprint.route("/xapi/forwarding/<uuid:target_id>")
class Store(MethodView):
    @api.needs("staff")
    @blueprint.response(200, schemas.Store)
    def get(self, target_id: UUID, person: Person) -> Any:
        """One store, and how far it is served."""
        return _shown(targets.get(target_id, by=person))

    @api.needs("staff")
    @blueprint.arguments(schemas.ChangedStore)
    @blueprint.response(200, schemas.Store)
    def put(self, wanted: dict[str, Any], target_id: UUID, person: Person) -> Any:
        """Change it. What was sent is not sent again."""
        target = targets.get(target_id, by=person)
        targets.change(target, by=person, **wanted)
        return _shown(target)

    @api.needs("staff")
    @blueprint.response(204)
    def delete(self, target_id: UUID, person: Person) -> None:
        """Forget it and what it refused."""
        targets.remove(targets.get(target_id, by=person), by=person)


@blueprint.post("/xapi/forwarding/<uuid:target_id>/start")
@blueprint.response(200, schemas.Store)
@api.needs("staff")
def start(target_id: UUID, person: Person) -> Any:
    """Switch it on, or start it again where it was stopped after failures."""
    target = targets.get(target_id, by=person)
    targets.start(target, by=person)
    return _shown(target)


@blueprint.post("/xapi/forwarding/<uuid:target_id>/stop")
@blueprint.response(200, schemas.Store)
@api.needs("staff")
def stop(target_id: UUID, person: Person) -> Any:
    """Switch it off. What is stored meanwhile waits."""
    target = targets.get(target_id, by=person)
    targets.stop(target, by=person)
    return _shown(target)


@blueprint.post("/xapi/forwarding/<uuid:target_id>/replay")
@blueprint.response(200, schemas.Replayed)
@api.needs("staff")
def replay_all(target_id: UUID, person: Person) -> Any:
    """Send everything that it refused once more."""
    return {"count": letters.replay_all(targets.get(target_id, by=person), by=person)}


@blueprint.get("/xapi/forwarding/refused")
@blueprint.arguments(schemas.LookedForLetters, location="query")
@blueprint.response(200, api.list_of(schemas.Letter))
@api.needs("staff")
def refused(asked: dict[str, Any], person: Person) -> Any:
    """Statements that other stores refused, the latest first."""
    rows, following = letters.page(person, **asked)
    return {"items": rows, "next": following}


@blueprint.post("/xapi/forwarding/refused/<int:letter_id>/replay")
@blueprint.response(204)
@api.needs("staff")
def replay(letter_id: int, person: Person) -> None:
    """Send one of them once more."""
    letters.replay(letters.get(letter_id, by=person), by=person)


@blueprint.route("/xapi/forwarding/refused/<int:letter_id>", methods=["DELETE"])
@blueprint.response(204)
@api.needs("staff")
def drop(letter_id: int, person: Person) -> None:
    """Give one of them up: it is not sent there."""
    letters.drop(letters.get(letter_id, by=person), by=person)
