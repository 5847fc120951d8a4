"""Completion rules: what they say of the facts, and that their explanation never lies."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app import completion
from app.completion import All, Any_, AtLeast, Completed, Fact, Rule, Score, Verdict

HERE, ELSEWHERE = uuid4(), uuid4()
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
ACTIVITIES = ["a", "b", "c", "d"]


def fact(activity: str, status: str = "completed", score: float | None = None, **more: object):
    given: dict[str, object] = {"registration_id": HERE, "at": NOON, "statement_id": uuid4()}
    return Fact(activity=activity, status=status, score=score, **{**given, **more})  # type: ignore[arg-type]  # a test's shorthand


facts = st.lists(
    st.builds(
        Fact,
        activity=st.sampled_from(ACTIVITIES),
        registration_id=st.sampled_from([HERE, ELSEWHERE]),
        status=st.sampled_from(["registered", "begun", "failed", "passed", "completed"]),
        score=st.none() | st.floats(0, 1),
        at=st.integers(0, 1000).map(lambda minutes: NOON + timedelta(minutes=minutes)),
        statement_id=st.uuids(),
    ),
    max_size=8,
)
leaves: st.SearchStrategy[Rule] = st.builds(
    Completed, st.sampled_from(ACTIVITIES), st.booleans()
) | st.builds(Score, st.sampled_from(ACTIVITIES), st.floats(0, 1))
rules: st.SearchStrategy[Rule] = st.recursive(
    leaves,
    lambda inner: st.lists(inner, min_size=1, max_size=4).flatmap(
        lambda parts: st.one_of(
            st.just(All(tuple(parts))),
            st.just(Any_(tuple(parts))),
            st.builds(AtLeast, st.just(tuple(parts)), count=st.integers(1, len(parts))),
            st.builds(AtLeast, st.just(tuple(parts)), share=st.floats(0.01, 1)),
        )
    ),
    max_leaves=8,
)


def test_lessons_and_a_passed_quiz_complete_a_module() -> None:
    rule = completion.parse(
        {"all": [{"completed": "a"}, {"completed": "b"}, {"score": "c", "minimum": 0.7}]}
    )
    lessons = [fact("a"), fact("b", at=NOON + timedelta(hours=1))]
    quiz = fact("c", "passed", 0.8, at=NOON + timedelta(hours=2))

    missing = completion.explain(rule, lessons, HERE)
    assert not missing.met
    assert [part.met for part in missing.parts] == [True, True, False]

    whole = completion.explain(rule, [*lessons, quiz], HERE)
    assert whole.met
    assert whole.at == quiz.at
    assert set(whole.evidence) == {one.statement_id for one in (*lessons, quiz)}


def test_an_earlier_registration_counts_unless_the_rule_says_otherwise() -> None:
    before = [fact("a", registration_id=ELSEWHERE)]
    assert completion.explain(Completed("a"), before, HERE).met
    assert not completion.explain(Completed("a", earlier=False), before, HERE).met


def test_the_best_score_is_told_even_when_it_is_not_enough() -> None:
    verdict = completion.explain(
        Score("a", 0.7), [fact("a", "failed", 0.4), fact("a", "failed", 0.6)], HERE
    )
    assert (verdict.met, verdict.score) == (False, 0.6)


def test_eighty_percent_of_five_sessions_are_four() -> None:
    rule = AtLeast(tuple(Completed(one) for one in "abcde"), share=0.8)
    assert rule.needed == 4
    assert not completion.explain(rule, [fact(one) for one in "abc"], HERE).met
    assert completion.explain(rule, [fact(one) for one in "abcd"], HERE).met


@pytest.mark.parametrize(
    "wrong",
    [
        {},
        {"completed": 3},
        {"score": "a"},
        {"score": "a", "minimum": 70},
        {"at_least": {"of": []}},
        {"all": [{"nonsense": 1}]},
    ],
)
def test_what_is_no_rule_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="not a completion rule"):
        completion.parse(wrong)


@given(rules, facts)
def test_what_more_is_done_never_undoes_a_completion(rule: Rule, some: list[Fact]) -> None:
    before = completion.explain(rule, some, HERE)
    after = completion.explain(rule, [*some, fact("a", "completed", 1.0)], HERE)
    assert after.met or not before.met


@given(rules, facts, st.randoms())
def test_the_order_of_facts_is_irrelevant(rule: Rule, some: list[Fact], dice: object) -> None:
    shuffled = list(some)
    dice.shuffle(shuffled)  # type: ignore[attr-defined]  # hypothesis hands over a Random
    assert completion.explain(rule, some, HERE) == completion.explain(rule, shuffled, HERE)


@given(rules, facts)
def test_a_met_rule_names_its_evidence_and_when(rule: Rule, some: list[Fact]) -> None:
    known = {one.statement_id: one.at for one in some}

    def check(verdict: Verdict) -> None:
        if verdict.met:
            assert verdict.evidence
            assert verdict.at == max(known[one] for one in verdict.evidence)
        else:
            assert not verdict.evidence
        for part in verdict.parts:
            check(part)

    check(completion.explain(rule, some, HERE))


@given(st.lists(st.sampled_from(ACTIVITIES)), st.sets(st.sampled_from([*ACTIVITIES, "z"])))
def test_the_share_is_of_what_was_required(required: list[str], done: set[str]) -> None:
    share = completion.share(required, done)
    assert share is None if not required else 0 <= (share or 0) <= 1
    assert completion.share(required, set(required)) in (None, 1.0)


def test_a_share_without_requirements_is_no_share() -> None:
    assert completion.share([], {"a"}) is None
