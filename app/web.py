"""The edge of the house for the web: languages, one transaction a request, headers, the log."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from hmac import compare_digest
from typing import Any, TypeVar
from urllib.parse import urlencode

import structlog
from flask import (
    Blueprint,
    Flask,
    Request,
    Response,
    abort,
    current_app,
    g,
    has_request_context,
    redirect,
    render_template,
    request,
)
from flask.sessions import SecureCookieSession, SecureCookieSessionInterface, SessionMixin
from flask_babel import Babel
from flask_login import current_user
from flask_wtf.csrf import CSRFProtect
from sqlalchemy import select
from werkzeug.middleware.proxy_fix import ProxyFix

from app import content, db, metrics, plugins
from app.config import LANGUAGES
from app.errors import Unauthenticated
from app.models import Activity, Person, Setting
from app.vocabulary import say

log = structlog.get_logger("passage.request")
csrf = CSRFProtect()

View = TypeVar("View", bound=Callable[..., Any])

SAFE = frozenset({"GET", "HEAD", "OPTIONS"})

CONTENT_SECURITY_POLICY = (
    "default-src 'self'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; "
    "base-uri 'none'; object-src 'none'"
)


class _Sessions(SecureCookieSessionInterface):
    """The session cookie is for pages: /xapi neither reads nor writes it. It is signed by one
    signer, which takes as long to make as to use."""

    @cache  # noqa: B019  (it lives as long as the house)
    def get_signing_serializer(self, app: Flask) -> Any:
        return super().get_signing_serializer(app)

    def open_session(self, app: Flask, request: Request) -> SecureCookieSession | None:
        if request.path.startswith("/xapi"):
            return self.session_class()
        return super().open_session(app, request)

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        if not request.path.startswith("/xapi"):
            super().save_session(app, session, response)


class Pages(Blueprint):
    """Pages of a plugin, each below /en, /fr and /es; `lang` never reaches the view."""

    def __init__(self, name: str, import_name: str, **options: Any) -> None:
        prefix = "/<any(" + ",".join(LANGUAGES) + "):lang>"
        options.setdefault("template_folder", "templates")
        super().__init__(name, import_name, url_prefix=prefix, **options)


@dataclass(frozen=True, slots=True)
class Link:
    """An entry of a navigation. `endpoint` is a Flask endpoint of a page without arguments."""

    label: Any
    endpoint: str
    position: int = 50
    place: str = "main"
    """"main", "account" or "admin"."""


@dataclass(frozen=True, slots=True)
class Panel:
    """A part that a plugin shows on a page of another: a template and what it needs."""

    template: str
    values: dict[str, Any]
    position: int = 50


def takes(most: int | str, *, by: Callable[[], None] | None = None) -> Callable[[View], View]:
    """This page or resource takes so many bytes, or as many as the setting of this name says,
    where others take MAX_CONTENT_LENGTH. `by` takes them in, before the database is asked
    anything, where they shall not all stand in memory. Stands next to the function."""

    def mark(view: View) -> View:
        view.most_bytes = most  # type: ignore[attr-defined]  # where _open looks for it
        view.taken_by = by  # type: ignore[attr-defined]
        return view

    return mark


@dataclass(frozen=True, slots=True)
class Tab:
    """A page on which staff look after an activity: its words and its address."""

    label: Any
    url: str
    position: int = 50


def panels(place: str, person: Person | None, activity: Activity | None = None) -> list[Panel]:
    """What the plugins show at this place, in their order."""
    shown = plugins.ring().panels(place=place, person=person, activity=activity)
    return sorted((one for some in shown for one in some), key=lambda one: one.position)


def staff_page(template: str, activity: Activity, person: Person, **values: Any) -> str:
    """A page on which staff look after an activity, in the frame staff.html: with its title, and
    the tabs that she may open."""
    shown = plugins.ring().tabs(person=person, activity=activity)
    tabs = sorted((one for some in shown for one in some), key=lambda one: one.position)
    title = say(activity.titles, language())
    return render_template(template, activity=activity, title=title, tabs=tabs, **values)


def reader() -> Person | None:
    """Who reads this page, or None."""
    return current_user._get_current_object() if current_user.is_authenticated else None


def signed_in() -> Person:
    """Who reads this page; sends everybody else to the sign-in page."""
    person = reader()
    if person is None:
        from flask_security.decorators import default_unauthn_handler

        abort(default_unauthn_handler([], {}))
    return person


def language() -> str:
    """The language of this answer: of the address, else asked for, else the person's; English
    where nobody asks (a job, a command)."""
    if not has_request_context():
        return str(g.get("language", "en"))
    found = g.get("language") or request.path[1:].partition("/")[0]
    if found in LANGUAGES:
        return str(found)
    asked = request.accept_languages.best_match(list(LANGUAGES))
    person = getattr(g, "caller", None) or reader()
    g.language = asked or (person.language if person else "en")
    return str(g.language)


def same_for_all(render: Callable[[], str], query: Mapping[str, Sequence[str]]) -> str:
    """A page that every anonymous reader gets alike: rendered once a day for each version of the
    content, so that nothing stands there as coming that is over.

    `query` holds the parameters that the page knows; with any other it is rendered anew, so that
    nobody's address reaches another's page.
    """
    asked = urlencode(query, doseq=True)
    if request.cookies or request.query_string.decode("ascii", "replace") != asked:
        return render()
    day = f"{db.now():%Y-%m-%d}"
    return content.keep_in_mind(f"page {day} {request.path}?{asked}", render)


def address(path: str | None) -> str | None:
    """A page's address below the reader's language ("/courses/x" → "/fr/courses/x")."""
    return f"/{language()}{path}" if path else None


def timezone() -> str | None:
    if not has_request_context():
        return None
    person = getattr(g, "caller", None) or reader()
    return person.timezone if person else None


def public_address(path: str) -> str:
    """The public address of a path of this house ("/fr/my"): for mails, prints and files."""
    return f"{plugins.setting('URL')}{path}"


def download(body: Iterable[bytes], *, name: str, mimetype: str) -> Response:
    """A file that is sent piece by piece and kept under this name (letters, digits, dots)."""
    answer = Response(body, mimetype=mimetype)
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def open_web(app: Flask) -> None:
    """Give the app its languages and its edge."""
    Babel(app, locale_selector=language, timezone_selector=timezone)
    app.session_interface = _Sessions()
    if count := app.config["PROXIES"]:
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=count, x_proto=count, x_host=count)  # type: ignore[method-assign]  # as Flask says

    app.url_value_preprocessor(_take_language)
    app.url_defaults(_give_language)
    app.before_request(_open)
    csrf.init_app(app)  # after _open, for it reads the form: what may be large is taken by then
    app.after_request(_close)
    app.teardown_request(_leave)
    app.add_url_rule("/", view_func=front_door)
    app.add_url_rule("/healthz", view_func=healthz)
    app.add_url_rule("/readyz", view_func=readyz)
    app.add_url_rule("/metrics", view_func=figures)


def _take_language(_: str | None, values: dict[str, Any] | None) -> None:
    if values and "lang" in values:
        g.language = values.pop("lang")


def _give_language(endpoint: str, values: dict[str, Any]) -> None:
    if "lang" not in values and current_app.url_map.is_endpoint_expecting(endpoint, "lang"):
        values["lang"] = language()


def _open() -> None:
    g.started = time.perf_counter()
    g.request_id = uuid.uuid4().hex
    structlog.contextvars.bind_contextvars(request_id=g.request_id)
    if request.method not in SAFE:
        # All of it before the database is asked anything: while somebody's slow line sends the
        # rest, nobody may wait for the one writer's lock. What is too large is not read at all.
        view = current_app.view_functions.get(request.endpoint or "")
        if most := getattr(view, "most_bytes", None):
            request.max_content_length = current_app.config[most] if isinstance(most, str) else most
        if request.content_length is None and "Transfer-Encoding" in request.headers:
            abort(411)  # the server hands over nothing of what has no length
        (getattr(view, "taken_by", None) or _take_in)()
    db.open_request(writes=request.method not in SAFE)


def _take_in() -> None:
    # A document that comes to /xapi may itself be a form, to be kept as it came.
    request.get_data(parse_form_data=not request.path.startswith("/xapi"))


def _close(response: Response) -> Response:
    """Keep what was done when the answer is good; undo it all when it is not."""
    if response.status_code < 400:
        db.commit()
    else:
        db.session().rollback()
    _headers(response)
    _tell(response)
    return response


def _leave(_: BaseException | None) -> None:
    db.open_request(writes=False)
    structlog.contextvars.clear_contextvars()


def front_door() -> Any:
    """Send a visitor to the pages in her browser's language."""
    answer = redirect(f"/{language()}/")
    answer.vary.add("Accept-Language")
    return answer


