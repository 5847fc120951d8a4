"""The engine's JSON: shapes only; the rules live in the services."""

from __future__ import annotations

from marshmallow import fields, validate

from app.api import Schema
from app.config import LANGUAGES
from app.tokens import LONGEST, SCOPES

_PASSWORD = {"format": "password", "writeOnly": True}


class Sentence(Schema):
    """What happened, in the caller's language."""

    detail = fields.String(required=True)


class Named(Schema):
    """An address that a mail is asked for."""

    email = fields.String(required=True, metadata={"format": "email"})


class SignUp(Schema):
    """A new account; its mails speak the language of Accept-Language."""

    name = fields.String(required=True)
    email = fields.String(required=True, metadata={"format": "email"})
    password = fields.String(required=True, metadata=_PASSWORD)
    country = fields.String(required=True, metadata={"description": "ISO 3166-1 alpha-2"})
    timezone = fields.String(load_default=None, metadata={"description": "tz database"})
    organisation = fields.String(load_default=None)


class NewPassword(Schema):
    password = fields.String(required=True, metadata=_PASSWORD)


class ChangePassword(Schema):
    current = fields.String(required=True, metadata=_PASSWORD)
    password = fields.String(required=True, metadata=_PASSWORD)


class ChangeEmail(Schema):
    email = fields.String(required=True, metadata={"format": "email"})
    password = fields.String(required=True, metadata=_PASSWORD)


class Profile(Schema):
    """What a person may change of herself; what is not sent stays."""

    name = fields.String()
    certificate_name = fields.String(allow_none=True)
    language = fields.String(validate=validate.OneOf(list(LANGUAGES)))
    country = fields.String()
    timezone = fields.String()
    organisation = fields.String(allow_none=True)


class Me(Schema):
    """A person, as she sees herself."""

    id = fields.UUID()
    email = fields.String(allow_none=True)
    name = fields.String()
    certificate_name = fields.String(allow_none=True)
    language = fields.String()
    timezone = fields.String()
    country = fields.String(allow_none=True)
    organisation = fields.String(allow_none=True)
    created_at = fields.AwareDateTime()


class NewToken(Schema):
    name = fields.String(required=True)
    scopes = fields.List(
        fields.String(validate=validate.OneOf(list(SCOPES))),
        required=True,
        validate=validate.Length(1, len(SCOPES)),
    )
    days = fields.Integer(load_default=90, strict=True, validate=validate.Range(1, LONGEST))


class SignIn(NewToken):
    """Sign in to the API: address and password for a token."""

    email = fields.String(required=True, metadata={"format": "email"})
    password = fields.String(required=True, metadata=_PASSWORD)


class Token(Schema):
    id = fields.UUID()
    name = fields.String()
    scopes = fields.List(fields.String())
    created_at = fields.AwareDateTime()
    expires_at = fields.AwareDateTime()
    last_used_at = fields.AwareDateTime(allow_none=True)


class MadeToken(Token):
    """A token with its secret, which is shown this once."""

    secret = fields.String()


class Explanation(Schema):
    """A condition, whether it is met, since when, what of it is `left` in short, and its parts.
    Where they are `folded`, the words say it all."""

    met = fields.Boolean(allow_none=True)
    words = fields.String()
    when = fields.AwareDateTime(allow_none=True)
    parts = fields.List(fields.Nested(lambda: Explanation()))
    left = fields.String(allow_none=True)
    folded = fields.Boolean()
