"""A person's path through an edition: how it stands, what is missing, and its stations.

Plain values in and out: a verdict (see app/completion.py) and what was marked. No database here.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from app import completion
from app.completion import AtLeast, Completed, Score, Verdict

STANDINGS = ("enrolled", "at_risk", "completed", "lapsed")
"""Under way; may miss no further session, or missed too many already; completed; completed, and
the rule is met no more."""


@dataclass(frozen=True, slots=True)
class Missing:
    """What is still to be done: sessions to attend, quizzes to pass (with the best score so far,
    0-1), and other activities."""

    sessions: int = 0
    quizzes: tuple[float | None, ...] = ()
    others: int = 0

    def __bool__(self) -> bool:
        return bool(self.sessions or self.quizzes or self.others)


@dataclass(frozen=True, slots=True)
class Stop:
    """One activity on a path: `kind` is "session", "quiz" or "lesson", `state` "done", "here" or
    "ahead"; `score` the best so far (0-1), of a quiz."""

    iri: str
    kind: str
    state: str
    score: float | None


def is_session(iri: str) -> bool:
    """Whether an IRI that a rule of ours speaks of is that of a session."""
    return "/activities/editions/" in iri and "/sessions/" in iri


def standing(verdict: Verdict | None, *, done: bool, missed: int) -> str:
    """One of STANDINGS. `missed` are the sessions in which she was marked and did not attend."""
    if done:
        return "completed" if verdict is None or verdict.met else "lapsed"
    if verdict is not None and missed and any(missed >= one for one in _may_miss(verdict)):
        return "at_risk"
    return "enrolled"


def _may_miss(verdict: Verdict) -> Iterator[int]:
    """How many sessions may be missed, by each part of a rule that is not met."""
    rule = verdict.rule
    if isinstance(rule, AtLeast) and not verdict.met and _are_sessions(verdict.parts):
        yield len(rule.parts) - rule.needed
    elif not verdict.met:
        for part in verdict.parts:
            yield from _may_miss(part)


def _are_sessions(parts: Sequence[Verdict]) -> bool:
    return any(isinstance(one.rule, Completed) and is_session(one.rule.activity) for one in parts)


def path(verdict: Verdict | None, over: Collection[str]) -> list[Stop]:
    """The stops of a path in the order of the rule. `over` are the sessions that are over (IRIs):
    the next stop is never one of those."""
    leaves = list(completion.leaves(verdict)) if verdict else []
    stops, here = [], False
    for leaf in leaves:
        if not isinstance(leaf.rule, (Completed, Score)):
            continue
        iri = leaf.rule.activity
        is_next = not leaf.met and not here and iri not in over
        here = here or is_next
        kind = (
            "quiz" if isinstance(leaf.rule, Score) else "session" if is_session(iri) else "lesson"
        )
        state = "done" if leaf.met else "here" if is_next else "ahead"
        stops.append(Stop(iri, kind, state, leaf.score))
    return stops


def _kind(rule: Completed | Score, iri: str) -> str:
    if isinstance(rule, Score):
        return "quiz"
    return "session" if is_session(iri) else "lesson"


def share(verdict: Verdict | None) -> float:
    """How much of all that its rule speaks of is done (0-1)."""
    if verdict is None:
        return 0.0
    leaves = list(completion.leaves(verdict))
    return sum(one.met for one in leaves) / len(leaves) if leaves else 0.0


def missing(verdict: Verdict | None) -> Missing:
    """What a rule that is not met still asks for; of several ways the shortest is not looked for,
    only how many parts are left."""
    if verdict is None or verdict.met:
        return Missing()
    match verdict.rule:
        case Score():
            return Missing(quizzes=(verdict.score,))
        case Completed(activity):
            return Missing(sessions=1) if is_session(activity) else Missing(others=1)
        case AtLeast() as rule:
            left = rule.needed - sum(one.met for one in verdict.parts)
            return _first(verdict, max(left, 0))
        case completion.Any_():
            return _first(verdict, 1)
        case completion.All():
            return _together(missing(one) for one in verdict.parts)


def _first(verdict: Verdict, count: int) -> Missing:
    """The first so many of the parts that are not met."""
    left = [one for one in verdict.parts if not one.met][:count]
    return _together(missing(one) for one in left)


def _together(some: Iterator[Missing]) -> Missing:
    all_of_them = list(some)
    return Missing(
        sessions=sum(one.sessions for one in all_of_them),
        quizzes=tuple(score for one in all_of_them for score in one.quizzes),
        others=sum(one.others for one in all_of_them),
    )
