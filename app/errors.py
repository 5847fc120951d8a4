"""What can go wrong, each with its status; said as a page or as problem+json, by path."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import structlog
from flask import Flask, current_app, g, jsonify, render_template, request
from flask_babel import lazy_gettext as _l
from flask_wtf.csrf import CSRFError
from sqlalchemy.exc import DataError
from werkzeug.exceptions import HTTPException

log = structlog.get_logger(__name__)

Sentence = Any
"""A translated sentence for the person who reads it: str or lazy string."""


class Problem(Exception):
    """Something the person can understand and perhaps mend (RFC 9457)."""

    status = 400
    title: Sentence = _l("That did not work")
    members: Mapping[str, Any] = {}
    """Further members of the problem+json, plain JSON values (RFC 9457, 3.2)."""

    def __init__(self, sentence: Sentence = "") -> None:
        super().__init__(sentence)
        self.sentence = sentence or self.title


class Invalid(Problem):
    """Fields that are not as they must be: a sentence for each, by field name."""

    status = 422
    title = _l("Please check what you entered")

    def __init__(self, fields: Mapping[str, Sentence], sentence: Sentence = "") -> None:
        super().__init__(sentence)
        self.fields = dict(fields)


class Unauthenticated(Problem):
    status = 401
    title = _l("Please sign in")


class Forbidden(Problem):
    status = 403
    title = _l("You may not do this")


class NotFound(Problem):
    status = 404
    title = _l("Not found")


class Conflict(Problem):
    status = 409
    title = _l("This was changed meanwhile")


class Gone(Problem):
    status = 410
    title = _l("This link is no longer valid")


class TooLarge(Problem):
    """More than is taken in; the sentence says how much is."""

    status = 413
    title = _l("That is too large")


class TooMany(Problem):
    """Tried too often; `retry_after` says how many seconds to wait."""

    status = 429
    title = _l("Too many attempts")

    def __init__(self, sentence: Sentence = "", *, retry_after: int = 60) -> None:
        super().__init__(sentence)
        self.retry_after = retry_after


def open_errors(app: Flask) -> None:
    """Say every error of the app as a page or as problem+json, by its path."""
    app.register_error_handler(Problem, _say)
    app.register_error_handler(HTTPException, _of_http)
    app.register_error_handler(DataError, _of_data)
    app.register_error_handler(UnicodeEncodeError, _of_data)
    app.register_error_handler(RecursionError, _of_depth)
    app.register_error_handler(Exception, _unforeseen)


def _say(problem: Problem) -> Any:
    g.problem = problem  # for whoever counts what was refused, and why
    if request.path.startswith(("/api/", "/xapi")):
        return _problem_json(problem)
    sentence = problem.sentence
    if isinstance(problem, Invalid) and sentence is problem.title:  # no form to show its fields in
        sentence = _l("Please check the address, or go back and try again.")
    page = render_template(
        "error.html",
        title=str(problem.title),
        what_happened=str(sentence),
        what_to_do=None,
        request_id=g.get("request_id"),
    )
    return page, problem.status, _headers(problem)


def _problem_json(problem: Problem) -> Any:
    """RFC 9457: type, title, status, detail; `errors` by field; the request's id."""
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": str(problem.title),
        "status": problem.status,
        "detail": str(problem.sentence),
        "request_id": g.get("request_id"),
        **problem.members,
    }
    if isinstance(problem, Invalid):
        body["errors"] = _plain(problem.fields)
    answer = jsonify(body)
    answer.status_code = problem.status
    answer.content_type = "application/problem+json"
    answer.headers.update(_headers(problem))
    if problem.status == 401:
        answer.headers["WWW-Authenticate"] = 'Bearer realm="Passage"'
    return answer


def _headers(problem: Problem) -> dict[str, str]:
    return {"Retry-After": str(problem.retry_after)} if isinstance(problem, TooMany) else {}


def _plain(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {str(key): _plain(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(one) for one in value]
    return str(value)


_SENTENCES: dict[int, tuple[type[Problem], Sentence]] = {
    401: (Unauthenticated, ""),
    403: (Forbidden, ""),
    404: (NotFound, _l("There is nothing at this address.")),
    410: (Gone, ""),
    411: (Problem, _l("Say how long it is (Content-Length), then send it again.")),
    429: (TooMany, _l("Please wait a minute, then try again.")),
}


def _of_http(error: HTTPException) -> Any:
    if error.response is not None or (error.code or 500) < 400:
        return error
    status = error.code or 500
    data = getattr(error, "data", None) or {}
    if isinstance(error, CSRFError):
        problem = Problem(_l("This form was open for too long. Go back, reload it and try again."))
    elif "messages" in data:
        problem = Invalid(_fields(data["messages"]))
    elif status == 413:
        most = (request.max_content_length or 0) // 1_000_000
        problem = Problem(
            _l("That is more than %(megabytes)s MB. Nothing was saved.", megabytes=most)
        )
    else:
        kind, sentence = _SENTENCES.get(status, (Problem, _l("This request cannot be answered.")))
        problem = kind(sentence)
    problem.status = status
    return _say(problem)


def _of_data(error: DataError | UnicodeEncodeError) -> Any:
    """A value that the database cannot hold (a NUL or half a character in a text, a number beyond
    its column)."""
    reason = ascii(getattr(error, "orig", error))
    log.warning("a value that does not fit", path=request.path, reason=reason)
    return _say(Invalid({}, _l("A value cannot be kept as it is. Nothing was saved.")))


def _of_depth(error: RecursionError) -> Any:
    """JSON that is nested deeper than anybody can read."""
    log.warning("nested too deeply", path=request.path)
    return _say(Problem(_l("This request cannot be answered.")))


def _fields(messages: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a schema's complaint, without the place (json, query) they came from."""
    found: dict[str, Any] = {}
    for fields in messages.values():
        found.update(fields if isinstance(fields, Mapping) else {"": fields})
    return found


class _Unforeseen(Problem):
    status = 500
    title = _l("Something went wrong on our side")


def _unforeseen(error: Exception) -> Any:
    log.exception("unforeseen", path=request.path)
    if current_app.config.get("PROPAGATE_EXCEPTIONS"):
        raise error
    return _say(
        _Unforeseen(_l("Nothing was saved. Please try again; we have noted what happened."))
    )
