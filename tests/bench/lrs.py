"""The statement store beside other ways to keep statements: rates, CPU of application and database,
and how long one waits, on both databases.

All of one database are served at the same time and asked in turns, by the load generator with
which other stores were measured (lrs_load.py): 385 single and 840 in batches of 50 a second for
the best of them.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from subprocess import run as run_program
from tempfile import TemporaryDirectory
from typing import Any

from app import content, db
from tests import databases
from tests.bench import Row, lrs_load
from tests.bench.callers import cpu_of
from tests.bench.grounds import KINDS, say, server_cpu
from tests.browser import Site, serve, started
from xapi.service import access

NAME = "xapi"
SECONDS, ROUNDS = 4, 2
SINGLE, BATCH = ("single", 32), ("batch", 8)
OURS, ALONE = "Passage", "Passage, a commit each"
RIVALS = {"orm": "ORM + json", "tincan": "ORM + tincan", "none": "no store"}
_AUTH = "bench:a secret of many letters"


@dataclass(frozen=True)
class Target:
    """A store that is served, and where."""

    name: str
    site: Site
    path: str


@dataclass(frozen=True)
class Told:
    """The best of the rounds of one store: statements a second, milliseconds of CPU of application
    and database for a statement, and how long half and nineteen of twenty requests waited."""

    rate: float
    cpu: float
    p50: float
    p95: float
    memory: float


def run() -> list[Row]:
    rows: list[Row] = []
    databases.open_ground()
    try:
        for kind in KINDS:
            with _served(kind) as targets:
                found = {scenario: _measure(targets, *scenario) for scenario in (SINGLE, BATCH)}
            rows += _rows(kind, found[SINGLE], found[BATCH])
    finally:
        databases.close_ground()
    return rows


@contextmanager
def _served(kind: str) -> Iterator[list[Target]]:
    secret = "no secret, yet as long as production asks"
    with ExitStack() as stack:

        def a_house(place: str) -> tuple[Path, dict[str, str]]:
            folder = Path(stack.enter_context(TemporaryDirectory()))
            url = stack.enter_context(databases.fresh(kind, folder))
            house = databases.assemble(url, folder, SECRET_KEY=secret)
            with house.app_context(), db.transaction():
                content.fix_site()
                key, _, word = _AUTH.partition(":")
                access.add(key, label="", scopes=["all"], app_key=secret, secret=word)
            databases.put_away(house)
            return folder, {"DATABASE_URL": url, "SECRET_KEY": secret, "SITE": _site(house)}

        folder, settings = a_house("ours")
        ours = stack.enter_context(serve(folder, "serve", **settings))
        folder, settings = a_house("alone")
        named = {f"PASSAGE_{name}": value for name, value in settings.items()}
        command = [sys.executable, "-m", "tests.bench.serving"]
        alone = stack.enter_context(started(folder, command, PASSAGE_DATA=str(folder), **named))
        folder = Path(stack.enter_context(TemporaryDirectory()))
        if kind == "sqlite":
            url = f"sqlite:///{folder}/rivals.db"
        else:
            url = stack.enter_context(databases.empty_postgresql())
        command = [sys.executable, "-m", "tests.bench.rivals"]
        rivals = stack.enter_context(started(folder, command, DATABASE_URL=url))
        yield [
            Target(OURS, ours, "/xapi"),
            Target(ALONE, alone, "/xapi"),
            *(Target(name, rivals, f"/{path}") for path, name in RIVALS.items()),
        ]


def _site(house: Any) -> str:
    return str(house.config["SITE"])


def _measure(targets: Sequence[Target], scenario: str, connections: int) -> dict[str, Told]:
    told: dict[str, list[Told]] = {one.name: [] for one in targets}
    for number in range(ROUNDS):
        for one in targets:
            told[one.name].append(_load(one, scenario, connections))
            say(f"\r{scenario}, round {number + 1} of {ROUNDS}: {one.name:30}")
    say("\n")
    return {name: max(some, key=lambda one: one.rate) for name, some in told.items()}


def _load(target: Target, scenario: str, connections: int) -> Told:
    """One run of the load generator, in a process of its own."""
    command = [
        *(sys.executable, "-m", "tests.bench.lrs_load", "--auth", _AUTH, "--only", scenario),
        *("--endpoint", target.site.url + target.path, "--seconds", str(SECONDS)),
        *(f"--{scenario}-connections", str(connections), "--pids", str(target.site.process.pid)),
    ]
    before = cpu_of(target.site.process.pid) + server_cpu()
    done = run_program(command, capture_output=True, text=True, check=True)
    spent = cpu_of(target.site.process.pid) + server_cpu() - before
    found = json.loads(done.stdout)["scenarios"][scenario]
    if found["errors"]:
        raise RuntimeError(f"{target.name}: {found['statuses']}")
    statements = found["statements_per_s"] * found["seconds"]
    return Told(
        rate=found["statements_per_s"],
        cpu=spent * 1000 / statements,
        p50=found["p50_ms"],
        p95=found["p95_ms"],
        memory=found["server_memory_mib"],
    )


def _rows(kind: str, single: dict[str, Told], batch: dict[str, Told]) -> Iterator[Row]:
    loads = _json_loads()
    for scenario, told in (("single POST", single), ("batch of 50", batch)):
        ours = told[OURS]
        for name, one in told.items():
            waits = f"p50 {one.p50:.1f} ms, p95 {one.p95:.1f} ms; {one.memory:.0f} MiB"
            row = f"{scenario}, {kind}: {name}"
            yield Row(
                row,
                one.rate,
                "statements/s",
                waits,
                ours.rate / one.rate,
                _GOALS.get((scenario, name), ""),
            )
        cost = f"{scenario}, {kind}: CPU of a statement"
        goal = "≤ 10×" if scenario != "single POST" else ""
        yield Row(cost, ours.cpu, "ms", "json.loads of its bytes", ours.cpu / loads, goal)
        sharing = f"{scenario}, {kind}: CPU with a commit each"
        yield Row(sharing, told[ALONE].cpu, "ms", "with shared ones", told[ALONE].cpu / ours.cpu)


_GOALS = {
    ("single POST", ALONE): "≥ 1.5×",
    ("batch of 50", RIVALS["orm"]): "≥ 7×",
    ("batch of 50", RIVALS["tincan"]): "≥ 20×",
    ("batch of 50", RIVALS["none"]): "≥ 0.4×",
}


def _json_loads() -> float:
    """Milliseconds of CPU to read a statement of the generator with the standard library."""
    asked = argparse.Namespace(rng_seed=1, learners=1000, courses=50, client_ids=True)
    work = lrs_load.Workload(asked)
    bodies = [lrs_load.encode([work.statement() for _ in range(50)]) for _ in range(40)]
    began = time.process_time()
    for body in bodies:
        json.loads(body)
    return (time.process_time() - began) * 1000 / (40 * 50)
