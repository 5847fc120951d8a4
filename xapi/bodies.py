"""The text of a statement: what the store adds, when two say the same, and the short forms."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any

import msgspec

from xapi import agents
from xapi.shapes import Agent, Kind

_CLOSED = frozenset({"true-false", "choice", "likert", "matching", "sequencing", "numeric"})
"""Interactions whose response is one of given ones: nothing in her own words stands in it."""

_SECONDS = re.compile(r"[.,]([0-9]+)S\Z")
_MAPS = frozenset({"display", "name", "description"})


def spliced(received: str, *, stored: str, authority: str, **missing: str) -> str:
    """The received text with the members of the store; everything else stays as it was written.

    `authority` is JSON. `missing` (id, timestamp, version) are given where they were left out.
    """
    own = {"stored": f'"{stored}"', "authority": authority}
    own |= {name: f'"{value}"' for name, value in missing.items()}
    text = received.strip()
    if '"stored"' in text or '"authority"' in text:
        kept = {name: raw for name, raw in _members(text).items() if name not in own}
        return _joined(kept | own)
    added = ",".join(f'"{name}":{raw}' for name, raw in own.items())
    return f"{text[:-1].rstrip()},{added}}}"


def in_lists(told: str) -> str:
    """The text of a statement in which each of contextActivities is a list, as it must be given
    back (xAPI Data, 2.4.6.2); so in a SubStatement. Every value stays as it was written."""
    members = _members(told)
    if "context" in members:
        context = _members(members["context"])
        if "contextActivities" in context:
            around = _members(context["contextActivities"])
            lists = {name: one if one[0] == "[" else f"[{one}]" for name, one in around.items()}
            context["contextActivities"] = _joined(lists)
            members["context"] = _joined(context)
    about = members["object"]
    if msgspec.json.decode(about, type=Kind).objectType == "SubStatement":
        members["object"] = in_lists(about)
    return _joined(members)


def _members(text: str) -> dict[str, str]:
    raw = msgspec.json.decode(text, type=dict[str, msgspec.Raw])
    return {name: bytes(one).decode() for name, one in raw.items()}


def _joined(members: Mapping[str, str]) -> str:
    return "{" + ",".join(f'"{name}":{text}' for name, text in members.items()) + "}"


def same(kept: str, received: str) -> bool:
    """Whether both say the same, but for what a store may set or change (xAPI Data, 2.2), with
    durations cut to hundredths of a second (xAPI Data, 4.6)."""
    standing, again = msgspec.json.decode(kept), msgspec.json.decode(received)
    for name in ("id", "stored", "authority", "version"):
        standing.pop(name, None)
        again.pop(name, None)
    if "timestamp" not in again:
        standing.pop("timestamp", None)
    return bool(_essence(standing) == _essence(again))


def _essence(told: Any, inside: str = "") -> Any:
    """A statement without words for display, in one of the several forms it may have."""
    if isinstance(told, list):
        parts = [_essence(one, inside) for one in told]
        return sorted(parts, key=repr) if inside == "member" else parts
    if inside == "duration":
        return _SECONDS.sub(_cut, told)
    if not isinstance(told, dict) or inside == "extensions":
        return told
    left = {
        name: _essence([value] if inside == "contextActivities" and _is_one(value) else value, name)
        for name, value in told.items()
        if not (name == "definition" or (inside == "verb" and name == "display"))
    }
    if left.get("objectType") == ("Activity" if "id" in left else "Agent"):
        del left["objectType"]
    return left


def _cut(fraction: re.Match[str]) -> str:
    hundredths = fraction[1][:2].rstrip("0")
    return f".{hundredths}S" if hundredths else "S"


def _is_one(value: Any) -> bool:
    return isinstance(value, dict)


def in_ids(told: Mapping[str, Any]) -> dict[str, Any]:
    """A statement with no more of agents, verbs and activities than names them
    (xAPI Communication, 2.1.3: format=ids)."""
    short = dict(told)
    for name in ("actor", "authority", "object"):
        if name in told:
            short[name] = _named(told[name])
    short["verb"] = {"id": told["verb"]["id"]}
    if "context" in told:
        context = dict(told["context"])
        for name in ("instructor", "team"):
            if name in context:
                context[name] = _named(context[name])
        if "contextActivities" in context:
            context["contextActivities"] = {
                name: [_named(one) for one in (some if isinstance(some, list) else [some])]
                for name, some in context["contextActivities"].items()
            }
        short["context"] = context
    return short


def _named(one: Mapping[str, Any]) -> dict[str, Any]:
    if one.get("objectType") == "SubStatement":
        return in_ids(one)
    if "id" in one and one.get("objectType", "Activity") == "Activity":
        return {"id": one["id"]}
    names = ("objectType", "id", "mbox", "mbox_sha1sum", "openid", "account")
    short = {name: one[name] for name in names if name in one}
    if "member" in one and not short.keys() - {"objectType"}:
        short["member"] = [_named(member) for member in one["member"]]
    return short


def in_one_language(told: Any, languages: list[str]) -> Any:
    """A statement whose words stand in one language only, the best of those asked for
    (xAPI Communication, 2.1.3: format=canonical)."""
    if isinstance(told, list):
        return [in_one_language(one, languages) for one in told]
    if not isinstance(told, dict):
        return told
    return {
        name: value
        if name in ("extensions", "account")
        else _best(value, languages)
        if name in _MAPS and isinstance(value, dict)
        else in_one_language(value, languages)
        for name, value in told.items()
    }


def _best(words: dict[str, str], languages: list[str]) -> dict[str, str]:
    """The words in the first language that there are any in; else the first of all."""
    for language in languages:
        for tag in words:
            if tag.lower() == language.lower() or tag.lower().startswith(f"{language.lower()}-"):
                return {tag: words[tag]}
    return dict(list(words.items())[:1])


def renamed(told: Any, keys: Collection[str], account: Mapping[str, Any]) -> Any:
    """The same, with this account and nothing else wherever an agent of these keys (in lower case)
    is named."""
    if isinstance(told, list):
        return [renamed(one, keys, account) for one in told]
    if not isinstance(told, dict):
        return told
    if not told.keys().isdisjoint({"mbox", "mbox_sha1sum", "account"}):
        try:
            agent = msgspec.convert(told, Agent)
        except msgspec.ValidationError:
            agent = None
        if agent is not None and agents.key(agent).lower() in keys:
            return dict(account)
    return {name: renamed(one, keys, account) for name, one in told.items()}


def blank_response(told: dict[str, Any]) -> None:
    """Take out what the actor wrote in words of her own; a choice among given ones stays."""
    about = told["object"]
    if about.get("objectType") == "SubStatement":
        blank_response(about)
    kind = about.get("definition", {}).get("interactionType")
    if "response" in told.get("result", {}) and kind not in _CLOSED:
        told["result"] = {**told["result"], "response": ""}


def without_words(told: dict[str, Any], names: Collection[str], *, signed: bool) -> dict[str, Any]:
    """A statement of a stranger without free text that names somebody (`names` in lower case): her
    response, values of extensions, the words of activities, verbs and attachments. Where it was
    changed already (`signed`), or is here, a signature that holds the whole of it goes too."""
    cleared = _cleared(told, names, "")
    kept = cleared.get("attachments")
    if kept and (signed or cleared != told):
        cleared["attachments"] = [one for one in kept if one.get("usageType") != SIGNATURE]
        if not cleared["attachments"]:
            del cleared["attachments"]
    return dict(cleared)


SIGNATURE = "http://adlnet.gov/expapi/attachments/signature"
"""The use of an attachment that signs its statement, and holds its text (xAPI Data, 2.6)."""


def _cleared(told: Any, names: Collection[str], inside: str) -> Any:
    if isinstance(told, list):
        return [_cleared(one, names, inside) for one in told]
    if isinstance(told, str):
        in_words = inside in _FREE and any(name in told.casefold() for name in names)
        return "" if in_words else told
    if not isinstance(told, dict):
        return told
    return {
        key: _cleared(value, names, inside if inside in _FREE else key)
        for key, value in told.items()
        if not (inside == "extensions" and any(name in key.casefold() for name in names))
    }


_FREE = frozenset(
    {"response", "extensions", "name", "description", "display", "platform", "revision"}
)
"""Members in which anything may be written; everything in them counts."""
