"""Where the engine answers its own questions, as any plugin does: every @hookimpl of app/."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from flask import Blueprint
from flask_smorest import Blueprint as ApiBlueprint
from prometheus_client.registry import Collector

from app import (
    account_api,
    account_views,
    admin,
    admin_api,
    audit,
    erasure,
    events,
    mail,
    metrics,
    progress,
    record_api,
    revising,
    views,
)
from app import permissions as engine_permissions
from app.events import LearningEvent
from app.hookspecs import hookimpl
from app.models import Person
from app.permissions import Permission
from app.web import Link


@hookimpl
def blueprints() -> list[Blueprint]:
    return [views.pages, account_views.pages, admin.pages]


@hookimpl
def api_blueprints() -> list[ApiBlueprint]:
    return [account_api.account, record_api.blueprint, admin_api.blueprint]


@hookimpl
def permissions() -> list[Permission]:
    return list(engine_permissions.ENGINE)


@hookimpl
def acts() -> Mapping[str, Any]:
    return audit.WORDS


@hookimpl
def collectors() -> list[Collector]:
    return [metrics.Jobs()]


@hookimpl
def tasks() -> Mapping[str, Callable[[dict[str, Any]], None]]:
    return {
        "events.kept": events.tell_kept,
        "mail.send": mail.send,
        "people.leave_no_trace": erasure.leave_no_trace,
        "progress.reevaluate": revising.reevaluate_rest,
    }


@hookimpl(tryfirst=True)
def learning_events(events: Sequence[LearningEvent]) -> None:
    progress.follow(events)


@hookimpl
def navigation(person: Person | None) -> list[Link]:
    return [*views.navigation(person), *account_views.navigation(person)]
