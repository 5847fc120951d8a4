"""Where xapi meets the engine: every @hookimpl, nothing else."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any

import click
from flask import Blueprint, current_app
from flask_babel import lazy_gettext as _l
from flask_smorest import Blueprint as ApiBlueprint
from prometheus_client.registry import Collector

from app import db
from app.events import LearningEvent, Selection
from app.hookspecs import hookimpl
from app.models import Person
from app.permissions import Permission
from app.web import Link
from xapi import api, cli, measures, views
from xapi.api import browser, credentials, forwarding, playing
from xapi.service import (
    access,
    browsing,
    crowd,
    house,
    letters,
    people,
    players,
    sending,
    targets,
    watching,
)


@hookimpl
def blueprints() -> list[Blueprint]:
    return [api.blueprint, *views.PAGES]


@hookimpl
def api_blueprints() -> list[ApiBlueprint]:
    return [credentials.blueprint, browser.blueprint, forwarding.blueprint, playing.blueprint]


@hookimpl
def permissions() -> list[Permission]:
    return [
        Permission(access.MAY, frozenset({"administrator"})),
        Permission(browsing.MAY, frozenset({"administrator"})),
        Permission(targets.MAY, frozenset({"administrator"})),
    ]


@hookimpl
def collectors() -> list[Collector]:
    return [*measures.OWN, watching.Queue()]


@hookimpl
def tasks() -> Mapping[str, Callable[[dict[str, Any]], None]]:
    return {sending.TASK: sending.forward}


@hookimpl
def navigation(person: Person | None) -> list[Link]:
    return views.navigation(person)


@hookimpl
def commands() -> list[click.Command]:
    return [cli.group]


@hookimpl(tryfirst=True)
def learning_events(events: Sequence[LearningEvent]) -> None:
    house.keep(events)
    db.after_commit(partial(measures.stored, len(events), source="house"))


@hookimpl
def stored_events(selection: Selection) -> Iterable[LearningEvent]:
    return house.events_of(selection)


@hookimpl
def export_person(person: Person) -> Mapping[str, Any]:
    told = {
        "statements": people.statements_about(person),
        "documents": people.documents_of(person),
        "players": players.told_of(person),
    }
    return {"xapi": told}


@hookimpl
def forget_person(person: Person) -> None:
    people.forget(person)
    players.forget(person)
    letters.forget(person)


@hookimpl
def acts() -> Mapping[str, Any]:
    return {
        "credential.added": _l("xAPI credential added"),
        "credential.revoked": _l("xAPI credential revoked"),
        "forwarding.changed": _l("Forwarding to another store changed"),
        "forwarding.given_up": _l("Refused statement given up"),
        "forwarding.made": _l("Forwarding to another store set up"),
        "forwarding.removed": _l("Forwarding to another store removed"),
        "forwarding.replayed": _l("Refused statements sent again"),
        "forwarding.started": _l("Forwarding to another store started"),
        "forwarding.stopped": _l("Forwarding to another store stopped after failures"),
        "forwarding.switched_off": _l("Forwarding to another store switched off"),
        "statements.imported": _l("xAPI statements imported"),
    }


@hookimpl
def demonstration() -> str | None:
    access.demonstration("demo-secret", app_key=current_app.config["SECRET_KEY"])
    return "Statement store (xAPI): /xapi with the credential demo / demo-secret"


@hookimpl
def demonstration_events(events: Sequence[LearningEvent]) -> int:
    return crowd.keep(events)
