"""What readers of an edition, and who is in it, are told as JSON."""

from __future__ import annotations

from marshmallow import EXCLUDE, fields, validate

from app.api import Schema
from app.schemas import Explanation
from cohorts.schemas.editions import Titles
from cohorts.schemas.programme import Session
from cohorts.service import editions


class WantedOpen(Schema):
    """Of which course: its key ("courses/iml-moshi")."""

    class Meta:
        unknown = EXCLUDE

    course = fields.String(required=True)


class OpenEdition(Schema):
    """An edition as anybody may read it in a list."""

    slug = fields.String()
    key = fields.String(attribute="activity.key")
    titles = fields.Nested(Titles, attribute="activity.titles")
    state = fields.String(validate=validate.OneOf(editions.STATES))
    starts_on = fields.Date()
    ends_on = fields.Date()
    timezone = fields.String()
    mode = fields.String(validate=validate.OneOf(editions.MODES))
    place = fields.String(allow_none=True)
    languages = fields.List(fields.String())
    seats = fields.Integer(allow_none=True)


class EditionStation(Schema):
    """A stop on the way through an edition; `state` is "done", "here" or "ahead"."""

    title = fields.String()
    kind = fields.String()
    state = fields.String(validate=validate.OneOf(["done", "here", "ahead"]))
    url = fields.String(allow_none=True)
    note = fields.String(allow_none=True)


class MyEdition(Schema):
    """How far the caller is in an edition. `share` is 0-1 of what is needed."""

    edition = fields.Nested(OpenEdition)
    registration = fields.UUID(attribute="registration.id")
    stations = fields.List(fields.Nested(EditionStation))
    rule = fields.Nested(Explanation, allow_none=True)
    share = fields.Float(allow_none=True)
    completed = fields.AwareDateTime(attribute="done_at", allow_none=True)
    following = fields.Nested(Session, allow_none=True)


class EditionDetail(Schema):
    """An edition, its programme and what completing it asks. `left` are the free seats, null
    where they are not limited; `link` and `mine` are for callers who are enrolled (`link` for
    staff too)."""

    edition = fields.Nested(OpenEdition)
    course = fields.String(attribute="course.key")
    programme = fields.List(fields.Nested(Session))
    rule = fields.Nested(Explanation, allow_none=True)
    left = fields.Integer(allow_none=True)
    link = fields.String(allow_none=True)
    mine = fields.Nested(MyEdition, allow_none=True)
