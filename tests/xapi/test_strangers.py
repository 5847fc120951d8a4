"""What comes from outside about people of ours: kept, shown, and never a pass for anybody."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app import (
    activities,
    db,
    erasure,
    events,
    plugins,
    progress,
    projection,
    record,
    registrations,
)
from app.events import LearningEvent, Result, Selection
from app.models import Activity, Outbox, Person, Progress, Registration
from app.vocabulary import VERBS
from tests.houses import a_person, signed_in, visitor, with_content
from tests.xapi.packets import attachment, opened, piece, send
from tests.xapi.senders import Sender, a_sender, told, void

SITE = "https://passage.example"


class Passage:
    """A learner who began the module, and somebody outside who may do all at /xapi."""

    def __init__(self, app: Flask) -> None:
        self.app = with_content(app)
        self.sender: Sender = a_sender(app)
        with app.app_context(), db.transaction():
            learner = a_person()
            module = next(iter(activities.of_kind("module")))
            registration = registrations.begin(learner, module, language="fr")
            self.learner, self.registration = learner.id, registration.id
            self.module = module.iri
            self.things = [one.iri for one in db.session().scalars(select(Activity))]

    def said(self, verb: str, activity: str, **more: Any) -> dict[str, Any]:
        """A statement as our own would be, but sent by a stranger."""
        return told(
            actor={"account": {"homePage": SITE, "name": str(self.learner)}},
            verb={"id": VERBS[verb].iri},
            object={"id": activity},
            context={"registration": str(self.registration)},
            **more,
        )

    def stored(self, **asked: Any) -> list[LearningEvent]:
        with self.app.app_context():
            return list(plugins.ring().stored_events(selection=Selection(**asked)))

    def rows(self) -> list[tuple[Any, ...]]:
        with self.app.app_context():
            rows = db.session().scalars(select(Progress).order_by(Progress.activity_id))
            return [tuple(getattr(row, name) for name in projection.Row.__slots__) for row in rows]


@pytest.fixture
def passage(app: Flask) -> Iterator[Passage]:
    return Passage(app)


def test_nobody_posts_himself_a_pass(passage: Passage) -> None:
    before = passage.rows()
    full = {"success": True, "completion": True, "score": {"scaled": 1.0}}
    moves = {f"{SITE}/xapi/extensions/moves": True}
    claims = [
        {
            **passage.said(verb, activity, result=full),
            "context": {"registration": str(passage.registration), "extensions": moves},
            "authority": {"account": {"homePage": SITE, "name": "passage"}},
        }
        for verb in ("registered", "initialized", "answered", "passed", "completed", "earned")
        for activity in passage.things
    ]
    for start in range(0, len(claims), 50):
        assert passage.sender.post(claims[start : start + 50]).status_code == 200
    assert passage.rows() == before
    with passage.app.app_context(), db.transaction():
        assert progress.rebuild().differing == 0
        assert db.session().scalars(select(Outbox)).all() == [] or not any(
            "earned" in json.dumps(job.payload) for job in db.session().scalars(select(Outbox))
        )
    assert passage.rows() == before
    foreign = [one for one in passage.stored(person_id=passage.learner) if not one.moves]
    assert len(foreign) == len(claims)


def test_a_voiding_from_outside_hides_but_takes_nothing_away(passage: Passage) -> None:
    with passage.app.app_context(), db.transaction() as session:
        registration = session.get_one(Registration, passage.registration)
        lesson = next(iter(activities.children(registration.activity, "lesson")))
        done = events.happened(
            "completed", registration, language="fr", activity=lesson, result=Result(seconds=3)
        )
        events.publish(done)
        done_id = str(done.id)
    before = passage.rows()
    staff = {"account": {"homePage": SITE, "name": str(passage.learner)}}
    as_ours = {f"{SITE}/xapi/extensions/person": str(passage.learner)}
    voiding = void(
        done_id,
        actor=staff,
        context={
            "registration": str(passage.registration),
            "contextActivities": {"other": [{"id": passage.module}]},
            "extensions": as_ours,
        },
    )
    assert passage.sender.post(voiding).status_code == 200
    assert passage.sender.get(statementId=done_id).status_code == 404
    assert passage.sender.get(voidedStatementId=done_id).status_code == 200
    with passage.app.app_context(), db.transaction():
        assert progress.rebuild().differing == 0
    assert passage.rows() == before
    assert all(one.takes_back is None for one in passage.stored())


def test_what_strangers_say_of_her_is_told_but_not_what_we_cannot_say(passage: Passage) -> None:
    lesson = f"{SITE}/activities/elsewhere"
    odd = [
        passage.said("completed", lesson, result={"duration": "P1Y2M"}),
        {**passage.said("completed", lesson), "verb": {"id": "urn:shared"}},
        {**passage.said("completed", lesson), "object": {"objectType": "Agent", "openid": "urn:x"}},
        {**passage.said("completed", lesson), "actor": {"mbox": "mailto:ana@b.example"}},
        {
            **passage.said("passed", lesson),
            "context": {
                "registration": str(passage.registration),
                "instructor": {"mbox": "mailto:t@b.example"},
                "contextActivities": {"other": {"id": "urn:one"}},
            },
        },
    ]
    assert passage.sender.post(odd).status_code == 200
    outside = [one for one in passage.stored(person_id=passage.learner) if not one.moves]
    assert sorted(one.verb for one in outside) == ["completed", "passed"]
    newest = passage.stored(person_id=passage.learner, limit=2)
    assert {one.id for one in newest} == {one.id for one in outside}


def test_an_id_that_a_stranger_guessed_goes_back_to_its_owner(passage: Passage) -> None:
    """And nothing stays attached to it."""
    guessed = events.derived_id(
        "completed", passage.learner, passage.module, passage.registration, 0
    )
    squatting = {**passage.said("completed", passage.module), "id": str(guessed)}
    attached = {**squatting, "attachments": [attachment(b"mine")]}
    assert send(passage.sender, attached, piece(b"mine")).status_code == 200
    with passage.app.app_context(), db.transaction() as session:
        registration = session.get_one(Registration, passage.registration)
        done = events.happened("completed", registration, language="fr")
        events.publish(
            LearningEvent(
                id=guessed,
                verb="completed",
                person_id=done.person_id,
                activity=done.activity,
                registration_id=done.registration_id,
                time=done.time,
            )
        )
    kept, parts = opened(passage.sender.get(statementId=str(guessed), attachments="true"))
    assert parts == []
    assert kept["authority"]["account"]["name"] == "passage"
    assert [one.moves for one in passage.stored() if one.id == guessed] == [True]
    again = passage.sender.put(squatting)
    assert again.status_code in (204, 409)
    with passage.app.app_context():
        person = db.session().get_one(Person, passage.learner)
        assert any(
            row.status == "completed"
            for row in db.session().scalars(select(Progress).where(Progress.person_id == person.id))
        )


ODD: dict[str, dict[str, Any]] = {
    "no list of evidence": {"said": {"evidence": 5}},
    "evidence that is no id": {"said": {"evidence": [5]}},
    "no list of requirements": {"said": {"required": 5}},
    "requirements that are no words": {"said": {"required": [[1]]}},
    "neither yes nor no": {"said": {"moves": "perhaps"}},
    "a million years": {"result": {"duration": "PT99999999999999S"}},
    "more than can be counted": {"result": {"duration": f"PT{'9' * 1_100_000}S"}},
    "the first day of the calendar": {"timestamp": "0001-01-01T00:00:00Z"},
    "its last day": {"timestamp": "9999-12-31T23:59:59Z"},
}


@pytest.mark.parametrize("zone", ["America/Costa_Rica", "Asia/Tokyo"])
def test_nothing_that_a_stranger_says_of_her_stands_in_her_way(passage: Passage, zone: str) -> None:
    for name, odd in ODD.items():
        said = passage.said("completed", passage.module, **{**odd, "said": None})
        del said["said"]
        extensions = {f"{SITE}/xapi/extensions/{key}": x for key, x in odd.get("said", {}).items()}
        said["context"]["extensions"] = extensions
        assert passage.sender.post(said).status_code == 200, name
    with passage.app.app_context(), db.transaction() as session:
        learner = session.get_one(Person, passage.learner)
        learner.timezone = zone
        registration = session.get_one(Registration, passage.registration)
        lesson = next(iter(activities.children(registration.activity, "lesson")))
        events.publish(events.happened("completed", registration, language="fr", activity=lesson))
        assert progress.rebuild().differing == 0
        assert record.statements(learner, language="fr", limit=100)[0]
        reader = signed_in(visitor(passage.app), learner)
    assert reader.get("/fr/my").status_code == 200
    assert reader.get("/fr/my/record.json").status_code == 200


def test_nothing_that_a_stranger_says_of_her_keeps_her_from_being_erased(passage: Passage) -> None:
    deep: list[Any] = []
    for _ in range(700):
        deep = [deep]
    said = passage.said("completed", passage.module, result={"extensions": {"http://x.org": deep}})
    refused = passage.sender.post(said)
    assert refused.status_code == 400
    assert "result.extensions" in refused.text
    with passage.app.app_context():
        address = str(db.session().get_one(Person, passage.learner).email)
    loud = {"mbox": f"mailto:{address.upper()}", "name": "Aminata D."}
    assert passage.sender.post(told(actor=loud, context={"instructor": loud})).status_code == 200
    with passage.app.app_context(), db.transaction() as session:
        learner = session.get_one(Person, passage.learner)
        erasure.erase(learner, by=learner)
    found = passage.sender.get().text
    assert address not in found.lower()
    assert "Aminata" not in found
