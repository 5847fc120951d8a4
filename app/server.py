"""Serving: granian with one process on SQLite, the sweeper thread beside it, and workers."""

from __future__ import annotations

import signal
import threading

from flask import Flask
from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels

from app import jobs


def serve(app: Flask, *, address: str) -> None:
    """Serve until Ctrl-C or SIGTERM, then stop cleanly."""
    Granian(
        "app.wsgi:app",
        address=address,
        port=app.config["PORT"],
        interface=Interfaces.WSGI,
        workers=1,
        blocking_threads=8,  # more than cores: they wait for the database, and for slow lines
        log_level=LogLevels.error,
    ).serve()


def work(app: Flask) -> None:
    """Do jobs in this process until it is told to stop."""
    stop = threading.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, lambda *_: stop.set())
    jobs.sweep(app, stop)
