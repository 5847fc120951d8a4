"""Completion records through the API."""

from __future__ import annotations

from typing import Any

from app import api, exports, web
from app.models import Person
from records import schemas, service

blueprint = api.Blueprint("records", __name__)


@blueprint.get("/completions")
@blueprint.arguments(schemas.Filter, location="query")
@blueprint.response(200, schemas.Completions)
@api.needs("staff")
def completions(asked: dict[str, Any], person: Person) -> Any:
    """Completion records, the latest begun first; the same cells as on the page and in the file."""
    cursor, limit = asked.pop("cursor"), asked.pop("limit")
    rows, following = service.page(service.ask(person, **asked), cursor=cursor, limit=limit)
    header, cells = service.header(), service.sayer(web.language())
    items = [
        {name: exports.plain(one) for name, one in zip(header, cells(row), strict=True)}
        for row in rows
    ]
    return {"items": items, "next": following}
