"""A rule is changed, a completion is taken back and given again: who gains, who keeps, and that a
rebuild agrees."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app import activities, db, events, jobs, plugins, progress, registrations, revising
from app.completion import DONE
from app.errors import Conflict, Forbidden, Invalid
from app.models import Activity, AuditEntry, Person, Progress, Registration
from app.progress import Rebuilt
from app.revising import Preview
from tests import trials
from tests.houses import a_person, queries
from tests.test_events import crowd, stepped


@pytest.fixture
def house(make_app: Callable[..., Flask]) -> Iterator[Flask]:
    """A house with a walk of two steps, the store, and nothing else."""
    app = trials.with_trials(make_app(PLUGINS_OFF=",".join(plugins.installed().keys() - {"xapi"})))
    with app.app_context():
        with db.transaction():
            trials.a_walk("walk")
        yield app
        db.session().rollback()
        with db.transaction():
            assert _differing(progress.rebuild()) == 0


def _differing(rebuilt: Rebuilt) -> int:
    return rebuilt.differing + rebuilt.surplus


def the_walk() -> Activity:
    return activities.get("walk")


def easier() -> dict[str, Any]:
    return {"all": [{"completed": activities.iri("walk/read")}]}


def change(rule: dict[str, Any] | None) -> None:
    walk = the_walk()
    activities.define(walk.key, walk.kind, walk.titles, rule=rule, definition=walk.definition)


def row(registration: Registration) -> Progress:
    return (
        db.session()
        .scalars(
            select(Progress)
            .where(
                Progress.registration_id == registration.id,
                Progress.activity_id == registration.activity_id,
            )
            .execution_options(populate_existing=True)
        )
        .one()
    )


def readers(count: int) -> list[Registration]:
    """People of whom every second one has read and none has answered."""
    group = registrations.register(crowd(count), the_walk(), by=None)
    events.publish(*(stepped(one, "read") for one in group[::2]))
    return group


def completer() -> tuple[Registration, Person]:
    """Somebody who completed the walk, and a course admin."""
    registration = registrations.register(crowd(1), the_walk(), by=None)[0]
    events.publish(stepped(registration, "read"), stepped(registration, "answer", "passed"))
    return registration, a_person("Admin", role="course_admin")


def audited() -> list[tuple[str, dict[str, Any] | None]]:
    entries = db.session().scalars(select(AuditEntry).order_by(AuditEntry.id))
    return [(one.action, one.after) for one in entries if one.action.startswith("completion")]


def test_a_preview_says_who_would_gain_and_changes_nothing(house: Flask) -> None:
    with db.transaction():
        group = readers(6)
        done, _ = completer()
        gaining = {one.person_id for one in group[::2]}
        told = revising.preview(the_walk(), easier())
        assert (set(told.gaining), told.keeping, told.staying) == (gaining, (), 4)
        hard = {"completed": activities.iri("walk/nowhere")}
        assert revising.preview(the_walk(), hard) == Preview((), (done.person_id,), 6)
        assert revising.preview(the_walk(), None) == Preview((), (), 7)
        assert {row(one).status for one in group} == {"registered"}
        with pytest.raises(ValueError, match="not a completion rule"):
            revising.preview(the_walk(), {"none": []})


def test_a_preview_of_many_costs_as_many_queries_as_of_few(house: Flask) -> None:
    with db.transaction():
        walk, rule = the_walk(), easier()
        counts = []
        for more in (2, 300):
            readers(more)
            with queries() as sent:
                revising.preview(walk, rule)
            counts.append(len(sent))
    assert counts[0] == counts[1]


def test_after_a_change_who_meets_the_rule_completes_and_shares_are_of_what_is_asked_now(
    house: Flask,
) -> None:
    with db.transaction():
        group = readers(4)
        admin = a_person("Admin")
        assert [row(one).share for one in group] == [0.5, 0.0, 0.5, 0.0]
        change(easier())
        revising.reevaluate(the_walk(), by=admin)
        assert [row(one).share for one in group] == [1.0, 0.0, 1.0, 0.0]
        assert [row(one).status for one in group] == ["completed", "registered"] * 2
        told = list(plugins.ring().stored_events(selection=events.Selection()))
        assert [one.verb for one in told].count("updated") == 4
        assert {one.by for one in told if one.verb == "updated"} == {admin.id}
        revising.reevaluate(the_walk(), by=admin)
        assert len(list(plugins.ring().stored_events(selection=events.Selection()))) == len(told)


def test_an_earned_completion_stays_when_the_rule_becomes_harder(house: Flask) -> None:
    with db.transaction():
        registration, admin = completer()
        change({"all": [easier(), {"completed": activities.iri("walk/nowhere")}]})
        revising.reevaluate(the_walk(), by=admin)
        assert (row(registration).status, row(registration).share) == ("completed", 0.5)


def test_whoever_does_not_fit_into_one_act_is_reevaluated_by_a_job(house: Flask) -> None:
    with db.transaction():
        readers(revising.PIECE * 2 + 10)
        change(easier())
        revising.reevaluate(the_walk(), by=None)
    whole = select(Progress.status).where(Progress.activity_id == the_walk().id)
    assert db.session().scalars(whole).all().count("completed") < revising.PIECE
    db.session().rollback()
    assert jobs.run_due() == 1
    db.session().rollback()
    assert db.session().scalars(whole).all().count("completed") == revising.PIECE + 5


def test_what_staff_take_back_no_rule_gives_again_until_it_is_lifted(house: Flask) -> None:
    with db.transaction():
        registration, admin = completer()
        for _ in range(2):
            revising.revoke(registration, by=admin, reason="  Not her own work.  ")
        assert (row(registration).status, row(registration).taken_back) == ("registered", 1)
        assert row(registration).share == 1.0
        events.publish(stepped(registration, "answer", "passed"))
        change(easier())
        revising.reevaluate(the_walk(), by=admin)
        assert row(registration).status not in DONE
        assert revising.preview(the_walk(), easier()) == Preview((), (), 1)
        for _ in range(2):
            revising.lift(registration, by=admin)
        assert (row(registration).status, row(registration).taken_back) == ("completed", 1)
        assert _differing(progress.rebuild()) == 0
        revising.revoke(registration, by=admin, reason="Once more.")
        assert (row(registration).status, row(registration).taken_back) == ("registered", 2)
        revising.lift(registration, by=admin)
        assert row(registration).status == "completed"
    assert [action for action, _ in audited()] == ["completion.revoked", "completion.lifted"] * 2
    assert audited()[0][1] == {"activity": "walk", "reason": "Not her own work."}


def test_what_cannot_be_taken_back_or_lifted_is_said(house: Flask) -> None:
    with db.transaction():
        registration, admin = completer()
        other = registrations.register(crowd(1), the_walk(), by=None)[0]
        with pytest.raises(Invalid):
            revising.revoke(registration, by=admin, reason=" ")
        with pytest.raises(Conflict, match="not completed"):
            revising.revoke(other, by=admin, reason="x")
        with pytest.raises(Conflict, match="not revoked"):
            revising.lift(registration, by=admin)
        revising.revoke(registration, by=admin, reason="x")
        change({"completed": activities.iri("walk/nowhere")})
        with pytest.raises(Conflict, match="not met now"):
            revising.lift(registration, by=admin)
    assert len(audited()) == 1


def test_only_who_runs_the_activity_takes_back_and_lifts(house: Flask) -> None:
    with db.transaction():
        registration, _ = completer()
        elsewhere = trials.a_walk("elsewhere")
        strangers = [
            a_person("Learner"),
            a_person("Instructor", role="instructor"),
            a_person("Moshi", role="course_admin", within=elsewhere),
        ]
        for stranger in strangers:
            with pytest.raises(Forbidden):
                revising.revoke(registration, by=stranger, reason="x")
            with pytest.raises(Forbidden):
                revising.lift(registration, by=stranger)
        here = a_person("Geneva", role="course_admin", within=the_walk())
        revising.revoke(registration, by=here, reason="x")
        assert row(registration).taken_back == 1
