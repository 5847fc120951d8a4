"""What statements say of activities: the definitions that stand in them, and one out of several."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import msgspec
from msgspec import UNSET

from xapi import rules, shapes
from xapi.rules import Checked
from xapi.shapes import Activity, SubStatement

_JOINED = frozenset({"name", "description", "extensions"})
"""Members of a definition that are kept by their own keys: a language, an IRI."""


def told(checked: Iterable[Checked], *, without: str) -> dict[str, dict[str, Any]]:
    """The definition of each activity that one is given of, by its IRI; none whose IRI begins
    with `without`."""
    last: dict[str, Any] = {}
    found: dict[str, dict[str, Any]] = {}
    for statement in checked:
        for activity in _spoken_of(statement):
            told = activity.definition
            if told is UNSET or activity.id.startswith(without) or last.get(activity.id) == told:
                continue
            last[activity.id] = told
            found[activity.id] = joined(found.get(activity.id, {}), msgspec.to_builtins(told))
    return found


def joined(standing: Mapping[str, Any], told: Mapping[str, Any]) -> dict[str, Any]:
    """One definition of two: words by their language, extensions by their IRI, all else as it was
    told last."""
    more = {
        name: {**standing[name], **value} if name in _JOINED and name in standing else value
        for name, value in told.items()
    }
    return {**standing, **more}


def _spoken_of(checked: Checked) -> Iterator[Activity]:
    """The activities of a statement: its object, those of its context, and those of what is told
    inside it."""
    about = checked.object
    yield from _around(checked.statement)
    if isinstance(about, SubStatement):
        yield from _around(about)
        if rules.read(about.object, shapes.Kind).objectType == "Activity":
            yield rules.read(about.object, Activity)
    elif isinstance(about, Activity):
        yield about


def _around(said: shapes.Statement | SubStatement) -> Iterator[Activity]:
    around = said.context.contextActivities if said.context is not UNSET else UNSET
    if around is UNSET:
        return
    for some in (around.parent, around.grouping, around.category, around.other):
        if some is not UNSET:
            yield from some if isinstance(some, list) else (some,)
