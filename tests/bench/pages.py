"""What pages cost: CPU of application and database for a request, with few people and with many.

Each page is measured in a small house and in one with ten times the people, courses and progress:
what it does not show must not be paid for. Both are served as in production, and asked over a
connection.
"""

from __future__ import annotations

import re
from typing import Any

from sqlalchemy import select

from app import db
from app.models import Activity, Person, Progress, Registration
from tests import houses
from tests.bench import Row, empty, grounds, quiz
from tests.bench.callers import Caller
from tests.bench.grounds import Ask, Cost, Ground

NAME = "pages"
ROUNDS, REQUESTS = 5, 20
ATTEMPTS = 5, 4

MOODLE = {
    "catalogue, anonymous": "Moodle 49",
    "module, learner": "Moodle 83–86",
    "lesson, learner": "Moodle 83–86",
    "my learning": "Moodle 64–78",
    "quiz attempt": "Moodle 461",
}
GOALS = {
    "catalogue, anonymous": 1.0,
    "course, anonymous": 1.0,
    "course, learner": 8.0,
    "module, learner": 8.0,
    "lesson, learner": 8.0,
    "my learning": 8.0,
    "quiz attempt": 40.0,
    "quiz attempt, API": 40.0,
}
PACKED = {"Accept-Encoding": "gzip"}


def run() -> list[Row]:
    with grounds.laid() as laid:
        asks: dict[Any, tuple[Ground, Ask]] = {
            (page, ground.kind, ground.times): (ground, ask)
            for ground in laid
            for page, ask in _pages(ground).items()
        }
        found = grounds.costs(asks, rounds=ROUNDS, requests=REQUESTS)
        attempts: dict[Any, tuple[Ground, Ask]] = {
            (name, ground.kind, ground.times): (ground, ask)
            for ground in laid
            for name, ask in _attempts(ground).items()
        }
        rounds, requests = ATTEMPTS
        found |= grounds.costs(attempts, rounds=rounds, requests=requests)
        wires = _wires(laid[1])
    return [*_rows(found), *wires]


def _rows(found: dict[Any, Cost]) -> list[Row]:
    """Each page and database: the large house, and its ratio to the small one."""
    rows = []
    names = dict.fromkeys((page, kind) for page, kind, _ in found)
    for page, kind in names:
        small, large = (found[page, kind, times] for times in grounds.TIMES)
        parts = f"{large.empties:.0f} empty answers; 1×: {small.total:.2f}"
        parts += f"; worst round {large.worst:.1f}"
        if kind == "postgresql":
            parts += f"; {large.database:.2f} of it database"
        goal = empty.goal(GOALS[page]) if page in GOALS else ""
        peer = "; ".join(filter(None, (parts, MOODLE.get(page))))
        rows.append(
            Row(f"{page}, {kind}", large.total, "ms CPU", peer, large.total / small.total, goal)
        )
    return rows


def _pages(ground: Ground) -> dict[str, Ask]:
    with ground.house.app_context():
        walk = _walk()
        learner = ground.enter(walk.person.fs_uniquifier)
        slug = walk.activity.key.partition("/")[2]
        admin = ground.enter(houses.a_person("Maria", role="administrator").fs_uniquifier)
    visitor = ground.enter()
    records = "/fr/admin/completions"
    return {
        "catalogue, anonymous": _get(visitor, "/fr/courses"),
        "catalogue, learner": _get(learner, "/fr/courses"),
        "course, anonymous": _get(visitor, "/fr/courses/iml-geneva"),
        "course, learner": _get(learner, "/fr/courses/iml-geneva"),
        "home, learner": _get(learner, "/fr/"),
        "module, learner": _get(learner, f"/fr/courses/{slug}"),
        "lesson, learner": _get(learner, f"/fr/courses/{slug}/l2"),
        "my learning": _get(learner, "/fr/my"),
        "people, administrator": _get(admin, "/fr/admin/people"),
        "completion records, all": _get(admin, records),
        "completion records, one module": _get(admin, f"{records}?activity=modules/example-1"),
    }


def _walk() -> Registration:
    """Somebody's way through a module that she has not completed."""
    own = (Progress.registration_id == Registration.id) & (
        Progress.activity_id == Registration.activity_id
    )
    rows = (
        select(Registration)
        .join(Progress, own)
        .join(Activity, Activity.id == Registration.activity_id)
        .where(Activity.key == "modules/example-1", Progress.status == "begun")
        .order_by(Registration.id)
    )
    return db.session().scalars(rows.limit(1)).one()


def _get(ask: Caller, path: str) -> Ask:
    return lambda: ask("GET", path, headers=PACKED)


def _attempts(ground: Ground) -> dict[str, Ask]:
    """View, start, ten answers, hand in, review: each time by somebody new."""
    with ground.house.app_context():
        right = quiz.prepare()
        rounds, requests = ATTEMPTS
        learners = [quiz.a_learner() for _ in range(2 * (rounds + 1) * requests)]
        browsers = iter([ground.enter(one.fs_uniquifier) for one in learners[::2]])
        programs = iter([_program(ground, one) for one in learners[1::2]])
    return {
        "quiz attempt": lambda: quiz.by_pages(next(browsers)),
        "quiz attempt, API": lambda: quiz.by_api(*next(programs), right),
    }


def _program(ground: Ground, person: Person) -> tuple[Caller, object]:
    """Somebody's program, which bears her token, and her registration."""
    registration = select(Registration.id).where(Registration.person_id == person.id)
    caller = Caller(ground.site.url, houses.bearing(houses.a_token(person)))
    return caller, db.session().scalars(registration).one()


def _wires(ground: Ground) -> list[Row]:
    """Bytes and requests, compressed, of a first visit and of a page later."""
    visitor = ground.enter()
    pages = ["/fr/", "/fr/courses", "/fr/courses/iml-geneva"]
    loaded = {path: _load(visitor, path) for path in pages}
    first = max(loaded.values(), key=lambda one: sum(one.values()))
    later = max(loaded[path][path] for path in pages)
    kilobytes = "kB, gzip"
    return [
        Row("first visit, the heaviest of three", sum(first.values()) / 1000, kilobytes,
            f"{len(first)} requests; Moodle 1,150–1,350 in 19–32", None, "≤ 150 kB in ≤ 10"),
        Row("a page later, the heaviest of three", later / 1000, kilobytes, "", None, "≤ 50 kB"),
    ]  # fmt: skip


def _load(visitor: Caller, path: str) -> dict[str, int]:
    """What a page and all that it asks for weigh."""
    parts = re.findall(r'(?:src|href)="(/static/[^"]+)"', visitor("GET", path).text)
    asked = [path, *dict.fromkeys(part.replace("&amp;", "&") for part in parts)]
    return {one: len(visitor("GET", one, headers=PACKED).body) for one in asked}
