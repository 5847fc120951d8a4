"""What certificates look like as JSON."""

from __future__ import annotations

from typing import Any

import marshmallow as ma

from app.api import Page, Schema
from certificates import marks
from certificates.models import Certificate
from certificates.service import finding, releasing, roster


class PublicCertificate(Schema):
    """What anybody may know of a certificate. `name` is null once its holder erased her account.
    `status` is "valid" or "revoked"; `sort` "completion" or "participation"; `title` says it in
    each language. `place`, `starts` and `ends` (days there) are of what took place somewhere."""

    public_id = ma.fields.String()
    number = ma.fields.String()
    status = ma.fields.Function(
        lambda one: "revoked" if one.revoked_at else "valid",
        metadata={"type": "string", "enum": ["valid", "revoked"]},
    )
    sort = ma.fields.String(metadata={"enum": list(marks.SORTS)})
    name = ma.fields.Function(lambda one: one.name or None, metadata={"type": ["string", "null"]})
    activity = ma.fields.String(attribute="activity.key")
    title = ma.fields.Dict(keys=ma.fields.String(), values=ma.fields.String(), attribute="titles")
    language = ma.fields.String()
    place = ma.fields.Function(
        lambda one: finding.said_place(one), metadata={"type": ["string", "null"]}
    )
    starts = ma.fields.Function(
        lambda one: (one.occasion or {}).get("starts"), metadata={"type": ["string", "null"]}
    )
    ends = ma.fields.Function(
        lambda one: (one.occasion or {}).get("ends"), metadata={"type": ["string", "null"]}
    )
    awarded = ma.fields.AwareDateTime(attribute="awarded_at")
    corrected = ma.fields.AwareDateTime(attribute="corrected_at", allow_none=True)
    revoked = ma.fields.AwareDateTime(attribute="revoked_at", allow_none=True)
    url = ma.fields.Function(
        lambda one: finding.public_url(one), metadata={"type": "string", "format": "uri"}
    )


class OwnCertificate(PublicCertificate):
    """A certificate as its holder, and staff who may revoke it, see it."""

    id = ma.fields.UUID()
    registration = ma.fields.UUID(attribute="registration_id")
    minutes = ma.fields.Integer(allow_none=True)
    pdf = ma.fields.Function(
        lambda one: _pdf_path(one), metadata={"type": "string", "format": "uri-reference"}
    )


class StaffCertificate(OwnCertificate):
    """With what staff noted when it was revoked."""

    revocation_reason = ma.fields.String(allow_none=True)
    revoked_by = ma.fields.UUID(allow_none=True)


def _pdf_path(one: Certificate) -> Any:
    return f"/api/v1/certificates/{one.public_id}.pdf"


class Correction(Schema):
    """Another name, another language ("en", "fr", "es"), or both; the number stays."""

    name = ma.fields.String(required=True)
    language = ma.fields.String(required=True)


class Revocation(Schema):
    """Why it is revoked: for staff and the audit, never on the public page."""

    reason = ma.fields.String(required=True)


class AwardsFilter(Page):
    """Who of the registered: `words` of the name or the address; `state` "ready" (for a
    certificate of completion), "unmet", "awarded", "revoked" or "lapsed" (the completion was taken
    back, the certificate is still valid)."""

    words = ma.fields.String(load_default=None)
    state = ma.fields.String(
        load_default=None,
        validate=ma.validate.OneOf(list(roster.STATES)),
        metadata={"example": "ready"},
    )


class HeldCertificate(Schema):
    """A certificate on a list."""

    sort = ma.fields.String(metadata={"enum": list(marks.SORTS)})
    number = ma.fields.String()
    public_id = ma.fields.String()
    awarded = ma.fields.AwareDateTime(attribute="awarded_at")
    revoked = ma.fields.AwareDateTime(attribute="revoked_at", allow_none=True)


