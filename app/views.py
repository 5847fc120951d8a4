"""Pages of the engine: home, my learning, my record, and how an account ends."""

from __future__ import annotations

from typing import Any

from flask import Response, flash, redirect, render_template, request, stream_with_context, url_for
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_security.utils import logout_user

from app import admin, content, db, erasure, limits, record, web
from app.admin_forms import EraseMe
from app.errors import Invalid
from app.models import Person
from app.web import Link

pages = web.Pages("engine", __name__)

STATEMENTS = 20
"""How many statements one page tells."""


def navigation(person: Person | None) -> list[Link]:
    """The engine's own entries."""
    if person is None:
        return []
    return [Link(_l("My learning"), "engine.my", 20), *admin.navigation(person)]


@pages.get("/")
def home() -> Any:
    site = content.site(web.language())
    return render_template("home.html", site=site, panels=web.panels("home", web.reader()))


@pages.get("/my")
def my() -> Any:
    person = web.signed_in()
    cursor = request.args.get("cursor")
    told, older = record.statements(
        person, language=web.language(), cursor=cursor, limit=STATEMENTS
    )
    shown = [] if cursor else web.panels("my", person)
    return render_template("my.html", panels=shown, statements=told, older=older, cursor=cursor)


@pages.get("/my/record.json")
def my_record() -> Any:
    return record_of(web.signed_in())


def record_of(person: Person) -> Response:
    """Everything kept about her, as a file to download; drawn afresh and sent in pieces."""
    pieces = stream_with_context(record.document(person))
    answer = Response(pieces, mimetype="application/json")
    name = f"passage-record-{db.now():%Y-%m-%d}.json"
    answer.headers.set("Content-Disposition", "attachment", filename=name)
    answer.headers["Cache-Control"] = "no-store"
    return answer


@pages.route("/my/erase", methods=["GET", "POST"])
def erase() -> Any:
    person = web.signed_in()
    form = EraseMe()
    if form.validate_on_submit():
        limits.count("change", person.email)
        try:
            erasure.check(person, **form.values())
            erasure.erase(person, by=person)
        except Invalid as invalid:
            form.refuse(invalid)
        else:
            logout_user()
            flash(_("Your account is erased."), "success")
            return redirect(url_for("engine.home"), 303)
    return render_template("erase.html", form=form), form.status
