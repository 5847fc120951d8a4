"""What players say amounts to the same progress in whatever order it arrives, lived or rebuilt."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from app import activities, db, events, progress, projection
from app.models import Progress, Registration
from tests.xapi.units import Played, brought, built
from xapi.models import Credential
from xapi.service import inbox, players

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


class Undo(Exception):
    """Ends a transaction without keeping it."""


@pytest.fixture
def house(app: Flask) -> Iterator[Played]:
    brought(app)
    with app.app_context(), db.transaction():
        built()
    played = Played(app)
    with app.app_context():
        yield played


def _way(played: Played) -> list[dict[str, Any]]:
    """All that players may say on a way through the unit, some of it twice or taken back."""

    def said(verb: str, key: str, minutes: int, **result: Any) -> dict[str, Any]:
        time = (NOON + timedelta(minutes=minutes)).isoformat()
        return played.said(verb, key, timestamp=time, result=result)

    way = [
        said("initialized", "unit/a", 1),
        said("completed", "unit/a", 3, duration="PT60.25S"),
        said("completed", "unit/a", 5, duration="PT30S"),
        said("progressed", "unit/b", 2),
        said("scored", "unit/b", 3, score={"scaled": 0.4}),
        said("failed", "unit/b", 4, score={"scaled": 0.6}, duration="PT1M"),
        said("passed", "unit/b", 6, score={"scaled": 0.8, "raw": 8, "max": 10}),
        said("passed", "unit/quiz", 6, score={"scaled": 1.0}),
        said("http://adlnet.gov/expapi/verbs/terminated", "unit/a", 7, duration="PT9M"),
    ]
    times = {"timestamp": (NOON + timedelta(minutes=9)).isoformat()}
    return [
        *way,
        played.taking_back(way[1]["id"], **times),
        played.taking_back(way[6]["id"], **times),
        played.taking_back(way[8]["id"], **times),
        said("passed", "unit/b", 8, score={"scaled": 0.9}),
    ]


def _arriving(way: list[dict[str, Any]], order: list[int]) -> list[dict[str, Any]]:
    """In this order, but for what takes back what has not arrived yet: that comes last, for a
    player is refused before."""
    seen: set[str] = set()
    now, late = [], []
    for place in order:
        one = way[place]
        target = one["object"]["id"] if one["object"].get("objectType") else None
        (late if target and target not in seen else now).append(one)
        seen.add(one["id"])
    return now + late


def _rows() -> dict[Any, dict[str, Any]]:
    return {
        (row.registration_id, row.activity_id): {
            name: getattr(row, name) for name in projection.Row.__slots__
        }
        for row in db.session().scalars(select(Progress).execution_options(populate_existing=True))
    }


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.permutations(range(13)), st.sampled_from([1, 3, 13]), st.booleans())
def test_the_order_in_which_players_are_heard_never_matters(
    house: Played, order: list[int], size: int, staff: bool
) -> None:
    way = _way(house)
    with pytest.raises(Undo), db.transaction() as session:
        credential = session.scalars(select(Credential)).one()
        if staff:  # something of the house's own among it
            registration = session.get_one(Registration, house.registration)
            events.publish(
                events.happened(
                    "completed", registration, language="en", activity=activities.get("unit/lesson")
                )
            )
        arriving = _arriving(way, order)
        for start in range(0, len(arriving), size):
            batch = [
                inbox.receive(json.dumps(one), version="1.0.3")
                for one in arriving[start : start + size]
            ]
            players.take(batch, credential, version="1.0.3")
        lived = _rows()
        rebuilt = progress.rebuild()
        assert (rebuilt.differing, rebuilt.surplus, rebuilt.rows) == (0, 0, len(lived))
        assert _rows() == lived
        a, b = (lived[house.registration, activities.get(key).id] for key in ("unit/a", "unit/b"))
        assert (a["status"], a["seconds"], str(a["statement_id"])) == (
            "completed",
            30.0,
            way[2]["id"],
        )
        assert (b["status"], b["score"], b["seconds"]) == ("passed", 0.9, 60.0)
        assert b["done_at"] == NOON + timedelta(minutes=8)
        assert (house.registration, activities.get("unit/quiz").id) not in lived
        raise Undo
