"""Pages that enrol a whole file of people: upload, check, run, and what came of each row."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import make_response, redirect, request, url_for
from flask_babel import lazy_gettext as _l
from werkzeug.utils import secure_filename

from app import web
from app.errors import Conflict, Invalid
from app.models import Person
from cohorts import sheets, verdicts
from cohorts.forms.imports import Upload
from cohorts.models import Edition, Import
from cohorts.service import editions, groups, importing, running
from cohorts.views.door import pages, staff_page

MAY = "enrolments.write"
MOST = sheets.MOST_BYTES + 100_000
"""Bytes of a whole form: the file, and what stands around it."""

SOURCES = {
    "moodle": "Moodle",
    "canvas": "Canvas",
    "oneroster": "OneRoster",
    "plain": _l("A list"),
}
STATES = {
    "checked": _l("Checked, nobody enrolled yet"),
    "running": _l("Running"),
    "finished": _l("Finished"),
}


@pages.get("/admin/editions/<slug>/imports")
def imports(slug: str) -> Any:
    person = web.signed_in()
    edition = editions.get_as_staff(person, slug, MAY)
    found, further = importing.page_of(edition, by=person, cursor=request.args.get("cursor"))
    return staff_page(
        "cohorts/imports.html", edition, person, imports=found, further=further, states=STATES
    )


@pages.get("/admin/editions/<slug>/imports/new")
def new_import(slug: str) -> Any:
    person = web.signed_in()
    edition = editions.get_as_staff(person, slug, MAY)
    return _upload_page(edition, person, Upload(cohorts=groups.offered(edition, by=person)))


@pages.post("/admin/editions/<slug>/imports/new", endpoint="upload")
@web.takes(MOST)
def upload(slug: str) -> Any:
    person = web.signed_in()
    edition = editions.get_as_staff(person, slug, MAY)
    form = Upload(cohorts=groups.offered(edition, by=person))
    if form.validate():
        said = form.values()
        file = said["file"]
        try:
            cohort = groups.find(said.get("cohort"), by=person)
            content = file.stream.read()
            made = importing.check(edition, content, name=file.filename, cohort=cohort, by=person)
            return _to(edition, made)
        except Invalid as invalid:
            form.refuse(invalid)
        except Conflict as conflict:
            form.refuse(Invalid({"": conflict.sentence}))
    return _upload_page(edition, person, form), form.status


def _upload_page(edition: Edition, person: Person, form: Upload) -> str:
    return staff_page("cohorts/upload.html", edition, person, form=form)


def _to(edition: Edition, one: Import) -> Any:
    return redirect(url_for("cohorts.one_import", slug=edition.slug, import_id=one.id), 303)


@pages.get("/admin/editions/<slug>/imports/<uuid:import_id>", endpoint="one_import")
def one(slug: str, import_id: UUID) -> Any:
    person = web.signed_in()
    edition = editions.get_as_staff(person, slug, MAY)
    found = importing.get(edition, import_id, by=person)
    verdict = request.args.get("verdict")
    asked = verdict if verdict in verdicts.ORDER else None
    rows, further = importing.rows_of(found, verdict=asked, cursor=request.args.get("cursor"))
    page = make_response(
        staff_page(
            "cohorts/import.html",
            edition,
            person,
            one=found,
            rows=rows,
            further=further,
            asked=asked,
            counts=importing.counts(found),
            done=importing.done(found),
            still=running.is_still(found),
            sources=SOURCES,
            states=STATES,
            verdicts=verdicts,
        )
    )
    if found.state == "running":
        page.headers["Refresh"] = "2"
    return page


@pages.post("/admin/editions/<slug>/imports/<uuid:import_id>/run", endpoint="run_import")
def run(slug: str, import_id: UUID) -> Any:
    person = web.signed_in()
    edition = editions.get_as_staff(person, slug, MAY)
    return _to(edition, running.start(importing.get(edition, import_id, by=person), by=person))


@pages.get("/admin/editions/<slug>/imports/<uuid:import_id>.csv", endpoint="import_file")
def file(slug: str, import_id: UUID) -> Any:
    person = web.signed_in()
    edition = editions.get_as_staff(person, slug, MAY)
    found = importing.get(edition, import_id, by=person)
    name = f"{secure_filename(found.name.rpartition('.')[0]) or 'import'}-verdicts.csv"
    return web.download(importing.file(found), name=name, mimetype="text/csv")
