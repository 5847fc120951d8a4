"""A course in Moshi through /api/v1 only: copied, filled, attended, examined, awarded."""

from __future__ import annotations

import csv
import io
import re
import zipfile
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app import db, jobs
from app.models import Outbox, Person
from tests import houses, moshi
from tests.test_journey import answer_key

PASSWORD = "a passphrase that is long"


class Client:
    """A program that speaks for somebody."""

    def __init__(self, app: Flask, person: Person | None = None) -> None:
        self.http = houses.visitor(app)
        self.headers = {"Accept-Language": "en"}
        if person is not None:
            self.headers |= houses.bearing(houses.a_token(person))

    def call(self, method: str, path: str, *, status: int = 200, **said: Any) -> Any:
        answer = self.http.open(f"/api/v1{path}", method=method, headers=self.headers, **said)
        assert answer.status_code == status, (method, path, answer.text)
        return answer.json if answer.is_json and answer.data else answer.data

    def every(self, path: str) -> list[dict[str, Any]]:
        """All items of a list, page by page."""
        found, cursor = [], ""
        while True:
            mark = "&" if "?" in path else "?"
            page = self.call("GET", f"{path}{mark}limit=7{cursor}")
            found += page["items"]
            if not page["next"]:
                return found
            cursor = f"&cursor={page['next']}"


@pytest.fixture
def admin(app: Flask) -> Client:
    moshi.prepared(app)
    with app.app_context():
        return Client(app, whose(moshi.ADMIN))


def whose(address: str) -> Person:
    return db.session().scalars(select(Person).where(Person.email == address)).one()


def work(app: Flask) -> None:
    """What waits in the background is done."""
    with app.app_context():
        while jobs.run_due():
            pass


def copied(admin: Client) -> str:
    """This year's edition: last year's, on a Monday three weeks ago, published."""
    new = {"slug": moshi.THIS, "starts_on": moshi.monday().isoformat()}
    made = admin.call("POST", f"/editions/{moshi.LAST}/copy", status=201, json=new)
    assert (made["sessions"], made["taken"], made["state"]) == (10, 0, "draft")
    admin.call("PUT", f"/editions/{moshi.THIS}/state", json={"state": "open"})
    return f"/editions/{moshi.THIS}"


def filled(app: Flask, admin: Client, edition: str) -> None:
    """Twenty-five people from the messy file: two are invited, three rows are told apart."""
    upload = {"file": (io.BytesIO(moshi.roster()), "moshi.csv")}
    made = admin.call("POST", f"{edition}/imports", status=202, data=upload)
    work(app)
    here = f"/imports/{made['id']}"
    dry = admin.call("GET", here)
    assert admin.call("GET", f"{edition}/overview")["taken"] == 0, "a dry run changes nothing"
    wanted = {"enrols": 23, "invites": 2, "duplicate": 1, "bad_address": 1, "broken": 1}
    assert {name: count for name, count in dry["counts"].items() if count} == wanted
    for _ in range(2):
        admin.call("POST", f"{here}/run", status=202)
        work(app)
        assert admin.call("GET", f"{edition}/overview")["taken"] == 25


def confirmed(app: Flask, at: int) -> None:
    """Somebody invited makes an account; her seat is hers once her address is confirmed."""
    new = {
        "name": moshi.name(at),
        "email": moshi.address(at),
        "password": PASSWORD,
        "country": "TZ",
        "timezone": "",
    }
    visitor = Client(app)
    visitor.call("POST", "/people", status=202, json=new)
    work(app)
    with app.app_context():
        mails = select(Outbox).where(Outbox.task == "mail.send").order_by(Outbox.id.desc())
        told = (one.payload for one in db.session().scalars(mails))
        texts = [one["text"] for one in told if one["to"] == moshi.address(at)]
        token = next(found[1] for text in texts if (found := re.search(r"/confirm/(\S+)", text)))
    visitor.call("POST", f"/confirmations/{token}", status=204)


