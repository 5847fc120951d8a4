"""What templates may say: assets, languages, navigation, and days, moments and sizes in words."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import date, datetime, timedelta
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import flask_babel as babel
from babel import dates, numbers
from flask import Flask, g, request, url_for
from flask_babel import gettext as _
from jinja2 import pass_context, pass_eval_context
from jinja2.nodes import EvalContext
from jinja2.runtime import Context
from markupsafe import Markup

from app import plugins, web
from app.config import LANGUAGES
from app.vocabulary import say


def open_templates(app: Flask) -> None:
    """Register the globals and filters that base.html and parts.html rely on."""
    app.jinja_env.globals["asset"] = _assets(app)
    app.jinja_env.globals["say"] = lambda words: say(words, web.language())
    app.jinja_env.globals["render_panel"] = _panel
    app.jinja_env.globals["kept"] = cache  # a macro that says the same for the same words
    app.jinja_env.globals["gettext"] = app.jinja_env.globals["_"] = _words()
    app.jinja_env.trim_blocks = True
    app.jinja_env.lstrip_blocks = True
    for filter_ in (day, moment, clock, percent, size, duration):
        app.jinja_env.filters[filter_.__name__] = filter_
    app.context_processor(_page)


@pass_context
def _panel(context: Context, panel: web.Panel) -> str:
    """A panel with what its page knows of the reader, which is asked once for all of them."""
    template = context.environment.get_template(panel.template)
    return Markup(template.render(context.get_all() | panel.values))  # noqa: S704  (its output)


def _locale() -> Any:
    """babel.get_locale, which goes through four proxies each time it is asked."""
    known = g._get_current_object().__dict__.get("_flask_babel")
    return getattr(known, "babel_locale", None) or babel.get_locale()


def _language() -> str:
    locale = _locale()
    return locale.language if locale else "en"


def _here(value: datetime) -> datetime:
    """The same moment in the reader's zone."""
    known = g._get_current_object().__dict__.get("_flask_babel")
    return value.astimezone(getattr(known, "babel_tzinfo", None) or babel.get_timezone())


def _words() -> Callable[..., str]:
    """gettext as templates know it. Flask-Babel's looks for the reader's catalogue five times for
    each of the fifty sentences of a page; this one keeps the catalogues by language."""
    catalogues: dict[str | None, Any] = {}

    @pass_eval_context
    def gettext(context: EvalContext, sentence: str, **values: Any) -> str:
        locale = _locale()
        name = locale.language if locale else None  # two locales take long to compare
        catalogue = catalogues.get(name)
        if catalogue is None:
            catalogue = catalogues[name] = babel.get_translations()
        said: str = catalogue.ugettext(sentence)
        if context.autoescape:
            said = Markup(said)  # noqa: S704  (our own words)
        return said % values if values or "%" in said else said

    return gettext


def _assets(app: Flask) -> Any:
    """URLs of app/static with a content hash, so that browsers may keep them for a year."""
    folder = Path(app.static_folder or "")
    known: dict[str, str] = {}

    def asset(name: str) -> str:
        if name not in known:
            digest = hashlib.sha256((folder / name).read_bytes()).hexdigest()[:12]
            known[name] = f"{app.static_url_path}/{name}?v={digest}"
        return known[name]

    return asset


def _page() -> dict[str, Any]:
    person = web.reader()
    links = sorted(
        (link for some in plugins.ring().navigation(person=person) for link in some),
        key=lambda link: link.position,
    )

    def entries(place: str) -> list[dict[str, Any]]:
        return [
            {
                "label": link.label,
                "url": url_for(link.endpoint),
                "current": request.endpoint == link.endpoint,
            }
            for link in links
            if link.place == place
        ]

    locale = babel.get_locale()
    return {
        "lang": web.language(),
        "text_direction": locale.text_direction if locale else "ltr",
        "languages": _languages(),
        "alternates": _alternates(),
        "navigation": entries("main"),
        "account_navigation": entries("account"),
        "admin_navigation": entries("admin"),
        "person": person,
    }


def _languages() -> list[dict[str, str]]:
    return [
        {"code": code, "name": name, "url": _same_page(code)} for code, name in LANGUAGES.items()
    ]


def _same_page(code: str) -> str:
    """The address of this page in another language, with its query."""
    path = request.full_path.rstrip("?")
    head, _, rest = path.lstrip("/").partition("/")
    return f"/{code}/{rest}" if head in LANGUAGES else f"/{code}/"


def _alternates() -> list[dict[str, str]]:
    base = plugins.setting("URL")
    path = request.path.lstrip("/").partition("/")
    if path[0] not in LANGUAGES:
        return []
    links = [{"code": code, "url": f"{base}/{code}/{path[2]}"} for code in LANGUAGES]
    return [*links, {"code": "x-default", "url": f"{base}/en/{path[2]}"}]


def day(value: date | datetime) -> str:
    """Saturday 21 November 2026, in the reader's words and zone."""
    here = _here(value).date() if isinstance(value, datetime) else value
    return _day(here, _language())


@lru_cache(maxsize=1000)
def _day(value: date, language: str) -> str:
    return dates.format_date(value, _DAYS.get(language, "EEEE, d MMMM y"), locale=language)


_DAYS = {"fr": "EEEE d MMMM y", "es": "EEEE, d 'de' MMMM 'de' y"}


def medium_day(value: datetime) -> str:
    """21 Nov 2026, in the reader's words and zone."""
    return _medium_day(_here(value).date(), _language())


@lru_cache(maxsize=1000)
def _medium_day(value: date, language: str) -> str:
    return dates.format_date(value, "medium", locale=language)


def moment(value: datetime) -> str:
    """A day with its time and zone."""
    here, language = _here(value), _language()
    return f"{_day(here.date(), language)}, {here:%H:%M} {_zone(here, language)}"


def _zone(here: datetime, language: str) -> str:
    key = str(here.tzinfo), here.utcoffset(), language
    if key not in _ZONES:
        _ZONES[key] = dates.get_timezone_name(here, "short", locale=language)
    return _ZONES[key]


_ZONES: dict[tuple[str, timedelta | None, str], str] = {}


def clock(value: datetime) -> str:
    """14:02, in the reader's zone."""
    return f"{_here(value):%H:%M}"


def percent(value: float | None) -> str:
    return "" if value is None else _percent(round(value, 2), _language())


@lru_cache(maxsize=1000)
def _percent(value: float, language: str) -> str:
    return numbers.format_percent(value, locale=language)


def size(value: int) -> str:
    """Bytes as a reader would say them: 48 kB, 1.2 MB."""
    if value < 1_000_000:
        return _("%(number)s kB", number=babel.format_number(max(1, round(value / 1000))))
    return _("%(number)s MB", number=babel.format_decimal(round(value / 1_000_000, 1)))


def duration(minutes: float) -> str:
    """Minutes of work in words."""
    return _duration(minutes, _language())


@lru_cache(maxsize=1000)
def _duration(minutes: float, language: str) -> str:
    return dates.format_timedelta(
        timedelta(minutes=minutes), granularity="minute", threshold=1.5, locale=language
    )
