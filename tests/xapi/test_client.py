"""A real client of the standard (tincan's RemoteLRS) before a real server."""

from __future__ import annotations

import urllib.parse
import urllib.request
from uuid import uuid4

import pytest
from tincan import (
    Activity,
    ActivityProfileDocument,
    Agent,
    AgentProfileDocument,
    LanguageMap,
    RemoteLRS,
    Result,
    StateDocument,
    Statement,
    StatementRef,
    Verb,
)

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


def test_tincan_keeps_states(lrs: RemoteLRS) -> None:
    """It forgets the registration of a state, and sends each one twice."""
    agent = Agent(mbox=f"mailto:{uuid4().hex}@a.example")
    activity = Activity(id=f"http://a.example/activities/{uuid4().hex}")
    state = StateDocument(
        id="place",
        agent=agent,
        activity=activity,
        content=bytearray(b"page 3"),
        content_type="text/plain",
    )
    assert lrs.save_state(state).success
    kept = lrs.retrieve_state(activity, agent, "place")
    assert (kept.response.status, kept.content.content) == (200, b"page 3")
    assert kept.response.getheader("Content-Type") == "text/plain"
    assert lrs.retrieve_state_ids(activity, agent).content == ["place"]
    assert lrs.delete_state(state).success
    assert lrs.retrieve_state_ids(activity, agent).content == []
    assert lrs.save_state(state).success
    assert lrs.clear_state(activity, agent).success
    assert lrs.retrieve_state(activity, agent, "place").response.status == 404


def test_tincan_keeps_profiles_that_are_there(lrs: RemoteLRS) -> None:
    """It knows If-Match alone, so that what is new must be made by somebody else (1.0.x)."""
    agent = Agent(mbox=f"mailto:{uuid4().hex}@a.example")
    activity = Activity(id=f"http://a.example/activities/{uuid4().hex}")
    size = {"id": "size", "content": bytearray(b'{"size": 1}'), "content_type": "application/json"}
    likes = AgentProfileDocument(agent=agent, **size)
    rules = ActivityProfileDocument(activity=activity, **size)
    assert lrs.save_agent_profile(likes).response.status == 400
    assert lrs.save_activity_profile(rules).response.status == 400
    likes.etag = rules.etag = "*"
    assert lrs.save_agent_profile(likes).response.status == 412
    assert lrs.save_activity_profile(rules).response.status == 412

    _put(lrs, "agents/profile", agent=agent.to_json(), profileId="size")
    _put(lrs, "activities/profile", activityId=activity.id, profileId="size")
    likes.etag = lrs.retrieve_agent_profile(agent, "size").response.getheader("ETag")
    rules.etag = lrs.retrieve_activity_profile(activity, "size").response.getheader("ETag")
    assert lrs.save_agent_profile(likes).success
    assert lrs.save_activity_profile(rules).success
    assert lrs.save_agent_profile(likes).response.status == 412
    assert lrs.retrieve_agent_profile(agent, "size").content.content == b'{"size": 1}'
    assert lrs.retrieve_activity_profile(activity, "size").content.content == b'{"size": 1}'
    assert lrs.retrieve_agent_profile_ids(agent).content == ["size"]
    assert lrs.retrieve_activity_profile_ids(activity).content == ["size"]
    likes.etag = rules.etag = None
    assert lrs.delete_agent_profile(likes).success
    assert lrs.delete_activity_profile(rules).success
    assert lrs.retrieve_agent_profile_ids(agent).content == []


def _put(lrs: RemoteLRS, path: str, **query: str) -> None:
    """A new document, as a client says it that knows If-None-Match: tincan does not."""
    asked = urllib.request.Request(
        f"{lrs.endpoint}{path}?{urllib.parse.urlencode(query)}",
        data=b"{}",
        method="PUT",
        headers={
            "Authorization": lrs.auth,
            "Content-Type": "application/json",
            "If-None-Match": "*",
            "X-Experience-API-Version": "1.0.3",
        },
    )
    with urllib.request.urlopen(asked, timeout=10) as answer:
        assert answer.status == 204


def test_tincan_is_told_when_it_is_wrong(lrs: RemoteLRS) -> None:
    one = attempted(Agent(mbox="mailto:a@a.example"))
    assert lrs.save_statement(one).success
    one.verb = Verb(id="http://a.example/verbs/other")
    assert lrs.save_statement(one).response.status == 409
    lrs.auth = None
    assert lrs.query_statements({}).response.status == 401
