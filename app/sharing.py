"""Shared commits: what several requests ask to be kept in the same moment is kept by one commit.

To make a commit durable takes longer than to make it, and that one is all the others' too. Who
comes while somebody keeps waits; the next who keeps does so for all who wait. It is the exception
to "a request is a transaction", for what concerns nothing else of its request.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from sqlalchemy.exc import DBAPIError

from app import db, engines, plugins

Wish = TypeVar("Wish")
Keep = Callable[[Sequence[Wish]], Sequence[Exception | None]]
"""Keeps what is wished within one transaction; says of each what was wrong with it: then nothing
of it is kept, and all of the others."""

MOST = 64
"""Wishes of one commit."""
_TRIES = 4


@dataclass(slots=True)
class _Waiting(Generic[Wish]):
    wish: Wish
    kept: bool = False
    wrong: Exception | None = None


@dataclass(slots=True)
class _Line:
    waiting: deque[_Waiting[Any]] = field(default_factory=deque)
    alone: threading.Lock = field(default_factory=threading.Lock)


def keep(name: str, wish: Wish, act: Keep[Wish]) -> None:
    """Have a wish kept, together with those that others of this process bring to the line of this
    name meanwhile. Comes back once it is durable; raises what was wrong with it. The request has
    written nothing before, and what it has read is forgotten."""
    line: _Line = plugins.once(f"line {name}", _Line)
    mine = _Waiting(wish)
    line.waiting.append(mine)
    db.session().rollback()  # nobody waits with a transaction open
    while not mine.kept:
        with line.alone:
            if not mine.kept:
                _keep_some(line, act)
    if mine.wrong is not None:
        raise mine.wrong


def _keep_some(line: _Line, act: Keep[Any]) -> None:
    some = [line.waiting.popleft() for _ in range(min(MOST, len(line.waiting)))]
    try:
        _keep(some, act)
    finally:  # this thread may be told to end in the middle: others keep what is left
        line.waiting.extendleft(one for one in reversed(some) if not one.kept)


def _keep(some: Sequence[_Waiting[Wish]], act: Keep[Wish]) -> None:
    try:
        wrongs = _try([one.wish for one in some], act)
    except Exception as wrong:
        if len(some) > 1:  # somebody's fault, or everybody's: each alone
            for one in some:
                _keep([one], act)
            return
        wrongs = [wrong]
    for one, found in zip(some, wrongs, strict=True):
        one.wrong, one.kept = found, True


def _try(wishes: Sequence[Wish], act: Keep[Wish]) -> Sequence[Exception | None]:
    """Once more where others were in the way (a deadlock): their acts are done by then."""
    for more in reversed(range(_TRIES)):
        try:
            with db.transaction():
                return act(wishes)
        except DBAPIError as wrong:
            if not (more and engines.passes(wrong)):
                raise
    raise AssertionError("unreachable")
