"""Marking: plain values in, plain values out."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

SINGLE = "single"
MULTIPLE = "multiple"
TRUE_FALSE = "true_false"
TYPES = (SINGLE, MULTIPLE, TRUE_FALSE)


@dataclass(frozen=True, slots=True)
class Key:
    """What is right in a question: ids of its options."""

    type: str
    right: frozenset[str]


def score(key: Key, given: Collection[str]) -> float:
    """The mark of one answer, 0 or 1: all that is right and nothing else, in any order.

    A question that was left open (nothing given) is wrong.
    """
    return 1.0 if given and frozenset(given) == key.right else 0.0


def total(marks: Sequence[float]) -> float:
    """The scaled score of an attempt, 0-1: the mean of the marks of all its questions.

    Raises ValueError without any question.
    """
    if not marks:
        raise ValueError("a quiz without questions has no score")
    return sum(marks) / len(marks)


def passes(scaled: float, pass_mark: float) -> bool:
    """Whether a scaled score reaches the pass mark; 7 of 10 reach 0.7 whatever the rounding."""
    return scaled >= pass_mark - 1e-9


def fault(type: str, options: Collection[str], given: Sequence[str]) -> str | None:
    """Why this can be no answer: "unknown", "twice" or "several"; None when it can."""
    if not set(given) <= set(options):
        return "unknown"
    if len(set(given)) != len(given):
        return "twice"
    if type != MULTIPLE and len(given) > 1:
        return "several"
    return None


def response(options: Sequence[str], given: Collection[str]) -> str:
    """An answer as xAPI writes it (Data, Response Patterns): "a", "a[,]c", "true"."""
    return "[,]".join(option for option in options if option in given)
