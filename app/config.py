"""Settings: defaults, then PASSAGE_* from the environment, then what a caller hands over."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any

LANGUAGES = {"en": "English", "fr": "Français", "es": "Español"}
ROOT = Path(__file__).parent.parent
DEMONSTRATION_SITE = "https://passage.example"
SECRET_LENGTH = 32


class Misconfigured(Exception):
    """The house may not open with these settings; the message says which one is wrong."""


def load(overrides: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Everything the app is configured with.

    The environment is "demonstration" (the default), "production" or "testing".

    Raises Misconfigured when production lacks a good secret key, a site or a mail server.
    """
    given = {
        name.removeprefix("PASSAGE_"): value
        for name, value in os.environ.items()
        if name.startswith("PASSAGE_")
    }
    given.update(overrides or {})
    env = given.get("ENV", "demonstration")
    house = Path(given.get("DATA", "var")).absolute()
    port = int(given.get("PORT") or os.environ.get("PORT") or 8000)
    if env == "production":
        _demand(given, "SECRET_KEY", "SITE", "MAIL_SERVER")
    site = str(given.get("SITE", DEMONSTRATION_SITE)).rstrip("/")
    public = site if env == "production" else f"http://127.0.0.1:{port}"
    return {
        "ENV": env,
        "DATA": house,
        "PORT": port,
        "SITE": site,
        "URL": str(given.get("URL", public)).rstrip("/"),
        "SECRET_KEY": given.get("SECRET_KEY") or _kept_secret(house),
        "SQLALCHEMY_DATABASE_URI": _driver(
            given.get("DATABASE_URL") or f"sqlite:///{house / 'passage.db'}"
        ),
        "FILES_URL": given.get("FILES_URL") or (house / "files").as_uri(),
        "PLUGINS_OFF": _names(given.get("PLUGINS_OFF", ())),
        "CONTENT": Path(given.get("CONTENT", ROOT / "content")),
        "MAIL_SERVER": given.get("MAIL_SERVER"),
        "MAIL_PORT": int(given.get("MAIL_PORT", 587)),
        "MAIL_USERNAME": given.get("MAIL_USERNAME"),
        "MAIL_PASSWORD": given.get("MAIL_PASSWORD"),
        "MAIL_USE_TLS": _flag(given.get("MAIL_USE_TLS", "1")),
        "MAIL_TIMEOUT": float(given.get("MAIL_TIMEOUT", 20)),
        "MAIL_DEFAULT_SENDER": given.get("MAIL_SENDER", "passage@passage.example"),
        "MAIL_REPLY_TO": given.get("MAIL_REPLY_TO")
        or given.get("MAIL_SENDER", "passage@passage.example"),
        "MAX_CONTENT_LENGTH": 2 * 1024 * 1024,
        "XAPI_REQUEST": _megabytes(given.get("XAPI_REQUEST_MB", 100)),
        "XAPI_STATEMENTS": _megabytes(given.get("XAPI_STATEMENTS_MB", 25)),
        "XAPI_ATTACHMENT": _megabytes(given.get("XAPI_ATTACHMENT_MB", 50)),
        "MAX_FORM_MEMORY_SIZE": 1024 * 1024,
        "BABEL_TRANSLATION_DIRECTORIES": str(ROOT / "translations"),
        "WTF_CSRF_TIME_LIMIT": None,  # as long as the session: a form left open loses nothing
        "SESSION_COOKIE_SAMESITE": "Lax",
        "SESSION_COOKIE_SECURE": env == "production",
        "PROXIES": int(given.get("PROXIES", 0)),
        "RATELIMIT_ENABLED": _flag(given.get("RATE_LIMITS", "1")),
        "PLAYER_HOURS": _hours(given.get("PLAYER_HOURS", 8)),
        "OUTBOUND_PRIVATE": _flag(given.get("OUTBOUND_PRIVATE", "0")),
        "METRICS_TOKEN": given.get("METRICS_TOKEN") or None,
        **{name: value for name, value in given.items() if name in _PASSED_ON},
    }


_PASSED_ON = ("TESTING", "WTF_CSRF_ENABLED", "SERVER_NAME", "PROPAGATE_EXCEPTIONS")


def _demand(given: Mapping[str, Any], *names: str) -> None:
    missing = [f"PASSAGE_{name}" for name in names if not given.get(name)]
    if missing:
        raise Misconfigured("production needs " + ", ".join(missing))
    if len(given["SECRET_KEY"]) < SECRET_LENGTH:
        raise Misconfigured(f"PASSAGE_SECRET_KEY: at least {SECRET_LENGTH} random characters")


def _driver(url: str) -> str:
    for short in ("postgresql://", "postgres://"):
        if url.startswith(short):
            return "postgresql+psycopg://" + url.removeprefix(short)
    return url


def _names(value: Any) -> frozenset[str]:
    words = value.split(",") if isinstance(value, str) else value
    return frozenset(word.strip() for word in words if word.strip())


def _megabytes(value: Any) -> int:
    """Bytes. Fractions are allowed."""
    return int(float(value) * 1_000_000)


def _hours(value: Any) -> float:
    """More than none, and at most a week. Raises Misconfigured."""
    try:
        hours = float(value)
    except ValueError:
        hours = 0
    if not 0 < hours <= 168:
        raise Misconfigured("PASSAGE_PLAYER_HOURS: a number of hours, at most 168")
    return hours


def _flag(value: Any) -> bool:
    return str(value).lower() not in {"0", "false", "no", "off", ""}


def _kept_secret(house: Path) -> str:
    """The demonstration's own key, made once and readable by its owner alone."""
    path = house / "secret_key"
    if not path.exists() or not path.stat().st_size:  # a start that was cut off leaves it empty
        house.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(48))
    return path.read_text()
