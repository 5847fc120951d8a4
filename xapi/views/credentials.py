"""Pages on which administrators make and revoke the credentials of other systems."""

from __future__ import annotations

from typing import Any

from flask import current_app, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext as _

from app import permissions, web
from app.errors import Invalid
from xapi import wording
from xapi.forms import NewCredential
from xapi.service import access, players

pages = web.Pages("credentials", "xapi")

PAGE = 50
"""Credentials on a page."""


@pages.get("/admin/credentials")
def index() -> Any:
    by = web.signed_in()
    rows, following = access.page(by, cursor=request.args.get("cursor"), limit=PAGE)
    return render_template(
        "xapi/credentials.html",
        rows=[(one, access.state(one)) for one in rows],
        following=following,
        wording=wording,
        endpoint=f"{current_app.config['URL']}/xapi",
    )


@pages.get("/admin/credentials/players")
def of_players() -> Any:
    by = web.signed_in()
    rows, following = players.page(by, cursor=request.args.get("cursor"), limit=PAGE)
    return render_template(
        "xapi/players.html",
        rows=[(one, access.state(one)) for one in rows],
        following=following,
        wording=wording,
    )


@pages.route("/admin/credentials/new", methods=["GET", "POST"])
def new() -> Any:
    by = web.signed_in()
    permissions.demand(by, access.MAY)
    form = NewCredential()
    if form.validate_on_submit():
        try:
            made = access.make(by, **form.values(), app_key=current_app.config["SECRET_KEY"])
        except Invalid as invalid:
            form.refuse(invalid)
        else:
            return _shown_once(*made)
    return render_template("xapi/credential_new.html", form=form), form.status


def _shown_once(credential: Any, secret: str) -> Any:
    """The answer to the POST itself, so that the secret is kept nowhere on its way."""
    page = render_template(
        "xapi/credential_made.html",
        credential=credential,
        secret=secret,
        wording=wording,
        endpoint=f"{current_app.config['URL']}/xapi",
    )
    return make_response(page, 200, {"Cache-Control": "no-store"})


@pages.post("/admin/credentials/<key>/revoke")
def revoke(key: str) -> Any:
    access.revoke(key, by=web.signed_in())
    return _revoked(".index")


@pages.post("/admin/credentials/players/<key>/revoke")
def revoke_player(key: str) -> Any:
    access.revoke(key, by=web.signed_in())
    return _revoked(".of_players")


def _revoked(listing: str) -> Any:
    flash(_("The credential is revoked. Whatever used it is refused from now on."), "success")
    return redirect(url_for(listing), 303)
