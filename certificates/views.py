"""Pages of certificates: the public check, her file and her name, revocation by staff."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from flask import flash, redirect, render_template, send_file, url_for
from flask_babel import gettext as _

from app import db, permissions, web
from app.config import LANGUAGES
from app.errors import Invalid
from app.models import Activity, Person
from app.web import Panel
from certificates import wording
from certificates.forms import CorrectionForm, RevocationForm
from certificates.models import Certificate
from certificates.service import changing, finding, printing

pages = web.Pages("certificates", __name__)


def panels(place: str, person: Person | None, activity: Activity | None) -> list[Panel]:
    """Hers on "my learning" and on an activity's page; somebody's for staff who may revoke them."""
    reader = web.reader()
    if person is None or reader is None:
        return []
    if place == "activity" and activity is not None:
        valid = [one for one in finding.of_person(person, activity) if one.revoked_at is None]
        return [Panel("certificates/panel_activity.html", {"rows": _rows(valid)})] if valid else []
    if place == "my":
        return [Panel("certificates/panel_my.html", {"rows": _rows(finding.of_person(person))}, 60)]
    if place == "person":
        rows = _rows(finding.revocable(reader, person), sizes=False)
        return [Panel("certificates/panel_person.html", {"rows": rows}, 60)] if rows else []
    return []


def _rows(certificates: Any, *, sizes: bool = True) -> list[dict[str, Any]]:
    return [_row(one) | {"size": printing.size(one) if sizes else None} for one in certificates]


def _row(one: Certificate) -> dict[str, Any]:
    """A certificate as pages say it, in the reader's language."""
    return {
        "public_id": one.public_id,
        "person_id": one.person_id,
        "number": one.number,
        "name": one.name,
        "title": finding.title(one, web.language()),
        "language": LANGUAGES.get(one.language, one.language),
        "awarded": wording.day(one.awarded_at),
        "corrected": wording.day(one.corrected_at) if one.corrected_at else None,
        "revoked": wording.day(one.revoked_at) if one.revoked_at else None,
        "reason": one.revocation_reason,
    }


@pages.get("/certificates/<public_id>")
def check(public_id: str) -> Any:
    row = _row(finding.get(public_id))
    page = render_template(
        "certificates/check.html", certificate=row, now=db.now(), statement=wording.statement()
    )
    return page, {"X-Robots-Tag": "noindex"}


@pages.get("/my/certificates/<public_id>.pdf")
def file(public_id: str) -> Any:
    certificate = finding.get_own(web.signed_in(), public_id)
    answer = send_file(
        BytesIO(printing.pdf(certificate)),
        mimetype="application/pdf",
        as_attachment=True,
        download_name=printing.file_name(certificate),
        conditional=False,
        etag=False,
    )
    answer.headers.pop("Cache-Control", None)  # the edge says that it is private
    return answer


@pages.route("/my/certificates/<public_id>/name", methods=["GET", "POST"])
def correct(public_id: str) -> Any:
    person = web.signed_in()
    certificate = finding.get_own(person, public_id)
    form = CorrectionForm(obj=certificate)
    if form.validate_on_submit():
        try:
            changing.correct(
                certificate,
                by=person,
                name=form.name.data or "",
                language=form.language.data,
            )
        except Invalid as wrong:
            _put(form, wrong)
        else:
            flash(_("Saved. The number and the address stay the same."), "success")
            return redirect(url_for("certificates.correct", public_id=certificate.public_id))
    return _form("certificates/correct.html", form, certificate)


@pages.route("/admin/certificates/<public_id>/revocation", methods=["GET", "POST"])
def revoke(public_id: str) -> Any:
    person = web.signed_in()
    certificate = finding.get_to_revoke(person, public_id)
    form = RevocationForm()
    if form.validate_on_submit():
        try:
            changing.revoke(certificate, by=person, reason=form.reason.data or "")
        except Invalid as wrong:
            _put(form, wrong)
        else:
            flash(_("The certificate is revoked."), "success")
            return redirect(url_for("certificates.revoke", public_id=certificate.public_id))
    knows = permissions.may(person, "people.read")
    return _form("certificates/revoke.html", form, certificate, knows=knows)


@pages.post("/admin/certificates/<public_id>/revocation/lift")
def give_back(public_id: str) -> Any:
    person = web.signed_in()
    certificate = changing.give_back(finding.get_to_revoke(person, public_id), by=person)
    flash(_("The certificate is valid again."), "success")
    return redirect(url_for("certificates.revoke", public_id=certificate.public_id))


def _put(form: Any, wrong: Invalid) -> None:
    for name, sentence in wrong.fields.items():
        form[name].errors = [sentence]


def _form(template: str, form: Any, certificate: Certificate, **more: Any) -> Any:
    page = render_template(template, form=form, certificate=_row(certificate), **more)
    return page, 422 if form.errors else 200
