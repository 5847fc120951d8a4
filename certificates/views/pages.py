"""Pages of one certificate: the public check, her file and her name, revocation by staff."""

from __future__ import annotations

from io import BytesIO
from typing import Any

from flask import flash, redirect, render_template, send_file, url_for
from flask_babel import gettext as _

from app import db, permissions, web
from app.config import LANGUAGES
from app.errors import Invalid
from certificates import wording
from certificates.forms import CorrectionForm, RevocationForm
from certificates.models import Certificate
from certificates.service import changing, finding, printing

pages = web.Pages("certificates", "certificates")


def said(one: Certificate) -> dict[str, Any]:
    """A certificate as pages say it, in the reader's language."""
    title = finding.title(one, web.language())
    return {
        "public_id": one.public_id,
        "person_id": one.person_id,
        "number": one.number,
        "name": one.name,
        "sort": one.sort,
        "heading": wording.heading(one.sort),
        "title": title,
        "occasion": wording.when(one.occasion, one.awarded_at, title) if one.occasion else None,
        "language": LANGUAGES.get(one.language, one.language),
        "printable": one.printable and bool(one.name),
        "awarded": wording.day(one.awarded_at),
        "corrected": wording.day(one.corrected_at) if one.corrected_at else None,
        "revoked": wording.day(one.revoked_at) if one.revoked_at else None,
        "reason": one.revocation_reason,
    }


@pages.get("/certificates/<public_id>")
def check(public_id: str) -> Any:
    found = finding.get(public_id)
    page = render_template(
        "certificates/check.html",
        certificate=said(found),
        now=db.now(),
        statement=wording.statement(found.sort, course=found.occasion is not None),
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
    page = render_template(template, form=form, certificate=said(certificate), **more)
    return page, 422 if form.errors else 200
