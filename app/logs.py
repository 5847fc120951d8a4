"""Structured logs: one JSON object a line in production, elsewhere only what needs a look."""

from __future__ import annotations

import logging

import structlog
from flask import Flask


def open_logs(app: Flask) -> None:
    """Configure structlog once for the process; the request id stands in every line."""
    render = (
        structlog.processors.JSONRenderer()
        if app.config["ENV"] == "production"
        else structlog.dev.ConsoleRenderer(colors=False)
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            render,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(
            logging.INFO if app.config["ENV"] == "production" else logging.WARNING
        ),
        cache_logger_on_first_use=False,
    )
