"""Speaking to other systems: nothing inside the house's own network is spoken to by mistake."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from flask import Flask

from app import outside
from tests.xapi.stores import Store, a_store


@pytest.fixture
def store() -> Iterator[Store]:
    with a_store() as found:
        yield found


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("127.0.0.1", False),
        ("10.1.2.3", False),
        ("169.254.169.254", False),
        ("192.168.0.1", False),
        ("100.64.0.1", False),
        ("0.0.0.0", False),  # noqa: S104  (an address that is refused)
        ("224.0.0.1", False),
        ("::1", False),
        ("::", False),
        ("fe80::1%eth0", False),
        ("fd00::1", False),
        ("::ffff:127.0.0.1", False),
        ("64:ff9b::a00:1", False),
        ("2002:7f00:1::", False),
        ("93.184.215.14", True),
        ("2606:2800:21f:cb07:6820:80da:af6b:8b2c", True),
    ],
)
def test_which_addresses_lie_within_the_network(address: str, public: bool) -> None:
    assert outside.is_public(address) is public


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "2130706433", "0x7f.1"])
def test_without_the_setting_nothing_inside_is_spoken_to(
    make_app: Callable[..., Flask], store: Store, host: str
) -> None:
    """Whatever its name: the address is looked at when it is spoken to."""
    app = make_app()
    port = store.url.rpartition(":")[2]
    with app.app_context():
        line = outside.Line(f"http://{host}:{port}/statements", {})
        with pytest.raises(outside.Unreachable, match="within the network"):
            line.post(b"[]")
    assert store.requests == []


@pytest.mark.parametrize(
    "endpoint",
    [
        "",
        "ftp://a.example/xapi",
        "http://a.example/xapi",
        "https://",
        "https://u:p@a.example/xapi",
        "https://a.example/xapi?x=1",
        "https://127.0.0.1/xapi",
        "https://[::1]/xapi",
        "https://localhost/xapi",
        "https://a.example:x/",
        "https://a.example/\n",
        "https://[/",
    ],
)
def test_an_address_that_is_none_is_refused(app: Flask, endpoint: str) -> None:
    app.config["OUTBOUND_PRIVATE"] = False
    with app.test_request_context("/en/"):
        assert outside.fault(endpoint)
        assert outside.fault("https://lrs.example/xapi") is None


def test_a_name_that_leads_inside_and_outside_is_not_spoken_to(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = [(0, 0, 0, "", (address, 443)) for address in ("93.184.215.14", "10.0.0.1")]
    monkeypatch.setattr("socket.getaddrinfo", lambda *_, **__: found)
    with app.app_context(), pytest.raises(outside.Unreachable, match="within the network"):
        outside.Line("https://lrs.example/xapi", {}).post(b"[]")


def test_no_redirect_is_followed_and_one_line_carries_many(
    make_app: Callable[..., Flask], store: Store
) -> None:
    app = make_app(OUTBOUND_PRIVATE="1")
    store.judge = lambda told: (302, f"{store.url}/elsewhere")
    with app.app_context(), outside.Line(f"{store.url}/a", {"X-Of": "ours"}) as line:
        for _ in range(3):
            assert line.post(b"[]").status == 302
    assert [one["path"] for one in store.headers] == ["/lrs/a"] * 3
    assert store.headers[0]["Host"] == store.url.split("/")[2]
    assert store.headers[0]["X-Of"] == "ours"
    assert store.lines == 1


def test_a_long_answer_is_read_to_a_limit_and_a_strange_one_is_readable(
    make_app: Callable[..., Flask], store: Store
) -> None:
    app = make_app(OUTBOUND_PRIVATE="1")
    store.judge = lambda told: (400, "a\0" * 200_000)
    with app.app_context(), outside.Line(store.url, {}) as line:
        for _ in range(2):
            said = line.post(b"[]").text
            assert len(said) == outside.READ
            assert "\0" not in said


def test_who_speaks_tls_must_be_who_he_says(make_app: Callable[..., Flask], store: Store) -> None:
    app = make_app(OUTBOUND_PRIVATE="1")
    with app.app_context(), pytest.raises(outside.Unreachable):
        outside.Line(store.url.replace("http:", "https:"), {}).post(b"[]")
    assert store.requests == []
