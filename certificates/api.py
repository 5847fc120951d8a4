"""Certificates through the API: hers, anybody's check, the file, correction, revocation, awards."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any
from uuid import UUID

from flask import Response

from app import api, web
from app.models import Person
from certificates import schemas
from certificates.models import Certificate
from certificates.service import bundling, changing, finding, printing, releases, releasing, roster

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
    """Revoke a certificate. The completed progress stays; no rule awards it again."""
    return changing.revoke(finding.get_to_revoke(person, public_id), by=person, **asked)


@blueprint.delete("/certificates/<public_id>/revocation")
@blueprint.response(200, schemas.StaffCertificate)
@api.needs("staff")
def give_back(public_id: str, person: Person) -> Certificate:
    """Lift a revocation: the same certificate is valid again."""
    return changing.give_back(finding.get_to_revoke(person, public_id), by=person)


@blueprint.get("/activities/<path:key>/awards")
@blueprint.arguments(schemas.AwardsFilter, location="query")
@blueprint.response(200, api.list_of(schemas.Award))
@api.needs("staff")
def awards(asked: dict[str, Any], key: str, person: Person) -> Any:
    """Everybody registered in what staff award certificates of, by name."""
    page = {name: asked.pop(name) for name in ("cursor", "limit")}
    activity = roster.get_activity(key, by=person)
    items, following = roster.find_page(
        activity, roster.Wanted(**asked), by=person, language=web.language(), **page
    )
    return {"items": items, "next": following}


@blueprint.post("/activities/<path:key>/awards/preview")
@blueprint.arguments(schemas.AwardPreview)
@blueprint.response(201, schemas.AwardRelease)
@api.needs("staff")
def preview(asked: dict[str, Any], key: str, person: Person) -> Any:
    """Who would get a certificate, and who is left out and why. Nothing is awarded yet."""
    activity = roster.get_activity(key, by=person)
    release = releasing.prepare(
        activity,
        asked["sort"],
        by=person,
        chosen=asked["registrations"],
        wanted=releasing.asked_for(asked["sort"], asked["words"], asked["state"]),
    )
    return _release(release)


@blueprint.post("/activities/<path:key>/awards")
@blueprint.arguments(schemas.AwardConfirmation)
@blueprint.response(200, schemas.AwardRelease)
@api.needs("staff")
def award(asked: dict[str, Any], key: str, person: Person) -> Any:
    """Award the certificates of a preview: some at once, many in the background. Once only."""
    activity = roster.get_activity(key, by=person)
    release = releases.get(asked["preview"], by=person, activity=activity)
    return _release(releasing.confirm(release, by=person))


@blueprint.get("/releases/<uuid:release_id>")
@blueprint.response(200, schemas.AwardRelease)
@api.needs("staff")
def progress(release_id: UUID, person: Person) -> Any:
    """A preview, or how far its award is."""
    return _release(releases.get(release_id, by=person))


@blueprint.get("/releases/<uuid:release_id>/people")
@blueprint.arguments(schemas.AwardListedPage, location="query")
@blueprint.response(200, api.list_of(schemas.AwardListed))
@api.needs("staff")
def people_of(asked: dict[str, Any], release_id: UUID, person: Person) -> Any:
    """Those on a list that staff award from, by name: who gets one, or who is left out and why."""
    items, following = releases.people_of(releases.get(release_id, by=person), **asked)
    return {"items": items, "next": following}


@blueprint.get("/activities/<path:key>/certificates.zip")
@blueprint.arguments(schemas.CertificatesPart, location="query")
@blueprint.response(200, {"type": "string", "format": "binary"}, content_type="application/zip")
@api.needs("staff")
def bundle(asked: dict[str, Any], key: str, person: Person) -> Response:
    """The valid certificates of an activity as PDF files in one ZIP, with index.csv."""
    sheaves = bundling.gather(roster.get_activity(key, by=person), by=person, **asked)
    return Response(bundling.zipped(sheaves), mimetype="application/zip")


def _release(release: Any) -> dict[str, Any]:
    return {
        **{name: getattr(release, name) for name in ("id", "activity", "sort", "prepared_at")},
        **{name: getattr(release, name) for name in ("confirmed_at", "done_at")},
        **asdict(releases.summary(release)),
    }
