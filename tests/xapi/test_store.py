"""The store within the house: events are kept with their act, and found again."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import select

from app import activities, db, events, plugins
from app.events import LearningEvent, Result, Selection
from app.models import Person, Progress, Registration
from tests.houses import a_person
from xapi.models import Statement

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.fixture
def house(make_app: Callable[..., Flask]) -> Iterator[Flask]:
    """A house with no plugin but the store, and one module of two lessons: open for a test."""
    app = make_app(PLUGINS_OFF=",".join(plugins.installed().keys() - {"xapi"}))
    with app.app_context():
        with db.transaction():
            module = activities.define("m", "module", {"en": "M", "fr": "M", "es": "M"})
            for place in ("l1", "l2"):
                activities.define(f"m/{place}", "lesson", {"en": place}, parent=module)
            rule = {"all": [{"completed": activities.iri(f"m/{place}")} for place in ("l1", "l2")]}
            activities.define("m", "module", {"en": "M", "fr": "M", "es": "M"}, rule=rule)
        yield app


def enter(person: Person, key: str = "m") -> Registration:
    registration = Registration(person=person, activity=activities.get(key))
    db.session().add(registration)
    db.session().flush()
    required = tuple(activities.iri(f"m/{place}") for place in ("l1", "l2"))
    events.publish(
        events.happened("registered", registration, language="fr", required=required, time=NOON)
    )
    return registration


def lesson(registration: Registration, place: str, minutes: int) -> LearningEvent:
    return events.happened(
        "completed",
        registration,
        language="fr",
        activity=activities.get(f"m/{place}"),
        time=NOON + timedelta(minutes=minutes),
        result=Result(completion=True, seconds=61.5),
    )


def found(**asked: object) -> list[LearningEvent]:
    told = plugins.ring().stored_events(selection=Selection(**asked))  # type: ignore[arg-type]
    return list(told)


def test_what_happens_is_kept_whole_and_told_in_order(house: Flask) -> None:
    with db.transaction():
        person = a_person()
        registration = enter(person)
        events.publish(lesson(registration, "l2", 2), lesson(registration, "l1", 1))
        registered = found(person_id=person.id)[0]
    told = found(person_id=person.id)
    assert [one.verb for one in told] == ["registered", "completed", "completed", "completed"]
    assert told[1].activity == activities.iri("m/l1")
    assert {one.activity for one in told[2:]} == {activities.iri("m/l2"), activities.iri("m")}
    assert [one.time for one in told[2:]] == [NOON + timedelta(minutes=2)] * 2
    assert told[0] == registered
    assert sum(1 for _ in found(registrations=(registration.id,))) == 4
    first = activities.iri("m/l1")
    assert [one.activity for one in found(activities=(first,))] == [first]
    assert found(person_id=uuid4()) == []


def test_the_newest_are_told_first_page_by_page(house: Flask) -> None:
    with db.transaction():
        person = a_person()
        registration = enter(person)
        events.publish(lesson(registration, "l1", 1), lesson(registration, "l1", 1))
    everything = found(person_id=person.id)[::-1]
    seen: list[LearningEvent] = []
    while page := found(
        person_id=person.id, limit=2, before=(seen[-1].time, seen[-1].id) if seen else None
    ):
        seen += page
    assert [one.time for one in seen] == [one.time for one in everything]
    assert {one.id for one in seen} == {one.id for one in everything}


def test_a_stored_statement_is_complete(house: Flask) -> None:
    with db.transaction():
        registration = enter(a_person())
    row = db.session().scalars(select(Statement)).one()
    body = json.loads(row.body)
    assert body["authority"]["account"]["name"] == "passage"
    assert body["version"] == "1.0.3"
    assert datetime.fromisoformat(body["stored"]) == row.stored
    assert body["context"]["extensions"] == {
        "https://passage.example/xapi/extensions/required": [
            activities.iri("m/l1"),
            activities.iri("m/l2"),
        ]
    }
    assert (row.registration_id, row.person_id) == (registration.id, registration.person_id)
    assert row.moves
    assert row.authority is None


def test_statement_and_progress_are_kept_together_or_not_at_all(house: Flask) -> None:
    with pytest.raises(ZeroDivisionError), db.transaction():
        enter(a_person())
        raise ZeroDivisionError
    assert db.session().scalars(select(Statement)).all() == []
    assert db.session().scalars(select(Progress)).all() == []


def test_telling_twice_is_telling_once(house: Flask) -> None:
    with db.transaction():
        person = a_person()
        done = lesson(enter(person), "l1", 1)
        events.publish(done)
        events.publish(done)
    assert [one.verb for one in found(person_id=person.id)] == ["registered", "completed"]


def test_what_is_taken_back_is_marked_and_the_void_found_beside_it(house: Flask) -> None:
    with db.transaction():
        person, admin = a_person(), a_person("Admin")
        registration = enter(person)
        done = lesson(registration, "l1", 1)
        void = events.happened(
            "voided",
            registration,
            language=None,
            activity=activities.get("m/l1"),
            takes_back=done.id,
            by=admin,
        )
        events.publish(done, void)
        done_id, void_id, admin_id = done.id, void.id, admin.id
    rows = {row.statement_id: row for row in db.session().scalars(select(Statement))}
    assert rows[done_id].voided_by == void_id
    assert rows[void_id].agent_key.endswith(str(admin_id))
    assert found(person_id=person.id)[-1].takes_back == done_id
    assert found(person_id=admin_id) == []
    assert db.session().get(Progress, (registration.id, activities.get("m/l1").id)) is None
