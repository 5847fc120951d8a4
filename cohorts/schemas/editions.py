"""What an edition looks like as JSON, and which are asked for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marshmallow import fields, validate

from app.api import Page, Schema
from app.config import LANGUAGES
from app.schemas import Explanation
from cohorts.service import editions, listing

_LANGUAGE = validate.OneOf(list(LANGUAGES))


class Titles(Schema):
    """Words in every language."""

    en = fields.String(required=True)
    fr = fields.String(required=True)
    es = fields.String(required=True)


class Asks(Schema):
    """What completing an edition asks; null or left out: not asked. `attendance` is the share
    (0-1) of all planned sessions, `quiz` the key of the final quiz, `minimum` its least score
    (0-1), `modules` the keys of what must be completed besides."""

    attendance = fields.Float(load_default=None, allow_none=True)
    quiz = fields.String(load_default=None, allow_none=True)
    minimum = fields.Float(load_default=None, allow_none=True)
    modules = fields.List(fields.String(), load_default=list, validate=validate.Length(max=50))


class Facts(Schema):
    """The facts of an edition; what is not sent stays. Days are those of `timezone`."""

    titles = fields.Nested(Titles)
    starts_on = fields.Date()
    ends_on = fields.Date()
    timezone = fields.String(metadata={"description": "tz database"})
    mode = fields.String(validate=validate.OneOf(editions.MODES))
    place = fields.String(allow_none=True)
    link = fields.String(allow_none=True)
    languages = fields.List(fields.String(validate=_LANGUAGE), validate=validate.Length(max=20))
    seats = fields.Integer(strict=True, allow_none=True)


class NewEdition(Facts):
    """An edition to open. `course` is a key ("courses/iml-moshi"); address and titles that are
    left out are made of the course's, the place and the year."""

    course = fields.String(required=True)
    slug = fields.String(load_default=None)
    starts_on = fields.Date(required=True)
    ends_on = fields.Date(required=True)
    timezone = fields.String(required=True, metadata={"description": "tz database"})
    mode = fields.String(required=True, validate=validate.OneOf(editions.MODES))
    languages = fields.List(
        fields.String(validate=_LANGUAGE), required=True, validate=validate.Length(1, 20)
    )


class NewState(Schema):
    """What an edition is to be: "open" (published, or opened again), "closed", "cancelled"."""

    state = fields.String(required=True, validate=validate.OneOf(editions.STATES[1:]))


class Wanted(Page):
    """Which editions; `course` is a key."""

    course = fields.String(load_default=None)
    state = fields.String(load_default=None, validate=validate.OneOf(editions.STATES))
    when = fields.String(load_default=None, validate=validate.OneOf(listing.WHEN))


class Edition(Schema):
    """An edition as staff see it in a list."""

    slug = fields.String(attribute="edition.slug")
    key = fields.String(attribute="edition.activity.key")
    course = fields.String(attribute="course.key")
    titles = fields.Nested(Titles, attribute="edition.activity.titles")
    state = fields.String(attribute="edition.state", validate=validate.OneOf(editions.STATES))
    when = fields.String(validate=validate.OneOf(listing.WHEN))
    starts_on = fields.Date(attribute="edition.starts_on")
    ends_on = fields.Date(attribute="edition.ends_on")
    timezone = fields.String(attribute="edition.timezone")
    mode = fields.String(attribute="edition.mode", validate=validate.OneOf(editions.MODES))
    place = fields.String(attribute="edition.place", allow_none=True)
    languages = fields.List(fields.String(), attribute="edition.languages")
    seats = fields.Integer(attribute="edition.seats", allow_none=True)
    taken = fields.Integer()
    sessions = fields.Integer()


class Overview(Edition):
    """All that staff see of an edition. `to_do` names what is left: "sessions" (none is planned
    though attendance is asked), "publish" (it is a draft), "people" (nobody is enrolled)."""

    link = fields.String(attribute="edition.link", allow_none=True)
    asks = fields.Nested(Asks, attribute="edition.asks")
    rule = fields.Nested(Explanation, allow_none=True)
    to_do = fields.List(fields.String())


def items(page: tuple[Any, str | None]) -> Mapping[str, Any]:
    """{"items": [...], "next": cursor or null}"""
    found, following = page
    return {"items": found, "next": following}
