"""What completion records and the views of them look like as JSON."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import marshmallow as ma

from app.api import Page, Schema
from app.exports import Filter
from records.service.asking import SORTS, STATUSES


def _words(text: str, **more: Any) -> ma.fields.String:
    return ma.fields.String(load_default=None, metadata={"description": text, **more})


class Question(Schema):
    """Which records; without an activity, those of every activity that was entered by itself."""

    class Meta:
        unknown = ma.EXCLUDE

    activity = _words("What was done there, by its key: modules/m1")
    course = _words("What was entered inside a course or module, by its key")
    edition = _words("What was entered in an edition, by its key")
    status = _words("One of: " + ", ".join(STATUSES))
    since = ma.fields.AwareDateTime(
        load_default=None, metadata={"description": "With its last event at or after this time"}
    )
    until = ma.fields.AwareDateTime(
        load_default=None, metadata={"description": "With its last event before this time"}
    )
    words = _words("In the name or the address, whatever their case and accents")
    sort = _words("One of: " + ", ".join(SORTS))
    view = ma.fields.UUID(
        load_default=None,
        metadata={
            "description": "A view of yours: its columns, and its filters where none is sent"
        },
    )


class Completions(Schema):
    """Each record holds the columns that the plugins of this house contribute: `person`, `name`,
    `email`, `country`, `organisation`, `activity`, `title`, `status`, `share` and `score` (0-1),
    `begun` and `completed` (ISO 8601, UTC), `time_spent` (an ISO 8601 duration), `registration`,
    and with certificates `certificate`, `awarded`, `revoked`; or those of the view, in its order.
    An erased person has no name."""

    items = ma.fields.List(ma.fields.Dict(keys=ma.fields.String()), required=True)
    next = ma.fields.String(allow_none=True)


def question(filters: Iterable[Filter]) -> type[ma.Schema]:
    """Question, with the filters that the plugins of a house contribute."""
    more: dict[str, Any] = {
        one.name: _words(f"A value of the filter “{one.label}”") for one in filters
    }
    return Question.from_dict(more, name="CompletionsQuestion")


def question_of_page(filters: Iterable[Filter]) -> type[ma.Schema]:
    """The same for a page of a list: with `cursor` and `limit`."""
    fields: dict[str, Any] = {name: Page._declared_fields[name] for name in ("cursor", "limit")}
    return question(filters).from_dict(fields, name="CompletionsPage")


class ChangedView(Schema):
    """What changes of a view; what is not sent stays."""

    name = ma.fields.String()
    columns = ma.fields.List(
        ma.fields.String(), metadata={"description": "Names of columns, in their order"}
    )
    filters = ma.fields.Dict(
        keys=ma.fields.String(),
        values=ma.fields.String(),
        metadata={"description": "By parameter, as /completions takes them; never `words`"},
    )
    sort = ma.fields.String(metadata={"description": "One of: " + ", ".join(SORTS)})


class NewView(ChangedView):
    """A view of the completions that its owner keeps for herself."""

    name = ma.fields.String(required=True)
    columns = ma.fields.List(
        ma.fields.String(),
        required=True,
        metadata={"description": "Names of columns, in their order"},
    )


class KeptView(Schema):
    """A view: `filters` are values by parameter, as /completions takes them."""

    id = ma.fields.UUID()
    name = ma.fields.String()
    columns = ma.fields.List(ma.fields.String())
    filters = ma.fields.Dict(keys=ma.fields.String(), values=ma.fields.String())
    sort = ma.fields.String()
    created_at = ma.fields.AwareDateTime()
    changed_at = ma.fields.AwareDateTime()
