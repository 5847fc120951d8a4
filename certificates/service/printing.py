"""Printing: the file of a certificate, drawn afresh each time it is asked for."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from uuid import UUID

from flask_babel import force_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from sqlalchemy import select

from app import activities, completion, db, passage
from app.errors import Invalid
from app.models import Activity, Progress, activity_id
from app.passage import Station
from certificates import drawing, wording
from certificates.drawing import Sheet
from certificates.models import Certificate
from certificates.service import finding


def pdf(certificate: Certificate) -> bytes:
    """The certificate drawn afresh. Raises Invalid when its name cannot be printed."""
    if not certificate.name:
        raise Invalid({"name": _l("Enter your name for the certificate first.")})
    (sheet,) = sheets([certificate])
    try:
        return drawing.pdf(sheet)
    except drawing.Unprintable as wrong:
        sentence = _l("We have no font for some letters of this name. Write the name in others.")
        raise Invalid({"name": sentence}, sentence) from wrong


def sheets(certificates: Sequence[Certificate]) -> list[Sheet]:
    """The words of several certificates: as many queries for a thousand as for one."""
    done = _done([one.registration_id for one in certificates if one.occasion is not None])

    @cache
    def way(activity: Activity, language: str) -> list[Station]:
        with force_locale(language):
            return passage.stations(activity, None, language=language)

    return [_sheet(one, _gone(one, way(one.activity, one.language), done)) for one in certificates]


def _sheet(certificate: Certificate, stations: list[Station]) -> Sheet:
    with force_locale(certificate.language):
        return wording.sheet(
            lang=certificate.language,
            sort=certificate.sort,
            name=certificate.name,
            title=finding.title(certificate),
            number=certificate.number,
            public_id=certificate.public_id,
            url=finding.public_url(certificate),
            awarded_at=certificate.awarded_at,
            drawn_at=certificate.corrected_at or certificate.awarded_at,
            minutes=certificate.minutes,
            occasion=certificate.occasion,
            stations=[(one.kind, one.title) for one in stations],
        )


def _done(registrations: Sequence[UUID]) -> set[tuple[UUID, UUID]]:
    """What was done (an attended session, a passed quiz) in each of these registrations."""
    if not registrations:
        return set()
    rows = select(Progress.registration_id, Progress.activity_id).where(
        Progress.registration_id.in_(registrations), Progress.status.in_(completion.DONE)
    )
    return {(row.registration_id, row.activity_id) for row in db.session().execute(rows)}


def _gone(
    certificate: Certificate, way: list[Station], done: set[tuple[UUID, UUID]]
) -> list[Station]:
    """The stations to draw: of a course those alone at which she was."""
    if certificate.occasion is None:
        return way
    hers = certificate.registration_id
    return [one for one in way if one.key and (hers, activity_id(activities.iri(one.key))) in done]


def file_name(certificate: Certificate) -> str:
    """What the file is called on her machine."""
    with force_locale(certificate.language):
        words = f"{_('Certificate')} {certificate.number} {certificate.name}"
    return words.replace("/", "-").strip()[:120] + ".pdf"
