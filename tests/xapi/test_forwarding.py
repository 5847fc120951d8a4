"""Forwarding: what is stored arrives elsewhere in its order, byte for byte, and nothing is lost."""

from __future__ import annotations

import json
import time
from base64 import b64encode
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen
from uuid import UUID, uuid4

import msgspec
import pytest
import time_machine
from flask import Flask
from sqlalchemy import func, select, update

from app import activities, db, jobs
from app.models import AuditEntry, Outbox
from tests.browser import Site
from tests.houses import a_person
from tests.xapi.packets import attachment, piece, send
from tests.xapi.senders import Sender, a_sender, told, void
from tests.xapi.stores import Store, a_store, a_target, forward, target
from xapi.models import DeadLetter, Statement, Target
from xapi.service import inbox, letters, selecting, sending, targets

VERB = "http://adlnet.gov/expapi/verbs/"


@pytest.fixture
def app(make_app: Callable[..., Flask]) -> Flask:
    return make_app(OUTBOUND_PRIVATE="1")


@pytest.fixture
def store() -> Iterator[Store]:
    with a_store() as found:
        yield found


@pytest.fixture
def sender(app: Flask) -> Sender:
    return a_sender(app)


def _sent(sender: Sender, *some: dict[str, Any]) -> list[str]:
    assert sender.post(list(some)).status_code == 200
    return [one["id"] for one in some]


def _bodies(app: Flask) -> list[str]:
    with app.app_context():
        return list(db.session().scalars(select(Statement.body).order_by(Statement.seq)))


def _dead(app: Flask) -> list[tuple[str, int, str, int]]:
    with app.app_context():
        rows = db.session().scalars(select(DeadLetter).order_by(DeadLetter.id))
        return [(str(one.statement_id), one.status, one.answer, one.times) for one in rows]


def _mails(app: Flask) -> list[str]:
    with app.app_context():
        rows = select(Outbox.payload).where(Outbox.task == "mail.send").order_by(Outbox.id)
        return [one["subject"] for one in db.session().scalars(rows)]


def test_statements_arrive_in_their_order_byte_for_byte(
    app: Flask, store: Store, sender: Sender
) -> None:
    a_target(app, store.url)
    first = told(result={"duration": "P1Y2M", "extensions": {"https://x.example/e": None}})
    raw = json.dumps(first, indent=1).replace("}", " }")
    assert sender.post(f"[{raw}]").status_code == 200
    ids = [first["id"], *_sent(sender, *(told() for _ in range(120)))]
    forward(app)
    assert store.ids == ids
    assert [len(json.loads(one)) for one in store.bytes] == [50, 50, 21]
    joined = b"[" + b",".join(one.encode() for one in _bodies(app)) + b"]"
    assert joined == b"".join(store.bytes).replace(b"][", b",")
    headers = store.headers[0]
    assert headers["path"] == "/lrs/statements"
    assert headers["X-Experience-API-Version"] == "1.0.3"
    assert headers["Authorization"] == "Basic aG91c2U6aXRzIHNlY3JldA=="
    assert headers["Content-Type"] == "application/json"


def test_nothing_is_sent_twice_and_the_job_is_one_row(
    app: Flask, store: Store, sender: Sender
) -> None:
    target_id = a_target(app, store.url)
    ids = []
    for _ in range(3):
        ids += _sent(sender, told())
        forward(app)
        forward(app)
    assert store.ids == ids
    assert len(store.requests) == 3
    with app.app_context():
        jobs_of_ours = select(func.count()).where(Outbox.task == sending.TASK)
        assert db.session().scalar(jobs_of_ours) == 1
    assert target(app, target_id).sent == 3


@pytest.mark.parametrize("beginning", [True, False])
def test_a_new_target_begins_now_or_at_the_beginning(
    app: Flask, store: Store, sender: Sender, beginning: bool
) -> None:
    before = _sent(sender, told(), told())
    a_target(app, store.url, beginning=beginning)
    after = _sent(sender, told())
    forward(app)
    assert store.ids == ([*before, *after] if beginning else after)


def test_more_than_one_job_can_send_goes_on_with_the_next(
    app: Flask, store: Store, sender: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "SLICE", 0.0)
    monkeypatch.setattr(selecting, "BATCH", 2)
    a_target(app, store.url)
    ids = _sent(sender, *(told() for _ in range(5)))
    forward(app)
    assert store.ids == []
    monkeypatch.setattr(sending, "SLICE", 0.02)
    store.judge = lambda told: (time.sleep(0.03), (200, "[]"))[1]  # type: ignore[func-returns-value]
    for reached in (2, 4, 5):
        forward(app)
        assert store.ids == ids[:reached]


