"""A person's own record as JSON: her statements, all of it as one file, and its end."""

from __future__ import annotations

from typing import Any

from flask import Response

from app import admin_schemas as schemas
from app import api, erasure, limits, record, views, web
from app.models import Person

blueprint = api.Blueprint("record", __name__, description="Your own record")


@blueprint.get("/me/statements")
@blueprint.arguments(api.Page, location="query")
@blueprint.response(200, api.list_of(schemas.StatementInWords))
@api.needs("read")
def statements(asked: dict[str, Any], person: Person) -> Any:
    """Everything recorded about you in plain words, the newest first."""
    items, following = record.statements(person, language=web.language(), **asked)
    return {"items": items, "next": following}


@blueprint.get("/me/record")
@blueprint.response(200, {"type": "object"})
@api.needs("read")
def whole(person: Person) -> Response:
    """All that is kept about you as one document: profile, roles, registrations, progress, mails,
    and what each plugin keeps. No password and no token stands in it."""
    return views.record_of(person)


@blueprint.delete("/me")
@blueprint.arguments(schemas.OwnConfirmation)
@blueprint.response(204)
@api.needs("account")
def erase(asked: dict[str, Any], person: Person) -> None:
    """Erase your account for ever. What is recorded stays without a name."""
    limits.count("change", person.email)
    erasure.check(person, **asked)
    erasure.erase(person, by=person)
