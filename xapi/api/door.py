"""The door of /xapi: who comes in, with which credential, in which version of the standard.

It stands outside CSRF and never reads the session cookie: who asks says so by Basic
authentication with a credential. Every error is JSON with a plain sentence, in English as the
standard is.
"""

from __future__ import annotations

import re
from typing import Any

from flask import Blueprint, Response, current_app, g, request

from app import web
from app.errors import Forbidden, Problem, Unauthenticated
from xapi import credentials
from xapi.models import Credential
from xapi.service import access

VERSIONS = ("2.0.0", "1.0.3", "1.0.2", "1.0.1", "1.0.0")
HEADER = "X-Experience-API-Version"

blueprint = Blueprint("xapi", __name__, url_prefix="/xapi")
web.csrf.exempt(blueprint)


@blueprint.before_app_request
def _speak_plainly() -> None:
    """The language is fixed here, so that nobody looks for a reader in the session."""
    if request.path.startswith("/xapi"):
        g.language = "en"


@blueprint.before_request
def _open() -> None:
    if request.endpoint == "xapi.about":
        return
    g.xapi_version = _version()
    g.xapi_credential = _credential()


def _version() -> str:
    """The version that is spoken: "1.0.3" or "2.0.0". Raises Problem (Communication, 3.3)."""
    asked = request.headers.get(HEADER, "").strip()
    if re.fullmatch(r"1\.0(\.[0-3])?", asked):
        return "1.0.3"
    if re.fullmatch(r"2\.0(\.\d+)?", asked):
        return "2.0.0"
    said = f"not {asked[:20]!r}" if asked else "and this request has none"
    raise Problem(f"Send the header {HEADER} with 1.0.0 to 1.0.3 or 2.0.x, {said}.")


def _credential() -> Credential:
    sent = request.authorization
    if sent is not None and sent.type == "basic":
        found = access.admit(
            sent.username or "",
            sent.password or "",
            app_key=current_app.config["SECRET_KEY"],
            demonstrates=current_app.config["ENV"] != "production",
        )
        if found is not None:
            return found
    raise Unauthenticated("Send the key and secret of a credential by Basic authentication.")


@blueprint.after_app_request
def _close(answer: Response) -> Response:
    if request.path.startswith("/xapi"):
        answer.headers[HEADER] = g.get("xapi_version", VERSIONS[0])
        if answer.status_code == 401:
            answer.headers["WWW-Authenticate"] = 'Basic realm="Passage xAPI", charset="UTF-8"'
    return answer


def version() -> str:
    return str(g.xapi_version)


def writer() -> Credential:
    """Who stores. Raises Forbidden."""
    credential: Credential = g.xapi_credential
    if not credentials.may_write(credential.scopes):
        raise Forbidden("This credential may not store statements.")
    access.note_use(credential)
    return credential


def readable() -> str | None:
    """The authority whose statements may be read; None for all. Raises Forbidden."""
    credential: Credential = g.xapi_credential
    if credentials.may_read_all(credential.scopes):
        return None
    if not credentials.may_read_own(credential.scopes):
        raise Forbidden("This credential may not read statements.")
    return credential.authority


@blueprint.get("/about")
def about() -> Any:
    """Which versions are spoken here (Communication, 2.8)."""
    return {"version": list(VERSIONS), "extensions": {}}
