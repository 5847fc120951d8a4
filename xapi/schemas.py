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
    statements say who stands for them (the key, where it is left out)."""

    key = fields.String(required=True)
    label = fields.String(required=True, validate=validate.Length(1, 200))
    authority = fields.String(load_default=None, allow_none=True)
    scopes = fields.List(_SCOPE, required=True, validate=validate.Length(1))
    days = fields.Integer(
        load_default=None, allow_none=True, strict=True, validate=validate.Range(1, access.LONGEST)
    )


class Credential(Schema):
    """`state` is active, expired or revoked; `last_used_at` is when it last stored something, to
    the hour."""

    key = fields.String()
    label = fields.String()
    authority = fields.String()
    scopes = fields.List(fields.String())
    state = fields.Function(access.state, metadata={"enum": ["active", "expired", "revoked"]})
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
