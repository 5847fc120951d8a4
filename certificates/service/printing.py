"""Printing: the file of a certificate, drawn afresh each time it is asked for."""

from __future__ import annotations

from flask_babel import force_locale
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l

from app import passage
from app.errors import Invalid
from certificates import drawing, wording
from certificates.models import Certificate
from certificates.service import finding


def pdf(certificate: Certificate) -> bytes:
    """The certificate drawn afresh. Raises Invalid when its name cannot be printed."""
    if not certificate.name:
        raise Invalid({"name": _l("Enter your name for the certificate first.")})
    with force_locale(certificate.language):
        stations = passage.stations(certificate.activity, None, language=certificate.language)
        sheet = wording.sheet(
            lang=certificate.language,
            name=certificate.name,
            title=finding.title(certificate),
            number=certificate.number,
            public_id=certificate.public_id,
            url=finding.public_url(certificate),
            awarded_at=certificate.awarded_at,
            drawn_at=certificate.corrected_at or certificate.awarded_at,
            minutes=certificate.minutes,
            stations=[(one.kind, one.title) for one in stations],
        )
    try:
        return drawing.pdf(sheet)
    except drawing.Unprintable as wrong:
        sentence = _l("We have no font for some letters of this name. Write the name in others.")
        raise Invalid({"name": sentence}, sentence) from wrong


def size(certificate: Certificate) -> int | None:
    """How many bytes the file will have; None when its name cannot be printed."""
    try:
        return len(pdf(certificate))
    except Invalid:
        return None


def file_name(certificate: Certificate) -> str:
    """What the file is called on her machine."""
    with force_locale(certificate.language):
        words = f"{_('Certificate')} {certificate.number} {certificate.name}"
    return words.replace("/", "-").strip()[:120] + ".pdf"
