"""Clients in JavaScript as others use them, before a served house."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator

import pytest
from flask import Flask
from werkzeug.serving import make_server

from app import db, progress
from tests.browser import Site
from tests.xapi.senders import a_sender
from tests.xapi.units import SITE, Played, brought, built

pytestmark = pytest.mark.node


@pytest.mark.parametrize("client", ["xapi", "tincanjs", "xapiwrapper"])
def test_it_saves_finds_and_keeps_states(
    run_client: Callable[..., str], live_server: Site, client: str
) -> None:
    run_client(client, endpoint=f"{live_server.url}/xapi/", key="demo", secret="demo-secret")


@pytest.fixture
def served(app: Flask) -> Iterator[str]:
    """The address at which the house of this test listens."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_unit_of_cmi5_moves_the_progress_of_its_learner(
    app: Flask, served: str, run_client: Callable[..., str]
) -> None:
    brought(app)
    with app.app_context(), db.transaction():
        built()
    played = Played(app)
    activity = f"{SITE}/activities/unit/a"
    house = a_sender(app)
    launch = {
        "contextTemplate": {"extensions": {f"{SITE}/session": "1"}},
        "launchMode": "Normal",
        "moveOn": "Passed",
    }
    kept = house.client.put(
        "/xapi/activities/state",
        query_string={
            "activityId": activity,
            "agent": json.dumps(played.account),
            "registration": str(played.registration),
            "stateId": "LMS.LaunchData",
        },
        json=launch,
        headers=house.headers,
    )
    assert kept.status_code == 204
    printed = run_client(
        "cmi5",
        endpoint=f"{served}/xapi/",
        key=played.player.key,
        secret=played.player.secret,
        actor=played.account,
        registration=str(played.registration),
        activity=activity,
    )
    assert len(json.loads(printed)) == 6
    row = played.row("unit/a")
    assert (row.status, row.score) == ("passed", 0.9)
    assert played.standing("unit/b") is None
    with app.app_context(), db.transaction():
        assert progress.rebuild().differing == 0
