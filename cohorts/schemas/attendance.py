"""The list of a session as JSON."""

from __future__ import annotations

import marshmallow as ma

from app.api import Page, Schema
from cohorts.attendance import MARKS

fields = ma.fields

_MARK = ma.validate.OneOf(MARKS)


class Asked(Page):
    """Who is asked for: `words` stand in the name or the address."""

    words = fields.String(load_default=None, validate=ma.validate.Length(max=200))


class Attendance(Schema):
    """A person on the list; `mark` is null where she was not marked yet."""

    registration = fields.UUID(attribute="registration_id")
    person = fields.UUID(attribute="person_id")
    name = fields.String()
    mark = fields.String(allow_none=True, validate=_MARK)
    marked_by = fields.UUID(allow_none=True)
    marked_at = fields.AwareDateTime(allow_none=True)


class Marks(Schema):
    """Marks by registration. With `shown`, the marks that the list had before (null: none), one
    that was changed by somebody else meanwhile is left as it is, and comes back."""

    marks = fields.Dict(
        keys=fields.UUID(), values=fields.String(validate=_MARK), required=True,
        validate=ma.validate.Length(min=1, max=1000),
    )  # fmt: skip
    shown = fields.Dict(
        keys=fields.UUID(), values=fields.String(allow_none=True), load_default=None
    )


class Marked(Schema):
    """How many marks were written, and those that somebody else changed meanwhile."""

    saved = fields.Integer()
    meanwhile = fields.List(fields.Nested(Attendance))
