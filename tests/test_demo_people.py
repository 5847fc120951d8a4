"""`passage demo people`: a demonstration as large as wanted, whose progress can be rebuilt."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from app import activities, content, db, demo_people, plugins, progress
from app.cli import passage
from app.demo_names import somebody
from app.models import Activity, AuditEntry, Outbox, Person, Progress, Registration
from certificates.models import Certificate
from tests import houses


def _make(house: Flask, *said: str) -> Any:
    return house.test_cli_runner().invoke(passage, ["demo", "people", *said])


def _count(table: type[db.Base], *where: Any) -> int:
    return db.session().scalar(select(func.count()).select_from(table).where(*where)) or 0


@pytest.fixture
def house(app: Flask) -> Flask:
    return houses.with_content(app)


def test_people_courses_and_progress_are_made(house: Flask) -> None:
    done = _make(house, "300", "--courses", "20")
    assert done.exit_code == 0, done.output
    assert "300 made-up people; 3000 rows of progress added" in done.output
    with house.app_context():
        assert _count(Person) == 300
        assert _count(Progress) == 3000
        assert _count(Progress, Progress.status == "completed", Progress.required.is_not(None)) > 50
        assert (
            _count(Activity, Activity.key.contains("example-"), Activity.parent_id.is_(None)) == 20
        )
        assert db.session().scalar(select(Person.country).group_by(Person.country).limit(1))
    names = house.test_client().get("/api/v1/courses?limit=200").text
    assert names.count("A made-up course") >= 20


def test_what_was_made_is_what_its_statements_amount_to(house: Flask) -> None:
    _make(house, "40", "--courses", "10", "--progress", "7")
    with house.app_context(), db.transaction():
        assert _count(Progress) == 280
        assert progress.rebuild() == progress.Rebuilt(280, 0, 0)
    with house.app_context():
        told = plugins.ring().stored_events(selection=demo_people.events.Selection())
        assert len({one.id for one in told}) > 280


def test_a_second_call_makes_those_that_are_missing(house: Flask) -> None:
    _make(house, "30", "--courses", "5")
    with house.app_context():
        before = {one.id: one.email for one in db.session().scalars(select(Person))}
    assert "30 made-up people; 0 rows" in _make(house, "30", "--courses", "5").output
    assert "50 made-up people; 200 rows" in _make(house, "50", "--courses", "12").output
    assert "50 made-up people; 0 rows" in _make(house, "10", "--courses", "12").output
    with house.app_context():
        after = {one.id: one.email for one in db.session().scalars(select(Person))}
    assert len(after) == 50
    assert before.items() <= after.items()


def test_plugins_make_the_courses_and_keep_what_happened(house: Flask) -> None:
    """demonstration_courses, demonstration_events."""
    with house.app_context(), db.transaction():
        made = plugins.ring().demonstration_courses(count=10)
        keys = [key for some in made for key in some]
        assert len(keys) == 8
        assert all(activities.kind(activities.get(key).kind).enterable for key in keys)
        assert plugins.ring().demonstration_courses(count=10) == made
        assert plugins.ring().demonstration_events(events=[]) == 0


def test_nobody_is_written_to_and_nobody_can_sign_in(house: Flask) -> None:
    _make(house, "30", "--courses", "5")
    with house.app_context():
        assert _count(Outbox) == _count(Certificate) == _count(AuditEntry) == 0
        assert _count(Person, Person.password.is_not(None)) == 0
        assert _count(Person, Person.email.not_like("%@passage.example")) == 0


def test_what_was_made_stays_when_the_content_is_loaded_again(house: Flask) -> None:
    _make(house, "20", "--courses", "5")
    with house.app_context(), db.transaction():
        assert not any(content.load().values())
        assert _count(Activity, Activity.retired_at.is_not(None)) == 0


def test_one_of_them_goes_on_by_herself(house: Flask) -> None:
    """What was written in bulk is what would have been written by living."""
    _make(house, "20", "--courses", "5")
    with house.app_context():
        unfinished = select(Registration).join(
            Progress,
            (Progress.registration_id == Registration.id)
            & (Progress.activity_id == Registration.activity_id)
            & (Progress.status == "begun"),
        )
        registration = db.session().scalars(unfinished.limit(1)).one()
        person, key = registration.person, registration.activity.key.partition("/")[2]
        client = houses.signed_in(house.test_client(), person)
        for lesson in range(1, 5):
            assert client.post(f"/en/courses/{key}/l{lesson}").status_code == 302
        own = houses.anew().get_one(Progress, (registration.id, registration.activity_id))
        assert (own.status, own.share) == ("completed", 1.0)
        with db.transaction():
            assert progress.rebuild().differing == 0


def test_production_refuses(make_app: Any) -> None:
    app = make_app(ENV="production", SITE="https://passage.example", MAIL_SERVER="localhost")
    refused = _make(app, "10")
    assert refused.exit_code == 1
    assert "does not run with PASSAGE_ENV=production" in refused.output


@pytest.mark.parametrize("said", [["-1"], ["many"], ["10", "--courses", "1001"], ["300000000"]])
@pytest.mark.only("sqlite")
def test_a_number_that_cannot_be_is_refused(app: Flask, said: list[str]) -> None:
    assert _make(app, *said).exit_code == 2


def test_the_same_number_is_the_same_person() -> None:
    crowd = [somebody(number) for number in range(500)]
    assert crowd == [somebody(number) for number in range(500)]
    assert len({one.name for one in crowd}) > 300
    assert len({one.country for one in crowd}) > 30
    assert {one.language for one in crowd} == {"en", "fr", "es"}
