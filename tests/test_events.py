"""Waves: what happens to many people is told at once, whole, in order, and costs no more."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence

import pytest
from flask import Flask
from sqlalchemy import func, select

from app import activities, db, events, people, plugins, progress, registrations
from app.errors import Forbidden
from app.events import LearningEvent, Result
from app.hookspecs import hookimpl, only
from app.models import Activity, Outbox, Person, Progress, Registration
from tests import trials
from tests.houses import a_person, acting, queries


class Listener:
    """A plugin that writes down every wave, and breaks where it is told to."""

    def __init__(self) -> None:
        self.waves: list[list[str]] = []
        self.breaks = False

    @hookimpl
    def learning_events(self, events: Sequence[LearningEvent]) -> None:
        self.waves.append([event.verb for event in events])
        if self.breaks and "completed" in self.waves[-1]:
            raise ZeroDivisionError

    @hookimpl
    @only("attended")
    def learning_event_kept(self, event: LearningEvent) -> None:
        """Hears nothing that happens here."""


@pytest.fixture
def house(make_app: Callable[..., Flask]) -> Iterator[Flask]:
    """A house with a walk of two steps, the store, and nothing else."""
    app = trials.with_trials(make_app(PLUGINS_OFF=",".join(plugins.installed().keys() - {"xapi"})))
    with app.app_context():
        with db.transaction():
            trials.a_walk("walk")
        yield app


@pytest.fixture
def listener(house: Flask) -> Listener:
    found = Listener()
    plugins.manager(house).register(found, "listener")
    return found


def crowd(count: int) -> list[Person]:
    """People without a password, for one costs more than everything else here."""
    with acting() as session:
        here = session.scalar(select(func.count()).select_from(Person)) or 0
        made = [
            Person(email=f"{number}@example.org", fs_uniquifier=str(number), name=str(number))
            for number in range(here, here + count)
        ]
        session.add_all(made)
        session.flush()
    return made


def stepped(registration: Registration, name: str, verb: str = "completed") -> LearningEvent:
    step = activities.get(f"walk/{name}")
    result = Result(score=0.8) if verb == "passed" else None
    return events.happened(verb, registration, activity=step, language="fr", result=result)


def walked(group: Sequence[Registration]) -> list[LearningEvent]:
    """All of them read, then all of them answer."""
    reads = [stepped(one, "read") for one in group]
    return reads + [stepped(one, "answer", "passed") for one in group]


def the_walk() -> Activity:
    return activities.get("walk")


def statuses() -> dict[str, int]:
    """How many stand how with the walk."""
    rows = select(Progress.status, func.count()).where(Progress.activity_id == the_walk().id)
    return {status: count for status, count in db.session().execute(rows.group_by(Progress.status))}  # noqa: C416  (rows are no pairs to mypy)


def test_a_wave_is_told_once_and_then_its_consequences(house: Flask, listener: Listener) -> None:
    with db.transaction():
        group = registrations.register(crowd(3), the_walk(), by=None)
        events.publish(*walked(group))
    assert listener.waves == [
        ["registered"] * 3,
        ["completed"] * 3 + ["passed"] * 3,
        ["completed"] * 3,
    ]
    assert statuses() == {"completed": 3}
    with db.transaction():
        assert progress.rebuild().differing == 0


def test_an_error_in_one_listener_undoes_the_whole_wave(house: Flask, listener: Listener) -> None:
    with db.transaction():
        group = registrations.register(crowd(3), the_walk(), by=None)
    listener.breaks = True
    with pytest.raises(ZeroDivisionError), db.transaction():
        events.publish(*walked(group))
    assert statuses() == {"registered": 3}
    listener.breaks = False
    with db.transaction():
        events.publish(*walked(group))
    assert statuses() == {"completed": 3}


def test_nobody_is_woken_for_verbs_that_he_does_not_hear(house: Flask, listener: Listener) -> None:
    with db.transaction() as session:
        group = registrations.register(crowd(2), the_walk(), by=None)
        assert session.scalars(select(Outbox)).all() == []
        events.publish(stepped(group[1], "read", "attended"))
        job = session.scalars(select(Outbox)).one()
    assert (job.task, job.person_id) == ("events.kept", group[1].person_id)
    assert job.payload["event"]["verb"] == "attended"


def test_five_hundred_people_cost_as_many_queries_as_two(house: Flask) -> None:
    told = []
    with db.transaction():
        whole = [the_walk(), activities.get("walk/read"), activities.get("walk/answer")]
        for count in (1, 2, 500):  # the first learns what the activities are called
            group = crowd(count)
            with queries() as sent:
                events.publish(*walked(registrations.register(group, whole[0], by=None)))
            asked = [one for one in sent if one.startswith(("SELECT", "DELETE"))]
            told.append([one for one in asked if "FROM setting" not in one])  # once a second
    assert len(told[1]) == len(told[2]) < 30
    assert statuses() == {"completed": 503}


def test_registering_by_staff_is_no_beginning_and_twice_is_once(
    house: Flask, listener: Listener
) -> None:
    with db.transaction():
        staff, learners = a_person("Staff"), crowd(2)
        first = registrations.register([*learners, learners[0]], the_walk(), by=staff)
        again = registrations.register(learners[::-1], the_walk(), by=staff)
        assert [one.person_id for one in first] == [learners[place].id for place in (0, 1, 0)]
        assert again == first[1::-1]
        assert statuses() == {"registered": 2}
        for _ in range(2):
            begun = registrations.begin(learners[0], the_walk(), language="es")
            assert begun == first[0]
        assert statuses() == {"registered": 1, "begun": 1}
    assert listener.waves == [["registered"] * 2, ["initialized"]]
    with pytest.raises(Forbidden), db.transaction():
        registrations.register(learners, activities.get("walk/read"), by=staff)


@pytest.mark.only("postgresql")
def test_two_overlapping_waves_at_once_never_wait_for_each_other_for_ever(house: Flask) -> None:
    with db.transaction():
        group = registrations.register(crowd(40), the_walk(), by=None)
        ids = [one.id for one in group]
    ready = threading.Barrier(2)
    failed: list[Exception] = []

    def tell(order: list[int], verb: str, name: str) -> None:
        try:
            with house.app_context():
                for _ in range(5):
                    ready.wait()
                    with db.transaction() as session:
                        them = [session.get_one(Registration, ids[place]) for place in order]
                        events.publish(*(stepped(one, name, verb) for one in them))
        except Exception as error:
            failed.append(error)
            ready.abort()

    forth, back = list(range(30)), list(range(39, 9, -1))
    threads = [
        threading.Thread(target=tell, args=(forth, "completed", "read")),
        threading.Thread(target=tell, args=(back, "passed", "answer")),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert failed == []
    db.session().rollback()
    assert statuses() == {"completed": 20, "registered": 20}
    with db.transaction():
        assert progress.rebuild().differing == 0


@pytest.mark.only("postgresql")
def test_people_are_locked_in_the_order_of_their_keys(house: Flask) -> None:
    with db.transaction():
        ids = [one.id for one in crowd(5)]
    with db.transaction(), queries() as sent:
        people.lock(*ids)
    assert "ORDER BY person.id" in sent[-1]
