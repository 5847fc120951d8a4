"""A real browser before a real server: Debian's Chromium, and the house in a process of its own."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

NO_CHROMIUM = "no Chromium found (PASSAGE_CHROMIUM names one)"
_FLAGS = [
    "--no-sandbox",  # containers have no user namespaces
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-dev-shm-usage",
]
_AXE = Path(__file__).parent / "vendor" / "axe.min.js"
_WCAG = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


@cache
def chromium() -> str | None:
    """The browser's program, if there is one."""
    named = os.environ.get("PASSAGE_CHROMIUM")
    candidates = (
        [named] if named is not None else ["/usr/bin/chromium", "chromium", "google-chrome"]
    )
    return next(filter(None, map(shutil.which, filter(None, candidates))), None)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if chromium() is None:
        for item in items:
            if item.get_closest_marker("browser"):
                item.add_marker(pytest.mark.skip(reason=NO_CHROMIUM))


def pytest_terminal_summary(terminalreporter: Any) -> None:
    skipped = terminalreporter.stats.get("skipped", ())
    count = sum(NO_CHROMIUM in str(report.longrepr) for report in skipped)
    if count:
        terminalreporter.write_line(f"{count} browser tests left out: {NO_CHROMIUM}")


@dataclass
class Site:
    """A running house: its address, the folder of its data, and what it has printed so far."""

    url: str
    data: Path
    process: subprocess.Popen[bytes]

    @property
    def printed(self) -> str:
        return (self.data / "printed.txt").read_text()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def serve(data: Path, command: str = "demo", **settings: str) -> Iterator[Site]:
    """`passage demo` (or another command that serves) on a free port, until the block ends.

    Settings are PASSAGE_* variables without the prefix: serve(folder, DATABASE_URL=…).
    """
    environment = {f"PASSAGE_{name}": value for name, value in settings.items()}
    program = Path(sys.executable).parent / "passage"
    with started(data, [program, command], PASSAGE_DATA=str(data), **environment) as site:
        yield site


@contextmanager
def started(data: Path, command: Sequence[str | Path], **environment: str) -> Iterator[Site]:
    """A program that serves on the PORT of its environment, until the block ends."""
    data.mkdir(parents=True, exist_ok=True)
    port = _free_port()
    environment = os.environ | {"PORT": str(port)} | environment
    with (data / "printed.txt").open("wb") as printed:
        process = subprocess.Popen(
            command, env=environment, stdout=printed, stderr=subprocess.STDOUT
        )
    site = Site(f"http://127.0.0.1:{port}", data, process)
    try:
        _wait(site)
        yield site
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait(site: Site, seconds: float = 60) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until and site.process.poll() is None:
        try:
            urllib.request.urlopen(site.url, timeout=10).close()
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError(f"the house did not open:\n{site.printed}")


@pytest.fixture(scope="session")
def live_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The demonstration, one for each worker: for tests that read, or that act as someone new."""
    with serve(tmp_path_factory.mktemp("site")) as site:
        yield site


@pytest.fixture
def make_site(tmp_path: Path) -> Iterator[Callable[..., Site]]:
    """A house of the test's own: make_site(command="serve", DATABASE_URL=…)."""
    with _many() as opened:

        def make(command: str = "demo", **settings: str) -> Site:
            folder = tmp_path / f"site-{len(opened)}"
            context = serve(folder, command, **settings)
            opened.append(context)
            return context.__enter__()

        yield make


@contextmanager
def _many() -> Iterator[list[Any]]:
    opened: list[Any] = []
    try:
        yield opened
    finally:
        for context in reversed(opened):
            context.__exit__(None, None, None)


@pytest.fixture(scope="session")
def chromium_browser() -> Iterator[Browser]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium(), args=_FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def make_page(chromium_browser: Browser) -> Iterator[Callable[..., Page]]:
    """Opens further visitors, each with cookies of her own: make_page(java_script_enabled=False).

    At the end the test fails if a page asked another host for anything, broke the content security
    policy, or met an error in a script.
    """
    contexts = []
    complaints: list[str] = []

    def make(**options: Any) -> Page:
        options.setdefault("locale", "en-GB")
        context = chromium_browser.new_context(**options)
        context.set_default_timeout(10_000)
        contexts.append(context)
        page = context.new_page()
        _listen(page, complaints)
        return page

    yield make
    for context in contexts:
        context.close()
    assert not complaints, complaints


def _listen(page: Page, complaints: list[str]) -> None:
    def asked(request: Any) -> None:
        address = urlsplit(request.url)
        if address.scheme in {"http", "https"} and address.hostname != "127.0.0.1":
            complaints.append(f"another host was asked: {request.url}")

    def said(message: Any) -> None:
        if "Content Security Policy" in message.text:
            complaints.append(message.text)

    page.on("request", asked)
    page.on("console", said)
    page.on("pageerror", lambda error: complaints.append(f"script error: {error}"))


@pytest.fixture
def page(make_page: Callable[..., Page]) -> Page:
    return make_page()


def until(page: Page, expression: str, seconds: float = 20) -> None:
    """Wait until an expression holds in the page.

    Asked from here: page.wait_for_function asks within the page once its first answer was no,
    where the Content Security Policy forbids it.
    """
    deadline = time.monotonic() + seconds
    while not page.evaluate(f"Boolean({expression})"):
        assert time.monotonic() < deadline, f"not within {seconds} s: {expression}"
        page.wait_for_timeout(20)


def axe(page: Page, *, serious_only: bool = True) -> list[str]:
    """What axe finds against WCAG 2.2 AA on the page as it stands; serious and critical ones only.

    Each finding is a line that names the rule, the place and the reason. Needs a page with
    JavaScript: open the same address in one that has it.
    """
    page.evaluate(_AXE.read_text())
    page.evaluate(
        "values => {axe.run({runOnly: {type: 'tag', values}}).then(all => {window.axed = all})}",
        _WCAG,
    )
    until(page, "window.axed")
    found = page.evaluate("window.axed.violations")
    return [
        f"{one['id']} at {node['target'][0]}: {node.get('failureSummary', one['help'])}"
        for one in found
        for node in one["nodes"]
        if not serious_only or one["impact"] in {"serious", "critical"}
    ]


@dataclass
class Wire:
    """What a page cost: encoded bytes with headers, by address; a cached file costs nothing."""

    by_url: dict[str, int] = field(default_factory=dict)

    @property
    def total(self) -> int:
        return sum(self.by_url.values())

    @property
    def requests(self) -> int:
        return sum(size > 0 for size in self.by_url.values())


@contextmanager
def wire_bytes(page: Page) -> Iterator[Wire]:
    """Counts what goes over the wire within the block, after waiting for the network to rest."""
    wire = Wire()
    addresses: dict[str, str] = {}
    session = page.context.new_cdp_session(page)
    session.on(
        "Network.requestWillBeSent",
        lambda e: addresses.update({e["requestId"]: e["request"]["url"]}),
    )

    def finished(event: dict[str, Any]) -> None:
        url = addresses.get(event["requestId"], event["requestId"])
        wire.by_url[url] = wire.by_url.get(url, 0) + int(event["encodedDataLength"])

    session.on("Network.loadingFinished", finished)
    session.send("Network.enable")
    yield wire
    page.wait_for_load_state("networkidle")
    with suppress(Exception):
        session.detach()
