"""What the catalogue, a way and a lesson look like as JSON."""

from __future__ import annotations

import marshmallow as ma

from app.api import Page, Schema
from app.config import LANGUAGES
from app.schemas import Explanation
from courses.offers import TYPES

fields = ma.fields


class Facets(Page):
    """What is looked for: one of a facet's values is enough, every facet counts. `place` is
    "online", "on_request" or a city of the list."""

    type = fields.List(fields.String(validate=ma.validate.OneOf(TYPES)), load_default=list)
    language = fields.List(
        fields.String(validate=ma.validate.OneOf(list(LANGUAGES))), load_default=list
    )
    place = fields.List(fields.String(validate=ma.validate.Length(max=100)), load_default=list)

    class Meta:
        unknown = ma.RAISE


class Offer(Schema):
    """An annual course, a module or a training on request. `languages` is empty, and `length`
    null, where nothing is published."""

    slug = fields.String()
    key = fields.String()
    type = fields.String(validate=ma.validate.OneOf(TYPES))
    title = fields.String()
    summary = fields.String(allow_none=True)
    languages = fields.List(fields.String())
    place = fields.String()
    place_words = fields.String()
    length = fields.String(allow_none=True)
    in_preparation = fields.Boolean()
    url = fields.String()


class OfferDetail(Offer):
    """All that is known: `facts` as they are published, `words` in one language, and what
    search engines are told (schema.org)."""

    facts = fields.Dict()
    words = fields.Dict()
    structured = fields.Dict()


class Catalogue(Schema):
    """What answers to the facets, and how many each value of a facet would show in all."""

    items = fields.List(fields.Nested(Offer))
    next = fields.String(allow_none=True)
    facets = fields.Dict(
        keys=fields.String(), values=fields.Dict(keys=fields.String(), values=fields.Integer())
    )


class Station(Schema):
    """A stop on the way; `state` is "done", "here" or "ahead"."""

    title = fields.String()
    kind = fields.String()
    state = fields.String(validate=ma.validate.OneOf(["done", "here", "ahead"]))
    url = fields.String(allow_none=True)
    note = fields.String(allow_none=True)


class ModuleDetail(OfferDetail):
    """A module with its stations and what completes it."""

    stations = fields.List(fields.Nested(Station))
    rule = fields.Nested(Explanation, allow_none=True)


class Registration(Schema):
    """Somebody's passage through a module. `share` is 0-1 of what was required when it began;
    `saved` is the time of the last thing that was kept; `place` is where she stopped."""

    id = fields.UUID(attribute="registration.id")
    activity = fields.String(attribute="activity.key")
    titles = fields.Dict(keys=fields.String(), values=fields.String(), attribute="activity.titles")
    opened = fields.AwareDateTime(attribute="registration.opened_at")
    closed = fields.AwareDateTime(attribute="registration.closed_at", allow_none=True)
    completed = fields.AwareDateTime(attribute="done_at", allow_none=True)
    saved = fields.AwareDateTime(attribute="saved_at", allow_none=True)
    share = fields.Float(allow_none=True)
    place = fields.String(attribute="registration.resume", allow_none=True)
    resume = fields.String(allow_none=True)
    stations = fields.List(fields.Nested(Station))
    rule = fields.Nested(Explanation, allow_none=True)


class Lesson(Schema):
    """The text of a lesson. `opening` is sent back with its completion, so that the time spent is
    known; `review` says who has read the text (drafted: nobody yet)."""

    activity = fields.String()
    title = fields.String()
    language = fields.String()
    markdown = fields.String()
    html = fields.String()
    objectives = fields.List(fields.String())
    cites = fields.List(fields.Dict())
    words = fields.Integer()
    minutes = fields.Integer()
    review = fields.String()
    done = fields.Boolean()
    opening = fields.String()


class Completion(Schema):
    """`opening` comes with the lesson; without it the time spent stays unknown."""

    opening = fields.String(load_default=None, validate=ma.validate.Length(max=500))


class Place(Schema):
    """Where she stopped: the key of something inside ("modules/m1/l2")."""

    activity = fields.String(required=True, validate=ma.validate.Length(max=300))