def attended(admin: Client, edition: str, registrations: dict[int, str]) -> None:
    """Ten half days are marked."""
    sessions = admin.every(f"{edition}/sessions")
    assert len(sessions) == 10
    for number, session in enumerate(sessions):
        here = f"{edition}/sessions/{session['id']}/attendance"
        marks = {registrations[at]: mark for at, mark in moshi.marks(number).items()}
        assert admin.call("PUT", here, json={"marks": marks})["saved"] == 25
        assert {one["registration"]: one["mark"] for one in admin.every(here)} == marks


def examined(app: Flask, at: int, *, right: bool) -> None:
    """She begins the module and hands in its quiz."""
    with app.app_context():
        learner = Client(app, whose(moshi.address(at)))
    module = "/modules/introduction-to-international-migration-law"
    begun = learner.call("POST", f"{module}/registrations", status=201)
    quiz = f"/registrations/{begun['id']}/quizzes/modules/m1/quiz"
    attempt = learner.call("POST", f"{quiz}/attempts", status=201)
    here = f"{quiz}/attempts/{attempt['number']}"
    key = answer_key("en")
    for question in learner.call("GET", here)["questions"]:
        given = key[question["prompt"]][0 if right else 1]
        body = {"given": given, "revision": question["answer"]["revision"]}
        learner.call("PUT", f"{here}/answers/{question['id']}", json=body)
    learner.call("POST", f"{here}/hand-in")


def awarded(app: Flask, admin: Client, sort: str, chosen: list[str] | None) -> dict[str, Any]:
    """Certificates of a sort: previewed, then given to exactly those."""
    here = f"/activities/editions/{moshi.THIS}/awards"
    asked = {"sort": sort, "registrations": chosen}
    preview = admin.call("POST", f"{here}/preview", status=201, json=asked)
    assert preview["awarded"] == 0
    for _ in range(2):
        admin.call("POST", here, json={"preview": preview["id"]})
    work(app)
    return dict(admin.call("GET", f"/releases/{preview['id']}"))


def test_a_course_in_moshi_without_a_page(app: Flask, admin: Client) -> None:
    edition = copied(admin)
    filled(app, admin, edition)
    for at in moshi.INVITED:
        confirmed(app, at)
    registered = {one["name"]: one["registration"] for one in admin.every(f"{edition}/roster")}
    registrations = {at: registered[moshi.name(at)] for at in range(25)}
    attended(admin, edition, registrations)
    for at in range(25):
        examined(app, at, right=at not in moshi.FAILING)

    completed = {one["name"] for one in admin.every(f"{edition}/roster?status=completed")}
    assert completed == {moshi.name(at) for at in moshi.COMPLETING}
    with app.app_context():
        assert (
            not db.session()
            .scalars(select(Outbox).where(Outbox.task == "events.kept", Outbox.done_at.is_(None)))
            .all()
        )
    assert awarded(app, admin, "completion", None)["awarded"] == 19
    rest = [registrations[at] for at in range(25) if at not in moshi.COMPLETING]
    assert awarded(app, admin, "participation", rest)["awarded"] == 6

    sheaf = admin.call("GET", f"/activities/editions/{moshi.THIS}/certificates.zip")
    with zipfile.ZipFile(io.BytesIO(sheaf)) as files:
        assert len(files.namelist()) == 26
        index = list(csv.DictReader(io.StringIO(files.read("index.csv").decode("utf-8-sig"))))
        assert sorted(one["sort"] for one in index) == ["completion"] * 19 + ["participation"] * 6

    asked = f"edition=editions/{moshi.THIS}"
    shown = admin.every(f"/completions?{asked}")
    text = admin.call("GET", f"/completions.csv?{asked}").decode("utf-8-sig")
    file = list(csv.DictReader(io.StringIO(text)))
    assert [as_text(one) for one in shown] == file
    assert len(file) == 25
    assert sum(one["status"] == "completed" for one in file) == 19


def as_text(record: dict[str, Any]) -> dict[str, str]:
    """A record as a file says it; nobody in this one is a formula."""
    return {name: "" if one is None else str(one) for name, one in record.items()}
