"""Other ways to keep statements, served for comparison: by SQLAlchemy's objects from json or from
tincan, and not at all. One process, as the house.

PORT and DATABASE_URL stand in the environment. Below /orm, /tincan and /none each is asked as a
statement store is.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from uuid import UUID, uuid4

from flask import Flask, Response, request
from sqlalchemy import create_engine, event
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column
from tincan import Statement as TincanStatement

from app import db
from tests.bench.serving import serve
from xapi import rules


class Base(DeclarativeBase):
    pass


class Kept(Base):
    """A statement as an object, found by what most ask for."""

    __tablename__ = "rival_statement"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    agent: Mapped[str] = mapped_column(index=True)
    verb: Mapped[str] = mapped_column(index=True)
    activity: Mapped[str] = mapped_column(index=True)
    registration: Mapped[str | None] = mapped_column(index=True)
    stored: Mapped[datetime] = mapped_column(index=True)
    body: Mapped[str]


app = Flask(__name__)
engine = create_engine(os.environ.get("DATABASE_URL", "sqlite://"))


@event.listens_for(engine, "connect")
def _durably(connection: Any, _: Any) -> None:
    if engine.dialect.name == "sqlite":
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "busy_timeout=60000"):
            connection.execute(f"PRAGMA {pragma}")


def _many(told: Any) -> list[Any]:
    return told if isinstance(told, list) else [told]


def _by_orm() -> list[str]:
    return _store([_kept(one) for one in _many(json.loads(request.get_data()))])


def _by_tincan() -> list[str]:
    read = [TincanStatement(one) for one in _many(json.loads(request.get_data()))]
    return _store([_kept(json.loads(one.to_json())) for one in read])


def _not_at_all() -> list[str]:
    """Read and judged as the house does, and forgotten."""
    raw = request.get_data()
    some = rules.read(raw, list[rules.Raw]) if raw.lstrip().startswith(b"[") else [raw]
    return [str(rules.check(bytes(one), version="1.0.3").statement.id) for one in some]


def _store(some: list[Kept]) -> list[str]:
    with db.writing(), Session(engine) as session:  # the house's sessions else refuse to write
        session.add_all(some)
        session.commit()
        return [str(one.id) for one in some]


def _kept(told: dict[str, Any]) -> Kept:
    told.setdefault("id", str(uuid4()))
    stored = datetime.now(UTC)
    told["stored"] = stored.isoformat()
    return Kept(
        id=UUID(told["id"]),
        agent=json.dumps(told["actor"].get("account") or told["actor"].get("mbox")),
        verb=told["verb"]["id"],
        activity=told["object"]["id"],
        registration=told.get("context", {}).get("registration"),
        stored=stored,
        body=json.dumps(told),
    )


def _ask() -> Any:
    return {"statements": [], "more": ""}


def _post(store: Callable[[], list[str]]) -> Callable[[], Response]:
    return lambda: Response(json.dumps(store()), mimetype="application/json")


for name, way in (("orm", _by_orm), ("tincan", _by_tincan), ("none", _not_at_all)):
    path = f"/{name}/statements"
    app.add_url_rule(path, f"ask {name}", _ask, methods=["GET"])
    app.add_url_rule(path, name, _post(way), methods=["POST"])
    app.add_url_rule(f"/{name}/about", f"about {name}", _ask)


if __name__ == "__main__":
    Base.metadata.create_all(engine)
    serve("tests.bench.rivals:app")
