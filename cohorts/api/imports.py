"""Imports of people through the API: upload and check, look, run."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import request, url_for

from app import api, web
from app.models import Person
from cohorts import sheets
from cohorts.api.door import blueprint
from cohorts.schemas import imports as schemas
from cohorts.service import editions, groups, importing, running

MAY = "enrolments.write"


@blueprint.get("/editions/<slug>/imports")
@blueprint.arguments(api.Page, location="query")
@blueprint.response(200, api.list_of(schemas.Summary))
@api.needs("staff")
def imports(asked: dict[str, Any], slug: str, person: Person) -> Any:
    """Imports into an edition, the latest first."""
    edition = editions.get_as_staff(person, slug, MAY)
    items, following = importing.page_of(edition, by=person, **asked)
    return {"items": items, "next": following}


@blueprint.post("/editions/<slug>/imports")
@blueprint.arguments(schemas.Upload, location="query")
@blueprint.response(202, schemas.Import)
@api.needs("staff")
@web.takes(sheets.MOST_BYTES + 100_000)
def upload(asked: dict[str, Any], slug: str, person: Person) -> Any:
    """Upload a file of people and check it. Nobody is enrolled before it is run."""
    edition = editions.get_as_staff(person, slug, MAY)
    name, content = _file(asked["name"])
    cohort = groups.find(asked["cohort"], by=person)
    made = importing.check(edition, content, name=name, cohort=cohort, by=person)
    here = url_for("cohorts_api.one_import", import_id=made.id)
    return schemas.whole(made), 202, {"Location": here}


def _file(name: str | None) -> tuple[str | None, bytes]:
    """What the file is called, and the whole body, or the part "file" of a form."""
    part = request.files.get("file")
    if part is None:
        return name, request.get_data()
    return name or part.filename, part.stream.read()


@blueprint.get("/imports/<uuid:import_id>", endpoint="one_import")
@blueprint.response(200, schemas.Import)
@api.needs("staff")
def one(import_id: UUID, person: Person) -> Any:
    """How far an import is, and how many rows have which verdict."""
    return schemas.whole(importing.get_any(import_id, by=person))


@blueprint.get("/imports/<uuid:import_id>/rows")
@blueprint.arguments(schemas.Rows, location="query")
@blueprint.response(200, api.list_of(schemas.ImportRow))
@api.needs("staff")
def rows(asked: dict[str, Any], import_id: UUID, person: Person) -> Any:
    """The rows in the order of the file, with their verdicts."""
    found = importing.get_any(import_id, by=person)
    items, following = importing.rows_of(found, **asked)
    return {"items": items, "next": following}


@blueprint.get("/imports/<uuid:import_id>.csv")
@blueprint.response(200, {"format": "binary", "type": "string"}, content_type="text/csv")
@api.needs("staff")
def file(import_id: UUID, person: Person) -> Any:
    """The verdicts as a file: the columns of the original, and row, verdict and reason."""
    found = importing.get_any(import_id, by=person)
    return web.download(importing.file(found), name="verdicts.csv", mimetype="text/csv")


@blueprint.post("/imports/<uuid:import_id>/run")
@blueprint.response(202, schemas.Import)
@api.needs("staff")
def run(import_id: UUID, person: Person) -> Any:
    """Enrol and invite in the background. Twice is once."""
    return schemas.whole(running.start(importing.get_any(import_id, by=person), by=person))
