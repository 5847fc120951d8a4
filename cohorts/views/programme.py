"""Pages of an edition's programme: its sessions, one of them, half days with one button."""

from __future__ import annotations

from typing import Any

from flask_babel import gettext as _
from flask_babel import ngettext

from app import permissions, web
from app.errors import Invalid
from cohorts import wording
from cohorts.forms.programme import SessionForm
from cohorts.service import editions
from cohorts.service import programme as planning
from cohorts.views.door import pages, staff_page
from cohorts.views.editions import back


@pages.get("/admin/editions/<slug>/programme")
def programme(slug: str) -> Any:
    person = web.signed_in()
    edition = editions.get_as_staff(person, slug)
    return staff_page(
        "cohorts/programme.html",
        edition,
        person,
        programme=editions.programme(edition),
        writes=permissions.may(person, "editions.write", edition.activity),
        id_of=planning.id_of,
        wording=wording,
        reader=person.timezone,
    )


@pages.post("/admin/editions/<slug>/programme/fill")
def fill(slug: str) -> Any:
    person = web.signed_in()
    edition = editions.get_as_staff(person, slug, "editions.write")
    count = planning.fill(edition, by=person)
    said = ngettext("%(num)d session is planned.", "%(num)d sessions are planned.", count)
    return back(edition, said, "cohorts.programme")


@pages.route("/admin/editions/<slug>/programme/new", methods=["GET", "POST"])
def new_session(slug: str) -> Any:
    person = web.signed_in()
    edition = editions.get_as_staff(person, slug, "editions.write")
    form = SessionForm(entry={"day": edition.starts_on})
    if form.validate_on_submit():
        try:
            planning.add(edition, form.values(), by=person)
            return back(edition, _("The session is planned."), "cohorts.programme")
        except Invalid as invalid:
            form.refuse(invalid)
    return staff_page(
        "cohorts/session.html", edition, person, form=form, session=None, wording=wording
    ), form.status


@pages.route("/admin/editions/<slug>/programme/<session_id>", methods=["GET", "POST"])
def session(slug: str, session_id: str) -> Any:
    person = web.signed_in()
    edition = editions.get_as_staff(person, slug, "editions.write")
    planned = planning.get(edition, session_id)
    form = SessionForm(entry=planning.entry_of(planned))
    if form.validate_on_submit():
        try:
            planning.change(planned, form.values(), by=person)
            return back(edition, _("The session is changed."), "cohorts.programme")
        except Invalid as invalid:
            form.refuse(invalid)
    return staff_page(
        "cohorts/session.html", edition, person, form=form, session=session_id, wording=wording
    ), form.status


@pages.get("/admin/editions/<slug>/programme/<session_id>/remove")
def removal(slug: str, session_id: str) -> Any:
    person = web.signed_in()
    edition = editions.get_as_staff(person, slug, "editions.write")
    planned = planning.get(edition, session_id)
    shown = planning.removal(planned, by=person, language=web.language())
    return staff_page(
        "cohorts/remove.html",
        edition,
        person,
        shown=shown,
        session=session_id,
        name=wording.title(planned.activity.titles),
    )


@pages.post("/admin/editions/<slug>/programme/<session_id>/remove")
def remove(slug: str, session_id: str) -> Any:
    person = web.signed_in()
    edition = editions.get_as_staff(person, slug, "editions.write")
    planning.remove(planning.get(edition, session_id), by=person)
    return back(edition, _("The session is removed."), "cohorts.programme")
