"""Changing: another name or language on paper, a revocation, and its end."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _l

from app import audit, db, events, people, permissions
from app.config import LANGUAGES
from app.errors import Conflict, Invalid
from app.models import Person
from certificates import drawing, names
from certificates.models import Certificate
from certificates.service import awarding


def correct(certificate: Certificate, *, by: Person, name: str, language: str) -> Certificate:
    """Print another name, or in another language, under the same number and address.

    The name is also what her later certificates will say; her account's name stays.

    Raises Invalid for a name or a language that cannot be printed, Conflict when it is revoked.
    """
    name = names.tidy(name)
    _check_words(name, language)
    _again(certificate)
    db.session().refresh(certificate.person)
    if certificate.person.erased_at is not None:  # while this waited for the lock
        raise Conflict(_l("This account was erased."))
    if certificate.revoked_at:
        raise Conflict(_l("This certificate was revoked. Its name cannot be changed."))
    before = {"name": certificate.name, "language": certificate.language}
    after = {"name": name, "language": language}
    if before == after:
        return certificate
    if name != certificate.name:
        certificate.corrected_at = db.now()
        certificate.person.certificate_name = name
    certificate.name, certificate.language, certificate.printable = name, language, True
    _note("certificate.corrected", certificate, by=by, before=before, after=after)
    return certificate


def _check_words(name: str, language: str) -> None:
    wrong: dict[str, Any] = {}
    if not name:
        wrong["name"] = _l("Enter the name as it should be printed.")
    elif len(name) > names.LONGEST:
        wrong["name"] = _l("Enter at most %(count)s characters.", count=names.LONGEST)
    elif not names.is_writable(name):
        wrong["name"] = _l("Enter a name: letters, on one line.")
    elif not drawing.is_printable(name):
        wrong["name"] = _l("We have no font for some of these letters. Write the name in others.")
    if language not in LANGUAGES:
        wrong["language"] = _l("Choose one of the languages.")
    if wrong:
        raise Invalid(wrong)


def revoke(certificate: Certificate, *, by: Person, reason: str) -> Certificate:
    """Revoke it; her completed progress stays, and no rule awards it again.

    Raises Forbidden, Invalid without a reason. Revoking twice is revoking once.
    """
    permissions.demand(by, "certificates.revoke", certificate.activity)
    reason = reason.strip()
    if not reason or len(reason) > 1000:
        raise Invalid({"reason": _l("Write the reason, in at most 1,000 characters.")})
    _again(certificate)
    if certificate.revoked_at:
        return certificate
    certificate.revoked_at = db.now()
    certificate.revoked_by = by.id
    certificate.revocation_reason = reason
    certificate.taken_back += 1
    _note("certificate.revoked", certificate, by=by, after={"reason": reason})
    events.publish(
        events.happened(
            "voided",
            certificate.registration,
            language=None,
            activity=certificate.activity,
            time=certificate.revoked_at,
            takes_back=certificate.earned_id,
            by=by,
        )
    )
    return certificate


def give_back(certificate: Certificate, *, by: Person) -> Certificate:
    """Lift a revocation: the same certificate is valid again. Doing it twice is doing it once.

    Raises Forbidden.
    """
    permissions.demand(by, "certificates.revoke", certificate.activity)
    _again(certificate)
    if not certificate.revoked_at:
        return certificate
    before = {"reason": certificate.revocation_reason}
    certificate.revoked_at = certificate.revoked_by = certificate.revocation_reason = None
    again = awarding.earned(certificate, db.now(), by=by)
    certificate.earned_id = again.id
    _note("certificate.given_back", certificate, by=by, before=before)
    events.publish(again)
    return certificate


def _again(certificate: Certificate) -> None:
    """Lock its person and read it anew, so that two acts at once see each other."""
    people.lock(certificate.person_id)
    db.session().refresh(certificate)


def _note(action: str, certificate: Certificate, *, by: Person, **values: Any) -> None:
    subject = f"certificate:{certificate.number}"
    audit.record(action, subject, actor=by, person=certificate.person, **values)
