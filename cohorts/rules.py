"""What completing an edition asks, in its own words, and the completion rule made of it.

`asks` is kept as JSON; what is left out or null is not asked:

    {"attendance": 0.8,                share of all planned sessions attended (0-1)
     "quiz": "modules/m1/quiz",        the key of the final quiz, and
     "minimum": 0.7,                   its least score (0-1)
     "modules": ["modules/m1"]}        keys of what must be completed besides
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

ATTENDANCE = 0.8
MINIMUM = 0.7


def default(mode: str, quiz: str | None) -> dict[str, Any]:
    """What an edition asks unless its staff say otherwise: attendance is for the in-person ones."""
    return {
        "attendance": ATTENDANCE if mode == "in_person" else None,
        "quiz": quiz,
        "minimum": MINIMUM if quiz else None,
        "modules": [],
    }


def rule(
    asks: Mapping[str, Any], sessions: Sequence[str], iri: Callable[[str], str]
) -> dict[str, Any] | None:
    """The completion rule (see app/completion.py) over the IRIs of the planned sessions; None
    where nothing is asked. `iri` turns a key into an IRI.

    Attendance of a programme without sessions is asked all the same, and met by nobody.
    """
    parts: list[dict[str, Any]] = []
    if asks.get("attendance"):
        attended = [{"completed": one, "earlier": False} for one in sessions]
        parts.append({"at_least": {"share": asks["attendance"], "of": attended}})
    if asks.get("quiz"):
        parts.append({"score": iri(asks["quiz"]), "minimum": asks.get("minimum") or MINIMUM})
    parts.extend({"completed": iri(key)} for key in asks.get("modules") or ())
    return {"all": parts} if parts else None


def besides(asks: Mapping[str, Any]) -> list[str]:
    """The keys of what is asked besides the sessions: modules first, the final quiz last."""
    quiz = [asks["quiz"]] if asks.get("quiz") else []
    return [*(asks.get("modules") or ()), *quiz]
