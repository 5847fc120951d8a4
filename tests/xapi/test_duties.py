"""Her record handed out and made nobody's; credentials made on the command line and shown off."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskCliRunner

from app import activities, db, demo, events, plugins
from app.events import Result
from app.models import AuditEntry, Person, Registration
from tests.houses import a_person
from tests.xapi.packets import attachment, contents, piece, send
from tests.xapi.senders import Sender, a_sender, told
from tests.xapi.test_signatures import BINARY, sign, signed
from xapi.models import Credential
from xapi.service import access

SITE = "https://passage.example"
HASH = "949136807c921d32ce5ad1826f2f1afbe50014f6"  # of mailto:zoe@example.org


def _answer(registration: Registration, kind: str, response: str) -> None:
    question = activities.define(
        f"m/{kind}", "question", {"en": "Q"}, definition={"interactionType": kind}
    )
    events.publish(
        events.happened(
            "answered",
            registration,
            language="en",
            activity=question,
            result=Result(response=response, success=True),
        )
    )


@pytest.fixture
def learner(app: Flask) -> UUID:
    """Somebody who answered in her own words and in given ones, and of whom others told."""
    sender = a_sender(app)
    with app.app_context(), db.transaction():
        person = a_person("Zoé Ångström", email="zoe@example.org")
        registration = Registration(
            person=person, activity=activities.define("m", "module", {"en": "M"})
        )
        db.session().add(registration)
        db.session().flush()
        _answer(registration, "fill-in", "my own words")
        _answer(registration, "other", "my own words")
        _answer(registration, "choice", "a")
        person_id = person.id
        named = {"account": {"homePage": SITE, "name": str(person_id)}, "name": "Zoé Ångström"}
    address = {"mbox": "mailto:zoe@example.org", "name": "Zoé Ångström"}
    hashed = {"mbox_sha1sum": HASH}
    sender.post(
        [
            told(actor=named, result={"response": "my own words"}),
            told(actor=address),
            told(actor=hashed),
            told(context={"instructor": address}),
            told(object={"objectType": "Group", "member": [address, hashed]}),
        ]
    )
    return person_id


def test_export_person_hands_out_every_statement_about_her(app: Flask, learner: UUID) -> None:
    with app.app_context():
        person = db.session().get_one(Person, learner)
        answers = plugins.ring().export_person(person=person)
        found = next(one["xapi"] for one in answers if "xapi" in one)
    assert len(found["statements"]) == 6
    assert {one["version"] for one in found["statements"]} == {"1.0.3", "1.0.0"}
    json.dumps(found)


def test_forget_person_leaves_no_name_address_or_word_of_hers(app: Flask, learner: UUID) -> None:
    with app.app_context(), db.transaction() as session:
        person = session.get_one(Person, learner)
        plugins.ring().forget_person(person=person)
        person.email = None
    everything = Sender(app.test_client(), "sender").listed(limit=0)
    text = json.dumps(everything, ensure_ascii=False)
    for trace in (
        "zoe@",
        "Zoé",
        "Ångström",
        "my own words",
        HASH,
    ):
        assert trace not in text
    assert len(everything) == 8
    choice = next(one for one in everything if one["object"].get("id", "").endswith("m/choice"))
    assert choice["result"]["response"] == "a"
    with app.app_context():
        told_of = list(plugins.ring().stored_events(selection=events.Selection(person_id=learner)))
        assert [one.verb for one in told_of] == ["answered"] * 3
    hers = json.dumps({"account": {"homePage": SITE, "name": str(learner)}})
    reader = Sender(app.test_client(), "sender")
    assert len(reader.ids(agent=hers)) == 7  # as a member of a group too
    assert len(reader.ids(agent=hers, related_agents="true")) == 8  # and as an instructor
    for gone in ({"mbox": "mailto:zoe@example.org"}, {"mbox_sha1sum": HASH}):
        assert reader.ids(agent=json.dumps(gone), related_agents="true") == []


def test_no_free_text_of_strangers_names_her_and_no_signature_of_one_that_did(
    app: Flask, learner: UUID
) -> None:
    words = {"en": "An essay by ZOÉ Ångström, zoe@example.org"}
    letter, photo = b"by Zo\xc3\xa9", b"of her"
    other = attachment(letter, usageType="urn:essay", display=words, description=words)
    essay = {"id": "urn:essay", "definition": {"name": words, "extensions": {"urn:x": [words]}}}
    sender = Sender(app.test_client(), "sender")
    said = told(
        actor={"mbox": "mailto:t@b.example"},
        object=essay,
        result={"response": "Zoé Ångström wrote", "extensions": {"urn:by": "Zoe@example.org"}},
        attachments=[other],
    )
    nobody = told(object={"id": "urn:y"}, result={"response": "nobody"})
    own = told(actor={"mbox": "mailto:zoe@example.org"}, attachments=[attachment(photo)])
    proofs = [sign(said), sign(nobody)]
    said, nobody = signed(said, proofs[0]), signed(nobody, proofs[1])
    pieces = [piece(one, Content_Type=BINARY) for one in proofs]
    sent = send(sender, [said, nobody, own], *pieces, piece(letter), piece(photo))
    assert sent.status_code == 200, sent.text
    with app.app_context(), db.transaction() as session:
        plugins.ring().forget_person(person=session.get_one(Person, learner))
    kept = {one["id"]: one for one in sender.listed()}
    text = json.dumps([*kept.values(), sender.get("/xapi/activities", activityId="urn:essay").json])
    for trace in ("zoe@", json.dumps("Ångström")[1:-1].lower()):
        assert trace not in text.lower()
    assert [one["usageType"] for one in kept[said["id"]]["attachments"]] == ["urn:essay"]
    assert kept[said["id"]]["actor"] == {"mbox": "mailto:t@b.example"}
    assert kept[nobody["id"]]["result"] == {"response": "nobody"}
    assert kept[nobody["id"]]["attachments"] == nobody["attachments"]
    left = contents(sender.get(attachments="true", limit=10))
    assert sorted(left, key=len) == [letter, proofs[1]]


@pytest.fixture
def run(app: Flask) -> Callable[..., str]:
    """`passage xapi credential …`; what it printed, with its exit code in front if it failed."""
    runner: FlaskCliRunner = app.test_cli_runner()

    def call(*words: str) -> str:
        done = runner.invoke(args=["xapi", "credential", *words])
        return done.output if done.exit_code == 0 else f"{done.exit_code}: {done.output}"

    return call


def test_a_credential_is_made_shown_once_listed_and_revoked(
    app: Flask, run: Callable[..., str]
) -> None:
    made = run("add", "moodle", "--label", "The old site", "--days", "30")
    key, secret = (line.split()[1] for line in made.splitlines())
    sender = Sender(app.test_client(), key, secret)
    assert sender.post(told()).status_code == 200
    with app.app_context():
        access.write_uses()  # as the sweeper does
    listed = run("list")
    assert "moodle\tactive\tstatements/read/mine,statements/write\tmoodle\t2" in listed
    assert secret not in listed
    with app.app_context():
        credential = db.session().query(Credential).one()
        assert secret not in credential.digest
        assert credential.expires_at is not None
    assert "revoked" in run("revoke", "moodle")
    assert sender.get().status_code == 401
    assert "moodle\trevoked" in run("list")
    with app.app_context():
        actions = [one.action for one in db.session().query(AuditEntry)]
        assert actions == ["credential.added", "credential.revoked"]


def test_wrong_credentials_are_refused_in_a_line(run: Callable[..., str]) -> None:
    run("add", "moodle")
    for words in (
        ("add", "moodle"),
        ("add", "a key"),
        ("add", "demo"),
        ("add", "x", "--scope", "everything"),
        ("add", "x", "--authority", "a b"),
        ("revoke", "nobody"),
    ):
        answer = run(*words)
        assert answer[0] in "12", words
        assert "Traceback" not in answer


def test_a_credential_ends_with_its_days(app: Flask) -> None:
    sender = a_sender(app, "late", expires_at=db.now() - timedelta(seconds=1))
    assert sender.get().status_code == 401


def test_the_demonstration_shows_a_credential_and_production_refuses_it(
    make_app: Callable[..., Flask],
) -> None:
    app = make_app()
    with app.app_context(), db.transaction():
        demo.make()
        demo.make()
    assert Sender(app.test_client(), "demo", "demo-secret").get().status_code == 200
    house = make_app(ENV="production", SITE=SITE, MAIL_SERVER="mail.example")
    assert Sender(house.test_client(), "demo", "demo-secret").get().status_code == 401
