"""The projection: the same row from the same events, in whatever order they come."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from random import Random
from uuid import uuid4

from hypothesis import given
from hypothesis import strategies as st

from app import projection
from app.events import LearningEvent, Result

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
PERSON, REGISTRATION = uuid4(), uuid4()
VERBS = ["registered", "updated", "initialized", "failed", "passed", "attended", "completed"]


def event(verb: str, minutes: int = 0, **more: object) -> LearningEvent:
    return replace(
        LearningEvent(
            id=uuid4(),
            verb=verb,
            person_id=PERSON,
            activity="https://passage.example/activities/modules/m1/quiz",
            registration_id=REGISTRATION,
            time=NOON + timedelta(minutes=minutes),
        ),
        **more,  # type: ignore[arg-type]  # a test's shorthand
    )


@st.composite
def histories(draw: st.DrawFn) -> list[LearningEvent]:
    told = draw(
        st.lists(
            st.builds(
                lambda verb, minutes, score, seconds: event(
                    verb, minutes, result=Result(score=score, seconds=seconds)
                ),
                st.sampled_from(VERBS),
                st.integers(0, 5),
                st.none() | st.floats(0, 1),
                st.none() | st.integers(0, 100).map(float),
            ),
            max_size=8,
        )
    )
    if told:
        gone = draw(st.lists(st.sampled_from(told), unique=True, max_size=3))
        told = told + [event("voided", 9, takes_back=one.id) for one in gone]
    return told


@given(histories(), st.randoms())
def test_the_order_of_arrival_never_matters(told: list[LearningEvent], dice: Random) -> None:
    shuffled = list(told)
    dice.shuffle(shuffled)
    assert projection.project(told) == projection.project(shuffled)


@given(histories())
def test_what_was_taken_back_counts_for_nothing(told: list[LearningEvent]) -> None:
    gone = {one.takes_back for one in told}
    row = projection.project(told)
    left = projection.project([one for one in told if one.id not in gone and not one.takes_back])
    if left is None:
        assert row is None
    else:
        assert row is not None
        assert (row.status, row.score, row.seconds, row.done_at) == (
            left.status,
            left.score,
            left.seconds,
            left.done_at,
        )


def test_failing_after_passing_lowers_nothing() -> None:
    row = projection.project(
        [
            event("passed", 1, result=Result(score=0.9)),
            event("failed", 2, result=Result(score=0.2)),
        ]
    )
    assert row is not None
    assert (row.status, row.score) == ("passed", 0.9)
    assert row.done_at == NOON + timedelta(minutes=1)


def test_who_attended_has_done_it_until_it_is_taken_back() -> None:
    attended = event("attended", 1)
    row = projection.project([attended])
    assert row is not None
    assert (row.status, row.done_at) == ("attended", NOON + timedelta(minutes=1))
    assert projection.project([attended, event("voided", 2, takes_back=attended.id)]) is None


def test_a_new_plan_is_no_step() -> None:
    row = projection.project(
        [event("registered", 0, required=("a",)), event("updated", 1, required=("b",))]
    )
    assert row is not None
    assert (row.status, row.required) == ("registered", ["b"])


def test_a_statement_that_may_not_move_progress_does_not() -> None:
    assert projection.project([event("passed", result=Result(score=1.0), moves=False)]) is None


def test_what_is_required_is_what_was_said_last() -> None:
    row = projection.project(
        [event("registered", 0, required=("a", "b")), event("completed", 1, required=("a",))]
    )
    assert row is not None
    assert row.required == ["a"]
