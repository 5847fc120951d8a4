"""A house kept from test to test brings nothing of one test into another."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import Connection, func, select

from app import db, plugins
from app.models import Person
from tests import databases, houses, shelf


@pytest.fixture
def plots(database_kind: str, tmp_path: Path) -> Iterator[tuple[databases.Plot, databases.Plot]]:
    folders = [tmp_path / "one", tmp_path / "two"]
    for folder in folders:
        folder.mkdir()
    with (
        databases.promised(database_kind, folders[0]) as first,
        databases.promised(database_kind, folders[1]) as second,
    ):
        yield first, second


@pytest.fixture(autouse=True)
def empty_shelf(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shelf, "_free", {})


def _people() -> int:
    return db.session().scalar(select(func.count()).select_from(Person)) or 0


def test_a_house_that_is_as_it_was_moves_onto_the_next_database(
    plots: tuple[databases.Plot, databases.Plot],
) -> None:
    first, second = plots
    house = shelf.take(first)
    with house.app_context():
        houses.a_person()
        plugins.memory()["page"] = "somebody's"
        assert _people() == 1
    assert house.test_client().get("/en/").status_code == 200
    shelf.give_back(house, first)
    again = shelf.take(second)
    assert again is house
    assert again.config["DATA"] == second.folder
    with again.app_context():
        assert _people() == 0
        assert str(db.db.engine.url.database) == second.name
        assert "page" not in plugins.memory()
        houses.a_person()
        assert _people() == 1
    if second.kind == "sqlite":  # its one writer is alone among all who write to this one
        assert Path(f"{second.name}.lock").exists()
    shelf.give_back(again, second)


def test_a_plugin_that_a_test_brought_leaves_with_it(
    plots: tuple[databases.Plot, databases.Plot],
) -> None:
    first, second = plots
    house = shelf.take(first)
    plugins.manager(house).register(object(), "guest")
    shelf.give_back(house, first)
    again = shelf.take(second)
    assert again is house
    assert not plugins.manager(again).has_plugin("guest")
    shelf.give_back(again, second)


_open: list[Connection] = []


def _add_page(house: Flask) -> None:
    house.add_url_rule("/act", "act", lambda: "")


def _listen(house: Flask) -> None:
    house.before_request(lambda: None)


def _set(house: Flask) -> None:
    house.config["ENV"] = "production"


def _switch_off(house: Flask) -> None:
    plugins.manager(house).unregister(name="xapi")


def _replace(house: Flask) -> None:
    house.wsgi_app = lambda *_: []  # type: ignore[method-assign]  # as a middleware does


def _say(house: Flask) -> None:
    house.jinja_env.globals["asset"] = str


def _put(house: Flask) -> None:
    house.extensions["passage.limits"] = None


def _keep_open(house: Flask) -> None:
    with house.app_context():
        _open.append(db.db.engine.connect())


@pytest.mark.only("sqlite")
@pytest.mark.parametrize(
    "change", [_add_page, _listen, _set, _switch_off, _replace, _say, _put, _keep_open]
)
def test_a_house_that_a_test_changed_is_not_used_again(
    plots: tuple[databases.Plot, databases.Plot], change: object
) -> None:
    first, second = plots
    house = shelf.take(first)
    change(house)  # type: ignore[operator]  # each of the above
    shelf.give_back(house, first)
    other = shelf.take(second)
    assert other is not house
    shelf.give_back(other, second)
    while _open:
        _open.pop().close()


def test_a_house_with_other_settings_is_not_kept(
    plots: tuple[databases.Plot, databases.Plot],
) -> None:
    first, second = plots
    house = shelf.take(first, RATE_LIMITS="1")
    shelf.give_back(house, first)
    assert shelf.take(second) is not house
