"""Figures for whoever watches the house: who may see them, and what the engine and plugins tell."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from flask import Flask
from flask.testing import FlaskClient
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.parser import text_string_to_metric_families
from prometheus_client.registry import Collector

from app import db, jobs
from app.hookspecs import hookimpl

TOKEN = "a token of the one who watches"


def figures(client: FlaskClient) -> dict[str, float]:
    """Each sample as it is told: its name and labels, and its value."""
    answer = client.get("/metrics", headers={"Authorization": f"Bearer {TOKEN}"})
    assert answer.status_code == 200
    return {
        one.name + "".join(f",{name}={value}" for name, value in sorted(one.labels.items())): (
            one.value
        )
        for family in text_string_to_metric_families(answer.text)
        for one in family.samples
    }


@pytest.fixture
def watched(make_app: Callable[..., Flask]) -> Flask:
    return make_app(METRICS_TOKEN=TOKEN)


@pytest.mark.only("sqlite")
def test_without_a_token_in_the_settings_there_is_nothing(
    make_app: Callable[..., Flask],
) -> None:
    for app in (make_app(), make_app(METRICS_TOKEN="")):
        for headers in ({}, {"Authorization": "Bearer "}, {"Authorization": "Bearer None"}):
            assert app.test_client().get("/metrics", headers=headers).status_code == 404


@pytest.mark.only("sqlite")
@pytest.mark.parametrize(
    "said", ["", f"Basic {TOKEN}", "Bearer", "Bearer another", f"Bearer {TOKEN}x"]
)
def test_whoever_lacks_the_token_sees_nothing(watched: Flask, said: str) -> None:
    answer = watched.test_client().get("/metrics", headers={"Authorization": said})
    assert answer.status_code == 401
    assert "passage_" not in answer.text


def test_jobs_that_wait_and_that_failed_are_counted(watched: Flask) -> None:
    before = figures(watched.test_client())
    assert (before["passage_jobs_waiting"], before["passage_jobs_failed"]) == (0, 0)
    with watched.app_context(), db.transaction():
        for _ in range(3):
            jobs.enqueue("events.kept", {}, due_at=db.now() - timedelta(seconds=90))
        failed = jobs.enqueue("events.kept", {})
        failed.attempts, failed.error = jobs.PATIENCE, "no line"
        jobs.enqueue("events.kept", {}).done_at = db.now()
    told = figures(watched.test_client())
    assert (told["passage_jobs_waiting"], told["passage_jobs_failed"]) == (3, 1)
    assert 90 <= told["passage_jobs_late_seconds"] < 200


class _Guest(Collector):
    """A plugin that tells a figure of its own (hook `collectors`)."""

    @hookimpl
    def collectors(self) -> list[Collector]:
        return [self]

    def collect(self) -> Iterator[Metric]:
        yield GaugeMetricFamily("passage_guest_rooms", "Rooms", value=7)


def test_a_plugin_brings_collectors_of_its_own(watched: Flask) -> None:
    watched.extensions["passage.plugins"].register(_Guest(), "guest")
    assert figures(watched.test_client())["passage_guest_rooms"] == 7


@pytest.mark.only("sqlite")
def test_a_plugin_that_is_switched_off_tells_nothing(make_app: Callable[..., Flask]) -> None:
    app = make_app(METRICS_TOKEN=TOKEN, PLUGINS_OFF="xapi")
    assert not [name for name in figures(app.test_client()) if "xapi" in name]
