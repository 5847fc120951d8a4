"""The rebuild: from the stored statements alone, the same progress that the house lived through."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, update

from app import activities, db, events, plugins, progress, projection
from app.events import LearningEvent, Result
from app.models import Person, Progress, Registration
from app.progress import Rebuilt
from tests.houses import a_person

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


class Undo(Exception):
    """Ends a transaction without keeping it."""


@pytest.fixture
def house(app: Flask) -> Iterator[Flask]:
    """A house with a module of two lessons and a quiz, and somebody in it."""
    with app.app_context():
        with db.transaction():
            _module()
        yield app


def _module() -> None:
    titles = {"en": "M", "fr": "M", "es": "M"}
    module = activities.define("m", "module", titles)
    for name in ("l1", "l2"):
        activities.define(f"m/{name}", "lesson", titles, parent=module)
    quiz = activities.define("m/quiz", "quiz", titles, parent=module)
    activities.define("m/quiz/q1", "question", titles, parent=quiz)
    lessons = [{"completed": activities.iri(f"m/{name}")} for name in ("l1", "l2")]
    rule = {"all": [*lessons, {"score": activities.iri("m/quiz"), "minimum": 0.7}]}
    activities.define("m", "module", titles, rule=rule)


def _enter(person: Person, *, closed: bool = False) -> Registration:
    registration = Registration(
        id=uuid4(),
        person=person,
        activity=activities.get("m"),
        closed_at=NOON if closed else None,
    )
    db.session().add(registration)
    db.session().flush()
    return registration


def _told(registration: Registration, by: Person) -> list[LearningEvent]:
    """Everything that may happen on a way through the module, some of it twice or taken back."""

    def said(verb: str, key: str, minutes: int, **more: Any) -> LearningEvent:
        return events.happened(
            verb,
            registration,
            language="fr",
            activity=activities.get(key),
            time=NOON + timedelta(minutes=minutes),
            **more,
        )

    required = tuple(activities.iri(f"m/{name}") for name in ("l1", "l2", "quiz"))
    way = [
        said("registered", "m", 0, required=required),
        said("initialized", "m", 0),
        said("completed", "m/l1", 3, result=Result(seconds=60.25)),
        said("completed", "m/l1", 9, result=Result(seconds=30)),
        said("answered", "m/quiz/q1", 4, result=Result(success=False, response="a")),
        said("failed", "m/quiz", 4, result=Result(score=0.4, seconds=200)),
        said("passed", "m/quiz", 6, result=Result(score=0.8, raw=8, maximum=10, seconds=100)),
        said("completed", "m/l2", 5),
        said("completed", "m/l2", 8),
    ]
    completed = events.derived_id(
        "completed", registration.person_id, activities.iri("m"), registration.id, 0
    )
    return [
        *way,
        said("voided", "m/quiz", 10, takes_back=way[6].id, by=by),
        said("passed", "m/quiz", 11, result=Result(score=0.9)),
        said("voided", "m/l2", 12, takes_back=way[7].id),
        said("voided", "m", 13, takes_back=completed, by=by),
        said("updated", "m", 14, required=required[:2], by=by),
        said("attended", "m/l2", 15, by=by),
    ]


def _batched(places: list[int], size: int) -> Iterator[list[int]]:
    for start in range(0, len(places), size):
        yield places[start : start + size]


def _rows() -> dict[Any, dict[str, Any]]:
    return {
        (row.registration_id, row.activity_id): {
            name: getattr(row, name) for name in projection.Row.__slots__
        }
        for row in db.session().scalars(select(Progress).execution_options(populate_existing=True))
    }


@settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.permutations(range(30)), st.integers(1, 30), st.sampled_from([1, 3, 30]))
def test_a_rebuild_gives_the_rows_that_were_lived_in_whatever_order_things_came(
    house: Flask, order: list[int], count: int, size: int
) -> None:
    with pytest.raises(Undo), db.transaction():
        learner, admin = a_person(), a_person()
        told = _told(_enter(learner), admin) + _told(_enter(learner, closed=True), admin)
        for places in _batched(order[:count], size):
            events.publish(*(told[place] for place in places))
        lived = _rows()
        rebuilt = progress.rebuild()
        assert (rebuilt.differing, rebuilt.surplus) == (0, 0)
        assert rebuilt.rows == len(lived)
        assert _rows() == lived
        raise Undo


def test_the_whole_way_ends_in_derived_events_that_are_rebuilt_too(house: Flask) -> None:
    with db.transaction():
        learner, admin = a_person(), a_person()
        registration = _enter(learner)
        told = _told(registration, admin)[:9]
        for one in told:
            events.publish(one)
        stored = list(plugins.ring().stored_events(selection=events.Selection()))
        derived = [one for one in stored if one.id not in {other.id for other in told}]
        assert "completed" in {one.verb for one in derived}
        module = _rows()[(registration.id, activities.get("m").id)]
        assert (module["status"], module["share"]) == ("completed", 1.0)
        assert progress.rebuild() == Rebuilt(rows=4, differing=0, surplus=0)


def test_what_differs_from_the_statements_is_mended(house: Flask) -> None:
    with db.transaction():
        registration = _enter(a_person())
        events.publish(*_told(registration, a_person())[:5])
    with db.transaction() as session:
        before = _rows()
        session.execute(update(Progress).values(status="completed", score=1.0))
        found = progress.rebuild()
        assert found.differing == found.rows == len(before)
        assert _rows() == before


def test_without_a_store_the_house_is_read_but_nothing_happens(
    make_app: Callable[..., Flask],
) -> None:
    with make_app().app_context(), db.transaction():
        _module()
        learner = a_person()
        registration = _enter(learner)
        events.publish(*_told(registration, learner)[:3])
        left = len(_rows())
        registration_id = registration.id
    closed = make_app(PLUGINS_OFF="xapi")
    assert closed.test_client().get("/en/").status_code == 200
    assert closed.test_client().get("/xapi/about").status_code == 404
    with closed.app_context():
        registration = db.session().get_one(Registration, registration_id)
        with pytest.raises(events.NoStore), db.transaction():
            events.publish(events.happened("completed", registration, language="en"))
        with pytest.raises(events.NoStore), db.transaction():
            progress.rebuild()
        assert len(_rows()) == left
