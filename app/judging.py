"""Judging: who meets a completion rule, many people at once, and the completions that follow."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from sqlalchemy import Select, bindparam, func, select

from app import activities, completion, db, events
from app.completion import Fact, Rule, Verdict
from app.events import LearningEvent, Result
from app.models import Progress, Registration, RuleMention, activity_id


@dataclass(frozen=True, slots=True)
class Standing:
    """A registration, and how it stands with its own activity (see models.Progress)."""

    registration_id: UUID
    person_id: UUID
    activity_id: UUID
    status: str
    taken_back: int
    required: list[str] | None

    @property
    def may_complete(self) -> bool:
        """Whether a rule may still speak: not where it did, nor where staff took it back."""
        return self.status not in completion.DONE and not self.taken_back


def standing(*more: Any) -> Select[Any]:
    """Registrations with the columns of a Standing, and these after them."""
    own = (Progress.registration_id == Registration.id) & (
        Progress.activity_id == Registration.activity_id
    )
    columns = (Progress.status, Progress.taken_back, Progress.required)
    said = select(
        Registration.id, Registration.person_id, Registration.activity_id, *columns, *more
    )
    return said.join(Progress, own)


def consequences(told: Sequence[LearningEvent]) -> list[LearningEvent]:
    """The completions that these events bring about: of every open registration of their people
    whose rule speaks of the activity. Three queries when a rule does, however many people."""
    causes = {(event.person_id, event.activity_id): event for event in told}
    keys = {
        "people": list({one for one, _ in causes}),
        "activities": list({one for _, one in causes}),
    }
    moved: dict[UUID, tuple[Standing, LearningEvent]] = {}
    for *own, mention in db.session().execute(_MENTIONING, keys):
        one = Standing(*own)
        cause = causes.get((one.person_id, mention))
        if cause is not None and one.may_complete:
            moved.setdefault(one.registration_id, (one, cause))
    languages = {key: cause.language for key, (_, cause) in moved.items()}
    return completions([one for one, _ in moved.values()], languages=languages)


_MENTIONING = (
    standing(RuleMention.mentioned_id)
    .join(RuleMention, RuleMention.activity_id == Registration.activity_id)
    .where(
        RuleMention.mentioned_id.in_(bindparam("activities", expanding=True)),
        Registration.person_id.in_(bindparam("people", expanding=True)),
        Registration.closed_at.is_(None),
    )
    .order_by(Registration.id)
)


def completions(
    standings: Sequence[Standing],
    *,
    languages: Mapping[UUID, str | None],
    by: UUID | None = None,
) -> list[LearningEvent]:
    """The `completed` of each of these registrations whose rule is met now, in the language of its
    cause, by registration."""
    concerned = activities.several({one.activity_id for one in standings})
    rules = {key: completion.parse(one.rule) for key, one in concerned.items() if one.rule}
    met = [(one, told) for one, told in judge(standings, rules) if told.met and told.at]
    spent = _seconds([one.registration_id for one, _ in met])
    return [
        LearningEvent(
            id=events.derived_id(
                "completed",
                one.person_id,
                concerned[one.activity_id].iri,
                one.registration_id,
                one.taken_back,
            ),
            verb="completed",
            person_id=one.person_id,
            activity=concerned[one.activity_id].iri,
            registration_id=one.registration_id,
            time=told.at or db.now(),
            language=languages.get(one.registration_id),
            result=Result(
                completion=True, score=_score_of(told), seconds=spent.get(one.registration_id, 0.0)
            ),
            by=by,
            evidence=told.evidence,
        )
        for one, told in met
    ]


def judge(
    standings: Iterable[Standing], rules: Mapping[UUID, Rule]
) -> Iterator[tuple[Standing, Verdict]]:
    """Each with the verdict of its activity's rule, where that has one: one query."""
    judged = [one for one in standings if one.activity_id in rules]
    if not judged:
        return
    spoken_of = {iri for rule in rules.values() for iri in completion.mentions(rule)}
    facts = facts_of({one.person_id for one in judged}, spoken_of)
    for one in judged:
        hers = facts.get(one.person_id, [])
        yield one, completion.explain(rules[one.activity_id], hers, one.registration_id)


def _score_of(verdict: Verdict) -> float | None:
    """The score of a completion, where its rule asks for exactly one."""
    scores = [leaf.score for leaf in completion.leaves(verdict) if leaf.score is not None]
    return scores[0] if len(scores) == 1 else None


def _seconds(registrations: Collection[UUID]) -> dict[UUID, float]:
    """The time spent in each registration so far."""
    if not registrations:
        return {}
    spent = (
        select(Progress.registration_id, func.sum(Progress.seconds))
        .where(Progress.registration_id.in_(registrations))
        .group_by(Progress.registration_id)
    )
    return {one: seconds or 0.0 for one, seconds in db.session().execute(spent)}


def verdict_of(registration: Registration) -> Verdict | None:
    """The explained rule of a registration's activity for its person; None without a rule."""
    return verdicts_of([registration]).get(registration.id)


def verdicts_of(registrations: Collection[Registration]) -> dict[UUID, Verdict]:
    """The same for several, by registration: one query, besides those for their activities."""
    known: dict[UUID, Verdict] = db.recalled("verdicts")
    ruled = [one for one in registrations if one.activity.rule is not None]
    known |= _judged([one for one in ruled if one.id not in known])
    return {one.id: known[one.id] for one in ruled}


def _judged(ruled: Sequence[Registration]) -> dict[UUID, Verdict]:
    rules = {one.id: completion.parse(one.activity.rule) for one in ruled if one.activity.rule}
    iris = {iri for rule in rules.values() for iri in completion.mentions(rule)}
    facts = facts_of({one.person_id for one in ruled}, iris) if ruled else {}
    return {
        one.id: completion.explain(rules[one.id], facts.get(one.person_id, []), one.id)
        for one in ruled
    }


def facts_of(people: Collection[UUID], iris: Collection[str]) -> dict[UUID, list[Fact]]:
    """What is known of these activities for each of these people, in all of their registrations:
    one query."""
    by_id = {activity_id(iri): iri for iri in iris}
    rows = db.session().execute(_FACTS, {"people": list(people), "activities": list(by_id)})
    found: dict[UUID, list[Fact]] = {}
    for person_id, activity, registration_id, status, score, at, statement_id in rows:
        fact = Fact(by_id[activity], registration_id, status, score, at, statement_id)
        found.setdefault(person_id, []).append(fact)
    return found


_FACTS = select(
    Progress.person_id,
    Progress.activity_id,
    Progress.registration_id,
    Progress.status,
    Progress.score,
    func.coalesce(Progress.done_at, Progress.last_at, type_=Progress.last_at.type),
    Progress.statement_id,
).where(
    Progress.person_id.in_(bindparam("people", expanding=True)),
    Progress.activity_id.in_(bindparam("activities", expanding=True)),
)
