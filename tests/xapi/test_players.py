"""Players of content: what they say moves progress where their credential was issued for it, and
nothing and nobody else."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import select

from app import (
    activities,
    db,
    erasure,
    events,
    jobs,
    people,
    plugins,
    progress,
    record,
    registrations,
)
from app.errors import Forbidden, Invalid
from app.events import Selection
from app.models import Activity, Person, Progress, Registration
from tests.houses import a_person, queries, with_content
from tests.xapi.senders import Sender, a_sender, told, void
from tests.xapi.units import SITE, Played, Units, an_id, brought, built
from xapi.models import Credential, Statement
from xapi.service import access, inbox, players


@pytest.fixture
def units(app: Flask) -> Units:
    found = brought(app)
    with app.app_context(), db.transaction():
        built()
    return found


@pytest.fixture
def played(app: Flask, units: Units) -> Played:
    return Played(app)


def rebuilt(app: Flask) -> tuple[int, int]:
    with app.app_context(), db.transaction():
        found = progress.rebuild()
        return found.differing, found.surplus


def test_what_a_player_says_moves_progress_and_the_rules_speak(
    app: Flask, units: Units, played: Played
) -> None:
    said = [
        played.said("initialized", "unit/a"),
        played.said("completed", "unit/a", result={"completion": True, "duration": "PT1M30.5S"}),
        played.said("scored", "unit/b", result={"score": {"scaled": 0.5}}),
        played.said("passed", "unit/b", result={"success": True, "score": {"scaled": 0.8}}),
    ]
    assert played.player.post(said[0]).status_code == 200
    assert played.standing("unit/a") == "begun"
    assert played.player.post(said[1:3]).status_code == 200
    assert (played.standing("unit/a"), played.row("unit/a").seconds) == ("completed", 90.5)
    assert (played.standing("unit/b"), played.row("unit/b").score) == ("begun", 0.5)
    assert played.standing("unit") == "begun"
    assert played.player.put(said[3]).status_code == 204
    assert (played.standing("unit/b"), played.row("unit/b").score) == ("passed", 0.8)
    assert (played.standing("unit"), played.row("unit").share) == ("completed", 1.0)
    assert str(played.row("unit/b").statement_id) == said[3]["id"]
    assert rebuilt(app) == (0, 0)
    with app.app_context():
        jobs.run_due()
    heard = [one for one in units.kept if str(one.id) in {one["id"] for one in said}]
    assert [str(one.id) for one in heard] == [one["id"] for one in said]
    assert all(one.moves for one in heard)
    assert units.kept[-1].verb == "completed"  # of the unit, by its rule


@pytest.mark.parametrize("verb", ["progressed", "failed"])
def test_what_else_a_player_may_say(app: Flask, played: Played, verb: str) -> None:
    assert played.player.post(played.said(verb)).status_code == 200
    assert played.standing() == {"progressed": "begun", "failed": "failed"}[verb]
    assert rebuilt(app) == (0, 0)


def test_the_same_again_is_told_once(app: Flask, units: Units, played: Played) -> None:
    said = played.said("completed", result={"duration": "PT10S"})
    assert played.player.post(said).status_code == 200
    assert played.player.post(said).status_code == 200
    assert played.launched().put(said).status_code == 204
    assert played.row("unit/a").seconds == 10
    assert played.player.post({**said, "result": {"duration": "PT11S"}}).status_code == 409
    with app.app_context():
        jobs.run_due()
    assert sum(one.id == an_id(said) for one in units.kept) == 1


def test_what_moves_is_stored_once(app: Flask, played: Played) -> None:
    with app.app_context(), queries() as sent:
        assert played.player.post(played.said("initialized")).status_code == 200
    # The inbox writes it straight to the driver (bulk.add): the house writes it no second time.
    assert sum(one.startswith("INSERT INTO xapi_statement") for one in sent) == 0
    assert played.standing() == "begun"


def test_verbs_outside_are_kept_and_move_nothing(played: Played) -> None:
    odd = [
        played.said("http://adlnet.gov/expapi/verbs/terminated"),
        played.said("attended"),
        played.said("earned"),
        played.said("registered"),
        played.said("answered", result={"response": "a"}),
        played.said("completed", object={"objectType": "Agent", **played.account}),
    ]
    assert played.player.post(odd).status_code == 200
    assert len(played.player.ids(verb=odd[0]["verb"]["id"])) == 1
    assert played.standing() is None
    assert played.standing("unit") == "begun"


def test_a_player_moves_only_what_it_was_issued_for(app: Flask, played: Played) -> None:
    narrow = played.launched([f"{SITE}/activities/unit/b"])
    full = {"success": True, "completion": True, "score": {"scaled": 1.0}}
    for key in ("unit/a", "unit", "unit/quiz", "unit/lesson"):
        assert narrow.post(played.said("passed", key, result=full)).status_code == 200
    assert [played.standing(key) for key in ("unit/a", "unit/quiz", "unit/lesson")] == [None] * 3
    assert played.standing("unit") == "begun"
    assert narrow.post(played.said("passed", "unit/b", result=full)).status_code == 200
    assert played.standing("unit/b") == "passed"
    assert rebuilt(app) == (0, 0)


def test_nobody_posts_himself_a_pass_in_a_native_quiz(app: Flask, played: Played) -> None:
    wide = played.launched()
    for verb in ("initialized", "scored", "passed", "completed"):
        for key in ("unit/quiz", "unit/lesson"):
            said = played.said(verb, key, result={"score": {"scaled": 1.0}})
            assert wide.post(said).status_code == 200
    assert (played.standing("unit/quiz"), played.standing("unit/lesson")) == (None, None)
    with app.app_context(), db.transaction() as session:  # though it were issued for them
        for one in session.scalars(select(Credential)):
            one.activities = [row.iri for row in session.scalars(select(Activity))]
    assert wide.post(played.said("passed", "unit/quiz")).status_code == 200
    assert played.standing("unit/quiz") is None


def test_in_a_house_of_native_content_a_player_moves_nothing(app: Flask) -> None:
    with_content(app)
    with app.app_context(), db.transaction() as session:
        learner = a_person()
        module = next(iter(activities.of_kind("module")))
        registration = registrations.begin(learner, module, language="fr")
        issued = players.issue(registration, hours=1, app_key=app.config["SECRET_KEY"])
        assert issued.credential.activities == []
        before = [(row.activity_id, row.status) for row in session.scalars(select(Progress))]
        about = [one.iri for one in session.scalars(select(Activity))]
        made = issued.credential.key, issued.secret, registration.id, issued.actor
    key, secret, registration_id, actor = made
    claims = [
        told(
            actor=actor,
            verb={"id": f"http://adlnet.gov/expapi/verbs/{verb}"},
            object={"id": iri},
            context={"registration": str(registration_id)},
            result={"success": True, "completion": True, "score": {"scaled": 1}},
        )
        for verb in ("passed", "completed")
        for iri in about
    ]
    sender = Sender(app.test_client(), key, secret)
    for start in range(0, len(claims), 100):
        assert sender.post(claims[start : start + 100]).status_code == 200
    with app.app_context():
        rows = db.session().scalars(select(Progress))
        assert [(row.activity_id, row.status) for row in rows] == before
    assert rebuilt(app) == (0, 0)


def test_a_stranger_with_every_scope_moves_nothing(app: Flask, played: Played) -> None:
    assert a_sender(app).post(played.said("completed")).status_code == 200
    assert played.standing() is None


def test_a_player_speaks_of_its_own_passage_alone(app: Flask, played: Played) -> None:
    other = Played(app, name="Bashir Ahmadi")
    group = {"objectType": "Group", **played.account, "member": []}
    wrong = {
        "actor": [
            played.said("completed", actor={"mbox": "mailto:ana@elsewhere.example"}),
            played.said("completed", actor=other.account),
            played.said("completed", actor=group),
        ],
        "context.registration": [
            {**played.said("completed"), "context": {}},
            played.said("completed", context={"registration": str(other.registration)}),
            {one: x for one, x in played.said("completed").items() if one != "context"},
        ],
    }
    for place, said in wrong.items():
        for one in said:
            answer = played.player.post([played.said("completed"), one])
            assert answer.status_code == 403, one
            assert answer.json is not None
            assert place in answer.json["detail"]
            assert "xAPI" in answer.json["detail"]
    assert (played.standing(), other.standing()) == (None, None)
    assert not [one for one in a_sender(app).listed() if one["verb"]["id"].endswith("completed")]


def test_a_player_reads_its_own_passage_alone(app: Flask, played: Played) -> None:
    other = Played(app, name="Bashir Ahmadi")
    sender = a_sender(app)
    hers = played.said("completed")
    assert played.player.post(hers).status_code == 200
    theirs = other.said("completed")
    assert other.player.post(theirs).status_code == 200
    with app.app_context(), db.transaction() as session:  # another passage of hers
        person = session.get_one(Person, played.person)
        registrations.begin(person, activities.get("unit/b"), language="en")
    # Somebody who says her registration of another, and one that points at what she may not read.
    mixed = other.said("passed", context={"registration": str(played.registration)})
    assert sender.post([told(), mixed]).status_code == 200
    pointing = played.said("completed", object={"objectType": "StatementRef", "id": theirs["id"]})
    assert played.player.post(pointing).status_code == 200

    listed = played.player.listed()
    assert {hers["id"], pointing["id"]} <= {one["id"] for one in listed}
    assert {one["verb"]["id"].rpartition("/")[2] for one in listed} == {
        "registered",
        "initialized",
        "completed",
    }
    for one in listed:
        assert one["context"]["registration"] == str(played.registration)
        assert one["actor"]["account"]["name"] == str(played.person)
    for one in (theirs, mixed):
        assert played.player.get(statementId=one["id"]).status_code == 404
    assert played.player.get(statementId=hers["id"]).status_code == 200
    assert played.player.ids(registration=str(other.registration)) == []
    activity = other.said("completed", "unit/b")
    assert other.player.post(activity).status_code == 200
    assert pointing["id"] in played.player.ids()
    assert played.player.ids(activity=f"{SITE}/activities/unit/b") == []


def test_a_player_keeps_the_states_of_its_own_passage(app: Flask, played: Played) -> None:
    other = Played(app, name="Bashir Ahmadi")
    own = {
        "activityId": f"{SITE}/activities/unit/a",
        "agent": played.account,
        "registration": str(played.registration),
    }

    def asked(method: str, path: str, **query: Any) -> tuple[int, str]:
        encoded = {
            name: one if isinstance(one, str) else app.json.dumps(one)
            for name, one in query.items()
        }
        answer = played.player.client.open(
            f"/xapi/{path}",
            method=method,
            query_string=encoded,
            data="{}",
            content_type="application/json",
            headers=played.player.headers,
        )
        return answer.status_code, answer.text

    state = "activities/state"
    assert asked("PUT", state, **own, stateId="place")[0] == 204
    assert asked("POST", state, **own, stateId="place")[0] == 204
    assert asked("GET", state, **own, stateId="place") == (200, "{}")
    assert asked("GET", state, **own) == (200, '["place"]')
    elsewhere = [
        {**own, "registration": str(other.registration)},
        {name: one for name, one in own.items() if name != "registration"},
        {**own, "agent": other.account},
        {**own, "agent": {"mbox": "mailto:ana@elsewhere.example"}},
    ]
    for query in elsewhere:
        for method in ("GET", "PUT", "POST", "DELETE"):
            status, text = asked(method, state, **query, stateId="place")
            assert status == 403
            assert "registration" in text or "agent" in text
        assert asked("DELETE", state, **query)[0] == 403
    assert asked("GET", state, **own, stateId="place")[0] == 200

    mine = {"agent": played.account, "profileId": "cmi5LearnerPreferences"}
    assert asked("GET", "agents/profile", **mine)[0] == 404
    assert asked("GET", "agents/profile", **{**mine, "agent": other.account})[0] == 403
    assert asked("PUT", "agents/profile", **mine)[0] == 403
    profile = {"activityId": own["activityId"], "profileId": "p"}
    assert asked("GET", "activities/profile", **profile)[0] == 403
    assert asked("DELETE", state, **own, stateId="place")[0] == 204


def test_a_player_takes_back_what_was_stored_for_its_registration(
    app: Flask, units: Units, played: Played
) -> None:
    done, part = played.said("completed"), played.said("passed", "unit/b")
    assert played.player.post([done, part]).status_code == 200
    taking = played.taking_back(
        done["id"],
        context={
            "registration": str(played.registration),
            # As one of ours would say it, of somebody and something else.
            "extensions": {f"{SITE}/xapi/extensions/person": str(uuid4())},
            "contextActivities": {"other": [{"id": f"{SITE}/activities/unit/b"}]},
        },
    )
    assert played.launched().post(taking).status_code == 200
    assert (played.standing("unit/a"), played.standing("unit/b")) == (None, "passed")
    assert played.player.get(statementId=done["id"]).status_code == 404
    assert played.player.get(voidedStatementId=done["id"]).status_code == 200
    assert rebuilt(app) == (0, 0)
    assert played.standing("unit/a") is None
    again = played.said("completed")
    both = [again, played.taking_back(again["id"])]
    assert played.player.post(both).status_code == 200
    assert played.standing("unit/a") is None
    assert rebuilt(app) == (0, 0)
    with app.app_context():
        jobs.run_due()
    assert [one.takes_back for one in units.kept if one.takes_back] == [an_id(done), an_id(again)]


def test_a_player_takes_nothing_else_back(app: Flask, played: Played) -> None:
    other, sender = Played(app, name="Bashir Ahmadi"), a_sender(app)
    theirs, loose = other.said("completed"), told()
    assert other.player.post(theirs).status_code == 200
    assert sender.post(loose).status_code == 200
    ours = next(one for one in played.player.ids())
    for target in (theirs["id"], loose["id"], ours, str(uuid4())):
        refused = played.player.post(played.taking_back(target))
        assert refused.status_code == 403
        assert "object.id" in refused.text
    assert sender.get(statementId=theirs["id"]).status_code == 200
    assert sender.get(statementId=ours).status_code == 200
    assert (other.standing(), played.standing("unit")) == ("completed", "begun")


def test_a_voiding_from_elsewhere_never_moves_progress(app: Flask, played: Played) -> None:
    sender, done, late = a_sender(app), played.said("completed"), played.said("passed", "unit/b")
    assert played.player.post(done).status_code == 200
    early = void(late["id"])
    assert sender.post([void(done["id"], actor=played.account), early]).status_code == 200
    assert played.player.post(late).status_code == 200
    assert played.player.get(statementId=done["id"]).status_code == 404
    assert (played.standing("unit/a"), played.standing("unit/b")) == ("completed", "passed")
    assert rebuilt(app) == (0, 0)
    assert played.standing("unit/a") == "completed"


def test_what_staff_take_back_of_a_player_is_gone(app: Flask, played: Played) -> None:
    done = played.said("completed")
    assert played.player.post(done).status_code == 200
    with app.app_context(), db.transaction() as session:
        registration = session.get_one(Registration, played.registration)
        back = events.happened(
            "voided",
            registration,
            activity=activities.get("unit/a"),
            language=None,
            takes_back=an_id(done),
            by=a_person("Maria", role="administrator"),
        )
        events.publish(back)
    assert played.standing() is None
    assert rebuilt(app) == (0, 0)


def test_who_guesses_the_id_of_what_will_follow_neither_stops_nor_moves_it(
    app: Flask, played: Played
) -> None:
    unit = f"{SITE}/activities/unit"
    guessed = events.derived_id("completed", played.person, unit, played.registration, 0)
    assert played.player.post(played.said("completed", id=str(guessed))).status_code == 200
    assert played.standing() is None
    way = [
        played.said("completed"),
        played.said("passed", "unit/b", result={"score": {"scaled": 0.9}}),
    ]
    assert played.player.post(way).status_code == 200
    assert played.standing("unit") == "completed"
    kept = a_sender(app).get(statementId=str(guessed)).json
    assert kept is not None
    assert (kept["object"]["id"], kept["authority"]["account"]["name"]) == (unit, "passage")
    assert rebuilt(app) == (0, 0)


def test_a_player_says_nothing_beyond_what_it_can_know(app: Flask, played: Played) -> None:
    later = datetime.now(UTC) + timedelta(days=400)
    own = f"{SITE}/xapi/extensions"
    said = played.said(
        "completed",
        timestamp=later.isoformat(),
        result={"score": {"scaled": -0.5}, "response": "what she wrote"},
        context={
            "registration": str(played.registration),
            "language": "fr-CH",
            "instructor": {"account": {"homePage": SITE, "name": str(uuid4())}},
            "extensions": {
                f"{own}/required": [f"{SITE}/activities/unit/b"],
                f"{own}/evidence": [str(uuid4())],
                f"{own}/moves": False,
            },
        },
    )
    sooner = (later - timedelta(days=100)).isoformat()
    begun = played.said("initialized", "unit/b", timestamp=sooner)
    assert played.player.post([begun, said]).status_code == 200
    row = played.row("unit/a")
    assert (row.status, row.score, row.required) == ("completed", 0.0, None)
    seen, cursor = [], None
    with app.app_context():  # page by page, as she reads her own record
        person = db.session().get_one(Person, played.person)
        while len(seen) < 10:
            told, cursor = record.statements(person, language="fr", cursor=cursor, limit=1)
            seen += [one.verb for one in told]
            if cursor is None:
                break
    assert sorted(seen) == ["completed", "initialized", "initialized", "registered"]
    assert row.done_at <= datetime.now(UTC)
    assert rebuilt(app) == (0, 0)
    with app.app_context():
        asked = Selection(person_id=played.person, moving=True)
        (event,) = [
            one
            for one in plugins.ring().stored_events(selection=asked)
            if str(one.id) == said["id"]
        ]
        assert (event.language, event.by, event.evidence) == ("fr", None, ())
        assert event.result is not None
        assert event.result.response is None
    kept = played.player.get(statementId=said["id"]).json
    assert kept is not None
    assert kept["result"] == said["result"]


def test_a_credential_ends_with_what_it_is_for(app: Flask, units: Units) -> None:
    def closes(played: Played, session: Any) -> None:
        session.get_one(Registration, played.registration).closed_at = db.now()

    def deactivates(played: Played, session: Any) -> None:
        admin = a_person("Maria", role="administrator")
        people.set_active(session.get_one(Person, played.person), False, by=admin)

    def erases(played: Played, session: Any) -> None:
        person = session.get_one(Person, played.person)
        erasure.erase(person, by=person)
        hers = select(Credential).where(Credential.registration_id == played.registration)
        assert session.scalars(hers).all() == []

    def revokes(played: Played, session: Any) -> None:
        admin = a_person("Maria", role="administrator")
        for one in players.page(admin)[0]:
            access.revoke(one.key, by=admin)

    def expires(played: Played, session: Any) -> None:
        for one in session.scalars(select(Credential)):
            one.expires_at = db.now()

    for end in (closes, deactivates, erases, revokes, expires):
        played = Played(app)
        assert played.player.post(played.said("initialized")).status_code == 200
        with app.app_context(), db.transaction() as session:
            end(played, session)
        assert played.player.post(played.said("completed")).status_code == 401, end.__name__
        assert played.player.get().status_code == 401, end.__name__
        assert played.standing() == "begun"


def test_a_registration_that_closes_meanwhile_takes_nothing(app: Flask, played: Played) -> None:
    with app.app_context(), db.transaction() as session:
        (credential,) = session.scalars(select(Credential)).all()
        assert credential.registration is not None
        assert credential.registration.closed_at is None
        session.connection().execute(
            Registration.__table__.update().values(closed_at=db.now())  # as another transaction
        )
        one = inbox.receive(app.json.dumps(played.said("completed")), version="1.0.3")
        with pytest.raises(Forbidden, match="closed"):
            players.take([one], credential, version="1.0.3")
    assert played.standing() is None


def test_what_ran_out_is_erased_by_the_hour(app: Flask, played: Played) -> None:
    system = a_sender(app, expires_at=datetime(2020, 1, 1, tzinfo=UTC))
    with app.app_context():
        with db.transaction() as session:
            for one in session.scalars(
                select(Credential).where(Credential.registration_id.is_not(None))
            ):
                one.expires_at = db.now()
        played.launched()
        players.erase_expired()
        left = db.session().scalars(select(Credential)).all()
        assert sorted(access.state(one) for one in left) == ["active", "expired"]
        assert "players.expired" in jobs.chores
    assert system.get().status_code == 401


def test_statements_of_a_player_say_who_stands_for_them(app: Flask, played: Played) -> None:
    said = played.said("completed", authority={"mbox": "mailto:somebody@elsewhere.example"})
    assert played.player.post(said).status_code == 200
    kept = played.player.get(statementId=said["id"]).json
    assert kept is not None
    name = f"registration:{played.registration}"
    assert kept["authority"]["account"] == {"homePage": f"{SITE}/xapi", "name": name}
    with app.app_context(), db.transaction() as session:
        row = session.scalars(select(Statement).where(Statement.authority == name)).one()
        assert row.moves
        with pytest.raises(Invalid):  # no system is given this name
            access.add("a", label="", scopes=["all"], app_key="k" * 32, authority=name)


def test_two_players_at_once_see_each_other(app: Flask, units: Units) -> None:
    learners = [Played(app) for _ in range(4)]
    way = [
        (one, one.launched(), one.said("passed", key, result={"score": {"scaled": 0.9}}))
        for one in learners
        for key in ("unit/a", "unit/b")
    ]
    with ThreadPoolExecutor(len(way)) as pool:
        answers = list(pool.map(lambda sent: sent[1].post([sent[2]]).status_code, way))
    assert answers == [200] * len(way)
    assert [one.standing("unit") for one in learners] == ["completed"] * len(learners)
    assert rebuilt(app) == (0, 0)
