"""Benchmarks: each module has a NAME and run() -> list[Row]; figures, never a verdict of a test."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """One measured figure beside what it is compared with.

    `peer` says what the other figure is (a rival, a limit, the naive way), `ratio` is figure ÷ peer
    in one run on the same machine, `goal` what is to be reached, as a sentence for the reader.
    """

    name: str
    figure: float
    unit: str
    peer: str = ""
    ratio: float | None = None
    goal: str = ""
