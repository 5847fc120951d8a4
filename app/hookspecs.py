"""Every question the engine asks its plugins; docs/hooks.md tells the same with examples.

Five families, told apart by form: contribute (plural noun, asked once, when the house is
assembled), show, answer (the first result counts), hear, and duty.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import pluggy

if TYPE_CHECKING:
    import click
    from flask import Blueprint
    from flask_smorest import Blueprint as ApiBlueprint
    from prometheus_client.registry import Collector

    from app.events import LearningEvent, Selection
    from app.exports import Column, Filter
    from app.models import Activity, Person, Registration
    from app.passage import Station
    from app.permissions import Permission
    from app.vocabulary import Kind
    from app.web import Link, Panel, Tab

hookspec = pluggy.HookspecMarker("passage")
hookimpl = pluggy.HookimplMarker("passage")


Listener = TypeVar("Listener", bound=Callable[..., None])


def only(*verbs: str) -> Callable[[Listener], Listener]:
    """Says below @hookimpl of which verbs alone a learning_event_kept listener wants to hear: for
    what nobody hears no job is written."""

    def mark(listener: Listener) -> Listener:
        setattr(listener, "verbs", frozenset(verbs))  # noqa: B010  (a function has no such member)
        return listener

    return mark


# Contribute: asked once


@hookspec
def blueprints() -> list[Blueprint]:
    """Pages of this plugin, and blueprints that bring their own prefix (as /xapi does)."""


@hookspec
def api_blueprints() -> list[ApiBlueprint]:
    """Resources of this plugin below /api/v1."""


@hookspec
def activity_kinds() -> list[Kind]:
    """The sorts of activities that this plugin makes."""


@hookspec
def commands() -> list[click.Command]:
    """Commands of this plugin for the `passage` command line."""


@hookspec
def permissions() -> list[Permission]:
    """What may be permitted in this plugin, and to which roles it is."""


@hookspec
def acts() -> Mapping[str, Any]:
    """What this plugin's acts are called where the audit is read, by name ("certificate.revoked"):
    translated words."""


@hookspec
def tasks() -> Mapping[str, Callable[[dict[str, Any]], None]]:
    """Jobs of this plugin by name ("certificates.mail"): each is called with its payload outside
    any transaction (it opens db.transaction() where it writes), at least once, so idempotent."""


@hookspec
def collectors() -> list[Collector]:
    """Figures of this plugin for whoever watches the house: Prometheus collectors. What one asks
    of the database it asks when it is collected, within a request that writes nothing."""


@hookspec
def columns() -> list[Column]:
    """Columns of the completion records, as SQL expressions over a Progress row."""


@hookspec
def filters() -> list[Filter]:
    """Filters of the completion records, as SQL conditions over a Progress row;
    each becomes a field of the page, a parameter of the API, an option of the
    command."""


# Show


@hookspec
def navigation(person: Person | None) -> list[Link]:
    """Entries of this plugin in the reader's navigation."""


@hookspec
def panels(place: str, person: Person | None, activity: Activity | None) -> list[Panel]:
    """Panels of this plugin for a place: "home", "my" (my learning), "activity", "admin",
    "person" (an administrator looks at somebody: `person` is who is looked at), or "staff" (the
    page on which staff look after an activity: `person` is who reads it)."""


@hookspec
def tabs(person: Person, activity: Activity) -> list[Tab]:
    """Pages of this plugin on which staff look after an activity, as far as she may open them;
    they stand side by side above each of them (see web.staff_page)."""


@hookspec
def stations(activity: Activity, registration: Registration | None) -> list[Station]:
    """Stations that this plugin adds at the end of a way through an activity (a certificate)."""


# Answer


@hookspec(firstresult=True)
def activity_url(activity: Activity) -> str | None:
    """The page of an activity, without its language prefix ("/courses/x"), or None."""


@hookspec(firstresult=True)
def resolve_reference(scheme: str, name: str, language: str) -> tuple[str | None, str] | None:
    """What "law:iccpr#12(2)" points to: (address or None, title in that language), or None."""


@hookspec(firstresult=True)
def stored_events(selection: Selection) -> Iterable[LearningEvent] | None:
    """The kept events of this selection, ordered by person, registration and time. Without an
    answer the house can be read, and publish refuses."""


@hookspec
def may_learn(person: Person, activity: Activity) -> str | None:
    """None opens the door; a translated sentence says why it stays closed."""


# Hear


@hookspec
def learning_events(events: Sequence[LearningEvent]) -> None:
    """A wave of what happened, in order, often to many people: part of the act. Rows written here
    are kept with it or not at all; what is published here is the next wave."""


@hookspec
def learning_event_kept(event: LearningEvent) -> None:
    """One of them, after the commit, from the outbox, in a transaction of its own, tried again
    when it fails: for mail, webhooks and forwarding. At least once, so be idempotent. `@only`
    says of which verbs."""


@hookspec
def address_confirmed(person: Person) -> None:
    """Her address is hers from now on (a new account, or a new address): part of the act. What
    waited for this address is given to her here. She is locked."""


# Duty


@hookspec
def export_person(person: Person) -> Mapping[str, Any]:
    """Everything this plugin keeps about a person, as plain JSON values under its own name."""


@hookspec
def forget_person(person: Person) -> None:
    """Erase what this plugin keeps about a person, before her row becomes a tombstone."""


@hookspec
def load_content(folder: str) -> Mapping[str, int]:
    """Bring the files of the content folder into rows; idempotent; says what changed, by name."""


@hookspec
def check_content(folder: str) -> list[str]:
    """Findings in the content files: "file: what is wrong", one sentence each."""


@hookspec
def demonstration() -> str | None:
    """Make what the demonstration shows of this plugin and is not there yet; a line about it for
    whoever starts it. Never asked in production."""


@hookspec
def demonstration_courses(count: int) -> Sequence[str]:
    """Make up to `count` made-up courses of this plugin, for a demonstration as large as wanted;
    the keys of those that somebody can register for. What is there already is left as it is."""


@hookspec(firstresult=True)
def demonstration_events(events: Sequence[LearningEvent]) -> int | None:
    """Keep what made-up people did, many thousand at once, for `stored_events` to tell; how many.
    Their progress is written by the engine, and nobody else hears of them."""
