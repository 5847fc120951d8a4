"""The file store: one copy of each, under its hash."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Collection, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from flask import Flask

from app import db, files

SHELF = "tests"


@pytest.fixture(params=["file", "memory"])
def house(
    make_app: Callable[..., Flask], request: pytest.FixtureRequest, tmp_path: Path
) -> Iterator[Flask]:
    """With a local folder, and with a store that is reached as those elsewhere are."""
    places = {"file": (tmp_path / "elsewhere").as_uri(), "memory": f"memory:///{tmp_path.name}"}
    made = make_app(FILES_URL=places[request.param])
    with made.app_context():
        yield made


def lay_down(contents: bytes) -> str:
    name = files.name_of([contents])
    files.lay_down(SHELF, name, lambda: [contents[:3], contents[3:]])
    return name


def read(name: str) -> bytes:
    return b"".join(files.reading(SHELF, name)())


def none(names: Collection[str]) -> Collection[str]:
    return ()


def test_bytes_are_kept_under_their_hash(house: Flask) -> None:
    name = lay_down(b"essay")
    assert name == hashlib.sha256(b"essay").hexdigest()
    assert (read(name), read(lay_down(b""))) == (b"essay", b"")
    assert lay_down(b"essay") == name


def test_what_is_there_is_not_written_again(house: Flask) -> None:
    name = lay_down(b"essay")

    def never() -> list[bytes]:
        raise AssertionError("it is there")

    files.lay_down(SHELF, name, never)
    with db.transaction():
        files.hold(SHELF, name, never)


def test_what_is_removed_is_gone(house: Flask) -> None:
    name = lay_down(b"essay")
    for _ in range(2):
        files.remove(SHELF, name)
    with pytest.raises(FileNotFoundError):
        read(name)


def test_a_shelf_is_swept_of_what_is_old_and_not_named(house: Flask) -> None:
    named, left = lay_down(b"named"), lay_down(b"left behind")
    other = files.name_of([b"another's"])
    files.lay_down("other", other, lambda: [b"another's"])
    assert files.sweep(SHELF, none) == 0, "an act may still go on"
    with time_machine.travel(db.now() + timedelta(hours=25)):
        assert files.sweep(SHELF, lambda names: set(names) & {named}) == 1
        assert files.sweep("nothing-here", none) == 0
    assert read(named) == b"named"
    assert b"".join(files.reading("other", other)()) == b"another's"
    with pytest.raises(FileNotFoundError):
        read(left)


def test_what_is_laid_down_again_is_young_again(house: Flask) -> None:
    """Or it would be swept while the act that names it goes on."""
    lay_down(b"essay")
    with time_machine.travel(db.now() + timedelta(hours=25), tick=False):
        before = files._age(SHELF, files.name_of([b"essay"]))
        lay_down(b"essay")
        after = files._age(SHELF, files.name_of([b"essay"]))
    assert before is not None
    assert after is not None
    assert after < before, "written now, by the clock of the store"


@pytest.mark.only("postgresql")
def test_who_names_a_file_and_who_sweeps_wait_for_each_other(app: Flask) -> None:
    with app.app_context():
        name = lay_down(b"essay")
    held, swept = threading.Event(), threading.Event()
    found: list[str] = []

    def sweep() -> None:
        held.wait(5)
        with app.app_context(), time_machine.travel(db.now() + timedelta(hours=25)):
            files.sweep(SHELF, lambda names: set(names) & set(found))
        swept.set()

    other = threading.Thread(target=sweep)
    other.start()
    with app.app_context(), db.transaction():
        files.hold(SHELF, name, lambda: [b"essay"])
        held.set()
        assert not swept.wait(0.5), "it waits at the gate"
        found.append(name)
    other.join()
    with app.app_context():
        assert read(name) == b"essay"


@pytest.mark.only("sqlite")
def test_files_lie_in_the_folder_of_the_data(app: Flask) -> None:
    with app.app_context():
        name = lay_down(b"essay")
    assert (Path(app.config["DATA"]) / "files" / SHELF / name[:2] / name).read_bytes() == b"essay"
