#!/usr/bin/env python3
"""Load generator for any xAPI Learning Record Store.

Runs a fixed set of scenarios against one LRS endpoint and prints one JSON
document, so that two stores can be measured side by side:

    single    POST one statement per request
    batch     POST --batch-size statements per request
    seed      POST batches until --seed statements were accepted (not timed as a
              scenario of its own, its rate is reported as a bulk import rate)
    query     GET /statements?agent=&verb=&limit=  (ascending=false)
    since     GET /statements?since=<stored of a recent statement>&limit=
    byid      GET /statements?statementId=<id of a statement stored by this run>
    state     PUT then GET /activities/state, one document per virtual learner

Examples:

    lrs_load.py --endpoint http://127.0.0.1:8080/xapi --auth key:secret
    lrs_load.py --endpoint ... --auth ... --version 2.0.0 --only single,batch
    lrs_load.py --endpoint ... --auth ... --pids 123,456      # server CPU/RSS
    lrs_load.py --endpoint ... --auth ... --pid-match 'gunicorn.*lrs'

What is generated is deterministic for a given --rng-seed except for statement
ids, which are random UUIDs unless --client-ids is off (then the LRS picks
them).  Load is closed loop: each connection sends its next request as soon as
it has read the whole of the previous response.  Requests are built before the
clock of a request starts, so the percentiles are server + transport time.

Needs aiohttp; psutil only with --pids / --pid-match.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import contextlib
import json
import os
import platform
import random
import re
import sys
import time
import uuid
from dataclasses import dataclass, field
from urllib.parse import urlencode

import aiohttp

VERBS = (
    "experienced",
    "initialized",
    "completed",
    "passed",
    "failed",
    "answered",
    "interacted",
    "attempted",
    "terminated",
    "progressed",
)
VERB_BASE = "http://adlnet.gov/expapi/verbs/"
ACTIVITY_BASE = "https://load.example.org/course/"
SCENARIOS = ("single", "batch", "seed", "query", "since", "byid", "state")


# --------------------------------------------------------------------------
# What is sent
# --------------------------------------------------------------------------


class Workload:
    """Makes statements and documents; one instance per run, not per task."""

    def __init__(self, args: argparse.Namespace):
        self.rng = random.Random(args.rng_seed)
        self.learners = args.learners
        self.courses = args.courses
        self.client_ids = args.client_ids

    def agent(self, number: int) -> dict:
        return {
            "objectType": "Agent",
            "account": {
                "homePage": "https://load.example.org",
                "name": f"learner-{number:06d}",
            },
        }

    def random_agent(self) -> dict:
        return self.agent(self.rng.randrange(self.learners))

    def random_verb(self) -> str:
        # Skewed as in a real course: a few verbs make most of the traffic.
        index = min(int(self.rng.expovariate(0.5)), len(VERBS) - 1)
        return VERB_BASE + VERBS[index]

    def random_activity(self) -> str:
        course = self.rng.randrange(self.courses)
        unit = self.rng.randrange(20)
        return f"{ACTIVITY_BASE}{course}/unit/{unit}"

    def statement(self) -> dict:
        rng = self.rng
        verb = self.random_verb()
        activity = self.random_activity()
        now = time.time()
        stamp = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(now))
        statement = {
            "actor": self.random_agent(),
            "verb": {"id": verb, "display": {"en-US": verb.rsplit("/", 1)[1]}},
            "object": {
                "objectType": "Activity",
                "id": activity,
                "definition": {
                    "name": {"en-US": "Unit " + activity.rsplit("/", 1)[1]},
                    "type": "http://adlnet.gov/expapi/activities/lesson",
                },
            },
            "result": {
                "score": {"scaled": round(rng.random(), 3)},
                "completion": rng.random() < 0.5,
                "duration": f"PT{rng.randrange(1, 1800)}S",
            },
            "context": {
                "registration": str(uuid.UUID(int=rng.getrandbits(128), version=4)),
                "platform": "load generator",
                "language": "en-US",
                "contextActivities": {
                    "parent": [{"id": activity.rsplit("/unit/", 1)[0]}],
                },
            },
            "timestamp": f"{stamp}.{int(now * 1000) % 1000:03d}Z",
        }
        if self.client_ids:
            statement["id"] = str(uuid.uuid4())
        return statement


# --------------------------------------------------------------------------
# What is measured
# --------------------------------------------------------------------------


@dataclass
class Result:
    name: str
    connections: int
    seconds: float = 0.0
    statements: int = 0  # statements written or read
    latencies: list[float] = field(default_factory=list)
    statuses: dict[str, int] = field(default_factory=dict)
    errors: int = 0
    extra: dict = field(default_factory=dict)

    def note(
        self, status: int | str, latency: float | None, good: bool, statements: int = 0
    ) -> None:
        key = str(status)
        self.statuses[key] = self.statuses.get(key, 0) + 1
        if good:
            self.statements += statements
            if latency is not None:
                self.latencies.append(latency)
        else:
            self.errors += 1

    @staticmethod
    def _percentile(values: list[float], share: float) -> float | None:
        if not values:
            return None
        index = min(len(values) - 1, max(0, round(share * (len(values) - 1))))
        return round(values[index] * 1000, 2)

    def report(self) -> dict:
        values = sorted(self.latencies)
        seconds = self.seconds or 1e-9
        out = {
            "connections": self.connections,
            "seconds": round(self.seconds, 2),
            "requests_ok": len(values),
            "requests_per_s": round(len(values) / seconds, 1),
            "statements_per_s": round(self.statements / seconds, 1),
            "p50_ms": self._percentile(values, 0.50),
            "p95_ms": self._percentile(values, 0.95),
            "p99_ms": self._percentile(values, 0.99),
            "max_ms": self._percentile(values, 1.0),
            "errors": self.errors,
            "statuses": dict(sorted(self.statuses.items())),
        }
        out.update(self.extra)
        used = out.get("server_cpu_s")
        if used is not None and values:
            out["server_cpu_ms_per_request"] = round(1000 * used / len(values), 2)
            if self.statements:
                out["server_cpu_ms_per_statement"] = round(1000 * used / self.statements, 3)
        return out


class ServerMeter:
    """CPU seconds and memory of the server's processes.

    Memory is the proportional set size where the system tells it (shared pages,
    such as PostgreSQL's buffers, counted once), else the resident set size.
    """

    def __init__(self, args: argparse.Namespace):
        self.fixed = [int(p) for p in (args.pids or "").split(",") if p.strip()]
        self.match = re.compile(args.pid_match) if args.pid_match else None
        self.on = bool(self.fixed or self.match)
        if self.on:
            import psutil

            self.psutil = psutil

    def _processes(self) -> dict:
        found = {}
        psutil = self.psutil
        roots = []
        for pid in self.fixed:
            with contextlib.suppress(psutil.Error):
                roots.append(psutil.Process(pid))
        if self.match:
            for process in psutil.process_iter():
                try:
                    line = " ".join(process.cmdline()) or process.name()
                except psutil.Error:
                    continue
                if process.pid != os.getpid() and self.match.search(line):
                    roots.append(process)
        for root in roots:
            try:
                for process in [root, *root.children(recursive=True)]:
                    found[process.pid] = process
            except psutil.Error:
                pass
        return found

    def _memory(self, process) -> int:
        try:
            return process.memory_full_info().pss
        except (AttributeError, self.psutil.Error):
            return process.memory_info().rss

    def read(self) -> dict | None:
        if not self.on:
            return None
        cpu, rss = {}, 0
        for pid, process in self._processes().items():
            try:
                times = process.cpu_times()
                cpu[pid] = times.user + times.system
                rss += self._memory(process)
            except self.psutil.Error:
                continue
        return {"cpu": cpu, "rss": rss}

    @staticmethod
    def difference(before: dict | None, after: dict | None, seconds: float) -> dict:
        if not before or not after:
            return {}
        # Processes that ended in between are lost; new ones count from zero.
        used = sum(t - before["cpu"].get(pid, 0.0) for pid, t in after["cpu"].items())
        return {
            "server_cpu_s": round(used, 2),
            "server_cpu_percent": round(100 * used / max(seconds, 1e-9), 1),
            "server_memory_mib": round(after["rss"] / 2**20, 1),
            "server_processes": len(after["cpu"]),
        }


# --------------------------------------------------------------------------
# How it is sent
# --------------------------------------------------------------------------


class Lrs:
    def __init__(self, args: argparse.Namespace):
        self.endpoint = args.endpoint.rstrip("/")
        self.timeout = aiohttp.ClientTimeout(total=args.timeout)
        self.headers = {"X-Experience-API-Version": args.version}
        if args.auth:
            token = base64.b64encode(args.auth.encode()).decode()
            self.headers["Authorization"] = f"Basic {token}"
        elif args.bearer:
            self.headers["Authorization"] = f"Bearer {args.bearer}"
        self.session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Lrs:
        connector = aiohttp.TCPConnector(limit=0, ttl_dns_cache=300)
        self.session = aiohttp.ClientSession(
            connector=connector, timeout=self.timeout, headers=self.headers
        )
        return self

    async def __aexit__(self, *exc) -> None:
        await self.session.close()

    async def send(
        self,
        method: str,
        path: str,
        query: dict | None = None,
        body: bytes | None = None,
        headers: dict | None = None,
    ) -> tuple[int | str, bytes, float]:
        url = self.endpoint + path
        if query:
            url += "?" + urlencode(query)
        extra = dict(headers or {})
        if body is not None:
            extra.setdefault("Content-Type", "application/json")
        started = time.perf_counter()
        try:
            async with self.session.request(
                method, aiohttp.client.URL(url, encoded=True), data=body, headers=extra
            ) as response:
                payload = await response.read()
                return response.status, payload, time.perf_counter() - started
        except (TimeoutError, aiohttp.ClientError) as problem:
            return type(problem).__name__, b"", time.perf_counter() - started


def encode(value) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


async def closed_loop(
    result: Result, seconds: float, step, meter: ServerMeter, stop=None
) -> Result:
    """Run `step(result, worker)` on result.connections tasks for `seconds`."""
    before = meter.read()
    load_before = os.getloadavg()[0]
    started = time.perf_counter()
    deadline = started + seconds

    async def worker(number: int) -> None:
        while time.perf_counter() < deadline and not (stop and stop()):
            await step(result, number)

    await asyncio.gather(*(worker(n) for n in range(result.connections)))
    result.seconds = time.perf_counter() - started
    result.extra.update(meter.difference(before, meter.read(), result.seconds))
    result.extra["loadavg_before"] = round(load_before, 2)
    result.extra["loadavg_after"] = round(os.getloadavg()[0], 2)
    return result


# --------------------------------------------------------------------------
# Scenarios
# --------------------------------------------------------------------------


class Scenarios:
    def __init__(self, args, lrs: Lrs, work: Workload, meter: ServerMeter):
        self.args, self.lrs, self.work, self.meter = args, lrs, work, meter
        self.known_ids: list[str] = []

    def _remember(self, payload: bytes) -> None:
        if len(self.known_ids) >= 5000:
            return
        try:
            ids = json.loads(payload)
        except ValueError:
            return
        if isinstance(ids, list):
            self.known_ids.extend(i for i in ids if isinstance(i, str))

    async def single(self) -> Result:
        async def step(result: Result, _worker: int) -> None:
            body = encode(self.work.statement())
            status, payload, took = await self.lrs.send("POST", "/statements", body=body)
            result.note(status, took, status == 200, 1)
            if status == 200:
                self._remember(payload)

        return await closed_loop(
            Result("single", self.args.single_connections), self.args.seconds, step, self.meter
        )

    async def _post_batch(self, result: Result, _worker: int = 0) -> None:
        size = self.args.batch_size
        body = encode([self.work.statement() for _ in range(size)])
        status, payload, took = await self.lrs.send("POST", "/statements", body=body)
        result.note(status, took, status == 200, size)
        if status == 200:
            self._remember(payload)

    async def batch(self) -> Result:
        return await closed_loop(
            Result("batch", self.args.batch_connections),
            self.args.seconds,
            self._post_batch,
            self.meter,
        )

    async def seed(self) -> Result:
        result = Result("seed", self.args.batch_connections)
        wanted = self.args.seed
        await closed_loop(
            result,
            self.args.seed_seconds,
            self._post_batch,
            self.meter,
            stop=lambda: result.statements >= wanted,
        )
        result.extra["wanted"] = wanted
        result.extra["stored"] = result.statements
        return result

    @staticmethod
    def _count(payload: bytes) -> int:
        try:
            return len(json.loads(payload).get("statements", []))
        except (ValueError, AttributeError):
            return 0

    async def _get_many(self, name: str, make_query) -> Result:
        async def step(result: Result, _worker: int) -> None:
            status, payload, took = await self.lrs.send("GET", "/statements", query=make_query())
            result.note(status, took, status == 200, self._count(payload))

        return await closed_loop(
            Result(name, self.args.read_connections), self.args.seconds, step, self.meter
        )

    async def query(self) -> Result:
        def make_query() -> dict:
            return {
                "agent": encode(self.work.random_agent()).decode(),
                "verb": self.work.random_verb(),
                "limit": self.args.limit,
            }

        return await self._get_many("query", make_query)

    async def since(self) -> Result:
        status, payload, _ = await self.lrs.send(
            "GET", "/statements", query={"limit": self.args.limit}
        )
        stored = None
        if status == 200:
            found = json.loads(payload).get("statements", [])
            stored = found[-1].get("stored") if found else None
        result = await self._get_many(
            "since",
            lambda: {
                "since": stored or "2020-01-01T00:00:00Z",
                "ascending": "true",
                "limit": self.args.limit,
            },
        )
        result.extra["since"] = stored
        return result

    async def byid(self) -> Result:
        if not self.known_ids:  # nothing stored by this run: ask for some
            status, payload, _ = await self.lrs.send(
                "GET", "/statements", query={"limit": self.args.limit}
            )
            if status == 200:
                self.known_ids = [s["id"] for s in json.loads(payload).get("statements", [])]
        ids = self.known_ids or [str(uuid.uuid4())]

        async def step(result: Result, _worker: int) -> None:
            status, _payload, took = await self.lrs.send(
                "GET", "/statements", query={"statementId": self.work.rng.choice(ids)}
            )
            result.note(status, took, status == 200, 1)

        return await closed_loop(
            Result("byid", self.args.read_connections), self.args.seconds, step, self.meter
        )

    async def state(self) -> tuple[Result, Result]:
        """PUT a document and read it back; reported as two results."""
        connections = self.args.state_connections
        puts, gets = Result("state_put", connections), Result("state_get", connections)
        run = uuid.uuid4().hex[:8]
        turns = [0] * connections

        async def step(_shared: Result, worker: int) -> None:
            turns[worker] += 1
            # Own agents per worker: no two connections write the same document.
            learner = worker + connections * (turns[worker] % 200)
            query = {
                "activityId": f"{ACTIVITY_BASE}{learner % self.work.courses}",
                "agent": encode(self.work.agent(learner)).decode(),
                "stateId": f"bookmark-{run}",
            }
            body = encode({"location": turns[worker], "suspend": "x" * 400})
            # If-None-Match / If-Match are optional for state; "*" is not sent so
            # that the same document may be overwritten in later turns.
            status, _p, took = await self.lrs.send(
                "PUT", "/activities/state", query=query, body=body
            )
            puts.note(status, took, status == 204)
            status, payload, took = await self.lrs.send("GET", "/activities/state", query=query)
            gets.note(status, took, status == 200 and payload == body)

        shared = Result("state", connections)
        await closed_loop(shared, self.args.seconds, step, self.meter)
        for part in (puts, gets):
            part.seconds = shared.seconds
            part.extra = dict(shared.extra)
        return puts, gets


# --------------------------------------------------------------------------


async def main_async(args: argparse.Namespace) -> dict:
    work, meter = Workload(args), ServerMeter(args)
    wanted = [s for s in (args.only or ",".join(SCENARIOS)).split(",") if s]
    unknown = set(wanted) - set(SCENARIOS)
    if unknown:
        raise SystemExit(f"unknown scenario: {', '.join(sorted(unknown))}")
    report = {
        "label": args.label,
        "endpoint": args.endpoint,
        "version": args.version,
        "started": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        "client": {
            "python": platform.python_version(),
            "aiohttp": aiohttp.__version__,
            "cpus": os.cpu_count(),
        },
        "options": {k: v for k, v in vars(args).items() if k not in ("auth", "bearer")},
        "scenarios": {},
    }
    async with Lrs(args) as lrs:
        status, body, _ = await lrs.send("GET", "/about")
        report["about"] = {"status": status, "body": body[:300].decode("utf-8", "replace")}
        status, body, _ = await lrs.send("GET", "/statements", query={"limit": 1})
        if status != 200:
            raise SystemExit(f"GET {args.endpoint}/statements answered {status}: {body[:300]!r}")
        scenarios = Scenarios(args, lrs, work, meter)
        # Warm every worker process of the server before the first clock starts.
        warm = Result("warm", args.single_connections)
        for _ in range(args.warmup):
            await asyncio.gather(
                *(
                    lrs.send("GET", "/statements", query={"limit": 1})
                    for _ in range(warm.connections)
                )
            )
        for name in wanted:
            outcome = await getattr(scenarios, name)()
            for result in outcome if isinstance(outcome, tuple) else (outcome,):
                report["scenarios"][result.name] = result.report()
                print_line(result)
    return report


def print_line(result: Result) -> None:
    line = result.report()
    print(
        "{:<10} c={:<3} {:>8} req/s {:>9} stmt/s  p50 {:>8} ms  p95 {:>8} ms  "
        "errors {}  cpu {}%  mem {} MiB".format(
            result.name,
            line["connections"],
            line["requests_per_s"],
            line["statements_per_s"],
            str(line["p50_ms"]),
            str(line["p95_ms"]),
            line["errors"],
            line.get("server_cpu_percent", "-"),
            line.get("server_memory_mib", "-"),
        ),
        file=sys.stderr,
        flush=True,
    )


def parse(argv=None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description="Load generator for an xAPI Learning Record Store."
    )
    add = parser.add_argument
    add("--endpoint", required=True, help="xAPI base URL, e.g. http://127.0.0.1:8080/xapi")
    add(
        "--auth",
        default=os.environ.get("LRS_AUTH"),
        help="Basic credentials key:secret (or the environment variable LRS_AUTH)",
    )
    add("--bearer", default=os.environ.get("LRS_BEARER"), help="bearer token instead of Basic")
    add("--version", default="1.0.3", help="X-Experience-API-Version header")
    add("--label", default="", help="free text kept in the report")
    add("--only", help="comma-separated scenarios, in order: " + ",".join(SCENARIOS))
    add("--seconds", type=float, default=20.0, help="length of each timed scenario")
    add("--single-connections", type=int, default=16)
    add("--batch-connections", type=int, default=8)
    add("--batch-size", type=int, default=50)
    add("--read-connections", type=int, default=8)
    add("--state-connections", type=int, default=8)
    add("--seed", type=int, default=100_000, help="statements to store before the reads")
    add("--seed-seconds", type=float, default=300.0, help="give up seeding after this long")
    add("--limit", type=int, default=50)
    add("--learners", type=int, default=1000)
    add("--courses", type=int, default=50)
    add("--rng-seed", type=int, default=1)
    add(
        "--client-ids",
        action=argparse.BooleanOptionalAction,
        default=True,
        help="send statement ids (as most clients do)",
    )
    add("--warmup", type=int, default=5, help="rounds of GET before measuring")
    add("--timeout", type=float, default=60.0)
    add("--pids", help="server process ids; children are included")
    add("--pid-match", help="regular expression on the server's command lines")
    add("--out", help="also write the JSON report to this file")
    return parser.parse_args(argv)


def main(argv=None) -> int:
    args = parse(argv)
    report = asyncio.run(main_async(args))
    text = json.dumps(report, indent=2)
    print(text)
    if args.out:
        with open(args.out, "w", encoding="utf-8") as handle:
            handle.write(text + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
