"""A short module of a test's own, which earns a certificate at once: two steps, then a trial."""

from __future__ import annotations

from datetime import datetime

from flask import Flask

from app import activities, db, events, plugins, registrations
from app.events import LearningEvent, Result
from app.hookspecs import hookimpl
from app.models import Activity, Person, Registration
from app.vocabulary import Kind

TITLES = {"en": "Reading treaties", "fr": "Lire les traités", "es": "Leer los tratados"}


class Trials:
    """A plugin that makes the three kinds."""

    @hookimpl
    def activity_kinds(self) -> list[Kind]:
        iri = "https://example.org/kinds/"
        return [
            Kind("walk", iri + "walk", {"en": "walk"}, enterable=True, award="at_once"),
            Kind("stroll", iri + "stroll", {"en": "stroll"}, enterable=True),
            Kind("step", iri + "step", {"en": "step"}),
        ]


def with_trials(app: Flask) -> Flask:
    """The same house, in which walks and strolls can be made."""
    plugins.manager(app).register(Trials(), "trials")
    return app


def a_walk(key: str = "walks/treaties", kind: str = "walk", titles: object = None) -> Activity:
    """An activity with two steps and the rule that both are needed; within a transaction."""
    steps = [activities.iri(f"{key}/{name}") for name in ("read", "answer")]
    rule = {"all": [{"completed": steps[0]}, {"score": steps[1], "minimum": 0.7}]}
    made = activities.define(
        key,
        kind,
        titles or TITLES,  # type: ignore[arg-type]  # a test's shorthand
        rule=rule,
        definition={"extensions": {activities.iri("extensions/minutes"): 90}},
    )
    for place, name in enumerate(("read", "answer")):
        activities.define(f"{key}/{name}", "step", {"en": name}, parent=made, position=place)
    return made


def walk(
    person: Person,
    activity: Activity,
    *,
    language: str = "en",
    score: float = 0.8,
    time: datetime | None = None,
) -> Registration:
    """She begins it, reads, answers with this score (0-1); within a transaction."""
    registration = registrations.begin(person, activity, language=language)
    read = activities.get(f"{activity.key}/read")
    answer = activities.get(f"{activity.key}/answer")
    events.publish(
        _step(registration, "completed", read, language, time, Result(seconds=95.5)),
        _step(
            registration,
            "passed" if score >= 0.7 else "failed",
            answer,
            language,
            time,
            Result(score=score, success=score >= 0.7, seconds=30),
        ),
    )
    db.session().flush()
    return registration


def _step(
    registration: Registration,
    verb: str,
    activity: Activity,
    language: str,
    time: datetime | None,
    result: Result,
) -> LearningEvent:
    return events.happened(
        verb, registration, activity=activity, language=language, time=time, result=result
    )
