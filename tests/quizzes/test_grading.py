"""Marking and drawing, as plain thinking."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quizzes import drawing, grading

OPTIONS = "abcdef"
options = st.sets(st.sampled_from(OPTIONS))
keys = st.builds(
    grading.Key,
    type=st.sampled_from(grading.TYPES),
    right=st.frozensets(st.sampled_from(OPTIONS), min_size=1),
)
marks = st.lists(st.sampled_from([0.0, 1.0]), min_size=1)


@given(keys)
def test_the_right_answer_gives_full_marks(key: grading.Key) -> None:
    assert grading.score(key, sorted(key.right)) == 1.0


@given(keys, st.permutations(OPTIONS), options)
def test_the_order_of_options_is_irrelevant(
    key: grading.Key, order: list[str], chosen: set[str]
) -> None:
    shuffled = [one for one in order if one in chosen]
    assert grading.score(key, shuffled) == grading.score(key, sorted(chosen))


@given(keys)
def test_an_open_question_is_wrong(key: grading.Key) -> None:
    assert grading.score(key, []) == 0.0


@given(keys, options, st.sampled_from(OPTIONS))
def test_a_wrong_option_never_raises_the_mark(key: grading.Key, chosen: set[str], one: str) -> None:
    if one not in key.right:
        assert grading.score(key, chosen | {one}) <= grading.score(key, chosen - {one})


@given(keys, options)
def test_all_or_nothing(key: grading.Key, chosen: set[str]) -> None:
    assert grading.score(key, chosen) == (1.0 if chosen == key.right else 0.0)


@given(marks)
def test_the_total_is_the_share_of_right_answers(given: list[float]) -> None:
    total = grading.total(given)
    assert 0.0 <= total <= 1.0
    assert total == pytest.approx(given.count(1.0) / len(given))


@given(marks, st.data())
def test_one_more_right_answer_never_lowers_the_total(
    given: list[float], data: st.DataObject
) -> None:
    place = data.draw(st.integers(0, len(given) - 1))
    better = [*given[:place], 1.0, *given[place + 1 :]]
    assert grading.total(better) >= grading.total(given)


def test_nothing_asked_has_no_score() -> None:
    with pytest.raises(ValueError, match="without questions"):
        grading.total([])


@given(st.integers(1, 200), st.integers(0, 100))
def test_a_pass_mark_is_reached_whatever_the_rounding(count: int, percent: int) -> None:
    for right in range(count + 1):
        scaled = grading.total([1.0] * right + [0.0] * (count - right))
        assert grading.passes(scaled, percent / 100) == (right * 100 >= percent * count)


@given(options, st.permutations(OPTIONS))
def test_a_response_is_written_as_the_standard_says(chosen: set[str], order: list[str]) -> None:
    response = grading.response(OPTIONS, [one for one in order if one in chosen])
    assert response.split("[,]") == (sorted(chosen) or [""])


def test_true_and_false_are_written_as_words() -> None:
    assert grading.response(["true", "false"], ["false"]) == "false"


@pytest.mark.parametrize(
    ("type", "given", "fault"),
    [
        ("single", [], None),
        ("single", ["a"], None),
        ("single", ["a", "b"], "several"),
        ("true_false", ["a", "b"], "several"),
        ("multiple", ["b", "a"], None),
        ("multiple", ["a", "a"], "twice"),
        ("multiple", ["z"], "unknown"),
    ],
)
def test_what_can_be_no_answer_is_named(type: str, given: list[str], fault: str | None) -> None:
    assert grading.fault(type, "abc", given) == fault


@given(st.integers(0, 2**31), st.lists(st.integers(), unique=True))
def test_a_seed_draws_the_same_order_each_time(seed: int, things: list[int]) -> None:
    assert drawing.questions(seed, things) == drawing.questions(seed, things)
    assert sorted(drawing.options(seed, 3, things)) == sorted(things)


def test_another_seed_draws_another_order() -> None:
    orders = {tuple(drawing.options(seed, 1, "abcd")) for seed in range(200)}
    assert len(orders) == 24
