"""Completion rules: values in, an explained verdict out. No database here.

A rule is a small tree over activities, kept as JSON:

    {"all": [rule, …]}                      every part
    {"any": [rule, …]}                      one part
    {"at_least": {"count": 3, "of": […]}}   that many parts
    {"at_least": {"share": 0.8, "of": […]}} that share of the parts (0-1)
    {"completed": iri, "earlier": true}     the activity is completed, passed or attended;
                                            `earlier` says whether another registration of
                                            hers counts
    {"score": iri, "minimum": 0.7}          its best scaled score (0-1) reaches the minimum
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

DONE = frozenset({"completed", "passed", "attended"})


@dataclass(frozen=True, slots=True)
class Completed:
    activity: str
    earlier: bool = True


@dataclass(frozen=True, slots=True)
class Score:
    activity: str
    minimum: float


@dataclass(frozen=True, slots=True)
class AtLeast:
    """`count` parts, or a `share` (0-1) of them, rounded up."""

    parts: tuple[Rule, ...]
    count: int | None = None
    share: float | None = None

    @property
    def needed(self) -> int:
        if self.count is not None:
            return self.count
        return math.ceil((self.share or 0.0) * len(self.parts) - 1e-9)


@dataclass(frozen=True, slots=True)
class All:
    parts: tuple[Rule, ...]


@dataclass(frozen=True, slots=True)
class Any_:
    parts: tuple[Rule, ...]


Rule = Completed | Score | AtLeast | All | Any_


@dataclass(frozen=True, slots=True)
class Fact:
    """What is known of one activity: a Progress row without its database."""

    activity: str
    registration_id: UUID
    status: str
    score: float | None
    at: datetime
    statement_id: UUID


@dataclass(frozen=True, slots=True)
class Verdict:
    """Met or not, why, since when, and the statements that prove it."""

    rule: Rule
    met: bool
    at: datetime | None = None
    evidence: tuple[UUID, ...] = ()
    score: float | None = None
    parts: tuple[Verdict, ...] = field(default=())


def parse(given: Mapping[str, Any]) -> Rule:
    """A rule from its JSON form. Raises ValueError with what is wrong."""
    match dict(given):
        case {"all": [*parts]}:
            return All(tuple(parse(part) for part in parts))
        case {"any": [*parts]}:
            return Any_(tuple(parse(part) for part in parts))
        case {"at_least": {"count": int(count), "of": [*parts]}}:
            return AtLeast(tuple(parse(part) for part in parts), count=count)
        case {"at_least": {"share": float(share) | int(share), "of": [*parts]}} if 0 <= share <= 1:
            return AtLeast(tuple(parse(part) for part in parts), share=float(share))
        case {"completed": str(iri), **more}:
            return Completed(iri, earlier=bool(more.get("earlier", True)))
        case {"score": str(iri), "minimum": float(least) | int(least)} if 0 <= least <= 1:
            return Score(iri, float(least))
    raise ValueError(f"not a completion rule: {given!r}")


def mentions(rule: Rule) -> Iterator[str]:
    """The IRIs that a rule speaks of, in reading order, each once."""
    seen: dict[str, None] = {}
    for leaf in _leaves(rule):
        seen.setdefault(leaf.activity)
    yield from seen


def _leaves(rule: Rule) -> Iterator[Completed | Score]:
    match rule:
        case Completed() | Score():
            yield rule
        case All(parts) | Any_(parts) | AtLeast(parts):
            for part in parts:
                yield from _leaves(part)


def explain(rule: Rule, facts: Sequence[Fact], registration_id: UUID) -> Verdict:
    """Judge a rule by the facts of one person.

    A fact of another registration counts for `completed` when the rule allows it. The evidence
    of a composed rule is what met its parts; its time is when the last needed part was met.
    """
    match rule:
        case Completed(activity, earlier):
            here = [
                fact
                for fact in facts
                if fact.activity == activity
                and fact.status in DONE
                and (earlier or fact.registration_id == registration_id)
            ]
            return _by_first(rule, here)
        case Score(activity, minimum):
            scored = [fact for fact in facts if fact.activity == activity]
            best = max((fact.score for fact in scored if fact.score is not None), default=None)
            enough = [fact for fact in scored if (fact.score or 0.0) >= minimum - 1e-9]
            return _by_first(rule, enough if best is not None else [], best)
        case All(parts):
            return _compose(rule, parts, len(parts), facts, registration_id)
        case Any_(parts):
            return _compose(rule, parts, 1, facts, registration_id)
        case AtLeast(parts):
            return _compose(rule, parts, rule.needed, facts, registration_id)


def _by_first(rule: Rule, facts: list[Fact], score: float | None = None) -> Verdict:
    if not facts:
        return Verdict(rule, met=False, score=score)
    first = min(facts, key=lambda fact: (fact.at, fact.statement_id))
    return Verdict(rule, True, first.at, (first.statement_id,), score)


def _compose(
    rule: Rule, parts: Sequence[Rule], needed: int, facts: Sequence[Fact], registration_id: UUID
) -> Verdict:
    verdicts = tuple(explain(part, facts, registration_id) for part in parts)
    met = sorted(
        (verdict for verdict in verdicts if verdict.met and verdict.at),
        key=lambda verdict: (verdict.at, verdict.evidence),
    )[:needed]
    if len(met) < needed or not met:
        return Verdict(rule, met=False, parts=verdicts)
    evidence = tuple(dict.fromkeys(one for verdict in met for one in verdict.evidence))
    return Verdict(rule, True, met[-1].at, evidence, parts=verdicts)


def leaves(verdict: Verdict) -> Iterator[Verdict]:
    """The verdicts on single activities within a verdict, in reading order."""
    if not verdict.parts:
        yield verdict
    for part in verdict.parts:
        yield from leaves(part)


def share(required: Sequence[str], done: frozenset[str] | set[str]) -> float | None:
    """How much of what was required is done (0-1); None when nothing was required."""
    return len(set(required) & done) / len(set(required)) if required else None
