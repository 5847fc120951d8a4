"""What certificates look like as JSON."""

from __future__ import annotations

from typing import Any

import marshmallow as ma

from app.api import Schema
from certificates.models import Certificate
from certificates.service import finding


class PublicCertificate(Schema):
    """What anybody may know of a certificate. `name` is null once its holder erased her account.
    `status` is "valid" or "revoked"; `title` says it in each language."""

    public_id = ma.fields.String()
    number = ma.fields.String()
    status = ma.fields.Function(
        lambda one: "revoked" if one.revoked_at else "valid",
        metadata={"type": "string", "enum": ["valid", "revoked"]},
    )
    name = ma.fields.Function(lambda one: one.name or None, metadata={"type": ["string", "null"]})
    activity = ma.fields.String(attribute="activity.key")
    title = ma.fields.Dict(keys=ma.fields.String(), values=ma.fields.String(), attribute="titles")
    language = ma.fields.String()
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
    """Why it is taken back: for staff and the audit, never on the public page."""

    reason = ma.fields.String(required=True)
