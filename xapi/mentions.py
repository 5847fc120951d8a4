"""Whom and what a statement names beside what its row says, as the keys that it is found by.

A key is a hash of a kind and a name (agents.key, an IRI, a UUID). VERB, REGISTRATION, AGENT and
ACTIVITY are what the filters of these names mean, ANY_AGENT and ANY_ACTIVITY what they mean with
related_agents and related_activities (xAPI Communication, 2.1.3).
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from functools import lru_cache

from msgspec import UNSET, UnsetType

from xapi import agents, rules
from xapi.rules import Checked
from xapi.shapes import Activity, Agent, Context, SubStatement

VERB, REGISTRATION = "verb", "registration"
AGENT, ANY_AGENT = "agent", "any agent"
ACTIVITY, ANY_ACTIVITY = "activity", "any activity"

POINTING, POINTING_WITHIN = "pointing", "pointing within"
"""Put before the kind, these are keys of statements that point at others: what they say
themselves and what their targets say; all targets, or those of the same authority alone."""


@lru_cache(maxsize=4096)
def key(kind: str, name: str, by: str = "") -> bytes:
    """The key of a name of this kind; `by` is "", POINTING or POINTING_WITHIN."""
    return hashlib.blake2b(f"{by}\0{kind}\0{name}".encode(), digest_size=16).digest()


def beside(checked: Checked) -> set[bytes]:
    """The keys that a statement needs beside its row, which says actor, verb, object and
    registration, and the authority."""
    actor = agents.key(checked.statement.actor)
    about = checked.object.id if isinstance(checked.object, Activity) else None
    near = {one for one in _near(checked) if one != actor}
    found = {key(AGENT, one) for one in near}
    found.update(key(ANY_AGENT, one) for one in near)
    found.update(key(ANY_AGENT, one) for one in _agents(checked) if one != actor)
    found.update(key(ANY_ACTIVITY, one) for one in _activities(checked) if one != about)
    return found


def everything(checked: Checked, authority: Agent, by: str) -> set[bytes]:
    """Every key by which a statement itself would be found, for those that point at it."""
    context = checked.statement.context
    near, about = set(_near(checked)), checked.object
    everybody = near | {*_agents(checked), agents.key(authority)}
    found = {key(VERB, checked.statement.verb.id, by)}
    if context is not UNSET and context.registration is not UNSET:
        found.add(key(REGISTRATION, context.registration.lower(), by))
    if isinstance(about, Activity):
        found.add(key(ACTIVITY, about.id, by))
    found.update(key(AGENT, one, by) for one in near)
    found.update(key(ANY_AGENT, one, by) for one in everybody)
    found.update(key(ANY_ACTIVITY, one, by) for one in _activities(checked))
    return found


def named(checked: Checked) -> set[str]:
    """Every agent of a statement (agents.key)."""
    return {*_near(checked), *_agents(checked)}


def _near(checked: Checked) -> Iterator[str]:
    """Its actor, and an agent that is its object; of a group its members too."""
    yield from _with_members(checked.statement.actor)
    if isinstance(checked.object, Agent):
        yield from _with_members(checked.object)


def _agents(checked: Checked) -> Iterator[str]:
    """Who else is named: in its context, and anywhere in a SubStatement."""
    yield from _around(checked.statement.context)
    if isinstance(checked.object, SubStatement):
        sub, about = checked.object, rules.object_of(checked.object)
        yield from _with_members(sub.actor)
        yield from _around(sub.context)
        if isinstance(about, Agent):
            yield from _with_members(about)


def _around(context: Context | UnsetType) -> Iterator[str]:
    if context is UNSET:
        return
    for one in (context.instructor, context.team):
        if one is not UNSET:
            yield from _with_members(one)
    for agent in context.contextAgents or ():
        yield from _with_members(agent.agent)
    for group in context.contextGroups or ():
        yield from _with_members(group.group)


def _with_members(agent: Agent) -> Iterator[str]:
    yield agents.key(agent)
    for member in agent.member or ():
        yield agents.key(member)


def _activities(checked: Checked) -> Iterator[str]:
    yield from _of_context(checked.statement.context)
    about = checked.object
    if isinstance(about, SubStatement):
        yield from _of_context(about.context)
        about = rules.object_of(about)
    if isinstance(about, Activity):
        yield about.id


def _of_context(context: Context | UnsetType) -> Iterator[str]:
    if context is UNSET or context.contextActivities is UNSET:
        return
    around = context.contextActivities
    for some in (around.parent, around.grouping, around.category, around.other):
        if some is not UNSET:
            yield from (one.id for one in (some if isinstance(some, list) else (some,)))