def test_a_batch_stays_below_its_bytes(
    app: Flask, store: Store, sender: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(selecting, "BYTES", 3000)
    a_target(app, store.url)
    long = {"https://x.example/e": "x" * 1000}
    ids = _sent(sender, *(told(result={"extensions": long}) for _ in range(5)))
    big = told(result={"extensions": {"https://x.example/e": "x" * 9000}})
    ids += _sent(sender, big)
    forward(app)
    assert store.ids == ids
    assert [len(json.loads(one)) for one in store.bytes] == [2, 2, 1, 1]


@pytest.mark.only("postgresql")
def test_the_cursor_waits_for_a_slow_writer(app: Flask, store: Store, sender: Sender) -> None:
    """What is kept while he still writes is later than he is, and waits for him."""
    a_target(app, store.url)
    slow, quick = _of_two_locks()
    with ThreadPoolExecutor(1) as other, app.app_context(), db.transaction():
        received = [inbox.receive(json.dumps(slow), version="1.0.3")]
        inbox.store(received, authority="slow", version="1.0.3")
        other.submit(_sent, sender, quick).result(60)
        other.submit(forward, app).result(60)
        assert store.ids == []
    forward(app)
    assert store.ids == [slow["id"], quick["id"]]


def _of_two_locks() -> tuple[dict[str, Any], dict[str, Any]]:
    """Two statements whose writers do not wait for each other (db.claim)."""
    one = other = told()
    while UUID(one["id"]).int % 64 == UUID(other["id"]).int % 64:
        other = told()
    return one, other


def test_a_number_that_was_taken_late_is_not_passed_over(
    app: Flask, store: Store, sender: Sender
) -> None:
    """Two writers may tell the time in one order and take their numbers in the other."""
    a_target(app, store.url)
    ids = _sent(sender, told(), told())
    with app.app_context(), db.transaction() as session:
        first, second = session.scalars(select(Statement).order_by(Statement.seq)).all()
        first.stored = second.stored + timedelta(microseconds=5)
    time.sleep(0.001)
    forward(app)
    assert store.ids == ids[::-1]


def test_rules_by_verb_authority_and_activity(app: Flask, store: Store, sender: Sender) -> None:
    other = a_sender(app, "other")
    site = _an_activity_with_two_inside(app)
    a_target(
        app,
        store.url,
        verbs=["completed", "https://x.example/verbs/read"],
        activities=["modules/m1", "https://x.example/a"],
        authorities=["sender"],
    )
    done = {"id": f"{VERB}completed"}
    wanted = [
        told(verb=done, object={"id": f"{site}/modules/m1"}),
        told(verb=done, object={"id": f"{site}/modules/m1/l1/q1"}),
        told(verb={"id": "https://x.example/verbs/read"}, object={"id": "https://x.example/a"}),
    ]
    unwanted = [
        told(verb=done, object={"id": f"{site}/modules/m2"}),
        told(verb=done, object={"id": "https://x.example/a/b"}),
        told(object={"id": f"{site}/modules/m1"}),
        told(verb=done, object={"objectType": "Agent", "mbox": "mailto:a@a.example"}),
    ]
    ids = _sent(sender, *wanted, *unwanted)
    _sent(other, told(verb=done, object={"id": "https://x.example/a"}))
    forward(app)
    assert store.ids == ids[:3]
    forward(app)
    assert len(store.requests) == 1


def _an_activity_with_two_inside(app: Flask) -> str:
    with app.app_context(), db.transaction():
        module = activities.define("modules/m1", "module", {"en": "One"})
        lesson = activities.define("modules/m1/l1", "lesson", {"en": "A"}, parent=module)
        activities.define("modules/m1/l1/q1", "question", {"en": "?"}, parent=lesson)
        activities.define("modules/m2", "module", {"en": "Two"})
        return activities.iri("").rstrip("/")


def _as_ours(session: Any, statement_id: str) -> None:
    known = Statement.statement_id == UUID(statement_id)
    session.execute(update(Statement).where(known).values(authority=None))


def test_this_house_is_an_authority_too(app: Flask, store: Store, sender: Sender) -> None:
    a_target(app, store.url, authorities=["@house"])
    ours, _ = _sent(sender, told(), told())
    with app.app_context(), db.transaction() as session:
        _as_ours(session, ours)
    forward(app)
    assert store.ids == [ours]


def test_what_the_target_sent_itself_is_not_sent_back(
    app: Flask, store: Store, sender: Sender
) -> None:
    a_target(app, store.url, sends_as="ministry")
    back = a_sender(app, "theirs", authority="ministry")
    _sent(back, told())
    ids = _sent(sender, told())
    with app.app_context(), db.transaction() as session:
        _as_ours(session, ids[0])
    ids += _sent(sender, told())
    forward(app)
    assert store.ids == ids


def test_voiding_goes_where_its_target_goes(app: Flask, store: Store, sender: Sender) -> None:
    a_target(app, store.url, verbs=["completed"])
    done, other = told(verb={"id": f"{VERB}completed"}), told()
    taken_back = void(done["id"])
    nobody_knows = void(str(uuid4()))
    _sent(sender, done, other)
    _sent(sender, taken_back, void(other["id"]), nobody_knows)
    forward(app)
    assert store.ids == [done["id"], taken_back["id"], nobody_knows["id"]]


def _refuses(*bad: str, status: int = 400) -> Callable[[list[dict[str, Any]]], tuple[int, str]]:
    def judge(told: list[dict[str, Any]]) -> tuple[int, str]:
        if any(one["id"] in bad for one in told):
            return status, "actor.mbox: no such address " + "x" * 900
        return 200, "[]"

    return judge


@pytest.mark.parametrize("status", sorted(sending.REFUSED))
def test_a_refused_statement_is_found_and_laid_aside_and_the_rest_goes_on(
    app: Flask, store: Store, sender: Sender, status: int
) -> None:
    target_id = a_target(app, store.url)
    ids = _sent(sender, *(told() for _ in range(60)))
    bad = (ids[0], ids[17], ids[59])
    store.judge = _refuses(*bad, status=status)
    forward(app)
    assert store.ids == [one for one in ids if one not in bad]
    found = _dead(app)
    assert [one[0] for one in found] == list(bad)
    assert all(one[1] == status and one[2].startswith("actor.mbox") for one in found)
    assert all(len(one[2]) == sending.KEPT and one[3] == 1 for one in found)
    row = target(app, target_id)
    assert (row.stopped_at, row.failing_since, row.sent) == (None, None, 57)
    before = len(store.requests)
    forward(app)
    assert len(store.requests) == before


def test_dead_letters_are_replayed_one_or_all(app: Flask, store: Store, sender: Sender) -> None:
    target_id = a_target(app, store.url)
    ids = _sent(sender, *(told() for _ in range(4)))
    store.judge = _refuses(*ids)
    forward(app)
    store.judge = _refuses(ids[1], ids[2], status=409)
    with app.app_context(), db.transaction():
        by = a_person(role="administrator")
        (newest, *_), _following = letters.page(by, target=target_id)
        letters.replay(newest.letter, by=by)
    forward(app)
    assert store.ids == [ids[3]]
    with app.app_context(), db.transaction():
        by = a_person(role="administrator")
        assert letters.replay_all(targets.get(target_id, by=by), by=by) == 3
    forward(app)
    assert store.ids == [ids[3], ids[0]]
    assert [(one[0], one[1], one[3]) for one in _dead(app)] == [(ids[1], 409, 2), (ids[2], 409, 2)]


def test_where_everything_is_refused_it_stops(
    app: Flask, store: Store, sender: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "IN_A_ROW", 6)
    target_id = a_target(app, store.url)
    ids = _sent(sender, *(told() for _ in range(10)))
    store.judge = _refuses(*ids)
    forward(app)
    forward(app)
    assert [one[0] for one in _dead(app)] == ids[:6]
    assert target(app, target_id).stopped_at is not None
    assert len(_mails(app)) == 1


def _at(moment: datetime, app: Flask) -> None:
    with time_machine.travel(moment, tick=False):
        forward(app)


@pytest.mark.parametrize("status", [401, 404, 500, 503, 302])
def test_who_cannot_be_reached_is_tried_again_for_a_day_and_then_told_of_once(
    app: Flask, store: Store, sender: Sender, status: int
) -> None:
    target_id = a_target(app, store.url)
    store.judge = lambda told: (status, f"{store.url}/elsewhere")
    ids = _sent(sender, told())
    now, waits = datetime.now(UTC), []
    while target(app, target_id).stopped_at is None:
        _at(now, app)
        row = target(app, target_id)
        assert row.error == f"HTTP {status}"
        if row.due_at is not None:
            waits.append(row.due_at - now)
            _at(now + timedelta(seconds=10), app)
            now = row.due_at + timedelta(seconds=1)
    assert sorted(waits) == waits
    assert len(set(waits)) > 6
    assert waits[0] == timedelta(seconds=30)
    assert timedelta(hours=23) < sum(waits, timedelta()) < timedelta(hours=26)
    assert len(store.requests) == len(waits) + 1
    assert {one["path"] for one in store.headers} == {"/lrs/statements"}
    _at(now + timedelta(days=2), app)
    assert len(store.requests) == len(waits) + 1
    assert len(_mails(app)) == 1
    with app.app_context():
        actions = list(db.session().scalars(select(AuditEntry.action).order_by(AuditEntry.id)))
    assert actions[-1] == "forwarding.stopped"
    store.judge = lambda told: (200, "[]")
    with app.app_context(), db.transaction():
        by = a_person(role="administrator")
        targets.start(targets.get(target_id, by=by), by=by)
    forward(app)
    assert store.ids == ids
    row = target(app, target_id)
    assert (row.failures, row.error, row.failing_since, row.due_at) == (0, None, None, None)


def test_a_moment_away_loses_nothing(app: Flask, sender: Sender) -> None:
    with a_store() as gone:
        endpoint = gone.url
    target_id = a_target(app, endpoint)
    _sent(sender, told())
    forward(app)
    row = target(app, target_id)
    assert row.failures == 1
    assert "refused" in (row.error or "")
    with app.app_context():
        shown = targets.everyone()[0]
    assert (shown.state, shown.waiting.count, shown.waiting.more) == ("failing", 1, False)
    assert shown.waiting.oldest is not None


def test_what_was_through_before_the_line_broke_is_not_sent_again(
    app: Flask, store: Store, sender: Sender
) -> None:
    target_id = a_target(app, store.url)
    ids = _sent(sender, *(told() for _ in range(60)))
    store.judge = lambda told: (200, "[]") if len(store.requests) == 1 else (503, "")
    forward(app)
    assert store.ids == ids[:50]
    assert target(app, target_id).sent == 50
    store.judge = lambda told: (200, "[]")
    _at(datetime.now(UTC) + timedelta(minutes=2), app)
    assert store.ids == ids


def test_a_job_that_broke_for_good_stops_nothing_silently(
    app: Flask, store: Store, sender: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    target_id = a_target(app, store.url)
    _sent(sender, told())

    def broken(*_: Any) -> None:
        raise RuntimeError("a fault of ours")

    with monkeypatch.context() as patched:
        patched.setattr(sending, "_deliver", broken)
        for hour in range(jobs.PATIENCE + 2):
            _at(datetime.now(UTC) + timedelta(hours=5 * hour), app)
    row = target(app, target_id)
    assert row.stopped_at is not None
    assert "a fault of ours" in (row.error or "")
    assert len(_mails(app)) == 1


def test_with_another_secret_key_it_stops_and_says_so(
    app: Flask, store: Store, sender: Sender
) -> None:
    target_id = a_target(app, store.url)
    _sent(sender, told())
    app.config["SECRET_KEY"] = "another key of this house, long enough"
    forward(app)
    assert store.requests == []
    assert target(app, target_id).error == "unreadable"
    assert len(_mails(app)) == 1


def test_the_secret_is_nowhere_to_be_read(app: Flask, store: Store) -> None:
    target_id = a_target(app, store.url, secret="a secret to be found")
    row = target(app, target_id)
    assert "a secret" not in row.secret
    with app.app_context():
        audited = db.session().scalars(select(AuditEntry)).all()
        assert "a secret" not in repr([(one.before, one.after) for one in audited])


def test_what_is_switched_off_waits(app: Flask, store: Store, sender: Sender) -> None:
    target_id = a_target(app, store.url)
    with app.app_context(), db.transaction():
        by = a_person(role="administrator")
        targets.stop(targets.get(target_id, by=by), by=by)
    ids = _sent(sender, told())
    forward(app)
    assert store.requests == []
    with app.app_context(), db.transaction():
        by = a_person(role="administrator")
        targets.start(targets.get(target_id, by=by), by=by)
    forward(app)
    assert store.ids == ids


def test_two_targets_do_not_hold_each_other_up(app: Flask, store: Store, sender: Sender) -> None:
    with a_store() as gone:
        away = gone.url
    a_target(app, away, label="Away")
    a_target(app, store.url)
    ids = _sent(sender, told())
    forward(app)
    assert store.ids == ids


def test_few_that_are_wanted_among_many_are_found_step_by_step(
    app: Flask, store: Store, sender: Sender, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(selecting, "WINDOW", 7)
    monkeypatch.setattr(selecting, "COUNTED", 20)
    a_target(app, store.url, verbs=["completed"])
    some = [told(verb={"id": f"{VERB}completed"}) if n % 9 == 0 else told() for n in range(40)]
    ids = _sent(sender, *some)
    with app.app_context():
        waiting = targets.everyone()[0].waiting
    assert (waiting.count, waiting.more) == (3, True)
    forward(app)
    assert store.ids == ids[::9]
    with app.app_context():
        assert targets.everyone()[0].waiting == selecting.Waiting(0, False, None)


def test_what_a_store_said_of_somebody_goes_when_she_is_erased(
    app: Flask, store: Store, sender: Sender
) -> None:
    a_target(app, store.url)
    store.judge = lambda told: (400, "No mail for ELODIE@example.org, Élodie Ní Dhubhda.")
    _sent(sender, told())
    forward(app)
    with app.app_context(), db.transaction():
        letters.forget(a_person("Somebody", email="other@example.org"))
    assert "ELODIE" in _dead(app)[0][2]
    with app.app_context(), db.transaction():
        letters.forget(a_person("Élodie", email="elodie@example.org"))
    assert _dead(app)[0][2] == ""


def test_a_target_that_is_removed_while_its_job_waits_is_left(
    app: Flask, store: Store, sender: Sender
) -> None:
    target_id = a_target(app, store.url)
    store.judge = _refuses(*_sent(sender, told()))
    forward(app)
    _sent(sender, told())
    with app.app_context():
        sending.wake()
        with db.transaction():
            by = a_person(role="administrator")
            targets.remove(targets.get(target_id, by=by), by=by)
        before = len(store.requests)
        assert jobs.run_due() == 1
        assert db.session().scalar(select(func.count()).select_from(Target)) == 0
        assert db.session().scalar(select(func.count()).select_from(DeadLetter)) == 0
    assert len(store.requests) == before


def test_one_house_forwards_to_another(app: Flask, sender: Sender, live_server: Site) -> None:
    """A real house served on loopback; there the statements are the same, byte for byte, but for
    what a store sets itself."""
    first = told(result={"duration": "P1Y2M", "score": {"scaled": 0.50}})
    raw = json.dumps(first, indent=1)
    a_target(app, f"{live_server.url}/xapi/", key="demo", secret="demo-secret", version="2.0.0")
    assert sender.post(f"[{raw}]").status_code == 200
    ids = [first["id"], *_sent(sender, *(told() for _ in range(70)))]
    taken_back = _sent(sender, void(ids[3]))
    forward(app)
    assert _dead(app) == []
    kept = {one: _at_other(live_server, one) for one in [*ids, *taken_back]}
    here = dict(zip([*ids, *taken_back], _bodies(app), strict=True))
    for one, body in here.items():
        assert _without_own(kept[one]) == _without_own(body)
    assert "demo" in kept[first["id"]]


def test_what_is_attached_goes_with_its_statement(
    app: Flask, sender: Sender, live_server: Site
) -> None:
    """The other house refuses statements that come without what they name."""
    a_target(app, f"{live_server.url}/xapi", key="demo", secret="demo-secret", version="1.0.3")
    files = [f"an essay {uuid4()}".encode(), bytes(range(256)) * 30]
    some = [told(attachments=[attachment(one)]) for one in files]
    answer = send(sender, some, *(piece(one) for one in files))
    assert answer.status_code == 200, answer.text
    ids = _sent(sender, told())
    forward(app)
    assert _dead(app) == []
    assert _at_other(live_server, ids[0])
    for one, contents in zip(some, files, strict=True):
        assert contents in _bytes_at_other(live_server, one["id"], "&attachments=true")


def _at_other(site: Site, statement_id: str) -> str:
    return _bytes_at_other(site, statement_id).decode()


def _bytes_at_other(site: Site, statement_id: str, further: str = "") -> bytes:
    word = "Basic " + b64encode(b"demo:demo-secret").decode()
    headers = {"Authorization": word, "X-Experience-API-Version": "1.0.3"}
    for name in ("statementId", "voidedStatementId"):
        place = f"{site.url}/xapi/statements?{name}={statement_id}{further}"
        asked = Request(place, headers=headers)
        try:
            with urlopen(asked) as answer:
                found: bytes = answer.read()
                return found
        except HTTPError as wrong:
            if wrong.code != 404:
                raise
    raise AssertionError(f"{statement_id} is not there")


def _without_own(body: str) -> list[tuple[str, bytes]]:
    """The members as they are written, without those that each store sets for itself."""
    members = msgspec.json.decode(body, type=dict[str, msgspec.Raw])
    return [
        (name, bytes(raw)) for name, raw in members.items() if name not in ("stored", "authority")
    ]
