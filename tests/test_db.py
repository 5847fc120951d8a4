"""A request is a transaction; a reader writes nothing; writers come one after another."""

from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from app import db, engines
from app.config import ROOT
from app.errors import Invalid
from app.models import Setting


@pytest.fixture
def counter(app: Flask) -> Flask:
    with app.app_context(), db.transaction() as session:
        session.add(Setting(name="count", value="0"))
    return app


def _count(app: Flask) -> int:
    with app.app_context():
        return int(db.session().get_one(Setting, "count").value)


def _increment(app: Flask) -> None:
    with app.app_context(), db.transaction() as session:
        row = session.scalars(
            select(Setting).where(Setting.name == "count").with_for_update()
        ).one()
        row.value = str(int(row.value) + 1)


def test_writers_in_many_threads_lose_nothing(counter: Flask) -> None:
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda _: _increment(counter), range(80)))
    assert _count(counter) == 80


def test_writers_in_two_processes_lose_nothing(counter: Flask, database_url: str) -> None:
    script = (
        "import sys; from tests.test_db import _increment; from app import create_app;"
        "app = create_app({'DATABASE_URL': sys.argv[1], 'DATA': sys.argv[2], 'ENV': 'testing',"
        " 'SECRET_KEY': 'x' * 40}); [_increment(app) for _ in range(25)]"
    )
    command = [sys.executable, "-c", script, database_url, counter.config["DATA"]]
    others = [subprocess.Popen([str(part) for part in command], cwd=ROOT) for _ in range(2)]
    for _ in range(25):
        _increment(counter)
    assert [other.wait(60) for other in others] == [0, 0]
    assert _count(counter) == 75


def test_what_is_undone_leaves_nothing(app: Flask) -> None:
    told: list[str] = []
    with app.app_context(), pytest.raises(ZeroDivisionError), db.transaction() as session:
        session.add(Setting(name="half", value="written"))
        session.flush()
        db.after_commit(lambda: told.append("kept"))
        raise ZeroDivisionError
    with app.app_context():
        assert db.session().get(Setting, "half") is None
        with db.transaction() as session:
            session.add(Setting(name="whole", value="written"))
    assert told == []


def test_reading_writes_nothing(app: Flask) -> None:
    with app.app_context():
        db.session().add(Setting(name="sly", value="x"))
        with pytest.raises(RuntimeError, match="writes nothing"):
            db.session().flush()
        db.session().rollback()


@pytest.mark.parametrize(
    ("method", "fails", "kept"),
    [("post", False, True), ("post", True, False), ("get", False, False)],
)
def test_a_request_is_kept_whole_or_not_at_all(
    app: Flask, method: str, fails: bool, kept: bool
) -> None:
    def act() -> str:
        db.session().add(Setting(name="act", value="done"))
        db.session().flush()
        if fails:
            raise Invalid({"name": "no"})
        return "done"

    from app.web import csrf

    app.add_url_rule("/act", view_func=csrf.exempt(act), methods=["GET", "POST"])
    answer = getattr(app.test_client(), method)("/act")
    assert (answer.status_code < 400) is kept
    with app.app_context():
        assert (db.session().get(Setting, "act") is not None) is kept


def test_the_time_of_a_row_is_aware(app: Flask) -> None:
    with pytest.raises(Exception, match="aware"), app.app_context(), db.transaction() as session:
        from app.models import Outbox

        session.add(Outbox(task="x", payload={}, due_at=datetime(2026, 1, 1)))
        session.flush()


def test_health_and_readiness(client: FlaskClient, tmp_path: Path) -> None:
    assert client.get("/healthz").json == {"status": "ok"}
    ready = client.get("/readyz")
    assert ready.status_code == 200
    assert ready.json is not None
    assert ready.json["status"] == "ready"


def test_reading_within_an_act_lets_the_writer_go_and_refuses_after_a_write(app: Flask) -> None:
    with app.app_context(), db.transaction() as session:
        with db.reading():
            session.add(Setting(name="inside", value="nothing is written here"))
            with pytest.raises(RuntimeError):
                session.flush()
        session.add(Setting(name="after", value="kept"))
        session.flush()
        with pytest.raises(RuntimeError), db.reading():
            pass
    with app.app_context():
        assert set(db.session().scalars(select(Setting.name))) == {"after"}


def test_a_page_is_read_though_the_server_has_ended_every_connection(
    app: Flask, client: FlaskClient, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if not database_url.startswith("postgresql"):
        return  # SQLite has no server
    monkeypatch.setattr(engines, "_TRUSTED", 0.0)
    assert client.get("/readyz").status_code == 200
    with psycopg.connect(database_url, autocommit=True) as other:
        ended = other.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        ).fetchall()
    assert ended
    assert client.get("/readyz").status_code == 200


def test_what_only_reads_holds_no_transaction_open_on_postgresql(app: Flask) -> None:
    with app.app_context():
        if db.db.engine.dialect.name != "postgresql":
            return
        assert _open_after_a_query(db.session()) == 0
        with db.transaction() as session:
            assert _open_after_a_query(session) == 1
        assert _open_after_a_query(db.session()) == 0
        with db.reader() as whole:
            assert _open_after_a_query(whole) == 1


def _open_after_a_query(session: Session) -> int:
    """Transactions of this session that the server knows to be open."""
    session.scalars(select(Setting.name)).all()
    dbapi: Any = session.connection().connection.dbapi_connection
    return int(dbapi.info.transaction_status == psycopg.pq.TransactionStatus.INTRANS)
