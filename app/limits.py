"""Limits: how often an act may be tried, per account and per network, before it must wait; and
how often whoever has a limit of its own may come.

Flask-Limiter keeps the counts, in the memory of this process; RATELIMIT_STORAGE_URI moves them.
"""

from __future__ import annotations

import ipaddress
import math
import time

from flask import Flask, current_app, request
from flask_babel import ngettext
from flask_limiter import Limiter
from limits import RateLimitItem, parse, parse_many

from app import identity
from app.errors import TooMany

ACTS = {
    # A class behind one address signs up and signs in together; a guesser tries one account.
    "sign-in": ("10 per 15 minutes", "100 per 15 minutes"),
    "sign-up": ("5 per hour", "100 per hour"),
    "reset": ("5 per hour", "60 per hour"),
    "confirm": ("5 per hour", "60 per hour"),
    "change": ("10 per hour", "100 per hour"),
}
"""Each act with its limit for one account (an e-mail address) and for one network address."""


def open_limits(app: Flask) -> None:
    app.config.setdefault("RATELIMIT_STORAGE_URI", "memory://")
    app.extensions["passage.limits"] = Limiter(_network, app=app)


def count(act: str, account: str | None) -> None:
    """One more attempt at this act. Raises TooMany, with the seconds to wait."""
    check(act, account)
    for item, key in _counters(act, account):
        _limiter().limiter.hit(item, act, key)


def check(act: str, account: str | None) -> None:
    """Whether there is an attempt left, without taking it. Raises TooMany."""
    if not _limiter().enabled:
        return
    for item, key in _counters(act, account):
        if not _limiter().limiter.test(item, act, key):
            seconds = _left(item, act, key)
            raise TooMany(_wait(seconds), retry_after=seconds)


def read(limit: str) -> RateLimitItem:
    """A limit as it is written ("100 per minute"). Raises ValueError."""
    found, *others = parse_many(limit)
    if others or found.amount < 1:
        raise ValueError("one limit, of one or more")
    return found


def spend(act: str, key: str, limit: str) -> int:
    """One more of what may be done this often: 0, or the seconds to wait where that is too much."""
    if not _limiter().enabled:
        return 0
    item = read(limit)
    return 0 if _limiter().limiter.hit(item, act, key) else _left(item, act, key)


def _left(item: RateLimitItem, act: str, key: str) -> int:
    """The seconds until there is an attempt again."""
    reset = _limiter().limiter.get_window_stats(item, act, key).reset_time
    return max(1, math.ceil(reset - time.time()))


def _wait(seconds: int) -> str:
    return ngettext(
        "Please wait a minute, then try again.",
        "Please wait %(num)s minutes, then try again.",
        math.ceil(seconds / 60),
    )


def _limiter() -> Limiter:
    found: Limiter = current_app.extensions["passage.limits"]
    return found


def _counters(act: str, account: str | None) -> list[tuple[RateLimitItem, str]]:
    if not _limiter().enabled:
        return []
    per_account, per_network = (parse(limit) for limit in ACTS[act])
    counters = [(per_network, _network())]
    named = _account(account or "")
    return [*counters, (per_account, named)] if named else counters


def _account(typed: str) -> str:
    """An address in the one form in which it is kept, however it was typed."""
    try:
        return identity.address(typed, anywhere=True)
    except identity.Refused:
        return typed.strip().lower()[:254]


def _network() -> str:
    """Who calls: an IPv4 address, or the /64 that one IPv6 household has to itself."""
    address = request.remote_addr or "127.0.0.1"
    try:
        known = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(known, ipaddress.IPv4Address):
        return address
    if known.ipv4_mapped:  # as a server that listens on both says it
        return str(known.ipv4_mapped)
    return str(ipaddress.ip_network((known, 64), strict=False))
