"""What is counted of /xapi: requests and how long they took, what was stored, what was refused.

Each label has a handful of values that stand in this file or in the standard, whatever is sent.
"""

from __future__ import annotations

import re
from functools import cache

from prometheus_client import Counter, Histogram
from prometheus_client.registry import Collector

METHODS = frozenset({"GET", "HEAD", "PUT", "POST", "DELETE", "OPTIONS"})

RESOURCES = {
    "/xapi/statements": "statements",
    "/xapi/activities": "activities",
    "/xapi/activities/state": "state",
    "/xapi/activities/profile": "activity profile",
    "/xapi/agents": "agents",
    "/xapi/agents/profile": "agent profile",
    "/xapi/about": "about",
}

STATEMENTS = Counter(
    "passage_xapi_statements_stored",
    "Statements taken in by this process; those that were known already are counted again",
    ["source"],
    registry=None,
)
BATCHES = Counter(
    "passage_xapi_batches_stored", "Requests that stored a list of statements", registry=None
)
REFUSED = Counter(
    "passage_xapi_refused",
    "Requests to /xapi that were refused, by status and by the section of the standard",
    ["status", "requirement"],
    registry=None,
)
SECONDS = Histogram(
    "passage_xapi_request_seconds",
    "How long requests to /xapi took",
    ["method", "resource"],
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0),
    registry=None,
)

OWN: list[Collector] = [STATEMENTS, BATCHES, REFUSED, SECONDS]

_CITED = re.compile(r"\(xAPI (Data|Communication), (\d+(?:\.\d+){0,4})\)\.?\Z")
"""How a sentence of /xapi ends where it breaks a requirement: what somebody sent never stands at
the end."""

_MOST = 200
"""Requirements that are told apart: more than the standard has sections that we cite."""

_cited: set[str] = set()


@cache
def _timer(method: str, resource: str) -> Histogram:
    return SECONDS.labels(method, resource)


@cache
def _stored(source: str) -> Counter:
    return STATEMENTS.labels(source)


def answered(method: str, path: str, seconds: float) -> None:
    """A request to /xapi was answered."""
    method = method if method in METHODS else "other"
    _timer(method, RESOURCES.get(path, "other")).observe(seconds)


def stored(count: int, *, source: str, batch: bool = False) -> None:
    """So many statements were kept: of this "house", or from "outside"."""
    _stored(source).inc(count)
    if batch:
        BATCHES.inc()


def refused(status: int, sentence: str) -> None:
    """A request was refused, with this sentence."""
    REFUSED.labels(str(status), requirement(sentence)).inc()


def requirement(sentence: str) -> str:
    """The section that a sentence cites ("Data 2.4.2"), or "other"."""
    found = _CITED.search(sentence)
    if found is None:
        return "other"
    cited = f"{found[1]} {found[2]}"
    if cited not in _cited:
        if len(_cited) >= _MOST:
            return "other"
        _cited.add(cited)
    return cited
