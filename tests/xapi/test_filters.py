"""Filters applied broadly, to groups, and through statements that point at others."""

from __future__ import annotations

import json
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import delete, func, select

from app import db
from tests.xapi.senders import Sender, a_sender, told, void
from xapi.models import Mention, Statement

ANA = {"mbox": "mailto:ana@elsewhere.example"}
BEA = {"account": {"homePage": "https://elsewhere.example", "name": "bea"}}
TEAM = {"objectType": "Group", "mbox": "mailto:team@elsewhere.example"}
COURSE = "https://elsewhere.example/activities/course"
OTHER = "https://elsewhere.example/verbs/other"


@pytest.fixture
def sender(app: Flask) -> Sender:
    found = a_sender(app)
    found.headers["X-Experience-API-Version"] = "2.0.0"
    return found


def sub(**more: Any) -> dict[str, Any]:
    inner = {name: one for name, one in told(**more).items() if name != "id"}
    return {"object": {"objectType": "SubStatement", **inner}}


def in_context(**more: Any) -> dict[str, Any]:
    return {"context": more}


def group(*members: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"objectType": "Group", "member": list(members), **more}


def pointing(target: str, **more: Any) -> dict[str, Any]:
    return told(object={"objectType": "StatementRef", "id": target}, **more)


def post(sender: Sender, *statements: dict[str, Any]) -> list[str]:
    answer = sender.post(list(statements))
    assert answer.status_code == 200, answer.text
    return [one["id"] for one in statements]


def by(agent: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"agent": json.dumps(agent), **more}


# Related agents and activities: XAPI-00154, 00164, 00176, 00177

NEAR: dict[str, dict[str, Any]] = {
    "actor": {"actor": BEA},
    "object": {"object": {"objectType": "Agent", **BEA}},
    "member of the actor": {"actor": group(ANA, BEA)},
    "member of an identified actor": {"actor": group(ANA, BEA, **{"mbox": TEAM["mbox"]})},
    "member of the object": {"object": group(ANA, BEA)},
}
AROUND: dict[str, dict[str, Any]] = {
    "instructor": in_context(instructor=BEA),
    "team": in_context(team=group(BEA)),
    "member of the instructor": in_context(instructor=group(ANA, BEA)),
    "contextAgents": in_context(contextAgents=[{"objectType": "contextAgent", "agent": BEA}]),
    "contextGroups": in_context(
        contextGroups=[{"objectType": "contextGroup", "group": group(BEA)}]
    ),
    "actor inside": sub(actor=BEA),
    "object inside": sub(object={"objectType": "Agent", **BEA}),
    "member inside": sub(actor=group(BEA)),
    "instructor inside": sub(**in_context(instructor=BEA)),
    "team inside": sub(**in_context(team=group(BEA))),
    "contextAgents inside": sub(
        **in_context(contextAgents=[{"objectType": "contextAgent", "agent": BEA}])
    ),
}


@pytest.mark.parametrize("place", NEAR)
def test_an_agent_is_found_as_actor_object_and_member(sender: Sender, place: str) -> None:
    one, _ = post(sender, told(**NEAR[place]), told())
    assert sender.ids(**by(BEA)) == [one]
    assert sender.ids(**by(BEA, related_agents="true")) == [one]


@pytest.mark.parametrize("place", AROUND)
def test_xapi_00176_related_agents_are_found_wherever_they_stand(
    sender: Sender, place: str
) -> None:
    one, _ = post(sender, told(**AROUND[place]), told())
    assert sender.ids(**by(BEA, related_agents="true")) == [one]
    assert sender.ids(**by(BEA, related_agents="false")) == []


def test_an_identified_group_is_found_by_its_identifier(sender: Sender) -> None:
    one, two, _ = post(
        sender, told(actor=TEAM), told(**in_context(team=TEAM)), told(actor=group(ANA))
    )
    assert sender.ids(**by(TEAM)) == [one]
    assert sender.ids(**by(TEAM, related_agents="true")) == [two, one]


def test_an_authority_is_a_related_agent(app: Flask, sender: Sender) -> None:
    mine, other = told(), told()
    post(sender, mine)
    post(a_sender(app, "another"), other)
    for statement in (mine, other):
        kept = sender.get(statementId=statement["id"]).json
        assert kept is not None
        assert sender.ids(**by(kept["authority"], related_agents="true")) == [statement["id"]]
        assert sender.ids(**by(kept["authority"])) == []


