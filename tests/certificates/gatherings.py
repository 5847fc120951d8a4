"""A course at a place, whose certificates staff release: three sessions, two are needed."""

from __future__ import annotations

from flask import Flask

from app import activities, db, events, plugins, registrations
from app.events import Result
from app.hookspecs import hookimpl
from app.models import Activity, Person, Registration
from app.vocabulary import Kind

TITLES = {
    "en": "International migration law",
    "fr": "Droit international de la migration",
    "es": "Derecho internacional sobre migración",
}


class Gatherings:
    """A plugin that makes the two kinds."""

    @hookimpl
    def activity_kinds(self) -> list[Kind]:
        iri = "https://example.org/kinds/"
        return [
            Kind("gathering", iri + "g", {"en": "course"}, enterable=True, award="on_release"),
            Kind("session", iri + "session", {"en": "session"}),
        ]


def with_gatherings(app: Flask) -> Flask:
    """The same house, in which gatherings can be made."""
    manager = plugins.manager(app)
    kinds = {one.name for some in manager.hook.activity_kinds() for one in some}
    if "gathering" not in kinds:
        manager.register(Gatherings(), "gatherings")
    return app


def a_gathering(key: str = "gatherings/moshi/2027", parent: Activity | None = None) -> Activity:
    """A gathering in Moshi from the first to the fifth of June; within a transaction."""
    sessions = [f"{key}/day{at}" for at in range(3)]
    of = [{"completed": activities.iri(one)} for one in sessions]
    made = activities.define(
        key,
        "gathering",
        TITLES,
        parent=parent,
        rule={"all": [{"at_least": {"count": 2, "of": of}}]},
        definition={
            "extensions": {
                activities.iri("extensions/minutes"): 1800,
                activities.iri("extensions/starts"): "2027-06-01",
                activities.iri("extensions/ends"): "2027-06-05",
                activities.iri("extensions/place"): "Moshi, United Republic of Tanzania",
            }
        },
    )
    for place, one in enumerate(sessions):
        activities.define(one, "session", {"en": f"Day {place}"}, parent=made, position=place)
    return made


def attend(person: Person, activity: Activity, sessions: int) -> Registration:
    """She is registered, and there at the first of these sessions; within a transaction."""
    registration = registrations.begin(person, activity, language=person.language)
    there = [activities.get(f"{activity.key}/day{at}") for at in range(sessions)]
    events.publish(
        *(
            events.happened(
                "completed",
                registration,
                activity=one,
                language=None,
                result=Result(completion=True),
            )
            for one in there
        )
    )
    db.session().flush()
    return registration
