"""Where records meets the engine: every @hookimpl, nothing else."""

from __future__ import annotations

import click
from flask import Blueprint
from flask_smorest import Blueprint as ApiBlueprint

from app.exports import Column
from app.hookspecs import hookimpl
from app.models import Person
from app.permissions import Permission
from app.web import Link
from records import api, cli, service, views


@hookimpl
def blueprints() -> list[Blueprint]:
    return [views.pages]


@hookimpl
def api_blueprints() -> list[ApiBlueprint]:
    return [api.blueprint]


@hookimpl
def commands() -> list[click.Command]:
    return [cli.export]


@hookimpl
def permissions() -> list[Permission]:
    return [Permission("records.read", frozenset({"course_admin"}), scoped=True)]


@hookimpl
def columns() -> list[Column]:
    return service.columns()


@hookimpl
def navigation(person: Person | None) -> list[Link]:
    return views.navigation(person)
