"""How a command shows that it goes on: a bar on standard error."""

from __future__ import annotations

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn


def bar() -> Progress:
    """With what is done, of how much, and the time so far."""
    shown = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    return Progress(*shown, TimeElapsedColumn(), console=Console(stderr=True))
