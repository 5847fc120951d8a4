"""Context activities come back in lists, and durations are compared in hundredths of a second."""

from __future__ import annotations

import json
from typing import Any

import pytest
from flask import Flask

from tests.xapi.senders import Sender, a_sender, told

PLACES = ("parent", "grouping", "category", "other")
ONE = {"id": "https://elsewhere.example/activities/around"}


@pytest.fixture
def sender(app: Flask) -> Sender:
    return a_sender(app)


def around(**places: Any) -> dict[str, Any]:
    return {"context": {"contextActivities": places}}


def a_sub(**more: Any) -> dict[str, Any]:
    inner = {name: one for name, one in told(**more).items() if name != "id"}
    return told(object={"objectType": "SubStatement", **inner})


@pytest.mark.parametrize("shape", ["exact", "ids", "canonical"])
@pytest.mark.parametrize("place", PLACES)
def test_xapi_00096_one_activity_comes_back_in_a_list(
    sender: Sender, place: str, shape: str
) -> None:
    plain, sub = told(**around(**{place: ONE})), a_sub(**around(**{place: ONE}))
    assert sender.post([plain, sub]).status_code == 200
    kept = sender.get(statementId=plain["id"], format=shape).json
    assert kept is not None
    assert len(kept["context"]["contextActivities"][place]) == 1
    assert kept["context"]["contextActivities"][place][0]["id"] == ONE["id"]
    inner = sender.get(statementId=sub["id"], format=shape).json
    assert inner is not None
    assert inner["object"]["context"]["contextActivities"][place][0]["id"] == ONE["id"]


def test_xapi_00096_everything_else_stays_as_it_was_written(sender: Sender) -> None:
    text = json.dumps(told(**around(parent=[ONE], other=ONE)))
    text = text[:-1] + ', "result": {"score": {"raw": 1.50e1},  "response": "\\u00e9 \\/"}}'
    assert sender.post(text).status_code == 200
    kept = sender.get(statementId=json.loads(text)["id"]).text
    assert '{"score": {"raw": 1.50e1},  "response": "\\u00e9 \\/"}' in kept
    assert json.loads(kept)["context"]["contextActivities"] == {"parent": [ONE], "other": [ONE]}


def test_the_same_in_a_list_and_alone_is_the_same(sender: Sender) -> None:
    alone = told(**around(parent=ONE))
    assert sender.put(alone).status_code == 204
    assert sender.put({**alone, **around(parent=[ONE])}).status_code == 204
    assert sender.put(alone).status_code == 204
    assert sender.put({**alone, **around(parent=[ONE, ONE])}).status_code == 409
    assert len(sender.ids()) == 1


@pytest.mark.parametrize(
    ("first", "second", "status"),
    [
        ("PT1.1237S", "PT1.12S", 204),
        ("PT1.1237S", "PT1.129S", 204),
        ("PT1.5S", "PT1.501S", 204),
        ("PT2S", "PT2.009S", 204),
        ("PT1,12S", "PT1.12S", 204),
        ("PT1.12S", "PT1.13S", 409),
        ("PT12S", "PT1.2S", 409),
        ("PT1.01S", "PT1.1S", 409),
    ],
)
def test_durations_are_compared_in_hundredths(
    sender: Sender, first: str, second: str, status: int
) -> None:
    sender.headers["X-Experience-API-Version"] = "2.0.0"
    statement = told(result={"duration": first})
    assert sender.put(statement).status_code == 204
    assert sender.put({**statement, "result": {"duration": second}}).status_code == status
    kept = sender.get(statementId=statement["id"]).json
    assert kept is not None
    assert kept["result"]["duration"] == first
