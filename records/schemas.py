"""What completion records look like as JSON."""

from __future__ import annotations

import marshmallow as ma

from app.api import Page, Schema


class Filter(Page):
    """Which records: `activity` is a key ("modules/m1"), without one those of every activity that
    was entered by itself; `since` asks for what has an event at or after that time."""

    activity = ma.fields.String(load_default=None)
    status = ma.fields.String(load_default=None)
    since = ma.fields.AwareDateTime(load_default=None)


class Completions(Schema):
    """Each record holds the columns that the plugins of this house contribute: `person`, `name`,
    `email`, `country`, `organisation`, `activity`, `title`, `status`, `share` and `score` (0-1),
    `begun` and `completed` (ISO 8601, UTC), `time_spent` (an ISO 8601 duration), `registration`,
    and with certificates `certificate`, `awarded`, `revoked`. An erased person has no name."""

    items = ma.fields.List(ma.fields.Dict(keys=ma.fields.String()), required=True)
    next = ma.fields.String(allow_none=True)
