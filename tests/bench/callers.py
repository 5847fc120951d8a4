"""People at the door of a served house: one connection that is kept, a cookie, a forms' token."""

from __future__ import annotations

import hashlib
import json as stdlib_json
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlencode, urlsplit

from flask import Flask
from flask.sessions import SecureCookieSessionInterface
from flask_login.utils import _create_identifier
from itsdangerous import URLSafeTimedSerializer


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, as it went over the line."""

    status: int
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def json(self) -> Any:
        return stdlib_json.loads(self.body)


class Caller:
    """Asks over a connection that stays open; redirects are not followed. Raises RuntimeError
    where it is refused."""

    def __init__(self, url: str, standing: Mapping[str, str]) -> None:
        self._connection = HTTPConnection(urlsplit(url).netloc)
        self._standing = standing

    def __call__(
        self,
        method: str,
        path: str,
        *,
        data: Mapping[str, Any] | None = None,
        json: Any = None,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        said, body = {**self._standing, **(headers or {})}, None
        if data is not None or method == "POST":
            body = urlencode(data or {}, doseq=True).encode()
            said["Content-Type"] = "application/x-www-form-urlencoded"
        if json is not None:
            body, said["Content-Type"] = stdlib_json.dumps(json).encode(), "application/json"
        self._connection.request(method, path, body, said)
        answer = self._connection.getresponse()
        found = Answer(answer.status, answer.read())
        if found.status >= 400:
            raise RuntimeError(f"{method} {path}: {found.status}\n{found.body[:1000]!r}")
        return found


def standing(house: Flask, uid: str | None) -> dict[str, str]:
    """The headers that a browser sends with everything in which this person has signed in."""
    if uid is None:
        return {}
    token = hashlib.sha1(os.urandom(64), usedforsecurity=False).hexdigest()
    browser = {"User-Agent": "Mozilla/5.0"}
    with house.test_request_context(environ_base={"REMOTE_ADDR": "127.0.0.1"}, headers=browser):
        session = {"_user_id": uid, "_fresh": True, "_id": _create_identifier()}
    session |= {"fs_cc": "set", "fs_paa": time.time()}
    interface = house.session_interface
    assert isinstance(interface, SecureCookieSessionInterface)
    signer = interface.get_signing_serializer(house)
    assert signer is not None
    cookie = str(signer.dumps({**session, "csrf_token": token}))
    proof = URLSafeTimedSerializer(str(house.secret_key), salt="wtf-csrf-token").dumps(token)
    name = house.config["SESSION_COOKIE_NAME"]
    return {"Cookie": f"{name}={cookie}", "X-CSRFToken": str(proof), **browser}


def cpu_of(process: int) -> float:
    """Seconds of CPU of a process and of those it started, to the nanosecond while they live.

    Linux names the clock of another process by its number (clock_getcpuclockid).
    """
    children = Path(f"/proc/{process}/task/{process}/children").read_text().split()
    return time.clock_gettime((~process << 3) | 2) + sum(cpu_of(int(one)) for one in children)
