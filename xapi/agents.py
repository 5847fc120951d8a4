"""Who is meant by an actor: accounts of this house, authorities, and one key for every form."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Any
from uuid import UUID

import msgspec

from xapi.shapes import Account, Agent

HOUSE = "passage"
"""The account name of the house itself, as authority and where nobody in particular acted."""


def authority(name: str | None, site: str) -> dict[str, Any]:
    """The agent who stands for a statement: a credential's account, or the house itself."""
    account = (
        {"homePage": _store(site), "name": name} if name else {"homePage": site, "name": HOUSE}
    )
    return {"objectType": "Agent", "account": account}


def _store(site: str) -> str:
    """Accounts of credentials have a home of their own: none can pass for a person or the house."""
    return f"{site}/xapi"


def person(agent: Agent, site: str) -> UUID | None:
    """The person of this house whom an agent names by account; None for anybody else."""
    if not agent.account or agent.account.homePage != site:
        return None
    try:
        return UUID(agent.account.name)
    except ValueError:
        return None


def of_account(name: UUID | str, site: str) -> Agent:
    """Somebody by an account of this house."""
    return Agent(account=Account(homePage=site, name=str(name)))


def is_identified(agent: Agent) -> bool:
    return bool(agent.account or agent.mbox or agent.mbox_sha1sum or agent.openid)


def as_person(agent: Agent, names: Iterable[str]) -> dict[str, Any]:
    """The Person of an agent (xAPI Communication, 2.4): every member but the type is a list."""
    told = {**msgspec.to_builtins(agent), "name": None}
    known = [agent.name, *names] if agent.name else [*names]
    found = {name: [value] for name, value in told.items() if value and name != "objectType"}
    if known:
        found["name"] = list(dict.fromkeys(known))
    return {"objectType": "Person", **found}


def key(agent: Agent) -> str:
    """One string for an agent or group in whatever form it is named (xAPI Data, 2.4.2).

    An anonymous group is named by its members; what an index cannot hold, by its hash.
    """
    if agent.account:
        found = f"account:{agent.account.homePage}|{agent.account.name}"
    elif agent.mbox:
        found = agent.mbox
    elif agent.mbox_sha1sum:
        found = f"sha1:{agent.mbox_sha1sum.lower()}"
    elif agent.openid:
        found = f"openid:{agent.openid}"
    else:
        found = "members:" + " ".join(sorted(key(one) for one in agent.member or ()))
    if len(found.encode()) > 500 or "\0" in found:
        return "hash:" + hashlib.sha256(found.encode()).hexdigest()
    return found
