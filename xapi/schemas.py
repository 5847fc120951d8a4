"""What credentials and kept statements look like as JSON."""

from __future__ import annotations

import marshmallow as ma
from marshmallow import fields, validate

from app.api import Page, Schema
from xapi import credentials
from xapi.service import access

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
