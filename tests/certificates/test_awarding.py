"""A completion earns its certificate at once, once, and she is told once."""

from __future__ import annotations

import threading

import pytest
from flask import Flask
from sqlalchemy import select

from app import db, events, jobs, passage, registrations
from app.events import Result, Selection
from app.models import Outbox, Person
from app.plugins import ring
from certificates.models import Certificate
from certificates.service import changing
from tests.houses import a_person
from tests.trials import TITLES, a_walk, walk, with_trials


@pytest.fixture(autouse=True)
def _trials(app: Flask) -> None:
    with_trials(app)


def earned(person: Person) -> list[events.LearningEvent]:
    told = ring().stored_events(selection=Selection(person_id=person.id))
    return [one for one in told if one.verb in ("earned", "voided")]


def test_a_completion_earns_a_certificate_in_the_same_act(app: Flask) -> None:
    with app.app_context(), db.transaction() as session:
        person = a_person("Aïcha Ndiaye", language="fr")
        registration = walk(person, a_walk(), language="es")
        certificate = session.scalars(select(Certificate)).one()
        completed = next(
            one
            for one in ring().stored_events(selection=Selection(person_id=person.id))
            if one.verb == "completed" and one.activity == registration.activity.iri
        )
        (event,) = earned(person)
        assert (certificate.name, certificate.language) == ("Aïcha Ndiaye", "fr")
        assert certificate.titles == TITLES
        assert certificate.minutes == 90
        assert certificate.number.startswith(f"IML-{certificate.awarded_at.year}-")
        assert event.id == certificate.earned_id
        assert event.evidence == (completed.id,)
        assert (event.time, event.language) == (completed.time, "es")
        assert event.registration_id == registration.id


def test_only_what_earns_at_once_is_awarded(app: Flask) -> None:
    with app.app_context(), db.transaction() as session:
        walk(a_person(), a_walk("strolls/park", "stroll"))
        walk(a_person(), a_walk(), score=0.5)
        assert session.scalars(select(Certificate)).all() == []


def test_what_may_not_move_progress_earns_nothing(app: Flask) -> None:
    with app.app_context(), db.transaction() as session:
        registration = registrations.begin(a_person(), a_walk(), language="en")
        told = events.happened("completed", registration, language="en")
        events.publish(
            events.LearningEvent(
                **{name: getattr(told, name) for name in told.__slots__} | {"moves": False}
            )
        )
        assert session.scalars(select(Certificate)).all() == []


def test_completing_again_brings_no_second_certificate(app: Flask) -> None:
    with app.app_context(), db.transaction() as session:
        person = a_person()
        registration = walk(person, a_walk())
        for _ in range(2):
            told = events.happened(
                "completed", registration, language="en", result=Result(completion=True)
            )
            events.publish(told)
        assert len(session.scalars(select(Certificate)).all()) == 1
        assert len(earned(person)) == 1


def test_what_staff_revoked_no_rule_awards_again(app: Flask) -> None:
    with app.app_context(), db.transaction() as session:
        admin = a_person("Maria Keller", role="administrator")
        person = a_person()
        registration = walk(person, a_walk())
        certificate = session.scalars(select(Certificate)).one()
        changing.revoke(certificate, by=admin, reason="Somebody else took the quiz.")
        events.publish(events.happened("completed", registration, language="en"))
        assert session.scalars(select(Certificate)).one().revoked_at is not None
        assert [one.verb for one in earned(person)] == ["earned", "voided"]


def test_parallel_awards_never_share_a_number(app: Flask) -> None:
    with app.app_context(), db.transaction():
        walked = a_walk()
        people = [a_person(f"Person {at}").id for at in range(6)]
        key = walked.key
    wrong: list[BaseException] = []

    def act(one: object) -> None:
        from app import activities

        try:
            with app.app_context(), db.transaction() as session:
                walk(session.get_one(Person, one), activities.get(key))
        except BaseException as error:
            wrong.append(error)

    threads = [threading.Thread(target=act, args=(one,)) for one in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with app.app_context():
        numbers = db.session().scalars(select(Certificate.number)).all()
    assert wrong == []
    assert len(set(numbers)) == 6


def test_she_is_told_once_in_her_language(app: Flask) -> None:
    with app.app_context():
        with db.transaction():
            person = a_person("Aïcha Ndiaye", language="fr")
            walk(person, a_walk(), language="en")
            (event,) = earned(person)
        jobs.run_due()
        with db.transaction():
            from certificates.service import awarding

            awarding.tell(event)
        mails = db.session().scalars(select(Outbox).where(Outbox.task == "mail.send")).all()
        assert len(mails) == 1
        certificate = db.session().scalars(select(Certificate)).one()
        assert TITLES["fr"] in mails[0].payload["subject"]
        assert f"/fr/certificates/{certificate.public_id}" in mails[0].payload["text"]
        assert "/fr/my" in mails[0].payload["text"]


def test_the_way_ends_at_the_certificate(app: Flask) -> None:
    with app.test_request_context("/fr/"):
        db.open_request(writes=True)
        person, walked = a_person(), a_walk()
        registration = registrations.begin(person, walked, language="en")
        way = passage.stations(walked, registration, language="en")
        assert (way[-1].kind, way[-1].state, way[-1].url) == ("certificate", "ahead", None)
        walk(person, walked)
        certificate = db.session().scalars(select(Certificate)).one()
        way = passage.stations(walked, registration, language="en")
        assert way[-1].state == "done"
        assert way[-1].url == f"/certificates/{certificate.public_id}"