def healthz() -> Any:
    """The process answers."""
    return {"status": "ok"}


def readyz() -> Any:
    """The database answers, and the house has its tables."""
    db.session().execute(select(Setting.name).limit(1)).all()
    return {"status": "ready", "plugins": plugins.names()}


def figures() -> Response:
    """The figures of this process and of the house, for who has the token of PASSAGE_METRICS_TOKEN
    alone; without that setting there is nothing here."""
    wanted = current_app.config["METRICS_TOKEN"]
    if not wanted:
        abort(404)
    scheme, _, sent = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not compare_digest(sent.strip().encode(), wanted.encode()):
        raise Unauthenticated()
    answer = Response(metrics.told(), content_type=metrics.CONTENT_TYPE)
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _headers(response: Response) -> None:
    headers = response.headers
    there = {name.lower() for name, _ in headers}
    for name, value in _SAFE_PAGES.items():
        if name.lower() not in there:
            headers.add(name, value)
    if current_app.config["ENV"] == "production":
        headers.setdefault("Strict-Transport-Security", "max-age=31536000")
    headers["X-Request-Id"] = g.get("request_id", "")
    if request.endpoint == "static" and "v" in request.args:  # the address changes with the file
        headers["Cache-Control"] = "public, max-age=31536000, immutable"
    if "Cache-Control" not in headers:
        headers["Cache-Control"] = "private, no-cache"
    if g.get("language"):
        headers.setdefault("Content-Language", g.language)


_SAFE_PAGES = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}


def _without_secret(path: str) -> str:
    """The path without the mailed token in it, which opens an account to whoever reads the log."""
    token = (request.view_args or {}).get("token")
    return path.replace(token, "…") if token else path


def _tell(response: Response) -> None:
    log.info(
        "request",
        method=request.method,
        path=_without_secret(request.path),
        status=response.status_code,
        milliseconds=round((time.perf_counter() - g.get("started", time.perf_counter())) * 1000, 1),
    )
