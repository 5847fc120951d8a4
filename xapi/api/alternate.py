"""The alternate request syntax of 1.0.x: a POST that means another request (Communication, 1.3).

It is opened before the house sees it. What the house sees is the request that was meant, with its
headers: a GET that came so writes nothing either.
"""

from __future__ import annotations

from collections.abc import Iterable
from io import BytesIO
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlencode

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

OPENED = "passage.xapi.opened"
"""Set in the environment of a request that came so: "", or what is wrong with it."""

_METHODS = frozenset({"GET", "HEAD", "PUT", "POST", "DELETE"})
_HEADERS = {
    "authorization": "HTTP_AUTHORIZATION",
    "x-experience-api-version": "HTTP_X_EXPERIENCE_API_VERSION",
    "content-type": "CONTENT_TYPE",
    "content-length": "",  # the length of the content is what it is
    "if-match": "HTTP_IF_MATCH",
    "if-none-match": "HTTP_IF_NONE_MATCH",
}


class Alternate:
    """The house behind a door that opens such requests. `config` knows how large one may be."""

    def __init__(self, house: WSGIApplication, config: dict[str, Any]) -> None:
        self._house = house
        self._config = config

    def __call__(self, environ: WSGIEnvironment, start: StartResponse) -> Iterable[bytes]:
        if environ["REQUEST_METHOD"] == "POST" and environ["PATH_INFO"].startswith("/xapi/"):
            query = parse_qsl(environ.get("QUERY_STRING", ""), keep_blank_values=True)
            length = environ.get("CONTENT_LENGTH") or "0"
            # What is too large is refused by the house, unread.
            known = length.isascii() and length.isdigit()
            if (
                "method" in dict(query)
                and known
                and int(length) <= self._config["MAX_CONTENT_LENGTH"]
            ):
                environ = _meant(environ, query, environ["wsgi.input"].read(int(length)))
        return self._house(environ, start)


def _meant(environ: WSGIEnvironment, query: list[tuple[str, str]], body: bytes) -> WSGIEnvironment:
    try:
        return {**environ, **_opened(query, body), OPENED: ""}
    except ValueError as wrong:
        sentence = f"{wrong} (xAPI Communication, 1.3)."
        return {**environ, "wsgi.input": BytesIO(body), OPENED: sentence}


def _opened(query: list[tuple[str, str]], body: bytes) -> WSGIEnvironment:
    """The parts of the environment that the form says. Raises ValueError."""
    if len(query) > 1:
        raise ValueError("beside method, parameters stand in the form")
    method = query[0][1]
    if method not in _METHODS:
        raise ValueError("method is GET, HEAD, PUT, POST or DELETE")
    form = _form(body)
    content = form.pop("content", "")
    if method in ("PUT", "POST") and not content:
        raise ValueError("content is missing in the form")
    told = {name: form.pop(name) for name in list(form) if name.lower() in _HEADERS}
    said = {key: told[name] for name in told if (key := _HEADERS[name.lower()])}
    raw = content.encode() if method in ("PUT", "POST") else b""
    return {
        "CONTENT_TYPE": "application/json",
        **said,
        "REQUEST_METHOD": method,
        "QUERY_STRING": urlencode(form),
        "CONTENT_LENGTH": str(len(raw)),
        "wsgi.input": BytesIO(raw),
    }


def _form(body: bytes) -> dict[str, str]:
    try:
        pairs = parse_qsl(body.decode(), keep_blank_values=True, errors="strict")
    except UnicodeDecodeError as wrong:
        raise ValueError("the form is not UTF-8") from wrong
    form = dict(pairs)
    if len(form) < len(pairs):
        raise ValueError("a parameter stands twice in the form")
    if any("\r" in value or "\n" in value for name, value in pairs if name.lower() in _HEADERS):
        raise ValueError("a header stands on one line")
    return form
