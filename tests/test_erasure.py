"""Erasing a person: nothing that names her is left anywhere, and what happened still adds up."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import MetaData, select

from app import (
    accounts,
    activities,
    audit,
    content,
    db,
    erasure,
    events,
    jobs,
    links,
    mail,
    people,
    progress,
)
from app.config import ROOT
from app.errors import Conflict, Forbidden, Invalid
from app.models import AuditEntry, Grant, Outbox, Person, Registration, Token
from cohorts.models import Edition, Enrolment, Import, Invitation, Session
from cohorts.service import importing, inviting, running
from tests import houses

NAME = "Ngozi Oyelaran-Żak"
EMAIL = "ngozi.oyelaran@border.example.org"
CERTIFICATE_NAME = "Prof. Ngozi Oyelaran"
ORGANISATION = "Directorate of Migration, Abeokuta"
OWN_WORDS = "I think my uncle Babajide would disagree"

TRACES = [
    "ngozi",
    "oyelaran",
    "border.example.org",
    "abeokuta",
    "babajide",
    hashlib.sha1(f"mailto:{EMAIL}".encode()).hexdigest(),  # noqa: S324  (xAPI's mbox_sha1sum)
]


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    return houses.visitor(app)


@pytest.fixture
def house(app: Flask) -> Iterator[Flask]:
    houses.with_content(app)
    with app.app_context():
        yield app


class Learner:
    """Somebody who does everything through the API."""

    def __init__(self, client: FlaskClient, person: Person) -> None:
        self.client = client
        self.headers = houses.bearing(houses.a_token(person))

    def __call__(self, method: str, path: str, **body: Any) -> Any:
        answer = self.client.open(
            f"/api/v1{path}", method=method, headers=self.headers, json=body or None
        )
        assert answer.status_code < 300, (method, path, answer.text)
        return answer.json

    def study(self) -> str:
        """The whole module m1, to its certificate; the id of the registration."""
        begun = self("POST", "/modules/introduction-to-international-migration-law/registrations")
        registration = f"/registrations/{begun['id']}"
        for lesson in ("l1", "l2", "l3", "l4"):
            opening = self("GET", f"{registration}/lessons/{lesson}")["opening"]
            self("POST", f"{registration}/lessons/{lesson}/completion", opening=opening)
        quiz = f"{registration}/quizzes/modules/m1/quiz/attempts"
        attempt = f"{quiz}/{self('POST', quiz)['number']}"
        for name, right in _key().items():
            self("PUT", f"{attempt}/answers/{name}", given=right, revision=0)
        assert self("POST", f"{attempt}/hand-in")["passed"]
        self("POST", quiz)
        return str(begun["id"])


def _key() -> dict[str, list[str]]:
    quiz = content.read(ROOT / "content" / "modules" / "m1" / "quiz.json")
    key = {}
    for one in quiz["questions"]:
        names = [option["id"] for option in one["options"]]
        if one["type"] == "true_false":
            names = ["true", "false"]
        right = [option["correct"] for option in one["options"]]
        key[one["id"]] = [name for name, is_right in zip(names, right, strict=True) if is_right]
    return key


def full_record(house: Flask, client: FlaskClient) -> Person:
    """A person who has left a trace wherever there is a place for one."""
    person = houses.a_person(
        NAME, email=EMAIL, organisation=ORGANISATION, country="NG", timezone="Africa/Lagos"
    )
    learner = Learner(client, person)
    registration_id = learner.study()
    with db.transaction() as session:
        registration = session.scalars(select(Registration)).one()
        essay = activities.define(
            "modules/m1/essay",
            "question",
            {"en": "In your own words"},
            definition={"interactionType": "long-fill-in"},
        )
        events.publish(
            events.happened(
                "answered",
                registration,
                activity=essay,
                language="en",
                result=events.Result(response=OWN_WORDS),
            )
        )
    assert str(registration.id) == registration_id
    certificate = learner("GET", "/certificates")["items"][0]
    learner("PATCH", f"/certificates/{certificate['public_id']}", name=CERTIFICATE_NAME)
    learner("PATCH", "/me", certificate_name=CERTIFICATE_NAME)
    learner("PUT", "/me/email", email="new@border.example.org", password=houses.PASSWORD)
    houses.give(person, "instructor")
    with db.transaction():
        audit.record("note.written", f"note:{NAME}", actor=None, person=person, after={"n": NAME})
        done = mail.enqueue(person, f"Dear {NAME}", f"To {EMAIL}")
    jobs.run_due()
    houses.anew()
    assert done.done_at is not None
    with db.transaction():
        waiting = mail.enqueue(person, f"Dear {NAME}", "This one waits.", address=EMAIL)
        waiting.error = f"SMTPRecipientsRefused: {EMAIL}"
    return person


def traces(house: Flask) -> list[str]:
    """Where any of TRACES stands, in the database or in the folder of data."""
    return [*_in_tables(), *_in_files(house.config["DATA"])]


def _in_tables() -> Iterator[str]:
    seen = MetaData()
    with db.db.engine.connect() as connection:
        seen.reflect(connection)
        for table in seen.tables.values():
            for row in connection.execute(select(table)).mappings():
                for column, value in row.items():
                    words = json.dumps(value, default=_text, ensure_ascii=False).casefold()
                    yield from (f"{table.name}.{column}: {one}" for one in TRACES if one in words)


def _text(value: object) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)


def _in_files(folder: Path) -> Iterator[str]:
    for path in folder.rglob("*"):
        if path.is_file():
            held = path.name.casefold() + path.read_bytes().decode("latin-1").casefold()
            yield from (f"{path.name}: {one}" for one in TRACES if one in held)


def test_nothing_that_names_her_is_left_anywhere(house: Flask, client: FlaskClient) -> None:
    person = full_record(house, client)
    before = traces(house)
    places = {place.partition(":")[0] for place in before}
    assert {"person.name", "person.folded", "outbox.payload", "outbox.error"} <= places
    assert {"audit_entry.after", "audit_entry.subject", "xapi_statement.body"} <= places
    assert {"certificates_certificate.name"} <= places
    assert any(place.endswith(".eml: ngozi") for place in before)

    own = houses.bearing(houses.a_token(person, ["account"]))
    body = {"confirmation": EMAIL, "password": houses.PASSWORD}
    assert client.delete("/api/v1/me", json=body, headers=own).status_code == 204
    jobs.run_due()
    db.db.session.remove()
    db.db.engine.dispose()
    assert traces(house) == []


FORMER = "ngozi@elsewhere.border.example.org"


def in_a_course(client: FlaskClient) -> Person:
    """Somebody who was imported, invited, invited again, confirmed, enrolled, put into a cohort,
    marked and awarded, then took another address."""
    edition = houses.an_edition(sessions=1, state="open", asks={"attendance": 1.0})
    admin = houses.a_person(role="administrator")
    rows = [
        "email;name;status",
        f"{FORMER};{NAME};",
        f"{FORMER.upper()};{NAME};",
        f"{FORMER};{NAME};suspended",
        f'{FORMER};"{NAME}',
    ]

    def imported() -> Any:
        with db.transaction() as session:
            here = session.get_one(Edition, edition.activity_id)
            return importing.check(here, "\n".join(rows).encode(), name="list.csv", by=admin)

    imported()
    with db.transaction() as session:
        here = session.get_one(Edition, edition.activity_id)
        first = inviting.offer(here, email=FORMER, name=NAME, by=admin)
    jobs.run_due()
    with db.transaction() as session:
        inviting.withdraw(session.get_one(Invitation, first.id), by=admin)
    with db.transaction() as session:
        other = houses.an_edition(state="open")
        inviting.offer(session.get_one(Edition, other.activity_id), email=FORMER, by=admin)
    jobs.run_due()
    with db.transaction():
        accounts.sign_up(
            name=NAME, email=FORMER, password=houses.PASSWORD, language="en", country="NG"
        )
    person = accounts.find(FORMER)
    assert person is not None
    with db.transaction():
        accounts.confirm(links.seal("confirm", person))
    again = imported()
    with db.transaction() as session:
        running.start(session.get_one(Import, again.id), by=admin)
    jobs.run_due()
    _marked_and_awarded(client, edition, person, admin)
    with db.transaction():
        accounts.change_email(links.seal("email", person, said=EMAIL))
    jobs.run_due()
    return houses.anew().get_one(Person, person.id)


def _marked_and_awarded(
    client: FlaskClient, edition: Edition, person: Person, admin: Person
) -> None:
    staff = Learner(client, admin)
    here = f"/editions/{edition.slug}"
    (one,) = staff("GET", f"{here}/roster")["items"]
    with db.transaction() as session:
        held = session.scalars(select(Session).where(Session.edition_id == edition.activity_id))
        past = held.one()
        past.starts_at = past.ends_at = db.now()
        name = past.activity.key.rpartition("/")[2]
    path = f"{here}/sessions/{name}/attendance"
    for mark in ("absent", "present"):
        staff("PUT", path, marks={one["registration"]: mark})
    awards = f"/activities/editions/{edition.slug}/awards"
    listed = staff("POST", f"{awards}/preview", sort="completion", words="Oyelaran")
    assert listed["wanted"] == 1
    staff("POST", awards, preview=listed["id"])
    cohort = staff("POST", "/cohorts", name="Border", activity=f"editions/{edition.slug}")
    staff("POST", f"/cohorts/{cohort['id']}/members", email=FORMER)
    filters = {"edition": f"editions/{edition.slug}", "cohort": cohort["id"]}
    staff("POST", "/completion-views", name="Hers", columns=["name"], filters=filters)
    taken = client.get("/api/v1/completions.csv?words=oyelaran", headers=staff.headers)
    assert NAME in taken.text


def test_nothing_that_names_her_is_left_of_who_was_in_a_course(
    house: Flask, client: FlaskClient
) -> None:
    key = in_a_course(client).id
    places = {place.partition(":")[0] for place in traces(house)}
    assert {"cohorts_invitation.name", "cohorts_import_row.values"} <= places
    assert {"cohorts_enrolment.folded", "certificates_certificate.name"} <= places
    with db.transaction() as session:
        held = session.get_one(Person, key)
        erasure.erase(held, by=held)
    jobs.run_due()
    db.db.session.remove()
    db.db.engine.dispose()
    assert traces(house) == []
    seats = db.session().scalars(select(Enrolment).where(Enrolment.person_id == key))
    assert len(seats.all()) == 2


def test_what_is_left_is_a_tombstone_and_all_still_adds_up(
    house: Flask, client: FlaskClient
) -> None:
    person = full_record(house, client)
    old_key = person.fs_uniquifier
    number = Learner(client, person)("GET", "/certificates")["items"][0]["public_id"]
    assert "Oyelaran" in client.get(f"/en/certificates/{number}").text
    with db.transaction():
        erasure.erase(person, by=person)
    left = houses.anew().get_one(Person, person.id)
    assert _told(left) == {"language": "en", "timezone": "UTC"}
    assert left.erased_at is not None
    assert left.fs_uniquifier != old_key
    for table in (Token, Grant):
        assert db.session().scalars(select(table).where(table.person_id == left.id)).all() == []

    page = client.get(f"/en/certificates/{number}")
    assert page.status_code == 200
    assert "Oyelaran" not in page.text
    assert client.get(f"/api/v1/certificates/{number}").status_code == 200

    with db.transaction():
        done = progress.rebuild()
    assert done.rows > 5
    assert (done.differing, done.surplus) == (0, 0)


def _told(person: Person) -> dict[str, Any]:
    """What her row still says, besides its key and its times."""
    kept = {"id", "fs_uniquifier", "created_at", "erased_at"}
    told = {
        column.name: getattr(person, column.key)
        for column in Person.__table__.columns
        if column.name not in kept
    }
    return {name: value for name, value in told.items() if value}


def test_what_listeners_have_still_to_hear_is_told_and_no_mail_goes_out(
    house: Flask, client: FlaskClient
) -> None:
    person = houses.a_person(NAME, email=EMAIL)
    with db.transaction():
        mail.enqueue(person, "Dear you", "Hello")
        event = {"id": "x", "verb": "answered", "result": {"response": OWN_WORDS, "score": None}}
        told = jobs.enqueue("events.kept", {"plugin": "x", "event": event}, person_id=person.id)
        other = jobs.enqueue("other.work", {"name": NAME}, person_id=person.id)
    with db.transaction():
        erasure.erase(person, by=person)
    session = houses.anew()
    assert told.done_at is None
    assert told.payload["event"]["result"] == {"response": None, "score": None}
    assert (other.done_at is not None, other.payload) == (True, {})
    jobs.run_due()
    assert not list((house.config["DATA"] / "mail").glob("*"))
    houses.anew()
    mails = session.scalars(select(Outbox).where(Outbox.task == "mail.send")).all()
    assert [one.payload for one in mails] == [{}]


def test_a_job_that_fails_after_she_was_erased_writes_no_error(house: Flask) -> None:
    person = houses.a_person(NAME, email=EMAIL)

    def refused(_: dict[str, Any]) -> None:
        with db.transaction() as session:
            erasure.erase(session.get_one(Person, own), by=session.get_one(Person, own))
        raise OSError(f"refused: {EMAIL}")

    own = person.id
    with db.transaction():
        job = jobs.enqueue("mail.send", {"to": EMAIL}, person_id=own)
    house.extensions["passage.answers"] = {
        "tasks": {"mail.send": refused, "people.leave_no_trace": erasure.leave_no_trace}
    }
    jobs.run_due()
    houses.anew()
    assert (job.error, job.payload) == (None, {})


def test_erasing_twice_is_erasing_once(house: Flask) -> None:
    person = houses.a_person()
    with db.transaction():
        erasure.erase(person, by=person)
        first = person.erased_at
        erasure.erase(person, by=person)
        assert person.erased_at == first
    rows = select(AuditEntry).where(AuditEntry.action == "person.erased")
    assert len(db.session().scalars(rows).all()) == 1


def test_the_address_of_an_erased_account_may_sign_up_anew(house: Flask) -> None:
    person = houses.a_person(NAME, email=EMAIL)
    with db.transaction():
        erasure.erase(person, by=person)
    assert houses.a_person(NAME, email=EMAIL).id != person.id


def test_the_last_administrator_stays(house: Flask) -> None:
    last = houses.a_person(role="administrator")
    with pytest.raises(Conflict), db.transaction():
        erasure.erase(last, by=last)
    houses.a_person(role="administrator")
    with db.transaction():
        erasure.erase(last, by=last)


def test_nobody_erases_somebody_else_but_an_administrator(house: Flask) -> None:
    person = houses.a_person()
    for role in (None, "instructor", "course_admin"):
        with pytest.raises(Forbidden), db.transaction():
            erasure.erase(person, by=houses.a_person(role=role))
    admin = houses.a_person(role="administrator")
    with db.transaction():
        erasure.erase(person, by=admin)
    entry = db.session().scalars(select(AuditEntry)).one()
    assert (entry.action, entry.actor_id, entry.person_id) == (
        "person.erased",
        admin.id,
        person.id,
    )


@pytest.mark.parametrize(
    ("confirmation", "password", "wrong"),
    [
        ("", houses.PASSWORD, {"confirmation"}),
        ("somebody@else.example", houses.PASSWORD, {"confirmation"}),
        (EMAIL, "", {"password"}),
        (EMAIL, "a wrong passphrase", {"password"}),
        ("x", "x", {"confirmation", "password"}),
        (f" {EMAIL.upper()} ", houses.PASSWORD, set()),
    ],
)
def test_she_is_asked_whether_she_means_it(
    house: Flask, client: FlaskClient, confirmation: str, password: str, wrong: set[str]
) -> None:
    person = houses.a_person(NAME, email=EMAIL)
    given = {"confirmation": confirmation, "password": password}
    if wrong:
        with pytest.raises(Invalid) as refused:
            erasure.check(person, **given)
        assert set(refused.value.fields) == wrong
    own = houses.bearing(houses.a_token(person, ["account"]))
    page = houses.signed_in(client, person).post("/en/my/erase", data=given)
    assert page.status_code == (422 if wrong else 303), page.text
    answer = client.delete("/api/v1/me", json=given, headers=own)
    assert answer.status_code == (422 if wrong else 401)
    houses.anew()
    assert (person.erased_at is None) == bool(wrong)


def test_she_is_signed_out_everywhere(house: Flask, client: FlaskClient) -> None:
    person = houses.a_person(NAME, email=EMAIL)
    elsewhere = houses.signed_in(houses.visitor(house), person)
    own = houses.bearing(houses.a_token(person, ["read"]))
    assert elsewhere.get("/en/my").status_code == 200
    given = {"confirmation": EMAIL, "password": houses.PASSWORD}
    answer = houses.signed_in(client, person).post("/es/my/erase", data=given)
    assert answer.location.endswith("/es/")
    assert client.get("/en/my").status_code == 302
    assert elsewhere.get("/en/my").status_code == 302
    assert client.get("/api/v1/me", headers=own).status_code == 401


def test_nothing_is_erased_when_a_plugin_fails_to_forget(house: Flask) -> None:
    from app import plugins
    from app.hookspecs import hookimpl

    class Broken:
        @hookimpl
        def forget_person(self, person: Person) -> None:
            raise RuntimeError("not now")

    plugins.manager(house).register(Broken(), "broken")
    person = houses.a_person(NAME, email=EMAIL)
    with pytest.raises(RuntimeError), db.transaction():
        erasure.erase(person, by=person)
    houses.anew()
    assert (person.email, person.erased_at) == (EMAIL, None)


def test_an_erased_person_cannot_be_changed(house: Flask) -> None:
    person, admin = houses.a_person(), houses.a_person(role="administrator")
    with db.transaction():
        erasure.erase(person, by=admin)
    with pytest.raises(Conflict), db.transaction():
        people.grant(person, "instructor", by=admin)
    with pytest.raises(Conflict), db.transaction():
        people.set_active(person, True, by=admin)
