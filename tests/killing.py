"""A real server that can be killed at any moment (kill -9), and started again."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass
class Server:
    """The house in a process group of its own, which can be killed and started again."""

    folder: Path
    database_url: str
    port: int
    settings: dict[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        settings = {
            "PORT": str(self.port),
            "PASSAGE_DATA": str(self.folder),
            "PASSAGE_DATABASE_URL": self.database_url,
            **self.settings,
        }
        with (self.folder / "printed.txt").open("ab") as printed:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "app", "serve"],
                env=os.environ | settings,
                stdout=printed,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self._wait()

    def _wait(self) -> None:
        until = time.monotonic() + 60
        while time.monotonic() < until and self.process and self.process.poll() is None:
            try:
                if self.ask("GET", "/readyz")[0] == 200:
                    return
            except OSError:
                time.sleep(0.05)
        raise RuntimeError((self.folder / "printed.txt").read_text())

    def kill(self) -> None:
        """kill -9 of the whole group: no handler runs, nothing is closed."""
        if self.process is not None:
            os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            self.process = None

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> tuple[int, Any]:
        """The status and the JSON of one answer. Raises OSError when there is none."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            sent = None if body is None else json.dumps(body)
            more = {"Content-Type": "application/json"} if sent else {}
            connection.request(method, path, sent, headers | more)
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read() or b"null")
        except http.client.HTTPException as broken:
            raise ConnectionError(str(broken)) from broken
        finally:
            connection.close()


@contextmanager
def serving(folder: Path, database_url: str, **settings: str) -> Iterator[Server]:
    """`settings` are PASSAGE_* variables without the prefix."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    named = {f"PASSAGE_{name}": value for name, value in settings.items()}
    server = Server(folder, database_url, port, named)
    try:
        yield server
    finally:
        server.kill()
