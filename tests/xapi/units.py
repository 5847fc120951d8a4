"""Units with a foreign player, as a plugin of imported packages would bring them, and a learner who
entered one."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Flask

from app import activities, db, plugins, registrations
from app.events import LearningEvent
from app.hookspecs import hookimpl
from app.models import Registration
from app.vocabulary import VERBS, Kind
from tests.houses import a_person
from tests.xapi.senders import Sender, told
from xapi.service import players

SITE = "https://passage.example"
TITLES = {"en": "Unit", "fr": "Unité", "es": "Unidad"}


class Units:
    """A plugin whose activities are played by foreign content; it hears what is kept."""

    def __init__(self) -> None:
        self.kept: list[LearningEvent] = []

    @hookimpl
    def activity_kinds(self) -> list[Kind]:
        return [Kind("unit", "https://guest.example/unit", TITLES, enterable=True, foreign=True)]

    @hookimpl
    def learning_event_kept(self, event: LearningEvent) -> None:
        self.kept.append(event)


def brought(app: Flask) -> Units:
    """The plugin, in this house."""
    units = Units()
    plugins.manager(app).register(units, "units")
    return units


def built() -> None:
    """A unit that is completed by doing its part "a" and 70 % in its part "b"; a native quiz and a
    native lesson stand in it too."""
    unit = activities.define("unit", "unit", TITLES)
    for name, kind in (("a", "unit"), ("b", "unit"), ("quiz", "quiz"), ("lesson", "lesson")):
        activities.define(f"unit/{name}", kind, TITLES, parent=unit)
    done = {"completed": activities.iri("unit/a")}
    scored = {"score": activities.iri("unit/b"), "minimum": 0.7}
    activities.define("unit", "unit", TITLES, rule={"all": [done, scored]})


class Played:
    """A learner who entered the unit, and a player of it with a credential."""

    def __init__(self, app: Flask, *, name: str = "Aminata Diouf") -> None:
        self.app = app
        with app.app_context(), db.transaction():
            person = a_person(name)
            registration = registrations.begin(person, activities.get("unit"), language="fr")
            self.person, self.registration = person.id, registration.id
        self.player = self.launched()

    def launched(self, iris: list[str] | None = None, hours: float = 8) -> Sender:
        """A player, as it is launched."""
        with self.app.app_context(), db.transaction() as session:
            registration = session.get_one(Registration, self.registration)
            issued = players.issue(
                registration, iris=iris, hours=hours, app_key=self.app.config["SECRET_KEY"]
            )
            return Sender(self.app.test_client(), issued.credential.key, issued.secret)

    @property
    def account(self) -> dict[str, Any]:
        return {"account": {"homePage": SITE, "name": str(self.person)}}

    def said(self, verb: str, key: str = "unit/a", **more: Any) -> dict[str, Any]:
        """What a player says of the learner and an activity below the site."""
        iri = VERBS[verb].iri if verb in VERBS else verb
        return told(
            **{
                "actor": self.account,
                "verb": {"id": iri},
                "object": {"id": f"{SITE}/activities/{key}"},
                "context": {"registration": str(self.registration)},
                **more,
            }
        )

    def taking_back(self, target: str, **more: Any) -> dict[str, Any]:
        about = {"objectType": "StatementRef", "id": target}
        return self.said("voided", **{"object": about, **more})

    def standing(self, key: str = "unit/a") -> str | None:
        """The status of an activity in this registration."""
        with self.app.app_context():
            row = registrations.progress_of(self._registration()).get(activities.get(key).id)
            return row.status if row else None

    def row(self, key: str) -> Any:
        with self.app.app_context():
            return registrations.progress_of(self._registration()).get(activities.get(key).id)

    def _registration(self) -> Registration:
        return db.session().get_one(Registration, self.registration)


def an_id(found: dict[str, Any]) -> UUID:
    return UUID(found["id"])
