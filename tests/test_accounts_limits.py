"""How often an account may be tried, how alike the answers take, and two at the same moment."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest
import time_machine
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import func, select

from app import accounts, db, limits
from app.models import AuditEntry, Person
from tests import houses
from tests.test_accounts import NEWCOMER, link_in, mails, signs_in, someone


@pytest.fixture
def strict(make_app: Callable[..., Flask]) -> Flask:
    return make_app(RATE_LIMITS="1")


def wrong(client: FlaskClient, email: str, **call: Any) -> int:
    data = {"email": email, "password": "a wrong passphrase"}
    return client.post("/en/login", data=data, **call).status_code


def test_an_account_can_be_guessed_at_ten_times_in_a_quarter_of_an_hour(strict: Flask) -> None:
    someone(strict, email="right@example.org")
    client = strict.test_client()
    assert [wrong(client, "right@example.org") for _ in range(10)] == [200] * 10
    answer = client.post("/fr/login", data={"email": "Right@example.org", "password": "x"})
    assert answer.status_code == 429
    assert 0 < int(answer.headers["Retry-After"]) <= 900
    assert answer.headers["Content-Language"] == "fr"
    assert "<h1>" in answer.text
    elsewhere = {"REMOTE_ADDR": "203.0.113.9"}
    assert wrong(client, "right@example.org", environ_base=elsewhere) == 429
    assert wrong(client, "another@example.org") == 200
    body = {"email": "right@example.org", "password": "x", "name": "x", "scopes": ["read"]}
    refused = client.post("/api/v1/tokens", json=body)
    assert refused.status_code == 429
    assert refused.mimetype == "application/problem+json"
    assert int(refused.headers["Retry-After"]) > 0
    with time_machine.travel(db.now() + timedelta(minutes=16)):
        assert signs_in(client, "right@example.org", houses.PASSWORD)


def test_signing_in_rightly_is_not_counted(strict: Flask) -> None:
    someone(strict, email="right@example.org")
    for _ in range(12):
        assert signs_in(strict.test_client(), "right@example.org", houses.PASSWORD)


def test_one_network_cannot_guess_at_many_accounts(
    strict: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(limits.ACTS, "sign-in", ("10 per hour", "4 per hour"))
    client = strict.test_client()
    for number in range(4):
        near = {"REMOTE_ADDR": f"2001:db8::{number:x}"}  # one household has a whole /64
        assert wrong(client, f"p{number}@example.org", environ_base=near) == 200
    near = {"REMOTE_ADDR": "2001:db8::ffff"}
    far = {"REMOTE_ADDR": "2001:db8:1::1"}
    assert wrong(client, "next@example.org", environ_base=near) == 429
    assert wrong(client, "next@example.org", environ_base=far) == 200


@pytest.mark.parametrize("page", ["register", "reset", "confirm"])
def test_nobody_is_flooded_with_mail(strict: Flask, page: str) -> None:
    someone(strict, email=NEWCOMER["email"], confirmed_at=None)
    client = strict.test_client()
    codes = [client.post(f"/en/{page}", data=NEWCOMER).status_code for _ in range(6)]
    assert codes == [302] * 5 + [429]
    assert len(mails(strict)) == 5


def test_the_password_cannot_be_guessed_from_an_open_session(strict: Flask) -> None:
    person = someone(strict, email="right@example.org")
    client = houses.signed_in(strict.test_client(), person)
    guess = {"current": "a wrong passphrase", "password": "five ripe mangoes"}
    codes = [client.post("/en/account/password", data=guess).status_code for _ in range(11)]
    assert codes == [422] * 10 + [429]


def test_only_a_trusted_proxy_names_the_caller(
    make_app: Callable[..., Flask], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(limits.ACTS, "sign-in", ("10 per hour", "4 per hour"))
    for proxies, codes in (("0", [200] * 4 + [429]), ("1", [200] * 5)):
        client = make_app(RATE_LIMITS="1", PROXIES=proxies).test_client()
        found = [
            wrong(client, f"p{n}@example.org", headers={"X-Forwarded-For": f"198.51.{n}.7"})
            for n in range(5)
        ]
        assert found == codes


@pytest.mark.parametrize("email", ["right@example.org", "nobody@example.org", "no address"])
def test_every_refused_sign_in_compares_one_password(
    app: Flask, client: FlaskClient, monkeypatch: pytest.MonkeyPatch, email: str
) -> None:
    """Comparing is what takes long (36 ms), so that no duration tells of an account."""
    someone(app, email="right@example.org")
    compared: list[str] = []
    compare = accounts.verify_password

    def counted(password: str, kept: str) -> bool:
        compared.append(kept.rpartition("$")[0].rpartition("$")[0])
        return bool(compare(password, kept))

    monkeypatch.setattr(accounts, "verify_password", counted)
    accounts._nobody.cache_clear()
    wrong(client, email)
    assert len(compared) == 1
    with app.app_context():
        kept = db.session().scalars(select(Person.password)).one()
    assert kept is not None
    assert kept.startswith(compared[0])  # with the same effort


def at_once(acts: list[Callable[[], Any]]) -> list[Any]:
    """Do them all at the same moment, each in a thread of its own."""
    gate = Barrier(len(acts))

    def do(act: Callable[[], Any]) -> Any:
        gate.wait()
        return act()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(do, acts))


def test_eight_sign_ups_with_one_address_make_one_account(app: Flask) -> None:
    answers = at_once([lambda: app.test_client().post("/en/register", data=NEWCOMER).location] * 8)
    assert answers == ["/en/register/sent"] * 8
    with app.app_context():
        assert db.session().scalar(select(func.count()).select_from(Person)) == 1
    sorts = sorted(link_in(mail).split("/")[2] for mail in mails(app))
    assert sorts == ["confirm"] + ["reset"] * 7


def test_a_reset_link_that_is_used_twice_at_once_counts_once(app: Flask) -> None:
    someone(app, email="right@example.org")
    app.test_client().post("/en/reset", data={"email": "right@example.org"})
    path = link_in(mails(app)[0])
    codes = at_once(
        [
            lambda word=word: (
                app.test_client().post(path, data={"password": f"five ripe {word}"}).status_code
            )
            for word in ("mangoes", "papayas", "guavas")
        ]
    )
    assert sorted(codes) == [302, 410, 410]
    with app.app_context():
        rows = select(AuditEntry).where(AuditEntry.action == "password.reset")
        assert len(db.session().scalars(rows).all()) == 1
