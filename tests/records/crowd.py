"""Many people who completed one activity and its two steps, written in bulk."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from sqlalchemy import insert

from app import db
from app.models import Activity, Person, Progress, Registration, activity_id
from certificates.models import Certificate
from tests.trials import a_walk

MORNING = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)


PART = 10_000
"""People written at once."""


def a_crowd(count: int) -> None:
    """So many completions of one walk, each with its two steps and a certificate, written in
    bulk; within a transaction."""
    walked = a_walk("walks/crowd")
    steps = [activity_id(f"{walked.iri}/{name}") for name in ("read", "answer")]
    for first in range(0, count, PART):
        _write(walked, steps, range(first, min(first + PART, count)))


def _write(walked: Activity, steps: list[UUID], numbers: range) -> None:
    people = [uuid4() for _ in numbers]
    registrations = [uuid4() for _ in numbers]
    required = [f"{walked.iri}/{name}" for name in ("read", "answer")]
    session = db.session()
    session.execute(
        insert(Person),
        [
            {"id": one, "email": f"{one}@example.org", "name": f"Person {at}",
             "folded": f"person {at} {one}@example.org",
             "fs_uniquifier": one.hex, "country": "KE", "organisation": f"Ministry {at % 50}"}
            for at, one in zip(numbers, people, strict=True)
        ],
    )  # fmt: skip
    session.execute(
        insert(Registration),
        [
            {"id": key, "person_id": one, "activity_id": walked.id, "opened_at": MORNING}
            for key, one in zip(registrations, people, strict=True)
        ],
    )
    session.execute(
        insert(Progress),
        [
            {"registration_id": key, "activity_id": done, "person_id": one,
             "status": "completed", "score": None if done == walked.id else 0.5 + at % 50 / 100,
             "required": [one for one in required if done == walked.id] or None,
             "share": 1.0, "seconds": 3600.0 + at,
             "taken_back": 0, "statement_id": uuid4(), "first_at": MORNING + timedelta(seconds=at),
             "last_at": MORNING + timedelta(hours=2), "done_at": MORNING + timedelta(hours=1)}
            for at, key, one in zip(numbers, registrations, people, strict=True)
            for done in (walked.id, *steps)
        ],
    )  # fmt: skip
    session.execute(
        insert(Certificate),
        [
            {"id": uuid4(), "public_id": f"{at:012d}", "number": f"IML-2026-{at:06d}",
             "person_id": one, "activity_id": walked.id, "registration_id": key,
             "earned_id": uuid4(), "evidence_id": uuid4(), "name": f"Person {at}",
             "language": "en", "titles": walked.titles, "minutes": 60, "taken_back": 0,
             "awarded_at": MORNING + timedelta(hours=1)}
            for at, key, one in zip(numbers, registrations, people, strict=True)
        ],
    )  # fmt: skip
