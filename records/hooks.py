"""Where records meets the engine: every @hookimpl, nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click
from flask import Blueprint
from flask_babel import lazy_gettext as _l
from flask_smorest import Blueprint as ApiBlueprint

from app.exports import Column
from app.hookspecs import hookimpl
from app.models import Person
from app.permissions import Permission
from app.web import Link
from records import api, cli, views
from records.service import saving, table


@hookimpl
def blueprints() -> list[Blueprint]:
    return [views.pages]


@hookimpl
def api_blueprints() -> list[ApiBlueprint]:
    return [api.blueprint()]


@hookimpl
def commands() -> list[click.Command]:
    return [cli.export()]


@hookimpl
def permissions() -> list[Permission]:
    return [Permission("records.read", frozenset({"course_admin"}), scoped=True)]


@hookimpl
def acts() -> Mapping[str, Any]:
    return {
        "completions.exported": _l("Completions taken as a file"),
        "view.kept": _l("View of the completions kept"),
        "view.deleted": _l("View of the completions deleted"),
    }


@hookimpl
def columns() -> list[Column]:
    return table.columns()


@hookimpl
def navigation(person: Person | None) -> list[Link]:
    return views.navigation(person)


@hookimpl
def export_person(person: Person) -> Mapping[str, Any]:
    return saving.export(person)


@hookimpl
def forget_person(person: Person) -> None:
    saving.forget(person)
