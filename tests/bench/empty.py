"""An empty answer of Flask, served as the house is: the measure of the machine that it runs on."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from flask import Flask

from tests.bench.callers import Caller, cpu_of
from tests.bench.serving import serve
from tests.browser import Site, started

REFERENCE = 0.096
"""Milliseconds of CPU that it takes on the machine for which the goals of pages were set, and on
which Moodle was measured."""

app = Flask(__name__)
app.add_url_rule("/", view_func=lambda: "")


def goal(milliseconds: float) -> str:
    """A goal, and how many empty answers it amounted to there."""
    return f"≤ {milliseconds:g} ms, {milliseconds / REFERENCE:.0f} empty"


def cost(site: Site, ask: Caller) -> float:
    """Milliseconds of CPU of one of them, of some in a row."""
    before = cpu_of(site.process.pid)
    for _ in range(_MANY):
        ask("GET", "/")
    return (cpu_of(site.process.pid) - before) * 1000 / _MANY


_MANY = 100


@contextmanager
def served() -> Iterator[Site]:
    with (
        TemporaryDirectory() as folder,
        started(Path(folder), [sys.executable, "-m", __name__]) as site,
    ):
        yield site


if __name__ == "__main__":
    serve("tests.bench.empty:app")
