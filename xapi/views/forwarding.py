"""Pages on which administrators forward statements to other stores, and see what those refused."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for
from flask_babel import gettext as _
from flask_babel import ngettext
from werkzeug.wrappers import Response

from app import permissions, web
from app.errors import Invalid
from xapi import wording
from xapi.forms import ChangedStore, LookedForLetters, NewStore
from xapi.service import letters, targets

pages = web.Pages("forwarding", "xapi")

PAGE = 50
"""Stores, or refused statements, on a page."""


def _back(sentence: str, endpoint: str = ".index", **values: Any) -> Response:
    flash(sentence, "success")
    return redirect(url_for(endpoint, **values), 303)


@pages.get("/admin/forwarding")
def index() -> Any:
    rows, following = targets.page(web.signed_in(), cursor=request.args.get("cursor"), limit=PAGE)
    return render_template("xapi/forwarding.html", rows=rows, following=following, wording=wording)


@pages.route("/admin/forwarding/new", methods=["GET", "POST"])
def new() -> Any:
    by = web.signed_in()
    permissions.demand(by, targets.MAY)
    form = NewStore()
    if form.validate_on_submit():
        try:
            targets.make(by, **form.values())
        except Invalid as invalid:
            form.refuse(invalid)
        else:
            return _back(_("Statements are forwarded there from now on."))
    return render_template("xapi/forwarding_new.html", form=form), form.status


@pages.route("/admin/forwarding/<uuid:target_id>", methods=["GET", "POST"])
def one(target_id: UUID) -> Any:
    by = web.signed_in()
    target = targets.get(target_id, by=by)
    form = ChangedStore(target=target)
    if form.validate_on_submit():
        try:
            targets.change(target, by=by, **form.values())
        except Invalid as invalid:
            form.refuse(invalid)
        else:
            return _back(_("The changes are saved."))
    shown = targets.shown([target])[0]
    page = render_template("xapi/forwarding_one.html", form=form, one=shown, wording=wording)
    return page, form.status


@pages.post("/admin/forwarding/<uuid:target_id>/start")
def start(target_id: UUID) -> Any:
    by = web.signed_in()
    targets.start(targets.get(target_id, by=by), by=by)
    return _back(_("Statements are forwarded there from now on."))


@pages.post("/admin/forwarding/<uuid:target_id>/stop")
def stop(target_id: UUID) -> Any:
    by = web.signed_in()
    targets.stop(targets.get(target_id, by=by), by=by)
    return _back(_("It is switched off. What is stored meanwhile waits."))


@pages.post("/admin/forwarding/<uuid:target_id>/remove")
def remove(target_id: UUID) -> Any:
    by = web.signed_in()
    targets.remove(targets.get(target_id, by=by), by=by)
    return _back(_("The store is removed. Nothing is forwarded there any more."))


@pages.post("/admin/forwarding/<uuid:target_id>/replay")
def replay_all(target_id: UUID) -> Any:
    by = web.signed_in()
    count = letters.replay_all(targets.get(target_id, by=by), by=by)
    words = ngettext(
        "%(num)d statement is sent once more.", "%(num)d statements are sent once more.", count
    )
    return _back(words, ".refused", target=target_id)


@pages.get("/admin/forwarding/refused")
def refused() -> Any:
    by = web.signed_in()
    stores, _more = targets.page(by, limit=200)
    form = LookedForLetters(
        request.args, stores=[(str(one.target.id), one.target.label) for one in stores]
    )
    given = {name: value for name, value in form.data.items() if value}
    rows, following = letters.page(
        by,
        target=_target(form.target.data),
        status=_status(form.status.data),
        cursor=request.args.get("cursor"),
        limit=PAGE,
    )
    return render_template(
        "xapi/forwarding_refused.html",
        form=form,
        given=given,
        rows=rows,
        next_url=url_for(".refused", cursor=following, **given) if following else None,
    )


def _target(typed: str | None) -> UUID | None:
    try:
        return UUID(typed) if typed else None
    except ValueError:
        return UUID(int=0)


def _status(typed: str | None) -> int | None:
    typed = (typed or "").strip()
    if not typed:
        return None
    return int(typed) if typed.isascii() and typed.isdigit() and len(typed) == 3 else 0


@pages.post("/admin/forwarding/refused/<int:letter_id>/replay")
def replay(letter_id: int) -> Any:
    by = web.signed_in()
    letters.replay(letters.get(letter_id, by=by), by=by)
    return _back(_("The statement is sent once more."), ".refused")


@pages.post("/admin/forwarding/refused/<int:letter_id>/drop")
def drop(letter_id: int) -> Any:
    by = web.signed_in()
    letters.drop(letters.get(letter_id, by=by), by=by)
    return _back(_("The statement is given up. It stays here and is not sent there."), ".refused")
