"""Where xapi meets the engine: every @hookimpl, nothing else."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import click
from flask import Blueprint, current_app
from flask_babel import lazy_gettext as _l
from flask_smorest import Blueprint as ApiBlueprint

from app.events import LearningEvent, Selection
from app.hookspecs import hookimpl
from app.models import Person
from app.permissions import Permission
from app.web import Link
from xapi import api, cli, views
from xapi.api import browser, credentials
from xapi.service import access, browsing, crowd, house, people


@hookimpl
def blueprints() -> list[Blueprint]:
    return [api.blueprint, *views.PAGES]


@hookimpl
def api_blueprints() -> list[ApiBlueprint]:
    return [credentials.blueprint, browser.blueprint]


@hookimpl
def permissions() -> list[Permission]:
    return [
        Permission(access.MAY, frozenset({"administrator"})),
        Permission(browsing.MAY, frozenset({"administrator"})),
    ]


@hookimpl
def navigation(person: Person | None) -> list[Link]:
    return views.navigation(person)


@hookimpl
def commands() -> list[click.Command]:
    return [cli.group]


@hookimpl(tryfirst=True)
def learning_events(events: Sequence[LearningEvent]) -> None:
    house.keep(events)


@hookimpl
def stored_events(selection: Selection) -> Iterable[LearningEvent]:
    return house.events_of(selection)


@hookimpl
def export_person(person: Person) -> Mapping[str, Any]:
    told = {
        "statements": people.statements_about(person),
        "documents": people.documents_of(person),
    }
    return {"xapi": told}


@hookimpl
def forget_person(person: Person) -> None:
    people.forget(person)


@hookimpl
def acts() -> Mapping[str, Any]:
    return {
        "credential.added": _l("xAPI credential added"),
        "credential.revoked": _l("xAPI credential revoked"),
        "statements.imported": _l("xAPI statements imported"),
    }


@hookimpl
def demonstration() -> str | None:
    access.demonstration("demo-secret", app_key=current_app.config["SECRET_KEY"])
    return "Statement store (xAPI): /xapi with the credential demo / demo-secret"


@hookimpl
def demonstration_events(events: Sequence[LearningEvent]) -> int:
    return crowd.keep(events)
