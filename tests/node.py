"""Clients written in JavaScript before our server: node, and packages from npm installed once."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest

NO_NODE = "no node with npm found, 18 or newer"
NO_PACKAGES = "npm could not install their packages"
CLIENTS = Path(__file__).parent / "xapi" / "clients"
_FILES = ("package.json", "package-lock.json", ".npmrc")


@cache
def node() -> str | None:
    """The program, if it is new enough and npm is there."""
    found = shutil.which("node")
    if found is None or shutil.which("npm") is None:
        return None
    said = subprocess.run([found, "--version"], capture_output=True, text=True, check=False)
    major = said.stdout.strip().lstrip("v").partition(".")[0]
    return found if major.isdigit() and int(major) >= 18 else None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if node() is None:
        for item in items:
            if item.get_closest_marker("node"):
                item.add_marker(pytest.mark.skip(reason=NO_NODE))


def pytest_terminal_summary(terminalreporter: Any) -> None:
    skipped = terminalreporter.stats.get("skipped", ())
    for reason in (NO_NODE, NO_PACKAGES):
        count = sum(reason in str(report.longrepr) for report in skipped)
        if count:
            terminalreporter.write_line(f"{count} tests with clients of npm left out: {reason}")


@cache
def packages() -> Path | None:
    """The node_modules of the clients, beside the libraries that Python has: installed once for
    each lock file, and by one of all workers. None where npm cannot (without a network)."""
    lock = hashlib.sha256(b"".join((CLIENTS / name).read_bytes() for name in _FILES))
    folder = Path(sys.prefix) / f"clients-{lock.hexdigest()[:16]}"
    folder.mkdir(exist_ok=True)
    with (folder / "lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        if not (folder / "installed").exists():
            for name in _FILES:
                shutil.copy(CLIENTS / name, folder)
            if not _install(folder):
                return None
            (folder / "installed").touch()
    return folder / "node_modules"


def _install(folder: Path) -> bool:
    command = ["npm", "ci", "--ignore-scripts", "--omit=optional"]
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, timeout=120, check=False)
    except subprocess.TimeoutExpired:
        return False
    return done.returncode == 0


@pytest.fixture
def run_client() -> Callable[..., str]:
    """Runs a client of tests/xapi/clients until it ends: run_client("xapi", endpoint=…), with what
    it is given; what it printed. Fails with what it complained of."""
    found = packages()
    if found is None:
        pytest.skip(NO_PACKAGES)

    def run(name: str, **given: Any) -> str:
        environment = {
            "PATH": os.environ["PATH"],
            "NODE_PATH": str(found),
            "PASSAGE_CLIENT": json.dumps(given),
        }
        command = [str(node()), str(CLIENTS / f"{name}.cjs")]
        done = subprocess.run(
            command, env=environment, capture_output=True, text=True, timeout=30, check=False
        )
        assert done.returncode == 0, f"{done.stderr}\n{done.stdout}"
        return done.stdout

    return run
