"""Seats, invitations and cohorts as JSON."""

from __future__ import annotations

from typing import Any

import marshmallow as ma

from app.api import Page, Schema
from app.config import LANGUAGES
from cohorts import models


class Enrolled(Schema):
    id = ma.fields.UUID(required=True)
    name = ma.fields.String()
    email = ma.fields.String(allow_none=True)


class SeatOffer(Schema):
    """Who is to have a seat. `name` and `language` are for the invitation of an address that has
    no confirmed account; `cohort` is the id of a cohort of the edition or of its course."""

    email = ma.fields.String(required=True)
    name = ma.fields.String(load_default=None)
    language = ma.fields.String(load_default=None, validate=ma.validate.OneOf(list(LANGUAGES)))
    cohort = ma.fields.UUID(load_default=None, allow_none=True)


class Enrolment(Schema):
    id = ma.fields.UUID(required=True)
    person = ma.fields.Nested(Enrolled, required=True)
    registration = ma.fields.UUID(attribute="registration_id")
    state = ma.fields.String()
    source = ma.fields.String()
    enrolled_at = ma.fields.AwareDateTime()
    withdrawn_at = ma.fields.AwareDateTime(allow_none=True)


class Invitation(Schema):
    """`expires_on` is the last day on which it is answered; then it is erased."""

    id = ma.fields.UUID(required=True)
    email = ma.fields.String()
    name = ma.fields.String()
    language = ma.fields.String()
    invited_at = ma.fields.AwareDateTime(attribute="created_at")
    mailed_at = ma.fields.AwareDateTime(allow_none=True)
    expires_on = ma.fields.Date()


class Given(Schema):
    """What came of an offer: an enrolment, or an invitation that keeps a seat."""

    enrolment = ma.fields.Nested(Enrolment, allow_none=True)
    invitation = ma.fields.Nested(Invitation, allow_none=True)


def given(made: models.Enrolment | models.Invitation) -> dict[str, Any]:
    seat = isinstance(made, models.Enrolment)
    return {"enrolment": made if seat else None, "invitation": None if seat else made}


class WantedCohorts(Page):
    """`activity` is the key of a course or an edition ("editions/moshi-2027")."""

    activity = ma.fields.String(load_default=None)


class NewCohort(Schema):
    """`activity` is the key of a course or an edition; without one the cohort is of the whole
    house, for administrators."""

    name = ma.fields.String(required=True)
    activity = ma.fields.String(load_default=None, allow_none=True)


class Renamed(Schema):
    name = ma.fields.String(required=True)


class Cohort(Schema):
    id = ma.fields.UUID(required=True)
    name = ma.fields.String()
    activity = ma.fields.String(allow_none=True)
    people = ma.fields.Integer(allow_none=True)


def cohort(one: models.Cohort, people: int | None = None) -> dict[str, Any]:
    return {
        "id": one.id,
        "name": one.name,
        "activity": one.activity.key if one.activity else None,
        "people": people,
    }


class Address(Schema):
    email = ma.fields.String(required=True)


class Into(Schema):
    """`edition` is its slug."""

    edition = ma.fields.String(required=True)


class Count(Schema):
    enrolled = ma.fields.Integer(required=True)
