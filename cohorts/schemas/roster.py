"""The roster as JSON."""

from __future__ import annotations

import marshmallow as ma

from app.api import Page, Schema
from app.schemas import Explanation
from cohorts.paths import STANDINGS
from cohorts.service.roster import SORTS

fields = ma.fields

_STATUSES = (*STANDINGS, "withdrawn")


class Wanted(Page):
    """Who is asked for: without `status` everybody who is enrolled. `words` stand in the name or
    the address; `sort` is "name", "seen" (the longest not seen first) or "share" (the least done
    first), with "-" before it the other way round."""

    status = fields.String(load_default=None, validate=ma.validate.OneOf(_STATUSES))
    cohort = fields.UUID(load_default=None)
    country = fields.String(load_default=None, validate=ma.validate.Length(max=2))
    words = fields.String(load_default=None, validate=ma.validate.Length(max=200))
    sort = fields.String(
        load_default="name",
        validate=ma.validate.OneOf([*SORTS, *(f"-{one}" for one in SORTS)]),
    )


class Stop(Schema):
    """An activity that the rule speaks of: `score` (0-1) is the best so far, of a quiz."""

    activity = fields.String(attribute="iri")
    kind = fields.String()
    state = fields.String(validate=ma.validate.OneOf(["done", "here", "ahead"]))
    score = fields.Float(allow_none=True)


class Seat(Schema):
    """A seat; `status` is "enrolled" (under way), "at_risk" (may miss no further session),
    "completed", "lapsed" (completed, and no longer meets the rule) or "withdrawn". `missing` says
    in words what is still to be done."""

    registration = fields.UUID(attribute="registration_id")
    person = fields.UUID(attribute="person_id")
    name = fields.String()
    country = fields.String(allow_none=True)
    organisation = fields.String(allow_none=True)
    status = fields.String(validate=ma.validate.OneOf(_STATUSES))
    share = fields.Float()
    seen_at = fields.AwareDateTime(allow_none=True)
    missing = fields.String()
    path = fields.List(fields.Nested(Stop))
    cohorts = fields.List(fields.String())


class Attended(Schema):
    """A session, and what was marked of her in it by whom; `mark` null: nothing yet."""

    title = fields.String()
    starts_at = fields.AwareDateTime()
    ends_at = fields.AwareDateTime()
    mark = fields.String(allow_none=True)
    marked_at = fields.AwareDateTime(allow_none=True)
    marked_by = fields.String(allow_none=True)


class ResultInEdition(Schema):
    """How she stands with what the rule asks for besides sessions."""

    title = fields.String()
    status = fields.String()
    score = fields.Float(allow_none=True)
    at = fields.AwareDateTime()


class PersonInEdition(Schema):
    """One person in an edition; `rule` is the explained rule, null where nothing is asked."""

    registration = fields.UUID()
    person = fields.UUID()
    name = fields.String()
    email = fields.String(allow_none=True)
    country = fields.String(allow_none=True)
    organisation = fields.String(allow_none=True)
    status = fields.String()
    enrolled_at = fields.AwareDateTime()
    completed_at = fields.AwareDateTime(allow_none=True)
    revoked = fields.Boolean()
    seen_at = fields.AwareDateTime(allow_none=True)
    sessions = fields.List(fields.Nested(Attended))
    results = fields.List(fields.Nested(ResultInEdition))
    cohorts = fields.List(fields.String())
    rule = fields.Nested(Explanation, allow_none=True)


class CompletionRevoked(Schema):
    """Why a completion is revoked."""

    reason = fields.String(required=True, validate=ma.validate.Length(min=1, max=1000))
