"""Browsing: kept statements in words, for administrators; and the same as files."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import bindparam, select

from app import activities, db, exports, paging, permissions, sentences
from app.activities import Known
from app.errors import Invalid
from app.models import Person, activity_id
from app.vocabulary import VERBS, say
from xapi import agents, retelling
from xapi.service import search
from xapi.service.matching import Query, Reach
from xapi.shapes import Agent

MAY = "xapi.statements"
"""The permission of who reads every statement."""

FORMATS = {"jsonl": "application/jsonl", "csv": "text/csv; charset=utf-8"}

_HEADER = ("id", "stored", "timestamp", "authority", "actor", "verb", "object", "sentence")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which statements are looked for; what is None asks nothing. `who` is an e-mail address, of
    somebody of this house or of anybody; `verb` one of ours by name or any by IRI; `activity` one
    of ours by key ("modules/m1") or any by IRI; `since` and `until` are times of storing."""

    who: str | None = None
    verb: str | None = None
    activity: str | None = None
    authority: str | None = None
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A statement as somebody reads it: one sentence, when it was stored, whom and what of ours
    it is about, who stands for it (None: this house), and the whole of it as JSON."""

    id: str
    sentence: str
    stored: datetime
    timestamp: datetime
    person_id: UUID | None
    activity: Known | None
    authority: str | None
    actor: str
    verb: str
    object: str
    body: str

    @property
    def pretty(self) -> str:
        """The JSON, to be read by people."""
        return msgspec.json.format(self.body, indent=2)


def page(
    by: Person, wanted: Wanted, *, language: str, cursor: str | None = None, limit: int = 50
) -> tuple[list[Seen], str | None]:
    """Some statements, the latest stored first, and the cursor of those before them. Voided ones
    are left out. Raises Forbidden, Invalid."""
    asked = query(by, wanted)
    place = paging.place(cursor, int)
    asked = replace(asked, limit=limit, after=place[0] if place else None)
    found = search.page(asked, search.through())
    following = paging.cursor(found.more) if found.more is not None else None
    return _seen(found.bodies, language), following


def query(by: Person, wanted: Wanted) -> Query:
    """What is looked for, as the store is asked. Raises Forbidden, Invalid."""
    permissions.demand(by, MAY)
    return Query(
        agent=_agent(wanted.who) if wanted.who else None,
        verb=_verb(wanted.verb) if wanted.verb else None,
        activity=_activity(wanted.activity) if wanted.activity else None,
        reach=Reach(authority=wanted.authority or None),
        since=wanted.since,
        until=wanted.until,
    )


def _agent(who: str) -> str:
    who = who.strip()
    if "@" not in who or "\0" in who:
        raise Invalid({"who": _l("Type an e-mail address.")})
    known = db.session().scalar(select(Person.id).where(Person.email == who.lower()))
    if known is not None:
        return agents.key(agents.of_account(known, activities.site()))
    return agents.key(Agent(mbox=f"mailto:{who}"))


def _verb(verb: str) -> str:
    if verb in VERBS:
        return VERBS[verb].iri
    if ":" not in verb:
        raise Invalid({"verb": _l("There is no such verb.")})
    return verb.strip()


def _activity(activity: str) -> str:
    activity = activity.strip()
    return activity if ":" in activity else activities.iri(activity)


def _seen(bodies: Sequence[str], language: str) -> list[Seen]:
    """In words: two queries at most, for the people and the activities of all of them."""
    told = [msgspec.json.decode(one) for one in bodies]
    site = activities.site()
    people = [_person(one, site) for one in told]
    names = _names([one for one in people if one is not None])
    known = activities.known(activity_id(one["object"]["id"]) for one in told if _is_activity(one))
    return [
        _read(body, one, who, names, known, language, site)
        for body, one, who in zip(bodies, told, people, strict=True)
    ]


def _read(
    body: str,
    told: Mapping[str, Any],
    who: UUID | None,
    names: Mapping[UUID, str],
    known: Mapping[UUID, Known],
    language: str,
    site: str,
) -> Seen:
    about = known.get(activity_id(told["object"]["id"])) if _is_activity(told) else None
    authority = told["authority"].get("account", {}).get("name")
    actor = (names.get(who) if who else None) or _called(told["actor"])
    event = retelling.to_event(body, site) if authority == agents.HOUSE else None
    if event is not None:
        subject = (
            sentences.Subject(titles=about.titles, definition=about.definition) if about else None
        )
        sentence = sentences.sentence(
            event, subject, language=language, name=names.get(who, "") if who else ""
        )
    else:
        sentence = _(
            "%(actor)s %(verb)s “%(object)s”.",
            actor=actor,
            verb=_done(told, language),
            object=_thing(told["object"], about, language),
        )
    return Seen(
        id=told["id"],
        sentence=sentence,
        stored=datetime.fromisoformat(told["stored"]),
        timestamp=datetime.fromisoformat(told["timestamp"]),
        person_id=who,
        activity=about,
        authority=None if authority == agents.HOUSE else authority,
        actor=actor,
        verb=told["verb"]["id"],
        object=told["object"].get("id", ""),
        body=body,
    )


def _person(told: Mapping[str, Any], site: str) -> UUID | None:
    return agents.person(msgspec.convert(told["actor"], Agent), site)


def _names(people: Sequence[UUID]) -> dict[UUID, str]:
    if not people:
        return {}
    rows = db.session().execute(_NAMES, {"people": people})
    return {row.id: row.name or "" for row in rows}


_NAMES = select(Person.id, Person.name).where(Person.id.in_(bindparam("people", expanding=True)))


def _is_activity(told: Mapping[str, Any]) -> bool:
    return told["object"].get("objectType", "Activity") == "Activity"


def _called(agent: Mapping[str, Any]) -> str:
    """What an agent of anywhere is called: a name, else an address or an account."""
    account = agent.get("account") or {}
    mbox = str(agent.get("mbox", "")).removeprefix("mailto:")
    named = agent.get("name") or mbox or account.get("name") or agent.get("openid")
    return str(named or agent.get("mbox_sha1sum") or _("A group"))


def _done(told: Mapping[str, Any], language: str) -> str:
    display = told["verb"].get("display") or {}
    return say(display, language) or told["verb"]["id"].rstrip("/").rpartition("/")[2]


def _thing(about: Mapping[str, Any], known: Known | None, language: str) -> str:
    if known is not None:
        return say(known.titles, language)
    if about.get("objectType") in ("Agent", "Group"):
        return _called(about)
    if about.get("objectType") == "SubStatement":
        return _thing(about["object"], None, language)
    words = (about.get("definition") or {}).get("name") or {}
    return say(words, language) or str(about["id"]).rstrip("/").rpartition("/")[2]


def export(by: Person, wanted: Wanted, form: str, *, language: str) -> Iterator[bytes]:
    """The same, all of them, one a line. Raises Forbidden, Invalid (field `format`)."""
    if form not in FORMATS:
        raise Invalid({"format": _l("There is no such format.")})
    asked = query(by, wanted)
    if form == "jsonl":
        return (f"{_line(one)}\n".encode() for one in _all(asked))
    return (piece.encode() for piece in exports.as_csv(_HEADER, _rows(asked, language)))


def _all(asked: Query) -> Iterator[str]:
    for some in _pieces(asked):
        yield from some


def _pieces(asked: Query) -> Iterator[Sequence[str]]:
    after: int | None = None
    settled = search.through()
    while True:
        found = search.page(replace(asked, limit=search.MOST, after=after), settled)
        yield found.bodies
        after = found.more
        if after is None:
            return


def _line(body: str) -> str:
    """On one line: a string of JSON has no line break of its own."""
    return body.replace("\r", " ").replace("\n", " ")


def _rows(asked: Query, language: str) -> Iterable[Sequence[Any]]:
    for some in _pieces(asked):
        for one in _seen(some, language):
            yield [getattr(one, name) for name in _HEADER]
