"""Where xapi meets the engine: every @hookimpl, nothing else."""

from __future__ import annotations

from collections.abc import Iterable

from app.events import LearningEvent, Selection
from app.hookspecs import hookimpl
from xapi import service


@hookimpl(tryfirst=True)
def learning_event(event: LearningEvent) -> None:
    service.keep(event)


@hookimpl
def stored_events(selection: Selection) -> Iterable[LearningEvent]:
    return service.events_of(selection)
