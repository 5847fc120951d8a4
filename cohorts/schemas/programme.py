"""What a programme, a rule, a copy and the staff of an edition look like as JSON."""

from __future__ import annotations

from marshmallow import fields, validate

from app import people
from app.api import Schema
from app.schemas import Explanation
from cohorts.schemas.editions import Asks, Titles
from cohorts.service import programme

_CLOCK = "HH:MM"


class NewSession(Schema):
    """A session to plan: day and times of the place. Without titles it is "Session 3"."""

    day = fields.Date(required=True)
    begins = fields.Time(required=True, format="%H:%M", metadata={"example": "09:00"})
    ends = fields.Time(required=True, format="%H:%M", metadata={"example": "12:30"})
    titles = fields.Nested(Titles, load_default=None, allow_none=True)


class SessionChange(Schema):
    """What is to be other of a session; what is not sent stays."""

    day = fields.Date()
    begins = fields.Time(format="%H:%M", metadata={"example": "09:00"})
    ends = fields.Time(format="%H:%M", metadata={"example": "12:30"})
    titles = fields.Nested(Titles)


class ProgrammeEntry(NewSession):
    """A session as it is to be; with the `id` of a planned one, that one is changed."""

    id = fields.String(load_default=None, allow_none=True)


class WholeProgramme(Schema):
    """All sessions of an edition: those that are not named here are removed."""

    items = fields.List(
        fields.Nested(ProgrammeEntry), required=True, validate=validate.Length(max=programme.MOST)
    )


class Session(Schema):
    """A session of the programme: in the time of the place, and as moments."""

    id = fields.Function(programme.id_of, metadata={"type": "string"})
    key = fields.String(attribute="activity.key")
    titles = fields.Nested(Titles, attribute="activity.titles")
    starts_at = fields.AwareDateTime()
    ends_at = fields.AwareDateTime()
    timezone = fields.String(attribute="edition.timezone")


class Foreseen(Schema):
    """What a change would do: so many would complete at once (the first of them by name), so many
    no longer meet the rule and keep their completion, so many stay as they are."""

    rule = fields.Nested(Explanation, attribute="words", allow_none=True)
    gaining = fields.Integer()
    named = fields.List(fields.String())
    keeping = fields.Integer()
    staying = fields.Integer()


class Removal(Schema):
    """What taking a session out would do; `marked` is how many marks of attendance are kept."""

    marked = fields.Integer()
    foreseen = fields.Nested(Foreseen)


class Rule(Schema):
    """What completing an edition asks: as it is kept, and in words."""

    asks = fields.Nested(Asks)
    rule = fields.Nested(Explanation, allow_none=True)


class Copy(Schema):
    """A copy to make; without an address it is this edition's with the new year."""

    slug = fields.String(load_default=None, allow_none=True)
    starts_on = fields.Date(required=True)


class NewStaff(Schema):
    """A role for an edition, given to whoever has this address."""

    email = fields.String(required=True, metadata={"format": "email"})
    role = fields.String(required=True, validate=validate.OneOf(people.WITHIN))


class Staff(Schema):
    """Somebody who looks after an edition. `here`: by a role for it, which can be removed;
    else by one for its course."""

    id = fields.UUID(attribute="grant.id")
    name = fields.String(attribute="grant.person.name")
    email = fields.String(attribute="grant.person.email", allow_none=True)
    role = fields.String(attribute="grant.role")
    here = fields.Boolean()
