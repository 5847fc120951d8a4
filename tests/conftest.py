"""A real house for each test: real app, and a fresh real database of either kind."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from flask import Flask
from flask.testing import FlaskClient

from tests import databases, shelf

# How long an example takes says how busy the machine is.
hypothesis.settings.register_profile(
    "house", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("house")

pytest_plugins = ["tests.browser", "tests.node"]

KINDS = ("sqlite", "postgresql")

# What the caller's shell says about a house of hers is not for the test's.
for name in [name for name in os.environ if name.startswith("PASSAGE_") or name == "PORT"]:
    if name != "PASSAGE_CHROMIUM":
        del os.environ[name]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--quick", action="store_true", help="SQLite only, no browser, no node")
    parser.addoption("--long", action="store_true", help="only what takes minutes")


def pytest_configure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        databases.open_ground()


def pytest_unconfigure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):
        databases.close_ground()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "database_kind" in metafunc.fixturenames:
        only = metafunc.definition.get_closest_marker("only")
        kinds = only.args if only else KINDS[:1] if metafunc.config.option.quick else KINDS
        metafunc.parametrize("database_kind", kinds, scope="session")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    options = config.option
    left = {
        item
        for item in items
        if options.long != bool(item.get_closest_marker("long"))
        or (options.quick and any(map(item.get_closest_marker, ("browser", "node"))))
    }
    config.hook.pytest_deselected(items=list(left))
    items[:] = [item for item in items if item not in left]


@pytest.fixture
def plot(database_kind: str, tmp_path: Path) -> Iterator[databases.Plot]:
    """Where this test's database will stand; the test runs once for each kind."""
    with databases.promised(database_kind, tmp_path) as promised:
        yield promised


@pytest.fixture
def database_url(plot: databases.Plot) -> str:
    """The address of a fresh, migrated, empty database."""
    plot.build()
    return plot.url


@pytest.fixture
def make_app(plot: databases.Plot) -> Iterator[Callable[..., Flask]]:
    """Opens a house on this test's database: make_app(PLUGINS_OFF="xapi")."""
    made: list[Flask] = []

    def make(**settings: Any) -> Flask:
        house = shelf.take(plot, **settings)
        made.append(house)
        return house

    yield make
    for house in made:
        shelf.give_back(house, plot)


@pytest.fixture
def app(make_app: Callable[..., Flask]) -> Flask:
    return make_app()


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return app.test_client()
