"""What several send at once: kept by one commit, each whole or not at all."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from app import db
from app.errors import Conflict
from tests.xapi.senders import Sender, a_sender, told
from xapi.models import Mention, Statement
from xapi.service import inbox
from xapi.service.inbox import Batch


def sent(*statements: dict[str, Any]) -> Batch:
    received = [inbox.receive(json.dumps(one), version="1.0.3") for one in statements]
    return Batch(received, authority="sender", version="1.0.3", defines=True)


def keep(*some: Batch) -> list[type]:
    with db.transaction():
        return [type(wrong) for wrong in inbox.keep(some)]


def ids() -> list[str]:
    rows = select(Statement.statement_id).order_by(Statement.seq)
    return [str(one) for one in db.session().scalars(rows)]


def other(statement: dict[str, Any]) -> dict[str, Any]:
    return {**statement, "verb": {"id": "https://elsewhere.example/verbs/other"}}


@pytest.fixture(autouse=True)
def _within(app: Flask) -> Any:
    with app.app_context():
        yield


NONE = type(None)


def test_each_keeps_its_own_order() -> None:
    first, second = [told(), told()], [told(), told()]
    assert keep(sent(*first), sent(*second)) == [NONE, NONE]
    assert ids() == [one["id"] for one in first + second]


def test_who_says_a_known_id_otherwise_keeps_nothing_and_disturbs_nobody() -> None:
    known, mine, hers = told(), told(context={"instructor": {"mbox": "mailto:i@x.example"}}), told()
    keep(sent(known))
    assert keep(sent(mine, other(known)), sent(hers)) == [Conflict, NONE]
    assert ids() == [known["id"], hers["id"]]
    assert db.session().scalar(select(func.count()).select_from(Mention)) == 0


def test_of_two_that_say_an_id_in_the_same_moment_the_second_must_say_the_same() -> None:
    one, more, hers = told(), told(), told()
    assert keep(sent(one), sent(one, more), sent(other(one), hers)) == [NONE, NONE, Conflict]
    assert ids() == [one["id"], more["id"]]


def test_who_comes_after_one_that_is_refused_may_be_kept() -> None:
    known, one = told(), told()
    keep(sent(known))
    assert keep(sent(other(known), one), sent(other(one))) == [Conflict, NONE]
    assert ids() == [known["id"], one["id"]]


def test_colliding_batches_never_fail(app: Flask) -> None:
    """The same agents, verbs and activities, and the same ids in another order."""
    a_sender(app)
    shared = [
        told(
            actor={"mbox": f"mailto:{place % 3}@elsewhere.example"},
            object={
                "id": f"https://elsewhere.example/activities/{place % 5}",
                "definition": {"name": {"en": f"of {place}"}},
            },
        )
        for place in range(20)
    ]

    def post(number: int) -> int:
        body = shared if number % 2 else shared[::-1]
        mine = [told(object=one["object"]) for one in body]
        return Sender(app.test_client(), "sender").post(body + mine).status_code

    with ThreadPoolExecutor(16) as pool:
        assert set(pool.map(post, range(64))) == {200}
    assert len(ids()) == 20 + 64 * 20
