"""A real client of the standard (tincan's RemoteLRS) before a real server."""

from __future__ import annotations

from uuid import uuid4

import pytest
from tincan import Activity, Agent, LanguageMap, RemoteLRS, Result, Statement, StatementRef, Verb

from tests.browser import Site

VERB = "http://adlnet.gov/expapi/verbs/attempted"


@pytest.fixture
def lrs(live_server: Site) -> RemoteLRS:
    return RemoteLRS(
        version="1.0.3",
        endpoint=f"{live_server.url}/xapi/",
        username="demo",
        password="demo-secret",
    )


def attempted(agent: Agent) -> Statement:
    return Statement(
        id=str(uuid4()),
        actor=agent,
        verb=Verb(id=VERB, display=LanguageMap({"en": "attempted"})),
        object=Activity(id="http://a.example/activities/1"),
        result=Result(success=True, duration="PT1M30.5S", response="é"),
    )


def test_tincan_saves_finds_pages_and_voids(lrs: RemoteLRS) -> None:
    agent = Agent(mbox=f"mailto:{uuid4().hex}@a.example")
    one = attempted(agent)
    assert lrs.save_statement(one).success
    assert lrs.save_statement(one).success
    found = lrs.retrieve_statement(one.id)
    assert found.success
    assert found.content.result.response == "é"
    assert found.content.stored is not None

    many = [attempted(agent) for _ in range(4)]
    assert lrs.save_statements(many).success
    page = lrs.query_statements({"agent": agent, "verb": one.verb, "limit": 3, "ascending": True})
    assert page.success, page.data
    seen = [statement.id for statement in page.content.statements]
    rest = lrs.more_statements(page.content)
    assert rest.success, rest.data
    seen += [statement.id for statement in rest.content.statements]
    assert seen == [one.id, *(statement.id for statement in many)]
    assert not rest.content.more

    voiding = Statement(
        actor=agent,
        verb=Verb(id="http://adlnet.gov/expapi/verbs/voided"),
        object=StatementRef(id=one.id),
    )
    assert lrs.save_statement(voiding).success
    assert lrs.retrieve_statement(one.id).response.status == 404
    assert lrs.retrieve_voided_statement(one.id).success


def test_tincan_is_told_when_it_is_wrong(lrs: RemoteLRS) -> None:
    one = attempted(Agent(mbox="mailto:a@a.example"))
    assert lrs.save_statement(one).success
    one.verb = Verb(id="http://a.example/verbs/other")
    assert lrs.save_statement(one).response.status == 409
    lrs.auth = None
    assert lrs.query_statements({}).response.status == 401
