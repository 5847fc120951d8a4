"""Editions through the API for their readers, and for who is in them."""

from __future__ import annotations

from typing import Any

from app import activities, api, web
from app.models import Person
from cohorts.api.door import blueprint
from cohorts.schemas import passing as schemas
from cohorts.service import listing, passing


@blueprint.get("/editions/open")
@blueprint.arguments(schemas.WantedOpen, location="query")
@blueprint.response(200, api.list_of(schemas.OpenEdition))
def open_of(asked: dict[str, Any]) -> Any:
    """The open editions of a course that are not over, the next first. Public."""
    return {"items": listing.open_of(activities.get(asked["course"])), "next": None}


@blueprint.get("/editions/mine")
@blueprint.response(200, api.list_of(schemas.MyEdition))
@api.needs("read")
def mine(person: Person) -> Any:
    """The editions that the caller is in, the latest first."""
    return {"items": passing.ways(person, language=web.language()), "next": None}


@blueprint.get("/editions/<slug>")
@blueprint.response(200, schemas.EditionDetail)
def see(slug: str) -> Any:
    """An edition: its facts, its programme, what completing it asks. Public once published; with
    the token of somebody who is enrolled, how far she is."""
    return passing.see(api.reader("read"), slug, language=web.language())
