"""The JSON API: /api/v1 with OpenAPI 3.1, personal tokens, and nothing that pages cannot do."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache, wraps
from typing import Any, TypeVar

import flask_smorest
import marshmallow as ma
from flask import Flask, g
from flask_babel import lazy_gettext as _l

from app import plugins, web
from app.errors import Forbidden, Unauthenticated
from app.models import Person

PREFIX = "/api/v1"

Endpoint = TypeVar("Endpoint", bound=Callable[..., Any])


class Api(flask_smorest.Api):
    """flask-smorest, whose errors are ours (see errors.py)."""

    def _register_error_handlers(self) -> None:
        """errors.py alone decides how an error is said."""


class Blueprint(flask_smorest.Blueprint):
    """Resources of a plugin below /api/v1: Blueprint("courses", __name__)."""

    def __init__(self, name: str, import_name: str, **options: Any) -> None:
        super().__init__(f"{name}_api", import_name, url_prefix=PREFIX, **options)

    def route(self, *said: Any, **more: Any) -> Callable[[Endpoint], Endpoint]:
        """flask-smorest's, with its type."""
        wrap: Callable[[Endpoint], Endpoint] = super().route(*said, **more)
        return wrap

    def response(self, *said: Any, **more: Any) -> Callable[[Endpoint], Endpoint]:
        """flask-smorest's, with its type."""
        wrap: Callable[[Endpoint], Endpoint] = super().response(*said, **more)
        return wrap

    def arguments(self, *said: Any, **more: Any) -> Callable[[Endpoint], Endpoint]:
        """flask-smorest's, with its type."""
        wrap: Callable[[Endpoint], Endpoint] = super().arguments(*said, **more)
        return wrap


class Schema(ma.Schema):
    """The base of every schema: an unknown field is an error, and order is kept."""

    class Meta:
        unknown = ma.RAISE


class Page(Schema):
    """How a list is asked for: `cursor` is the `next` of the page before; at most 200 items."""

    class Meta:
        unknown = ma.EXCLUDE

    cursor = ma.fields.String(load_default=None)
    limit = ma.fields.Integer(load_default=50, validate=ma.validate.Range(1, 200))


@cache
def list_of(item: type[ma.Schema]) -> ma.Schema:
    """{"items": [...], "next": cursor or null}"""
    return Schema.from_dict(
        {
            "items": ma.fields.List(ma.fields.Nested(item), required=True),
            "next": ma.fields.String(allow_none=True),
        },
        name=f"{item.__name__}List",
    )()


def open_api(app: Flask) -> None:
    """Serve the resources of the engine and of every plugin, and their description."""
    app.config.update(
        API_TITLE="Passage",
        API_VERSION="v1",
        OPENAPI_VERSION="3.1.0",
        OPENAPI_URL_PREFIX=PREFIX,
        OPENAPI_JSON_PATH="openapi.json",
        API_SPEC_OPTIONS={
            "components": {
                "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
            },
            "servers": [{"url": "/"}],
        },
    )
    api = Api(app)
    for some in plugins.manager(app).hook.api_blueprints():
        for blueprint in some:
            web.csrf.exempt(blueprint)
            api.register_blueprint(blueprint)


def caller() -> Person:
    """Who calls: the owner of the bearer token. Raises Unauthenticated."""
    person: Person | None = g.get("caller")
    if person is None:
        raise Unauthenticated(_l("Send a personal access token as a bearer token."))
    return person


def reader(scope: str) -> Person | None:
    """Who calls a public resource, where the token has this scope; None for anybody else."""
    return g.get("caller") if scope in g.get("scopes", ()) else None


def needs(scope: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """This resource asks for a token with the scope (one of tokens.SCOPES); describes it so.

    The method gets the caller as keyword `person`.
    """

    def wrap(method: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(method)
        def guarded(*args: Any, **values: Any) -> Any:
            person = caller()
            if scope not in g.get("scopes", ()):
                raise Forbidden(_l("This token lacks the scope “%(scope)s”.", scope=scope))
            return method(*args, **values, person=person)

        doc = {**getattr(guarded, "_apidoc", {}), "manual_doc": {"security": [{"token": [scope]}]}}
        guarded._apidoc = doc  # type: ignore[attr-defined]  # where flask-smorest looks for it
        return guarded

    return wrap
