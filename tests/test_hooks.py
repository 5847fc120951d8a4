"""Every hook, answered by a plugin from outside (tests/guest), does what docs/hooks.md says."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import pytest
from flask import Flask
from sqlalchemy import select

from app import (
    accounts,
    activities,
    content,
    db,
    demo,
    events,
    jobs,
    links,
    passage,
    permissions,
    plugins,
    registrations,
    web,
)
from app.config import ROOT
from app.errors import Forbidden
from app.models import Grant, Outbox, Person, Progress, Registration
from tests import houses
from tests.guest import hooks as guest


@pytest.fixture
def house(make_app: Callable[..., Flask], monkeypatch: pytest.MonkeyPatch) -> Flask:
    """A house in which the guest is the only plugin."""
    for memory in (guest.heard, guest.kept, guest.stored, guest.forgotten):
        memory.clear()
    guest.closed_doors.clear()
    guest.breaks.clear()
    ours = plugins.installed()
    monkeypatch.setattr(plugins, "installed", lambda: {**ours, "guest": "tests.guest"})
    app = make_app(PLUGINS_OFF=",".join(ours))
    with app.app_context(), db.transaction() as session:
        session.add(Person(email="ana@passage.example", name="Ana", fs_uniquifier="ana"))
        walk = activities.define("walk", "walk", {"en": "A walk"})
        for place, name in enumerate(("one", "two")):
            activities.define(f"walk/{name}", "step", {"en": name}, parent=walk, position=place)
        both = [{"completed": activities.iri(f"walk/{name}")} for name in ("one", "two")]
        activities.define("walk", "walk", {"en": "A walk"}, rule={"all": both})
    return app


def _ana() -> Person:
    return db.session().scalars(select(Person)).one()


def _begin() -> Registration:
    return registrations.begin(_ana(), activities.get("walk"), language="fr")


def _step(registration: Registration, name: str) -> None:
    step = activities.get(f"walk/{name}")
    events.publish(events.happened("completed", registration, activity=step, language="fr"))


def _run_jobs(app: Flask) -> None:
    with app.app_context():
        jobs.run_due()


def test_contributions_are_asked_and_used(house: Flask) -> None:
    """blueprints, api_blueprints, activity_kinds, commands, permissions, tasks, columns."""
    client = house.test_client()
    assert client.get("/fr/guest").text == "a page of the guest"
    assert client.get("/api/v1/guest").status_code == 401
    described = client.get("/api/v1/openapi.json").json
    assert described is not None
    assert "/api/v1/guest" in described["paths"]
    assert house.test_cli_runner().invoke(args=["greet"]).output == "hello\n"
    with house.app_context():
        assert activities.kind("walk").enterable
        assert [column.name for some in plugins.ring().columns() for column in some] == ["guest"]
        with db.transaction():
            jobs.enqueue("guest.work", {"word": "worked"})
    _run_jobs(house)
    assert guest.heard == ["worked"]


def test_acts_of_a_plugin_have_words_in_the_audit(house: Flask) -> None:
    with house.app_context():
        assert plugins.acts()["guest.invited"] == "Guest invited"
        assert "person.erased" in plugins.acts()


def test_a_contributed_permission_follows_the_scope_of_its_grant(house: Flask) -> None:
    with house.app_context(), db.transaction() as session:
        ana, walk = _ana(), activities.get("walk")
        assert not permissions.may(ana, "guest.greet", walk)
        ana.grants.append(Grant(role="instructor", activity_id=walk.id))
        session.flush()
        assert permissions.may(ana, "guest.greet", activities.get("walk/one"))
        assert not permissions.may(ana, "guest.greet")


def test_navigation_and_panels_are_shown(house: Flask) -> None:
    page = house.test_client().get("/en/").text
    assert "The guest" in page
    assert "The guest at home" in page


def test_tabs_stand_above_a_page_of_staff(house: Flask) -> None:
    with house.app_context(), house.test_request_context("/en/"):
        page = web.staff_page("staff.html", activities.get("walk"), _ana())
    assert '<a href="/guest/walk/register">The guest&#39;s register</a>' in page


def test_stations_and_activity_url_make_the_way(house: Flask) -> None:
    with house.app_context(), db.transaction():
        way = passage.stations(activities.get("walk"), _begin(), language="en")
    assert [(one.title, one.state, one.url) for one in way] == [
        ("one", "here", "/guest/walk/one"),
        ("two", "ahead", "/guest/walk/two"),
        ("A guest's station", "ahead", None),
    ]


def test_resolve_reference_gives_the_first_answer(house: Flask) -> None:
    with house.app_context():
        ask = plugins.ring().resolve_reference
        assert ask(scheme="guest", name="x", language="fr") == ("/guest", "x in fr")
        assert ask(scheme="nobody", name="x", language="fr") is None


def test_may_learn_closes_the_door_with_one_refusal(house: Flask) -> None:
    guest.closed_doors.add("walk")
    with house.app_context(), pytest.raises(Forbidden, match="closed this door"), db.transaction():
        _begin()
    guest.closed_doors.clear()
    with house.app_context(), db.transaction():
        assert _begin().id == _begin().id


def test_learning_events_tells_a_cause_before_its_effect(house: Flask) -> None:
    with house.app_context(), db.transaction():
        registration = _begin()
        _step(registration, "one")
        _step(registration, "two")
    assert guest.heard == ["registered", "initialized", "completed", "completed", "completed"]
    assert guest.stored[-1].activity.endswith("/walk")
    assert guest.stored[-1].evidence == (guest.stored[2].id, guest.stored[3].id)
    assert guest.stored[-1].language == "fr"
    with house.app_context():
        row = db.session().get_one(
            Progress, (guest.stored[0].registration_id, guest.stored[0].activity_id)
        )
        assert (row.status, row.share) == ("completed", 1.0)


def test_an_error_in_one_learning_events_listener_undoes_the_whole_act(house: Flask) -> None:
    with house.app_context(), db.transaction():
        registration_id = _begin().id
    guest.breaks.add("learning_events")
    with house.app_context(), pytest.raises(ZeroDivisionError), db.transaction() as session:
        _step(session.get_one(Registration, registration_id), "one")
    with house.app_context():
        rows = db.session().scalars(select(Progress)).all()
        assert [row.status for row in rows] == ["begun"]


def test_a_raising_learning_event_kept_listener_stops_neither_the_commit_nor_its_neighbours(
    house: Flask,
) -> None:
    class Neighbour:
        @guest.hookimpl
        def learning_event_kept(self, event: events.LearningEvent) -> None:
            guest.heard.append(f"neighbour of {event.verb}")

    house.extensions["passage.plugins"].register(Neighbour(), "neighbour")
    guest.breaks.add("learning_event_kept")
    with house.app_context(), db.transaction():
        _begin()
    _run_jobs(house)
    assert guest.kept == []
    assert "neighbour of registered" in guest.heard
    with house.app_context():
        assert db.session().scalars(select(Registration)).one()

    guest.breaks.clear()
    with house.app_context(), db.transaction() as session:
        for row in session.scalars(select(Outbox).where(Outbox.done_at.is_(None))):
            row.due_at = db.now()
    _run_jobs(house)
    assert sorted(guest.kept) == ["initialized", "registered"]
    assert guest.heard.count("neighbour of registered") == 1


def test_without_stored_events_the_house_can_be_read_but_nothing_happens(
    make_app: Callable[..., Flask],
) -> None:
    app = make_app(PLUGINS_OFF="xapi")
    assert app.test_client().get("/en/").status_code == 200
    with app.app_context(), pytest.raises(events.NoStore), db.transaction() as session:
        person = Person(email="x@passage.example", fs_uniquifier="x")
        session.add(person)
        module = activities.define("m", "module", {"en": "M"})
        session.flush()
        registration = Registration(person=person, activity=module)
        events.publish(events.happened("registered", registration, language="en"))


def test_a_filter_of_a_plugin_is_a_field_a_parameter_and_an_option(
    make_app: Callable[..., Flask], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """filters."""
    ours = plugins.installed()
    monkeypatch.setattr(plugins, "installed", lambda: {**ours, "guest": "tests.guest"})
    app = make_app(PLUGINS_OFF=",".join(ours.keys() - {"records"}))
    with app.app_context(), db.transaction():
        activities.define("walk", "walk", {"en": "A walk"})
        registrations.begin(houses.a_person("Ana"), activities.get("walk"), language="fr")
        staff = houses.a_person("Maria", role="administrator")
        headers = houses.bearing(houses.a_token(staff))
        client = houses.signed_in(houses.visitor(app), staff)
    assert 'name="mood"' in client.get("/en/admin/completions").text
    described = client.get("/api/v1/openapi.json").json
    assert described is not None
    for path in ("", ".csv", ".xlsx", ".jsonl"):
        asked = described["paths"][f"/api/v1/completions{path}"]["get"]["parameters"]
        assert "mood" in [one["name"] for one in asked]
    for mood, count in (("begun", 1), ("completed", 0)):
        answer = client.get(f"/api/v1/completions?mood={mood}", headers=headers)
        assert len(answer.json["items"]) == count
        output = str(tmp_path / f"{mood}.jsonl")
        app.test_cli_runner().invoke(
            args=f"export completions --format jsonl --mood {mood} --output {output}".split()
        )
        assert len(Path(output).read_text().splitlines()) == count
    assert client.get("/api/v1/completions?mood=secret", headers=headers).status_code == 403
    assert client.get("/en/admin/completions.csv?mood=secret").status_code == 403


def test_address_confirmed_is_told_within_the_act_that_confirms_it(house: Flask) -> None:
    with house.app_context(), db.transaction():
        ana = _ana()
        accounts.confirm(links.seal("confirm", ana))
        assert guest.heard == ["confirmed ana@passage.example"]
        accounts.reset_password(links.seal("reset", ana), password="a long enough passphrase")
        assert len(guest.heard) == 1  # it was hers before
        link = links.seal("email", ana, said="ana@elsewhere.example")
        accounts.change_email(link)
    assert guest.heard[1:] == ["confirmed ana@elsewhere.example"]


def test_the_demonstration_asks_every_plugin_for_what_it_shows(house: Flask) -> None:
    """demonstration."""
    with house.app_context(), db.transaction():
        demo.make()
        assert "in the garden" in demo.greeting(demo.make())
        assert guest.heard == ["demonstration", "demonstration"]


def test_duties_are_asked_of_every_plugin(house: Flask) -> None:
    """export_person, forget_person, load_content, check_content."""
    with house.app_context(), db.transaction():
        ana = _ana()
        assert {"guest": {"knows": "Ana"}} in plugins.ring().export_person(person=ana)
        plugins.ring().forget_person(person=ana)
        assert guest.forgotten == [ana]
        assert content.load()["guests"] == 1
        assert content.check() == ["guest.json: nobody is invited"]


@pytest.mark.parametrize("document", ["README.md", "docs/hooks.md"])
def test_the_plugin_of_twenty_lines_in_the_documentation_works(document: str, house: Flask) -> None:
    """learning_event_kept, as a newcomer would write it."""
    example = (ROOT / document).read_text().split('```python\n"""Where greetings')[1]
    greetings = ModuleType("greetings")
    exec('"""Where greetings' + example.split("```")[0], greetings.__dict__)  # noqa: S102  (ours)
    house.extensions["passage.plugins"].register(greetings, "greetings")
    with house.app_context(), db.transaction():
        _step(_begin(), "one")
    _run_jobs(house)
    with house.app_context():
        mails = db.session().scalars(select(Outbox).where(Outbox.task == "mail.send")).all()
        assert [mail.payload["to"] for mail in mails] == ["ana@passage.example"]
