"""What credentials, kept statements and other stores look like as JSON."""

from __future__ import annotations

from typing import Any

import marshmallow as ma
from marshmallow import fields, validate

from app.api import Page, Schema
from xapi import credentials, wording
from xapi.service import access, targets
from xapi.service.targets import Shown

_SCOPE = fields.String(validate=validate.OneOf(list(credentials.SCOPES)))


class NewCredential(Schema):
    """`key` is the user name of Basic authentication, `authority` the account by which its
    statements say who stands for them (the key, where it is left out), `limit` how often it may
    come ("100 per minute"; as often as it likes, where it is left out)."""

    key = fields.String(required=True)
    label = fields.String(required=True, validate=validate.Length(1, 200))
    authority = fields.String(load_default=None, allow_none=True)
    scopes = fields.List(_SCOPE, required=True, validate=validate.Length(1))
    days = fields.Integer(
        load_default=None, allow_none=True, strict=True, validate=validate.Range(1, access.LONGEST)
    )
    limit = fields.String(load_default=None, allow_none=True)


class Credentials(Page):
    """`players`: those of players of content, the newest first, in place of those of systems."""

    class Meta:
        unknown = ma.EXCLUDE

    players = fields.Boolean(load_default=False)


class NewPlayer(Schema):
    """`activities` are the IRIs of what the player may move: some of those that players tell of,
    among what the registration is for and what stands inside; all of them where it is left out."""

    activities = fields.List(fields.String(), load_default=None, allow_none=True)


class Player(Schema):
    """What a player is launched with: the store and a credential for it, who its statements are
    about, the registration that each of them names, and what it may move."""

    endpoint = fields.String()
    key = fields.String()
    secret = fields.String()
    actor = fields.Dict()
    registration = fields.UUID()
    activities = fields.List(fields.String())
    expires_at = fields.AwareDateTime()


class Credential(Schema):
    """`state` is active, expired or revoked; `last_used_at` is when it last stored something, to
    the hour; `limit` is how often it may come (null: as often as it likes). With a `registration`
    it is that of a player of content."""

    key = fields.String()
    label = fields.String()
    authority = fields.String()
    scopes = fields.List(fields.String())
    state = fields.Function(access.state, metadata={"enum": ["active", "expired", "revoked"]})
    limit = fields.String(attribute="rate_limit", allow_none=True)
    registration = fields.UUID(attribute="registration_id", allow_none=True)
    created_at = fields.AwareDateTime()
    expires_at = fields.AwareDateTime(allow_none=True)
    last_used_at = fields.AwareDateTime(allow_none=True)


class MadeCredential(Credential):
    """A credential with its secret, which is shown this once."""

    secret = fields.String()


class Looked(Schema):
    """Which statements: `who` is an e-mail address, `verb` a verb of ours by name or any by IRI,
    `activity` one of ours by key or any by IRI; `since` and `until` are times of storing."""

    class Meta:
        unknown = ma.EXCLUDE

    who = fields.String(load_default=None)
    verb = fields.String(load_default=None)
    activity = fields.String(load_default=None)
    authority = fields.String(load_default=None)
    since = fields.AwareDateTime(load_default=None)
    until = fields.AwareDateTime(load_default=None)


class LookedOnPage(Looked, Page):
    class Meta:
        unknown = ma.EXCLUDE


class Seen(Schema):
    """A statement: the sentence, whom of ours it is about, who stands for it (null: this house),
    and the whole of it."""

    id = fields.String()
    sentence = fields.String()
    stored = fields.AwareDateTime()
    timestamp = fields.AwareDateTime()
    person_id = fields.UUID(allow_none=True)
    authority = fields.String(allow_none=True)
    statement = fields.Dict()


_STATES = ["active", "failing", "stopped", "off"]


def _words() -> Any:
    return fields.List(fields.String(), load_default=list)


class ChangedStore(Schema):
    """Another store to forward to. `endpoint` is its address for xAPI, `verbs` IRIs or words of
    ours, `activities` IRIs or keys of ours, `authorities` those of credentials or "@house"; an
    empty list asks nothing. What `sends_as` stored is not sent back. Without `secret` the one that
    is known stays."""

    label = fields.String(required=True)
    endpoint = fields.String(required=True)
    key = fields.String(required=True)
    secret = fields.String(load_default=None, allow_none=True, load_only=True)
    version = fields.String(load_default="2.0.0", validate=validate.OneOf(targets.VERSIONS))
    verbs = _words()
    activities = _words()
    authorities = _words()
    sends_as = fields.String(load_default=None, allow_none=True)


class NewStore(ChangedStore):
    """One that is not known yet; it gets what is stored from now on, or everything."""

    secret = fields.String(required=True, load_only=True)
    from_the_beginning = fields.Boolean(load_default=False)


class Store(Schema):
    """Another store as it is served: `waiting` statements are still to be sent (at least, where
    `waiting_more`), the first of them stored at `oldest`; `dead` ones were refused. `state` is
    active, failing (it is tried again), stopped (given up) or off."""

    id = fields.UUID()
    label = fields.String()
    endpoint = fields.String()
    key = fields.String()
    version = fields.String()
    verbs = fields.List(fields.String())
    activities = fields.List(fields.String())
    authorities = fields.List(fields.String())
    sends_as = fields.String(allow_none=True)
    state = fields.String(metadata={"enum": _STATES})
    waiting = fields.Integer()
    waiting_more = fields.Boolean()
    oldest = fields.AwareDateTime(allow_none=True)
    dead = fields.Integer()
    sent = fields.Integer()
    sent_at = fields.AwareDateTime(allow_none=True)
    error = fields.String(allow_none=True)
    failing_since = fields.AwareDateTime(allow_none=True)
    due_at = fields.AwareDateTime(allow_none=True)
    stopped_at = fields.AwareDateTime(allow_none=True)
    created_at = fields.AwareDateTime()


def store(one: Shown) -> dict[str, Any]:
    """A target and what is known of it, as Store says it."""
    own = {name: getattr(one.target, name, None) for name in Store().fields}
    error = one.target.error
    return {
        **own,
        "error": str(wording.fault(error)) if error else None,
        "state": one.state,
        "waiting": one.waiting.count,
        "waiting_more": one.waiting.more,
        "oldest": one.waiting.oldest,
        "dead": one.dead,
    }


class LookedForLetters(Page):
    """Refused statements: of a store, with a status of HTTP, or one statement."""

    class Meta:
        unknown = ma.EXCLUDE

    target = fields.UUID(load_default=None)
    status = fields.Integer(load_default=None, validate=validate.Range(100, 599))
    statement = fields.UUID(load_default=None)


class Letter(Schema):
    """A statement that another store refused: its status and the beginning of its answer, the last
    of so many `times`. `again`: it is sent once more with the next."""

    id = fields.Integer(attribute="letter.id")
    target = fields.UUID(attribute="target.id")
    label = fields.String(attribute="target.label")
    statement = fields.UUID(attribute="letter.statement_id")
    status = fields.Integer(attribute="letter.status")
    answer = fields.String(attribute="letter.answer")
    times = fields.Integer(attribute="letter.times")
    again = fields.Boolean(attribute="letter.again")
    refused_at = fields.AwareDateTime(attribute="letter.refused_at")


class Replayed(Schema):
    """How many statements are sent once more."""

    count = fields.Integer()
