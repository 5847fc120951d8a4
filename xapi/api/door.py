"""The door of /xapi: who comes in, with which credential, in which version of the standard.

It stands outside CSRF and never reads the session cookie: who asks says so by Basic
authentication with a credential. Every error is JSON with a plain sentence, in English as the
standard is.
"""

from __future__ import annotations

import re
import time
from datetime import datetime
from typing import Any, cast
from uuid import UUID

from flask import Blueprint, Flask, Response, current_app, g, request
from flask.sansio.blueprints import BlueprintSetupState

from app import db, web
from app.errors import Forbidden, Problem, Unauthenticated
from xapi import credentials, measures, statements
from xapi.api.alternate import OPENED, Alternate
from xapi.documents import Context
from xapi.models import Credential
from xapi.service import access, players, search
from xapi.service.matching import EVERYTHING, Reach

_MOST_REMEMBERED = 10_000
VERSIONS = ("2.0.0", "1.0.3", "1.0.2", "1.0.1", "1.0.0")
HEADER = "X-Experience-API-Version"
THROUGH = "X-Experience-API-Consistent-Through"
_FOR_ANY_PAGE = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": "GET, HEAD, PUT, POST, DELETE, OPTIONS",
    "Access-Control-Allow-Headers": (
        f"Authorization, Content-Type, If-Match, If-None-Match, {HEADER}"
    ),
    "Access-Control-Expose-Headers": f"ETag, Last-Modified, Retry-After, {THROUGH}, {HEADER}",
    "Access-Control-Max-Age": "86400",
}
"""A page of any site may ask from her browser, with a credential that it has itself: no cookie
of this house is ever sent along or read."""

blueprint = Blueprint("xapi", __name__, url_prefix="/xapi")
web.csrf.exempt(blueprint)


@blueprint.record_once
def _stand_before_the_house(state: BlueprintSetupState) -> None:
    house = cast(Flask, state.app)
    house.wsgi_app = Alternate(house.wsgi_app, house.config)  # type: ignore[assignment, method-assign]  # how Flask takes a middleware


@blueprint.before_app_request
def _open() -> Response | None:
    """Also where there is nothing: who comes in is asked before what is asked for."""
    if not _is_here():
        return None
    g.language = "en"  # fixed here, so that nobody looks for a reader in the session
    if request.method == "OPTIONS":
        return Response(status=204)
    if request.path == "/xapi/about":
        return None
    if _is_of_statements():
        # What is sent is kept by a commit that others share (inbox.send), not by this request's.
        db.open_request(writes=False)
        through()
    if not request.headers.get(HEADER, "").strip():
        g.xapi_version = _spoken_last()
    g.xapi_version = _version()
    _allow_alternate(request.environ.get(OPENED))
    g.xapi_credential = _credential()
    _remember(g.xapi_credential)
    access.spend(g.xapi_credential)
    return None


def _spoken_last() -> str:
    known = _admitted()
    return _spoken().get(known.id, VERSIONS[0]) if known else VERSIONS[0]


def _spoken() -> dict[UUID, str]:
    """Which version each credential spoke last, as far as this process remembers: in that one it
    is told that a request names none."""
    found: dict[UUID, str] = current_app.extensions.setdefault("passage.xapi.spoken", {})
    return found


def _remember(credential: Credential) -> None:
    spoken = _spoken()
    if len(spoken) >= _MOST_REMEMBERED and credential.id not in spoken:
        spoken.clear()
    spoken[credential.id] = version()


def _is_here() -> bool:
    return request.path == "/xapi" or request.path.startswith("/xapi/")


def _is_of_statements() -> bool:
    return request.path == "/xapi/statements"


def through() -> datetime:
    """Up to when whatever was stored can be seen by this request (Communication, 2.1.3)."""
    if "xapi_through" not in g:
        g.xapi_through = search.through()
    found: datetime = g.xapi_through
    return found


