"""Pages on which staff award certificates: who is ready, a preview, its release, the ZIP."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Response, redirect, request, url_for
from werkzeug.utils import secure_filename

from app import permissions, web
from app.errors import Invalid
from app.models import Activity
from certificates import wording
from certificates.forms import ReleaseForm
from certificates.service import bundling, releases, releasing, roster
from certificates.service.roster import Wanted

pages = web.Pages("awards", "certificates")


@pages.get("/admin/awards/<path:key>")
def index(key: str) -> Any:
    by = web.signed_in()
    return _index(roster.get_activity(key, by=by), ReleaseForm())


@pages.post("/admin/awards/<path:key>")
def prepare(key: str) -> Any:
    by = web.signed_in()
    activity = roster.get_activity(key, by=by)
    form = ReleaseForm()
    if form.validate():
        asked = _asked()
        sort = form.sort.data or ""
        try:
            release = releasing.prepare(
                activity,
                sort,
                by=by,
                chosen=None if form.everybody.data else form.ids(),
                wanted=releasing.asked_for(sort, asked.words, asked.state),
            )
            return redirect(url_for("awards.release", release_id=release.id), 303)
        except Invalid as invalid:
            form.refuse(invalid)
    return _index(activity, form)


def _asked() -> Wanted:
    return Wanted(**{name: request.args.get(name) or None for name in ("words", "state")})


def _index(activity: Activity, form: ReleaseForm) -> Any:
    by, asked = web.signed_in(), _asked()
    found, further = roster.find_page(
        activity, asked, by=by, language=web.language(), cursor=request.args.get("cursor")
    )
    page = web.staff_page(
        "certificates/awards.html",
        activity,
        by,
        entries=found,
        further=further,
        asked={"words": asked.words, "state": asked.state},
        states=roster.STATES,
        counts=roster.counts(activity),
        parts_of_zip=bundling.parts(activity),
        form=form,
        day=wording.day,
        knows=permissions.may(by, "people.read"),
    )
    return page, 422 if form.errors else 200


@pages.get("/admin/awards/<path:key>/registrations/<uuid:registration_id>")
def one(key: str, registration_id: UUID) -> Any:
    by = web.signed_in()
    activity = roster.get_activity(key, by=by)
    entry, told = roster.get(activity, registration_id, by=by, language=web.language())
    return web.staff_page(
        "certificates/award.html",
        activity,
        by,
        entry=entry,
        explanation=told,
        day=wording.day,
        knows=permissions.may(by, "people.read"),
    )


@pages.get("/admin/releases/<uuid:release_id>")
def release(release_id: UUID) -> Any:
    return _release(release_id)


@pages.post("/admin/releases/<uuid:release_id>")
def confirm(release_id: UUID) -> Any:
    by = web.signed_in()
    releasing.confirm(releases.get(release_id, by=by), by=by)
    return redirect(url_for("awards.release", release_id=release_id), 303)


def _release(release_id: UUID) -> Any:
    by = web.signed_in()
    found = releases.get(release_id, by=by)
    given, more_given = releases.people_of(found, left_out=False, cursor=request.args.get("given"))
    left, more_left = releases.people_of(found, left_out=True, cursor=request.args.get("left"))
    return web.staff_page(
        "certificates/release.html",
        found.activity,
        by,
        release=found,
        current_tab=url_for("awards.index", key=found.activity.key),
        heading=wording.heading(found.sort),
        summary=releases.summary(found),
        given=given,
        more_given=more_given,
        left=left,
        more_left=more_left,
        reasons=releases.REASONS,
        hers=found.prepared_by == by.id,
    )


@pages.get("/admin/awards/<path:key>/certificates.zip")
def bundle(key: str) -> Any:
    by = web.signed_in()
    activity = roster.get_activity(key, by=by)
    part = request.args.get("part", 1, type=int)
    sheaves = bundling.gather(
        activity, by=by, sort=request.args.get("sort") or None, part=max(1, min(part, 10_000))
    )
    answer = Response(bundling.zipped(sheaves), mimetype="application/zip")
    name = secure_filename(f"certificates-{activity.key}-{part}.zip")
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer
