"""Serving: granian with one process on SQLite, the sweeper thread beside it, and workers."""

from __future__ import annotations

import signal
import socket
import threading

from flask import Flask
from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels

from app import config, jobs


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


def demand_free(address: str, port: int) -> None:
    """Raises config.Misconfigured when the port is taken: granian would share it silently."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except OSError as taken:
            raise config.Misconfigured(
                f"port {port} is in use: choose another with PORT=…"
            ) from taken


def work(app: Flask) -> None:
    """Do jobs in this process until it is told to stop."""
    stop = threading.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, lambda *_: stop.set())
    jobs.sweep(app, stop)
