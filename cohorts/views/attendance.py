"""Pages on which attendance is marked: the sessions of an edition, the list of one, the paper."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, request, url_for
from flask_babel import ngettext

from app import db, permissions, web
from app.errors import Invalid
from app.models import Person
from cohorts import attendance, wording
from cohorts.forms import attendance as lists
from cohorts.models import Edition, Session
from cohorts.service import attending, editions, rolls
from cohorts.service.attending import Marked
from cohorts.views.door import pages, staff_page

PAPER = 500
"""Names on one page of the paper list."""


@pages.get("/admin/editions/<slug>/attendance")
def attendances(slug: str) -> Any:
    person = web.signed_in()
    edition = editions.get_as_staff(person, slug)
    return staff_page(
        "cohorts/attendances.html",
        edition,
        person,
        sessions=rolls.in_turn(edition, db.now()),
        counts=rolls.counts(edition),
        enrolled=rolls.enrolled(edition),
        words=attendance.WORDS,
        name_of=rolls.name_of,
        refusal=rolls.refusal,
        when=when,
    )


@pages.get("/admin/editions/<slug>/attendance/<name>")
def attendance_of(slug: str, name: str) -> Any:
    person, session = _opened(slug, name)
    return _list(person, session, request.args.get("words"), request.args.get("cursor"))


@pages.post("/admin/editions/<slug>/attendance/<name>")
def mark_attendance(slug: str, name: str) -> Any:
    person, session = _opened(slug, name)
    words, cursor = request.form.get("words"), request.form.get("cursor")
    marks, shown = lists.read(request.form)
    try:
        marked = attending.mark(session, marks, by=person, shown=shown)
    except Invalid as invalid:
        return _list(person, session, words, cursor, given=marks, wrong=invalid.fields), 422
    if marked.saved:
        flash(
            ngettext("%(num)d mark is saved.", "%(num)d marks are saved.", marked.saved), "success"
        )
    if marked.meanwhile:
        return _list(person, session, words, cursor, given=marks, marked=marked)
    place = {"search": None, "next": request.form.get("next")}.get(
        request.form.get("go", ""), cursor
    )
    return redirect(
        url_for(".attendance_of", slug=slug, name=name, words=words or None, cursor=place or None),
        303,
    )


@pages.get("/admin/editions/<slug>/attendance/<name>/paper")
def attendance_paper(slug: str, name: str) -> Any:
    person, session = _opened(slug, name)
    cursor = request.args.get("cursor")
    rows, following = rolls.page(session, by=person, cursor=cursor, limit=PAPER)
    return staff_page(
        "cohorts/paper.html",
        session.edition,
        person,
        session=session,
        name=name,
        rows=rows,
        following=following,
        hours=when(session, session.edition),
    )


def when(session: Session, edition: Edition) -> str:
    """Its day and hours, by the clocks of the place and by the reader's."""
    return wording.times(wording.slot(session), edition.timezone, web.timezone())


def _opened(slug: str, name: str) -> tuple[Person, Session]:
    person = web.signed_in()
    return person, rolls.get_session(editions.get_as_staff(person, slug), name)


def _list(
    person: Person,
    session: Session,
    words: str | None,
    cursor: str | None,
    *,
    given: lists.Marks | None = None,
    marked: Marked | None = None,
    wrong: dict[str, Any] | None = None,
) -> str:
    edition: Edition = session.edition
    rows, following = rolls.page(session, by=person, words=words, cursor=cursor, limit=rolls.PAGE)
    may = permissions.may(person, "attendance.write", edition.activity)
    return staff_page(
        "cohorts/attendance.html",
        edition,
        person,
        session=session,
        name=rolls.name_of(session),
        hours=when(session, edition),
        rows=rows,
        following=following,
        asked={"words": words or "", "cursor": cursor or ""},
        given=given or {},
        meanwhile={one.registration_id for one in marked.meanwhile} if marked else set(),
        wrong=wrong or {},
        refused=rolls.refusal(session),
        may=may,
        counts=rolls.counts(edition, session).get(session.activity_id, {}),
        enrolled=rolls.enrolled(edition),
        marks=attendance.WORDS,
        lapsed=rolls.lapsed(session),
        revokes=permissions.may(person, "completions.write", edition.activity),
    )