PLACES = ("parent", "grouping", "category", "other")


@pytest.mark.parametrize("alone", [True, False])
@pytest.mark.parametrize("place", PLACES)
def test_xapi_00177_related_activities_are_found_in_every_place(
    sender: Sender, place: str, alone: bool
) -> None:
    around = {"contextActivities": {place: {"id": COURSE} if alone else [{"id": COURSE}]}}
    near, beside, within, inside, _ = post(
        sender,
        told(object={"id": COURSE}),
        told(context=around),
        told(**sub(context=around)),
        told(**sub(object={"id": COURSE})),
        told(),
    )
    found = sender.ids(activity=COURSE, related_activities="true", ascending="true")
    assert found == [near, beside, within, inside]
    assert sender.ids(activity=COURSE) == [near]


def test_xapi_00164_every_condition_must_be_met(sender: Sender) -> None:
    around = {"contextActivities": {"grouping": [{"id": COURSE}]}, "instructor": BEA}
    registered = {**around, "registration": str(uuid4())}
    both, _, _, all_, _ = post(
        sender,
        told(context=around),
        told(**in_context(instructor=BEA)),
        told(**in_context(contextActivities={"grouping": [{"id": COURSE}]})),
        told(context=registered, verb={"id": OTHER}),
        told(object={"id": COURSE}),
    )
    asked = by(BEA, activity=COURSE, related_agents="true", related_activities="true")
    assert sender.ids(**asked) == [all_, both]
    assert sender.ids(**asked, verb=OTHER) == [all_]
    assert sender.ids(**asked, registration=registered["registration"].upper()) == [all_]
    assert sender.ids(**asked, registration=str(uuid4())) == []


@pytest.mark.parametrize("ascending", ["true", "false"])
def test_pages_of_related_statements_have_no_gap_and_no_repetition(
    sender: Sender, ascending: str
) -> None:
    around = in_context(contextActivities={"parent": [{"id": COURSE}]})
    sent = []
    for place in range(9):
        one = told(**around) if place % 3 else told(object={"id": COURSE})
        two = pointing(one["id"])
        sent += post(sender, one, two)
        post(sender, told())
    asked = {"activity": COURSE, "related_activities": "true", "limit": 4, "ascending": ascending}
    answer, found = sender.get(**asked).json, []
    while answer:
        found += [one["id"] for one in answer["statements"]]
        answer = sender.get(answer["more"]).json if answer["more"] else None
    assert found == (sent if ascending == "true" else sent[::-1])


# Statements that point at others: XAPI-00162

TARGET: dict[str, tuple[dict[str, Any], dict[str, Any]]] = {
    "verb": ({"verb": {"id": OTHER}}, {"verb": OTHER}),
    "agent": ({"actor": BEA}, by(BEA)),
    "member": ({"actor": group(BEA)}, by(BEA)),
    "related agent": ({"actor": BEA}, by(BEA, related_agents="true")),
    "instructor": (in_context(instructor=BEA), by(BEA, related_agents="true")),
    "activity": ({"object": {"id": COURSE}}, {"activity": COURSE}),
    "related activity": (
        in_context(contextActivities={"other": {"id": COURSE}}),
        {"activity": COURSE, "related_activities": "true"},
    ),
    "registration": (
        in_context(registration="0a0b0c0d-0000-4000-8000-0000000000aa"),
        {"registration": "0a0b0c0d-0000-4000-8000-0000000000aa"},
    ),
}


@pytest.mark.parametrize("early", [False, True])
@pytest.mark.parametrize("kind", TARGET)
def test_xapi_00162_who_points_at_a_match_matches_and_so_on(
    sender: Sender, kind: str, early: bool
) -> None:
    matching, asked = TARGET[kind]
    target = told(**matching)
    first = pointing(target["id"], actor=ANA)
    second = pointing(first["id"])
    for one in (second, first, target) if early else (target, first, second):
        post(sender, one)
    post(sender, told(), pointing(str(uuid4())))
    assert set(sender.ids(**asked)) == {target["id"], first["id"], second["id"]}
    post(sender, void(target["id"]))
    assert set(sender.ids(**asked)) - {first["id"], second["id"]} == set(
        sender.ids(verb="http://adlnet.gov/expapi/verbs/voided")
    )


def test_xapi_00162_a_voided_target_is_told_of_by_those_that_point_at_it(sender: Sender) -> None:
    target = told(verb={"id": OTHER})
    ref, voiding = pointing(target["id"]), void(target["id"])
    for one in (target, ref, voiding):
        post(sender, one)
    assert sender.ids(verb=OTHER) == [voiding["id"], ref["id"]]
    times = {one["id"]: one["stored"] for one in sender.listed()}
    assert sender.ids(verb=OTHER, since=times[ref["id"]]) == [voiding["id"]]
    assert sender.ids(verb=OTHER, until=times[ref["id"]]) == [ref["id"]]
    assert sender.ids(verb=OTHER, limit=1) == [voiding["id"]]
    assert sender.ids(verb=OTHER, ascending="true") == [ref["id"], voiding["id"]]


def test_conditions_may_be_met_by_a_statement_and_its_target_together(sender: Sender) -> None:
    target = told(object={"id": COURSE})
    ref = pointing(target["id"], verb={"id": OTHER}, actor=BEA)
    post(sender, target, ref)
    assert sender.ids(**by(BEA, verb=OTHER, activity=COURSE)) == [ref["id"]]
    assert sender.ids(**by(BEA, activity=COURSE)) == [ref["id"]]
    assert set(sender.ids(**by(ANA, activity=COURSE))) == {target["id"], ref["id"]}


def test_a_circle_of_statements_ends(sender: Sender) -> None:
    one, two = str(uuid4()), str(uuid4())
    post(sender, pointing(two, id=one), pointing(one, id=two, verb={"id": OTHER}))
    itself = str(uuid4())
    post(sender, pointing(itself, id=itself, verb={"id": OTHER}))
    assert set(sender.ids(verb=OTHER)) == {one, two, itself}


def test_a_reference_in_the_context_or_in_a_substatement_is_not_followed(sender: Sender) -> None:
    target = told(verb={"id": OTHER})
    ref = {"objectType": "StatementRef", "id": target["id"]}
    post(sender, target, told(**in_context(statement=ref)), told(**sub(object=ref)))
    assert sender.ids(verb=OTHER) == [target["id"]]


def test_who_reads_its_own_alone_learns_nothing_of_others_by_pointing(app: Flask) -> None:
    everybody = a_sender(app, "everybody")
    own = a_sender(app, "own", "statements/write", "statements/read/mine")
    theirs, mine = told(verb={"id": OTHER}), told(verb={"id": OTHER})
    post(everybody, theirs)
    post(own, mine)
    ref, hidden = pointing(mine["id"]), pointing(theirs["id"])
    further = pointing(hidden["id"])
    post(own, ref, hidden, further)
    assert set(own.ids(verb=OTHER)) == {mine["id"], ref["id"]}
    assert len(everybody.ids(verb=OTHER)) == 5


def test_what_was_stored_before_is_found_after_a_refresh(app: Flask, sender: Sender) -> None:
    around = {"contextActivities": {"parent": {"id": COURSE}}}
    target = told(context=around)
    ref = pointing(target["id"])
    post(sender, target, ref)
    asked = {"activity": COURSE, "related_activities": "true"}
    with app.app_context(), db.transaction() as session:
        before = session.scalar(select(func.count()).select_from(Mention))
        session.execute(delete(Mention))
        row = session.scalars(select(Statement).order_by(Statement.seq)).first()
        assert row is not None
        row.body = row.body.replace(f'[{{"id": "{COURSE}"}}]', f'{{"id": "{COURSE}"}}')
    assert sender.ids(**asked) == []
    for _ in range(2):
        assert app.test_cli_runner().invoke(args=["xapi", "refresh"]).exit_code == 0
        assert sender.ids(**asked) == [ref["id"], target["id"]]
    kept = sender.get(statementId=target["id"]).json
    assert kept is not None
    assert kept["context"]["contextActivities"] == {"parent": [{"id": COURSE}]}
    with app.app_context():
        assert db.session().scalar(select(func.count()).select_from(Mention)) == before
