"""Drawing: the order in which an attempt shows its questions and their options, from a seed."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import TypeVar

Thing = TypeVar("Thing")


def questions(seed: int, given: Sequence[Thing]) -> list[Thing]:
    """The questions of an attempt in the order of this seed."""
    return _drawn(Random(f"{seed}"), given)  # noqa: S311  (an order, no secret)


def options(seed: int, place: int, given: Sequence[Thing]) -> list[Thing]:
    """The options of the question at this place (from 1) in the order of this seed."""
    return _drawn(Random(f"{seed} {place}"), given)  # noqa: S311  (an order, no secret)


def _drawn(dice: Random, given: Sequence[Thing]) -> list[Thing]:
    drawn = list(given)
    dice.shuffle(drawn)
    return drawn