class Award(Schema):
    """Somebody who is registered: whether she meets the rule, since when, or what is missing, in
    words; what she holds. `closed`: she is no longer registered. `share` is 0-1 of what is
    required."""

    registration = ma.fields.UUID(attribute="registration_id")
    person = ma.fields.UUID(attribute="person_id")
    name = ma.fields.Function(lambda one: one.name or None, metadata={"type": ["string", "null"]})
    closed = ma.fields.Boolean()
    registered = ma.fields.AwareDateTime(attribute="registered_at")
    met = ma.fields.Boolean()
    met_at = ma.fields.AwareDateTime(allow_none=True)
    share = ma.fields.Float(allow_none=True)
    missing = ma.fields.List(ma.fields.String())
    state = ma.fields.String(metadata={"enum": list(roster.STATES)})
    certificates = ma.fields.List(ma.fields.Nested(HeldCertificate))


class AwardPreview(Schema):
    """Whose certificates of a sort are to be awarded: these `registrations` (at most 1,000), or
    without them everybody whom `words` and `state` select (as in the list; of completion, those
    who are ready, where nothing is said)."""

    sort = ma.fields.String(required=True, validate=ma.validate.OneOf(marks.SORTS))
    registrations = ma.fields.List(
        ma.fields.UUID(),
        load_default=None,
        allow_none=True,
        validate=ma.validate.Length(1, releasing.MOST_CHOSEN),
    )
    words = ma.fields.String(load_default=None, allow_none=True)
    state = ma.fields.String(
        load_default=None, allow_none=True, validate=ma.validate.OneOf(list(roster.STATES))
    )


class AwardConfirmation(Schema):
    """The preview that is confirmed: exactly the people on it, nobody else."""

    preview = ma.fields.UUID(required=True)


class AwardRelease(Schema):
    """A preview, or how far its award is. `state` is "previewed", "running" or "done"; `wanted`
    how many the preview showed as getting one, `mails` how many of these will be mailed;
    `left_out` counts by reason; `changed`: how many are left out since the preview."""

    id = ma.fields.UUID()
    activity = ma.fields.String(attribute="activity.key")
    sort = ma.fields.String(metadata={"enum": list(marks.SORTS)})
    state = ma.fields.String(metadata={"enum": ["previewed", "running", "done"]})
    wanted = ma.fields.Integer()
    mails = ma.fields.Integer()
    awarded = ma.fields.Integer()
    left_out = ma.fields.Dict(keys=ma.fields.String(), values=ma.fields.Integer())
    changed = ma.fields.Integer()
    prepared = ma.fields.AwareDateTime(attribute="prepared_at")
    confirmed = ma.fields.AwareDateTime(attribute="confirmed_at", allow_none=True)
    done = ma.fields.AwareDateTime(attribute="done_at", allow_none=True)


class AwardListedPage(Page):
    """`left_out`: those who get none, with the reason; else those who get one."""

    left_out = ma.fields.Boolean(load_default=False)


class AwardListed(Schema):
    """Somebody on the list of a release. `reason` is null for who gets one; `changed` says that it
    came after the preview."""

    registration = ma.fields.UUID(attribute="registration_id")
    person = ma.fields.UUID(attribute="person_id")
    name = ma.fields.Function(lambda one: one.name or None, metadata={"type": ["string", "null"]})
    mailed = ma.fields.Boolean()
    reason = ma.fields.String(allow_none=True, metadata={"enum": [*marks.REASONS, None]})
    changed = ma.fields.Boolean()


class CertificatesPart(Schema):
    """Which certificates: of a `sort`, or all; a ZIP holds 1,000 at most, `part` counts from 1."""

    class Meta:
        unknown = ma.EXCLUDE

    sort = ma.fields.String(load_default=None, validate=ma.validate.OneOf(marks.SORTS))
    part = ma.fields.Integer(load_default=1, validate=ma.validate.Range(1, 10_000))
