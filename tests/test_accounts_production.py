"""What production refuses to start without, through the real command."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from app import config

NEEDED = {
    "PASSAGE_SECRET_KEY": "a secret key of thirty-two letters",
    "PASSAGE_SITE": "https://passage.example",
    "PASSAGE_MAIL_SERVER": "localhost",
}


def start(folder: Path, command: str, **settings: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PASSAGE_DATA": str(folder), "PORT": "1", **settings}
    program = Path(sys.executable).parent / "passage"
    return subprocess.run(
        [program, command], env=environment, capture_output=True, text=True, timeout=60, check=False
    )


@pytest.mark.parametrize("missing", NEEDED)
def test_production_does_not_load_without(missing: str) -> None:
    settings = {name.removeprefix("PASSAGE_"): value for name, value in NEEDED.items()}
    del settings[missing.removeprefix("PASSAGE_")]
    with pytest.raises(config.Misconfigured, match=missing):
        config.load({"ENV": "production", **settings})


def test_production_does_not_load_with_a_short_secret_key() -> None:
    settings = {name.removeprefix("PASSAGE_"): value for name, value in NEEDED.items()}
    with pytest.raises(config.Misconfigured, match="at least 32"):
        config.load({"ENV": "production", **settings, "SECRET_KEY": "short"})


def test_the_command_says_what_is_missing_and_touches_nothing(tmp_path: Path) -> None:
    done = start(tmp_path, "serve", PASSAGE_ENV="production", PASSAGE_MAIL_SERVER="localhost")
    assert done.returncode == 2
    assert "PASSAGE_SECRET_KEY, PASSAGE_SITE" in done.stderr
    assert "Traceback" not in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_the_demonstration_is_no_production(tmp_path: Path) -> None:
    done = start(tmp_path, "demo", PASSAGE_ENV="production", **NEEDED)
    assert done.returncode == 1
    assert "PASSAGE_ENV=production" in done.stderr


def test_the_key_of_the_demonstration_is_its_own_and_nobody_elses_to_read(tmp_path: Path) -> None:
    house = tmp_path / "var"
    key = config.load({"DATA": house})["SECRET_KEY"]
    assert len(key) >= 32
    assert config.load({"DATA": house})["SECRET_KEY"] == key
    assert house.stat().st_mode & 0o077 == 0
    assert (house / "secret_key").stat().st_mode & 0o077 == 0
    (house / "secret_key").write_text("")
    assert len(config.load({"DATA": house})["SECRET_KEY"]) >= 32
