"""/xapi/agents and /xapi/activities: who and what statements speak of (Communication, 2.4, 2.5)."""

from __future__ import annotations

from typing import Any

from flask import request

from app.errors import Problem
from xapi.api import door
from xapi.api.parameters import Parameters
from xapi.service import known


@door.blueprint.get("/agents")
def get_agents() -> Any:
    """The Person of an agent, also of one who was never heard of (Communication, 2.4)."""
    reach = door.readable()
    given = Parameters(request.args, "2.4")
    given.only({"agent"})
    given.needed("agent")
    agent = given.agent()
    if agent is None or agent.objectType != "Agent":
        raise Problem("agent: an Agent, not a Group (xAPI Communication, 2.4).")
    return known.person(agent, reach=reach)


@door.blueprint.get("/activities")
def get_activities() -> Any:
    """All that is known of an activity, if only its id (Communication, 2.5)."""
    door.readable()
    given = Parameters(request.args, "2.5")
    given.only({"activityId"})
    given.needed("activityId")
    return known.activity(given.iri("activityId") or "")
