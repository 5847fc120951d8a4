"""Assembled houses, kept from test to test: the same app moves onto the next fresh database.

Assembling a house, compiling its templates and its SQL cost more than most tests do. A house
goes back onto the shelf only when it is as it was built: whatever a test changed in its settings,
its routes, its functions or its extensions takes it off the shelf for good. What the house itself
keeps in mind is emptied; plugins that a test brought leave with it.
"""

from __future__ import annotations

from typing import Any

from flask import Flask
from sqlalchemy import Engine, event, make_url

from app import config, logs, plugins
from app.db import db
from tests import databases

_PLACE = ("DATA", "FILES_URL", "SQLALCHEMY_DATABASE_URI")
_IN_MIND = ("passage.memory", "passage.answers", "passage.xapi.spoken")
_OF_ALL = ("csrf", "sqlalchemy")
"""Extensions that the process has once: assembling another house changes them."""

_free: dict[str, list[Flask]] = {}
_built: dict[Flask, Any] = {}


def take(plot: databases.Plot, **settings: Any) -> Flask:
    """A house on this plot: one from the shelf if none but the usual settings are asked for."""
    waiting = _free.get(plot.kind)
    if waiting and not settings:
        house = waiting.pop()
        _move(house, plot)
        return house
    house = databases.assemble(plot.url, plot.folder, **settings)
    with house.app_context():
        _build_late(db.engine)
    if not settings:
        _built[house] = _facts(house)
    return house


def give_back(house: Flask, plot: databases.Plot) -> None:
    """Let go of every connection, and keep the house if the test left it as it was."""
    with house.app_context():
        engine = db.engine
        db.session.remove()
    left_open = engine.pool.checkedout()  # type: ignore[attr-defined]  # both kinds have a queue
    engine.dispose()
    if house not in _built:
        return
    for name in _IN_MIND:
        house.extensions.pop(name, None)
    _send_guests_away(house)
    if left_open or _facts(house) != _built[house]:
        del _built[house]
    else:
        _free.setdefault(plot.kind, []).append(house)


def _move(house: Flask, plot: databases.Plot) -> None:
    house.config.update(config.load(databases.settings(plot.url, plot.folder)))
    with house.app_context():
        db.engine.url = make_url(house.config["SQLALCHEMY_DATABASE_URI"])
    house._got_first_request = False
    logs.open_logs(house)  # for the whole process, so the house before may have said otherwise


def _build_late(engine: Engine) -> None:
    """The database is made when it is first asked for, and found where the engine says now."""

    @event.listens_for(engine, "do_connect")
    def _connect(dialect: Any, *_: Any) -> Any:
        databases.build(engine.url.database)
        positional, named = dialect.create_connect_args(engine.url)
        return dialect.connect(*positional, **named)


def _send_guests_away(house: Flask) -> None:
    manager = plugins.manager(house)
    ours = {plugins.ENGINE, *plugins.installed()}
    for name, _ in manager.list_name_plugin():
        if name not in ours:
            manager.unregister(name=name)


def _facts(house: Flask) -> dict[str, Any]:
    """All that a test could have changed: values to compare, objects by themselves."""
    house.jinja_loader  # noqa: B018  (made when first asked for, as are empty lists below)
    facts = {f"app.{name}": _flat(value) for name, value in vars(house).items()}
    facts["app.config"] = {k: v for k, v in house.config.items() if k not in _PLACE}
    facts["plugins"] = plugins.manager(house).list_name_plugin()
    kept = {key: value for key, value in house.extensions.items() if key not in _IN_MIND}
    facts["app.extensions"] = _flat(kept)
    for name, value in kept.items():
        if name in _OF_ALL:
            continue
        facts[f"extension {name}"] = _flat(getattr(value, "__dict__", {}))
    for name in ("globals", "filters", "tests"):
        facts[f"templates {name}"] = dict(getattr(house.jinja_env, name))
    facts.pop("app._got_first_request", None)
    return facts


def _flat(value: Any) -> Any:
    """A copy of a container and of those in it, so that a later change shows."""
    if isinstance(value, dict):
        flat = {key: _flat(inner) for key, inner in value.items()}
        return {key: inner for key, inner in flat.items() if inner not in ({}, [])}
    if isinstance(value, list | tuple | set | frozenset):
        return type(value)(value) if isinstance(value, set) else [_flat(one) for one in value]
    return value
