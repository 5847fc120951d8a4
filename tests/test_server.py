"""The server: one house on one port, and a clean end."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.browser import Site


def test_a_second_house_on_the_same_port_says_so(
    make_site: Callable[..., Site], tmp_path: Path
) -> None:
    port = urlsplit(make_site().url).port
    environment = os.environ | {"PORT": str(port), "PASSAGE_DATA": str(tmp_path / "second")}
    second = subprocess.run(
        [Path(sys.executable).parent / "passage", "demo"],
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert second.returncode == 2
    assert f"port {port} is in use" in second.stderr


@pytest.mark.parametrize("signal", ["terminate", "interrupt"])
def test_the_house_closes_cleanly(make_site: Callable[..., Site], signal: str) -> None:
    site = make_site()
    if signal == "terminate":
        site.process.terminate()
    else:
        site.process.send_signal(2)
    assert site.process.wait(15) == 0
    assert "Traceback" not in site.printed