def _version() -> str:
    """The version that is spoken: "1.0.3" or "2.0.0". Raises Problem (Communication, 3.3)."""
    asked = request.headers.get(HEADER, "").strip()
    if re.fullmatch(r"1\.0(\.[0-9]+)?", asked):
        return "1.0.3"
    if re.fullmatch(r"2\.0(\.[0-9]+)?", asked):
        return "2.0.0"
    said = f"not {asked[:20]!r}" if asked else "and this request has none"
    raise Problem(
        f"Send the header {HEADER} with 1.0.x or 2.0.x, {said} (xAPI Communication, 3.3)."
    )


def _allow_alternate(opened: str | None) -> None:
    if opened:
        raise Problem(opened)
    if opened is not None and version() >= "2":
        raise Problem("method: version 2.0 has no alternate request syntax.")


def _credential() -> Credential:
    found = _admitted()
    if found is None:
        raise Unauthenticated("Send the key and secret of a credential by Basic authentication.")
    return found


def _admitted() -> Credential | None:
    sent = request.authorization
    if sent is None or sent.type != "basic":
        return None
    return access.admit(
        sent.username or "",
        sent.password or "",
        app_key=current_app.config["SECRET_KEY"],
        demonstrates=current_app.config["ENV"] != "production",
    )


@blueprint.after_app_request
def _close(answer: Response) -> Response:
    if _is_here():
        g.xapi_status = answer.status_code
        answer.headers[HEADER] = g.get("xapi_version", VERSIONS[0])
        answer.headers.update(_FOR_ANY_PAGE)
        if answer.status_code == 401:
            answer.headers["WWW-Authenticate"] = 'Basic realm="Passage xAPI", charset="UTF-8"'
        # A house whose database is away promises nothing.
        if _is_of_statements() and ("xapi_through" in g or answer.status_code < 500):
            answer.headers[THROUGH] = statements.in_iso(through())
    return answer


@blueprint.teardown_app_request
def _count(_: BaseException | None) -> None:
    """Once it is known whether all was kept."""
    status = g.get("xapi_status")
    if status is None:
        return
    measures.answered(request.method, request.path, time.perf_counter() - g.started)
    if status >= 400:
        measures.refused(status, str(getattr(g.get("problem"), "sentence", "")))
    elif count := g.get("xapi_stored"):
        measures.stored(count, source="outside", batch=request.method == "POST" and count > 1)


def stored(count: int) -> None:
    """So many statements are kept once this request is answered."""
    g.xapi_stored = count


def version() -> str:
    return str(g.xapi_version)


def writer() -> Credential:
    """Who stores. Raises Forbidden."""
    credential: Credential = g.xapi_credential
    if not credentials.may_write(credential.scopes):
        raise Forbidden("This credential may not store statements.")
    return credential


def demand(scope: str, *, reads: bool = False) -> None:
    """Who comes in may do what this scope is for, or read it. Raises Forbidden."""
    credential: Credential = g.xapi_credential
    scoped = credential.registration is None  # what a player may open says open_documents
    if scoped and not credentials.may(credential.scopes, scope, reads=reads):
        raise Forbidden(f"This credential lacks the scope {scope} (xAPI Communication, 4.2).")
    if not reads:
        access.note_use(credential)


def sender(credential: Credential) -> dict[str, Any]:
    """How what this credential sends is stored (see inbox.store); asked when it is."""
    access.note_use(credential)
    return {
        "authority": credential.authority,
        "version": version(),
        "defines": credentials.may_define(credential.scopes),
    }


def open_documents(context: Context) -> None:
    """Whether who comes in may read or write these documents, beside the scope that demand asks
    for: a player those of its passage alone. Raises Forbidden."""
    credential: Credential = g.xapi_credential
    if credential.registration is not None:
        players.open_documents(credential.registration, context, reads=_reads())


def _reads() -> bool:
    return request.method in ("GET", "HEAD")


def readable() -> Reach:
    """Which statements may be read. Raises Forbidden."""
    credential: Credential = g.xapi_credential
    if credential.registration is not None:
        return players.reach(credential.registration)
    if credentials.may_read_all(credential.scopes):
        return EVERYTHING
    if not credentials.may_read_own(credential.scopes):
        raise Forbidden("This credential may not read statements.")
    return Reach(authority=credential.authority)


@blueprint.get("/about")
def about() -> Any:
    """Which versions are spoken here (Communication, 2.8)."""
    return {"version": list(VERSIONS), "extensions": {}}
