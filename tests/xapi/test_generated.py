"""Any valid statement comes back as it was sent; any invalid one is refused, and never breaks."""

from __future__ import annotations

import json
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.xapi.generated import FAULTS, VALID, spoilt
from tests.xapi.senders import a_sender

_ADDED = ("stored", "authority", "version", "timestamp")
_CALMLY = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]


def _come_back(app: Flask, examples: int) -> None:
    sender = a_sender(app)

    @settings(max_examples=examples, suppress_health_check=_CALMLY, database=None)
    @given(VALID)
    def each(told: dict[str, Any]) -> None:
        told = {"id": str(uuid4()), **told}
        answer = sender.post(told)
        assert answer.status_code == 200, answer.text
        kept = sender.get(statementId=told["id"])
        assert kept.status_code == 200
        found = json.loads(kept.data)
        for name in _ADDED:
            if name not in told:
                assert found.pop(name)
        assert found == _with_lists(told)

    each()


def _with_lists(told: dict[str, Any]) -> dict[str, Any]:
    """Extensions stay as they are, whatever stands in them."""
    found = dict(told)
    if "context" in told and "contextActivities" in told["context"]:
        found["context"] = {
            **told["context"],
            "contextActivities": {
                name: one if isinstance(one, list) else [one]
                for name, one in told["context"]["contextActivities"].items()
            },
        }
    if told["object"].get("objectType") == "SubStatement":
        found["object"] = _with_lists(told["object"])
    return found


def _are_refused(app: Flask, examples: int) -> None:
    sender = a_sender(app)

    @settings(max_examples=examples, suppress_health_check=_CALMLY, database=None)
    @given(VALID, st.sampled_from(sorted(FAULTS)))
    def each(told: dict[str, Any], fault: str) -> None:
        told = {"id": str(uuid4()), **told}
        answer = sender.post(spoilt(told, fault))
        assert answer.status_code == 400, (fault, answer.text)
        assert answer.json["detail"]
        assert sender.get(statementId=told["id"]).status_code == 404

    each()


def test_a_valid_statement_comes_back_as_it_was_sent(app: Flask) -> None:
    _come_back(app, 150)


def test_an_invalid_statement_is_refused(app: Flask) -> None:
    _are_refused(app, 150)


@pytest.mark.long
def test_ten_thousand_valid_statements_come_back_as_they_were_sent(app: Flask) -> None:
    _come_back(app, 10_000)


@pytest.mark.long
def test_ten_thousand_invalid_statements_are_refused(app: Flask) -> None:
    _are_refused(app, 10_000)
