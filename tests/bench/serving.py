"""The house as it is served, but each request that stores has a commit of its own: what sharing a
commit is worth."""

from __future__ import annotations

import os

from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels


def serve(target: str) -> None:
    """Serve a WSGI app on the PORT of the environment, as the house is."""
    Granian(
        target,
        port=int(os.environ["PORT"]),
        interface=Interfaces.WSGI,
        blocking_threads=8,
        log_level=LogLevels.error,
    ).serve()


def __getattr__(name: str) -> object:
    if name != "app":
        raise AttributeError(name)
    from app import sharing, wsgi

    sharing.MOST = 1
    return wsgi.app


if __name__ == "__main__":
    serve("tests.bench.serving:app")
