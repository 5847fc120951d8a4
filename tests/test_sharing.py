"""Shared commits: many wishes, one commit, and each its own fate."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from app import db, sharing
from app.errors import Conflict
from app.models import Setting


def kept(app: Flask) -> set[str]:
    with app.app_context():
        names = select(Setting.name).where(Setting.name.startswith("wish "))
        return set(db.session().scalars(names))


def write(wishes: Sequence[str]) -> list[Exception | None]:
    """Every wish as a setting; one with "bad" in it is refused, "poison" spoils all."""
    for one in wishes:
        if "poison" in one:
            raise ValueError(one)
        if "bad" not in one:
            db.session().add(Setting(name=f"wish {one}", value=""))
    db.session().flush()
    return [Conflict(one) if "bad" in one else None for one in wishes]


class Gate:
    """Lets the first act wait until so many wishes stand in line behind it; counts acts."""

    def __init__(self, behind: int) -> None:
        self.behind, self.acts = behind, 0
        self.here = threading.Semaphore(0)

    def __call__(self, wishes: Sequence[str]) -> list[Exception | None]:
        self.acts += 1
        if self.acts == 1:
            for _ in range(self.behind):
                assert self.here.acquire(timeout=30)
        return write(wishes)


def send(app: Flask, wishes: Sequence[str], act: Gate) -> list[BaseException | None]:
    """What became of each wish, when the first is being kept while the others come."""

    def one(wish: str) -> BaseException | None:
        with app.app_context():
            act.here.release()
            try:
                sharing.keep("wishes", wish, act)
            except (Conflict, ValueError) as wrong:
                return wrong
        return None

    with ThreadPoolExecutor(len(wishes)) as pool:
        return list(pool.map(one, wishes))


def test_those_who_wait_share_a_commit(app: Flask) -> None:
    wishes = [str(number) for number in range(12)]
    act = Gate(len(wishes))
    assert send(app, wishes, act) == [None] * 12
    assert kept(app) == {f"wish {one}" for one in wishes}
    assert act.acts < len(wishes)


def test_what_is_wrong_with_one_is_said_to_that_one_alone(app: Flask) -> None:
    wishes = ["1", "bad", "2", "3"]
    fates = send(app, wishes, Gate(len(wishes)))
    assert [type(one) for one in fates] == [type(None), Conflict, type(None), type(None)]
    assert kept(app) == {"wish 1", "wish 2", "wish 3"}


def test_a_fault_that_spoils_a_commit_is_of_one_alone(app: Flask) -> None:
    wishes = ["1", "poison", "2", "3"]
    fates = send(app, wishes, Gate(len(wishes)))
    assert [type(one) for one in fates] == [type(None), ValueError, type(None), type(None)]
    assert kept(app) == {"wish 1", "wish 2", "wish 3"}


@pytest.mark.parametrize(("times", "fails"), [(1, False), (3, False), (4, True)])
def test_who_was_in_anothers_way_tries_again(app: Flask, times: int, fails: bool) -> None:
    tried = 0

    def act(wishes: Sequence[str]) -> list[Exception | None]:
        nonlocal tried
        tried += 1
        found = write(wishes)
        if tried <= times:
            raise OperationalError("", {}, psycopg.errors.DeadlockDetected())
        return found

    with app.app_context():
        if fails:
            with pytest.raises(OperationalError):
                sharing.keep("wishes", "1", act)
        else:
            sharing.keep("wishes", "1", act)
    assert kept(app) == (set() if fails else {"wish 1"})


def test_who_is_told_to_end_leaves_the_others_to_the_next(app: Flask) -> None:
    def end(wishes: Sequence[str]) -> list[Exception | None]:
        raise KeyboardInterrupt

    with app.app_context():
        with pytest.raises(KeyboardInterrupt):
            sharing.keep("wishes", "1", end)
        sharing.keep("wishes", "2", write)
    assert kept(app) == {"wish 1", "wish 2"}
