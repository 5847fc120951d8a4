"""What waits to be forwarded, as figures for whoever watches the house."""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from app import db
from xapi.service import targets


class Queue(Collector):
    """Each target with what waits for it, as the database says when it is asked."""

    def collect(self) -> Iterator[Metric]:
        gauges = [
            GaugeMetricFamily(f"passage_xapi_forward_{name}", words, labels=["target"])
            for name, words in (
                ("waiting", "Statements to be sent, of the next 20000 that are looked at"),
                ("oldest_seconds", "How long the first of them has waited"),
                ("dead", "Statements that the target refused"),
                ("sent", "Statements that it has taken"),
                ("running", "1 while it is served, 0 while it is stopped or switched off"),
            )
        ]
        now = db.now()
        for one in targets.everyone():
            oldest = one.waiting.oldest
            values = (
                one.waiting.count,
                max((now - oldest).total_seconds(), 0.0) if oldest else 0.0,
                one.dead,
                one.target.sent,
                one.state in ("active", "failing"),
            )
            for gauge, value in zip(gauges, values, strict=True):
                gauge.add_metric([f"{one.target.label} {str(one.target.id)[:8]}"], float(value))
        yield from gauges
