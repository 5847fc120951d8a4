"""Taking in what a request with statements brings: JSON alone, or with attachments after it
(xAPI Communication, 1.5)."""

from __future__ import annotations

from flask import current_app, g, request

from app.errors import Problem, TooLarge
from xapi import attachments, parts
from xapi.parts import Sent

_SECTION = "xAPI Communication, 1.5"


def take() -> None:
    """Called before the database is asked anything, and before anybody knows who comes: what is
    wrong is said later, by `sent`."""
    try:
        g.xapi_sent = _take()
    except Problem as problem:
        g.xapi_sent = problem
        while request.stream.read(parts.PIECE):
            pass  # a client that sends all before it listens shall hear of it too


def sent() -> Sent:
    """What came, each part as its headers say. Raises Problem."""
    found: Sent | Problem = g.xapi_sent
    if isinstance(found, Problem):
        raise found
    attachments.check_parts(found)
    return found


def _take() -> Sent:
    most = current_app.config["XAPI_STATEMENTS"]
    if request.mimetype == "application/json":
        if (request.content_length or 0) > most:
            raise TooLarge(f"The statements of a request have at most {most} bytes. {_NOTHING}")
        return Sent(request.get_data())
    if request.mimetype != "multipart/mixed":
        raise Problem(f"Send statements as application/json or multipart/mixed ({_SECTION}).")
    limits = parts.Limits(most, current_app.config["XAPI_ATTACHMENT"])
    boundary = request.mimetype_params.get("boundary", "")
    try:
        found = parts.read(request.stream, boundary, limits)
    except parts.Malformed as wrong:
        raise Problem(f"This is no multipart/mixed: {wrong} (RFC 2046; {_SECTION}.2).") from wrong
    except parts.TooLarge as wrong:
        raise TooLarge(f"{wrong} {_NOTHING}") from wrong
    first = found.headers.get("content-type", "").partition(";")[0].strip().lower()
    if first != "application/json":
        raise Problem(f"The first part holds the statements, as application/json ({_SECTION}.2).")
    return found


_NOTHING = "Nothing was saved."
