"""What is counted of /xapi: what was stored and refused, how long it took, what waits elsewhere."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask

from tests.test_metrics import TOKEN, figures
from tests.xapi.senders import Sender, a_sender, told
from tests.xapi.stores import a_store, a_target, forward
from xapi import measures


@pytest.fixture
def app(make_app: Callable[..., Flask]) -> Flask:
    return make_app(METRICS_TOKEN=TOKEN, OUTBOUND_PRIVATE="1")


@pytest.fixture
def sender(app: Flask) -> Sender:
    return a_sender(app)


def _grown(app: Flask, do: Callable[[], object]) -> dict[str, float]:
    before = figures(app.test_client())
    do()
    after = figures(app.test_client())
    grown = {name: after[name] - before.get(name, 0) for name in after}
    return {name: value for name, value in grown.items() if value and "bucket" not in name}


def test_what_is_stored_is_counted_once_it_is_kept(app: Flask, sender: Sender) -> None:
    def store() -> None:
        assert sender.put(told()).status_code == 204
        assert sender.post([told(), told(), told()]).status_code == 200
        wrong = {**told(), "verb": {"id": "no iri"}}
        assert sender.post([told(), wrong]).status_code == 400

    grown = _grown(app, store)
    assert grown["passage_xapi_statements_stored_total,source=outside"] == 4
    assert grown["passage_xapi_batches_stored_total"] == 1
    assert grown["passage_xapi_refused_total,requirement=Data 2.4.3,status=400"] == 1
    assert grown["passage_xapi_request_seconds_count,method=POST,resource=statements"] == 2
    assert grown["passage_xapi_request_seconds_count,method=PUT,resource=statements"] == 1
    assert 0 < grown["passage_xapi_request_seconds_sum,method=POST,resource=statements"] < 60


def test_whatever_is_sent_the_labels_stay_few(app: Flask, sender: Sender) -> None:
    def ask() -> None:
        for number in range(5):
            sender.get(f"/xapi/nothing/{number}")
            sender.client.open("/xapi/statements", method=f"ODD{number}", headers=sender.headers)
            sender.headers["X-Experience-API-Version"] = f"9 (xAPI Data, 9.{number})"
            sender.get()
            sender.headers["X-Experience-API-Version"] = "1.0.3"

    grown = _grown(app, ask)
    assert grown["passage_xapi_request_seconds_count,method=GET,resource=other"] == 5
    assert grown["passage_xapi_request_seconds_count,method=other,resource=statements"] == 5
    assert grown["passage_xapi_refused_total,requirement=Communication 3.3,status=400"] == 5
    assert not [name for name in grown if "Data 9" in name]
    assert sum(value for name, value in grown.items() if "refused" in name) == 15


def test_only_a_section_at_the_end_is_a_requirement() -> None:
    assert measures.requirement("actor: one (xAPI Data, 2.4.2)") == "Data 2.4.2"
    assert measures.requirement("kept (xAPI Communication, 2.1.1).") == "Communication 2.1.1"
    assert measures.requirement("(xAPI Data, 2.4.2) is what was sent") == "other"
    assert measures.requirement("(xAPI Data, 1.2.3.4.5.6.7)") == "other"
    assert measures.requirement("") == "other"
    for number in range(1000):
        measures.requirement(f"(xAPI Data, 8.{number})")
    told = {measures.requirement(f"(xAPI Data, 7.{number})") for number in range(1000)}
    assert told == {"other"}
    measures._cited.clear()


def test_what_waits_and_what_was_refused_elsewhere_is_told(app: Flask, sender: Sender) -> None:
    with a_store() as store:
        target_id = a_target(app, store.url)
        name = f",target=Ministry {str(target_id)[:8]}"
        bad = told()
        assert sender.post([told(), bad, told()]).status_code == 200
        told_ = figures(app.test_client())
        assert told_[f"passage_xapi_forward_waiting{name}"] == 3
        assert 0 < told_[f"passage_xapi_forward_oldest_seconds{name}"] < 60
        store.judge = lambda some: (400 if bad["id"] in {one["id"] for one in some} else 200, "")
        forward(app)
    told_ = figures(app.test_client())
    assert told_[f"passage_xapi_forward_waiting{name}"] == 0
    assert told_[f"passage_xapi_forward_oldest_seconds{name}"] == 0
    assert told_[f"passage_xapi_forward_dead{name}"] == 1
    assert told_[f"passage_xapi_forward_sent{name}"] == 2
    assert told_[f"passage_xapi_forward_running{name}"] == 1
