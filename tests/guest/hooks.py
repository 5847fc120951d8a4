"""Where the guest meets the engine."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import click
from flask import Blueprint
from sqlalchemy import ColumnElement, literal

from app import api, web
from app.errors import Forbidden
from app.events import LearningEvent, Selection
from app.exports import Column, Filter
from app.hookspecs import hookimpl
from app.models import Activity, Person, Progress, Registration
from app.passage import Station
from app.permissions import Permission
from app.vocabulary import Kind

pages = web.Pages("guest", __name__)
resources = api.Blueprint("guest", __name__)
heard: list[str] = []
kept: list[str] = []
stored: list[LearningEvent] = []
forgotten: list[Person] = []
closed_doors: set[str] = set()
breaks: set[str] = set()


@pages.get("/guest")
def page() -> str:
    return "a page of the guest"


@resources.get("/guest")
@resources.response(200)
@api.needs("read")
def resource(person: Person) -> Any:
    """The guest greets."""
    return {"name": person.name}


@hookimpl
def blueprints() -> list[Blueprint]:
    return [pages]


@hookimpl
def api_blueprints() -> list[Any]:
    return [resources]


@hookimpl
def activity_kinds() -> list[Kind]:
    return [
        Kind("walk", "https://guest.example/walk", {"en": "Walk"}, enterable=True),
        Kind("step", "https://guest.example/step", {"en": "Step"}),
    ]


@hookimpl
def commands() -> list[click.Command]:
    return [click.Command("greet", callback=lambda: click.echo("hello"))]


@hookimpl
def permissions() -> list[Permission]:
    return [Permission("guest.greet", frozenset({"instructor"}), scoped=True)]


@hookimpl
def acts() -> Mapping[str, Any]:
    return {"guest.invited": "Guest invited"}


@hookimpl
def tasks() -> Mapping[str, Callable[[dict[str, Any]], None]]:
    return {"guest.work": lambda payload: heard.append(payload["word"])}


@hookimpl
def columns() -> list[Column]:
    return [Column("guest", "Guest", literal("yes") + Progress.status, 999)]


def _mood(value: str, reader: Person | None) -> ColumnElement[bool]:
    if value == "secret":
        raise Forbidden("The guest tells nobody.")
    return Progress.status == value


@hookimpl
def filters() -> list[Filter]:
    return [Filter("mood", "Mood", lambda reader, activity: [("begun", "Curious")], _mood)]


@hookimpl
def navigation(person: Person | None) -> list[web.Link]:
    return [web.Link("The guest", "guest.page", 99)]


@hookimpl
def panels(place: str, person: Person | None, activity: Activity | None) -> list[web.Panel]:
    return [web.Panel("guest/panel.html", {"place": place})]


@hookimpl
def tabs(person: Person, activity: Activity) -> list[web.Tab]:
    return [web.Tab("The guest's register", f"/guest/{activity.key}/register", 70)]


@hookimpl
def stations(activity: Activity, registration: Registration | None) -> list[Station]:
    return [Station("A guest's station", "certificate", "ahead")]


@hookimpl
def activity_url(activity: Activity) -> str | None:
    return f"/guest/{activity.key}" if activity.kind in ("walk", "step") else None


@hookimpl
def resolve_reference(scheme: str, name: str, language: str) -> tuple[str | None, str] | None:
    return ("/guest", f"{name} in {language}") if scheme == "guest" else None


@hookimpl
def stored_events(selection: Selection) -> Iterable[LearningEvent] | None:
    """Only in a house without xapi, which answers first otherwise."""
    return [
        event
        for event in stored
        if event.registration_id in (selection.registrations or (event.registration_id,))
        and event.activity in (selection.activities or (event.activity,))
    ]


@hookimpl
def may_learn(person: Person, activity: Activity) -> str | None:
    return "The guest has closed this door." if activity.key in closed_doors else None


@hookimpl(tryfirst=True)
def learning_events(events: Sequence[LearningEvent]) -> None:
    for event in events:
        stored.append(event)
        heard.append(event.verb)
        if "learning_events" in breaks and event.verb == "completed":
            raise ZeroDivisionError("the guest broke something")


@hookimpl
def learning_event_kept(event: LearningEvent) -> None:
    if "learning_event_kept" in breaks:
        raise ZeroDivisionError("the guest broke something")
    kept.append(event.verb)


@hookimpl
def address_confirmed(person: Person) -> None:
    heard.append(f"confirmed {person.email}")


@hookimpl
def export_person(person: Person) -> Mapping[str, Any]:
    return {"guest": {"knows": person.name}}


@hookimpl
def forget_person(person: Person) -> None:
    forgotten.append(person)


@hookimpl
def load_content(folder: str) -> Mapping[str, int]:
    return {"guests": 1}


@hookimpl
def check_content(folder: str) -> list[str]:
    return ["guest.json: nobody is invited"]


@hookimpl
def demonstration() -> str | None:
    heard.append("demonstration")
    return "The guest is in the garden"
