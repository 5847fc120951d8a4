"""Pages for administrators: people and their roles, the mail that went out, jobs, the audit."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from werkzeug.wrappers import Response

from app import (
    activities,
    audit,
    erasure,
    outbox,
    people,
    permissions,
    places,
    plugins,
    record,
    web,
)
from app.admin_forms import Erase, GiveRole
from app.errors import Invalid
from app.models import Person
from app.web import Link

pages = web.Pages("admin", __name__)

_LINKS = (
    Link(_l("Overview"), "admin.index", 10, "admin"),
    Link(_l("People"), "admin.find", 20, "admin"),
    Link(_l("Mail"), "admin.mails", 70, "admin"),
    Link(_l("Jobs"), "admin.jobs", 80, "admin"),
    Link(_l("Audit"), "admin.entries", 90, "admin"),
)


def navigation(person: Person | None) -> list[Link]:
    """The way in, and the pages inside, for administrators alone."""
    if not permissions.may(person, "people.read"):
        return []
    return [Link(_l("Administration"), "admin.index", 80, "account"), *_LINKS]


def _staff(name: str) -> Person:
    """Who reads, when she may; sends a stranger to the sign-in page. Raises Forbidden."""
    person = web.signed_in()
    permissions.demand(person, name)
    return person


@pages.get("/admin")
def index() -> Any:
    by = _staff("people.read")
    return render_template("admin/index.html", panels=web.panels("admin", by))


@pages.get("/admin/people")
def find() -> Any:
    by = _staff("people.read")
    asked = {name: request.args.get(name) or None for name in ("words", "role", "country", "state")}
    found, further = people.find_page(
        people.Wanted(**asked), by=by, cursor=request.args.get("cursor")
    )
    return render_template(
        "admin/people.html",
        people=found,
        asked=asked,
        further=further,
        roles=permissions.ROLE_WORDS,
        countries=dict(places.countries(web.language())),
    )


@pages.get("/admin/people/<uuid:person_id>")
def one(person_id: UUID) -> Any:
    by = _staff("people.read")
    return _page(people.get(person_id, by=by), by, _role_form())


def _page(person: Person, by: Person, form: GiveRole) -> Any:
    told, older = record.statements(
        person,
        language=web.language(),
        name=person.name,
        cursor=request.args.get("cursor"),
        limit=20,
    )
    entries, _more = audit.find_page(audit.Wanted(person=person.id), by=by, limit=20)
    values = {
        "one": person,
        "form": form,
        "registrations": record.registrations_of(person, language=web.language()),
        "panels": web.panels("person", person),
        "statements": told,
        "older": older,
        "entries": entries,
        "roles": permissions.ROLE_WORDS,
        "acts": plugins.acts(),
        "countries": dict(places.countries(web.language())),
    }
    return render_template("admin/person.html", **values), form.status


def _role_form() -> GiveRole:
    return GiveRole(tops=activities.tops(), language=web.language())


@pages.post("/admin/people/<uuid:person_id>/roles")
def give_role(person_id: UUID) -> Any:
    by = _staff("people.write")
    person = people.get(person_id, by=by)
    form = _role_form()
    if form.validate():
        try:
            where = activities.get(form.activity.data) if form.activity.data else None
            people.grant(person, form.role.data, where, by=by)
            return _back(person, _("The role is given."))
        except Invalid as invalid:
            form.refuse(invalid)
    return _page(person, by, form)


@pages.post("/admin/people/<uuid:person_id>/roles/<uuid:grant_id>/take")
def take_role(person_id: UUID, grant_id: UUID) -> Any:
    by = _staff("people.write")
    person = people.get(person_id, by=by)
    people.take(person, grant_id, by=by)
    return _back(person, _("The role is removed."))


@pages.post("/admin/people/<uuid:person_id>/active")
def set_active(person_id: UUID) -> Any:
    by = _staff("people.write")
    person = people.get(person_id, by=by)
    wanted = request.form.get("active") == "yes"
    people.set_active(person, wanted, by=by)
    return _back(person, _("The account is open.") if wanted else _("The account is closed."))


@pages.route("/admin/people/<uuid:person_id>/erase", methods=["GET", "POST"])
def erase(person_id: UUID) -> Any:
    by = _staff("people.write")
    person = people.get(person_id, by=by)
    form = Erase()
    if form.validate_on_submit():
        try:
            erasure.check(person, **form.values())
            erasure.erase(person, by=by)
            return _back(person, _("The account is erased."))
        except Invalid as invalid:
            form.refuse(invalid)
    return render_template("admin/erase.html", one=person, form=form), form.status


def _back(person: Person, sentence: str) -> Response:
    flash(sentence, "success")
    return redirect(url_for("admin.one", person_id=person.id), 303)


@pages.get("/admin/mail")
def mails() -> Any:
    by = _staff("mail.read")
    found, older = outbox.mails(by=by, cursor=request.args.get("cursor"))
    return render_template(
        "admin/mails.html", mails=found, older=older, state=outbox.state, kept=outbox.KEPT.days
    )


@pages.get("/admin/mail/<int(max=2147483647):mail_id>")
def mail(mail_id: int) -> Any:
    by = _staff("mail.read")
    found = outbox.get_mail(mail_id, by=by)
    return render_template("admin/mail.html", mail=found, text=outbox.text(found))


@pages.get("/admin/jobs")
def jobs() -> Any:
    by = _staff("jobs.read")
    found, older = outbox.failed(by=by, cursor=request.args.get("cursor"))
    return render_template("admin/jobs.html", jobs=found, older=older, state=outbox.state)


@pages.post("/admin/jobs/<int(max=2147483647):job_id>/replay")
def replay(job_id: int) -> Any:
    outbox.replay(job_id, by=_staff("jobs.write"))
    flash(_("The job is tried again now."), "success")
    return redirect(url_for("admin.jobs"), 303)


@pages.get("/admin/audit")
def entries() -> Any:
    by = _staff("audit.read")
    asked = {name: request.args.get(name) or None for name in ("words", "action")}
    wanted = audit.Wanted(words=asked["words"], action=asked["action"])
    found, older = audit.find_page(wanted, by=by, cursor=request.args.get("cursor"))
    return render_template(
        "admin/audit.html",
        entries=found,
        older=older,
        asked=asked,
        actions=audit.actions(by=by),
        acts=plugins.acts(),
    )
