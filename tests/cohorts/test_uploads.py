"""200 MB sent to a real server: a clear answer, at once, in flat memory, and nobody waits."""

from __future__ import annotations

import re
import socket
import threading
import time
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest
from flask import Flask

from tests import houses
from tests.killing import Server, serving

SIZE = 200_000_000
PIECE = b"x" * 65_536


@pytest.fixture
def server(app: Flask, database_url: str, tmp_path: Path) -> Iterator[Server]:
    houses.with_content(app)
    with serving(tmp_path, database_url) as found:
        found.start()
        yield found


def _memory(server: Server) -> int:
    """The most that its processes ever held, in bytes."""
    assert server.process is not None
    family = [server.process.pid]
    for pid in family:
        children = Path(f"/proc/{pid}/task/{pid}/children")
        family += [int(one) for one in children.read_text().split()]
    peaks = [
        line.split()[1]
        for pid in family
        for line in Path(f"/proc/{pid}/status").read_text().splitlines()
        if line.startswith("VmHWM")
    ]
    return sum(map(int, peaks)) * 1024


def _send(server: Server, path: str, headers: dict[str, str], *, chunked: bool) -> bytes:
    """Send until the server has heard enough; what it answered."""
    length = {"Transfer-Encoding": "chunked"} if chunked else {"Content-Length": str(SIZE)}
    told = {"Host": "127.0.0.1", "Content-Type": "text/csv", **length, **headers}
    head = f"POST {path} HTTP/1.1\r\n" + "".join(f"{k}: {v}\r\n" for k, v in told.items())
    with socket.create_connection(("127.0.0.1", server.port), timeout=60) as line:
        line.sendall(f"{head}\r\n".encode())
        heard: list[bytes] = []
        listening = threading.Thread(target=_listen, args=(line, heard))
        listening.start()
        sent = 0
        try:
            while sent < SIZE and not heard:
                size = f"{len(PIECE):x}\r\n".encode() if chunked else b""
                line.sendall(size + PIECE + (b"\r\n" if chunked else b""))
                sent += len(PIECE)
        except OSError:
            pass  # it has closed the line
        listening.join(timeout=30)
    return b"".join(heard)


def _listen(line: socket.socket, heard: list[bytes]) -> None:
    try:
        while piece := line.recv(65_536):
            heard.append(piece)
            if b"\r\n\r\n" in b"".join(heard):
                time.sleep(0.2)
                heard.append(line.recv(65_536))
                return
    except OSError:
        return


@pytest.mark.parametrize("chunked", [False, True])
def test_200_mb_get_a_clear_answer_and_hold_nobody_up(
    app: Flask, server: Server, chunked: bool
) -> None:
    with app.app_context():
        edition = houses.an_edition(state="open")
        admin = houses.a_person(role="administrator")
        headers = houses.bearing(houses.a_token(admin))
        path = f"/api/v1/editions/{edition.slug}/imports"
    assert server.ask("GET", "/readyz")[0] == 200
    before = _memory(server)
    slowest: list[float] = []
    over = threading.Event()

    def others() -> None:
        while not over.is_set():
            began = time.monotonic()
            assert server.ask("POST", "/api/v1/nowhere")[0] == 404
            slowest.append(time.monotonic() - began)

    beside = threading.Thread(target=others)
    beside.start()
    began = time.monotonic()
    answer = _send(server, path, {"Accept-Language": "fr", **headers}, chunked=chunked)
    took = time.monotonic() - began
    over.set()
    beside.join()
    assert answer.startswith(b"HTTP/1.1 411" if chunked else b"HTTP/1.1 413"), answer[:300]
    assert b"application/problem+json" in answer
    assert took < 20
    assert _memory(server) - before < 30_000_000
    assert max(slowest) < 2


def test_a_page_says_it_as_a_page(app: Flask, server: Server) -> None:
    with app.app_context():
        edition = houses.an_edition(state="open")
        path = f"/es/admin/editions/{edition.slug}/imports/new"
    answer = _send(server, path, {}, chunked=False)
    assert answer.startswith(b"HTTP/1.1 413"), answer[:300]
    assert b'lang="es"' in answer


def test_a_page_takes_a_file_of_four_megabytes_with_its_token(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The token is looked for in the form, which is read once it is known how much may come."""
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", True)
    with houses.with_content(app).app_context():
        path = f"/en/admin/editions/{houses.an_edition(state='open').slug}/imports/new"
        client = houses.signed_in(houses.visitor(app), houses.a_person(role="administrator"))
    token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', client.get(path).text)
    assert token is not None
    content = b"email\nnew@x.example\n" + b"\n" * 4_000_000
    form = {"csrf_token": token[1], "file": (BytesIO(content), "list.csv")}
    assert client.post(path, data=form).status_code == 303
    assert client.post(path, data={**form, "csrf_token": "", "file": None}).status_code == 400
