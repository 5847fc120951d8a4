"""Figures of the house for Prometheus: a registry for each house, filled by whoever has some.

Counters and histograms live in their process, and each serving process tells its own; what is
asked of the database is the same whichever process is asked.
"""

from __future__ import annotations

from collections.abc import Iterator

import prometheus_client
from prometheus_client import CollectorRegistry
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy import func, select

from app import db, jobs, plugins
from app.models import Outbox

prometheus_client.disable_created_metrics()  # type: ignore[no-untyped-call]  # a series more for each


CONTENT_TYPE = prometheus_client.CONTENT_TYPE_LATEST


class Jobs(Collector):
    """The jobs of the outbox, as the database says when it is asked."""

    def collect(self) -> Iterator[Metric]:
        waiting = GaugeMetricFamily("passage_jobs_waiting", "Jobs that are still to be done")
        failed = GaugeMetricFamily("passage_jobs_failed", "Jobs that were given up")
        late = GaugeMetricFamily(
            "passage_jobs_late_seconds", "How long ago the first job that waits was due"
        )
        open_ = Outbox.done_at.is_(None)
        alive = Outbox.attempts < jobs.PATIENCE
        rows = select(func.count(), func.min(Outbox.due_at)).where(open_, alive)
        count, due = db.session().execute(rows).one()
        given_up = select(func.count()).where(open_, ~alive, Outbox.error.is_not(None))
        waiting.add_metric([], count)
        failed.add_metric([], db.session().scalar(given_up) or 0)
        late.add_metric([], max((db.now() - due).total_seconds(), 0.0) if due else 0.0)
        yield from (waiting, failed, late)


def told() -> bytes:
    """All figures of the current house, in Prometheus' text format."""
    return prometheus_client.generate_latest(plugins.once("metrics", _registry))


def _registry() -> CollectorRegistry:
    registry = CollectorRegistry(auto_describe=False)
    for some in plugins.ring().collectors():
        for one in some:
            registry.register(one)
    return registry
