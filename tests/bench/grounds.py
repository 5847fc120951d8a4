"""Large houses for benchmarks, on both databases, and what one request costs in them.

Each is served by a process of its own, as in production, and asked over a connection.

A ground is a house with 100 courses, 10,000 made-up people and 100,000 rows of progress (1×), or
ten times as much of each. PASSAGE_BENCH_PEOPLE asks for other people than 10,000 at 1×, for a
look in between; what is printed then says so.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from flask import Flask
from sqlalchemy import text

from app import content, db, demo_people
from tests import databases
from tests.bench import empty
from tests.bench.callers import Caller, cpu_of, standing
from tests.browser import Site, serve

KINDS = ("sqlite", "postgresql")
PEOPLE = int(os.environ.pop("PASSAGE_BENCH_PEOPLE", 10_000))
COURSES = max(1, PEOPLE // 100)
TIMES = (1, 10)


@dataclass(frozen=True)
class Ground:
    """A house on one kind of database, `times` as large as the small one, and its server."""

    kind: str
    times: int
    house: Flask
    site: Site

    def enter(self, uid: str | None = None) -> Caller:
        """Somebody new at the door: signed in, where a person's `fs_uniquifier` is given."""
        return Caller(self.site.url, standing(self.house, uid))

    def cpu(self) -> tuple[float, float]:
        """Seconds of CPU that the house (SQLite is a part of it) and PostgreSQL have had."""
        return cpu_of(self.site.process.pid), server_cpu()


@contextmanager
def laid(
    times: Sequence[int] = TIMES,
    kinds: Sequence[str] = KINDS,
    *,
    furnish: Callable[[int], None] | None = None,
) -> Iterator[list[Ground]]:
    """The grounds, made once; gone when the block ends. `furnish` hears how large one is to be,
    within its house that has the unit's content; without it there are people and courses."""
    make = furnish or _people_and_courses
    databases.open_ground()
    try:
        with ExitStack() as stack:
            yield [stack.enter_context(_one(kind, size, make)) for kind in kinds for size in times]
    finally:
        databases.close_ground()


@contextmanager
def _one(kind: str, times: int, furnish: Callable[[int], None]) -> Iterator[Ground]:
    with TemporaryDirectory() as folder, databases.fresh(kind, Path(folder)) as url:
        house = databases.assemble(url, Path(folder))
        say(f"{kind} {times}×: ")
        with house.app_context():
            with db.transaction():
                content.fix_site()
                content.load()
            furnish(times)
            with db.transaction() as session:
                session.execute(text("ANALYZE"))  # as a server does by itself after a while
        secret = str(house.secret_key)
        with serve(
            Path(folder), "serve", DATABASE_URL=url, SECRET_KEY=secret, RATE_LIMITS="0"
        ) as site:
            yield Ground(kind, times, house, site)
        databases.put_away(house)


def _people_and_courses(times: int) -> None:
    began = time.monotonic()
    made = demo_people.make(PEOPLE * times, courses=COURSES * times, progress_each=10)
    took = time.monotonic() - began
    say(f"{made.people:,} people, {made.rows:,} rows of progress, {took:.0f} s\n")


def say(words: str) -> None:
    print(words, file=sys.stderr, end="", flush=True)


@dataclass(frozen=True)
class Cost:
    """What a request costs among others of its kind: milliseconds of CPU of the application
    (SQLite is a part of it) and of PostgreSQL, and both together, of the least disturbed round,
    for a neighbour can only add to it; `worst` is that of the most disturbed one. `empties` says
    how many empty answers cost as much, asked in the same moment (see empty.py): the middle of
    the rounds."""

    database: float
    total: float
    worst: float
    empties: float


Ask = Callable[[], object]


def costs(asks: Mapping[Any, tuple[Ground, Ask]], *, rounds: int, requests: int) -> dict[Any, Cost]:
    """The cost of each of these requests, so many in a row: rounds are interleaved, the first
    warms up."""
    found: dict[Any, list[tuple[float, float, float]]] = {key: [] for key in asks}
    with empty.served() as nothing:
        ask_nothing = Caller(nothing.url, {})
        for number in range(rounds + 1):
            for key, (ground, ask) in asks.items():
                before = empty.cost(nothing, ask_nothing)
                taken = _cost(ground, ask, requests)
                after = empty.cost(nothing, ask_nothing)
                if number:
                    found[key].append((*taken, (before + after) / 2))
            say(f"\rround {number} of {rounds}")
    say("\n")
    return {key: _summary(rounds) for key, rounds in found.items()}


def _summary(rounds: Sequence[tuple[float, float, float]]) -> Cost:
    house, server, _ = min(rounds, key=lambda one: one[0] + one[1])
    empties = median((house + server) / nothing for house, server, nothing in rounds)
    worst = max(house + server for house, server, _ in rounds)
    return Cost(server, house + server, worst, empties)


def _cost(ground: Ground, ask: Ask, requests: int) -> tuple[float, float]:
    """Milliseconds of CPU of the house and of the database server for one of these requests."""
    house, server = ground.cpu()
    for _ in range(requests):
        ask()
    house_then, server_then = ground.cpu()
    return (house_then - house) * 1000 / requests, (server_then - server) * 1000 / requests


def server_cpu() -> float:
    """Seconds of CPU that the PostgreSQL server of this run and its backends have had; 0 without
    one. Those that have ended (parallel workers do) are counted in hundredths of a second."""
    pid_file = Path(os.environ[databases.GROUND]) / "postgresql" / "postmaster.pid"
    if not pid_file.exists():
        return 0.0
    postmaster = pid_file.read_text().split()[0]
    stat = Path(f"/proc/{postmaster}/stat").read_text().rpartition(")")[2].split()
    ended = (int(stat[13]) + int(stat[14])) / os.sysconf("SC_CLK_TCK")
    return cpu_of(int(postmaster)) + ended
