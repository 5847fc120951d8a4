"""Completion records through the API."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Response
from flask.views import MethodView

from app import api, exports, web
from app.models import Person
from records import schemas
from records.service import asking, files, saving, table

_FILE = {"type": "string", "format": "binary"}


def blueprint() -> api.Blueprint:
    """Made for each house: the filters that its plugins contribute are parameters of it."""
    made = api.Blueprint("records", __name__)
    filters = exports.filters()
    _list(made, schemas.question_of_page(filters))
    for form in exports.FORMATS:
        _file(made, schemas.question(filters), form)
    _views(made)
    return made


def _ask(asked: dict[str, Any], person: Person) -> asking.Asked:
    view = asked.pop("view")
    return asking.ask(person, view=saving.get(view, by=person) if view else None, **asked)


def _list(made: api.Blueprint, question: Any) -> None:
    @made.get("/completions")
    @made.arguments(question, location="query")
    @made.response(200, schemas.Completions)
    @api.needs("staff")
    def completions(asked: dict[str, Any], person: Person) -> Any:
        """Completion records, the latest begun first; the same cells as in files."""
        cursor, limit = asked.pop("cursor"), asked.pop("limit")
        found = _ask(asked, person)
        rows, following = table.page(found, cursor=cursor, limit=limit)
        header, cells = table.header(found), table.sayer(found, web.language())
        items = [
            {name: exports.plain(one) for name, one in zip(header, cells(row), strict=True)}
            for row in rows
        ]
        return {"items": items, "next": following}


def _file(made: api.Blueprint, question: Any, form: str) -> None:
    @made.get(f"/completions.{form}", endpoint=f"completions_{form}")
    @made.arguments(question, location="query")
    @made.response(200, _FILE, content_type=exports.FORMATS[form])
    @api.needs("staff")
    def file(asked: dict[str, Any], person: Person) -> Response:
        """The same records, all of them, as a file."""
        found = _ask(asked, person)
        made = files.export(found, form, by=person, language=web.language())
        return web.download(made.body, name=made.name, mimetype=made.mimetype)


def _views(made: api.Blueprint) -> None:
    @made.route("/completion-views")
    class Views(MethodView):
        @made.response(200, api.list_of(schemas.KeptView))
        @api.needs("staff")
        def get(self, person: Person) -> Any:
            """The views that the caller keeps, by name: fifty at most."""
            return {"items": saving.of_person(person), "next": None}

        @made.arguments(schemas.NewView)
        @made.response(201, schemas.KeptView)
        @api.needs("staff")
        def post(self, asked: dict[str, Any], person: Person) -> Any:
            """Keep a choice of columns, filters and order under a name."""
            return saving.keep(person, **asked)

    @made.route("/completion-views/<uuid:view_id>")
    class OneView(MethodView):
        @made.response(200, schemas.KeptView)
        @api.needs("staff")
        def get(self, view_id: UUID, person: Person) -> Any:
            """A view of the caller."""
            return saving.get(view_id, by=person)

        @made.arguments(schemas.ChangedView)
        @made.response(200, schemas.KeptView)
        @api.needs("staff")
        def patch(self, asked: dict[str, Any], view_id: UUID, person: Person) -> Any:
            """Change a view; what is not sent stays."""
            view = saving.get(view_id, by=person)
            return saving.keep(person, view=view, **{**saving.values(view), **asked})

        @made.response(204)
        @api.needs("staff")
        def delete(self, view_id: UUID, person: Person) -> None:
            """Delete a view. What it showed stays."""
            saving.drop(saving.get(view_id, by=person), by=person)
