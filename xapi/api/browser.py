"""The statement browser through our own API: what the administrators' page shows."""

from __future__ import annotations

from typing import Any

import msgspec
from flask import Response, stream_with_context

from app import api, db, web
from app.models import Person
from xapi import schemas
from xapi.service import browsing
from xapi.service.browsing import Wanted

blueprint = api.Blueprint("statements", __name__, description="Kept statements in words")

_FILE = {"type": "string", "format": "binary"}


@blueprint.get("/xapi/statements")
@blueprint.arguments(schemas.LookedOnPage, location="query")
@blueprint.response(200, api.list_of(schemas.Seen))
@api.needs("staff")
def statements(asked: dict[str, Any], person: Person) -> Any:
    """Kept statements, the latest stored first, each with a sentence in the language of
    `Accept-Language`; for administrators."""
    cursor, limit = asked.pop("cursor"), asked.pop("limit")
    rows, following = browsing.page(
        person, Wanted(**asked), language=web.language(), cursor=cursor, limit=limit
    )
    items = [{**_plain(one), "statement": msgspec.json.decode(one.body)} for one in rows]
    return {"items": items, "next": following}


def _plain(one: browsing.Seen) -> dict[str, Any]:
    names = ("id", "sentence", "stored", "timestamp", "person_id", "authority")
    return {name: getattr(one, name) for name in names}


def _as_file(form: str) -> None:
    @blueprint.get(f"/xapi/statements.{form}", endpoint=f"statements_{form}")
    @blueprint.arguments(schemas.Looked, location="query")
    @blueprint.response(200, _FILE, content_type=browsing.FORMATS[form])
    @api.needs("staff")
    def file(asked: dict[str, Any], person: Person) -> Response:
        """The same statements, all of them, as a file: JSON Lines as they are kept, or CSV."""
        body = browsing.export(person, Wanted(**asked), form, language=web.language())
        name = f"statements-{db.now():%Y-%m-%d}.{form}"
        return web.download(stream_with_context(body), name=name, mimetype=browsing.FORMATS[form])


for _form in browsing.FORMATS:
    _as_file(_form)
