"""Certificates through the API: hers, anybody's check, the file, correction and revocation."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Response

from app import api
from app.models import Person
from certificates import schemas
from certificates.models import Certificate
from certificates.service import changing, finding, printing

blueprint = api.Blueprint("certificates", __name__)


@blueprint.get("/certificates")
@blueprint.arguments(api.Page, location="query")
@blueprint.response(200, api.list_of(schemas.OwnCertificate))
@api.needs("read")
def mine(asked: dict[str, Any], person: Person) -> Any:
    """The caller's certificates, the newest first."""
    items, following = finding.page_of(person, **asked)
    return {"items": items, "next": following}


@blueprint.get("/people/<uuid:person_id>/certificates")
@blueprint.arguments(api.Page, location="query")
@blueprint.response(200, api.list_of(schemas.StaffCertificate))
@api.needs("staff")
def of_person(asked: dict[str, Any], person_id: UUID, person: Person) -> Any:
    """Somebody's certificates, for staff who may revoke them."""
    items, following = finding.revocable_page(person, person_id, **asked)
    return {"items": items, "next": following}


@blueprint.get("/certificates/<public_id>")
@blueprint.response(200, schemas.PublicCertificate)
def check(public_id: str) -> Certificate:
    """Whether a certificate is valid. Public; the id may be typed in any case, with spaces."""
    return finding.get(public_id)


@blueprint.get("/certificates/<public_id>.pdf")
@blueprint.response(200, {"type": "string", "format": "binary"}, content_type="application/pdf")
@api.needs("read")
def file(public_id: str, person: Person) -> Response:
    """The caller's certificate as a tagged PDF, drawn now."""
    return Response(printing.pdf(finding.get_own(person, public_id)), mimetype="application/pdf")


@blueprint.patch("/certificates/<public_id>")
@blueprint.arguments(schemas.Correction(partial=True))
@blueprint.response(200, schemas.OwnCertificate)
@api.needs("account")
def correct(asked: dict[str, str], public_id: str, person: Person) -> Certificate:
    """Print another name or in another language, under the same number and address."""
    certificate = finding.get_own(person, public_id)
    standing = {"name": certificate.name, "language": certificate.language}
    return changing.correct(certificate, by=person, **{**standing, **asked})


@blueprint.post("/certificates/<public_id>/revocation")
@blueprint.arguments(schemas.Revocation)
@blueprint.response(200, schemas.StaffCertificate)
@api.needs("staff")
def revoke(asked: dict[str, str], public_id: str, person: Person) -> Certificate:
    """Take a certificate back. The completed progress stays; no rule awards it again."""
    return changing.revoke(finding.get_to_revoke(person, public_id), by=person, **asked)


@blueprint.delete("/certificates/<public_id>/revocation")
@blueprint.response(200, schemas.StaffCertificate)
@api.needs("staff")
def give_back(public_id: str, person: Person) -> Certificate:
    """Lift a revocation: the same certificate is valid again."""
    return changing.give_back(finding.get_to_revoke(person, public_id), by=person)
