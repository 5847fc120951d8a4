"""JSON about people for administrators, and about a record: shapes only."""

from __future__ import annotations

from marshmallow import fields, validate

from app import outbox, people
from app.api import Page, Schema

_WORDS = {"description": "words of the name or the address, whatever their case and accents"}


class StatementInWords(Schema):
    """Something recorded about a person. `sentence` says it in the caller's language."""

    id = fields.UUID()
    verb = fields.String()
    activity = fields.String(metadata={"format": "iri"})
    title = fields.String()
    url = fields.String(allow_none=True)
    registration = fields.UUID()
    language = fields.String(allow_none=True)
    at = fields.AwareDateTime()
    taken_back = fields.Boolean()
    sentence = fields.String()


class Confirmation(Schema):
    """The address of the account that is to be erased, typed once more."""

    confirmation = fields.String(required=True, metadata={"format": "email"})


class OwnConfirmation(Confirmation):
    password = fields.String(required=True, metadata={"format": "password", "writeOnly": True})


class Role(Schema):
    """A role that somebody holds: for an activity and what is inside it, or everywhere."""

    id = fields.UUID()
    role = fields.String()
    activity = fields.String(attribute="activity.key", dump_default=None, allow_none=True)
    since = fields.AwareDateTime(attribute="created_at")


class NewRole(Schema):
    """A role to give. `activity` is the key of a course or module ("modules/m1")."""

    role = fields.String(required=True)
    activity = fields.String(load_default=None, allow_none=True)


class Somebody(Schema):
    """A person, as administrators see her."""

    id = fields.UUID()
    email = fields.String(allow_none=True)
    name = fields.String()
    certificate_name = fields.String(allow_none=True)
    language = fields.String()
    timezone = fields.String()
    country = fields.String(allow_none=True)
    organisation = fields.String(allow_none=True)
    active = fields.Boolean()
    confirmed_at = fields.AwareDateTime(allow_none=True)
    created_at = fields.AwareDateTime()
    erased_at = fields.AwareDateTime(allow_none=True)
    roles = fields.List(fields.Nested(Role), attribute="grants")


class Standing(Schema):
    """Whether an account is open."""

    active = fields.Boolean(required=True)


class WantedPeople(Page):
    words = fields.String(load_default=None, metadata=_WORDS)
    role = fields.String(load_default=None)
    country = fields.String(load_default=None, validate=validate.Length(2, 2))
    state = fields.String(load_default=None, validate=validate.OneOf(people.STATES))


class WantedEntries(Page):
    words = fields.String(load_default=None, metadata=_WORDS)
    action = fields.String(load_default=None)
    person = fields.UUID(load_default=None)
    actor = fields.UUID(load_default=None)


class Entry(Schema):
    """Who did what: an entry of the audit. `actor` is None for Passage itself."""

    id = fields.Integer()
    action = fields.String()
    subject = fields.String()
    actor = fields.UUID(attribute="actor_id", allow_none=True)
    person = fields.UUID(attribute="person_id", allow_none=True)
    before = fields.Dict(allow_none=True)
    after = fields.Dict(allow_none=True)
    at = fields.AwareDateTime()


class _Queued(Schema):
    id = fields.Integer()
    person = fields.UUID(attribute="person_id", allow_none=True)
    state = fields.Function(outbox.state, metadata={"type": "string"})
    attempts = fields.Integer()
    error = fields.String(allow_none=True)
    created_at = fields.AwareDateTime()
    due_at = fields.AwareDateTime()
    done_at = fields.AwareDateTime(allow_none=True)


class Job(_Queued):
    """A job that failed. `state` is "trying" (again at `due_at`) or "failed" (given up)."""

    task = fields.String()


class MailHead(_Queued):
    """A mail without its text; empty when its person was erased."""

    to = fields.Function(lambda one: one.payload.get("to"), metadata={"type": ["string", "null"]})
    subject = fields.Function(
        lambda one: one.payload.get("subject"), metadata={"type": ["string", "null"]}
    )


class Mail(MailHead):
    text = fields.Function(outbox.text, metadata={"type": ["string", "null"]})
